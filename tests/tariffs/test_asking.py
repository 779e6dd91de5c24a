"""One call of a provider in a thread of its own."""

from __future__ import annotations

import threading
from pathlib import Path
from queue import SimpleQueue

import pytest

from source.tariffs.asking import Asking, Outcome
from source.tariffs.market import Wish
from source.tariffs.providers import built_in
from tests.tariffs.pricing import BERLIN, local, market


class Lingering(SimpleQueue[Outcome]):
    """Gives what is put, while the thread that put it does not come to its end."""

    def __init__(self) -> None:
        super().__init__()
        self.end = threading.Event()

    def put(self, item: Outcome, block: bool = True, timeout: float | None = None) -> None:
        super().put(item)
        self.end.wait()


def test_a_provider_that_has_answered_is_not_running_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the next call, right after it, would be refused."""
    (tmp_path / "p.csv").write_text("start,price_kwh\n2026-10-25T00:00,0.1\n")
    start, end = local("2026-10-25T00:00"), local("2026-10-26T00:00")
    asking = Asking(
        built_in(), market("csv", file="p.csv"), Wish(start, end, start, BERLIN, tmp_path)
    )
    outcome = Lingering()
    monkeypatch.setattr(asking, "_outcome", outcome)
    try:
        assert len(asking.prices(threading.Event())) > 0
        assert not asking.is_running
    finally:
        outcome.end.set()
