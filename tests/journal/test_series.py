"""Values over time for charts, and the end of all that is known of a device."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from source.journal import entries
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import (
    QUARTER_US,
    US_PER_S,
    Checkpoint,
    FieldValue,
    Period,
    Point,
    Result,
    Run,
    Written,
)
from tests.fakes import START_US, TEN_S, FakeClock, failed_point, good_point
from tests.running import running_journal

HOUR_US = 4 * QUARTER_US
DAY = Period(START_US, START_US + 24 * HOUR_US)


def at(seconds: float) -> int:
    return START_US + round(seconds * US_PER_S)


def measured(seconds: float, power_w: float, device: str = "Fridge", **more: FieldValue) -> Point:
    return good_point(at(seconds), power_w / 360.0, device, power=power_w, **more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def store(folder: Path, points: Sequence[Point]) -> None:
    with running_journal(folder, FakeClock()) as journal:
        for point in points:
            journal.append(point)
        journal.flush()


def reader_of(folder: Path) -> JournalReader:
    return JournalReader(folder / "isdl.db")


def test_a_peak_is_in_its_step_however_wide_it_is(folder: Path) -> None:
    store(folder, [measured(10 * n, 2000.0 if n == 777 else 50.0) for n in range(1, 8640)])
    with reader_of(folder) as reader:
        for step_s in (60, 900, 3600):
            found = reader.raw_power("Fridge", DAY, step_s * US_PER_S)
            highest = max(found, key=lambda one: one.high_w)
            assert (highest.low_w, highest.high_w) == (50.0, 2000.0)
            assert highest.number == (7770 - 1) // step_s
        quarters = reader.quarter_power(
            "Fridge", START_US // QUARTER_US, DAY.end_us // QUARTER_US, 8
        )
        assert max(one.high_w for one in quarters) == 2000.0
        assert len(quarters) == 12


def test_a_step_begins_after_its_start_and_ends_with_its_end(folder: Path) -> None:
    store(folder, [measured(60, 10.0), measured(70, 20.0), measured(120, 40.0)])
    with reader_of(folder) as reader:
        found = reader.raw_power("Fridge", DAY, 60 * US_PER_S)
    assert [(one.number, one.mean_w) for one in found] == [(0, 10.0), (1, 30.0)]
    assert (found[1].first_us, found[1].last_us) == (at(70), at(120))


def test_failed_polls_leave_no_step(folder: Path) -> None:
    store(folder, [measured(10, 10.0), failed_point(at(70)), measured(130, 20.0)])
    with reader_of(folder) as reader:
        assert [one.number for one in reader.raw_power("Fridge", DAY, 60 * US_PER_S)] == [0, 2]


def gap(begin_s: float, end_s: float, watts: float) -> Point:
    """The first point after a gap, with the energy that the counter tells."""
    span_us = round((end_s - begin_s) * US_PER_S)
    point = good_point(at(end_s), watts * span_us / HOUR_US, power=50.0)
    return replace(point, span_us=span_us, estimated=True)


def test_a_gap_has_the_mean_power_that_its_energy_tells(folder: Path) -> None:
    store(folder, [measured(10, 50.0), gap(10, 7210, 120.0), measured(7220, 50.0)])
    with reader_of(folder) as reader:
        (spread,) = reader.spreads("Fridge", DAY)
        assert spread.period == Period(at(10), at(7210))
        assert spread.mean_w == pytest.approx(120.0)
        quarters = reader.quarter_power(
            "Fridge", START_US // QUARTER_US, DAY.end_us // QUARTER_US, 1
        )
    inner = quarters[1]
    assert inner.mean_w == pytest.approx(120.0)
    assert inner.low_w == inner.high_w == inner.mean_w
    assert inner.is_estimated
    # The last one has a measurement: half a minute of it was estimated, and little else is known.
    assert [one.number for one in quarters] == list(range(9))


def test_a_gap_that_ends_after_the_period_is_found(folder: Path) -> None:
    store(folder, [measured(10, 50.0), gap(10, 7210, 120.0)])
    with reader_of(folder) as reader:
        (spread,) = reader.spreads("Fridge", Period(at(1000), at(3000)))
        assert spread.period.end_us == at(7210)


def test_quarter_hours_without_anything_are_left_out(folder: Path) -> None:
    store(folder, [measured(10, 50.0), failed_point(at(1000)), measured(2000, 60.0)])
    with reader_of(folder) as reader:
        found = reader.quarter_power("Fridge", START_US // QUARTER_US, DAY.end_us // QUARTER_US, 1)
    assert [one.number for one in found] == [0, 2]


def test_what_was_fed_in_is_below_nothing(folder: Path) -> None:
    store(folder, [measured(10, -400.0), measured(20, -200.0)])
    with reader_of(folder) as reader:
        (found,) = reader.raw_power("Fridge", DAY, 60 * US_PER_S)
        (quarter,) = reader.quarter_power(
            "Fridge", START_US // QUARTER_US, DAY.end_us // QUARTER_US, 1
        )
    assert (found.low_w, found.mean_w, found.high_w) == (-400.0, -300.0, -200.0)
    assert (quarter.low_w, quarter.mean_w, quarter.high_w) == (-400.0, -300.0, -200.0)


def test_the_newest_polls_are_told_by_number_and_by_device(folder: Path) -> None:
    store(folder, [measured(10, 1.0), measured(11, 2.0, "Lamp"), failed_point(at(20))])
    with reader_of(folder) as reader:
        found = reader.polls_after(1, 10)
        assert [(one.device, one.success, one.power_w) for one in found] == [
            ("Lamp", True, 2.0),
            ("Fridge", False, None),
        ]
        newest = reader.newest_polls("Fridge")
        assert [one.time_us for one in newest] == [at(20), at(10)]
        assert reader.polls_after(3, 10) == []
        assert reader.newest_polls("nobody") == []


def test_the_power_of_each_minute_is_summed_up(folder: Path) -> None:
    store(folder, [measured(10, 10.0), measured(60, 20.0), measured(70, 40.0)])
    with reader_of(folder) as reader:
        first = START_US // (60 * US_PER_S)
        assert reader.minutes("Fridge", DAY) == {first: (30.0, 2), first + 1: (40.0, 1)}


def test_fields_of_their_own_are_summed_up_as_well(folder: Path) -> None:
    store(
        folder,
        [
            measured(10, 1.0, voltage=229.0, overheated=False, device_temperature=31.0),
            measured(20, 1.0, voltage=231.0, overheated=True, device_temperature=35.0),
            measured(70, 1.0, voltage=235.0, overheated=True),
        ],
    )
    with reader_of(folder) as reader:
        ((number, names),) = reader.fieldsets("Fridge", DAY).items()
        place = names.index("voltage")
        minute = 60 * US_PER_S
        (values,) = reader.field_values("Fridge", DAY, minute, number, [place])
        assert values == [(0, 229.0, 230.0, 231.0), (1, 235.0, 235.0, 235.0)]
        (degrees,) = reader.field_values("Fridge", DAY, minute, None, [])
        assert degrees == [(0, 31.0, 33.0, 35.0)]
        (part,) = reader.field_values("Fridge", DAY, minute, number, [place], part_us=15 * US_PER_S)
        assert part == [(0, 229.0, 229.0, 229.0), (1, 235.0, 235.0, 235.0)]


def test_text_in_a_field_is_no_value(folder: Path) -> None:
    store(folder, [measured(10, 1.0, mode="heat"), measured(20, 1.0, mode="cool")])
    with reader_of(folder) as reader:
        ((number, names),) = reader.fieldsets("Fridge", DAY).items()
        assert reader.field_values("Fridge", DAY, US_PER_S, number, [names.index("mode")]) == [[]]


def test_a_damaged_field_holds_up_no_other(folder: Path) -> None:
    store(folder, [measured(10, 1.0, voltage=229.0), measured(20, 1.0, voltage=231.0)])
    with sqlite3.connect(folder / "isdl.db") as db:
        db.execute("UPDATE point SET extra = '[22' WHERE time_us = ?", (at(10),))
    db.close()
    with reader_of(folder) as reader:
        ((number, _),) = reader.fieldsets("Fridge", DAY).items()
        assert reader.field_values("Fridge", DAY, 60 * US_PER_S, number, [0]) == [
            [(0, 231.0, 231.0, 231.0)]
        ]


# --- everything of a device goes ---


def fill(journal: Journal, count: int = 20) -> None:
    """Points, a meter's state, a run, figures and a report of two devices."""
    for device in ("Fridge", "Lamp"):
        for n in range(1, count + 1):
            time_us = at(10 * n)
            journal.append(measured(10 * n, 50.0, device), Checkpoint(time_us, counter_wh=float(n)))
        journal.put_runs(device, [Run(device, at(0), at(50), 3.0, 60.0)], at(60))
        report = Written(device, "day", DAY, f"{device}_day.txt", "line", 0, False)
        journal.begin_reports([report], [Result(device, "day", DAY, 0, json.dumps({}), False)])
    journal.flush()


