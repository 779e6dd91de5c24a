"""What an answer of the server means, without a server."""

from __future__ import annotations

import pytest

from source.errors import BatchTooLarge, PointsRejected, SinkError, SinkUnavailable
from source.sinks.answer import REASON_LIMIT, Answer, error_of, retry_after_s
from source.sinks.protocol import EveryPointRejected

NOW_S = 1_767_225_600.0
"""2026-01-01 00:00:00 UTC."""


def influxdb(status: int, error: str) -> Answer:
    return Answer(status, f'{{"error":"{error}"}}\n', influxdb=True)


def judged(answer: Answer, points: int = 3) -> SinkError | None:
    return error_of(answer, points, lambda text: text)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 120 ", 120.0),
        ("0", 0.0),
        ("9" * 30, 999_999_999.0),
        ("Thu, 01 Jan 2026 00:01:30 GMT", 90.0),
        ("Wed, 31 Dec 2025 23:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        ("Thu, 99 Jan 2026 00:01:30 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: float | None) -> None:
    assert retry_after_s(header, NOW_S) == seconds


def test_only_204_means_stored() -> None:
    assert judged(Answer(204)) is None
    for status in (200, 202, 301, 400, 404, 418, 500):
        assert judged(Answer(status)) is not None


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 405, 408, 429, 500, 502, 503])
def test_what_something_else_than_influxdb_answers_loses_no_point(status: int) -> None:
    answer = Answer(status, "Client sent an HTTP request to an HTTPS server.\n", retry_after_s=3.0)
    error = judged(answer)
    assert type(error) is SinkUnavailable
    assert error.retry_after_s == 3.0


def test_400_of_influxdb_rejects_points_with_the_servers_reason() -> None:
    reason = "partial write: field type conflict: input field p is type string dropped=1"
    error = judged(influxdb(400, reason))
    assert type(error) is PointsRejected
    assert str(error) == reason


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("partial write: points beyond retention policy dropped=3", EveryPointRejected),
        ("partial write: points beyond retention policy dropped=2", PointsRejected),
        ("partial write: points beyond retention policy dropped=33", PointsRejected),
        ("partial write: unable to parse 'x dropped=3': missing fields dropped=0", PointsRejected),
        ("unable to parse 'x': dropped=3", PointsRejected),
        ("field type conflict", PointsRejected),
    ],
)
def test_no_search_is_needed_where_as_many_were_dropped_as_were_sent(
    error: str, kind: type[SinkError]
) -> None:
    assert type(judged(influxdb(400, error))) is kind


def test_413_is_too_large_whoever_says_it() -> None:
    assert type(judged(Answer(413, "<html>nginx</html>"))) is BatchTooLarge


def test_reasons_are_one_line_of_limited_length() -> None:
    error = judged(influxdb(400, "unable to parse " + "x \\n y" * 5000))
    assert len(str(error)) == REASON_LIMIT
    assert "\n" not in str(error)
    assert len(str(judged(Answer(500, "<p>\n" * 5000)))) < 300


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('{"error":"a"}', "a"),
        ('{"results":[{"statement_id":0,"error":"invalid name"}]}', "invalid name"),
        ('{"results":[{"statement_id":0}]}', ""),
        ("", ""),
        ("[1]", ""),
        ("7", ""),
        ("null", ""),
        ('{"results":[]}', ""),
        ('{"results":{}}', ""),
        ("not json", "not json"),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_the_error_of_a_200_is_found_wherever_it_stands(body: str, error: str) -> None:
    assert Answer(200, body).error == error


@pytest.mark.parametrize(
    ("status", "body", "nothing"),
    [
        (200, '{"results":[{"statement_id":0}]}', True),
        (200, '{"results":[{}]}', True),
        (403, '{"results":[{}]}', False),
        (200, '{"results":[{"series":[{"name":"measurements"}]}]}', False),
        (200, '{"results":[{"error":"database not found: home"}]}', False),
        (200, '{"results":[]}', False),
        (200, '{"results":[7]}', False),
        (200, '{"results":{}}', False),
        (200, "[]", False),
        (200, "<html>", False),
        (200, "[" * 100_000, False),
    ],
)
def test_nothing_is_found_only_where_the_statement_was_carried_out(
    status: int, body: str, nothing: bool
) -> None:
    assert Answer(status, body).found_nothing is nothing


def test_an_error_in_another_shape_is_shown_as_it_is() -> None:
    assert Answer(500, '{"message":"quota"}').error == '{"message":"quota"}'
