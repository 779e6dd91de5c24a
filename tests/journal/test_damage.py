"""Damaged journals: for each damage what must survive, as in Prometheus' table of WAL repairs."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from source.errors import JournalError
from source.journal.opening import damage, opened
from source.journal.places import part_of
from source.journal.reader import JournalReader
from source.journal.rescue import rescued
from source.journal.schema import VERSION, close_writer, open_writer
from source.journal.store import Journal
from source.model import Checkpoint, Period
from tests.fakes import START_US, TEN_S, FakeClock, good_point
from tests.journal.damages import (
    PAGE,
    Files,
    Rows,
    content,
    ended,
    flipped,
    killed,
    noise,
    overwritten,
    pages_of,
    points,
    read_everything,
    rows_of,
    with_bad_pages,
)

FRAME = PAGE + 24
ASIDE = "isdl.db.damaged-20260101T000000Z"
LATER_US = START_US + 90 * 8640 * TEN_S


@dataclass(frozen=True)
class Damage:
    """What is done to the files, and what must be there after a start."""

    made: Callable[[], Files]
    lost_points: int
    """At most so many are gone."""
    whole: tuple[str, ...] = ()
    """Tables of which no row is lost or changed."""
    set_aside: bool = True


def _on(base: Callable[[], Files], change: Callable[[bytes], bytes]) -> Callable[[], Files]:
    return lambda: Files(change(base().db), base().wal)


def _wal(change: Callable[[bytes], bytes]) -> Callable[[], Files]:
    return lambda: Files(killed().db, change(killed().wal))


def _bad(table: str, base: Callable[[], Files] = ended, every: int = 1) -> Callable[[], Files]:
    return lambda: Files(with_bad_pages(base().db, pages_of(table, base())[::every]), base().wal)


def _leaf(table: str, base: Callable[[], Files]) -> int:
    """Where the last leaf of a table begins in the file."""
    return (pages_of(table, base())[-1] - 1) * PAGE


LASTING = ("price", "result", "run", "run_scan")
FIRST_MADE = ("device", "fieldset", "checkpoint", "cursor", "rejected")
SMALL = (*FIRST_MADE, "report", *LASTING)
ALL = ("point", "interval", *SMALL)
ROWS_A_PAGE = 100
DAMAGES = {
    "nothing": Damage(ended, 0, ALL, set_aside=False),
    "killed": Damage(killed, 0, ALL, set_aside=False),
    "truncated to half": Damage(_on(ended, lambda c: c[: len(c) // 2]), 2600, FIRST_MADE),
    "truncated by a page": Damage(_on(ended, lambda c: c[:-PAGE]), 0, ("point", "interval")),
    "torn last page": Damage(_on(ended, lambda c: c[:-2000]), 0, ("point", "interval")),
    "only the tables' beginnings": Damage(_on(ended, lambda c: c[: 20 * PAGE]), 4500, FIRST_MADE),
    "first page zeroed": Damage(_on(ended, lambda c: bytes(PAGE) + c[PAGE:]), 0, ALL),
    "first page noise": Damage(_on(ended, lambda c: with_bad_pages(c, [1])), 0, ALL),
    "magic flipped": Damage(_on(ended, lambda c: flipped(c, 3)), 0, ALL),
    "page size flipped": Damage(_on(ended, lambda c: flipped(c, 16)), 0, ALL),
    "version flipped": Damage(_on(ended, lambda c: flipped(c, 63, 2)), 0, ALL),
    "version huge": Damage(_on(ended, lambda c: flipped(c, 60)), 0, ALL),
    "schema noise": Damage(_on(ended, lambda c: overwritten(c, 100, noise(PAGE - 100))), 0, ALL),
    "root of points": Damage(
        lambda: Files(with_bad_pages(ended().db, pages_of("point", ended())[:1])), 0, ALL
    ),
    "root of the index": Damage(
        lambda: Files(with_bad_pages(ended().db, pages_of("point_device_time", ended())[:1])),
        0,
        ALL,
    ),
    "every page of the index": Damage(_bad("point_device_time"), 0, ALL),
    "every 3rd page of points": Damage(
        _bad("point", every=3), 18 * ROWS_A_PAGE, ("interval", *SMALL)
    ),
    "a leaf of points": Damage(
        lambda: Files(with_bad_pages(ended().db, pages_of("point", ended())[-1:])),
        ROWS_A_PAGE,
        ("interval", *SMALL),
    ),
    "all intervals": Damage(_bad("interval"), 0, ("point", *SMALL)),
    "all meters": Damage(_bad("checkpoint"), 0, ("point", "interval")),
    "all cursors": Damage(_bad("cursor"), 0, ("point", "interval", "report")),
    "all reports": Damage(_bad("report"), 0, ("point", "interval", "checkpoint")),
    "all field names": Damage(_bad("fieldset"), 0, ("interval", "report", "cursor")),
    "all device names": Damage(_bad("device"), 0, ("point", "interval", "report", "cursor")),
    "all refused points": Damage(_bad("rejected"), 0, ("point", "interval", "report", *LASTING)),
    "all prices": Damage(_bad("price"), 0, (*ALL[:-4], *LASTING[1:])),
    "all results": Damage(_bad("result"), 0, (*ALL[:-4], "price", "run")),
    "all runs": Damage(_bad("run"), 0, (*ALL[:-4], "price", "result", "run_scan")),
    "cell pointer of a leaf": Damage(
        _on(ended, lambda c: overwritten(c, _leaf("point", ended) + 8, b"\xff\xff")),
        ROWS_A_PAGE,
        ("interval", *SMALL),
    ),
    # The log has a newer image of that page.
    "root of points, killed": Damage(
        lambda: Files(with_bad_pages(killed().db, pages_of("point", killed())[:1]), killed().wal),
        0,
        ALL,
        set_aside=False,
    ),
    "index, killed": Damage(_bad("point_device_time", killed), 0, ALL),
    "first page zeroed, killed": Damage(
        _on(killed, lambda c: bytes(PAGE) + c[PAGE:]), 0, ALL
    ),
    "empty file with a log": Damage(lambda: Files(b"", killed().wal), 4830),
    "log cut in a frame": Damage(
        _wal(lambda w: w[: -FRAME // 2]), 3, SMALL[:2], set_aside=False
    ),
    "log lost": Damage(_wal(lambda _: b""), 330, ("device", "report"), set_aside=False),
    "log of garbage": Damage(_wal(lambda w: noise(len(w))), 330, ("device",), set_aside=False),
    "bit in the middle of the log": Damage(
        _wal(lambda w: flipped(w, 32 + 20 * FRAME + 1000)), 90, ("device", "report", "cursor")
    ),
    "bit in the log's header": Damage(_wal(lambda w: flipped(w, 17)), 0, ALL),
}  # fmt: skip


def _missing(before: Rows, after: Rows, table: str) -> int:
    return len(set(before[table]) - set(after[table]))


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_undamaged_survives_and_the_journal_goes_on(
    tmp_path: Path, clock: FakeClock, name: str
) -> None:
    what = DAMAGES[name]
    path = what.made().put(tmp_path)
    before = content(killed() if "log" in name or "killed" in name else ended())
    journal = Journal(path, clock=clock)
    journal.open()
    for device in ("Fridge", "Heat pump", "Lamp", "New"):
        journal.append(good_point(LATER_US, 1.0, device), Checkpoint(LATER_US, 90.0))
    journal.close()
    assert (tmp_path / ASIDE).exists() == what.set_aside
    after = rows_of(path)
    new = [row for row in after["point"] if row[2] == LATER_US]
    after["point"] = [row for row in after["point"] if row[2] != LATER_US]
    assert set(after["point"]) <= set(before["point"]) or name == "all field names"
    assert len(before["point"]) - len(after["point"]) <= what.lost_points
    for table in what.whole:
        if table != "checkpoint":  # the new points have changed it
            assert _missing(before, after, table) == 0, table
    for table in ("cursor", "rejected", "report", *LASTING):
        assert set(after[table]) <= set(before[table]), table
    # Numbers go on behind all that were ever seen.
    known = [row[0] for row in after["point"]] + [row[1] for row in after["cursor"]]
    assert min(row[0] for row in new) > max(known, default=0)
    read_everything(path)
    assert damage(path, 60.0) == ""


@pytest.mark.parametrize("table", LASTING[:3])
def test_the_loss_of_a_root_takes_the_rows_on_it_and_no_others(tmp_path: Path, table: str) -> None:
    files, root = ended(), pages_of(table, ended())[0]
    begin = (root - 1) * PAGE
    assert files.db[begin] == 2, "an inner page of a table without row numbers, which has rows"
    on_root = int.from_bytes(files.db[begin + 3 : begin + 5], "big")
    path = Files(with_bad_pages(files.db, [root]), files.wal).put(tmp_path)
    rescued(path, START_US)
    before, after = content(files), rows_of(path)
    assert _missing(before, after, table) == on_root
    for other in set(ALL) - {table}:
        assert _missing(before, after, other) == 0, other


@pytest.mark.parametrize("seed", range(12))
def test_random_damage_never_keeps_the_journal_from_opening_and_takes_no_other_page(
    tmp_path: Path, clock: FakeClock, seed: int
) -> None:
    dice = random.Random(seed)
    base = killed() if seed % 3 == 0 else ended()
    db = base.db
    hit = set()
    for _ in range(dice.choice([1, 3, 20])):
        at = dice.randrange(len(db))
        length = dice.choice([1, 1, 8, 200, 5000])
        db = overwritten(db, at, dice.randbytes(min(length, len(db) - at)))
        hit |= set(range(at // PAGE + 1, (at + length) // PAGE + 2))
    path = Files(db, base.wal).put(tmp_path)
    journal = Journal(path, clock=clock)
    journal.open()
    journal.append(good_point(LATER_US, 1.0))
    journal.close()
    read_everything(path)
    kept = {row[0] for row in rows_of(path)["point"]}
    for number in pages_of("point", base):
        if number not in hit and not base.wal:
            assert set(_seqs_on(base.db, number)) <= kept


def _seqs_on(db: bytes, number: int) -> list[int]:
    """The sequence numbers on a leaf of the table point (all below 2 ** 14)."""
    page = db[(number - 1) * PAGE : number * PAGE]
    if page[0] != 13:
        return []
    found = []
    for n in range(int.from_bytes(page[3:5], "big")):
        at = int.from_bytes(page[8 + 2 * n : 10 + 2 * n], "big") + 1
        one, two = page[at], page[at + 1]
        found.append(one if one < 128 else (one & 127) << 7 | two)
    return found


def test_what_is_said_names_the_file_and_the_numbers(tmp_path: Path) -> None:
    path = _bad("point", every=3)().put(tmp_path)
    found = rescued(path, START_US)
    lost = 4500 - found.points
    assert lost > 100
    text = found.text
    assert text.startswith(f"the journal was damaged and is set aside as {ASIDE}; rescued into")
    assert f"{found.points} points, 51 quarter hours, 120 reports" in text
    assert f"lost at least: {found.lost_points} points" in text
    assert found.lost_points <= lost


def test_a_file_that_was_cut_tells_how_many_pages_are_gone(tmp_path: Path) -> None:
    path = tmp_path / "isdl.db"
    pages = len(ended().db) // PAGE
    path.write_bytes(ended().db[: 40 * PAGE])
    assert rescued(path, START_US).lost_pages == pages - 40


def test_lost_quarter_hours_are_computed_again_from_the_points(tmp_path: Path) -> None:
    path = _bad("interval")().put(tmp_path)
    assert rescued(path, START_US).made_intervals == 51
    before, after = content(ended())["interval"], rows_of(path)["interval"]
    assert [row[:2] for row in after] == [row[:2] for row in before]
    for old, new in zip(before, after, strict=True):
        assert new[2:] == pytest.approx(old[2:])


def test_a_lost_meter_goes_on_from_its_newest_good_point(tmp_path: Path, clock: FakeClock) -> None:
    journal = Journal(_bad("checkpoint")().put(tmp_path), clock=clock)
    journal.open()
    last = points()[-3]
    assert journal.checkpoint("Fridge") == Checkpoint(last.time_us, 90.0, 0.25 * 1499)
    journal.close()


def test_a_lost_name_is_made_up_and_its_data_stay(tmp_path: Path) -> None:
    path = _bad("device")().put(tmp_path)
    assert rescued(path, START_US).names_lost == 3
    with JournalReader(path) as reader:
        assert reader.devices() == ["device 1", "device 2", "device 3"]
        whole = Period(START_US, START_US + 1500 * TEN_S)
        assert reader.totals("device 1", whole, TEN_S).energy_wh == pytest.approx(375.0)


def test_a_row_without_sense_is_left_out_and_counted(tmp_path: Path) -> None:
    path = ended().put(tmp_path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE point SET time_us = -5 WHERE seq = 10")
        db.execute("UPDATE point SET power = 9e999 WHERE seq = 11")
        db.execute("UPDATE point SET extra = '[1.0]' WHERE seq = 1")
        db.execute("UPDATE point SET device_id = 77 WHERE seq = 12")
        for change in (
            "price SET quarter = 5 WHERE quarter = (SELECT min(quarter) FROM price)",
            "result SET figures = '{' WHERE end_us = (SELECT max(end_us) FROM result)",
            "run SET quarters = '[]' WHERE start_us = (SELECT min(start_us) FROM run)",
        ):
            db.execute(f"UPDATE {change}")
        db.commit()
    found = rescued(path, START_US)
    assert (found.points, found.lost_rows) == (4497, 7)
    assert found.kept == {"result": 439, "price": 2498, "run": 99}
    read_everything(path)


def test_an_older_journal_is_rescued_into_one_of_this_version(tmp_path: Path) -> None:
    path = tmp_path / "isdl.db"
    script = Path(__file__).with_name("version_1.sql").read_text("utf-8")
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)
    found = rescued(path, START_US)
    assert (found.points, found.intervals, found.lost_rows) == (3, 3, 0)
    read_everything(path)


def test_no_room_for_a_rescue_leaves_the_damaged_file_as_it_is(tmp_path: Path) -> None:
    path = _bad("device")().put(tmp_path)
    before = path.read_bytes()
    part_of(path).mkdir()
    with pytest.raises(JournalError, match="can't be rescued"):
        rescued(path, START_US)
    assert path.read_bytes() == before


def test_a_journal_of_a_newer_version_is_never_rescued(tmp_path: Path) -> None:
    path = tmp_path / "isdl.db"
    close_writer(open_writer(path))
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = path.read_bytes()
    with pytest.raises(JournalError, match="newer version"):
        opened(path, START_US)
    assert path.read_bytes() == before
