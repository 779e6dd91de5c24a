"""A clock that tests move by hand, and the few values that many tests need."""

from __future__ import annotations

from source.model import US_PER_S, FieldValue, Point

START_US = 1_767_225_600 * US_PER_S
"""2026-01-01 00:00:00 UTC."""
TEN_S = 10 * US_PER_S


class FakeClock:
    """Both clocks stand still until they are moved; the wall clock can be stepped alone."""

    def __init__(self, now_us: int = START_US) -> None:
        self.wall_us = now_us
        self.mono_s = 1000.0

    def now_us(self) -> int:
        return self.wall_us

    def monotonic(self) -> float:
        return self.mono_s

    def advance(self, seconds: float) -> None:
        self.wall_us += round(seconds * US_PER_S)
        self.mono_s += seconds

    def step_wall(self, seconds: float) -> None:
        self.wall_us += round(seconds * US_PER_S)


def good_point(
    time_us: int, energy_wh: float | None = None, device: str = "Fridge", **extra: FieldValue
) -> Point:
    """A successful point that covers ten seconds."""
    fields: dict[str, FieldValue] = {"fetch_success": True, "power": 90.0, **extra}
    if energy_wh is not None:
        fields["energy_wh"] = energy_wh
    return Point(device, time_us, fields, TEN_S, TEN_S)


def failed_point(time_us: int, device: str = "Fridge") -> Point:
    return Point(device, time_us, {"fetch_success": False}, 0, TEN_S)
