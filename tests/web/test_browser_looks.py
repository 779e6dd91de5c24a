"""In a real browser: nothing moves while a page comes, and any period can be gone to."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from source.model import US_PER_S, Checkpoint
from source.simulator.server import SimulatorServer
from source.timing import SystemClock
from tests.fakes import good_point
from tests.running import add_plug, entry, running_journal
from tests.web.browser import DESK, PHONE, is_as_wide_as_the_screen, page_of, tab

LONG = "L" * 200
NAMES = (
    "Fridge",
    "Waschmaschine im Keller, neben der alten Heizung",
    LONG,
    "🧊 'quoted'",
    *(f"Socket {number:02}" for number in range(12)),
)
FEEDING = "Solar panels"
PAGES = ("/", f"/socket?device={quote(NAMES[1])}", "/socket", "/costs", "/reports")
MOST_SHIFT = 0.05
SHIFT = """
() => new Promise((done) => {
  new PerformanceObserver((list) => {
    done(list.getEntries().reduce((sum, one) => sum + (one.hadRecentInput ? 0 : one.value), 0));
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(0), 300); // nothing has moved
})
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A house with more sockets than colours; one of them fed in, and is no longer configured."""
    folder = tmp_path_factory.mktemp("house")
    now_s = int(time.time()) - 600
    with running_journal(folder, SystemClock()) as journal:
        for device in (*NAMES, FEEDING):
            for hour in range(-30, 0):
                at_us = (now_s + hour * 3600) * US_PER_S
                power = -900.0 if device == FEEDING else 120.0
                journal.append(good_point(at_us, 2.0, device, power=power), Checkpoint(at_us))
        journal.flush()
    with SimulatorServer() as sockets:
        entries = {name: entry(add_plug(sockets)) for name in NAMES}
        with page_of(folder, entries, price_kwh=0.3) as address:
            yield address


def come(page: Any, address: str) -> None:
    """Until all that is asked for has come."""
    page.goto(address)
    page.locator("main.is-there").wait_for()
    page.wait_for_load_state("load")
    page.evaluate("() => document.fonts.ready")


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_nothing_moves_while_a_page_comes(browser: Any, root: str, width: int) -> None:
    for path in PAGES:
        with tab(browser, width=width, locale="de") as page:
            come(page, root + path)
            assert page.evaluate(SHIFT) < MOST_SHIFT, path
            assert is_as_wide_as_the_screen(page), path


def test_any_month_day_and_year_is_gone_to(browser: Any, root: str) -> None:
    with tab(browser) as page:
        come(page, f"{root}/costs")
        page.get_by_label("Choose a month").fill("2024-02")
        page.wait_for_url("**span=2024-02")
        page.get_by_text("February 2024").wait_for()
        page.get_by_role("button", name="Day", exact=True).click()
        page.get_by_label("Choose a day").fill("2023-12-24")
        page.wait_for_url("**span=2023-12-24")
        page.get_by_role("button", name="Year", exact=True).click()
        page.get_by_label("Choose a year").select_option(time.strftime("%Y"))
        page.wait_for_url(f"**span={time.strftime('%Y')}")


def test_a_period_without_data_says_so_and_is_not_free_of_charge(browser: Any, root: str) -> None:
    with tab(browser) as page:
        for path, places in (("costs", 2), ("socket", 2)):
            come(page, f"{root}/{path}?span=2001-02-03")
            said = page.get_by_text("Nothing was measured here.").locator("visible=true")
            said.nth(places - 1).wait_for()
            assert page.locator("#tiles .value").first.inner_text() == "–"


def test_more_sockets_than_colours_are_gathered(browser: Any, root: str) -> None:
    with tab(browser) as page:
        come(page, f"{root}/costs")
        page.locator("#legend").get_by_text("others").wait_for()
        assert page.locator("#legend li").count() == 13
        assert page.locator("#share li").count() == 13
        assert page.locator("#table tbody tr").count() >= len(NAMES)


def test_a_name_that_nobody_has_is_told_once(browser: Any, root: str) -> None:
    with tab(browser) as page:
        come(page, f"{root}/socket?device=Nobody")
        page.get_by_role("alert").locator("visible=true").first.wait_for()
        assert page.get_by_role("alert").locator("visible=true").count() == 1


def test_the_reason_of_a_silent_socket_is_german_on_its_own_page(
    browser: Any, tmp_path: Path
) -> None:
    silent = {"Fridge": entry("127.0.0.1:9")}
    with page_of(tmp_path / "house", silent) as root, tab(browser, locale="de") as page:
        page.goto(f"{root}/socket?device=Fridge")
        page.locator("#now").get_by_text("Sie lehnt die Verbindung ab.").wait_for()


def test_without_a_connection_no_socket_looks_live(browser: Any, root: str) -> None:
    with tab(browser) as page:
        page.route("**/api/v1/events", lambda route: route.abort())
        come(page, f"{root}/socket?device=Fridge")
        page.locator("#connection").wait_for()
        page.locator("#now .badge").get_by_text("Unknown").wait_for()
        assert page.locator("#now .big").inner_text() == "–"


@pytest.mark.parametrize("path", ["costs", "socket?device=Fridge"])
def test_a_period_that_could_not_be_asked_for_does_not_show_the_one_before(
    browser: Any, root: str, path: str
) -> None:
    with tab(browser) as page:
        come(page, f"{root}/{path}")
        bars = page.locator(".chart-bars svg").first
        bars.wait_for()
        page.route("**/api/v1/figures*", lambda route: route.abort())
        page.get_by_role("button", name="Year", exact=True).click()
        page.get_by_role("button", name="Try again").wait_for()
        assert not bars.is_visible()
        page.unroute("**/api/v1/figures*")
        page.get_by_role("button", name="Try again").click()
        bars.wait_for()


def test_a_finger_reads_a_bar_before_it_goes_there(browser: Any, root: str) -> None:
    with tab(browser, width=PHONE) as page:
        come(page, f"{root}/costs")
        drawing = page.locator("#chart .chart-drawing")
        place = {"clientX": 0.0, "clientY": 0.0, "pointerType": "touch", "detail": 1}
        page.locator("#chart .chart-place").first.wait_for()
        drawing.scroll_into_view_if_needed()
        box = page.locator("#chart .chart-place .chart-piece").first.bounding_box()
        place |= {"clientX": box["x"] + 1, "clientY": box["y"] + 1}
        for gone in (False, True):
            drawing.dispatch_event("pointerdown", place)
            drawing.dispatch_event("click", place)
            assert bool(re.search(r"span=\d{4}-\d\d-\d\d$", page.url)) is gone
            assert gone or page.locator("#chart .chart-tip").is_visible()
