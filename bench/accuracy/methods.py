"""The methods that are compared: how a reading becomes energy."""

from __future__ import annotations

from pathlib import Path

from bench.accuracy.recording import MeterOf
from source.config.models import DeviceConfig
from source.devices.plugins import load_plugins
from source.model import Checkpoint
from source.polling.energy import EnergyMeter
from source.polling.metering import metering_of

COUNTER, POWER = "counter", "power"
BALANCED, SEPARATE = "balanced", "separate"
NO_PLUGINS = Path("there is no such folder")


def meter_of(method: str, phases: str, type_name: str, rated_w: float | None) -> MeterOf:
    """How the daemon would set up the meter of a socket of this type."""
    entry = DeviceConfig(
        name=type_name,
        ip="127.0.0.1",
        energy_source="auto" if method == COUNTER else method,
        max_power_w=rated_w,
        phases=phases,
    )
    registry, _ = load_plugins(NO_PLUGINS)
    metering = metering_of(entry, registry.max_power_w(type_name))

    def new_meter(name: str, interval_us: int, checkpoint: Checkpoint | None) -> EnergyMeter:
        return EnergyMeter(name, interval_us, checkpoint, metering)

    return new_meter
