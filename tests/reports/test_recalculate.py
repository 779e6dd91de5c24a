"""After a corrected price: what differs, what is written, and that nothing is rewritten."""

from __future__ import annotations

import csv
import io
import shutil
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from source.config.models import Configuration
from source.config.tariffs import Market, Tariff
from source.journal.corrections import add_results
from source.journal.reader import JournalReader
from source.model import Period
from source.reports.alone import write_files
from source.reports.house import TOTAL
from source.reports.recalculate import Correction, Recalculation
from tests.fakes import FakeClock
from tests.reports.house import cells, configuration, lines, periods, poll_hourly, us
from tests.reports.priced import csv_rows, day, document, flat, look, priced, results
from tests.running import running_journal

BOTH: dict[str, Any] = {"Fridge": {"cost_month": 12}, "Washer": {}}
ALL = Period(0, 2**62)


@pytest.fixture
def files(tmp_path: Path, clock: FakeClock) -> Path:
    """Five days of a fridge, three of a washer, reported at 0.30."""
    with running_journal(tmp_path, clock) as journal:
        poll_hourly(journal, "2026-01-09 23:00", "2026-01-15 12:00")
        poll_hourly(journal, "2026-01-11 23:00", "2026-01-15 12:00", 50.0, "Washer")
    look(priced(tmp_path, flat("0.30"), **BOTH))
    return tmp_path


def found(
    configured: Configuration, span: Period = ALL, device: str | None = None
) -> list[Correction]:
    with JournalReader(configured.files / "isdl.db") as reader:
        steps = Recalculation(reader, configured, span).corrections(device)
        return [each for step in steps for each in step]


def corrected(configured: Configuration, span: Period = ALL, device: str | None = None) -> int:
    every = found(configured, span, device)
    add_results(configured.files / "isdl.db", [each.result for each in every])
    return len(every)


def cost(tariff: Tariff | None, files: Path) -> Configuration:
    return priced(files, tariff, **BOTH)


def test_with_the_same_prices_nothing_differs(files: Path) -> None:
    assert found(cost(flat("0.30"), files)) == []


def test_each_finished_period_differs_by_its_energy(files: Path) -> None:
    every = found(cost(flat("0.20"), files))
    assert [(each.before.device, each.before.kind) for each in every] == [
        *[("Fridge", "day")] * 5,
        ("Fridge", "month"),
        *[("Washer", "day")] * 3,
        *[(TOTAL, "day")] * 5,
    ]
    assert {each.new.bill.price_per_kwh for each in every} == {Decimal("0.2")}
    for each in every:
        assert each.old.bill.cost * 2 == each.new.bill.cost * 3
        assert each.new.totals == each.old.totals


def test_only_periods_with_a_part_in_the_span_are_looked_at(files: Path) -> None:
    span = Period(day("2026-01-12"), day("2026-01-13"))
    every = found(cost(flat("0.20"), files), span, "Fridge")
    assert [each.before.period for each in every] == [span]
    month = found(cost(flat("0.20"), files), Period(span.start_us - 1, span.end_us), "Fridge")
    assert [each.before.kind for each in month] == ["day", "day", "month"]


def test_a_price_from_a_day_on_changes_what_comes_after_it(files: Path) -> None:
    from datetime import date  # noqa: PLC0415

    first = flat("0.30").sections[0]
    later = first.model_copy(update={"start": date(2026, 1, 13), "price_kwh": Decimal("0.40")})
    every = found(cost(Tariff(sections=(first, later)), files), device="Fridge")
    assert [each.before.period.start_us for each in every] == [day("2026-01-13"), day("2026-01-14")]


def test_one_device_alone(files: Path) -> None:
    assert len(found(cost(flat("0.20"), files), device="Washer")) == 3
    assert len(found(cost(flat("0.20"), files), device=TOTAL)) == 5


def test_energy_that_came_later_is_corrected_too(files: Path) -> None:
    quarter = day("2026-01-12") // 900_000_000
    with sqlite3.connect(files / "isdl.db") as db:
        db.execute(
            "UPDATE interval SET energy_wh = energy_wh + 500 WHERE quarter = ? AND device_id = 1",
            (quarter,),
        )
    db.close()
    every = found(cost(flat("0.30"), files))
    assert [each.before.device for each in every] == ["Fridge", TOTAL]
    assert [round(each.new.totals.energy_wh - each.old.totals.energy_wh, 6) for each in every] == [
        500.0
    ] * 2


