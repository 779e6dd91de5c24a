"""The socket that the page listens on, and whether it could listen elsewhere."""

from __future__ import annotations

import socket
from collections.abc import Collection, Mapping
from typing import Any

from source.config.findings import shown
from source.config.general import CONFIG_FILE
from source.config.web import Web, kind_of
from source.config.webreading import WEB
from source.errors import Problem
from source.web.texts import N_

BACKLOG = 64
NOT_OURS = N_("is no address of this machine ({cause}); the page would be gone")
NOT_FREE = N_("can't be listened on ({cause}); the page would be gone")


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.create_server((host, port), family=family, backlog=BACKLOG)
    # Connections have it from their listener; without it each answer waits 40 ms for its body.
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return found


def unusable(wanted: Mapping[str, Any], now: Web, fixed: Collection[str]) -> list[Problem]:
    """Why the page could not listen where a section ``web`` wants it to; what stays as it is, what
    the environment has ``fixed`` and what is wrong otherwise is not looked at."""
    host, port = (_value(key, wanted, now, fixed) for key in ("host", "port"))
    if host is None or port is None:
        return []
    if host != now.host and (cause := _cause(host, 0)):
        return [Problem(CONFIG_FILE, f"{WEB}.host", shown(host), NOT_OURS.format(cause=cause))]
    if port != now.port and (cause := _cause(host, port)):
        return [Problem(CONFIG_FILE, f"{WEB}.port", shown(port), NOT_FREE.format(cause=cause))]
    return []


def _value(key: str, wanted: Mapping[str, Any], now: Web, fixed: Collection[str]) -> Any:
    """None where it is wrong, which is told elsewhere."""
    if key in fixed:
        return getattr(now, key)
    if wanted.get(key) is None:
        return Web.model_fields[key].default
    try:
        return kind_of(key).read(wanted[key])
    except ValueError:
        return None


def _cause(host: str, port: int) -> str:
    try:
        listening(host, port).close()
    except (OSError, UnicodeError) as err:
        told = getattr(err, "strerror", None) or str(err)
        return str(told).partition(" (while")[0]  # Python adds the address, which is told anyway
    return ""
