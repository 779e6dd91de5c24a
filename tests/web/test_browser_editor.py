"""In a real browser: the editor of sockets, the settings, the files and the status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from source.simulator.server import SimulatorServer
from tests.running import add_plug, entry
from tests.sinks.places import until
from tests.web.browser import DESK, PHONE, free_port, is_as_wide_as_the_screen, page_of, tab

LIVE_W = "3.60"
"""What every simulated plug takes, in kW."""
HOSTILE = (
    '<img src=x onerror="alert(1)">',
    "\"'/..;&?edit=<script>alert(2)</script>",
    "Küche 🍳 " + "w" * 120,
    "__proto__",
)
MOST_SHIFTED = 0.05
SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value;
}).observe({ type: "layout-shift", buffered: true });
"""
"""Adds up by how much of the screen things move without being touched."""
PAGES = ("/sockets", "/sockets?add=1", "/settings", "/settings#access", "/raw", "/status")


def row(page: Any, name: str) -> Any:
    return page.locator(".rows > li").filter(has=page.get_by_role("link", name=name, exact=True))


def field(page: Any, key: str) -> Any:
    return page.locator(f'.field[data-key="{key}"]')


def shows(locator: Any, text: str) -> None:
    """Waits until it is there."""
    locator.filter(has_text=text).first.wait_for()


def click(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def chooses(page: Any, action: str) -> None:
    """Answers the dialog that is open."""
    page.locator("dialog").get_by_role("button", name=action, exact=True).click()
    page.locator("dialog").wait_for(state="detached")


def devices_in(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "devices.json").read_text(encoding="utf-8"))
    return found


