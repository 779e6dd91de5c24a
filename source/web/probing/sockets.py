"""Asks one socket that is not saved yet: who it is, and what it measures now."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from source.config.models import DeviceConfig
from source.devices.http import HttpClient
from source.devices.registry import Registry
from source.errors import BadPayload, DeviceDenied, DeviceError, IsdlError
from source.model import Reading
from source.trials import GRACE_S, handler_place, read_once, tried
from source.web.probing import reasons
from source.web.probing.addresses import Target, addresses_of, is_home, pinned, reachable
from source.web.probing.identity import Identity, ask
from source.web.probing.reasons import Failure

LONGEST_S = 10.0
"""For each step of a test, whatever the entry's own time limit is: somebody waits for it."""


class AddressRefused(IsdlError):
    """The address is outside of the home network."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason.text)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Probed:
    """What came of the test of a socket."""

    failure: Failure | None = None
    """Why it failed; None where it is well."""
    proposed: str | None = None
    """The type that reads such a device."""
    identity: Identity | None = None
    reading: Reading | None = None
    took_ms: int = 0


def probe(
    device: DeviceConfig, registry: Registry, *, has_type: bool = True, any_address: bool = False
) -> Probed:
    """Ask the socket of an entry; takes some seconds at most, whatever answers.

    Without ``has_type`` the device's type is the one that its answer proposes. Raises
    AddressRefused, before anything is connected.
    """
    began = time.monotonic()
    found = _probed(device, registry, has_type=has_type, any_address=any_address)
    return replace(found, took_ms=round((time.monotonic() - began) * 1000))


def _probed(
    device: DeviceConfig, registry: Registry, *, has_type: bool, any_address: bool
) -> Probed:
    asked, target = device.ip, Target.of(device.ip)
    limit_s = min(device.timeout_s, LONGEST_S)
    try:
        allowed = _allowed(addresses_of(target, limit_s), asked, any_address=any_address)
    except (OSError, UnicodeError) as err:
        return Probed(reasons.unreachable(err, asked, limit_s))
    if has_type and not registry.is_built_in(device.type_name):
        there = replace_address(device, pinned(allowed[0], target.port), limit_s)
        return _by_own_type(there, registry)
    try:
        address = reachable(allowed, target.port, limit_s)
    except OSError as err:
        return Probed(reasons.unreachable(err, asked, limit_s))
    there = replace_address(device, pinned(address, target.port), limit_s)
    return _by_built_in_type(there, registry, asked, has_type=has_type)


def replace_address(device: DeviceConfig, address: str, timeout_s: float) -> DeviceConfig:
    """The device at another address; the entry that handlers see as well."""
    settings = {**device.settings, "ip": address}
    return device.model_copy(update={"ip": address, "timeout_s": timeout_s, "settings": settings})


def _allowed(addresses: Sequence[str], asked: str, *, any_address: bool) -> list[str]:
    """Those that may be connected to. Raises AddressRefused where there is none."""
    allowed = [one for one in addresses if any_address or is_home(one)]
    if not allowed:
        raise AddressRefused(reasons.foreign(asked))
    return allowed


def _by_built_in_type(
    device: DeviceConfig, registry: Registry, asked: str, *, has_type: bool
) -> Probed:
    try:
        identity = _identified(device)
    except DeviceError as err:
        if not isinstance(err, BadPayload | DeviceDenied):
            return Probed(reasons.unreachable(err.__cause__, asked, device.timeout_s))
        identity = None  # something answers; what its type makes of it tells more
    proposed = identity.type_name(registry.names()) if identity is not None else None
    if not has_type and proposed is None:
        return Probed(reasons.without_type(identity), None, identity)
    wanted = device if has_type else _of_type(device, proposed or "")
    return _read(wanted, registry, identity, proposed)


def _by_own_type(device: DeviceConfig, registry: Registry) -> Probed:
    """First as its handler does it: the device may speak something else than HTTP."""
    found = _read(device, registry, None, None)
    identity = None
    with contextlib.suppress(DeviceError):
        identity = _identified(device, min(device.timeout_s, 2.0))
    proposed = identity.type_name(registry.names()) if identity is not None else None
    return replace(found, identity=identity, proposed=proposed)


def _of_type(device: DeviceConfig, type_name: str) -> DeviceConfig:
    settings = {**device.settings, "type": type_name}
    return device.model_copy(update={"type_name": type_name, "settings": settings})


def _identified(device: DeviceConfig, timeout_s: float | None = None) -> Identity | None:
    http = HttpClient(device.ip, timeout_s or device.timeout_s)
    try:
        return ask(http)
    finally:
        http.close()


def _read(
    device: DeviceConfig, registry: Registry, identity: Identity | None, proposed: str | None
) -> Probed:
    outcome = tried(
        {"": partial(read_once, device, registry)},
        device.timeout_s + GRACE_S,
        {"": handler_place(device, registry)},
    )[""]
    if isinstance(outcome, Reading):
        failure = _of_another(device, outcome.mac or (identity.mac if identity else ""))
        return Probed(failure, proposed, identity, outcome)
    if isinstance(outcome, DeviceError):
        own = not registry.is_built_in(device.type_name)
        failure = reasons.unread(outcome, device.type_name, identity, proposed, own=own)
        return Probed(failure, proposed, identity)
    raise AssertionError(outcome)


def _of_another(device: DeviceConfig, mac: str) -> Failure | None:
    if device.mac is None or not mac or mac == device.mac:
        return None
    return reasons.other_mac(mac, device.mac)
