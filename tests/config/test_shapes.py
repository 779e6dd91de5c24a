"""The other names and shapes of keys, and the files of users of older and later versions."""

from __future__ import annotations

from typing import Any

import pytest

from source.config.models import PowerOn
from tests.config.home import Home

BOTH_SHAPES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"daily": False, "monthly": False, "yearly": False}, {"cost_calc_day": False}),
    ({"daily": True}, {"cost_calc_day": True}),
    ({"monthly": True}, {"cost_calc_month": "15"}),
    ({"yearly": True}, {"cost_calc_year": "24.12"}),
    (
        {"daily": "yes", "monthly": 1, "yearly": "ON"},
        {"cost_day": True, "cost_calc_month": 15, "cost_calc_year": "24.12"},
    ),
]


def reports_of(home: Home, keys: dict[str, Any]) -> tuple[object, ...]:
    device = home.plug(**keys).fridge()
    assert home.warnings() == ()
    return device.cost_day, device.cost_month, device.cost_year


@pytest.mark.parametrize(("order", "own"), BOTH_SHAPES)
def test_both_shapes_mean_the_same_reports(
    home: Home, order: dict[str, Any], own: dict[str, Any]
) -> None:
    home.general(calc_request_time_monthly="15", calc_request_time_yearly="24.12")
    assert reports_of(home, {"cost_calculation": order}) == reports_of(home, own)


def test_without_days_in_general_months_and_years_end_on_the_first(home: Home) -> None:
    assert reports_of(home, {"cost_calculation": {"monthly": True, "yearly": True}}) == (
        False,
        1,
        (1, 1),
    )


def test_a_day_of_its_own_goes_before_the_day_for_all(home: Home) -> None:
    keys = {"cost_calculation": {"monthly": True}, "cost_calc_month": "20"}
    assert reports_of(home, keys) == (False, 20, None)


@pytest.mark.parametrize(
    ("own", "choice", "value"),
    [
        ({"cost_calc_day": True}, "daily", False),
        ({"cost_day": False}, "daily", True),
        ({"cost_calc_month": "01"}, "monthly", False),
        ({"cost_calc_year": "01.01"}, "yearly", "off"),
    ],
)
def test_two_shapes_that_contradict_each_other_are_refused(
    home: Home, own: dict[str, Any], choice: str, value: object
) -> None:
    problem = home.plug(**own, cost_calculation={choice: value}).problem()
    assert problem.key == f"Fridge.cost_calculation.{choice}"
    assert problem.allowed.startswith("contradicts cost_calc_")


@pytest.mark.parametrize(
    ("order", "key", "allowed"),
    [
        (True, "", 'must be an object such as {"daily": true, "monthly": true}'),
        ([], "", 'must be an object such as {"daily": true, "monthly": true}'),
        ({"daily": "daily"}, ".daily", "must be true or false (also yes/no, on/off, 1/0)"),
        ({"yearly": None}, ".yearly", "must be true or false (also yes/no, on/off, 1/0)"),
    ],
)
def test_an_order_that_is_wrong_is_refused(
    home: Home, order: object, key: str, allowed: str
) -> None:
    problem = home.plug(cost_calculation=order).problem()
    assert (problem.key, problem.allowed) == (f"Fridge.cost_calculation{key}", allowed)


def test_an_unknown_choice_is_warned_about(home: Home) -> None:
    assert home.plug(cost_calculation={"dayly": True}).warnings() == (
        "devices.json: Fridge.cost_calculation.dayly: is no known key and has no effect; did you"
        " mean daily?",
    )


def test_cost_day_is_cost_calc_day(home: Home) -> None:
    assert reports_of(home, {"cost_day": True}) == reports_of(home, {"cost_calc_day": True})
    assert reports_of(home, {"cost_day": True, "cost_calc_day": True}) == (True, None, None)


def test_cost_day_and_cost_calc_day_must_not_differ(home: Home) -> None:
    problem = home.plug(cost_day=True, cost_calc_day=False).problem()
    assert str(problem) == (
        "devices.json: Fridge.cost_day is true: means the same as cost_calc_day, which is false;"
        " remove one of the two"
    )


def test_a_time_of_day_for_the_daily_report_means_yes(home: Home) -> None:
    assert home.plug(cost_calc_day="00:00").fridge().cost_day
    assert home.warnings() == (
        'devices.json: Fridge.cost_calc_day: "00:00" is taken for true; the time is set for all'
        " devices, by cost_calc_request_time in config.json",
    )


def test_the_files_of_the_older_program_load(home: Home) -> None:
    home.general(log_level="info", cost_calc_request_time="00:00", price_kwh=0.296)
    home.write(
        "devices.json",
        {
            "Waschmaschine": {
                "ip": "192.168.178.200",
                "update_time": 10,
                "cost_calc_month": "01",
                "cost_calc_year": "01.01",
            },
            "Herd": {
                "type": "shelly:3em",
                "ip": "192.168.178.201",
                "update_time": 30,
                "cost_calc_day": True,
            },
        },
    )
    configuration = home.load()
    washer, stove = configuration.devices.values()
    assert (washer.type_name, washer.cost_day) == ("shelly:plug-s", False)
    assert (washer.cost_month, washer.cost_year) == (1, (1, 1))
    assert (stove.type_name, stove.update_time_s, stove.cost_day) == ("shelly:3em", 30.0, True)
    assert configuration.warnings == (
        'devices.json: Waschmaschine.type: is missing and taken to be "shelly:plug-s"; write it'
        " down",
    )


def test_the_files_of_later_versions_load_with_one_warning(home: Home) -> None:
    general = {
        "log_level": "info",
        "calc_request_time_daily": "00:00",
        "calc_request_time_monthly": "01",
        "calc_request_time_yearly": "01.01",
        "price_kwh": 0.296,
    }
    telegrambot = {"token": "geheim", "chat_id_list": ["1"]}
    home.write("config.json", {"general": general, "telegrambot": telegrambot})
    home.plug(
        update_time=10,
        cost_calculation={"daily": True, "monthly": True, "yearly": True},
        power_on_counter={"on_threshold": 10, "off_threshold": 5, "daily": True},
        energy_alarm={"power_threshold": 2000},
        switch={"telegrambot": True},
    )
    device = home.fridge()
    assert (device.cost_day, device.cost_month, device.cost_year) == (True, 1, (1, 1))
    assert device.settings["power_on_counter"] == {
        "on_threshold": 10,
        "off_threshold": 5,
        "daily": True,
    }
    assert device.power_on == PowerOn(on_threshold_w=10.0, off_threshold_w=5.0, daily=True)
    assert home.warnings() == (
        "telegrambot, energy_alarm, switch: kept, but this version does not act on them yet",
    )
