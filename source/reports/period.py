"""When the reports end that a device's entry orders; the calendar itself is ``source.period``."""

from __future__ import annotations

from source.config.models import DeviceConfig, General
from source.period import Rule


def rules_of(device: DeviceConfig, general: General) -> list[Rule]:
    """The rules of the reports that a device's entry orders; empty where it orders none."""
    at, zone = general.cost_calc_request_time, general.zone
    rules = []
    if device.cost_day:
        rules.append(Rule("day", at, zone))
    if device.cost_month is not None:
        rules.append(Rule("month", at, zone, device.cost_month))
    if device.cost_year is not None:
        day, month = device.cost_year
        rules.append(Rule("year", at, zone, day, month))
    return rules
