"""How the energy of one device is to be counted: what its entry and the type of its socket say."""

from __future__ import annotations

from dataclasses import dataclass

from source.config.models import DeviceConfig, PowerOn

PLAUSIBLE_W = 100_000.0
"""More than any connection of a home or a small company carries."""
TOLERANCE = 1.2
"""Fuses carry more than their rated current for a while, and meters err."""
AUTO, COUNTER, POWER = "auto", "counter", "power"
"""The values of ``energy_source``; the first one takes what there is, a counter before all."""


@dataclass(frozen=True, slots=True)
class Metering:
    """What an EnergyMeter has to know beside the readings."""

    energy_source: str = AUTO
    max_power_w: float = PLAUSIBLE_W
    """Rated power: more does not flow through the socket, or through all phases together."""
    separates_phases: bool = False
    """Each phase is billed alone: import and return are kept apart phase by phase."""
    power_on: PowerOn | None = None

    @property
    def limit_w(self) -> float:
        """A power above this is not real."""
        return TOLERANCE * self.max_power_w


def metering_of(device: DeviceConfig, type_max_power_w: float | None) -> Metering:
    """The entry's own rated power comes before that of its type."""
    return Metering(
        energy_source=device.energy_source,
        max_power_w=device.max_power_w or type_max_power_w or PLAUSIBLE_W,
        separates_phases=device.phases == "separate",
        power_on=device.power_on,
    )
