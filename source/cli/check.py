"""Command ``check``: is the configuration right, and do all answer that the program asks?"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import click

from source.cli.options import files_option, folder_of, json_option
from source.cli.output import print_json, print_table
from source.cli.writable import folder_problems
from source.config.models import Configuration
from source.errors import ConfigError, PluginError, Problem
from source.model import Reading
from source.plaintext import NAME_CELLS, Column, visible
from source.setup import load_all_plugins, prepare
from source.text import shorten
from source.trials import Trial, trials

WELL, WRONG = 0, 2
COLUMNS = (
    Column("name", longest=NAME_CELLS),
    Column("type"),
    Column("address"),
    Column("result"),
    Column("reading, or reason"),
)


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a check found out."""

    configuration: Configuration
    plugin_errors: Sequence[PluginError]
    sockets: Sequence[Trial]
    prices: Sequence[Trial]
    database: Trial | None
    problems: Sequence[Problem]
    warnings: Sequence[str]

    @property
    def trials(self) -> list[Trial]:
        return [*self.sockets, *self.prices, *([self.database] if self.database else [])]

    @property
    def failures(self) -> int:
        failed = sum(trial.result == "failed" for trial in self.trials)
        return failed + len(self.plugin_errors) + len(self.problems)


@click.command()
@click.option("--no-network", is_flag=True, help="Try neither sockets, prices nor database.")
@json_option
@files_option
def check(no_network: bool, as_json: bool, files: Path | None) -> int:
    """Validate the configuration; try each socket, source of market prices and the database once.

    Exits with 0 when all is well, and with 2 when something is wrong or does not answer.
    """
    try:
        # A plugin that prints must not spoil what is printed here.
        with redirect_stdout(sys.stderr):
            found = _found(files, network=not no_network)
    except ConfigError as err:
        _print_refusal(err, files, as_json)
        return WRONG
    if as_json:
        print_json(_as_object(found))
    else:
        _print(found)
    return WRONG if found.failures else WELL


def _found(files: Path | None, network: bool) -> Findings:
    setup = prepare(os.environ, files)
    configuration = setup.configuration
    found = trials(setup, network)
    return Findings(
        configuration,
        setup.plugin_errors,
        found.sockets,
        found.prices,
        found.database,
        problems=folder_problems(configuration.files),
        warnings=[*configuration.warnings, *setup.replaced()],
    )


def _print_refusal(err: ConfigError, files: Path | None, as_json: bool) -> None:
    """The problems of all files; of the plugin file as well, since nothing else was tried."""
    with redirect_stdout(sys.stderr):
        _, _, plugin_errors = load_all_plugins(folder_of(files))
    if as_json:
        print_json(_refusal_object(err, plugin_errors))
        return
    lines = [str(problem) for problem in err.problems]
    lines += [_plugin_line(error) for error in plugin_errors]
    click.echo("\n".join(["The configuration is wrong:", *(f"  {line}" for line in lines)]))


def _print(found: Findings) -> None:
    configuration = found.configuration
    click.echo(f"Files: {configuration.files}")
    rows = [_row(trial) for trial in found.trials]
    if rows:
        click.echo("")
        print_table(COLUMNS, rows)
    if not configuration.devices:
        click.echo("No socket is configured: add one to devices.json, see the README.")
    if configuration.database is None:
        click.echo("\nNo DB_* is set: points stay in the journal alone.")
    _print_list("Warnings", found.warnings)
    plugin_lines = [_plugin_line(error) for error in found.plugin_errors]
    _print_list("Problems", [*plugin_lines, *map(str, found.problems)])
    click.echo(f"\n{_verdict(found.failures)}")


def _print_list(head: str, lines: Sequence[str]) -> None:
    if lines:
        click.echo("\n".join([f"\n{head}:", *(f"  {visible(line)}" for line in lines)]))


def _verdict(failures: int) -> str:
    if not failures:
        return "All is well."
    return "1 thing is wrong." if failures == 1 else f"{failures} things are wrong."


def _plugin_line(error: PluginError) -> str:
    return f"plugin: {error}"


def _row(trial: Trial) -> tuple[str, ...]:
    told = reading_text(trial.reading) if trial.reading else trial.reason
    return (trial.name, trial.type_name, trial.address, trial.result, told)


def reading_text(reading: Reading) -> str:
    """Power and counters, with their units; where there is neither, what else there is."""
    parts = _power_parts(reading)
    if reading.counter_wh is not None:
        parts.append(f"counter {reading.counter_wh:.1f} Wh")
    if reading.counter_returned_wh is not None:
        parts.append(f"returned {reading.counter_returned_wh:.1f} Wh")
    if reading.energy_wh is not None:
        parts.append(f"energy {reading.energy_wh:.1f} Wh")
    if not parts:
        parts = _other_parts(reading)
    if reading.is_valid is False:
        parts.append("not valid, says the socket")
    return shorten(", ".join(parts))


def _power_parts(reading: Reading) -> list[str]:
    power_w = power_of(reading)
    if power_w is None:
        return []
    told = f"{power_w:.1f} W"
    return [told] if reading.power_w is not None else [told, "no energy is measured"]


def power_of(reading: Reading) -> float | None:
    """The power in W, also one that no energy follows from: it is a further field then."""
    if reading.power_w is not None:
        return reading.power_w
    power_w = reading.extra.get("power")
    return power_w if isinstance(power_w, float) else None


def _other_parts(reading: Reading) -> list[str]:
    parts = [f"{name} {value}" for name, value in reading.extra.items()]
    return parts + ([f"phases {', '.join(reading.phases)}"] if reading.phases else [])


def _as_object(found: Findings) -> dict[str, object]:
    return {
        "ok": not found.failures,
        "files": str(found.configuration.files),
        "problems": [_problem_object(problem) for problem in found.problems],
        "plugin_errors": [str(error) for error in found.plugin_errors],
        "warnings": list(found.warnings),
        "devices": [_socket_object(trial) for trial in found.sockets],
        "prices": [_prices_object(trial) for trial in found.prices],
        "database": _database_object(found.database),
    }


def _refusal_object(err: ConfigError, plugin_errors: Sequence[PluginError]) -> dict[str, object]:
    """As ``_as_object``, without what was not reached."""
    return {
        "ok": False,
        "problems": [_problem_object(problem) for problem in err.problems],
        "plugin_errors": [str(error) for error in plugin_errors],
    }


def _problem_object(problem: Problem) -> dict[str, object]:
    return {
        "file": problem.source,
        "key": problem.key,
        "value": problem.value,
        "allowed": problem.allowed,
    }


def _socket_object(trial: Trial) -> dict[str, object]:
    reading = trial.reading or Reading()
    return {
        "device": trial.name,
        "type": trial.type_name,
        "address": trial.address,
        "result": trial.result.replace(" ", "_"),
        "reason": trial.reason,
        "power_w": power_of(reading),
        "counter_wh": reading.counter_wh,
        "counter_returned_wh": reading.counter_returned_wh,
    }


def _prices_object(trial: Trial) -> dict[str, object]:
    result = trial.result.replace(" ", "_")
    return {"source": trial.name, "result": result, "reason": trial.reason}


def _database_object(trial: Trial | None) -> dict[str, object] | None:
    if trial is None:
        return None
    result = trial.result.replace(" ", "_")
    return {"address": trial.address, "result": result, "reason": trial.reason}
