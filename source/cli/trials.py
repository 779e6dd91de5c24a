"""Tries each socket and the database once, all at the same time, and says what came of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from queue import Empty, SimpleQueue
from typing import Literal, TypeAlias

from source.config.models import Configuration, Database, DeviceConfig
from source.devices.registry import Registry
from source.errors import HandlerFailed, IsdlError
from source.model import Reading
from source.setup import open_device

Result: TypeAlias = Literal["ok", "failed", "disabled", "not tried"]
Outcome: TypeAlias = "Reading | IsdlError | None"
"""What a try gave: a socket's reading, nothing (the database), or why it failed."""
DATABASE_NAME = "InfluxDB"
DATABASE_LIMIT_S = 10.0
GRACE_S = 3.0
"""Beside the time that a poll may take; a handler that outlives both has hung."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One subject and what came of its try."""

    name: str
    type_name: str
    address: str
    result: Result
    reason: str = ""
    """Why it failed, in words."""
    reading: Reading | None = None


def trials(
    configuration: Configuration, registry: Registry, network: bool
) -> tuple[list[Trial], Trial | None]:
    """A trial for each device in the order of the file, and one for the database if there is one.

    Without ``network`` nothing is tried. Takes as long as the slowest try, a few seconds.
    """
    devices = list(configuration.devices.values())
    enabled = [device for device in devices if device.enabled and network]
    actions: dict[str, Callable[[], Outcome]] = {
        _key(device): partial(_read, device, registry) for device in enabled
    }
    limit_s = max((device.timeout_s for device in enabled), default=0.0) + GRACE_S
    if configuration.database is not None and network:
        actions[DATABASE_NAME] = partial(_check, configuration.database)
        limit_s = max(limit_s, DATABASE_LIMIT_S)
    places = {_key(device): _place(device, registry) for device in enabled}
    outcomes = tried(actions, limit_s, places)
    sockets = [_told(_untried_socket(device), outcomes, _key(device)) for device in devices]
    if configuration.database is None:
        return sockets, None
    return sockets, _told(_untried_database(configuration.database), outcomes, DATABASE_NAME)


def tried(
    actions: Mapping[str, Callable[[], Outcome]],
    limit_s: float,
    places: Mapping[str, str] | None = None,
) -> dict[str, Outcome]:
    """The outcome of each action; they run at once, each in a thread that is left behind when it
    does not return within ``limit_s``. That is told with what ``places`` says of the action."""
    answers: SimpleQueue[tuple[str, Outcome]] = SimpleQueue()
    for key, action in actions.items():
        threading.Thread(target=_attempt, args=(key, action, answers), daemon=True).start()
    late = f"has not returned within {limit_s:g} s"
    outcomes: dict[str, Outcome] = {
        key: HandlerFailed(f"{place}: {late}" if (place := (places or {}).get(key)) else late)
        for key in actions
    }
    deadline = time.monotonic() + limit_s
    for _ in actions:
        try:
            key, outcome = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            break
        outcomes[key] = outcome
    return outcomes


def _attempt(
    key: str, action: Callable[[], Outcome], answers: SimpleQueue[tuple[str, Outcome]]
) -> None:
    outcome: Outcome = HandlerFailed("ended by an error that is a bug in the program")
    try:
        outcome = action()
    except IsdlError as err:
        outcome = err
    finally:
        answers.put((key, outcome))


def _key(device: DeviceConfig) -> str:
    return f"device {device.name}"


def _place(device: DeviceConfig, registry: Registry) -> str:
    """A device's handler as the errors that it raises name it."""
    return f"type {device.type_name!r} ({registry.place_of(device.type_name)})"


def _read(device: DeviceConfig, registry: Registry) -> Reading:
    socket, read = open_device(device, registry)
    try:
        return read()
    finally:
        socket.close()


def _check(database: Database) -> None:
    # Imported here: without a database its client is not needed.
    from source.sinks.influx import InfluxSink  # noqa: PLC0415

    sink = InfluxSink(database)
    try:
        sink.check()
    finally:
        sink.close()


def _untried_socket(device: DeviceConfig) -> Trial:
    result: Result = "not tried" if device.enabled else "disabled"
    return Trial(device.name, device.type_name, device.ip, result)


def _untried_database(database: Database) -> Trial:
    return Trial(DATABASE_NAME, "database", f"{database.host}:{database.port}", "not tried")


def _told(trial: Trial, outcomes: Mapping[str, Outcome], key: str) -> Trial:
    if key not in outcomes:
        return trial
    outcome = outcomes[key]
    if isinstance(outcome, IsdlError):
        return replace(trial, result="failed", reason=str(outcome))
    return replace(trial, result="ok", reading=outcome)
