"""Fixtures of the page's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.browser import BrowserMissing, Chromium, is_required, running_browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    """Chromium; for a module, since its event loop stands in the way of those of other tests."""
    try:
        with running_browser() as browser:
            yield browser
    except BrowserMissing as err:
        if is_required():
            raise
        pytest.skip(str(err))
