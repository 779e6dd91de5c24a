"""How the copies of the journal's points stand: for command ``status`` and the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from source.config.models import Database
from source.journal.reader import JournalReader
from source.model import SinkStatus


@dataclass(frozen=True, slots=True)
class Refusal:
    """Points that a sink refused for one reason."""

    reason: str
    points: int
    devices: tuple[str, ...]
    """Of the newest of them first."""


@dataclass(frozen=True, slots=True)
class Sink:
    """A sink, what it refused, and whether the configuration still names it."""

    status: SinkStatus
    configured: bool
    refusals: tuple[Refusal, ...] = ()
    """The most frequent first."""


def all_sinks(
    known: Sequence[SinkStatus], database: Database | None, reader: JournalReader
) -> list[Sink]:
    """The sinks that hold points, and the configured one also if it never took any."""
    name = sink_name(database) if database else None
    sinks = [Sink(one, one.sink == name, refusals(reader, one)) for one in known]
    if name is not None and not any(one.configured for one in sinks):
        sinks.append(Sink(SinkStatus(name, 0, reader.last_seq(), 0), configured=True))
    return sinks


def refusals(reader: JournalReader, status: SinkStatus) -> tuple[Refusal, ...]:
    """Why points were set aside, by reason."""
    if not status.rejected:
        return ()
    rejected = reader.rejected(status.sink)
    counts = Counter(reason for _, _, reason in rejected)
    devices: dict[str, dict[str, None]] = {reason: {} for reason in counts}
    for _, device, reason in reversed(rejected):
        devices[reason][device] = None
    return tuple(
        Refusal(reason, count, tuple(devices[reason])) for reason, count in counts.most_common()
    )


def sink_name(database: Database) -> str:
    """What the sink of a database is called in the journal and in Health."""
    # Imported here: a logger without a database does not pay for the client's memory.
    from source.sinks.influx import InfluxSink  # noqa: PLC0415

    return InfluxSink(database).name
