"""From an entry of a form, whole or half filled in, to the device that is to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from source.config.devices import DEVICE_KEYS, DEVICES_FILE, device_of
from source.config.findings import Findings
from source.config.models import OLDEST_TYPE, DeviceConfig
from source.config.prices import Markets
from source.config.registered import Registered
from source.config.secretwords import HIDDEN
from source.errors import Problem
from source.setup import Setup
from source.web.errors import ApiError
from source.web.texts import N_

ASKED = ("type", "ip", "update_time", "timeout_s", "mac")
"""Keys of an entry that asking the socket depends on; a mistake in another one does not matter."""
NAME = "socket"
WRONG = N_("The socket can't be asked like this.")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device that is not saved yet."""

    device: DeviceConfig
    has_type: bool
    """False: it is to be found out."""

    def at_ip(self, allowed: str) -> list[Problem]:
        """A problem of its address."""
        return [Problem(DEVICES_FILE, "ip", self.device.ip, allowed)]


def candidate(
    entry: Mapping[str, Any], stored: Mapping[str, Any] | None, setup: Setup
) -> Candidate:
    """The device of an entry; hidden secrets are those of the ``stored`` one.

    Raises ApiError with the problems of what is asked for, by the keys of the entry.
    """
    kept = {
        key: _revealed(value, (stored or {}).get(key))
        for key, value in entry.items()
        if value is not None and (key in ASKED or key not in DEVICE_KEYS)
    }
    has_type = bool(str(kept.get("type") or "").strip())
    if not has_type:
        kept["type"] = OLDEST_TYPE
    findings = Findings()
    types = Registered("types", "this socket fails", setup.registry.names())
    markets = Markets(Registered("providers", "", ()))
    general = setup.configuration.general
    device = device_of(NAME, kept, general, types, markets, findings.at(DEVICES_FILE))
    if device is None or findings.problems:
        raise ApiError(422, "invalid", WRONG, [_of_entry(one) for one in findings.problems])
    return Candidate(device, has_type)


def _revealed(value: Any, stored: object) -> Any:
    """``value`` with the stored secret in the place of each hidden one."""
    if isinstance(value, Mapping):
        old = stored if isinstance(stored, Mapping) else {}
        return {key: _revealed(one, old.get(key)) for key, one in value.items()}
    if isinstance(value, list):
        olds = stored if isinstance(stored, list) else []
        padded = [*olds, *[None] * len(value)]
        return [_revealed(one, old) for one, old in zip(value, padded, strict=False)]
    return stored if value == HIDDEN and stored is not None else value


def _of_entry(problem: Problem) -> Problem:
    key = problem.key.removeprefix(f"{NAME}.")
    return Problem(problem.source, key, problem.value, problem.allowed)
