"""What is compared after a fault: points with points, and energy with counters and the truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

from source.journal.reader import JournalReader
from source.model import QUARTER_US, US_PER_S, FieldValue, Period, Point, Result, Written
from source.simulator.socket import VirtualSocket

Key: TypeAlias = tuple[str, int]
"""Device and time in µs: what there can be once only."""
Rows: TypeAlias = dict[Key, dict[str, FieldValue]]

RESOLUTION_WH = {"shelly:plug-s": 1 / 60, "shelly:3em": 6 * 0.1}
"""Of the counters of a type, all of them together."""
SKEW_S = 1.0
"""A point is stamped when the answer is here: so much later than the socket's own time at most."""
ROUNDING_WH = 1e-4
"""Of sums over many points: far below what any counter tells."""


def rows_of(points: Iterable[Point]) -> Rows:
    return {(point.device, point.time_us): dict(point.fields) for point in points}


def by_device(points: Iterable[Point]) -> dict[str, list[Point]]:
    """Of each device in order of time."""
    found: defaultdict[str, list[Point]] = defaultdict(list)
    for point in points:
        found[point.device].append(point)
    return {name: sorted(group, key=lambda p: p.time_us) for name, group in found.items()}


def lost(expected: Rows, there: Rows) -> int:
    """How many that were there once are gone."""
    return len(expected.keys() - there.keys())


def changed(expected: Rows, there: Rows) -> int:
    """How many have other fields now."""
    return sum(key in there and there[key] != fields for key, fields in expected.items())


def counters_way_wh(good: Sequence[Point]) -> float:
    """What the socket's own counter says of the time from the first to the last good point."""
    return _counter_wh(good[-1]) - _counter_wh(good[0])


def _counter_wh(point: Point) -> float:
    returned = point.fields.get("counter_returned_wh", 0.0)
    return float(point.fields["counter_wh"]) - float(returned)


def energy_wh(good: Sequence[Point]) -> float:
    """The sum over all points after the first."""
    return sum(float(point.fields.get("energy_wh", 0.0)) for point in good[1:])


def energy_difference_wh(points: Mapping[str, Sequence[Point]]) -> float:
    """The largest of all sockets: the sum over its points against its counter's way."""
    worst = 0.0
    for group in points.values():
        good = [point for point in group if point.success]
        if len(good) > 1 and "counter_wh" in good[0].fields:
            worst = max(worst, abs(energy_wh(good) - counters_way_wh(good)))
    return worst


def truth_complaints(
    points: Mapping[str, Sequence[Point]], sockets: Mapping[str, VirtualSocket]
) -> list[str]:
    """Sockets whose energy is not what really flowed, within resolution and time of the answer."""
    complaints = []
    for name, group in points.items():
        good = [point for point in group if point.success]
        if len(good) < 2 or name not in sockets:
            continue
        first_s, last_s = good[0].time_us / US_PER_S, good[-1].time_us / US_PER_S
        flowed_wh = sockets[name].true_energy_wh(first_s, last_s)
        skew_wh = abs(float(good[-1].fields["power"])) * SKEW_S / 3600
        allowed_wh = RESOLUTION_WH[sockets[name].type_name] + skew_wh
        if abs(energy_wh(good) - flowed_wh) > allowed_wh:
            complaints.append(f"{name}: {energy_wh(good):.3f} Wh and not {flowed_wh:.3f} Wh")
    return complaints


def interval_complaints(reader: JournalReader, points: Mapping[str, Sequence[Point]]) -> list[str]:
    """Devices whose quarter hours do not add up to their points; each device's points are all."""
    complaints = []
    for name, group in points.items():
        first, last = group[0].time_us // QUARTER_US, group[-1].time_us // QUARTER_US
        period = Period((first - 1) * QUARTER_US, (last + 1) * QUARTER_US)
        totals = reader.totals(name, period, QUARTER_US)
        good = [point for point in group if point.success]
        sum_wh = sum(float(point.fields.get("energy_wh", 0.0)) for point in good)
        polls = (totals.good_polls, totals.failed_polls)
        if polls != (len(good), len(group) - len(good)):
            complaints.append(f"{name}: {polls} polls in the intervals, points say otherwise")
        if abs(totals.energy_wh - totals.returned_wh - sum_wh) > ROUNDING_WH:
            complaints.append(
                f"{name}: {totals.energy_wh:.6f} Wh in the intervals, not {sum_wh:.6f}"
            )
    return complaints


def report_complaints(reader: JournalReader, files: Path, lines: int) -> list[str]:
    """What is wrong with the report files: each line of the ledger stands there once, and nothing
    else; ``lines`` are due, and more where a day ends meanwhile."""
    ledger = reader.reports()
    complaints = [] if len(ledger) >= lines else [f"{len(ledger)} report lines and not {lines}"]
    periods = {(entry.device, entry.kind, entry.period.end_us) for entry in ledger}
    if len(periods) < len(ledger):
        complaints.append("a period is in the ledger twice")
    for name in {entry.file_name for entry in ledger}:
        entries = sorted((e for e in ledger if e.file_name == name), key=lambda e: e.offset)
        results = reader.results(entries[0].device, kind=entries[0].kind)
        complaints += file_complaints(files / name, entries, results)
    return complaints


def file_complaints(path: Path, entries: Sequence[Written], results: Sequence[Result]) -> list[str]:
    """What is wrong with a text file: the ledger's texts are its end, which is all of it where
    nothing was corrected; and there is a row for each revision of the figures."""
    content, told = path.read_text("utf-8"), "".join(entry.text for entry in entries)
    rows = [line for line in content.splitlines() if line[2:3].isdigit()]
    is_corrected = any(result.revision for result in results)
    complaints = []
    if not (content.endswith(told) if is_corrected else content == told):
        complaints.append(f"{path.name} is not what the ledger says")
    if not len(rows) == len(set(rows)) == len(results):
        complaints.append(f"{path.name} has {len(rows)} rows for {len(results)} figures")
    return complaints


def longest_stop_s(
    points: Mapping[str, Sequence[Point]], interval_s: float, starts_us: Sequence[int]
) -> float:
    """The longest time between two points of a socket, beyond its interval; where the program was
    started in between does not count."""
    longest_us = 0
    for group in points.values():
        for before, after in pairwise(group):
            if not any(before.time_us < start <= after.time_us for start in starts_us):
                longest_us = max(longest_us, after.time_us - before.time_us)
    return max(0.0, longest_us / US_PER_S - interval_s)


def longest_start_s(points: Iterable[Point], starts_us: Sequence[int]) -> float:
    """The longest time from a start to the first committed point after it; starts that were killed
    before they came to one do not count."""
    times = sorted(point.time_us for point in points)
    longest_us, at = 0, 0
    for start, following in zip(starts_us, [*starts_us[1:], None], strict=True):
        while at < len(times) and times[at] < start:
            at += 1
        if at < len(times) and (following is None or times[at] < following):
            longest_us = max(longest_us, times[at] - start)
    return longest_us / US_PER_S
