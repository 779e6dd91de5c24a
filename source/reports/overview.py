"""What is known of everything now, read from the journal: for the live table and ``status``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from source.config.models import Configuration, DeviceConfig, General
from source.health import OFFLINE_AFTER
from source.journal.reader import JournalReader
from source.journal.store import HEARTBEAT_S
from source.model import US_PER_S, DeviceStatus, Period, Point, Snapshot
from source.reports.cost import cost
from source.reports.period import day_of

SILENT_POLLS, SILENT_COMMITS = 3, 3
HEARTBEAT_LIMIT_US = round(3 * HEARTBEAT_S * US_PER_S)


def snapshot(reader: JournalReader, configuration: Configuration, now_us: int) -> Snapshot:
    """The state at one moment; devices in the order of the file, disabled ones left out.

    Raises JournalError where the journal can't be read.
    """
    general = configuration.general
    today = Period(day_of(now_us, general.zone).start_us, now_us)
    return Snapshot(
        time_us=now_us,
        running_pid=running_pid(reader, now_us),
        devices=tuple(
            _status(reader, device, general, today)
            for device in configuration.devices.values()
            if device.enabled
        ),
        sinks=reader.sinks(),
        points=reader.point_count(),
        journal_bytes=reader.size_bytes(),
    )


def running_pid(reader: JournalReader, now_us: int) -> int | None:
    """The process that keeps the journal; None when its last sign of life is too old."""
    heartbeat_us, pid = reader.meta("heartbeat_us"), reader.meta("pid")
    if not pid or heartbeat_us is None or abs(now_us - heartbeat_us) > HEARTBEAT_LIMIT_US:
        return None
    return pid


def _status(
    reader: JournalReader, device: DeviceConfig, general: General, today: Period
) -> DeviceStatus:
    newest = reader.latest(device.name, OFFLINE_AFTER)
    state = _state(newest, today.end_us - silence_limit_us(device, general))
    totals = reader.totals(device.name, today, round(device.update_time_s * US_PER_S))
    return DeviceStatus(
        device=device.name,
        type_name=device.type_name,
        state=state,
        last_us=next((p.time_us for p in newest if p.success), None)
        or reader.metered_until_us(device.name),
        power_w=_power_w(newest[0]) if state == "ok" else None,
        today=totals,
        cost_today=cost(totals, general.price_kwh),
    )


def silence_limit_us(device: DeviceConfig, general: General) -> int:
    """After this long without any poll a socket is not well: its handler has not come back."""
    poll_s = max(device.update_time_s, device.timeout_s)
    return round((SILENT_POLLS * poll_s + SILENT_COMMITS * general.commit_interval_s) * US_PER_S)


def _state(
    newest: Sequence[Point], not_before_us: int
) -> Literal["waiting", "ok", "failing", "off-line"]:
    """From the newest polls, newest first, of which one has to be newer than an instant."""
    if not newest:
        return "waiting"
    if newest[0].time_us < not_before_us:
        return "off-line"
    if newest[0].success:
        return "ok"
    failed = not any(point.success for point in newest)
    return "off-line" if failed and len(newest) >= OFFLINE_AFTER else "failing"


def _power_w(point: Point) -> float | None:
    power = point.fields.get("power")
    return power if isinstance(power, float) else None
