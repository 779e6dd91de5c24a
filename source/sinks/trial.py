"""Tries an InfluxDB server step by step, so that it can be told which one fails.

A measurement of its own is written, read back and removed again; nothing else is touched. The
database is created where it is missing, as the first copy would.
"""

from __future__ import annotations

import json
import math
import secrets
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias
from urllib.parse import urlencode

from source.config.models import Database
from source.devices.answer import Head, NoHttp
from source.sinks.answer import Answer, answer_of
from source.sinks.http import HttpConnection
from source.sinks.influx import BLANK, cause_of, certificate_rules, head_of_requests, quoted
from source.text import shorten

Step: TypeAlias = Literal["reachable", "version", "login", "database", "write", "read_back"]
STEPS: tuple[Step, ...] = ("reachable", "version", "login", "database", "write", "read_back")
Outcome: TypeAlias = Literal[
    "reached",
    "unknown_name",
    "refused",
    "late",
    "certificate",
    "no_tls",
    "unreachable",
    "version_1",
    "version_other",
    "no_influxdb",
    "logged_in",
    "wrong_login",
    "refused_query",
    "exists",
    "created",
    "may_not_create",
    "not_created",
    "written",
    "may_not_write",
    "not_written",
    "read",
    "may_not_read",
    "not_found_again",
]
GOOD: frozenset[Outcome] = frozenset(
    {"reached", "version_1", "logged_in", "exists", "created", "written", "read"}
)
MEASUREMENT = "isdl_test"
TIMEOUT_S = 5.0
"""For each request."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One step, and what came of it."""

    step: Step
    outcome: Outcome
    detail: str = ""
    """Version, or what the server or the system says."""

    @property
    def ok(self) -> bool:
        return self.outcome in GOOD


class _NotReached(Exception):
    """No answer came."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome: Outcome = outcome
        self.detail = detail


class DatabaseTrial:
    """Asks one server. Belongs to one thread."""

    def __init__(self, database: Database, timeout_s: float = TIMEOUT_S) -> None:
        self._database = database
        self._timeout_s = timeout_s
        self._head = head_of_requests(database)
        self._tag = secrets.token_hex(8)
        tls = partial(certificate_rules, verify=database.verify_ssl)
        self._connection = HttpConnection(
            database.host.strip("[]"), database.port, tls=tls if database.ssl else None
        )

    def run(self) -> list[Tried]:
        """The steps up to the first that fails; each takes some seconds at most."""
        found: list[Tried] = []
        try:
            for one in self._steps():
                found.append(one)
                if not one.ok:
                    break
        except _NotReached as err:
            found.append(Tried(STEPS[len(found)], err.outcome, err.detail))
        finally:
            self._connection.close()
        return found

    def _steps(self) -> Iterator[Tried]:
        head, answer = self._ask("GET", "/ping")
        yield Tried("reachable", "reached")
        yield self._version(head, answer)
        found = self._query("SHOW DATABASES")
        yield self._login(found)
        yield self._place(found)
        yield self._write()
        yield self._read_back()

    def _version(self, head: Head, answer: Answer) -> Tried:
        version = shorten(head.text("x-influxdb-version"), 40)
        if not version:
            return Tried("version", "no_influxdb", str(answer.status))
        is_first = version.removeprefix("v").startswith("1.")
        return Tried("version", "version_1" if is_first else "version_other", version)

    def _login(self, answer: Answer) -> Tried:
        if answer.denied:
            return Tried("login", "wrong_login", self._reason(answer))
        if answer.status != 200:
            return Tried("login", "refused_query", self._reason(answer))
        return Tried("login", "logged_in")

    def _place(self, known: Answer) -> Tried:
        if self._database.name in _names(known):
            return Tried("database", "exists")
        answer = self._query(f"CREATE DATABASE {quoted(self._database.name)}")
        if answer.denied:
            # A user without all rights is not shown every database: the next step tells.
            return self._place_by_writing(answer)
        if answer.status != 200 or answer.error:
            return Tried("database", "not_created", self._reason(answer))
        return Tried("database", "created")

    def _place_by_writing(self, refusal: Answer) -> Tried:
        answer = self._write_line("\n")
        if answer.database_missing or answer.denied:
            return Tried("database", "may_not_create", self._reason(refusal))
        return Tried("database", "exists")

    def _write(self) -> Tried:
        answer = self._write_line(f"{MEASUREMENT},probe={self._tag} value=1")
        if answer.denied:
            return Tried("write", "may_not_write", self._reason(answer))
        if answer.status != 204:
            return Tried("write", "not_written", self._reason(answer))
        return Tried("write", "written")

    def _read_back(self) -> Tried:
        where = f"WHERE \"probe\" = '{self._tag}'"
        try:
            statement = f'SELECT "value" FROM "{MEASUREMENT}" {where}'  # noqa: S608 (ours alone)
            answer = self._query(statement, with_place=True)
        finally:
            self._query(f'DROP SERIES FROM "{MEASUREMENT}" {where}', with_place=True)
        if answer.denied or "not authorized" in answer.error:
            return Tried("read_back", "may_not_read", self._reason(answer))
        if answer.status != 200 or answer.error or answer.found_nothing:
            return Tried("read_back", "not_found_again", self._reason(answer))
        return Tried("read_back", "read")

    # --- requests ---

    def _write_line(self, line: str) -> Answer:
        target = f"/write?{urlencode({'db': self._database.name})}"
        return self._ask("POST", target, line.encode())[1]

    def _query(self, statement: str, *, with_place: bool = False) -> Answer:
        parameters = {"q": statement}
        if with_place:
            parameters["db"] = self._database.name
        return self._ask("POST", f"/query?{urlencode(parameters)}")[1]

    def _ask(self, method: str, target: str, body: bytes = b"") -> tuple[Head, Answer]:
        begin = f"{method} {target} HTTP/1.1\r\n{self._head}Content-Length: {len(body)}\r\n\r\n"
        try:
            head, content = self._connection.ask(
                begin.encode() + body, self._timeout_s, lambda: math.inf
            )
        except (OSError, NoHttp, UnicodeError) as err:
            raise _NotReached(_outcome_of(err), self._blanked(cause_of(err))) from err
        return head, answer_of(head, content, time.time())

    def _reason(self, answer: Answer) -> str:
        said = shorten(self._blanked(answer.error))
        return f"{answer.status}: {said}" if said else str(answer.status)

    def _blanked(self, text: str) -> str:
        password = self._database.password.get_secret_value()
        return text.replace(password, BLANK) if password else text


def _outcome_of(err: Exception) -> Outcome:
    import ssl  # noqa: PLC0415 (a logger without TLS does not pay for its memory)

    rules: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Outcome], ...] = (
        (ssl.SSLCertVerificationError, "certificate"),
        (ssl.SSLError, "no_tls"),
        ((socket.gaierror, UnicodeError), "unknown_name"),
        (TimeoutError, "late"),
        (ConnectionRefusedError, "refused"),
        (NoHttp, "no_influxdb"),
    )
    return next((outcome for kind, outcome in rules if isinstance(err, kind)), "unreachable")


def _names(answer: Answer) -> set[str]:
    """The databases that ``SHOW DATABASES`` lists."""
    try:
        series = json.loads(answer.body)["results"][0]["series"][0]
        return {str(row[0]) for row in series["values"]}
    except (ValueError, LookupError, TypeError, RecursionError):
        return set()
