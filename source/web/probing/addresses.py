"""Where a test may connect to: the addresses of a host, and which of them are of the home network.

A name is looked up once, here; the test then goes to the address that was looked at. A name server
that answers differently the next time changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from source.devices.names import Names

DEFAULT_PORT = 80
HOME = tuple(
    ipaddress.ip_network(one)
    for one in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)
"""Private ranges, loopback and link-local."""
CLOUD = frozenset(
    ipaddress.ip_address(one) for one in ("169.254.169.254", "169.254.170.2", "fd00:ec2::254")
)
"""Where a rented machine is told its own secrets; no socket of a house is there."""


@dataclass(frozen=True, slots=True)
class Target:
    """A host and port as the file has them."""

    host: str
    port: int

    @classmethod
    def of(cls, address: str) -> Target:
        """From a checked ``host`` or ``host:port``."""
        parts = urlsplit(f"//{address}")
        return cls(parts.hostname or "", parts.port or DEFAULT_PORT)


def addresses_of(target: Target, timeout_s: float) -> list[str]:
    """The IP addresses of a host, the system's favourite first.

    Raises TimeoutError, socket.gaierror, UnicodeError, OSError.
    """
    found = Names(target.host, target.port).addresses(timeout_s)
    return list(dict.fromkeys(_text(place) for _, place in found))


def _text(place: Sequence[object]) -> str:
    host = str(place[0])
    scope = place[3] if len(place) > 3 else 0
    return f"{host}%{scope}" if scope and "%" not in host else host


def is_home(address: str) -> bool:
    """Whether an IP address is one of a private range, of this machine, or link-local."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    place = mapped or found
    if place in CLOUD:
        return False
    return any(place.version == net.version and place in net for net in HOME)


def pinned(address: str, port: int) -> str:
    """The address as an entry of devices.json has it."""
    literal = f"[{address}]" if ":" in address else address
    return literal if port == DEFAULT_PORT else f"{literal}:{port}"


def reachable(addresses: Sequence[str], port: int, timeout_s: float) -> str:
    """The first address that takes a connection; each has its share of the time.

    Raises the OSError of the first one where none does.
    """
    deadline = time.monotonic() + timeout_s
    error: OSError | None = None
    for untried, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
        share_s = max(0.05, (deadline - time.monotonic()) / untried)
        try:
            # Closed at once: what follows connects anew, to this address.
            socket.create_connection((address, port), share_s).close()
        except OSError as err:
            error = error or err
        else:
            return address
    raise error or OSError("no address")
