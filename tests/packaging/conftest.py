"""The image's files, laid out once for each test that changes them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.container import Container
from tests.packaging.dockerfile import lay_out


@pytest.fixture
def container() -> Iterator[Container]:
    """Not in tmp_path, which other users can't enter."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "programs").mkdir()
        yield Container(lay_out(folder), folder / "programs")
