"""What does not run smoothly, and what to do about it, in the reader's words (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from source.reports.job import SUBJECT as REPORTS
from source.text import duration_text, shorten
from source.web.facts import Facts, SinkFacts, SocketFacts
from source.web.reasons import sentence
from source.web.texts import N_
from source.web.wording import Wording

Level: TypeAlias = Literal["ok", "warning", "error"]
RANK = {"error": 0, "warning": 1, "ok": 2}
NEAR_LIMIT = 0.9
"""Of ``journal_max_mb``."""
LOW_DISK_BYTES = 500_000_000
LOW_DISK_DAYS = 14.0
LONG_BACKLOG = 1000
"""Points; fewer wait between two deliveries."""
MOST_REASONS, MOST_NAMES = 3, 5

SMOOTH = N_("Everything runs smoothly.")
SOCKET_ADVICE = {
    "failing": N_("One poll has failed; it is tried again. Look here again in a minute."),
    "off-line": N_(
        "Check whether the socket has power and Wi-Fi and still has this address. A fixed address"
        " in the router helps; then test it on the page Sockets."
    ),
    "stuck": N_(
        "The poll of this socket does not come back. If its type is one of your own in"
        " device_plugin.py, it lacks a time-out; saving the socket again starts it anew."
    ),
    "waiting": N_("Nothing to do: the first reading is on its way."),
}
SOCKET_TEXT = {
    "failing": N_("The newest poll failed: {reason}"),
    "off-line": N_("Off-line since {since}: {reason}"),
    "stuck": N_("No poll has come to an end since {since}: {reason}"),
    "waiting": N_("Waits for the first reading."),
}
SOCKET_LEVEL: dict[str, Level] = {"failing": "warning", "off-line": "error", "stuck": "error"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a reader should know."""

    level: Level
    subject: str
    text: str
    advice: str = ""


def findings_of(facts: Facts, _: Wording) -> list[Finding]:
    """The worst first; empty where everything runs smoothly."""
    every = (
        *_clock(facts, _),
        *_sockets(facts, _),
        *_journal(facts, _),
        *_sinks(facts, _),
        *_reports(facts, _),
        *_prices(facts, _),
        *_parts(facts, _),
        *_configuration(facts, _),
    )
    return sorted(every, key=lambda one: RANK[one.level])


def headline(findings: list[Finding], _: Wording) -> str:
    """One sentence for all of them."""
    errors = sum(one.level == "error" for one in findings)
    warnings = len(findings) - errors
    if errors == 1:
        return _("One thing does not work.")
    if errors:
        return _("{count} things do not work.").format(count=errors)
    if warnings == 1:
        return _("It runs; one thing needs a look.")
    if warnings:
        return _("It runs; {count} things need a look.").format(count=warnings)
    return _(SMOOTH)


def _clock(facts: Facts, _: Wording) -> Iterator[Finding]:
    told = clock_doubt(facts, _)
    if told is None:
        return
    advice = _(
        "Connect the machine to the network, or set up a time server (NTP), and it corrects itself."
    )
    yield Finding("error", _("Clock"), told, advice)


def clock_doubt(facts: Facts, _: Wording) -> str | None:
    """What is wrong with the machine's clock; None where nothing is known to be."""
    if facts.is_clock_awaited:
        return _(
            "The clock of this machine is plainly wrong; no socket is polled until it is right."
        )
    if facts.ahead_s:
        text = _("The newest reading lies {duration} in the future: the clock was set back.")
        return text.format(duration=duration_text(facts.ahead_s))
    return None


# --- sockets ---


def _sockets(facts: Facts, _: Wording) -> Iterator[Finding]:
    if not facts.sockets:
        text = _("No socket is polled.")
        yield Finding(
            "warning", _("Sockets"), text, _("Add one, or enable one, on the page Sockets.")
        )
    for one in facts.sockets:
        level = SOCKET_LEVEL.get(one.state)
        if level is not None:
            yield Finding(level, one.device, _socket_text(one, _), _(SOCKET_ADVICE[one.state]))


def _socket_text(one: SocketFacts, _: Wording) -> str:
    reason = _reason(one, _)
    since = _("its beginning") if one.last_s is None else _.moment(one.last_s)
    return _(SOCKET_TEXT[one.state]).format(reason=reason, since=since)


def _reason(one: SocketFacts, _: Wording) -> str:
    if not one.reason:
        return _("it does not answer")
    return f"{_(sentence(one.reason))} ({shorten(one.reason)})"


# --- the journal and its copies ---


