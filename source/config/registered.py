"""Names that a registry knows, built in or of the user's plugin file, as values in the files."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from source.config.findings import Place, shown
from source.config.spelling import did_you_mean


@dataclass(frozen=True, slots=True)
class Registered:
    """Types of sockets, or providers of prices."""

    what: str
    """``types``"""
    until: str
    """What follows from an unknown one: ``this socket fails``."""
    known: Collection[str]
    complete: bool = True
    """False where the user's plugin file did not load: it may know further ones."""

    def check(self, written: object, place: Place) -> None:
        """Note a name that there is not; one that is no text is left to the model."""
        name = written.strip() if isinstance(written, str) else ""
        if not name or name in self.known:
            return
        listed = ", ".join(sorted(self.known))
        hint = did_you_mean(name, self.known)
        if self.complete:
            allowed = f"must be one of {listed}, or one that device_plugin.py registers{hint}"
            place.problem(allowed, shown(name))
        else:
            unknown = f"{shown(name)} is none of the {self.what} that are loaded ({listed})"
            place.warn(f"{unknown}; {self.until} until device_plugin.py loads{hint}")