def test_market_prices_that_came_later_are_corrected(files: Path) -> None:
    tariff = flat("0.30", market=Market(provider="csv", file="prices.csv"))
    assert found(cost(tariff, files)) == []  # the fallback is the price of before
    first = day("2026-01-10") // 900_000_000
    with running_journal(files, FakeClock()) as journal:
        journal.put_prices("csv:prices.csv", dict.fromkeys(range(first, first + 96), 100000000))
    every = found(cost(tariff, files))
    assert [(each.before.device, str(each.new.bill.cost)) for each in every] == [
        ("Fridge", "0.24"),
        ("Fridge", "0.96"),
        (TOTAL, "0.24"),
    ]


def test_a_shared_base_price_is_corrected_in_each_share(files: Path) -> None:
    tariff = flat("0.30", base_price_month=Decimal("12.40"))
    assert len(found(cost(tariff, files))) == 5  # of the total alone
    shared = tariff.model_copy(update={"share_base_price": True})
    every = found(cost(shared, files))
    shares = [each.new.bill.base_cost for each in every if each.before.kind == "day"]
    assert sum(shares[:8]) == pytest.approx(Decimal(2), abs=Decimal("1e-20"))
    assert sum(shares[8:]) == 2


def test_the_same_as_reports_that_are_computed_one_by_one(files: Path) -> None:
    tariff = flat("0.27", base_price_month=Decimal("12.40")).model_copy(
        update={"share_base_price": True}
    )
    configured = cost(tariff, files)
    corrected(configured)
    look(configured)
    by_period = {(r.device, r.kind, r.period): r.figures for r in results(files) if r.revision == 1}
    with sqlite3.connect(files / "isdl.db") as db:
        db.execute("DELETE FROM result")
        db.execute("DELETE FROM report")
    db.close()
    look(configured)
    fresh = {(r.device, r.kind, r.period): r.figures for r in results(files)}
    assert fresh == by_period


# --- what is written ---


def test_a_correction_is_appended_and_says_what_stood_there(files: Path) -> None:
    before = {
        path: path.read_bytes() for path in (*files.glob("*.txt"), *files.glob("reports/*.csv"))
    }
    configured = cost(flat("0.20"), files)
    assert corrected(configured) == 14
    assert look(configured) == 0
    for path, content in before.items():
        assert path.read_bytes().startswith(content), path
    rows = lines(files / "Fridge_day.txt")
    assert len(rows) == 10
    assert rows[5] == (
        "| 2026-01-10 00:00:00 - 2026-01-11 00:00:00 |              2.400 "
        "|      0.48 ( 0.20€/KWh) |     0.0 |     0.0 "
        "| correction 1, before: 2.400 KWh, 0.72 (0.30€/KWh) |"
    )
    before_and_now = [("0.720000", "0.480000")] * 2 + [("1.440000", "0.960000")]
    before_and_now += [("0.720000", "0.480000")] * 3
    assert [(row["revision"], row["cost"]) for row in csv_rows(files)] == [
        *(("0", was) for was, _ in before_and_now),
        *(("1", now) for _, now in before_and_now),
    ]
    found_day = document(files, "day/2026-01-10.json")
    assert (found_day["cost"], found_day["revision"]) == ("0.48", 1)
    assert found_day["previous"]["cost"] == "0.72"
    assert all(result.exported for result in results(files))


def test_a_second_correction_names_the_first_one(files: Path) -> None:
    for price in ("0.20", "0.25"):
        corrected(cost(flat(price), files))
        look(cost(flat(price), files))
    last = lines(files / "Washer_day.txt")[-1]
    assert cells(last)[5] == "correction 2, before: 1.200 KWh, 0.24 (0.20€/KWh)"
    assert found(cost(flat("0.25"), files)) == []
    assert len(results(files, "Washer")) == 9


