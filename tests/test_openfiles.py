"""The limit of open files is raised, and said where it is too low."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from source.openfiles import shortage

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(("soft", "hard", "raised"), [(100, 3_000, 3_000), (100, 100, 100)])
def test_the_process_may_open_as_many_as_the_system_lets_it(
    soft: int, hard: int, raised: int
) -> None:
    code = f"""
import resource
from source.openfiles import raise_limit
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
print(raise_limit(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == [str(raised)] * 2


def test_a_limit_that_is_high_enough_stays_and_a_low_one_is_said() -> None:
    assert shortage(1_000, None) == ""
    assert shortage(1_000, 2_050) == ""
    assert "1000 sockets need up to 2050 open files, the system allows 1024" in shortage(
        1_000, 1_024
    )
