"""What the text files of a device are called, and which of them count its switch-ons."""

from __future__ import annotations

from source.config.models import DeviceConfig
from source.config.names import file_stem
from source.model import PeriodKind, Report
from source.reports.house import TOTAL


def file_name(report: Report) -> str:
    """The name of the text file of a device's reports of one kind; empty for the house total,
    which has none."""
    return "" if report.device == TOTAL else text_name(report.device, report.kind)


def subject(file_name: str) -> str:
    """What a report file is called in Health and in the log."""
    return f"report {file_name}"


def text_name(device: str, kind: PeriodKind) -> str:
    """The name of the text file of a device and kind."""
    return f"{file_stem(device)}_{kind}.txt"


def counts_in(device: DeviceConfig | None, kind: PeriodKind) -> bool:
    """Whether a device's lines of a kind have the number of switch-ons."""
    rule = None if device is None else device.power_on
    if rule is None:
        return False
    return {"day": rule.daily, "month": rule.monthly, "year": rule.yearly}[kind]
