"""What other parts enter in the journal and wait for: it is committed when the call returns."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial

from source.journal.intake import Intake
from source.journal.writes import Statements
from source.model import Result, Run, Written

WAIT_S = 10.0
"""For a commit that somebody waits for."""
FORGET_ROWS = 2_000
"""Of one commit: the points of others wait no longer than for a step of the retention."""
FORGET_REST_S = 0.02


class Entries:
    """From any thread. Each raises JournalError where the journal is closed, where it can't be
    stored, and where no commit comes in time, which may bring it all the same."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def set_aside(self, sink: str, rejected: Sequence[tuple[int, str]]) -> None:
        """Keep points (seq, reason) that ``sink`` refused for good."""
        self._intake.perform(partial(Statements.set_aside, sink=sink, rejected=rejected), WAIT_S)

    def begin_reports(self, reports: Sequence[Written], results: Sequence[Result] = ()) -> None:
        """Enter report lines in the ledger before they are appended, and in the same transaction
        their figures. Figures that stand in files already stay."""
        apply = partial(Statements.begin_reports, reports=reports, results=results)
        self._intake.perform(apply, WAIT_S)

    def finish_reports(self, reports: Sequence[Written]) -> None:
        """Mark report lines as standing in their files."""
        self._intake.perform(partial(Statements.finish_reports, reports=reports), WAIT_S)

    def finish_results(self, results: Sequence[Result]) -> None:
        """Mark figures as standing in all files that they belong in."""
        self._intake.perform(partial(Statements.finish_results, results=results), WAIT_S)

    def put_prices(self, source: str, nano_by_quarter: Mapping[int, int]) -> None:
        """Keep market prices in billionths of the currency per kWh."""
        apply = partial(Statements.put_prices, source=source, nano_by_quarter=dict(nano_by_quarter))
        self._intake.perform(apply, WAIT_S)

    def put_runs(self, device: str, runs: Sequence[Run], idle_us: int) -> None:
        """Keep appliance runs, and up to where points were searched for them."""
        apply = partial(Statements.put_runs, device=device, runs=runs, idle_us=idle_us)
        self._intake.perform(apply, WAIT_S)

    def forget(self, device: str) -> int:
        """Delete all that is known of a device; gives how many points that were.

        To be called when its socket is removed: a poll that is under way leaves nothing, and polls
        count again once a worker begins anew. It takes a while: what goes is committed in many
        small parts. Where one fails it can be called again.
        """
        self._intake.forget(device)
        deleted, left = 0, True
        while left:
            went: list[int] = []

            def apply(statements: Statements, went: list[int] = went) -> None:
                went.append(statements.forget(device, FORGET_ROWS))

            self._intake.perform(apply, WAIT_S)
            left = went[-1] >= 0
            deleted += max(0, went[-1])
            time.sleep(FORGET_REST_S if left else 0.0)
        return deleted

    def flush(self, timeout_s: float = WAIT_S) -> None:
        """Return when all that was appended before is committed."""
        self._intake.perform(lambda _: None, timeout_s)
