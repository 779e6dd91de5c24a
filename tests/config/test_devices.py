"""devices.json: the sockets and what is wrong with them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.config.home import PLUG, Home


def test_a_missing_file_means_no_socket_and_a_warning_with_an_example(home: Home) -> None:
    (home.files / "devices.json").unlink()
    configuration = home.load()
    assert configuration.devices == {}
    (warning,) = configuration.warnings
    assert warning.startswith("devices.json: there is no such file in")
    assert '{"Fridge": {"type": "shelly:plug-s", "ip": ' in warning


@pytest.mark.parametrize("content", ["{}", '{"$schema": "devices.schema.json"}'])
def test_an_empty_object_is_valid(home: Home, content: str) -> None:
    configuration = home.write("devices.json", content).load()
    assert (configuration.devices, configuration.warnings) == ({}, ())


def test_type_and_address_are_enough_and_the_rest_has_defaults(home: Home) -> None:
    device = home.plug().fridge()
    assert (device.name, device.type_name, device.ip) == ("Fridge", *PLUG.values())
    assert (device.update_time_s, device.timeout_s, device.enabled) == (10.0, 5.0, True)
    assert (device.cost_day, device.cost_month, device.cost_year) == (False, None, None)
    assert (device.energy_source, device.phases, device.in_total) == ("auto", "balanced", True)
    assert (device.max_power_w, device.price_kwh, device.tariff) == (None, None, None)
    assert (device.power_on, device.run) == (None, None)
    assert home.warnings() == ()


def test_every_key_is_read(home: Home) -> None:
    device = home.plug(
        type="shelly:3em",
        ip="plug.fritz.box:8080",
        update_time=2,
        timeout_s=1.5,
        enabled=False,
        cost_calc_day=True,
        cost_calc_month="31",
        cost_calc_year="29.02",
        energy_source="Counter",
        max_power_w="3680",
        phases="separate",
        in_total="no",
        price_kwh="0,21",
    ).fridge()
    assert (device.type_name, device.ip) == ("shelly:3em", "plug.fritz.box:8080")
    assert (device.update_time_s, device.timeout_s, device.enabled) == (2.0, 1.5, False)
    assert (device.cost_day, device.cost_month, device.cost_year) == (True, 31, (29, 2))
    assert (device.energy_source, device.max_power_w) == ("counter", 3680.0)
    assert (device.phases, device.in_total) == ("separate", False)
    assert device.price_kwh == Decimal("0.21")
    assert home.warnings() == ()


def test_the_devices_keep_the_order_of_the_file(home: Home) -> None:
    home.write("devices.json", {name: dict(PLUG) for name in ("c", "a", "b")})
    assert list(home.load().devices) == ["c", "a", "b"]


# --- values ---

MONTH = 'must be a day of the month from "01" to "31"; leave the key out for no monthly report'
YEAR = (
    'must be a day and month that exist, as "dd.mm" from "01.01" to "31.12"; leave the key out for'
    " no yearly report"
)
UPDATE = "must be a number of seconds from 0.1 to 86400"
FLAG = "must be true or false (also yes/no, on/off, 1/0)"
ADDRESS = 'must be a host or host:port, such as "192.168.178.20" or "plug.fritz.box:8080"'
TIMEOUT = "must be a number of seconds above 0, at most 300"
MAC = 'must be a MAC address of twelve hex digits, such as "E8:DB:84:A1:B2:C3"'
SOURCE = "must be one of auto, counter, power"
PHASES = "must be one of balanced, separate"
WATTS = "must be a number of watts above 0, at most 10000000"
PRICE = 'must be a price per kWh from 0 to 1000000, such as 0.296 or "0,296"'
WRONG = [
    *[
        ("update_time", value, shown, UPDATE)
        for value, shown in [
            (0, "0"),
            (0.05, "0.05"),
            (-1, "-1"),
            (86401, "86401"),
            ("ten", '"ten"'),
            ("", '""'),
            (None, "null"),
            (True, "true"),
            ([10], "a list"),
            ({}, "an object"),
        ]
    ],
    *[
        ("cost_calc_month", value, shown, MONTH)
        for value, shown in [
            ("32", '"32"'),
            ("0", '"0"'),
            ("00", '"00"'),
            (0, "0"),
            (32, "32"),
            (1.5, "1.5"),
            (True, "true"),
            ("15.", '"15."'),
            ("15\n", '"15\\n"'),
        ]
    ],
    *[
        ("cost_calc_year", value, shown, YEAR)
        for value, shown in [
            ("31.02", '"31.02"'),
            ("30.02", '"30.02"'),
            ("31.04", '"31.04"'),
            ("00.01", '"00.01"'),
            ("01.13", '"01.13"'),
            ("01-01", '"01-01"'),
            (1.01, "1.01"),
            (True, "true"),
        ]
    ],
    ("cost_calc_day", "daily", '"daily"', FLAG),
    ("cost_calc_day", "24:00", '"24:00"', FLAG),
    ("cost_day", None, "null", FLAG),
    ("enabled", "maybe", '"maybe"', FLAG),
    ("enabled", 2, "2", FLAG),
    ("timeout_s", 0, "0", TIMEOUT),
    ("timeout_s", -1, "-1", TIMEOUT),
    ("timeout_s", 301, "301", TIMEOUT),
    ("timeout_s", None, "null", TIMEOUT),
    ("type", "", '""', "must be the type of a socket: 1 to 200 characters that can be printed"),
    ("type", 7, "7", "must be the type of a socket: 1 to 200 characters that can be printed"),
    ("ip", "", '""', ADDRESS),
    ("ip", None, "null", ADDRESS),
    ("ip", 192, "192", ADDRESS),
    ("ip", "192.168.178.", '"192.168.178."', ADDRESS),
    ("ip", "http://plug", '"http://plug"', f'{ADDRESS}, without "http://" or the like before it'),
    ("ip", "plug/status", '"plug/status"', f"{ADDRESS}, without a path behind it"),
    ("ip", " plug", '" plug"', f"{ADDRESS}, without spaces"),
    ("ip", "u:p@plug", '"***@plug"', f"{ADDRESS}, without a user or password before it"),
    ("ip", "plug:0", '"plug:0"', f"{ADDRESS}; a port is a number from 1 to 65535"),
    ("ip", "plug:65536", '"plug:65536"', f"{ADDRESS}; a port is a number from 1 to 65535"),
    ("ip", "fe80::1", '"fe80::1"', f"{ADDRESS}; an IPv6 address stands in brackets: [fe80::1]"),
    ("mac", "E8:DB:84:A1:B2", '"E8:DB:84:A1:B2"', MAC),
    ("mac", "E8:DB:84:A1:B2:CG", '"E8:DB:84:A1:B2:CG"', MAC),
    ("mac", "", '""', MAC),
    ("mac", None, "null", MAC),
    ("energy_source", "meter", '"meter"', SOURCE),
    ("energy_source", None, "null", SOURCE),
    ("phases", 3, "3", PHASES),
    ("max_power_w", 0, "0", WATTS),
    ("max_power_w", "2,5 kW", '"2,5 kW"', WATTS),
    ("max_power_w", 1e8, "100000000.0", WATTS),
    ("in_total", "partly", '"partly"', FLAG),
    ("price_kwh", -0.3, "-0.3", PRICE),
    ("price_kwh", "0,3 €", '"0,3 €"', PRICE),
    ("price_kwh", True, "true", PRICE),
]
GOOD = [
    *[("energy_source", value, value.lower()) for value in ("auto", "Counter", "power")],
    *[("phases", value, value) for value in ("balanced", "separate")],
    *[("max_power_w", value, 2500.0) for value in (2500, "2500", 2500.0)],
    ("max_power_w", None, None),
    *[("in_total", value, False) for value in (False, "off", 0)],
    *[("price_kwh", value, Decimal("0.296")) for value in (0.296, "0,296", "0.296")],
    ("price_kwh", 0, Decimal(0)),
    ("price_kwh", None, None),
    *[("update_time", value, number) for value, number in [(0.1, 0.1), ("10", 10.0), ("0,5", 0.5)]],
    ("update_time", 86400, 86400.0),
    *[("cost_calc_month", value, 15) for value in (15, "15")],
    *[("cost_calc_month", value, 1) for value in (1, "1", "01")],
    ("cost_calc_month", None, None),
    *[("cost_calc_year", value, (29, 2)) for value in ("29.02", "29.2", "29.02.")],
    ("cost_calc_year", "1.1", (1, 1)),
    ("cost_calc_year", "31.12", (31, 12)),
    ("cost_calc_year", None, None),
    *[("cost_calc_day", value, True) for value in (True, "TRUE", "Yes", "on", 1, "1")],
    *[("cost_calc_day", value, False) for value in (False, "False", "no", "OFF", 0, "0")],
    ("enabled", "off", False),
    ("timeout_s", "2,5", 2.5),
    ("timeout_s", 300, 300.0),
    ("ip", "[fe80::1]:80", "[fe80::1]:80"),
    ("ip", "küche.fritz.box", "küche.fritz.box"),
    ("ip", "127.0.0.1:1", "127.0.0.1:1"),
    *[
        ("mac", value, "E8DB84A1B2C3")
        for value in ("E8:DB:84:A1:B2:C3", "e8-db-84-a1-b2-c3", "E8DB84A1B2C3")
    ],
]


@pytest.mark.parametrize(("key", "value", "shown", "allowed"), WRONG)
def test_a_wrong_value_is_told_with_file_key_value_and_what_is_allowed(
    home: Home, key: str, value: object, shown: str, allowed: str
) -> None:
    problem = home.plug(**{key: value}).problem()
    assert (problem.source, problem.key) == ("devices.json", f"Fridge.{key}")
    assert (problem.value, problem.allowed) == (shown, allowed)


@pytest.mark.parametrize(("key", "value", "read"), GOOD)
def test_a_good_value_is_read_in_each_of_its_forms(
    home: Home, key: str, value: object, read: object
) -> None:
    found = home.plug(**{key: value}).fridge().model_dump(by_alias=True)[key]
    assert (found, type(found)) == (read, type(read))


def test_an_address_that_is_missing_is_told(home: Home) -> None:
    problem = home.plug(ip=...).problem()
    assert (problem.key, problem.allowed) == ("Fridge.ip", f"is missing; it {ADDRESS}")


def test_a_misspelt_key_is_named_where_the_right_one_is_missing(home: Home) -> None:
    problem = home.plug(ip=..., I_P="10.0.0.1").problem()
    assert problem.allowed == f"is missing; it {ADDRESS}; is I_P meant for it?"


@pytest.mark.parametrize("entry", [None, "192.168.178.20", [], 7])
def test_an_entry_that_is_no_object_is_refused(home: Home, entry: object) -> None:
    problem = home.write("devices.json", {"Fridge": entry}).problem()
    assert problem.key == "Fridge"
    assert problem.allowed.startswith('must be an object, such as "Fridge": {"type": ')


# --- types ---


def test_an_unknown_type_is_refused_with_the_known_ones(home: Home) -> None:
    assert str(home.plug(type="tasmota").problem()) == (
        'devices.json: Fridge.type is "tasmota": must be one of shelly:3em, shelly:plug-s, or one'
        " that device_plugin.py registers"
    )


@pytest.mark.parametrize("name", ["shelly:plugs", "Shelly:Plug-S", "shelly_plug-s"])
def test_a_misspelt_type_is_refused_with_the_right_one(home: Home, name: str) -> None:
    assert home.plug(type=name).problem().allowed.endswith("; did you mean shelly:plug-s?")


def test_an_unknown_type_is_told_together_with_what_else_is_wrong(home: Home) -> None:
    home.plug(type="tasmota", update_time=0)
    assert {problem.key for problem in home.problems()} == {"Fridge.type", "Fridge.update_time"}


def test_while_the_plugin_does_not_load_an_unknown_type_is_a_warning(home: Home) -> None:
    home.plug(type="my:own").types_complete = False
    assert home.load().devices["Fridge"].type_name == "my:own"
    assert home.warnings() == (
        'devices.json: Fridge.type: "my:own" is none of the types that are loaded (shelly:3em,'
        " shelly:plug-s); this socket fails until device_plugin.py loads",
    )


def test_a_missing_type_is_the_oldest_one_with_a_warning(home: Home) -> None:
    assert home.plug(type=...).fridge().type_name == "shelly:plug-s"
    assert home.warnings() == (
        'devices.json: Fridge.type: is missing and taken to be "shelly:plug-s"; write it down',
    )


def test_a_misspelt_type_key_is_no_missing_type(home: Home) -> None:
    problem = home.plug(type=..., typ="shelly:3em").problem()
    assert (problem.key, problem.allowed) == ("Fridge.type", "is missing; is typ meant for it?")


# --- unknown keys ---


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("cost_calc_moth", "cost_calc_month"),
        ("cost_month", "cost_calc_month"),
        ("Update-Time", "update_time"),
        ("update_time_s", "update_time"),
        ("timeout", "timeout_s"),
        ("enable", "enabled"),
        ("cost_calculations", "cost_calculation"),
    ],
)
def test_a_near_miss_of_a_key_is_warned_about(home: Home, key: str, meant: str) -> None:
    device = home.plug(**{key: "01"}).fridge()
    assert device.settings[key] == "01"
    assert home.warnings() == (
        f"devices.json: Fridge.{key}: is no known key, kept for plugins; did you mean {meant}?",
    )


def test_keys_of_plugins_are_kept_without_a_word(home: Home) -> None:
    own = {"token": "geheim", "channel": 0, "switch_id": 1, "user": None, "deep": {"a": [1]}}
    home.plug(**own)
    assert home.fridge().settings == {**PLUG, **own, "update_time": 10.0}
    assert home.warnings() == ()


def test_the_settings_of_plugins_have_type_address_and_interval_as_a_number(home: Home) -> None:
    home.plug(type=..., update_time="0,5", cost_day="yes", switch={"on": 1})
    assert home.fridge().settings == {
        "type": "shelly:plug-s",
        "ip": "192.168.178.20",
        "update_time": 0.5,
        "cost_day": "yes",
        "switch": {"on": 1},
    }


# --- timeouts ---


@pytest.mark.parametrize(
    ("update_time", "timeout_s"), [(0.5, 0.4), (1, 0.8), (5, 4.0), (6.25, 5.0), (10, 5.0)]
)
def test_the_timeout_leaves_a_fifth_of_a_short_interval(
    home: Home, update_time: float, timeout_s: float
) -> None:
    assert home.plug(update_time=update_time).fridge().timeout_s == pytest.approx(timeout_s)


def test_a_timeout_longer_than_the_interval_is_warned_about(home: Home) -> None:
    assert home.plug(update_time=2, timeout_s=2).warnings() == ()
    assert home.plug(update_time=2, timeout_s=2.5).warnings() == (
        "devices.json: Fridge.timeout_s: 2.5 is more than update_time, 2: while an answer is waited"
        " for, polls are left out",
    )


# --- names ---


@pytest.mark.parametrize(
    "name", ["../../x", "Küche/Bad", 'a"b', "x" * 300, "🔌", "a b", "x" * 500, ".", "..", "CON"]
)
def test_an_odd_name_is_a_name(home: Home, name: str) -> None:
    assert list(home.write("devices.json", {name: dict(PLUG)}).load().devices) == [name]


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\tb", "\0", "\u2028", "x" * 501, "\ud800"])
def test_a_name_that_can_not_be_printed_in_a_line_is_refused(home: Home, name: str) -> None:
    problem = home.write("devices.json", {name: dict(PLUG)}).problem()
    assert problem.allowed.startswith("the name of a device must be 1 to 500 characters")
    assert str(problem).isprintable()


@pytest.mark.parametrize(
    ("one", "other", "file"),
    [
        ("Küche/Bad", "Küche_Bad", "Küche_Bad_day.txt"),
        ("a", "a ", "a_day.txt"),
        ("Fridge", "FRIDGE", "FRIDGE_day.txt"),
        ("K\u00fcche", "Ku\u0308che", "Ku\u0308che_day.txt"),
    ],
)
def test_two_names_of_one_file_are_refused_and_both_are_named(
    home: Home, one: str, other: str, file: str
) -> None:
    problem = home.write("devices.json", {one: dict(PLUG), other: dict(PLUG)}).problem()
    assert problem.key == other
    assert problem.allowed == (
        f'its reports would go to the files of "{one}" ({file}); rename one of the two'
    )


@pytest.mark.parametrize("name", ["_total", "_TOTAL", " _total. ", "/total"])
def test_the_name_of_the_house_total_is_refused(home: Home, name: str) -> None:
    problem = home.write("devices.json", {name: dict(PLUG)}).problem()
    assert problem.key == name
    assert problem.allowed == (
        "its reports would go to the files of the house total (_total.csv); rename it"
    )
