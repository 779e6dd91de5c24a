"""Each line exactly once, whatever happens between ledger and file."""

from __future__ import annotations

import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from source.config.models import Configuration, General
from source.errors import JournalError
from source.health import Health
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import Period, Report, Totals, Written
from source.reports.cost import flat_bill
from source.reports.files import missing_text
from source.reports.ledger import Ledger
from source.reports.table import Header
from tests.fakes import START_US, FakeClock
from tests.reports.house import DAY_US, lines

FILE = "Fridge_day.txt"
PRICE = Decimal("0.30")


def report(day: int, device: str = "Fridge") -> Report:
    totals = Totals(energy_wh=1000.0 * day)
    period = Period(START_US + (day - 1) * DAY_US, START_US + day * DAY_US)
    return Report(device, "day", period, totals, flat_bill(totals, PRICE))


def configured(folder: Path) -> Configuration:
    return Configuration(files=folder, general=General(timezone="UTC"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


@pytest.fixture
def health(clock: FakeClock) -> Health:
    return Health(clock.monotonic)


@pytest.fixture
def ledger(folder: Path, journal: Journal, health: Health) -> Ledger:
    return Ledger(configuration=configured(folder), journal=journal, health=health)


def begun(ledger: Ledger, journal: Journal, *days: int) -> list[Written]:
    """Ledger entries as they are when the program ends before it appends them."""
    planned = ledger._plan(FILE, [report(day) for day in days])
    journal.begin_reports(planned)
    return planned


def settle(ledger: Ledger, reader: JournalReader) -> int:
    """What the next start does."""
    return ledger.settle(reader.unfinished_reports())


def test_lines_are_appended_and_noted_with_text_and_place(
    ledger: Ledger, folder: Path, reader: JournalReader
) -> None:
    assert ledger.write([report(1), report(2)]) == 2
    assert ledger.write([report(3)]) == 1
    content = (folder / FILE).read_bytes()
    assert content.startswith(Header("UTC").text().encode())
    assert len(lines(folder / FILE)) == 3
    entries = reader.reports("Fridge")
    assert all(entry.done for entry in entries)
    assert b"".join(entry.text.encode() for entry in entries) == content
    for entry in entries:
        assert content[entry.offset :].startswith(entry.text.encode())


def test_a_line_begun_and_never_appended_is_appended_at_the_next_start(
    ledger: Ledger, folder: Path, journal: Journal, reader: JournalReader
) -> None:
    entries = begun(ledger, journal, 1, 2)
    assert not (folder / FILE).exists()
    assert settle(ledger, reader) == 2
    assert (folder / FILE).read_text("utf-8") == "".join(entry.text for entry in entries)
    assert reader.unfinished_reports() == []


def test_a_line_appended_and_not_finished_is_not_appended_again(
    ledger: Ledger, folder: Path, journal: Journal, reader: JournalReader
) -> None:
    text = "".join(entry.text for entry in begun(ledger, journal, 1, 2))
    (folder / FILE).write_text(text, "utf-8")
    assert settle(ledger, reader) == 2
    assert (folder / FILE).read_text("utf-8") == text
    assert settle(ledger, reader) == 0


@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.8, 0.999])
def test_a_part_of_the_lines_is_completed(
    ledger: Ledger, folder: Path, journal: Journal, reader: JournalReader, share: float
) -> None:
    ledger.write([report(1)])
    before = (folder / FILE).read_bytes()
    text = b"".join(entry.text.encode() for entry in begun(ledger, journal, 2, 3, 4))
    (folder / FILE).write_bytes(before + text[: int(share * len(text))])
    assert settle(ledger, reader) == 3
    assert (folder / FILE).read_bytes() == before + text
    assert reader.unfinished_reports() == []


def test_a_cut_inside_the_currency_sign_is_completed_too(
    ledger: Ledger, folder: Path, journal: Journal, reader: JournalReader
) -> None:
    (entry,) = begun(ledger, journal, 1)
    text = entry.text.encode()
    (folder / FILE).write_bytes(text[: text.index("€".encode()) + 1])
    assert settle(ledger, reader) == 1
    assert (folder / FILE).read_bytes() == text


def test_what_the_user_wrote_in_between_stays_and_the_line_comes_once(
    ledger: Ledger, folder: Path, journal: Journal, reader: JournalReader
) -> None:
    ledger.write([report(1)])
    begun(ledger, journal, 2)
    with (folder / FILE).open("a") as file:
        file.write("a note of mine")
    assert settle(ledger, reader) == 1
    content = (folder / FILE).read_text("utf-8")
    assert "a note of mine\n| 2026-01-02" in content
    assert content.count("Period in") == 1
    assert len(lines(folder / FILE)) == 2
    entry = reader.reports("Fridge")[-1]
    assert content.encode()[entry.offset :].decode() == entry.text


def test_a_row_that_stands_elsewhere_in_a_changed_file_is_not_appended_again(
    ledger: Ledger, folder: Path, journal: Journal, reader: JournalReader
) -> None:
    ledger.write([report(1)])
    (entry,) = begun(ledger, journal, 2)
    changed = f"my title\r\n{entry.text.rstrip()}\r\n"
    (folder / FILE).write_bytes(changed.encode())
    assert settle(ledger, reader) == 1
    assert (folder / FILE).read_bytes() == changed.encode()


