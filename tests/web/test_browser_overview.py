"""In a real browser: first start to the first live value, and the overview in all its states."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from source.simulator.server import Fault, SimulatorServer
from tests.running import add_plug, entry
from tests.web.browser import (
    PHONE,
    free_port,
    is_as_wide_as_the_screen,
    page_of,
    page_of_files,
    tab,
)

LIVE_W = "3.60"
"""What every simulated plug takes, in kW."""
HOSTILE = (
    '<img src=x onerror="alert(1)">',
    "\"'/..;&?device=<script>alert(2)</script>",
    "Küche 🍳 ☕ " + "w" * 120,
    "__proto__",
    "{name} {{ 7*7 }} {device}",
)


def card(page: Any, name: str) -> Any:
    return page.locator("li.socket").filter(has=page.get_by_role("link", name=name, exact=True))


def watts(page: Any, name: str) -> Any:
    return card(page, name).locator(".watts")


def shows(locator: Any, text: str) -> None:
    """Waits until it is there."""
    locator.filter(has_text=text).first.wait_for()


def test_from_an_empty_folder_to_the_first_live_value(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    address = add_plug(sockets)
    with page_of_files(tmp_path) as root, tab(browser) as page:
        page.goto(root)
        assert page.url == f"{root}/first-start"
        assert page.get_by_label("Time zone").input_value() == "Europe/Berlin"
        page.get_by_label("Price of a kilowatt hour").fill("0,345")
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("Address").fill(address)
        page.get_by_role("button", name="Test").click()
        shows(page.locator("#found"), LIVE_W)
        page.get_by_label("Name").fill("Fridge")
        page.get_by_role("button", name="Save").click()
        shows(watts(page, "Fridge"), LIVE_W)
        shows(page.locator("#house-power"), LIVE_W)
    written = (tmp_path / "config.json").read_text(encoding="utf-8")
    assert "0.345" in written
    assert "Europe/Berlin" in written


def test_first_start_explains_what_is_wrong(browser: Any, tmp_path: Path) -> None:
    with page_of_files(tmp_path) as root, tab(browser) as page:
        page.goto(f"{root}/first-start")
        price = page.get_by_label("Price of a kilowatt hour")
        price.fill("much")
        page.get_by_role("button", name="Continue").click()
        shows(page.locator(".error-text"), "0.30")
        assert price.evaluate("node => node === document.activeElement")
        price.fill("0.30")
        page.get_by_label("Password", exact=True).fill("one two three")
        page.get_by_role("button", name="Continue").click()
        shows(page.locator(".error-text"), "differ")
        page.get_by_label("Password once more").fill("one two three")
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("Address").fill(f"127.0.0.1:{free_port()}")
        page.get_by_role("button", name="Test").click()
        page.locator("#found .notice.error").wait_for()
        assert page.locator("#found").inner_text().strip()
        page.get_by_role("link", name="Later").click()
        page.get_by_role("link", name="Add a socket").wait_for()


def test_a_form_with_a_password_is_never_sent_by_the_browser_itself(
    browser: Any, tmp_path: Path
) -> None:
    with page_of_files(tmp_path) as root, tab(browser) as page:
        page.route("**/*.js", lambda route: route.abort())
        page.goto(f"{root}/first-start")
        page.get_by_label("Password", exact=True).fill("a secret")
        page.keyboard.press("Enter")
        page.wait_for_timeout(100)
        assert page.url == f"{root}/first-start"
        assert page.locator("#house").get_attribute("method") == "post"


def test_first_start_goes_by_the_keyboard_alone(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    address = add_plug(sockets)
    with page_of_files(tmp_path) as root, tab(browser) as page:
        page.goto(root)
        page.locator("#house button:enabled").wait_for()
        page.locator("#price").focus()
        page.keyboard.press("Enter")
        page.locator("#address").wait_for()
        assert page.locator("#address").evaluate("node => node === document.activeElement")
        page.keyboard.type(address)
        page.keyboard.press("Tab")
        shows(page.locator("#found"), LIVE_W)
        page.locator("#name").focus()
        page.keyboard.type("Lamp")
        page.keyboard.press("Enter")
        shows(watts(page, "Lamp"), LIVE_W)


def test_a_socket_that_does_not_answer_shows_no_old_value(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    well, ill = add_plug(sockets), add_plug(sockets)
    devices = {"Fridge": entry(well), "Lamp": entry(ill)}
    with page_of(tmp_path, devices) as root, tab(browser) as page:
        page.goto(root)
        shows(watts(page, "Lamp"), LIVE_W)
        sockets.fault(ill, Fault.REFUSE)
        shows(watts(page, "Lamp"), "–")
        assert "stale" in card(page, "Lamp").get_attribute("class")
        shows(card(page, "Lamp"), "No answer for")
        shows(page.locator("#partial"), "Without Lamp")
        shows(watts(page, "Fridge"), LIVE_W)
        shows(page.locator("#told"), "Lamp does not answer")
        sockets.fault(ill, None)
        shows(watts(page, "Lamp"), LIVE_W)
        shows(page.locator("#told"), "Lamp answers again")


def test_a_page_that_stays_open_over_a_restart_goes_on_by_itself(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    devices = {"Fridge": entry(add_plug(sockets))}
    port = free_port()
    with tab(browser) as page:
        with page_of(tmp_path, devices, port) as root:
            page.goto(root)
            shows(watts(page, "Fridge"), LIVE_W)
        page.locator("#connection").wait_for()
        shows(watts(page, "Fridge"), "–")
        shows(page.locator("#house-power"), "–")
        with page_of(tmp_path, devices, port):
            page.locator("#connection").wait_for(state="hidden")
            shows(watts(page, "Fridge"), LIVE_W)


def test_a_socket_that_is_added_elsewhere_appears(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    devices: dict[str, object] = {"Fridge": entry(add_plug(sockets))}
    with page_of(tmp_path, devices) as root, tab(browser) as page:
        page.goto(root)
        shows(watts(page, "Fridge"), LIVE_W)
        devices["Lamp"] = entry(add_plug(sockets))
        (tmp_path / "devices.json").write_text(json.dumps(devices), encoding="utf-8")
        shows(watts(page, "Lamp"), LIVE_W)


def test_without_a_socket_it_leads_to_adding_one(browser: Any, tmp_path: Path) -> None:
    with page_of(tmp_path, {}) as root, tab(browser) as page:
        page.goto(root)
        page.get_by_role("link", name="Add a socket").click()
        page.wait_for_url(f"{root}/sockets?add=1")


def test_the_switched_off_examples_of_a_new_folder_lead_to_adding_one_too(
    browser: Any, tmp_path: Path
) -> None:
    example = entry("192.168.178.20") | {"enabled": False}
    with page_of(tmp_path, {"Washing machine": example}) as root, tab(browser) as page:
        page.goto(root)
        card(page, "Washing machine").wait_for()
        assert not page.locator("#house").is_visible()
        page.get_by_role("link", name="Add a socket").click()
        page.wait_for_url(f"{root}/sockets?add=1")


def test_in_german_everything_is_german(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    devices = {"Kühlschrank": entry(add_plug(sockets))}
    with page_of(tmp_path, devices) as root, tab(browser, locale="de-DE") as page:
        page.goto(root)
        shows(watts(page, "Kühlschrank"), "3,60")
        assert page.title() == "Übersicht · IntelligentSocketDatalogger"
        shows(page.locator("#house"), "Haus jetzt")
        shows(page.locator("#month .note"), "€")
        page.get_by_role("button", name="English").click()
        shows(watts(page, "Kühlschrank"), "3.60")
        assert page.locator("html").get_attribute("lang") == "en"


def test_on_a_phone_nothing_is_wider_than_the_screen(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    devices = {name: entry(add_plug(sockets)) for name in ("Fridge", HOSTILE[2])}
    with page_of(tmp_path, devices) as root, tab(browser, locale="de-DE", width=PHONE) as page:
        for path in ("/sockets", "/settings", "/raw", "/status", "/costs", "/reports", "/"):
            page.goto(root + path)
            page.wait_for_load_state("load")
            assert is_as_wide_as_the_screen(page), path
        shows(watts(page, "Fridge"), "3,60")
        assert is_as_wide_as_the_screen(page)
        page.get_by_role("button", name="Mehr").click()
        page.get_by_role("link", name="Status").wait_for()
        page.keyboard.press("Escape")
        assert page.get_by_role("link", name="Status").is_hidden()


def test_names_with_html_and_quotes_are_data(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    address = add_plug(sockets)
    devices = {name: entry(address) for name in HOSTILE}
    with page_of(tmp_path, devices) as root, tab(browser) as page:
        page.goto(root)
        for name in HOSTILE:
            link = page.get_by_role("link", name=name, exact=True)
            link.wait_for()
            assert link.inner_text() == name
            shows(watts(page, name), LIVE_W)
        assert page.locator("main img, main script").count() == 0
        link = page.get_by_role("link", name=HOSTILE[1], exact=True)
        wanted = "node => new URL(node.href).searchParams.get('device')"
        assert link.evaluate(wanted) == HOSTILE[1]
