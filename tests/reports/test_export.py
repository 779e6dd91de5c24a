"""From a finished day to its line in the CSV file, its JSON document and the house total."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from source.config.models import DeviceConfig, PowerOn
from source.config.tariffs import Market, PriceSection, Tariff
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import US_PER_S, Checkpoint, Period, Point
from source.reports.house import TOTAL
from source.reports.recalculate import Recalculation
from tests.fakes import FakeClock
from tests.reports.house import HOUR_US, cells, configuration, lines, poll_hourly, us
from tests.reports.priced import csv_rows, document, export, flat, look, priced, results
from tests.running import running_journal

EVERY = {"cost_month": 1, "cost_year": (1, 1)}


@pytest.fixture
def files(tmp_path: Path, clock: FakeClock) -> Path:
    """A fridge from 10 January 2026, 0:00 in Berlin, to the 15th; 0.1 kWh an hour, a washer with
    0.05 from the 12th on."""
    with running_journal(tmp_path, clock) as journal:
        poll_hourly(journal, "2026-01-09 23:00", "2026-01-15 12:00")
        poll_hourly(journal, "2026-01-11 23:00", "2026-01-15 12:00", 50.0, "Washer")
    return tmp_path


def test_each_finished_day_has_a_line_and_a_document(files: Path) -> None:
    configured = configuration(files)
    assert look(configured) == 5
    rows = csv_rows(files)
    assert [row["start"] for row in rows] == [
        f"2026-01-{day}T00:00:00+01:00" for day in range(10, 15)
    ]
    assert rows[1] == {
        "kind": "day",
        "start": "2026-01-11T00:00:00+01:00",
        "end": "2026-01-12T00:00:00+01:00",
        "energy_kwh": "2.400000",
        "returned_kwh": "0.000000",
        "cost": "0.720000",
        "base_cost": "0.000000",
        "revenue": "0.000000",
        "mean_price_per_kwh": "0.300000",
        "currency": "€",
        "measured_percent": "100.000",
        "estimated_percent": "0.000",
        "assumed_price_percent": "0.000",
        "failed_polls": "0",
        "switch_ons": "",
        "longest_gap_s": rows[1]["longest_gap_s"],
        "set_aside_kwh": "0.000000",
        "revision": "0",
    }
    found = document(files, "day/2026-01-11.json")
    assert (found["energy_kwh"], found["cost"], found["revision"]) == (2.4, "0.72", 0)
    assert (found["device"], found["kind"], found["previous"]) == ("Fridge", "day", None)
    assert all(result.exported for result in results(files))


def test_nothing_is_written_twice(files: Path) -> None:
    configured = configuration(files)
    look(configured)
    before = {
        path: path.read_bytes()
        for path in files.rglob("*")
        if path.suffix in (".csv", ".txt", ".json")
    }
    assert look(configured) == 0
    assert {path: path.read_bytes() for path in before} == before


def test_the_house_total_is_the_sum_and_has_the_base_price_once(files: Path) -> None:
    tariff = flat("0.30", base_price_month=Decimal("12.40"))
    look(priced(files, tariff, Fridge=EVERY, Washer={}, Meter={"in_total": False}))
    rows = csv_rows(files, TOTAL)
    assert {row["kind"] for row in rows} == {"day"}
    assert [row["energy_kwh"] for row in rows] == ["2.400000"] * 2 + ["3.600000"] * 3
    assert [row["base_cost"] for row in rows] == ["0.400000"] * 5  # 12.40 for 31 days
    assert rows[-1]["cost"] == "1.480000"
    assert [row["base_cost"] for row in csv_rows(files)] == ["0.000000"] * 5
    assert not list(files.glob("_total*.txt"))
    assert document(files, "day/2026-01-14.json", TOTAL)["base_cost"] == "0.4"


def test_a_device_counts_in_the_house_as_long_as_it_was_there(files: Path) -> None:
    look(configuration(files, Fridge={}, Washer={}))
    assert [row["measured_percent"] for row in csv_rows(files, TOTAL)] == ["100.000"] * 5


def test_a_device_that_measures_the_same_energy_is_not_added(files: Path) -> None:
    look(configuration(files, Fridge={}, Washer={"in_total": False}))
    assert [row["energy_kwh"] for row in csv_rows(files, TOTAL)] == ["2.400000"] * 5


def test_a_device_that_was_taken_out_of_the_file_stays_in_the_past_total(files: Path) -> None:
    look(configuration(files, Fridge={}))
    assert csv_rows(files, TOTAL)[-1]["energy_kwh"] == "3.600000"


def test_the_base_price_is_shared_out_by_energy(files: Path) -> None:
    tariff = flat("0.30", base_price_month=Decimal("12.40")).model_copy(
        update={"share_base_price": True}
    )
    look(priced(files, tariff, Fridge={}, Washer={}))
    assert [row["base_cost"] for row in csv_rows(files)] == ["0.400000"] * 2 + ["0.266667"] * 3
    assert [row["base_cost"] for row in csv_rows(files, "Washer")] == ["0.133333"] * 3
    assert cells(lines(files / "Fridge_day.txt")[0])[2] == "1.12 ( 0.30€/KWh)"
    assert csv_rows(files, TOTAL)[0]["cost"] == "1.120000"


def test_a_device_bears_the_base_price_of_its_own_tariff(files: Path) -> None:
    own = flat("0.20", base_price_month=Decimal("6.20"))
    look(priced(files, flat("0.30"), Fridge={}, Washer={"tariff": own, "in_total": False}))
    row = csv_rows(files, "Washer")[0]
    assert (row["cost"], row["base_cost"]) == ("0.440000", "0.200000")
    assert cells(lines(files / "Washer_day.txt")[0])[2] == "0.44 ( 0.20€/KWh)"


def test_an_own_tariff_has_its_own_base_price_in_the_total(files: Path) -> None:
    own = flat("0.20", base_price_month=Decimal("6.20"))
    tariff = flat("0.30", base_price_month=Decimal("12.40"))
    look(priced(files, tariff, Fridge={}, Washer={"tariff": own}))
    assert csv_rows(files, "Washer")[0]["cost"] == "0.440000"
    total = csv_rows(files, TOTAL)[-1]
    assert (total["cost"], total["base_cost"]) == ("1.560000", "0.600000")  # 0.72 + 0.44 + 0.40


def test_shares_add_up_to_the_base_price_where_a_device_came_in_between(tmp_path: Path) -> None:
    """Its first line begins with it; what it bears is its part of what the whole day costs."""
    with running_journal(tmp_path, FakeClock()) as journal:
        poll_hourly(journal, "2026-01-09 23:00", "2026-01-12 12:00")
        poll_hourly(journal, "2026-01-10 11:00", "2026-01-12 12:00", 100.0, "Washer")
    tariff = flat("0.30", base_price_month=Decimal("12.40"))
    sharing = tariff.model_copy(update={"share_base_price": True})
    configured = priced(tmp_path, sharing, Fridge={}, Washer={})
    look(configured, "2026-01-12 12:00")
    assert csv_rows(tmp_path, "Washer")[0]["start"] == "2026-01-10T12:00:00+01:00"
    assert csv_rows(tmp_path)[0]["base_cost"] == "0.266667"
    assert csv_rows(tmp_path, "Washer")[0]["base_cost"] == "0.133333"
    total = csv_rows(tmp_path, TOTAL)[0]
    assert (total["energy_kwh"], total["base_cost"]) == ("3.600000", "0.400000")
    with JournalReader(tmp_path / "isdl.db") as reader:
        again = Recalculation(reader, configured, Period(0, us("2026-01-13 00:00")))
        assert not any(again.corrections())


def test_an_own_base_price_counts_in_the_total_since_its_device_is_there(files: Path) -> None:
    own = flat("0.20", base_price_month=Decimal("6.20"))
    look(priced(files, flat("0.30"), Fridge={}, Washer={"tariff": own}))
    assert [row["base_cost"] for row in csv_rows(files, "Washer")] == ["0.200000"] * 3
    total = [row["base_cost"] for row in csv_rows(files, TOTAL)]
    assert total == ["0.000000"] * 2 + ["0.200000"] * 3


# --- several prices ---


def test_of_several_prices_the_line_shows_the_mean(files: Path) -> None:
    with running_journal(files, FakeClock()) as journal:
        source = "csv:prices.csv"
        first = us("2026-01-09 23:00") // 900 // US_PER_S
        prices = {
            q: (200_000_000, 300_000_000, 310_000_000)[q % 3] for q in range(first, first + 96)
        }
        journal.put_prices(source, prices)
    market = Market(provider="csv", file="prices.csv")
    look(priced(files, flat("0.50", market=market)), "2026-01-12 23:30")
    first_line, second = lines(files / "Fridge_day.txt")
    assert cells(first_line)[2] == "0.65 ( 0.27€/KWh)"
    assert csv_rows(files)[0]["assumed_price_percent"] == "0.000"
    assert cells(second)[2] == "1.20 ( 0.50€/KWh)"
    assert csv_rows(files)[1]["assumed_price_percent"] == "100.000"


def test_a_line_waits_a_day_for_market_prices(files: Path) -> None:
    tariff = flat("0.50", market=Market(provider="csv", file="prices.csv"))
    configured = priced(files, tariff)
    assert look(configured, "2026-01-11 22:59") == 0
    assert csv_rows_or_none(files) is None
    assert look(configured, "2026-01-11 23:00") == 1


def csv_rows_or_none(files: Path) -> list[dict[str, str]] | None:
    return csv_rows(files) if (files / "reports" / "Fridge.csv").exists() else None


# --- switch-ons ---


def test_switch_ons_stand_in_the_files_that_ask_for_them(tmp_path: Path, clock: FakeClock) -> None:
    rule = PowerOn(on_threshold_w=50, off_threshold_w=5, daily=True)
    configured = configuration(tmp_path, Fridge={"power_on": rule, "cost_month": 12})
    with running_journal(tmp_path, clock) as journal:
        start = us("2026-01-09 23:00")
        for hour in range(1, 80):
            fields = {"fetch_success": True, "power": 1.0, "energy_wh": 1.0}
            time_us = start + hour * HOUR_US
            point = Point("Fridge", time_us, fields, HOUR_US, HOUR_US, switched_on=hour % 8 == 0)
            journal.append(point, Checkpoint(time_us))
        journal.flush()
    look(configured, "2026-01-13 06:00")
    text = (tmp_path / "Fridge_day.txt").read_text("utf-8")
    assert text.splitlines()[0].endswith("|  Error rate in %  | Power on count |")
    assert [line[-18:] for line in lines(tmp_path / "Fridge_day.txt")] == ["|              3 |"] * 3
    assert "Power on" not in (tmp_path / "Fridge_month.txt").read_text("utf-8")
    assert {row["switch_ons"] for row in csv_rows(tmp_path) if row["kind"] == "day"} == {"3"}
    assert csv_rows(tmp_path, TOTAL)[0]["switch_ons"] == "3"


# --- trouble ---


def test_a_csv_file_that_is_in_the_way_holds_up_its_own_device_only(files: Path) -> None:
    configured = configuration(files, Fridge={}, Washer={})
    (files / "reports").mkdir()
    (files / "reports" / "Fridge.csv").write_text("my own table\n", "utf-8")
    assert look(configured) == 8
    assert len(csv_rows(files, "Washer")) == 3
    assert [r.device for r in results(files) if not r.exported] == ["Fridge"] * 5
    (files / "reports" / "Fridge.csv").unlink()
    assert look(configured) == 0
    assert len(csv_rows(files)) == 5
    assert all(result.exported for result in results(files))


def test_an_older_copy_of_the_journal_in_its_place_writes_no_line_again(files: Path) -> None:
    configured = configuration(files)
    shutil.copy(files / "isdl.db", files / "copy")
    look(configured)
    before = (files / "reports" / "Fridge.csv").read_bytes()
    shutil.copy(files / "copy", files / "isdl.db")
    assert look(configured) == 0
    assert (files / "reports" / "Fridge.csv").read_bytes() == before
    assert len(results(files, "Fridge")) == 5


def test_figures_that_were_entered_from_outside_get_their_text_line_too(files: Path) -> None:
    look(configuration(files, Fridge={}), "2026-01-12 12:00")
    entries = results(files, "Fridge")
    with running_journal(files, FakeClock()) as journal:
        _lose_line(journal, entries[0].period.end_us)
    (files / "Fridge_day.txt").unlink()
    assert export(configuration(files)) == 1
    assert len(lines(files / "Fridge_day.txt")) == 1
    assert len(csv_rows(files)) == 2


def _lose_line(journal: Journal, end_us: int) -> None:
    import sqlite3  # noqa: PLC0415

    journal.flush()
    with sqlite3.connect(journal.path) as db:
        db.execute("DELETE FROM report WHERE end_us = ?", (end_us,))
        db.execute(
            "UPDATE result SET exported = 0 WHERE end_us = ? AND device = 'Fridge'", (end_us,)
        )
    db.close()


def test_the_document_of_a_damaged_result_does_not_stop_the_others(files: Path) -> None:
    import sqlite3  # noqa: PLC0415

    configured = configuration(files, Fridge={}, Washer={})
    look(configured, "2026-01-14 12:00")
    with sqlite3.connect(files / "isdl.db") as db:
        db.execute("UPDATE result SET exported = 0, figures = '{}' WHERE device = 'Fridge'")
    db.close()
    assert look(configured) == 2
    assert len(csv_rows(files, "Washer")) == 3
    with JournalReader(files / "isdl.db") as reader:
        assert {one.device for one in reader.unexported_results()} == {"Fridge"}


def test_the_devices_of_a_house_without_reports_have_no_total(files: Path) -> None:
    look(configuration(files, Fridge={"cost_day": False}))
    assert results(files) == []
    assert not (files / "reports").exists()
    assert DeviceConfig.model_fields["in_total"].default is True


def test_a_tariff_is_not_needed(files: Path) -> None:
    assert Tariff(sections=(PriceSection(price_kwh=Decimal("0.3")),)) == flat()
    look(configuration(files, {"price_kwh": Decimal("0.25"), "currency": "CHF"}))
    assert csv_rows(files)[0]["cost"] == "0.600000"
    assert csv_rows(files)[0]["currency"] == "CHF"


def test_a_device_called_like_the_csv_file_of_another_has_documents_too(
    tmp_path: Path, clock: FakeClock
) -> None:
    names = ("Fridge", "Fridge.CSV")
    with running_journal(tmp_path, clock) as journal:
        for name in names:
            poll_hourly(journal, "2026-01-13 23:00", "2026-01-15 12:00", device=name)
    look(configuration(tmp_path, **{name: {} for name in names}))
    assert all(result.exported for result in results(tmp_path))
    assert document(tmp_path, "day/2026-01-14.json", "Fridge.CSV_")["device"] == "Fridge.CSV"
