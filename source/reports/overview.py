"""What is known of everything now, read from the journal: for the live table and ``status``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from source.config.models import Configuration, DeviceConfig, General
from source.health import OFFLINE_AFTER, STUCK_AFTER_S, STUCK_TIMEOUTS
from source.journal.polls import Poll
from source.journal.reader import JournalReader
from source.journal.store import HEARTBEAT_S
from source.model import US_PER_S, DeviceStatus, Period, Snapshot
from source.period import day_of
from source.tariffs.book import PriceBook

SILENT_POLLS, SILENT_COMMITS = 3, 3
HEARTBEAT_LIMIT_US = round(3 * HEARTBEAT_S * US_PER_S)
AHEAD_US = 5 * US_PER_S
"""What lies further in the future is from before the clock was set back."""
State: TypeAlias = Literal["waiting", "ok", "failing", "off-line", "stuck"]


class Polled(Protocol):
    """A point, or as much of it as its state takes."""

    @property
    def time_us(self) -> int: ...

    @property
    def success(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Run:
    """What is known of the daemon now."""

    pid: int | None
    """None where it does not run."""
    polls_since_us: int | None
    """When it began to poll; None where that is not known."""
    is_clock_awaited: bool
    """It does not poll yet: the machine's clock is plainly wrong."""
    changed_us: int | None = None
    """When it last took over another configuration; None where it runs on the first one."""


def snapshot(reader: JournalReader, configuration: Configuration, now_us: int) -> Snapshot:
    """The state at one moment; devices in the order of the file, disabled ones left out.

    Raises JournalError where the journal can't be read.
    """
    general = configuration.general
    today = Period(day_of(now_us, general.zone).start_us, now_us)
    run = run_of(reader, now_us)
    book = PriceBook(configuration, reader.prices)
    return Snapshot(
        time_us=now_us,
        running_pid=run.pid,
        devices=tuple(
            _status(reader, book, device, general, today, run)
            for device in configuration.devices.values()
            if device.enabled
        ),
        sinks=reader.sinks(),
        points=reader.point_count(),
        journal_bytes=reader.size_bytes(),
    )


def run_of(reader: JournalReader, now_us: int) -> Run:
    """The daemon that keeps the journal."""
    return Run(
        pid=running_pid(reader, now_us),
        polls_since_us=_past(reader.meta("polling_us"), now_us),
        is_clock_awaited=reader.meta("clock_wait") == 1,
        changed_us=_past(reader.meta("changed_us"), now_us),
    )


def _past(noted_us: int | None, now_us: int) -> int | None:
    """None also where it was noted before the clock was set back."""
    return None if noted_us is None or noted_us > now_us + AHEAD_US else noted_us


def running_pid(reader: JournalReader, now_us: int) -> int | None:
    """The process that keeps the journal; None when its last sign of life is too old."""
    heartbeat_us, pid = reader.meta("heartbeat_us"), reader.meta("pid")
    if not pid or heartbeat_us is None or abs(now_us - heartbeat_us) > HEARTBEAT_LIMIT_US:
        return None
    return pid


def _status(
    reader: JournalReader,
    book: PriceBook,
    device: DeviceConfig,
    general: General,
    today: Period,
    run: Run,
) -> DeviceStatus:
    newest = newest_of(reader, device.name, today.end_us)
    state = state_of(newest, silence(device, general, newest, run, today.end_us))
    totals = reader.totals(device.name, today, round(device.update_time_s * US_PER_S))
    profile = reader.load_profile(device.name, today)
    return DeviceStatus(
        device=device.name,
        type_name=device.type_name,
        state=state,
        last_us=next((p.time_us for p in newest if p.success), None)
        or reader.metered_until_us(device.name),
        power_w=newest[0].power_w if state == "ok" else None,
        today=totals,
        cost_today=book.bill(device.name, today, profile).cost,
    )


def newest_of(reader: JournalReader, name: str, now_us: int) -> list[Poll]:
    """What the state of a device is seen from, newest first; none from before the clock was set
    back, which would pass for the newest until it is as late again."""
    return reader.newest_polls(name, OFFLINE_AFTER, now_us + AHEAD_US)


def silence(
    device: DeviceConfig, general: General, newest: Sequence[Polled], run: Run, now_us: int
) -> State | None:
    """How a device is of which there is no fresh point, good or bad; None where there is one."""
    if run.is_clock_awaited:
        return "waiting"
    last_us = newest[0].time_us if newest else 0
    polls_since_us = 0 if run.pid is None else run.polls_since_us or 0
    # A socket that has just been added, or enabled again, is given its time too.
    quiet_since_us = max(last_us, polls_since_us, run.changed_us or 0)
    if run.pid is not None and 0 < quiet_since_us < now_us - stuck_limit_us(device, general):
        return "stuck"
    if last_us <= polls_since_us:  # no point at all, or none since the daemon's start
        return "waiting"
    return "off-line" if last_us < now_us - silence_limit_us(device, general) else None


def silence_limit_us(device: DeviceConfig, general: General) -> int:
    """After this long without any poll what a socket sent last is not how it is now."""
    poll_s = max(device.update_time_s, device.timeout_s)
    return round((SILENT_POLLS * poll_s + SILENT_COMMITS * general.commit_interval_s) * US_PER_S)


def stuck_limit_us(device: DeviceConfig, general: General) -> int:
    """After this long without any poll, while others go on, its handler has not come back."""
    handler_s = max(STUCK_AFTER_S, STUCK_TIMEOUTS * device.timeout_s)
    poll_s = max(handler_s, SILENT_POLLS * device.update_time_s)
    return round((poll_s + SILENT_COMMITS * general.commit_interval_s) * US_PER_S)


def state_of(newest: Sequence[Polled], silence: State | None) -> State:
    """From the newest polls, newest first."""
    if silence is not None:
        return silence
    if newest[0].success:
        return "ok"
    failed = not any(point.success for point in newest)
    return "off-line" if failed and len(newest) >= OFFLINE_AFTER else "failing"
