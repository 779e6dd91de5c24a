"""The errors as rows of the table, each beside the bound that it is to keep."""

from __future__ import annotations

from collections.abc import Sequence

from bench.accuracy.measure import NOMINAL, Error
from bench.accuracy.methods import BALANCED, COUNTER, POWER
from bench.figures import Sheet

COUNTER_PERCENT, REBOOT_PERCENT, POWER_PERCENT = 0.02, 0.2, 1.5
BALANCED_PERCENT = 0.1
"""The counters of a 3EM go in tenths of a watt-hour; where the phases nearly make up for each other
their steps show up in both directions."""
INSTANT_PERCENT = 0.25
"""A meter balances at each instant, polls do not see all of them."""
PERFECT_SHARE = 2 / 3
"""Where even perfect polls err by more than this of the bound (rms), it is no bound for a program:
the load changes faster than it is polled, and what that costs is shown."""


def add_rows(
    sheet: Sheet, interval_s: float, perfect_wh: float, measured: Sequence[Sequence[Error]]
) -> None:
    """A row for each method; of several grids of polls the worst one.

    ``perfect_wh`` is by how much perfect polls err.
    """
    for grids in zip(*measured, strict=True):
        worst = max(grids, key=lambda error: abs(shown(error)))
        perfect = 100.0 * perfect_wh / worst.true_wh
        name = f"{interval_s:.0f} s, {_name(worst)}"
        bound, note = bound_of(worst, perfect), _note(worst, perfect, len(grids))
        sheet.add(name, abs(shown(worst)), "%", at_most=bound, note=note)
        if worst.method == COUNTER and worst.phases == BALANCED and not worst.with_reboot:
            _add_instant(sheet, name, grids)


def _add_instant(sheet: Sheet, name: str, grids: Sequence[Error]) -> None:
    """Beside the meter of the house; in an outage no one knows what flowed to and fro."""
    worst = max(grids, key=lambda error: abs(error.outside))
    note = f"{worst.outside:+.4f} % of what a meter counts that balances at each instant"
    overall = max((error.overall for error in grids), key=abs)
    if abs(overall) > INSTANT_PERCENT:
        note += f"; with the outages {overall:+.1f} %"
    sheet.add(f"{name}, instant", abs(worst.outside), "%", at_most=INSTANT_PERCENT, note=note)


def shown(error: Error) -> float:
    """The figure that is printed, and held against a bound where there is one."""
    return error.overall if error.method == NOMINAL else error.judged


def bound_of(error: Error, perfect_percent: float) -> float | None:
    """In percent; None where there is none."""
    if error.method == COUNTER:
        # What a reboot takes along can be guessed; the guess must not be worse than none.
        if error.with_reboot:
            return max(REBOOT_PERCENT, error.unseen)
        return BALANCED_PERCENT if error.phases == BALANCED else COUNTER_PERCENT
    is_slow = perfect_percent <= PERFECT_SHARE * POWER_PERCENT
    return POWER_PERCENT if error.method == POWER and is_slow else None


def _name(error: Error) -> str:
    kind = f", {error.phases}, {error.direction}" if error.phases else ""
    if error.method == COUNTER:
        return f"counter{kind}{', a reboot' if error.with_reboot else ''}"
    if error.method == NOMINAL:
        return NOMINAL
    return f"power{kind}, outside the outages"


def _note(error: Error, perfect_percent: float, grids: int) -> str:
    parts = [f"{shown(error):+.4f} % of {error.true_wh:,.1f} Wh"]
    if grids > 1:
        parts[0] += f", the worst of {grids}"
    if error.method == POWER:
        parts.append(f"with the outages {error.overall:+.1f} %")
        if bound_of(error, perfect_percent) is None:
            parts.append(f"perfect polls err by {perfect_percent:.1f} % (rms)")
    if error.unseen > REBOOT_PERCENT:
        parts.append(f"{error.unseen:.2f} % flowed unseen before the reboot")
    return "; ".join(parts)
