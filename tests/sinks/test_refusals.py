"""What the log says of points that a sink refused for good."""

from __future__ import annotations

import logging

import pytest

from source.sinks.refusals import SILENT_S, Refusals
from tests.fakes import FakeClock


@pytest.fixture
def refusals(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> Refusals:
    caplog.set_level(logging.DEBUG)
    return Refusals("influxdb:db", clock.monotonic)


def test_the_first_refusal_is_told_at_once_with_sink_count_device_and_reason(
    refusals: Refusals, caplog: pytest.LogCaptureFixture
) -> None:
    refusals.add([("Küche/Bad", "field type conflict")] * 3)
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage() == (
        "influxdb:db: refused 3 points of 'Küche/Bad' for good; they stay in the journal,"
        " set aside: field type conflict"
    )


def test_a_device_whose_every_point_is_refused_is_told_of_hourly_with_all_points_counted(
    refusals: Refusals, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(361):
        refusals.add([("Fridge", "beyond retention policy")])
        clock.advance(SILENT_S / 360)
    counts = [record.args[1] for record in caplog.records if isinstance(record.args, tuple)]
    assert counts == [1, 360]


def test_devices_are_told_of_apart(refusals: Refusals, caplog: pytest.LogCaptureFixture) -> None:
    refusals.add([("a", "x"), ("b", "y"), ("a", "x")])
    refusals.add([("c", "z"), ("a", "x")])
    told = [record.args[1:] for record in caplog.records if isinstance(record.args, tuple)]
    assert told == [(2, "a", "x"), (1, "b", "y"), (1, "c", "z")]


def test_a_long_reason_is_cut_and_of_one_line(
    refusals: Refusals, caplog: pytest.LogCaptureFixture
) -> None:
    refusals.add([("a", "unable to parse\n" * 500)])
    assert len(caplog.messages[0]) < 350
    assert "\n" not in caplog.messages[0]


def test_nothing_refused_is_nothing_said(
    refusals: Refusals, caplog: pytest.LogCaptureFixture
) -> None:
    refusals.add([])
    assert caplog.records == []
