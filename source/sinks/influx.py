"""InfluxDB 1.x as a sink, over the package ``influxdb``; its errors become ours here."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from source.config.models import Database
from source.errors import SinkUnavailable
from source.model import Point
from source.sinks.answer import Answer, AnswerWatch, error_of
from source.sinks.line import LineEncoder
from source.text import shorten

if TYPE_CHECKING:
    from influxdb import InfluxDBClient

TIMEOUT_S = 5.0
BLANK = "***"


class InfluxSink:
    """One database of an InfluxDB server. Belongs to one thread at a time.

    Nothing is connected, and the client package is not imported, before the first use.
    """

    def __init__(
        self,
        database: Database,
        *,
        timeout_s: float = TIMEOUT_S,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self.name = f"influxdb:{database.host}:{database.port}/{database.name}"
        self._database = database
        self._timeout_s = timeout_s
        self._watch = AnswerWatch(wall_s)
        self._encoder = LineEncoder()
        self._client: InfluxDBClient | None = None

    def write(self, points: Sequence[Point]) -> None:
        """Write all points in one request; creates the database where it is missing.

        Raises SinkUnavailable, BatchTooLarge, PointsRejected or EveryPointRejected.
        """
        lines = self._encoder.lines(points)
        if not lines:
            return
        answer = self._post(lines)
        if answer.database_missing:
            self._create_database()
            answer = self._post(lines)
        self._raise_for(answer, len(lines))

    def check(self) -> None:
        """Try server, login and right to write without storing anything.

        Raises SinkUnavailable with the reason; a missing database is well where it can be created.
        """
        answer = self._post([])
        if answer.database_missing:
            # Asks for the same right as creating a database does, and changes nothing.
            answer = self._query("SHOW USERS")
            if answer.status == 200:
                return
            if answer.denied:
                raise self._may_not_create(answer)
        self._raise_for(answer, 0)

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    # --- requests ---

    def _post(self, lines: Sequence[str]) -> Answer:
        """Write lines; none at all only asks whether that would be allowed."""
        parameters = {"db": self._database.name, "precision": "n"}
        return self._ask(lambda client: client.write(lines, parameters, protocol="line"))

    def _query(self, statement: str) -> Answer:
        return self._ask(lambda client: client.request("query", "POST", {"q": statement}))

    def _create_database(self) -> None:
        from influxdb.line_protocol import quote_ident  # noqa: PLC0415 (see _connect)

        answer = self._query(f"CREATE DATABASE {quote_ident(self._database.name)}")
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

    def _ask(self, request: Callable[[InfluxDBClient], object]) -> Answer:
        """Send one request; gives the answer, whatever it says. SinkUnavailable without one."""
        if self._client is None:
            self._client = self._connect()
        # Imported here for the reason told in _connect.
        from influxdb.exceptions import (  # noqa: PLC0415
            InfluxDBClientError,
            InfluxDBServerError,
        )
        from requests import TooManyRedirects  # noqa: PLC0415

        self._watch.answer = None
        try:
            request(self._client)
        except (InfluxDBClientError, InfluxDBServerError, TooManyRedirects):
            pass  # the answer itself tells more
        except (OSError, ValueError) as err:  # all errors of requests are one or the other
            raise SinkUnavailable(self._blanked(_cause(err))) from err
        if self._watch.answer is None:
            raise SinkUnavailable("no answer")
        return self._watch.answer

    def _connect(self) -> InfluxDBClient:
        # Imported here: a logger without a database does not pay for the package's memory.
        import requests  # noqa: PLC0415
        import urllib3  # noqa: PLC0415
        from influxdb import InfluxDBClient  # noqa: PLC0415

        database = self._database
        if database.ssl and not database.verify_ssl:
            # The user has decided so; a warning with each request would fill the log.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        session = requests.Session()
        session.max_redirects = 0  # a redirected POST would come back as a GET, and store nothing
        session.hooks["response"] = [self._watch]
        return InfluxDBClient(
            host=f"[{database.host}]" if ":" in database.host else database.host,
            port=database.port,
            # As bytes: requests would send text as Latin-1, InfluxDB reads UTF-8.
            username=database.user_name.encode(),
            password=database.password.get_secret_value().encode(),
            database=database.name,
            ssl=database.ssl,
            verify_ssl=database.verify_ssl,
            timeout=self._timeout_s,
            retries=1,
            session=session,
            headers={"Accept": "application/json"},
        )

    def _blanked(self, text: str) -> str:
        password = self._database.password.get_secret_value()
        return text.replace(password, BLANK) if password else text


def _cause(err: BaseException) -> str:
    """The innermost error's text: "Connection refused" and not the five layers around it."""
    while (inner := err.__cause__ or err.__context__) is not None:
        err = inner
    text = getattr(err, "strerror", None) or str(err) or type(err).__name__
    return shorten(text)
