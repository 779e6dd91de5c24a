"""Tries each socket, source of market prices and the database once, all at the same time, and says
what came of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial
from queue import Empty, SimpleQueue
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from source.config.models import Database, DeviceConfig
from source.devices.registry import Registry
from source.errors import HandlerFailed, IsdlError
from source.model import Reading
from source.setup import Setup, open_device
from source.tariffs.asking import GRACE_S as ASKING_GRACE_S
from source.tariffs.sources import PriceSource
from source.tariffs.trial import known_text

Result: TypeAlias = Literal["ok", "failed", "disabled", "not tried"]
Outcome: TypeAlias = "Reading | str | IsdlError | None"
"""What a try gave: a socket's reading, what there is to say of the prices, nothing (the database),
or why it failed."""
DATABASE_NAME = "InfluxDB"
DATABASE_LIMIT_S, PRICES_LIMIT_S = 10.0, 10.0
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
    """Why it failed, in words; or what there is to say where it did not."""
    reading: Reading | None = None


@dataclass(frozen=True, slots=True)
class Trials:
    """What came of all tries."""

    sockets: Sequence[Trial]
    """Of each device, in the order of the file."""
    prices: Sequence[Trial]
    """Of each source of market prices."""
    database: Trial | None
    """None where there is none."""


def trials(setup: Setup, network: bool) -> Trials:
    """A trial for everything that the program asks.

    Without ``network`` nothing is tried. Takes as long as the slowest try, a few seconds.
    """
    configuration, registry = setup.configuration, setup.registry
    devices = list(configuration.devices.values())
    enabled = [device for device in devices if device.enabled and network]
    sources = setup.sources()
    actions: dict[str, Callable[[], Outcome]] = {
        _key(device): partial(read_once, device, registry) for device in enabled
    }
    limit_s = max((device.timeout_s for device in enabled), default=0.0) + GRACE_S
    if sources and network:
        actions |= {_prices_key(source): partial(_ask, source, setup) for source in sources}
        limit_s = max(limit_s, PRICES_LIMIT_S + ASKING_GRACE_S + GRACE_S)
    if configuration.database is not None and network:
        actions[DATABASE_NAME] = partial(_check, configuration.database)
        limit_s = max(limit_s, DATABASE_LIMIT_S)
    places = {_key(device): handler_place(device, registry) for device in enabled}
    outcomes = tried(actions, limit_s, places)
    sockets = [_told(_untried_socket(device), outcomes, _key(device)) for device in devices]
    prices = [_told(_untried_prices(one), outcomes, _prices_key(one)) for one in sources]
    if configuration.database is None:
        return Trials(sockets, prices, None)
    database = _told(_untried_database(configuration.database), outcomes, DATABASE_NAME)
    return Trials(sockets, prices, database)


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


def handler_place(device: DeviceConfig, registry: Registry) -> str:
    """A device's handler as the errors that it raises name it."""
    return f"type {device.type_name!r} ({registry.place_of(device.type_name)})"


def read_once(device: DeviceConfig, registry: Registry) -> Reading:
    """One poll over connections of its own. Raises DeviceError."""
    socket, read = open_device(device, registry)
    try:
        return read()
    finally:
        socket.close()


def _prices_key(source: PriceSource) -> str:
    return f"prices {source.name}"


def _ask(source: PriceSource, setup: Setup) -> str:
    configuration = setup.configuration
    now = datetime.now(timezone.utc)
    zone = configuration.general.zone
    files = configuration.files
    return known_text(source, setup.tariffs, now, files, zone, limit_s=PRICES_LIMIT_S)


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


def _untried_prices(source: PriceSource) -> Trial:
    market = source.market
    # The server alone: there are paths that are as good as a password.
    parts = urlsplit(market.url or "")
    server = f"{parts.scheme}://{parts.netloc}" if market.url else ""
    return Trial(source.name, "prices", server or market.file or "", "not tried")


def _untried_database(database: Database) -> Trial:
    return Trial(DATABASE_NAME, "database", f"{database.host}:{database.port}", "not tried")


def _told(trial: Trial, outcomes: Mapping[str, Outcome], key: str) -> Trial:
    if key not in outcomes:
        return trial
    outcome = outcomes[key]
    if isinstance(outcome, IsdlError):
        return replace(trial, result="failed", reason=str(outcome))
    if isinstance(outcome, str):
        return replace(trial, result="ok", reason=outcome)
    return replace(trial, result="ok", reading=outcome)
