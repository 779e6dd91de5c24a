"""In a real browser: the password, and first start from another machine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from source.simulator.server import SimulatorServer
from tests.running import add_plug, daemon_in, entry
from tests.sinks.places import until
from tests.web.browser import listens, page_of, tab
from tests.web.test_browser_overview import LIVE_W, shows, watts

PASSWORD = "correct horse battery"
LOCKED = {"WEB_PASSWORD": PASSWORD}


def log_in(page: Any, password: str) -> None:
    page.get_by_label("Password", exact=True).fill(password)
    page.locator("#login button:enabled").wait_for()
    page.keyboard.press("Enter")


def test_the_password_opens_the_page_that_was_asked_for(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    devices = {"Fridge": entry(add_plug(sockets))}
    with page_of(tmp_path, devices, environ=LOCKED) as root, tab(browser) as page:
        page.goto(root)
        assert page.url.startswith(f"{root}/login")
        log_in(page, "a wrong one")
        shows(page.locator("#refused"), "not right")
        log_in(page, PASSWORD)
        shows(watts(page, "Fridge"), LIVE_W)
        page.get_by_role("button", name="Log out").click()
        page.wait_for_url(f"{root}/login")
        page.goto(f"{root}/")
        assert page.url.startswith(f"{root}/login")


def test_too_many_tries_are_told_with_the_time_to_wait(browser: Any, tmp_path: Path) -> None:
    with page_of(tmp_path, {}, environ=LOCKED) as root, tab(browser) as page:
        page.goto(root)
        button = page.get_by_role("button", name="Log in")
        for _ in range(20):
            log_in(page, "a wrong one")
            page.wait_for_function("button => !button.disabled", arg=button.element_handle())
            if re.search(r"Wait \d+ second", page.locator("#refused").inner_text()):
                break
        else:
            pytest.fail("it is not slowed down")


ELSEWHERE = ("//127.0.0.1:9/", "https://127.0.0.1:9/", "/\\127.0.0.1:9/", "javascript:alert(1)")


def test_after_the_password_it_goes_nowhere_else(browser: Any, tmp_path: Path) -> None:
    with page_of(tmp_path, {}, environ=LOCKED) as root:
        for target in ELSEWHERE:
            with tab(browser) as page:
                page.goto(f"{root}/login?{urlencode({'next': target})}")
                log_in(page, PASSWORD)
                page.get_by_role("link", name="Add a socket").wait_for()
                assert page.url == f"{root}/"


def test_first_start_from_elsewhere_needs_the_token_of_the_log_and_a_password(
    browser: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    everywhere = {"WEB": "on", "WEB_HOST": "0.0.0.0", "WEB_PORT": "0"}
    with daemon_in(tmp_path, everywhere) as daemon, tab(browser) as page:
        root = f"http://127.0.0.1:{listens(daemon)}"
        page.goto(root)
        assert page.url == f"{root}/first-start"
        go_on = page.get_by_role("button", name="Continue")
        go_on.click()
        shows(page.locator(".error-text"), "token")
        page.get_by_label("One-time token").fill("a guess")
        go_on.click()
        shows(page.locator(".error-text"), "password")
        for label in ("Password", "Password once more"):
            page.get_by_label(label, exact=True).fill(PASSWORD)
        go_on.click()
        shows(page.locator("#house-refused"), "not right")
        until(lambda: "enter the token" in caplog.text)
        page.get_by_label("One-time token").fill(
            caplog.text.split("enter the token ")[1].split()[0]
        )
        go_on.click()
        page.get_by_label("Address").wait_for()
        kept = {one["name"]: one for one in page.context.cookies()}
        assert kept["isdl_session"]["httpOnly"]
        assert kept["isdl_session"]["sameSite"] == "Strict"
    with daemon_in(tmp_path, everywhere) as daemon, tab(browser) as page:
        page.goto(f"http://127.0.0.1:{listens(daemon)}/first-start")
        assert "/login" in page.url
        log_in(page, PASSWORD)
        page.get_by_role("link", name="Add a socket").wait_for()