def test_two_corrections_that_were_not_written_yet_are_written_in_their_order(files: Path) -> None:
    corrected(cost(flat("0.20"), files))
    corrected(cost(flat("0.25"), files))
    look(cost(flat("0.25"), files))
    rows = [cells(line)[-1] for line in lines(files / "Washer_day.txt")]
    assert [row[:12] for row in rows[3:]] == ["correction 1"] * 3 + ["correction 2"] * 3
    assert document(files, "day/2026-01-12.json", "Washer")["revision"] == 2


def test_corrections_are_written_without_a_daemon_and_left_to_it_where_it_runs(files: Path) -> None:
    configured = cost(flat("0.20"), files)
    with running_journal(files, FakeClock()):
        assert corrected(configured) == 14
        assert write_files(configured, FakeClock(us("2026-01-15 12:00"))) is False
    assert write_files(configured, FakeClock(us("2026-01-15 12:00"))) is True
    assert len(lines(files / "Fridge_day.txt")) == 10
    assert write_files(configured, FakeClock(us("2026-01-15 12:00"))) is True
    assert len(periods(files / "Fridge_day.txt")) == 10


def test_a_period_without_a_text_line_gets_none_by_a_correction(files: Path) -> None:
    configured = priced(files, flat("0.20"), Fridge={"cost_day": False}, Washer={})
    (files / "Fridge_month.txt").unlink()
    with sqlite3.connect(files / "isdl.db") as db:
        db.execute("DELETE FROM report WHERE kind = 'month'")
    db.close()
    corrected(configured)
    look(configured)
    assert not (files / "Fridge_month.txt").exists()
    assert len(lines(files / "Fridge_day.txt")) == 10  # its first lines stand there


def test_a_flat_price_needs_no_tariff(files: Path) -> None:
    configured = configuration(files, {"price_kwh": Decimal("0.25")}, **BOTH)
    assert len(found(configured)) == 14


def test_lines_from_before_figures_were_kept_are_corrected_from_what_they_say(files: Path) -> None:
    """As after an update: the journal has their texts alone."""
    with sqlite3.connect(files / "isdl.db") as db:
        db.execute("DELETE FROM result")
    db.close()
    shutil.rmtree(files / "reports")
    assert found(cost(flat("0.30"), files)) == []
    configured = cost(flat("0.20"), files)
    every = found(configured)
    assert {(each.old.bill.price_per_kwh, each.is_kept) for each in every} == {
        (Decimal("0.30"), False)
    }
    add_results(files / "isdl.db", [one for each in every for one in each.results])
    look(configured)
    assert cells(lines(files / "Washer_day.txt")[-1])[5] == (
        "correction 1, before: 1.200 KWh, 0.36 (0.30€/KWh)"
    )
    told = [(row["revision"], row["cost"]) for row in csv_rows(files, "Washer")]
    assert told == [("0", "0.360000")] * 3 + [("1", "0.240000")] * 3
    assert found(configured) == []


def test_a_price_that_is_changed_back_is_a_correction_too(files: Path) -> None:
    for price in ("0.20", "0.30"):
        assert corrected(cost(flat(price), files), device="Washer") == 3
        look(cost(flat(price), files))
    assert cells(lines(files / "Washer_day.txt")[-1])[2:] == [
        *("0.36 ( 0.30€/KWh)", "0.0", "0.0"),
        "correction 2, before: 1.200 KWh, 0.24 (0.20€/KWh)",
    ]
    assert found(cost(flat("0.30"), files)) == []


def test_a_csv_file_that_a_spreadsheet_has_saved_is_gone_on_with_in_its_way(files: Path) -> None:
    path = files / "reports" / "Washer.csv"
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
    saved = "\n".join(";".join(cell.replace(".", ",") for cell in row) for row in rows)
    path.write_bytes(b"\xef\xbb\xbf" + saved.encode())  # and no end of the last line
    corrected(cost(flat("0.20"), files))
    look(cost(flat("0.20"), files))
    content = path.read_text("utf-8-sig")
    assert content.startswith(saved)
    cents = [line.split(";")[5] for line in content.splitlines()[1:]]
    assert cents == ["0,360000"] * 3 + ["0,240000"] * 3
