"""Under which names the page may be reached, and whether a request comes from the page itself.

A name of an attacker may lead to this machine (DNS rebinding): his page would then be of the same
origin as ours. An address can't be made to lead elsewhere, so addresses are always well.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from source.config.web import Web

LOCAL_NAMES = frozenset({"localhost"})
DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST = 300
HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_.-]+))(?::([0-9]{1,5}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class HostPort:
    """What a Host header says: a name in small letters or an address, and the port if any."""

    name: str
    port: int | None = None

    @property
    def is_address(self) -> bool:
        return address_of(self.name) is not None

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.name)


def parsed(header: str) -> HostPort | None:
    """The host of a Host header; None where it is none."""
    found = HOST.fullmatch(header) if len(header) <= LONGEST else None
    if found is None:
        return None
    bracketed, name, port = found.groups()
    if bracketed is not None:
        address = address_of(bracketed)
        return HostPort(str(address), _port(port)) if address is not None else None
    return HostPort(name.lower().removesuffix("."), _port(port))


def _port(text: str | None) -> int | None:
    return None if text is None else int(text)


def address_of(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a text is; None for a name. IPv4 within IPv6 comes back as IPv4."""
    try:
        found = ipaddress.ip_address(name)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def is_loopback(name: str) -> bool:
    """Whether a name or an address surely means the machine itself."""
    address = address_of(name)
    return name.lower() in LOCAL_NAMES if address is None else address.is_loopback


def browser_address(peer: str, forwarded: Sequence[str]) -> str:
    """Where a browser is, as its tries are counted: the peer's address, or what a proxy at this
    machine tells of it last (the header X-Forwarded-For; what stands before, anybody may claim).
    """
    told = forwarded[-1].rpartition(",")[2].strip() if forwarded else ""
    address = address_of(told) if is_loopback(peer) else None
    return peer if address is None else str(address)


def own_names(web: Web) -> frozenset[str]:
    """The names under which the page may be reached, besides addresses."""
    machine = socket.gethostname().lower()
    names = {*LOCAL_NAMES, web.host.lower(), machine, f"{machine}.local"}
    return frozenset(names | {name.lower().strip("[]") for name in web.hosts} - {""})


def is_allowed(host: HostPort, names: Iterable[str]) -> bool:
    """Whether the page may be reached under this host."""
    return host.is_address or host.name in names


def is_same_origin(origin: str, host: HostPort, listed: Iterable[str]) -> bool:
    """Whether a page of this origin (or the address of it) is one of ours.

    ``listed`` are the names of ``web.hosts``: a proxy may show the page under one of them, at the
    usual port, and ask us under another.
    """
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return False
    usual = DEFAULT_PORTS[parts.scheme]
    found = parsed(parts.netloc)
    if found is None:
        return False
    if found.name == host.name:
        return (port or usual) == (host.port or usual)
    return found.name in listed and (port or usual) == usual