def _journal(facts: Facts, _: Wording) -> Iterator[Finding]:
    journal, subject = facts.journal, _("Journal")
    if journal.bytes >= NEAR_LIMIT * journal.max_bytes:
        text = _("The journal has {size} of {limit}; at the limit the oldest readings go.")
        told = text.format(size=_.size(journal.bytes), limit=_.size(journal.max_bytes))
        advice = _("Raise journal_max_mb, or keep single readings for fewer days (raw_days).")
        yield Finding("warning", subject, told, advice)
    free = journal.free_disk_bytes
    if free is None:
        return
    days = free / journal.growth_bytes_per_day if journal.growth_bytes_per_day else None
    is_short = days is not None and days < LOW_DISK_DAYS
    still_grows = journal.bytes < min(journal.expected_bytes, journal.max_bytes)
    if free < LOW_DISK_BYTES or (is_short and still_grows):
        text = _("Only {free} are free on the disk; the journal grows by {growth} a day.")
        growth = _.size(journal.growth_bytes_per_day)
        told = text.format(free=_.size(free), growth=growth)
        advice = _("Free some space, or keep single readings for fewer days (raw_days).")
        yield Finding("error" if free < LOW_DISK_BYTES / 10 else "warning", subject, told, advice)


def _sinks(facts: Facts, _: Wording) -> Iterator[Finding]:
    for one in facts.sinks:
        yield from _sink(one, _)


def _sink(one: SinkFacts, _: Wording) -> Iterator[Finding]:
    status, name = one.sink.status, one.sink.status.sink
    if one.failing_s is not None:
        text = _("No copy for {duration}; {count} readings wait: {reason}")
        told = text.format(
            duration=duration_text(one.failing_s),
            count=_.count(status.backlog),
            reason=one.last_error,
        )
        advice = _(
            "Nothing is lost: they are copied when it is back. Test the database on the page"
            " Settings."
        )
        yield Finding("error", name, told, advice)
    elif status.backlog > LONG_BACKLOG and one.sink.configured:
        told = _("{count} readings are still to be copied.").format(count=_.count(status.backlog))
        yield Finding("warning", name, told, _("Nothing to do, if their number goes down."))
    elif status.backlog and not one.sink.configured:
        told = _("{count} readings wait for a database that is no longer configured.")
        advice = _("They go when they are too old (raw_days); configured again it gets them.")
        yield Finding("warning", name, told.format(count=_.count(status.backlog)), advice)
    if status.rejected:
        yield _set_aside(one, _)
    if status.dropped:
        told = _("{count} readings never reached it, since the journal was full.")
        advice = _("Raise journal_max_mb, and see to it that the database is reached again.")
        yield Finding("warning", name, told.format(count=_.count(status.dropped)), advice)


def _set_aside(one: SinkFacts, _: Wording) -> Finding:
    reasons = "; ".join(
        f"{_.count(refusal.points)} × {shorten(refusal.reason)} ({_listed(refusal.devices)})"
        for refusal in one.sink.refusals[:MOST_REASONS]
    )
    text = _("It refused {count} readings: {reasons}")
    told = text.format(count=_.count(one.sink.status.rejected), reasons=reasons)
    advice = _(
        "They are in the journal and in all reports. Often a field has another type in the database"
        " than here: delete that field there, or use another database."
    )
    return Finding("warning", one.sink.status.sink, told, advice)


# --- reports, prices, and the rest ---


def _reports(facts: Facts, _: Wording) -> Iterator[Finding]:
    names = {"day": _("daily reports"), "month": _("monthly reports"), "year": _("yearly reports")}
    for one in facts.reports:
        if one.late:
            text = _("The {kind} are late: {devices}")
            told = text.format(kind=names[one.kind], devices=_listed(one.late))
            advice = _("They are made up for by themselves; if not, the log says why.")
            yield Finding("warning", _("Reports"), told, advice)


def _prices(facts: Facts, _: Wording) -> Iterator[Finding]:
    for name in facts.without_prices:
        state = facts.failing.get(f"prices {name}")
        reason = f" ({shorten(state.reason)})" if state is not None else ""
        told = _("The present market price is not known; the fixed price stands in.") + reason
        advice = _(
            "Check the provider, area and token on the page Settings. Costs are corrected later."
        )
        yield Finding("warning", name, told, advice)


def _parts(facts: Facts, _: Wording) -> Iterator[Finding]:
    """What else does not go well: it says itself what it is."""
    told = {one.sink.status.sink for one in facts.sinks}
    told |= {f"prices {name}" for name in facts.without_prices}
    for subject, state in facts.failing.items():
        if subject in told:
            continue
        advice = ""
        if subject.startswith("report "):
            advice = _("Check that the file can be written and is not open in another program.")
        elif subject.startswith("journal"):
            advice = _("Check that the disk is neither full nor read-only, and works.")
        elif subject == REPORTS:
            advice = _("Check the disk; the log says more.")
        yield Finding("error", subject, shorten(state.reason), advice)


def _configuration(facts: Facts, _: Wording) -> Iterator[Finding]:
    for error in facts.setup.plugin_errors:
        advice = _("Correct device_plugin.py; it is read again by itself when it has been saved.")
        yield Finding("error", "device_plugin.py", shorten(error), advice)
    for warning in facts.setup.configuration.warnings:
        advice = _("Correct it on the page Files, if it is not meant so.")
        yield Finding("warning", _("Configuration"), shorten(_.problem(warning)), advice)


def _listed(names: Sequence[str]) -> str:
    every = list(names)
    return ", ".join(every[:MOST_NAMES]) + (", …" if len(every) > MOST_NAMES else "")
