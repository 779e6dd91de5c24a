"""The table of ``make torture``: one line per fault."""

from __future__ import annotations

from collections.abc import Sequence

from tests.faults.outcome import Outcome

HEAD = (
    "Fault",
    "times",
    "points lost",
    "doubled",
    "Wh difference",
    "longest stop",
    "at most",
    "verdict",
)


def table(outcomes: Sequence[Outcome]) -> str:
    """Aligned columns, the first to the left; a last line that counts the verdicts."""
    rows = [HEAD, *map(_cells, outcomes)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "─" * len(lines[0]))
    broken = sum(not outcome.ok for outcome in outcomes)
    verdict = f"{broken} of {len(outcomes)} BROKEN" if broken else f"all {len(outcomes)} kept"
    return "\n".join([*lines, "", f"Promises: {verdict}"])


def _cells(outcome: Outcome) -> tuple[str, ...]:
    difference = outcome.energy_difference_wh
    return (
        outcome.fault,
        str(outcome.injected),
        str(outcome.points_lost),
        str(outcome.points_doubled),
        "0" if difference < 5e-4 else f"{difference:.3f}",
        *_stop(outcome),
        "kept" if outcome.ok else "BROKEN",
    )


def _stop(outcome: Outcome) -> tuple[str, str]:
    """The longest stop and its limit; a dash where a fault has none to be measured."""
    if outcome.promise.stop_s == outcome.longest_stop_s == 0.0:
        return "-", "-"
    return f"{outcome.longest_stop_s:.2f} s", f"{outcome.promise.stop_s:g} s"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        text.ljust(width) if number in (0, len(widths) - 1) else text.rjust(width)
        for number, (text, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join([first, *others]).rstrip()
