"""InfluxDB 1.x as a sink: what is asked of the server; its answers become our errors here."""

from __future__ import annotations

import math
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from source.config.models import Database
from source.devices.answer import NoHttp
from source.errors import SinkUnavailable
from source.model import Point
from source.sinks.answer import Answer, answer_of, error_of
from source.sinks.http import HttpConnection
from source.sinks.line import MEASUREMENT, LineEncoder
from source.text import shorten

if TYPE_CHECKING:
    import ssl

TIMEOUT_S = 15.0
"""For a whole request: disks of a NAS that sleep need ten seconds."""
BLANK = "***"


class InfluxSink:
    """One database of an InfluxDB server. Belongs to one thread at a time.

    Nothing is connected before the first use.
    """

    def __init__(
        self,
        database: Database,
        *,
        timeout_s: float = TIMEOUT_S,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self.name = f"influxdb:{database.host}:{database.port}/{database.name}"
        self.left_s: Callable[[], float] = lambda: math.inf
        self.on_loss: Callable[[], None] = lambda: None
        self._database = database
        self._timeout_s = timeout_s
        self._wall_s = wall_s
        self._encoder = LineEncoder()
        self._head = head_of_requests(database)
        self._has_looked = False
        self._was_empty = False
        self._connection = HttpConnection(
            database.host.strip("[]"),  # of an IPv6 address
            database.port,
            tls=partial(certificate_rules, verify=database.verify_ssl) if database.ssl else None,
        )

    def write(self, points: Sequence[Point]) -> None:
        """Write all points in one request; creates the database where it is missing.

        Raises SinkUnavailable, BatchTooLarge, PointsRejected or EveryPointRejected.
        """
        lines = self._encoder.lines(points)
        if not lines:
            return
        body = ("\n".join(lines) + "\n").encode()
        count = len(lines)
        del lines  # while the server works there is one copy, not two
        self._look_for_loss()
        answer = self._post(body)
        if answer.database_missing:
            # Before it is there: a crash between the two must not leave it without its past.
            self.on_loss()
            self._create_database()
            answer = self._post(body)
        self._raise_for(answer, count)
        self._was_empty = False

    def check(self) -> None:
        """Try server, login and right to write without storing anything.

        Raises SinkUnavailable with the reason; a missing database is well where it can be created.
        """
        answer = self._post(b"\n")
        if answer.database_missing:
            # Asks for the same right as creating a database does, and changes nothing.
            answer = self._query("SHOW USERS")
            if answer.status == 200:
                return
            if answer.denied:
                raise self._may_not_create(answer)
        self._raise_for(answer, 0)

    def close(self) -> None:
        self._connection.close()

    # --- requests ---

    def _post(self, lines: bytes) -> Answer:
        """Write lines; an empty one only asks whether that would be allowed."""
        return self._ask("/write", {"db": self._database.name, "precision": "n"}, lines)

    def _query(self, statement: str) -> Answer:
        return self._ask("/query", {"q": statement}, b"")

    def _look_for_loss(self) -> None:
        """Before the first write of a connection: has the server lost what it held?

        Its folder may be a new one, and the database made by its own start (``INFLUXDB_DB`` of its
        container) or by somebody else: then no write tells that it was missing. A user without the
        right to read is not told. One that stays empty, whatever is sent, is lost only once.
        """
        if self._has_looked and self._connection.is_open():
            return
        self._has_looked = False
        statement = f"SHOW MEASUREMENTS ON {quoted(self._database.name)}"
        answer = self._query(f'{statement} WITH MEASUREMENT = "{MEASUREMENT}"')
        if answer.status >= 500:
            self._raise_for(answer, 0)
        if answer.found_nothing and not self._was_empty:
            self.on_loss()
        self._was_empty = answer.found_nothing
        self._has_looked = True

    def _create_database(self) -> None:
        answer = self._query(f"CREATE DATABASE {quoted(self._database.name)}")
        if answer.denied:
            raise self._may_not_create(answer)
        if answer.status != 200 or answer.error:
            reason = self._blanked(shorten(answer.error))
            message = f"database {self._database.name!r} can't be created: {reason!r}"
            raise SinkUnavailable(message, answer.retry_after_s)

    def _may_not_create(self, answer: Answer) -> SinkUnavailable:
        reason = self._blanked(shorten(answer.error))
        return SinkUnavailable(
            f"database {self._database.name!r} is missing and user {self._database.user_name!r} may"
            f" not create it; create it, or give that user all privileges: {reason!r}"
        )

    def _raise_for(self, answer: Answer, points: int) -> None:
        error = error_of(answer, points, self._blanked)
        if error is not None:
            raise error

    def _ask(self, path: str, parameters: dict[str, str], body: bytes) -> Answer:
        """Send one request; gives the answer, whatever it says. SinkUnavailable without one."""
        target = f"{path}?{urlencode(parameters)}"
        begin = f"POST {target} HTTP/1.1\r\n{self._head}Content-Length: {len(body)}\r\n\r\n"
        request = begin.encode() + body
        try:
            head, answer = self._connection.ask(request, self._timeout_s, self.left_s)
        except (OSError, NoHttp, UnicodeError) as err:
            raise SinkUnavailable(self._blanked(cause_of(err))) from err
        return answer_of(head, answer, self._wall_s())

    def _blanked(self, text: str) -> str:
        password = self._database.password.get_secret_value()
        return text.replace(password, BLANK) if password else text


def head_of_requests(database: Database) -> str:
    """The head fields that are the same in all requests."""
    login = f"{database.user_name}:{database.password.get_secret_value()}"
    return (
        f"Host: {database.host}:{database.port}\r\n"
        f"Authorization: Basic {b64encode(login.encode()).decode()}\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Accept: application/json\r\n"
    )


def certificate_rules(*, verify: bool) -> ssl.SSLContext:
    """By which the server's certificate is judged; read anew for each connection."""
    # Imported here: a logger without TLS does not pay for the module's memory.
    import ssl  # noqa: PLC0415

    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def quoted(name: str) -> str:
    """An identifier of InfluxQL."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def cause_of(err: Exception) -> str:
    """An error in its own words."""
    if isinstance(err, TimeoutError) and not err.args:
        return "timed out: no whole answer in time"
    if isinstance(err, NoHttp):
        return f"its answer is no HTTP: {shorten(err)}"
    return shorten(getattr(err, "strerror", None) or str(err) or type(err).__name__)
