"""Both READMEs tell the same story, and what they show works: examples, commands, links."""

from __future__ import annotations

import json
import re
import threading
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import pytest

from source.cli.main import COMMANDS, commands
from source.config.load import load
from source.config.models import Configuration
from source.config.tariffs import BUILT_IN_PROVIDERS, Market
from source.devices.device import Device
from source.devices.plugins import load_plugins
from source.errors import ConfigError
from source.model import Period, Reading, Report, Totals
from source.reports.cost import flat_bill
from source.reports.figures import COLUMNS
from source.reports.table import row
from source.tariffs.asking import Asking
from source.tariffs.market import Wish
from source.tariffs.providers import built_in
from tests.devices.raw_server import http_answer, raw_server
from tests.faults.outcome import every_scenario
from tests.packaging.dockerfile import stages
from tests.reports.house import us
from tests.test_layers import LAYERS

ROOT = Path(__file__).resolve().parent.parent
ENGLISH, GERMAN = "README.md", "README.de.md"
BOTH = (ENGLISH, GERMAN)
PICTURE = "mermaid"
"""The one block with words of its own in each language."""
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
TYPES = ("example:meter", "shelly:3em", "shelly:plug-s")
EITHER = pytest.mark.parametrize("name", BOTH)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str = "") -> list[str]:
    """The code blocks in one language, or in all."""
    found = BLOCK.findall(text_of(name))
    return [text for kind, text in found if language in ("", kind)]


def headings(name: str) -> list[tuple[int, str]]:
    """Level and text of each heading; a # in a code block is none."""
    return [(len(level), text) for level, text in HEADING.findall(BLOCK.sub("", text_of(name)))]


def code(name: str) -> list[str]:
    """All that is set as code: the lines of the blocks, and the spans in the text."""
    text = text_of(name)
    lines = [line for block in blocks(name) for line in block.splitlines()]
    return lines + re.findall(r"`([^`\n]+)`", BLOCK.sub("", text))


