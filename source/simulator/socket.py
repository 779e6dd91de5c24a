"""Virtual sockets: what the server asks of one, and the kinds there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from source.model import Reading
from source.simulator.box import Json
from source.simulator.plug_s import VirtualPlugS
from source.simulator.three_em import Virtual3EM

__all__ = ["Virtual3EM", "VirtualPlugS", "VirtualSocket"]


class VirtualSocket(Protocol):
    """A socket whose answers follow from the time; ``t_s`` is seconds since the epoch, UTC."""

    @property
    def type_name(self) -> str:
        """The type in devices.json, e.g. ``shelly:plug-s``."""
        ...

    @property
    def mac(self) -> str:
        """As twelve capital hex digits."""
        ...

    def status(self, t_s: float) -> Json:
        """The answer to ``GET /status``."""
        ...

    def status_json(self, t_s: float) -> bytes:
        """``status`` as JSON, fast."""
        ...

    def shelly(self, t_s: float) -> Json:
        """The answer to ``GET /shelly``."""
        ...

    def reading(self, t_s: float) -> Reading:
        """What a handler makes of ``status(t_s)``."""
        ...

    def readings(self, start_s: float, step_s: float, count: int) -> Iterator[Reading]:
        """``reading(start_s + n × step_s)`` for n = 0 … count - 1, fast."""
        ...

    def true_energy_wh(self, start_s: float, end_s: float) -> float:
        """What really flowed: the measure of every test."""
        ...

    def reboot(self, t_s: float) -> None:
        """Power lost and back at ``t_s``."""
        ...

    def replace_by(self, mac: str) -> None:
        """From now on it is another piece of hardware, with the same load behind it."""
        ...
