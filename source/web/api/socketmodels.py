"""What goes in and out of the endpoints of the sockets."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

LONGEST_NAME = 1_000
"""Characters; what is allowed the configuration says itself, in words."""


class SocketState(BaseModel):
    """A socket as it stands in devices.json."""

    name: str
    entry: dict[str, Any]
    """Secrets are shown as ``********``; one that comes back so stays what it is."""
    other: dict[str, Any]
    """The part of it that no form knows: what plugins need."""
    state: str
    """ok, failing, off-line, waiting, stuck or disabled."""


class SocketType(BaseModel):
    """A type that sockets may have."""

    name: str
    built_in: bool
    vendor: str
    model: str


class SocketList(BaseModel):
    """All sockets, and what they may be."""

    revision: str
    sockets: list[SocketState]
    types: list[SocketType]
    plugin_errors: list[str]
    """Of device_plugin.py; the types of it that did load are among ``types``."""


class NewSocket(BaseModel):
    """A socket to be added."""

    name: str = Field(max_length=LONGEST_NAME)
    entry: dict[str, Any]
    revision: str | None = None
    like: str | None = None
    """The socket that it is a copy of; hidden secrets are taken from there."""


class ChangedSocket(BaseModel):
    """The whole entry of a socket."""

    entry: dict[str, Any]
    revision: str | None = None
    rename_to: str | None = Field(None, max_length=LONGEST_NAME)


class Tested(BaseModel):
    """An entry to be tried, saved or not."""

    entry: dict[str, Any]
    device: str | None = None
    """The socket that it is of; hidden secrets are taken from there."""


class PhaseNow(BaseModel):
    """One phase."""

    name: str
    power_w: float | None
    voltage_v: float | None
    current_a: float | None
    power_factor: float | None


class TestResult(BaseModel):
    """What came of asking a socket; null where it does not tell."""

    __test__ = False  # no class of tests

    ok: bool
    reason: str | None
    """Why it failed, in words."""
    hint: str | None
    """What to do about it."""
    type: str | None
    """The type that reads such a device."""
    model: str | None
    mac: str | None
    firmware: str | None
    power_w: float | None
    counter_wh: float | None
    counter_returned_wh: float | None
    temperature_c: float | None
    voltage_v: float | None
    phases: list[PhaseNow] | None
    took_ms: int
