"""What is measured, in the order in which it is printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bench.run import Run
from bench.sections import (
    backlog,
    card,
    daemon,
    fill,
    journal,
    missed,
    reports,
    silent,
    tariffs,
    transport,
    web,
)

Section = Callable[[Run], None]

SECTIONS: Mapping[str, tuple[str, Section]] = {
    "transport": ("CPU of the client for a poll, by HTTP library", transport.measure),
    "daemon": ("50 sockets at 1 s, poll to InfluxDB", daemon.measure),
    "missed": ("many sockets at 1 s, journal alone", missed.measure),
    "silent": ("one socket of ten never answers, the others at 1 s", silent.measure),
    "backlog": (
        "300,000 points that InfluxDB missed; 50 sockets at 1 s",
        backlog.measure,
    ),
    "journal": ("bytes on disk and bytes written", journal.measure),
    "card": ("bytes written in a day, 10 sockets at 10 s", card.measure),
    "fill": ("the demo's past", fill.measure),
    "reports": ("energy and cost of long periods", reports.measure),
    "web": ("the page over 50 sockets and a year at 10 s", web.measure),
    "tariffs": ("100 sockets at dynamic quarter-hour prices", tariffs.measure),
}
