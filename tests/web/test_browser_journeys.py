"""In a real browser: what goes over several pages, or over what is beside the page."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from source.simulator.server import SimulatorServer
from tests.influx_server import InfluxServer
from tests.running import add_plug, entry, influx_environment
from tests.sinks.places import until
from tests.web.browser import FOREIGN, page_of, tab
from tests.web.test_browser_charts import past
from tests.web.test_browser_overview import LIVE_W, shows, watts

ENGLISH = """
async () => {
  const { root } = document.documentElement.dataset;
  const texts = await (await fetch(`${root}/i18n/de.json`)).json();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const { data, parentNode } = walker.currentNode;
    if (!parentNode.querySelector("wbr")) found.push(data.trim());  // the program's name
  }
  for (const node of document.querySelectorAll("[aria-label], [placeholder], [title]"))
    for (const name of ["aria-label", "placeholder", "title"]) found.push(node.getAttribute(name));
  return [...new Set(found)].filter((text) => text && (texts[text] ?? text) !== text);
}
"""
"""Texts of the page, seen or read aloud, that have German words and are shown without them."""
SHOWN = """
() => document.querySelector("main").innerText.trim() !== ""
  && ![...document.querySelectorAll(".skeleton")].some((one) => one.offsetParent !== null)
"""
PAGES = (
    "",
    "socket?device=Box+1",
    "costs",
    "reports",
    "sockets",
    "sockets?add=1",
    "sockets?edit=Box+1",
    "settings",
    "raw",
    "status",
)
ATTACK = """
<form method="post" action="{root}/api/v1/logout"><input name="a"></form>
<form method="post" enctype="text/plain" action="{root}/api/v1/tokens">
<input name='{{"scope":"write","name":"Planted' value='"}}'></form>
"""
SENT = """
([root, path]) => fetch(`${root}/api/v1/${path}`, { method: "POST", mode: "no-cors",
  credentials: "include", body: '{"name": "Planted"}' }).then(() => "taken", () => "refused")
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page of a house with a past; nothing is changed in it."""
    folder = tmp_path_factory.mktemp("house")
    past(folder, "Box 1")
    with SimulatorServer() as sockets:
        devices = {"Box 1": entry(add_plug(sockets))}
        with page_of(folder, devices, price_kwh=0.3, log_file=True) as address:
            yield address


def test_no_page_has_an_english_text_in_german(browser: Any, root: str) -> None:
    with tab(browser, locale="de-DE") as page:
        for path in PAGES:
            page.goto(f"{root}/{path}")
            page.wait_for_function(SHOWN)
            for details in page.locator("details").all():
                details.evaluate("node => { node.open = true; }")
            assert page.evaluate(ENGLISH) == [], path
        page.get_by_role("button", name="English").click()
        page.locator("html[lang=en]").wait_for()
        assert "Status" not in page.evaluate(ENGLISH)
        assert "Settings" in page.evaluate(ENGLISH)


def test_another_price_makes_other_costs(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    past(tmp_path, "Fridge")
    yesterday = datetime.now(timezone.utc).date() - timedelta(days=1)
    devices = {"Fridge": entry(add_plug(sockets))}
    with (
        page_of(tmp_path, devices, price_kwh=0.3, timezone="UTC") as root,
        tab(browser) as page,
    ):
        page.goto(f"{root}/costs?span={yesterday}")
        before = cost_of(page, "Fridge")
        assert before > 0.5
        page.get_by_role("link", name="Settings").first.click()
        page.locator('.field[data-key="price_kwh"] input').first.fill("0,60")
        page.get_by_role("button", name="Save", exact=True).click()
        shows(page.locator("#toasts"), "Saved.")
        page.goto(f"{root}/costs?span={yesterday}")
        assert cost_of(page, "Fridge") == pytest.approx(2 * before, abs=0.011)


def cost_of(page: Any, name: str) -> float:
    """What the table of the costs says in euros."""
    line = page.locator("#table tbody tr").filter(has_text=name)
    shows(line, "€")
    found = re.search(r"€\s?([\d.]+)\s", line.inner_text())
    assert found is not None
    return float(found[1])


@pytest.mark.influx
def test_a_database_that_is_down_and_back_is_told_and_made_up_for(
    browser: Any, sockets: SimulatorServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("source.app.COPY_PAUSE_S", 0.1)
    server = InfluxServer(tmp_path / "influxdb")
    server.start()
    try:
        devices = {"Fridge": entry(add_plug(sockets))}
        environ = influx_environment(server, "home")
        with page_of(tmp_path, devices, environ=environ) as root, tab(browser) as page:
            status = f"{root}/status"
            page.goto(status)
            until(lambda: "home" in server.databases() and server.points("home"))
            seen_again(page, status, ".headline.ok", "smoothly")
            server.kill()
            seen_again(page, status, ".findings .notice.error", "readings wait")
            told = page.locator(".findings .notice.error").inner_text()
            assert "Nothing is lost" in told
            assert int(re.findall(r"(\d+) readings wait", told)[0]) > 0
            page.goto(root)
            shows(watts(page, "Fridge"), LIVE_W)  # the page does not need it
            server.start()
            seen_again(page, status, ".headline.ok", "smoothly")
    finally:
        server.stop()


def seen_again(page: Any, address: str, place: str, text: str) -> None:
    """Loads the page until the text stands there."""

    def is_there() -> bool:
        page.goto(address)
        page.locator(".headline h2").wait_for()
        return bool(page.locator(place).filter(has_text=text).count())

    until(is_there)


@contextmanager
def attacker(page_text: str) -> Iterator[str]:
    """Somebody else's page, at a name of his own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page_text.encode())

        def log_message(self, *_: object) -> None:
            """Not into the output of the tests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://{FOREIGN}:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


def test_the_page_of_somebody_else_changes_nothing(browser: Any, tmp_path: Path) -> None:
    with (
        page_of(tmp_path, {}) as root,
        attacker(ATTACK.format(root=root)) as elsewhere,
        tab(browser) as page,
    ):
        page.goto(root)  # who is on this machine may do all
        page.get_by_role("link", name="Add a socket").wait_for()
        for form in range(2):
            page.goto(elsewhere)
            with page.expect_navigation() as got:
                page.evaluate("form => document.forms[form].submit()", form)
            assert got.value.status == 403
        page.goto(elsewhere)
        for path in ("socket", "tokens"):
            assert page.evaluate(SENT, [root, path]) == "refused"
        page.goto(f"{root}/settings#access")
        page.locator("#token-name").wait_for()
        assert "Planted" not in page.content()
    assert (tmp_path / "devices.json").read_text(encoding="utf-8") == "{}"


def test_a_foreign_name_that_leads_here_shows_nothing(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    devices = {"Fridge": entry(add_plug(sockets))}
    with page_of(tmp_path, devices) as root, tab(browser) as page:
        port = root.rpartition(":")[2]
        for path in ("", "api/v1/overview", "api/v1/session", "static/js/api.js"):
            answer = page.goto(f"http://{FOREIGN}:{port}/{path}")
            assert answer.status in {403, 421}, path
            assert "Fridge" not in page.content()
            assert "csrf" not in page.content()