def counts(folder: Path) -> dict[str, int]:
    """The rows of every table in which a device has any."""
    db = sqlite3.connect(folder / "isdl.db")
    tables = ("point", "interval", "checkpoint", "run", "run_scan", "report", "result", "rejected")
    found = {name: db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}
    db.close()
    return found


def test_all_of_a_device_goes_and_nothing_of_another(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "FORGET_ROWS", 6)
    with running_journal(folder, FakeClock()) as journal:
        fill(journal)
        journal.set_aside("influxdb", [(1, "refused"), (25, "refused")])
        before = counts(folder)
        assert journal.forget("Fridge") == 20
        assert {name: 2 * count for name, count in counts(folder).items()} == before
        assert journal.checkpoint("Fridge") is None
        assert journal.checkpoint("Lamp") is not None
        with reader_of(folder) as reader:
            assert reader.devices() == ["Lamp"]
            assert reader.points("Fridge", 0, DAY.end_us) == []
            assert len(reader.points("Lamp", 0, DAY.end_us)) == 20
            assert reader.reports("Fridge") == []


def test_a_device_that_nobody_knows_can_be_forgotten(folder: Path) -> None:
    with running_journal(folder, FakeClock()) as journal:
        fill(journal)
        assert journal.forget("nobody") == 0
        assert journal.forget("Fridge") == 20
        assert journal.forget("Fridge") == 0


