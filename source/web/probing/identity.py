"""Which device answers: what a Shelly says of itself, and the type that reads it.

Source: the vendor's API references (``GET /shelly`` of the first generation,
``Shelly.GetDeviceInfo`` of the later ones, both without a password).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from source.devices.http import HttpClient
from source.devices.values import mac_of, parsed

PATH = "/shelly"
LONGEST = 80
TYPES: Mapping[str, str] = {
    "SHPLG-S": "shelly:plug-s",
    "SHPLG-1": "shelly:plug-s",
    "SHPLG2-1": "shelly:plug-s",
    "SHPLG-U1": "shelly:plug-s",
    "SHSW-PM": "shelly:plug-s",
    "SHEM-3": "shelly:3em",
}
"""Model of the first generation → the type that reads it."""
NAMES: Mapping[str, str] = {
    "SHPLG-S": "Shelly Plug S",
    "SHPLG-1": "Shelly Plug",
    "SHPLG2-1": "Shelly Plug",
    "SHPLG-U1": "Shelly Plug US",
    "SHSW-1": "Shelly 1",
    "SHSW-L": "Shelly 1L",
    "SHSW-PM": "Shelly 1PM",
    "SHSW-25": "Shelly 2.5",
    "SHEM": "Shelly EM",
    "SHEM-3": "Shelly 3EM",
}


@dataclass(frozen=True, slots=True)
class Identity:
    """What a Shelly says of itself; empty where it does not say it."""

    code: str
    """``SHPLG-S``, ``SNPL-00112EU``"""
    generation: int
    mac: str = ""
    firmware: str = ""
    app: str = ""
    """What later generations call their model: ``PlusPlugS``."""
    wants_password: bool = False

    @property
    def model(self) -> str:
        """As people know it."""
        known = NAMES.get(self.code) or (f"Shelly {self.app}" if self.app else "")
        return f"{known} ({self.code})" if known and self.code else known or self.code

    def type_name(self, known: Collection[str]) -> str | None:
        """The type that reads it, if it is among the ``known`` ones."""
        name = TYPES.get(self.code) if self.generation == 1 else None
        return name if name in known else None


def ask(http: HttpClient) -> Identity | None:
    """Who answers; None where that is no Shelly. Raises DeviceError."""
    return identity_of(parsed(http.get(PATH)))


def identity_of(answer: object) -> Identity | None:
    """From what ``/shelly`` answered; None where no Shelly answers so."""
    if not isinstance(answer, Mapping) or not isinstance(answer.get("mac"), str):
        return None
    generation = answer.get("gen", 1)
    is_first = "gen" not in answer and "type" in answer
    if not is_first and not ("gen" in answer and "model" in answer):
        return None
    if isinstance(generation, bool) or not isinstance(generation, int):
        return None
    return Identity(
        code=_text(answer.get("type" if is_first else "model")),
        generation=generation,
        mac=mac_of(answer["mac"]) or "",
        firmware=_text(answer.get("fw" if is_first else "ver")),
        app=_text(answer.get("app")),
        wants_password=answer.get("auth" if is_first else "auth_en") is True,
    )


def _text(value: object) -> str:
    return value[:LONGEST] if isinstance(value, str) and value.isprintable() else ""
