"""The demo's folder: made by it, told apart from a real one, and continued by the next run."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click

from source.cli.history import Home
from source.config.devices import DEVICES_FILE
from source.config.general import CONFIG_FILE
from source.journal.reader import JournalReader
from source.journal.schema import JOURNAL_FILE
from source.reports.overview import running_pid

MARK_FILE = "demo.json"
"""Stands in every folder that a demo made, and holds what its sockets follow from."""
GENERAL = {
    "log_level": "info",
    "cost_calc_request_time": "00:00",
    "price_kwh": 0.30,
    "currency": "€",
}
WASHING_MACHINE = {
    "power_on_counter": {
        "on_threshold": 10,
        "off_threshold": 2,
        "daily": True,
        "monthly": True,
        "yearly": True,
    },
    "run": {"start_w": 5, "end_w": 2, "end_after_s": 300},
}
EXTRAS: Mapping[str, Mapping[str, Any]] = {"Washing machine": WASHING_MACHINE}
"""What some sockets of the house have in devices.json beside their reports."""


def open_folder(folder: Path, new_home: Callable[[], Home]) -> Home:
    """The home whose sockets fill this folder; a new or empty folder becomes that of ``new_home``.

    Raises UsageError for a folder that holds anything else: it may be somebody's real one.
    """
    mark = folder / MARK_FILE
    try:
        if mark.exists():
            return _marked_home(mark)
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise click.UsageError(
                f"{folder} was not made by the demo, and it is not empty: nothing was changed. Name"
                " another folder with --files, or leave that out."
            )
        home = new_home()
        _write(mark, asdict(home))
    except OSError as err:
        raise click.UsageError(f"{folder} can't be used: {err}") from err
    return home


def _marked_home(mark: Path) -> Home:
    try:
        content = json.loads(mark.read_text("utf-8"))
        return Home(float(content["begin_s"]), float(content["utc_offset_s"]))
    except (ValueError, TypeError, KeyError) as err:
        raise click.UsageError(
            f"{mark} can't be read ({err}): delete the folder {mark.parent} to begin anew"
        ) from err


def refuse_beside_another(folder: Path, now_us: int) -> None:
    """Raises UsageError where a demo, or a daemon, is at work in this folder."""
    journal = folder / JOURNAL_FILE
    if not journal.exists():
        return
    with JournalReader(journal) as reader:
        pid = running_pid(reader, now_us)
    if pid is not None and _is_alive(pid):
        raise click.UsageError(
            f"{folder} is in use: process {pid} works in it. Stop that one first."
        )


def _is_alive(pid: int) -> bool:
    """False where it was killed and left its last sign of life behind."""
    if os.name == "nt":  # there this kill would really kill
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def config_json(today: date) -> dict[str, Any]:
    """Settings with a tariff as many houses have it, whose prices changed this month."""
    day, night = {"price_kwh": 0.34}, {"from": "22:00", "to": "06:00", "price_kwh": 0.27}
    old = {**day, "base_price_month": 12.90, "feed_in_kwh": 0.082, "windows": [night]}
    new = {
        "from": today.replace(day=1).isoformat(),
        "price_kwh": 0.31,
        "base_price_month": 13.90,
        "feed_in_kwh": 0.078,
        "windows": [{**night, "price_kwh": 0.25}],
    }
    return {"general": GENERAL, "tariff": {"prices": [old, new]}}


def write_configuration(
    folder: Path, sockets: Mapping[str, Mapping[str, Any]], today: date
) -> None:
    """config.json where there is none, and in devices.json where the sockets are served today.

    What a user has changed or added there stays. Raises UsageError.
    """
    try:
        if not (folder / CONFIG_FILE).exists():
            _write(folder / CONFIG_FILE, config_json(today))
        devices = folder / DEVICES_FILE
        known = json.loads(devices.read_text("utf-8")) if devices.exists() else {}
        entries = {
            name: {**entry, **EXTRAS.get(name, {}), **known.pop(name, {})}
            for name, entry in sockets.items()
        }
        addresses = {name: {"ip": entry["ip"]} for name, entry in sockets.items()}
        _write(devices, {n: e | addresses[n] for n, e in entries.items()} | known)
    except (OSError, ValueError, TypeError, AttributeError) as err:
        raise click.UsageError(
            f"{folder / DEVICES_FILE} can't be brought up to date: {err}"
        ) from err


def _write(path: Path, content: object) -> None:
    """The whole file or none of it."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    fresh.replace(path)