def test_what_is_polled_meanwhile_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "FORGET_ROWS", 2)
    with running_journal(folder, FakeClock()) as journal:
        fill(journal)
        slept: list[float] = []

        def poll(seconds: float) -> None:
            slept.append(seconds)
            journal.append(measured(1000 + len(slept), 70.0, "Lamp"))

        monkeypatch.setattr(time, "sleep", poll)
        journal.forget("Fridge")
        monkeypatch.undo()
        journal.flush()
        assert len(slept) > 10
        with reader_of(folder) as reader:
            assert len(reader.points("Lamp", 0, DAY.end_us)) == 20 + len(slept)


def test_no_sink_gets_a_point_twice_or_misses_one(folder: Path) -> None:
    with running_journal(folder, FakeClock()) as journal:
        fill(journal)
        journal.acknowledge("influxdb", 30)
        journal.forget("Lamp")  # it has the newest points, of which the sink has ten
        journal.append(measured(2000, 70.0))
        journal.flush()
        with reader_of(folder) as reader:
            (status,) = reader.sinks()
            assert (status.acknowledged_seq, status.backlog) == (30, 1)
            ((seq, point),) = reader.points_after(30, 100)
            assert point.time_us == at(2000)
            assert seq > 40


def test_numbers_go_on_after_a_restart_though_the_newest_points_are_gone(folder: Path) -> None:
    with running_journal(folder, FakeClock()) as journal:
        fill(journal)
        journal.forget("Lamp")
        journal.forget("Fridge")
    with running_journal(folder, FakeClock()) as journal:
        journal.append(measured(2000, 70.0))
        journal.flush()
        with reader_of(folder) as reader:
            ((seq, _),) = reader.points_after(0, 100)
            assert seq > 40
            assert reader.point_count() == 1


def test_numbers_go_on_after_a_commit_that_failed(folder: Path) -> None:
    with running_journal(folder, FakeClock()) as journal:
        fill(journal)
        journal.forget("Lamp")
        bad = Point("Fridge", at(3000), {"fetch_success": True, "odd": object()})  # type: ignore[dict-item]
        journal.append(bad)
        journal.append(measured(3010, 70.0))
        journal.flush()
        with reader_of(folder) as reader:
            assert [point.time_us for _, point in reader.points_after(40, 100)] == [at(3010)]


def test_a_device_that_is_added_anew_begins_anew(folder: Path) -> None:
    with running_journal(folder, FakeClock()) as journal, reader_of(folder) as old:
        fill(journal)
        assert len(old.points_after(0, 100)) == 40
        journal.forget("Fridge")
        assert journal.checkpoint("Fridge") is None
        journal.append(measured(5000, 70.0), Checkpoint(at(5000)))
        journal.append(measured(5001, 30.0, "New"), Checkpoint(at(5001)))
        journal.flush()
        # Also who has known the journal before takes nobody for another.
        assert [point.device for _, point in old.points_after(40, 9)] == ["Fridge", "New"]
        with reader_of(folder) as reader:
            assert reader.first_us("Fridge") == at(5000)
            assert reader.totals("Fridge", DAY, TEN_S).energy_wh == pytest.approx(70.0 / 360.0)
            assert reader.devices() == ["Fridge", "Lamp", "New"]


def test_a_poll_that_was_under_way_leaves_nothing(folder: Path) -> None:
    with running_journal(folder, FakeClock()) as journal:
        fill(journal)
        journal.forget("Fridge")
        journal.append(measured(5000, 70.0), Checkpoint(at(5000)))
        journal.flush()
        with reader_of(folder) as reader:
            assert reader.devices() == ["Lamp"]
        assert journal.checkpoint("Fridge") is None  # a worker begins
        journal.append(measured(6000, 70.0), Checkpoint(at(6000)))
        journal.flush()
        with reader_of(folder) as reader:
            assert reader.devices() == ["Fridge", "Lamp"]
