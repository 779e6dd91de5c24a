"""The process is killed at each step of a commit and of a deletion: real processes, real kills."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from source.faultpoint import VARIABLE
from source.journal import retention
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import US_PER_S, Period
from tests.fakes import FakeClock
from tests.journal.driving import process

STEPS = ("commit: begun", "commit: points written", "commit: meters written", "commit: before")
LIFE = """
import sys, threading
from pathlib import Path
from source.journal.store import Journal
from source.model import Checkpoint, Point, US_PER_S
from tests.fakes import FakeClock

clock = FakeClock()
journal = Journal(Path(sys.argv[1]), clock=clock, commit_interval_s=60.0, raw_days=1)
journal.open()
state = journal.checkpoint("Fridge") or Checkpoint(clock.now_us(), counter_wh=100.0)
stopping = threading.Event()
threading.Thread(target=journal.run, args=(stopping,), daemon=True).start()
for number in range(int(sys.argv[2])):
    for _ in range(5):
        time_us, counter_wh = state.time_us + 10 * US_PER_S, state.counter_wh + 0.25
        fields = {"fetch_success": True, "counter_wh": counter_wh, "energy_wh": 0.25}
        state = Checkpoint(time_us, counter_wh=counter_wh)
        journal.append(Point("Fridge", time_us, fields, 10 * US_PER_S, 10 * US_PER_S), state)
    journal.acknowledge("copy", 5 * number)
    journal.flush()
    print(counter_wh, flush=True)
"""
DELETION = """
import sys
from pathlib import Path
from source.journal.store import Journal
from source.journal.prepared import prepare
from tests.fakes import START_US, FakeClock, good_point

clock = FakeClock()
journal = Journal(Path(sys.argv[1]), clock=clock, raw_days=1)
journal.open()
journal.load([prepare("Fridge", ((good_point(START_US + n, 1.0), None) for n in range(5000)))])
clock.advance(401)
journal._retention._leaps.is_in_doubt()
clock.advance(10 * 86_400)
journal._retention.step(journal._opener.writer().db)
print("not killed")
"""


def counters(path: Path) -> list[float]:
    with JournalReader(path) as reader:
        return [float(p.fields["counter_wh"]) for _, p in reader.points_after(0, 9_999)]


def agrees(path: Path) -> None:
    """Points, quarter hours and meter tell the same."""
    with JournalReader(path) as reader:
        points = [point for _, point in reader.points_after(0, 9_999)]
        total = reader.totals("Fridge", Period(0, 2**60), 10 * US_PER_S)
        assert total.good_polls == len(points)
        assert total.energy_wh == pytest.approx(sum(float(p.fields["energy_wh"]) for p in points))
        assert reader.metered_until_us("Fridge") == points[-1].time_us
        assert total.energy_wh == pytest.approx(float(points[-1].fields["counter_wh"]) - 100.0)


@pytest.mark.parametrize("step", [*STEPS, "commit: after"])
def test_a_kill_in_a_commit_leaves_it_out_or_in_as_a_whole(
    tmp_path: Path, step: str, clock: FakeClock
) -> None:
    path = tmp_path / "isdl.db"
    assert process(LIFE, path, 2).returncode == 0
    # The first commit is a sign of life without points, which only some steps belong to.
    nth = 2 if step in ("commit: points written", "commit: meters written") else 3
    killed = process(LIFE, path, 5, **{VARIABLE: f"{step}:{nth}"})
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    told = [*map(float, killed.stdout.split())]
    stored = counters(path)
    extra = 5 if step == "commit: after" else 0
    assert stored[-1] == pytest.approx((told[-1] if told else 102.5) + extra * 0.25)
    assert stored == pytest.approx([100.0 + 0.25 * n for n in range(1, len(stored) + 1)])
    agrees(path)
    again = process(LIFE, path, 1)
    assert again.returncode == 0, again.stderr
    assert len(counters(path)) == len(stored) + 5
    agrees(path)


def test_a_kill_in_a_deletion_deletes_nothing(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "isdl.db"
    killed = process(DELETION, path, **{VARIABLE: "retention: deleted"})
    assert killed.returncode == -signal.SIGKILL, killed.stdout + killed.stderr
    with JournalReader(path) as reader:
        assert reader.point_count() == 5_000
    journal = Journal(path, clock=clock)
    journal.open()
    journal.close()
    ended = process(DELETION, tmp_path / "other.db")
    assert ended.stdout == "not killed\n", ended.stderr
    with JournalReader(tmp_path / "other.db") as reader:
        assert reader.point_count() == 5_000 - retention.STEP_POINTS


def test_every_step_of_a_commit_is_a_fault_point() -> None:
    source = (Path(__file__).resolve().parents[2] / "source/journal/writer.py").read_text("utf-8")
    for step in (*STEPS, "commit: after"):
        assert f"reached({json.dumps(step)})" in source
