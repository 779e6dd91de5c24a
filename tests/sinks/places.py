"""Where the sinks of these tests write to, and what they write."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import SecretStr

from source.config.models import Database
from source.model import FieldValue, Point

DEADLINE_S = 20.0


def database(port: int, name: str = "home", **changes: Any) -> Database:
    """Configuration of a database on this machine."""
    values: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "user_name": "logger",
        "name": name,
        "password": SecretStr("s3cret-password"),
        "ssl": False,
        "verify_ssl": False,
    }
    return Database.model_validate({**values, **changes})


def until(condition: Callable[[], object]) -> None:
    """Return when the condition holds; fail after a while."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.005)


def by_key(points: Iterable[Point]) -> dict[tuple[str, int], dict[str, FieldValue]]:
    """Fields by (device, time in ns), as a database holds them."""
    return {(point.device, point.time_us * 1000): dict(point.fields) for point in points}


def as_floats(
    stored: Mapping[tuple[str, int], Mapping[str, Any]],
) -> dict[tuple[str, int], dict[str, FieldValue]]:
    """What the server's JSON gives: 5.0 comes as 5 there, whatever the field's type is."""
    return {
        key: {name: float(v) if type(v) is int else v for name, v in fields.items()}
        for key, fields in stored.items()
    }
