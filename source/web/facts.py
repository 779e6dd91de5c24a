"""What is known of the daemon's parts now, read from the journal and from Health."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from source.config.models import Configuration
from source.health import State
from source.journal.reader import JournalReader
from source.model import QUARTER_US, US_PER_S, PeriodKind
from source.period import period_of
from source.reports.house import KINDS, TOTAL, house_rules
from source.reports.overview import newest_of, run_of, silence, state_of
from source.reports.period import rules_of
from source.setup import Setup
from source.status import Sink, all_sinks
from source.timing import seconds
from source.web.context import Context
from source.web.journalsize import JournalFacts, journal_facts

LATE_US = 1800 * US_PER_S
"""A report is written within a minute; a clock in doubt, or prices, may hold it up."""
AHEAD_US = 120 * US_PER_S


@dataclass(frozen=True, slots=True)
class SocketFacts:
    """A socket that is polled."""

    device: str
    state: str
    reason: str
    last_s: float | None


@dataclass(frozen=True, slots=True)
class SinkFacts:
    """A copy of the points."""

    sink: Sink
    last_error: str
    failing_s: float | None
    """For how long it has failed; None where it does not."""


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """Reports of one kind."""

    kind: PeriodKind
    last_end_s: float | None
    late: Sequence[str]
    """Devices whose report is due and not written."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it, at one moment."""

    setup: Setup
    now_us: int
    pid: int | None
    started_s: float | None
    is_clock_awaited: bool
    ahead_s: float
    """So far the newest point lies in the future; 0 where it does not."""
    sockets: Sequence[SocketFacts]
    journal: JournalFacts
    sinks: Sequence[SinkFacts]
    reports: Sequence[ReportFacts]
    without_prices: Sequence[str]
    """Sources of market prices that do not know the present one."""
    failing: Mapping[str, State]
    """Of the program's own parts."""


def facts_of(context: Context) -> Facts:
    """Raises JournalError."""
    setup, now_us = context.setup(), context.clock.now_us()
    configuration, failing = setup.configuration, context.health.failing()
    with context.open_reader() as reader:
        run = run_of(reader, now_us)
        sockets = _sockets(reader, context, configuration, now_us)
        newest = (reader.newest_polls(one.device, 1) for one in sockets)
        newest_us = max((poll.time_us for polls in newest for poll in polls), default=0)
        sinks = all_sinks(reader.sinks(), configuration.database, reader)
        return Facts(
            setup=setup,
            now_us=now_us,
            pid=run.pid,
            started_s=None if run.polls_since_us is None else seconds(run.polls_since_us),
            is_clock_awaited=run.is_clock_awaited,
            ahead_s=seconds(newest_us - now_us) if newest_us > now_us + AHEAD_US else 0.0,
            sockets=sockets,
            journal=journal_facts(reader, context),
            sinks=[_sink(one, failing, context.clock.monotonic()) for one in sinks],
            reports=[_reports(reader, configuration, kind, now_us) for kind in KINDS],
            without_prices=_without_prices(reader, setup, now_us),
            failing=failing,
        )


def _sockets(
    reader: JournalReader, context: Context, configuration: Configuration, now_us: int
) -> list[SocketFacts]:
    run, general = run_of(reader, now_us), configuration.general
    found = []
    for device in configuration.devices.values():
        if not device.enabled:
            continue
        newest = newest_of(reader, device.name, now_us)
        state = state_of(newest, silence(device, general, newest, run, now_us))
        last_us = next((p.time_us for p in newest if p.success), None)
        last_us = last_us or reader.metered_until_us(device.name)
        reason = "" if state == "ok" else context.socket_health.state(device.name).reason
        last_s = None if last_us is None else seconds(last_us)
        found.append(SocketFacts(device.name, state, reason, last_s))
    return found


def _sink(sink: Sink, failing: Mapping[str, State], now: float) -> SinkFacts:
    state = failing.get(sink.status.sink)
    if state is None:
        return SinkFacts(sink, "", None)
    return SinkFacts(sink, state.reason, max(0.0, now - state.since))


def _reports(
    reader: JournalReader, configuration: Configuration, kind: PeriodKind, now_us: int
) -> ReportFacts:
    general, devices = configuration.general, configuration.devices.values()
    ends = [reader.last_report_end_us(device.name, kind) for device in devices]
    due_us = [
        (device.name, period_of(rule, now_us).start_us)
        for device in devices
        for rule in rules_of(device, general)
        if rule.kind == kind
    ]
    late = [name for name, end_us in due_us if _is_late(reader, name, kind, end_us, now_us)]
    if any(rule.kind == kind for rule in house_rules(configuration)):
        ends.append(reader.last_result_end_us(TOTAL, kind))
    last_us = max((end for end in ends if end is not None), default=None)
    return ReportFacts(kind, None if last_us is None else seconds(last_us), late)


def _is_late(
    reader: JournalReader, device: str, kind: PeriodKind, due_us: int, now_us: int
) -> bool:
    """Whether the newest report that is due is not written, though there are records for it."""
    if now_us < due_us + LATE_US or (reader.last_report_end_us(device, kind) or 0) >= due_us:
        return False
    first_us = reader.first_us(device)
    return first_us is not None and first_us < due_us


def _without_prices(reader: JournalReader, setup: Setup, now_us: int) -> list[str]:
    quarter = now_us // QUARTER_US
    return [
        source.name
        for source in setup.sources()
        if source.wants(quarter) and not reader.prices(source.name, quarter, quarter + 1)
    ]


def counts_of(sockets: Sequence[SocketFacts]) -> dict[str, int]:
    """How many sockets are in each state."""
    return dict(Counter(one.state for one in sockets))
