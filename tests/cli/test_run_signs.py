"""What a running daemon leaves in the journal for ``health`` and ``status``."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from source.cli.health import lives
from source.journal.reader import JournalReader
from source.journal.schema import JOURNAL_FILE
from source.model import US_PER_S
from tests.cli.command import files_folder, started, until
from tests.cli.conftest import Cli
from tests.cli.test_run_faults import OWN, handler, points_of


def meta(files: Path, key: str) -> int | None:
    with JournalReader(files / JOURNAL_FILE) as reader:
        return reader.meta(key)


def is_polling(files: Path, pid: int) -> bool:
    return points_of(files, "Own") > 0 and meta(files, "pid") == pid


def test_signs_of_an_earlier_life_are_gone_and_polls_count_from_the_start(
    cli: Cli, tmp_path: Path
) -> None:
    files = files_folder(tmp_path, {"Own": OWN}, plugin=handler())
    for _ in range(2):
        began_us = time.time_ns() // 1000
        daemon = started("--files", files)
        try:
            until(partial(is_polling, files, daemon.pid))
            since_us = meta(files, "polling_us")
            assert since_us is not None
            assert began_us <= since_us <= began_us + 20 * US_PER_S
            assert meta(files, "clock_wait") == 0
            assert (meta(files, "reports_us") or since_us) >= began_us
            assert cli("health", "--files", files).out == "healthy\n"
        finally:
            daemon.kill()  # its signs stay
            daemon.communicate()
    assert not lives(daemon.pid)
