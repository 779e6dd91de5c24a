"""Points as lines: what is escaped, what is left out, and what a real server makes of it."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from source.model import FieldValue, Point
from source.sinks.influx import InfluxSink
from source.sinks.line import CACHE_LIMIT, LineEncoder, tag_value
from tests.fakes import START_US
from tests.influx_server import InfluxServer
from tests.sinks.places import as_floats, by_key, database

START_NS = START_US * 1000
NAMES = (
    "Fridge",
    "../../x",
    "Küche/Bad",
    'a"b',
    "x" * 300,
    "\U0001f9ca Kühlschrank",
    "washing machine, cellar = old",
    "C:\\Users\\x",
    "\\,= \\\\a",
    " ",
    "#comment",
    "tab\tand\rreturn",
    "'quoted'",
)


def line(fields: dict[str, FieldValue], device: str = "Fridge") -> str:
    return LineEncoder().line(Point(device, START_US, fields))


def test_a_point_is_measurement_tag_fields_and_nanoseconds() -> None:
    fields: dict[str, FieldValue] = {"fetch_success": True, "is_valid": False, "power": 11.95}
    assert line(fields) == (
        f"census,device=Fridge fetch_success=true,is_valid=false,power=11.95 {START_NS}"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.0, "5.0"),
        (-0.0, "-0.0"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e22, "1e+22"),
        (5e-324, "5e-324"),
        (7, "7.0"),
        (10**15, "1000000000000000.0"),
    ],
)
def test_every_number_is_written_as_float_with_all_its_digits(value: float, text: str) -> None:
    assert line({"power": value}) == f"census,device=Fridge power={text} {START_NS}"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 10**400, None, [1]])
def test_what_influxdb_cannot_hold_is_left_out(value: float) -> None:
    assert line({"bad": value, "power": 1.0}) == f"census,device=Fridge power=1.0 {START_NS}"
    assert line({"bad": value}) == ""


def test_points_without_a_field_are_left_out() -> None:
    points = [Point("a", 1, {}), Point("b", 2, {"p": 1.0}), Point("c", 3, {"p": float("nan")})]
    assert LineEncoder().lines(points) == ["census,device=b p=1.0 2000"]


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("a b", r"a\ b"),
        ("a,b=c", r"a\,b\=c"),
        ("a\\b", "a\\b"),
        ("a\\", "a\\\\ "),
        ("a\nb", r"a\nb"),
        ("", "_"),
        ("\ud83e", "?"),
    ],
)
def test_a_tag_value_is_escaped_and_never_empty(name: str, escaped: str) -> None:
    assert tag_value(name) == escaped


def test_strings_are_quoted_and_field_names_escaped() -> None:
    assert line({"a b,c=d\\e\n": 'say "x\\y"', "": "\ud83e"}) == (
        rf'census,device=Fridge a\ b\,c\=d_e_="say \"x\\y\"",_="?" {START_NS}'
    )


def test_a_field_that_the_server_would_drop_in_silence_has_another_name_there() -> None:
    assert line({"time": 1.0, "times": 2.0}) == (
        f"census,device=Fridge time_=1.0,times=2.0 {START_NS}"
    )


def test_more_names_than_are_remembered_change_nothing() -> None:
    encoder = LineEncoder()
    for number in range(CACHE_LIMIT + 5):
        encoder.line(Point(f"d {number}", 1, {f"f {number}": 1.0}))
    assert encoder.line(Point("d 0", 1, {"f 0": 1.0})) == r"census,device=d\ 0 f\ 0=1.0 1000"
    assert len(encoder._heads) <= CACHE_LIMIT >= len(encoder._names)


def test_the_sink_costs_no_memory_for_libraries() -> None:
    code = (
        "import sys, source.sinks.forwarder, source.sinks.influx;"
        "large = {'influxdb', 'requests', 'urllib3', 'http.client', 'ssl'};"
        "sys.exit(bool(large & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


@pytest.mark.influx
def test_every_device_name_comes_back_from_a_real_server_unchanged(
    influx: InfluxServer, fresh: str
) -> None:
    short = ("".join(chars) for n in (1, 2, 3) for chars in itertools.product('\\ ,="a', repeat=n))
    names = [*NAMES, *(name for name in short if not name.endswith("\\"))]
    points = [Point(n, START_US + i, {"p": float(i)}) for i, n in enumerate(names)]
    InfluxSink(database(influx.port, fresh)).write(points)
    assert as_floats(influx.points(fresh)) == by_key(points)


@pytest.mark.influx
def test_names_that_a_tag_cannot_hold_are_changed_as_little_as_possible(
    influx: InfluxServer, fresh: str
) -> None:
    names = ["", "a\\", "\\", "b\\\\", "c\nd", "\n"]
    points = [Point(n, START_US, {"p": 1.0}) for n in names]
    InfluxSink(database(influx.port, fresh)).write(points)
    stored = {device for device, _ in influx.points(fresh)}
    assert stored == {"_", "a\\ ", "\\ ", "b\\\\ ", "c\\nd", "\\n"}


@pytest.mark.influx
def test_strings_and_extreme_numbers_come_back_from_a_real_server_unchanged(
    influx: InfluxServer, fresh: str
) -> None:
    texts = ['say "x\\y"', "\\", '\\"', "a\nb", ",= ", "", "größer als 'null' \U0001f9ca", "\x01"]
    numbers = [0.1 + 0.2, 1e22, -5e-324, 1.7976931348623157e308, 5.0, -0.0]
    points = [
        Point("a", START_US + i, {"text": text, "b c,d=e": True}) for i, text in enumerate(texts)
    ]
    points += [Point("b", START_US + i, {"p": number}) for i, number in enumerate(numbers)]
    InfluxSink(database(influx.port, fresh)).write(points)
    assert as_floats(influx.points(fresh)) == by_key(points)
