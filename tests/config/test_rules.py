"""devices.json: when an appliance is switched on, and what a run of it is."""

from __future__ import annotations

from typing import Any

import pytest

from source.config.models import PowerOn, RunRule
from tests.config.home import Home

ON = "must be a number of watts above 0, at most 10000000"
COUNTER: dict[str, Any] = {"on_threshold": 10, "off_threshold": 5}
RUN: dict[str, Any] = {"start_w": 20, "end_w": 5}
SECONDS = "must be a number of seconds from 1 to 86400"
FLAG = "must be true or false (also yes/no, on/off, 1/0)"
WRONG: list[tuple[str, object, str, str]] = [
    ("power_on_counter", True, "", 'is true: must be an object such as {"on_threshold": 10,'),
    ("power_on_counter", {}, "", ": is empty; fill it in, such as {"),
    ("power_on_counter", {"on_threshold": 10}, "off_threshold", f": is missing; it {ON}"),
    (
        "power_on_counter",
        {"on": 10, "off_threshold": 5, "on_treshold": 3},
        "on_threshold",
        f": is missing; it {ON}; is on_treshold meant for it?",
    ),
    ("power_on_counter", {**COUNTER, "on_threshold": 0}, "on_threshold", f"is 0: {ON}"),
    ("power_on_counter", {**COUNTER, "off_threshold": "x"}, "off_threshold", f'is "x": {ON}'),
    ("power_on_counter", {**COUNTER, "daily": "00:00"}, "daily", f'is "00:00": {FLAG}'),
    (
        "power_on_counter",
        {"on_threshold": 5, "off_threshold": 10},
        "off_threshold",
        "is 10: must not be more than on_threshold, 5",
    ),
    ("run", [], "", 'is a list: must be an object such as {"start_w": 20, "end_w": 5,'),
    ("run", {"start_w": 20}, "end_w", f": is missing; it {ON}"),
    ("run", {**RUN, "end_w": 0}, "end_w", f"is 0: {ON}"),
    ("run", {**RUN, "end_w": 21}, "end_w", "is 21: must not be more than start_w, 20"),
    ("run", {**RUN, "end_after_s": 0}, "end_after_s", f"is 0: {SECONDS}"),
    ("run", {**RUN, "end_after_s": None}, "end_after_s", f"is null: {SECONDS}"),
]


def test_the_counter_of_other_versions_is_read(home: Home) -> None:
    device = home.plug(power_on_counter={**COUNTER, "daily": True, "yearly": "yes"}).fridge()
    assert device.power_on == PowerOn(
        on_threshold_w=10.0, off_threshold_w=5.0, daily=True, yearly=True
    )
    assert home.warnings() == ()


def test_a_run_is_read(home: Home) -> None:
    device = home.plug(run={**RUN, "end_after_s": "900"}).fridge()
    assert device.run == RunRule(start_w=20.0, end_w=5.0, end_after_s=900.0)
    assert home.plug(run=RUN).fridge().run == RunRule(start_w=20.0, end_w=5.0, end_after_s=300.0)
    assert home.warnings() == ()


def test_one_threshold_may_be_the_other(home: Home) -> None:
    device = home.plug(
        power_on_counter={"on_threshold": 5, "off_threshold": 5}, run={"start_w": 5, "end_w": 5}
    ).fridge()
    assert device.power_on is not None
    assert device.run is not None


@pytest.mark.parametrize("key", ["power_on_counter", "run"])
def test_null_is_the_same_as_leaving_it_out(home: Home, key: str) -> None:
    device = home.plug(**{key: None}).fridge()
    assert (device.power_on, device.run) == (None, None)


@pytest.mark.parametrize(("key", "value", "inner", "message"), WRONG)
def test_what_is_wrong_is_told_with_its_place(
    home: Home, key: str, value: object, inner: str, message: str
) -> None:
    where = f"Fridge.{key}.{inner}" if inner else f"Fridge.{key}"
    gap = "" if message.startswith(":") else " "
    problem = str(home.plug(**{key: value}).problem())
    assert problem.startswith(f"devices.json: {where}{gap}{message}")


def test_a_near_miss_is_warned_about(home: Home) -> None:
    home.plug(power_on_counter={**COUNTER, "dayly": True}, run={**RUN, "end_after": 60})
    assert home.warnings() == (
        "devices.json: Fridge.power_on_counter.dayly: is no known key and has no effect; did you"
        " mean daily?",
        "devices.json: Fridge.run.end_after: is no known key and has no effect; did you mean"
        " end_after_s?",
    )
