"""What each look of the reports asks reads few rows, however many years the journal has."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import Period
from tests.fakes import START_US, good_point
from tests.journal.damages import DAY_US

OF_FEW_ROWS = ("USING INDEX report_unfinished", "USING INDEX result_unexported", "CONSTANT ROW")
DAY = Period(START_US, START_US + DAY_US)
LOOKS: dict[str, Callable[[JournalReader], object]] = {
    "unfinished lines": JournalReader.unfinished_reports,
    "figures for the files": JournalReader.unexported_results,
    "last line": lambda reader: reader.last_report_end_us("Fridge", "day"),
    "last figures": lambda reader: reader.last_result_end_us("Fridge", "day"),
    "first point": lambda reader: reader.first_us("Fridge"),
    "newest point": lambda reader: reader.latest("Fridge"),
    "meter": lambda reader: (reader.metered_until_us("Fridge"), reader.has_counter("Fridge")),
    "market prices": lambda reader: reader.prices("awattar:de", 0, 96),
    "runs": lambda reader: (reader.runs("Fridge"), reader.runs_scanned_us("Fridge")),
    "energy": lambda reader: reader.totals("Fridge", DAY, 1),
    "load profile": lambda reader: reader.load_profile("Fridge", DAY),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_no_question_of_a_look_reads_a_whole_table(
    journal: Journal, reader: JournalReader, look: Callable[[JournalReader], object]
) -> None:
    journal.append(good_point(START_US + 1, 1.0))
    journal.flush()
    reader.latest("Fridge")  # learns the names, once
    asked: list[str] = []
    reader._db.set_trace_callback(asked.append)
    look(reader)
    reader._db.set_trace_callback(None)
    queries = [sql for sql in asked if "SELECT" in sql]
    assert queries
    for sql in queries:
        plan = [row[3] for row in reader._db.execute(f"EXPLAIN QUERY PLAN {sql}")]
        scans = [step for step in plan if step.startswith("SCAN")]
        assert [step for step in scans if not step.endswith(OF_FEW_ROWS)] == [], sql
