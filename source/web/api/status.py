"""Endpoints: whether everything runs smoothly, the log, and the diagnostics file.

``logger`` of a log line is empty: the log does not have it. ``time`` is by the machine's clock, as
the log has it. ``journal`` and ``sinks`` tell more than the contract's keys.
"""

from __future__ import annotations

import platform
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from source import __version__
from source.text import shorten
from source.timing import seconds
from source.web.api.attachment import attachment
from source.web.context import Context
from source.web.diagnostics import diagnostics
from source.web.facts import Facts, SinkFacts, counts_of, facts_of
from source.web.findings import Finding, clock_doubt, findings_of, headline
from source.web.logfile import newest_lines
from source.web.wording import Wording, plain_wording, wording_of

MOST_LINES = 2000


class FindingEntry(BaseModel):
    """What a reader should know, and what to do."""

    level: Literal["ok", "warning", "error"]
    subject: str
    text: str
    advice: str


class DaemonEntry(BaseModel):
    """The process."""

    pid: int | None
    started_s: float | None
    version: str
    python: str
    platform: str


class ClockEntry(BaseModel):
    """The machine's clock; ``doubt`` says what is wrong with it."""

    time_s: float
    timezone: str
    doubt: str | None


class JournalEntry(BaseModel):
    """``expected_bytes`` is its size when old readings are deleted as fast as new ones come."""

    bytes: int
    max_bytes: int
    points: int
    points_per_day: float
    growth_bytes_per_day: float
    expected_bytes: float
    free_disk_bytes: int | None


class RefusalEntry(BaseModel):
    """Readings that were refused for one reason."""

    reason: str
    points: int
    devices: list[str]


class SinkEntry(BaseModel):
    """A copy of the readings."""

    sink: str
    configured: bool
    backlog: int
    last_error: str | None
    failing_s: float | None
    set_aside_points: int
    set_aside_reasons: list[RefusalEntry]
    dropped_points: int


class ReportEntry(BaseModel):
    """The reports of a kind: where the newest one ends, and whose are late."""

    kind: Literal["day", "month", "year"]
    last_end_s: float | None
    late: list[str]


class SocketEntry(BaseModel):
    """A socket that is polled."""

    device: str
    state: str
    reason: str | None
    last_reading_s: float | None


class Status(BaseModel):
    """All of it; ``ok`` where there is no finding."""

    ok: bool
    headline: str
    findings: list[FindingEntry]
    daemon: DaemonEntry
    clock: ClockEntry
    sockets: dict[str, int]
    """State → number of sockets in it."""
    socket_list: list[SocketEntry]
    journal: JournalEntry
    sinks: list[SinkEntry]
    reports: list[ReportEntry]
    plugin_errors: list[str]
    warnings: list[str]


class LogEntry(BaseModel):
    """A line of the log with those that belong to it; plain text, whatever stands in it."""

    time: str
    level: str
    logger: str
    text: str


class Log(BaseModel):
    """The newest line comes last."""

    lines: list[LogEntry]


def router(context: Context) -> APIRouter:
    found = APIRouter(tags=["status"])

    @found.get("/status")
    def status(request: Request) -> Status:
        """How everything is, in the language of who asks."""
        return status_of(facts_of(context), wording_of(request, context.configuration))

    @found.get("/log")
    def log(
        level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] | None = None,
        text: Annotated[str, Query(max_length=200)] = "",
        limit: Annotated[int, Query(ge=1, le=MOST_LINES)] = 200,
    ) -> Log:
        """The newest lines of at least a level that have a text in them."""
        return Log(
            lines=[
                LogEntry(time=one.time, level=one.level, logger="", text=one.text)
                for one in newest_lines(context.files, limit, level, text)
            ]
        )

    @found.get("/diagnostics", response_class=Response)
    def diagnostics_file() -> Response:
        """A zip file without secrets, to be passed on."""
        told = status_of(facts_of(context), plain_wording(context.configuration)).model_dump()
        name = f"isdl-diagnostics-{round(seconds(context.clock.now_us()))}.zip"
        return attachment(diagnostics(context, told), name, "application/zip")

    return found


def status_of(facts: Facts, _: Wording) -> Status:
    """The answer, in words of one language."""
    findings, setup = findings_of(facts, _), facts.setup
    return Status(
        ok=not findings,
        headline=headline(findings, _),
        findings=[_finding(one) for one in findings],
        daemon=DaemonEntry(
            pid=facts.pid,
            started_s=facts.started_s,
            version=__version__,
            python=platform.python_version(),
            platform=platform.platform(),
        ),
        clock=ClockEntry(
            time_s=seconds(facts.now_us),
            timezone=str(setup.configuration.general.zone),
            doubt=clock_doubt(facts, _),
        ),
        sockets=counts_of(facts.sockets),
        socket_list=[
            SocketEntry(
                device=one.device,
                state=one.state,
                reason=one.reason or None,
                last_reading_s=one.last_s,
            )
            for one in facts.sockets
        ],
        journal=_journal(facts),
        sinks=[_sink(one) for one in facts.sinks],
        reports=[
            ReportEntry(kind=one.kind, last_end_s=one.last_end_s, late=list(one.late))
            for one in facts.reports
        ],
        plugin_errors=[shorten(error) for error in setup.plugin_errors],
        warnings=[_.problem(warning) for warning in setup.configuration.warnings],
    )


def _finding(one: Finding) -> FindingEntry:
    return FindingEntry(level=one.level, subject=one.subject, text=one.text, advice=one.advice)


def _journal(facts: Facts) -> JournalEntry:
    journal = facts.journal
    return JournalEntry(
        bytes=journal.bytes,
        max_bytes=journal.max_bytes,
        points=journal.points,
        points_per_day=round(journal.points_per_day, 1),
        growth_bytes_per_day=round(journal.growth_bytes_per_day),
        expected_bytes=round(journal.expected_bytes),
        free_disk_bytes=journal.free_disk_bytes,
    )


def _sink(one: SinkFacts) -> SinkEntry:
    status = one.sink.status
    return SinkEntry(
        sink=status.sink,
        configured=one.sink.configured,
        backlog=status.backlog,
        last_error=one.last_error or None,
        failing_s=one.failing_s,
        set_aside_points=status.rejected,
        set_aside_reasons=[
            RefusalEntry(reason=it.reason, points=it.points, devices=list(it.devices))
            for it in one.sink.refusals
        ],
        dropped_points=status.dropped,
    )