def test_a_file_deleted_in_between_is_begun_anew(
    ledger: Ledger, folder: Path, journal: Journal, reader: JournalReader
) -> None:
    ledger.write([report(1)])
    begun(ledger, journal, 2, 3)
    (folder / FILE).unlink()
    assert settle(ledger, reader) == 2
    content = (folder / FILE).read_text("utf-8")
    assert content.startswith(Header("UTC").text())
    assert len(lines(folder / FILE)) == 2
    assert ledger.write([report(4)]) == 1
    assert len(lines(folder / FILE)) == 3


def test_a_crash_while_a_line_is_moved_does_not_double_it(
    ledger: Ledger, folder: Path, journal: Journal, reader: JournalReader
) -> None:
    ledger.write([report(1)])
    (entry,) = begun(ledger, journal, 2)
    (folder / FILE).write_text("another file\n", "utf-8")
    moved = replace(entry, offset=len("another file\n"))
    journal.begin_reports([moved])
    assert settle(ledger, reader) == 1
    assert settle(ledger, reader) == 0
    assert (folder / FILE).read_text("utf-8") == "another file\n" + entry.text


def test_a_file_of_an_older_version_is_only_appended_to(ledger: Ledger, folder: Path) -> None:
    old = (Header("UTC", power_on=True).text() + "| a row of 2022").encode()
    (folder / FILE).write_bytes(old)
    ledger.write([report(1), report(2)])
    content = (folder / FILE).read_bytes()
    assert content.startswith(old + b"\n| 2026-01-01")
    assert content.count(b"Period in") == 1
    assert all(line.endswith("|        Not req |") for line in lines(folder / FILE))


def test_a_file_in_another_encoding_is_appended_to_all_the_same(
    ledger: Ledger, folder: Path
) -> None:
    old = Header("UTC").text().encode() + "| 0.30€ |\n".encode("cp1252")
    (folder / FILE).write_bytes(old)
    ledger.write([report(1)])
    content = (folder / FILE).read_bytes()
    assert content.startswith(old + b"| 2026")


# --- files that can't be written ---


def test_a_file_that_cannot_be_written_is_told_once_and_written_later(
    ledger: Ledger, folder: Path, health: Health, reader: JournalReader
) -> None:
    (folder / FILE).mkdir()
    assert ledger.write([report(1), report(1, "Washer")]) == 1
    assert len(lines(folder / "Washer_day.txt")) == 1
    assert health.state(f"report {FILE}").failures == 1
    assert "is no file" in health.state(f"report {FILE}").reason
    assert reader.reports("Fridge") == []
    (folder / FILE).rmdir()
    assert ledger.write([report(1)]) == 1
    assert health.state(f"report {FILE}").failures == 0
    assert len(lines(folder / FILE)) == 1


def test_a_line_whose_append_fails_is_begun_and_not_written(
    ledger: Ledger, folder: Path, health: Health, reader: JournalReader
) -> None:
    (folder / FILE).symlink_to(folder / "nowhere" / "file")
    assert ledger.write([report(1), report(1, "Washer")]) == 1
    assert [entry.device for entry in reader.unfinished_reports()] == ["Fridge"]
    assert health.state(f"report {FILE}").failures == 1
    (folder / "nowhere").mkdir()
    assert settle(ledger, reader) == 1
    assert len(lines(folder / "nowhere" / "file")) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_file_without_permission_is_told(ledger: Ledger, folder: Path, health: Health) -> None:
    (folder / FILE).touch(0o444)
    assert ledger.write([report(1)]) == 0
    assert "denied" in health.state(f"report {FILE}").reason


def test_a_device_file_in_place_of_a_report_is_not_read_for_ever(
    ledger: Ledger, folder: Path, health: Health
) -> None:
    (folder / FILE).symlink_to("/dev/zero")
    assert ledger.write([report(1)]) == 0
    assert "is no file" in health.state(f"report {FILE}").reason


def test_without_the_journal_nothing_is_appended(
    folder: Path, health: Health, tmp_path: Path, clock: FakeClock
) -> None:
    closed = Journal(tmp_path / "closed.db", clock=clock)
    ledger = Ledger(configuration=configured(folder), journal=closed, health=health)
    with pytest.raises(JournalError):
        ledger.write([report(1)])
    assert list(folder.iterdir()) == []


# --- the comparison itself ---


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        (b"before\nrow\n", b""),
        (b"before\nrow\nafter\n", b""),
        (b"before\n", b"row\n"),
        (b"before\nro", b"w\n"),
        (b"before", None),
        (b"", None),
        (b"before\nother\n", None),
        (b"before\nroute", None),
    ],
)
def test_what_is_missing_is_told_from_the_file_alone(content: bytes, missing: bytes | None) -> None:
    entry = Written("Fridge", "day", Period(0, 1), FILE, "row\n", len(b"before\n"), False)
    assert missing_text(content, entry) == missing