def sections_in(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return found


def test_a_socket_is_added_tested_and_live_in_the_list(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    address = add_plug(sockets)
    with page_of(tmp_path, {}) as root, tab(browser) as page:
        page.goto(f"{root}/sockets")
        page.get_by_role("link", name="Add a socket").click()
        page.get_by_label("Name").fill("Fridge")
        field(page, "ip").locator("input").fill(address)
        field(page, "type").locator("select").select_option("shelly:3em")
        click(page, "Test")
        shows(page.locator(".test-result"), "Use the type shelly:plug-s")
        click(page, "Use the type shelly:plug-s")
        shows(page.locator(".test-result .notice.ok"), LIVE_W)
        click(page, "Save")
        shows(row(page, "Fridge").locator(".watts"), LIVE_W)
    assert devices_in(tmp_path) == {"Fridge": {"type": "shelly:plug-s", "ip": address}}


def test_a_wrong_address_is_explained_and_what_is_wrong_stands_at_its_field(
    browser: Any, tmp_path: Path
) -> None:
    with page_of(tmp_path, {}) as root, tab(browser) as page:
        page.goto(f"{root}/sockets?add=1")
        click(page, "Save")
        shows(field(page, "ip").locator(".error-text"), "This is needed.")
        page.get_by_label("Name").fill("Lamp")
        address = field(page, "ip").locator("input")
        address.fill(f"127.0.0.1:{free_port()}")
        click(page, "Test")
        page.locator(".test-result .notice.error").wait_for()
        assert page.locator(".test-result .notice.error p").first.inner_text()
        address.fill("8.8.8.8")
        click(page, "Test")
        shows(field(page, "ip").locator(".error-text"), "8.8.8.8 is not in the home network")
        assert field(page, "ip").locator(".error-text").inner_text().count("8.8.8.8") == 1
        page.locator(".editor > .notice.error").wait_for()
        address.fill("127.0.0.1:1")
        click(page, "Test")
        page.locator(".test-result .notice.error").wait_for()
        assert not page.locator(".editor > .notice.error").is_visible()
        every = field(page, "update_time").locator("input")
        every.fill("0")
        address.fill("not an address")
        click(page, "Save")
        shows(field(page, "update_time").locator(".error-text"), "from 0.1 to 86,400 s")
        every.fill("2,5")
        click(page, "Save")
        field(page, "ip").locator(".error-text:not([hidden])").wait_for()
        assert address.get_attribute("aria-invalid") == "true"
    assert devices_in(tmp_path) == {}


def test_a_field_says_its_range_and_its_default(browser: Any, tmp_path: Path) -> None:
    with page_of(tmp_path, {}) as root:
        with tab(browser) as page:
            page.goto(f"{root}/sockets?add=1")
            shows(field(page, "update_time").locator(".limits"), "0.1 to 86,400 s · Default: 10 s")
            told = field(page, "timeout_s").locator(".limits").text_content()
            assert told == "above 0, up to 300 s · Default: 5, or 0.8 × the interval"
            assert field(page, "in_total").locator(".limits").text_content() == "Default: yes"
        with tab(browser, locale="de-DE") as page:
            page.goto(f"{root}/sockets?add=1")
            shows(
                field(page, "update_time").locator(".limits"), "0,1 bis 86.400 s · Standard: 10 s"
            )


def test_only_what_was_changed_is_written(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    before = entry(
        add_plug(sockets), price_kwh="0,296", cost_calc_day="00:00", relay=3, options={"a": [1, 2]}
    )
    with page_of(tmp_path, {"Lamp": before}) as root, tab(browser) as page:
        page.goto(f"{root}/sockets?edit=Lamp")
        field(page, "update_time").locator("input").fill("0.25")
        runs = page.locator('fieldset[data-key="run"]')
        runs.locator("input.switch").first.check()
        field(runs, "start_w").locator("input").fill("10")
        field(runs, "end_w").locator("input").fill("2")
        page.locator(".others input").nth(1).fill("4")
        click(page, "Save")
        row(page, "Lamp").wait_for()
    run = {"start_w": 10, "end_w": 2}
    expected = {**before, "update_time": 0.25, "relay": 4, "run": run}
    assert devices_in(tmp_path) == {"Lamp": expected}


def test_a_tariff_is_edited_as_a_form(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    with page_of(tmp_path, {"Lamp": entry(add_plug(sockets))}) as root, tab(browser) as page:
        page.goto(f"{root}/settings")
        tariff = page.locator('fieldset[data-key="tariff"]')
        tariff.locator("input.switch").first.check()
        field(tariff, "base_price_month").locator("input").fill("12,90")
        click(page, "Add times of day")
        window = page.locator('fieldset[data-key="windows"] .item')
        field(window, "from").locator("input").fill("22:00")
        field(window, "to").locator("input").fill("6:07")
        field(window, "price_kwh").locator("input").fill("0.21")
        for day in ("Sat", "Sun"):
            window.get_by_label(day).uncheck()
        click(page, "Save")
        field(window, "to").locator(".error-text:not([hidden])").wait_for()
        field(window, "to").locator("input").fill("06:00")
        shows(page.locator(".curve"), "0.2100")
        click(page, "Save")
        shows(page.locator("#toasts"), "Saved.")
    days = ["mon", "tue", "wed", "thu", "fri"]
    hours = {"from": "22:00", "to": "06:00", "price_kwh": 0.21, "days": days}
    assert sections_in(tmp_path)["tariff"] == {
        "prices": [{"base_price_month": 12.9, "windows": [hours]}]
    }


def test_of_two_editors_the_second_sees_the_difference(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    devices = {"Lamp": entry(add_plug(sockets))}
    with (
        page_of(tmp_path, devices) as root,
        tab(browser) as first,
        tab(browser) as second,
    ):
        for page, seconds in ((first, "1"), (second, "2")):
            page.goto(f"{root}/sockets?edit=Lamp")
            field(page, "update_time").locator("input").fill(seconds)
        click(first, "Save")
        row(first, "Lamp").wait_for()
        click(second, "Save")
        shows(second.locator("dialog .removed"), '"update_time": 1')
        shows(second.locator("dialog .added"), '"update_time": 2')
        chooses(second, "Back to the form")
        assert devices_in(tmp_path)["Lamp"]["update_time"] == 1
        click(second, "Save")
        chooses(second, "Overwrite with mine")
        row(second, "Lamp").wait_for()
        assert devices_in(tmp_path)["Lamp"]["update_time"] == 2
        first.goto(f"{root}/sockets?edit=Lamp")
        second.goto(f"{root}/sockets?edit=Lamp")
        field(first, "update_time").locator("input").fill("3")
        click(first, "Save")
        row(first, "Lamp").wait_for()
        field(second, "update_time").locator("input").fill("4")
        click(second, "Save")
        chooses(second, "Take theirs")
        until(lambda: field(second, "update_time").locator("input").input_value() == "3")
    assert devices_in(tmp_path)["Lamp"]["update_time"] == 3


def test_a_socket_is_disabled_copied_renamed_and_removed(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    with page_of(tmp_path, {"Lamp": entry(add_plug(sockets))}) as root, tab(browser) as page:
        page.goto(f"{root}/sockets")
        shows(row(page, "Lamp").locator(".watts"), LIVE_W)
        page.get_by_role("switch", name="Lamp is polled").uncheck()
        shows(row(page, "Lamp").locator(".badge"), "Disabled")
        assert devices_in(tmp_path)["Lamp"]["enabled"] is False
        click(page, "Copy Lamp")
        page.get_by_label("Name").fill("Desk lamp")
        click(page, "Save")
        row(page, "Desk lamp").get_by_role("link").click()
        page.get_by_label("Name").fill("Lamp")
        click(page, "Save")
        page.locator(".editor > .notice.error, .error-text:not([hidden])").first.wait_for()
        page.get_by_label("Name").fill("Old lamp")
        click(page, "Save")
        row(page, "Old lamp").wait_for()
        assert list(devices_in(tmp_path)) == ["Lamp", "Old lamp"]
        click(page, "Remove Lamp")
        page.locator("dialog").get_by_label("Delete the data for good").check()
        chooses(page, "Remove")
        row(page, "Lamp").wait_for(state="detached")
    assert list(devices_in(tmp_path)) == ["Old lamp"]


def test_what_is_not_saved_is_not_lost_by_a_slip(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    with page_of(tmp_path, {"Lamp": entry(add_plug(sockets))}) as root, tab(browser) as page:
        page.goto(f"{root}/sockets")
        row(page, "Lamp").get_by_role("link").click()
        field(page, "update_time").locator("input").fill("7")
        shows(page.locator(".changed-note"), "Not saved yet")
        page.get_by_role("link", name="Cancel").click()
        chooses(page, "Go on editing")
        page.go_back()
        chooses(page, "Go on editing")
        assert field(page, "update_time").locator("input").input_value() == "7"
        page.get_by_role("link", name="Cancel").click()
        chooses(page, "Discard")
        row(page, "Lamp").wait_for()
    assert devices_in(tmp_path)["Lamp"]["update_time"] == 0.5


def test_settings_are_saved_together_and_problems_open_their_tab(
    browser: Any, tmp_path: Path
) -> None:
    with page_of(tmp_path, {}) as root, tab(browser) as page:
        page.goto(f"{root}/settings")
        field(page, "price_kwh").first.locator("input").fill("0,345")
        page.get_by_role("tab", name="Time and language").click()
        field(page, "timezone").locator("input").fill("Europe/Berlim")
        page.get_by_role("tab", name="Storage").click()
        shows(page.locator(".kept"), "After 90 days")
        field(page, "raw_days").locator("input").fill("30")
        shows(page.locator(".kept"), "After 30 days")
        click(page, "Save")
        shows(field(page, "timezone").locator(".error-text"), "Europe/Berlin")
        assert page.get_by_role("tab", name="Time and language").get_attribute("aria-selected")
        field(page, "timezone").locator("input").fill("Europe/Berlin")
        click(page, "Save")
        shows(page.locator("#toasts"), "Saved.")
    general = sections_in(tmp_path)["general"]
    assert (general["price_kwh"], general["raw_days"]) == (0.345, 30)
    assert general["timezone"] == "Europe/Berlin"


def test_a_database_that_is_not_there_is_explained_step_by_step(
    browser: Any, tmp_path: Path
) -> None:
    with page_of(tmp_path, {}) as root, tab(browser) as page:
        page.goto(f"{root}/settings#database")
        for key, value in (("host", "127.0.0.1"), ("name", "isdl"), ("user", "logger")):
            field(page.locator("#panel-database"), key).locator("input").fill(value)
        field(page.locator("#panel-database"), "port").locator("input").fill(str(free_port()))
        click(page, "Test the database")
        shows(page.locator(".steps .badge.error"), "Reachable")


def test_a_token_is_shown_once(browser: Any, tmp_path: Path) -> None:
    with page_of(tmp_path, {}) as root, tab(browser) as page:
        page.goto(f"{root}/settings#access")
        page.locator("#token-name").fill("Grafana")
        click(page, "Create a token")
        assert page.locator("dialog .token").inner_text()
        chooses(page, "Close")
        click(page, "Remove Grafana")
        chooses(page, "Remove")
        page.get_by_role("button", name="Remove Grafana").wait_for(state="detached")


def test_a_password_is_set_and_removed(browser: Any, tmp_path: Path) -> None:
    with page_of(tmp_path, {}) as root, tab(browser) as page:
        page.goto(f"{root}/settings#access")
        click(page, "Set the password")
        shows(page.locator(".error-text"), "Enter a password.")
        page.get_by_label("New password", exact=True).fill("one two three")
        page.get_by_label("New password again").fill("one two four")
        click(page, "Set the password")
        shows(page.locator(".error-text"), "not the same")
        page.get_by_label("New password again").fill("one two three")
        click(page, "Set the password")
        shows(page.locator("#toasts"), "The password is set.")
        page.get_by_role("button", name="Log out").wait_for()
        click(page, "Log out")
        page.wait_for_url("**/login")
        page.goto(f"{root}/settings#access")
        page.get_by_label("Password").fill("one two three")
        page.keyboard.press("Enter")
        page.wait_for_url("**/settings#access")
        page.get_by_label("Current password").fill("one two three")
        click(page, "Set the password")
        shows(page.locator("#toasts"), "The password is removed.")


def test_an_error_in_a_file_leads_to_its_line(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    with page_of(tmp_path, {"Lamp": entry(add_plug(sockets))}) as root, tab(browser) as page:
        page.goto(f"{root}/raw?file=devices.json")
        area = page.get_by_label("Text of the file")
        shows(page.locator("#findings"), "No errors.")
        good = area.input_value()
        area.fill(good.replace("0.5", '"often"'))
        line = next(
            n for n, text in enumerate(area.input_value().split("\n"), 1) if "often" in text
        )
        click(page, f"Line {line}")
        begins = area.evaluate("node => node.value.slice(node.selectionStart, node.selectionEnd)")
        assert "often" in begins
        click(page, "Save …")
        shows(page.locator("#toasts"), "Not saved")
        area.fill(good.replace("0.5", "0.75"))
        click(page, "Save …")
        shows(page.locator("dialog .added"), "0.75")
        chooses(page, "Save")
        until(lambda: devices_in(tmp_path)["Lamp"]["update_time"] == 0.75)
        page.get_by_role("button", name="Compare …").first.click()
        page.locator("dialog .difference").wait_for()
        chooses(page, "Restore")
        until(lambda: devices_in(tmp_path)["Lamp"]["update_time"] == 0.5)
        until(lambda: area.input_value() == good)


def test_a_file_is_uploaded_to_be_looked_at_first(browser: Any, tmp_path: Path) -> None:
    made = {"general": {"price_kwh": 0.4}}
    with page_of(tmp_path, {}) as root, tab(browser) as page:
        page.goto(f"{root}/raw")
        shows(page.locator("#findings"), "No errors.")
        text = b"\xef\xbb\xbf" + json.dumps(made).encode()
        given = {"name": "mine.json", "mimeType": "application/json", "buffer": text}
        page.get_by_label("Choose a file").set_input_files(given)
        shows(page.locator("#toasts"), "mine.json")
        assert "price_kwh" not in sections_in(tmp_path)["general"]
        click(page, "Save …")
        chooses(page, "Save")
        until(lambda: sections_in(tmp_path) == made)


def test_the_status_says_that_all_is_well_and_filters_the_log(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    devices = {"Lamp": entry(add_plug(sockets))}
    with page_of(tmp_path, devices, log_file=True) as root, tab(browser) as page:
        page.goto(f"{root}/status")
        page.locator(".headline h2").wait_for()
        shows(page.locator(".status-grid .card"), "Journal")
        page.get_by_label("Search the log").fill("nothing like this")
        shows(page.locator(".log"), "No such lines.")
        with page.expect_download() as download:
            page.locator("section", has_text="Diagnostics").get_by_role("link").click()
        assert download.value.suggested_filename.endswith(".zip")


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_nothing_has_to_be_scrolled_sideways_on_a_phone(
    browser: Any, sockets: SimulatorServer, tmp_path: Path, locale: str
) -> None:
    devices = {name: entry(add_plug(sockets)) for name in HOSTILE}
    with page_of(tmp_path, devices) as root, tab(browser, locale=locale, width=PHONE) as page:
        for path in PAGES:
            page.goto(f"{root}{path}")
            page.locator(".skeleton.tall").wait_for(state="detached")
            page.locator(".card:visible").first.wait_for()
            assert is_as_wide_as_the_screen(page), path
            for details in page.locator("details.advanced:visible").all():
                details.evaluate("node => { node.open = true; }")
            assert is_as_wide_as_the_screen(page), f"{path}, unfolded"


def test_hostile_names_are_text_and_can_be_edited(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    devices = {name: entry(add_plug(sockets)) for name in HOSTILE}
    with page_of(tmp_path, devices) as root, tab(browser) as page:
        page.goto(f"{root}/sockets")
        for name in HOSTILE:
            row(page, name).get_by_role("link").click()
            assert page.get_by_label("Name").input_value() == name
            field(page, "update_time").locator("input").fill("0.75")
            click(page, "Save")
            row(page, name).wait_for()
    assert [one["update_time"] for one in devices_in(tmp_path).values()] == [0.75] * len(HOSTILE)


def test_the_focus_stays_where_the_reader_was(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    plug = entry(add_plug(sockets))
    with page_of(tmp_path, {"Lamp": plug, "Desk": plug}) as root, tab(browser) as page:
        page.goto(f"{root}/sockets")
        switch = page.get_by_role("switch", name="Desk is polled")
        switch.focus()
        page.keyboard.press("Space")
        shows(row(page, "Desk").locator(".badge"), "Disabled")
        until(lambda: is_focused(switch))
        row(page, "Desk").get_by_role("link").press("Enter")
        until(lambda: is_focused(page.get_by_role("heading", name="Desk", level=1)))
        assert page.title().startswith("Desk · ")
        field(page, "update_time").locator("input").fill("2")
        page.keyboard.press("Enter")
        until(lambda: is_focused(row(page, "Desk").get_by_role("link")))
        page.goto(f"{root}/settings")
        field(page, "price_kwh").first.locator("input").fill("0.4")
        page.keyboard.press("Enter")
        shows(page.locator("#toasts"), "Saved.")
        until(lambda: is_focused(page.get_by_role("tab", name="Prices")))


def is_focused(locator: Any) -> bool:
    return locator.count() == 1 and bool(
        locator.evaluate("node => node === document.activeElement")
    )


def test_what_is_wrong_with_the_database_stands_at_its_fields(browser: Any, tmp_path: Path) -> None:
    with page_of(tmp_path, {}) as root, tab(browser) as page:
        page.goto(f"{root}/settings#database")
        panel = page.locator("#panel-database")
        field(panel, "name").locator("input").fill("isdl")
        click(page, "Test the database")
        for key in ("host", "user"):
            field(panel, key).locator(".error-text:not([hidden])").wait_for()
        assert "database.host" not in panel.inner_text()


def test_enter_presses_the_button_of_its_own_card(browser: Any, tmp_path: Path) -> None:
    with page_of(tmp_path, {}) as root, tab(browser) as page:
        page.goto(f"{root}/settings#access")
        page.locator("#token-name").fill("Grafana")
        page.keyboard.press("Enter")
        assert page.locator("dialog .token").inner_text()
        assert page.locator("#toasts").inner_text() == ""


def test_nothing_moves_while_a_page_is_built(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    devices = {"Lamp": entry(add_plug(sockets))}
    with page_of(tmp_path, devices, log_file=True) as root:
        for width in (PHONE, DESK):
            with tab(browser, width=width, script=SHIFTS) as page:
                for path in PAGES:
                    page.goto(f"{root}{path}")
                    page.locator(".skeleton.tall").wait_for(state="detached")
                    page.locator(".card:visible").first.wait_for()
                    page.wait_for_timeout(200)
                    assert page.evaluate("window.shifted") < MOST_SHIFTED, (path, width)


def test_a_field_that_has_the_focus_is_not_under_the_bar(
    browser: Any, sockets: SimulatorServer, tmp_path: Path
) -> None:
    devices = {"Lamp": entry(add_plug(sockets))}
    with page_of(tmp_path, devices) as root, tab(browser, width=PHONE) as page:
        page.goto(f"{root}/sockets?edit=Lamp")
        bar = page.locator(".save-bar")
        bar.wait_for()
        page.locator("#socket-name").focus()
        for _ in range(12):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.closest('.save-bar') !== null"):
                break
            place = page.evaluate("document.activeElement.getBoundingClientRect().bottom")
            assert place <= bar.bounding_box()["y"] + 1


def test_why_a_socket_is_not_read_is_told_in_the_readers_language(
    browser: Any, tmp_path: Path
) -> None:
    devices = {"Lamp": entry(f"127.0.0.1:{free_port()}", update_time=0.2)}
    with page_of(tmp_path, devices) as root, tab(browser, locale="de-DE") as page:
        page.goto(f"{root}/sockets")
        shows(row(page, "Lamp").locator(".why"), "Sie lehnt die Verbindung ab.")
        page.goto(f"{root}/status")
        shows(page.locator(".findings"), "Sie lehnt die Verbindung ab.")


def test_what_the_environment_sets_cannot_be_changed(browser: Any, tmp_path: Path) -> None:
    database = {"DB_IP_ADDRESS": "127.0.0.1", "DB_PORT": str(free_port()), "DB_NAME": "isdl"}
    secret = {"DB_USER_NAME": "logger", "DB_USER_PASSWORD": "a secret"}
    with page_of(tmp_path, {}, environ={**database, **secret}) as root, tab(browser) as page:
        page.goto(f"{root}/settings#database")
        password = field(page.locator("#panel-database"), "password")
        password.wait_for()
        assert password.locator("input").is_disabled()
        assert password.locator("button").count() == 0
        assert "a secret" not in page.content()


def test_of_many_problems_the_first_has_the_focus(browser: Any, tmp_path: Path) -> None:
    with page_of(tmp_path, {}) as root, tab(browser) as page:
        page.goto(f"{root}/settings")
        tariff = page.locator('fieldset[data-key="tariff"]')
        tariff.locator("input.switch").first.check()
        for _ in range(2):
            click(page, "Add a price")
        click(page, "Save")
        starts = field(tariff, "from").filter(has=page.locator(".error-text:not([hidden])"))
        starts.first.wait_for()
        assert starts.count() > 1
        until(lambda: is_focused(starts.first.locator("input")))
