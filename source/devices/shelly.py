"""Shelly sockets of the first generation.

Sources: the vendor's API reference of the first generation (``/status``), and captured answers of
real devices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from source.devices.values import items, mac_of, number, optional_flag, optional_number
from source.model import FieldValue, Phase, Reading

if TYPE_CHECKING:
    from source.devices.device import Device
    from source.devices.registry import Registry

WATT_MINUTES_PER_WH = 60.0
ROLL_OVER_WMIN = 2.0**32
PHASES = ("a", "b", "c")
PLUG_S_MAX_W = 3680.0
"""16 A at 230 V. The Plug S is rated 2,500 W, but the larger Plug answers alike, and users of older
versions have it under this type."""
THREE_EM_MAX_W = 3 * 120.0 * 230.0
"""Three clamps of 120 A."""


def setup(plugins: Registry) -> None:
    """Register the types."""

    @plugins.register("shelly:plug-s", max_power_w=PLUG_S_MAX_W)
    def plug_s(device: Device) -> Reading:
        return plug_s_reading(device.get_json("/status"))

    @plugins.register("shelly:3em", max_power_w=THREE_EM_MAX_W)
    def three_em(device: Device) -> Reading:
        return three_em_reading(device.get_json("/status"))


def plug_s_reading(status: object) -> Reading:
    """A Plug S, and what answers like it. Raises BadPayload.

    ``meters[0].total`` counts watt-minutes in RAM: it starts from 0 at each boot. A meter without
    it is none: its power is a constant that the owner typed in, and no energy follows from it.
    """
    meter = items(status, "meters", 1)[0]
    power_w = number(meter, "power")
    total_wmin = optional_number(meter, "total")
    extra: dict[str, FieldValue] = {}
    temperature_c = optional_number(status, "temperature")
    if temperature_c is not None:
        extra["device_temperature"] = temperature_c
    if total_wmin is None:
        extra["power"] = power_w
    return Reading(
        power_w=None if total_wmin is None else power_w,
        counter_wh=None if total_wmin is None else total_wmin / WATT_MINUTES_PER_WH,
        is_valid=optional_flag(meter, "is_valid"),
        extra=extra,
        uptime_s=optional_number(status, "uptime"),
        counter_in_ram=True,
        counter_modulus_wh=ROLL_OVER_WMIN / WATT_MINUTES_PER_WH,
        mac=_mac(status),
    )


def three_em_reading(status: object) -> Reading:
    """A 3EM: three phases, each with counters of its own in Wh, in flash. Raises BadPayload.

    Power and counters are the sums over the phases, so import minus return is the balanced energy.
    """
    meters = items(status, "emeters", len(PHASES))
    phases = dict(zip(PHASES, map(_phase, meters), strict=False))
    return Reading(
        power_w=_sum([phase.power_w for phase in phases.values()]),
        counter_wh=_sum([phase.counter_wh for phase in phases.values()]),
        counter_returned_wh=_sum([phase.counter_returned_wh for phase in phases.values()]),
        phases=phases,
        uptime_s=optional_number(status, "uptime"),
        mac=_mac(status),
    )


def _mac(status: object) -> str | None:
    return mac_of(status.get("mac")) if isinstance(status, dict) else None


def _phase(meter: object) -> Phase:
    return Phase(
        power_w=number(meter, "power"),
        power_factor=optional_number(meter, "pf"),
        current_a=optional_number(meter, "current"),
        voltage_v=optional_number(meter, "voltage"),
        is_valid=optional_flag(meter, "is_valid"),
        counter_wh=optional_number(meter, "total"),
        counter_returned_wh=optional_number(meter, "total_returned"),
    )


def _sum(values: list[float | None]) -> float | None:
    """The sum, without the tail that binary fractions leave; None where a value is missing."""
    total = 0.0
    for value in values:
        if value is None:
            return None
        total += value
    return round(total, 6)
