"""What is wrong with the configuration is told in German too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from source.config.load import load
from source.config.models import (
    CostCalculation,
    Database,
    DeviceConfig,
    General,
    PowerOn,
    RunRule,
    kinds_of,
)
from source.config.tariffs import Market, PriceSection, Tariff, Window
from source.config.web import Web
from source.errors import ConfigError, Problem
from source.setup import prepare
from source.web.problemtexts import problem_in, sentence_in

MODELS = (
    CostCalculation,
    Database,
    DeviceConfig,
    General,
    Market,
    PowerOn,
    PriceSection,
    RunRule,
    Tariff,
    Web,
    Window,
)
KINDS = [
    pytest.param(kind, id=f"{model.__name__}.{key}")
    for model in MODELS
    for key, kind in kinds_of(model).items()
]
DEVICES: dict[str, Any] = {
    "A": {"type": "shelly:plug", "ip": "http://x"},
    "B": {"ip": "a b", "update_time": 0, "mac": "x"},
    "C": {"ip": "fe80::1", "cost_calc_month": 32, "cost_calc_year": "31.02", "run": {}},
    "D": {"ip": "x", "price_kwh": 1, "tariff": {"price_kwh": 2}, "phases": "three"},
    "E": {"ip": "x", "run": {"start_w": 1, "end_w": 2}, "cost_calculation": []},
    "F": {"ip": "x:99999", "cost_day": True, "cost_calc_day": False},
    "G": {"ip": "x/y", "power_on_counter": {"on_threshold": 1}},
    "H": [],
    "g/h": {"ip": "x"},
    "g:h": {"ip": "x"},
    "_total": {"ip": "x"},
    "\n": {"ip": "x"},
    "I": {"ip": "x", "cost_calc_day": False, "cost_calculation": {"daily": True}},
}
CONFIG: dict[str, Any] = {
    "general": {"timezone": "Europe/Berln", "currency": "", "raw_days": 0, "locale": "xx_YY_"},
    "web": {"host": "http://", "port": -1, "root_path": "x", "hosts": 3, "enabled": "maybe"},
    "tariff": {
        "prices": [
            {"from": "2026-02-30", "windows": [{"from": "22:10", "to": "6"}, 3]},
            {"from": "1000-01-01", "dynamic": {"provider": "tibber"}},
            {"dynamic": {"provider": "csv", "url": "x"}},
            {"windows": 3},
            7,
        ],
        "holidays": "DE-XX",
        "token": "x",
    },
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_allowed_is_told_in_german(kind: Any) -> None:
    english = kind.allowed
    german = sentence_in(english, "de")
    assert german != english
    assert "must" not in german
    assert sentence_in(f"is missing; it {english}", "de") == f"fehlt; der Wert {german}"
    assert sentence_in(english, "en") == english


def test_every_problem_of_files_full_of_mistakes_is_told_in_german(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    (tmp_path / "devices.json").write_text(json.dumps(DEVICES), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, {"DB_NAME": "x", "DB_PORT": "x"}, tmp_path, ["shelly:plug-s"])
    problems = caught.value.problems
    assert len(problems) > 40
    english = [str(one) for one in problems if problem_in(one, "de").allowed == one.allowed]
    assert english == []
    mixed = [problem_in(one, "de").allowed for one in problems]
    assert [text for text in mixed if " must " in text or "such as" in text] == []


@pytest.mark.parametrize("text", ["", "{", "[1,]", "[]", '{"a": 1, "a": 2}', "[" * 99_999, "null"])
def test_files_that_are_no_json_are_told_in_german(tmp_path: Path, text: str) -> None:
    (tmp_path / "devices.json").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, {}, tmp_path, [])
    for one in caught.value.problems:
        assert problem_in(one, "de").allowed != one.allowed


def test_values_in_a_sentence_are_data() -> None:
    problem = Problem("devices.json", "x", "", "must be one of a{word}; did you mean {what}?")
    assert (
        problem_in(problem, "de").allowed
        == "muss eines von diesen sein: a{word}; ist {what} gemeint?"
    )
    assert sentence_in("{what}" * 200, "de") == "{what}" * 200


DOUBTED: dict[str, Any] = {
    "general": {"price_kwh": 30, "nosuch": 1, "tariff": {}, "timezone": "Europe/Berlin"},
    "tariff": {"price_kwh": 0.3, "holidays": "BY"},
    "tarif": 1,
    "telegrambot": {},
}
OF_OLD: dict[str, Any] = {
    "A": {"type": "shelly:plug-s", "ip": "x", "cost_calc_day": "00:15", "update_tme": 3},
}


def test_every_warning_is_told_in_german(tmp_path: Path) -> None:
    nothing = prepare({}, tmp_path).configuration.warnings
    for name, content in (("config.json", DOUBTED), ("devices.json", OF_OLD)):
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    environ = {"DB_IP_ADRESS": "x", "WEB_PROT": "1"}
    found = prepare(environ, tmp_path).configuration.warnings
    assert len(nothing) == 2
    assert len(found) > 8
    assert [one for one in (*nothing, *found) if sentence_in(one, "de") == one] == []
    german = " ".join(sentence_in(one, "de") for one in (*nothing, *found))
    assert "did you mean" not in german
    assert "time zone" not in german