def anchor(heading: str) -> str:
    """The name that GitHub gives a heading for links."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def loaded(folder: Path, content: str) -> Configuration:
    """What the program makes of an example; its sections tell config.json from devices.json."""
    is_config = {"general", "tariff"} & set(json.loads(content))
    which = "config.json" if is_config else "devices.json"
    for name in ("config.json", "devices.json"):
        (folder / name).write_text(content if name == which else "{}", encoding="utf-8")
    return load(folder, {"TZ": "Europe/Berlin"}, folder, TYPES)


def options_of(name: str) -> set[str]:
    """The options of a command, which has to exist, and of those below it."""
    command = commands.get_command(click.Context(commands), name)
    assert command is not None, f"there is no command {name}"
    every = [command]
    if isinstance(command, click.Group):
        context = click.Context(command)
        names = command.list_commands(context)
        every += [one for name in names if (one := command.get_command(context, name))]
    return {option for one in every for parameter in one.params for option in parameter.opts}


def read_by(plugin: str, folder: Path, type_name: str, answer: object) -> tuple[Reading, bytes]:
    """The reading of an example plugin from a server on this machine, and what it asked."""
    (folder / "device_plugin.py").write_text(plugin, encoding="utf-8")
    registry, errors = load_plugins(folder)
    assert errors == []
    with raw_server([http_answer(json.dumps(answer).encode())]) as server:
        settings = {"ip": server.address, "update_time": 10, "channel": 2}
        device = Device(
            name="Herd", ip=server.address, type_name=type_name, settings=settings, timeout_s=5.0
        )
        try:
            reading = registry.reader(type_name, device)()
        finally:
            device.close()
        return reading, server.requests[0]


def test_both_have_headings_of_the_same_levels_in_the_same_order() -> None:
    assert [level for level, _ in headings(ENGLISH)] == [level for level, _ in headings(GERMAN)]
    assert len(headings(ENGLISH)) > 20


def test_both_have_the_same_code_blocks_beside_the_picture() -> None:
    english, german = (
        [(kind, None if kind == PICTURE else text) for kind, text in BLOCK.findall(text_of(name))]
        for name in BOTH
    )
    assert english == german
    assert (PICTURE, None) in english


def test_both_have_tables_of_the_same_shape() -> None:
    english, german = (
        [
            line.count("|")
            for line in BLOCK.sub("", text_of(name)).splitlines()
            if line.startswith("|")
        ]
        for name in BOTH
    )
    assert english == german


def test_the_first_cells_name_the_same_keys_fields_and_messages_in_both() -> None:
    english, german = (
        [
            re.findall(r"`[^`]+`", line.split(" | ")[0])
            for line in BLOCK.sub("", text_of(name)).splitlines()
            if line.startswith("|")
        ]
        for name in BOTH
    )
    assert english == german
    assert ["`energy_wh_a`", "`energy_wh_b`", "`energy_wh_c`"] in english


@pytest.mark.parametrize("content", blocks(ENGLISH, "json"))
def test_each_json_example_is_taken_without_a_problem(tmp_path: Path, content: str) -> None:
    for warning in loaded(tmp_path, content).warnings:
        assert warning == "telegrambot: kept, but this version does not act on them yet"
        assert f"`{warning}`" in text_of(ENGLISH)


def test_the_examples_show_every_kind_of_socket_and_the_other_shape(tmp_path: Path) -> None:
    devices = [
        device
        for content in blocks(ENGLISH, "json")
        for device in loaded(tmp_path, content).devices.values()
    ]
    assert {device.type_name for device in devices} == set(TYPES)
    assert any("cost_calculation" in d.settings and d.cost_day and d.cost_month for d in devices)


def test_the_listed_mistakes_are_what_the_program_says_of_them(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"general": {"price_kwh": "abc"}}')
    fridge = {"type": "shelly:plugs", "ip": "192.168.178.20", "update_time": 0}
    (tmp_path / "devices.json").write_text(json.dumps({"Fridge": fridge}))
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, {"TZ": "Europe/Berlin"}, tmp_path, TYPES)
    listed = "".join(f"  {problem}\n" for problem in raised.value.problems)
    assert f"The configuration is wrong:\n{listed}" in blocks(ENGLISH, "text")


def test_the_example_of_a_handler_reads_a_socket(tmp_path: Path) -> None:
    newer, _, _ = blocks(ENGLISH, "python")
    answer = {"power": 61.5, "total_kwh": 12.25, "voltage": 231.4}
    reading, asked = read_by(newer, tmp_path, "example:meter", answer)
    assert (reading.power_w, reading.counter_wh) == (61.5, 12250.0)
    assert reading.extra == {"voltage": 231.4}
    assert asked.startswith(b"GET /api/meter?channel=2 ")


def test_the_example_of_an_older_handler_reads_a_socket(tmp_path: Path) -> None:
    _, older, _ = blocks(ENGLISH, "python")
    reading, asked = read_by(older, tmp_path, "example:older", {"power": 360.0})
    assert (reading.power_w, reading.energy_wh) == (360.0, 1.0)
    assert asked.startswith(b"GET /api/meter ")


def test_the_example_of_a_provider_tells_prices(tmp_path: Path) -> None:
    (tmp_path / "device_plugin.py").write_text(blocks(ENGLISH, "python")[-1], encoding="utf-8")
    tariffs = built_in()
    _, errors = load_plugins(tmp_path, tariffs=tariffs)
    assert errors == []
    hour = {"start": "2026-11-25T01:00:00+01:00", "cents": 9.12}
    with raw_server([http_answer(json.dumps({"hours": [hour]}).encode())]) as server:
        market = Market(provider="example:market", url=f"http://{server.address}")
        begin = datetime(2026, 11, 25, tzinfo=timezone.utc)
        wish = Wish(begin, begin + timedelta(days=1), begin, ZoneInfo("Europe/Berlin"), tmp_path)
        prices = Asking(tariffs, market, wish).prices(threading.Event())
        assert server.requests[0].startswith(b"GET /v1?from=2026-11-25T00")
    first = int(begin.timestamp()) // 900
    assert prices == dict.fromkeys(range(first, first + 4), 91_200_000)


@EITHER
def test_the_columns_of_the_csv_files_are_listed_in_their_order(name: str) -> None:
    listed = re.findall(r"^\| `(\w+)` \| [^|]+ \|$", text_of(name), re.MULTILINE)
    begin = listed.index(COLUMNS[0])
    assert tuple(listed[begin : begin + len(COLUMNS)]) == COLUMNS


@EITHER
def test_the_providers_of_prices_are_all_there(name: str) -> None:
    listed = re.findall(r"^\| `([\w-]+)` \|(?:[^|]+\|){3}$", text_of(name), re.MULTILINE)
    begin = listed.index("awattar")
    assert sorted(listed[begin : begin + len(BUILT_IN_PROVIDERS)]) == list(BUILT_IN_PROVIDERS)
    assert built_in().names() == BUILT_IN_PROVIDERS


def test_the_line_of_four_watt_hours_is_as_the_program_writes_it(tmp_path: Path) -> None:
    general = loaded(tmp_path, "{}").general
    totals, price = Totals(energy_wh=4.0, good_polls=1, expected_polls=1.0), Decimal("0.30")
    period = Period(us("2026-11-23 23:00"), us("2026-11-24 23:00"))
    report = Report("Charger", "day", period, totals, flat_bill(totals, price))
    assert row(report, general.zone, "€") in blocks(ENGLISH, "text")


@EITHER
def test_each_command_and_option_that_is_named_exists(name: str) -> None:
    named = [found for line in code(name) if (found := re.search(r"python main\.py(.*)", line))]
    for found in named:
        words = found[1].split()
        if words and not words[0].startswith("-"):
            options = {word for word in words if word.startswith("--")}
            assert options <= options_of(words[0]), found[0]
    shown = {found[1].split()[0] for found in named if found[1].split()}
    assert set(COMMANDS) <= shown


@EITHER
def test_each_option_in_the_table_of_commands_is_one_of_its_command(name: str) -> None:
    rows = re.findall(r"^\| `python main\.py ?(\w*).*?` \|(.*)$", text_of(name), re.MULTILINE)
    assert [command or "run" for command, _ in rows] == list(COMMANDS)
    for command, text in rows:
        assert set(re.findall(r"--[a-z-]+", text)) <= options_of(command or "run")


@EITHER
def test_each_make_target_that_is_named_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    named = {target for line in code(name) for target in re.findall(r"^make ([a-z]+)", line)}
    assert {"demo", "run", "test", "lint", "bench"} <= named <= targets


@EITHER
def test_each_link_leads_to_a_file_or_heading(name: str) -> None:
    links = re.findall(r"\]\(([^)]+)\)", text_of(name))
    anchors = {anchor(text) for _, text in headings(name)}
    for link in links:
        if link.startswith("#"):
            assert link[1:] in anchors, link
        elif "://" not in link:
            assert (ROOT / link).is_file(), link
    assert any(link.startswith("#") for link in links)
    assert "source/app.py" in links


@EITHER
def test_each_file_that_a_command_takes_exists(name: str) -> None:
    commands_shown = "\n".join(code(name))
    files = re.findall(r"-[fr] (\S+\.(?:yml|lock))", commands_shown)
    assert {"docker-compose.alone.yml", "requirements.lock"} <= set(files)
    assert [file for file in files if not (ROOT / file).is_file()] == []


@EITHER
def test_docker_is_told_as_the_image_and_the_compose_files_have_it(name: str) -> None:
    volume = stages()[-1].one("VOLUME")
    assert f"`{volume}`" in text_of(name)
    (mount,) = blocks(name, "yaml")
    assert mount.rstrip().endswith(f":{volume}")
    for file in ("docker-compose.yml", "docker-compose.alone.yml"):
        assert f"      - isdl-files:{volume}\n" in text_of(file)
        assert "\n  isdl:\n" in text_of(file)


PROMISES = {ENGLISH: "## What it promises", GERMAN: "## Was es verspricht"}


@EITHER
def test_each_promise_names_tests_that_exist(name: str) -> None:
    section = text_of(name).partition(PROMISES[name])[2].partition("\n## ")[0]
    rows = [line.split("|")[3] for line in section.splitlines() if re.match(r"\| \d", line)]
    assert len(rows) == 10
    faults = {scenario.name for scenario in every_scenario() if scenario.quick}
    for cell in rows:
        named = re.findall(r"`([^`]+)`", cell)
        linked = re.findall(r"\]\(([^)]+)\)", cell)
        assert named or linked
        assert set(named) <= faults
        assert all((ROOT / path).is_file() for path in linked)


def test_contributing_lists_the_layers_as_they_are_tested() -> None:
    assert "".join(f"{' · '.join(names)}\n" for names in LAYERS) in blocks("CONTRIBUTING.md")
