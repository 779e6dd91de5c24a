"""Kinds of values that are network addresses."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from source.config.kinds import Control, Json, Kind

HOST = re.compile(r"\w([\w-]*\w)?(\.\w([\w-]*\w)?)*\.?")
PARTS = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(:(?P<port>.*))?", re.DOTALL)
LONGEST_HOST = 253
MAC = "^([0-9A-Fa-f]{2}[:-]?){5}[0-9A-Fa-f]{2}$"


@dataclass(frozen=True, slots=True)
class Address(Kind):
    """A host with or without a port; an IPv6 address stands in brackets."""

    @property
    def allowed(self) -> str:
        return 'must be a host or host:port, such as "192.168.178.20" or "plug.fritz.box:8080"'

    @property
    def type_text(self) -> str:
        return "host or host:port"

    @property
    def control(self) -> Control:
        return Control("address", placeholder="192.168.178.20")

    def read(self, value: object) -> str:
        host, port = _split(value, self.allowed)
        return host if port is None else f"{host}:{port}"

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "minLength": 1, "pattern": r"^[^\s/@?#]+$"}


@dataclass(frozen=True, slots=True)
class Host(Kind):
    """A host alone; comes back with brackets around an IPv6 address."""

    @property
    def allowed(self) -> str:
        return 'must be a host name or an IP address, such as "192.168.178.10" or "influxdb"'

    @property
    def type_text(self) -> str:
        return "host"

    @property
    def control(self) -> Control:
        return Control("address", placeholder="192.168.178.10")

    def read(self, value: object) -> str:
        bare_v6 = isinstance(value, str) and value.count(":") > 1 and not value.startswith("[")
        host, port = _split(f"[{value}]" if bare_v6 else value, self.allowed)
        if port is not None:
            raise ValueError(f"{self.allowed}; the port belongs in DB_PORT")
        return host

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "minLength": 1, "pattern": r"^[^\s/@?#]+$"}


@dataclass(frozen=True, slots=True)
class Mac(Kind):
    """A MAC address; comes back as twelve capital hex digits."""

    @property
    def allowed(self) -> str:
        return 'must be a MAC address of twelve hex digits, such as "E8:DB:84:A1:B2:C3"'

    @property
    def type_text(self) -> str:
        return "MAC address"

    @property
    def control(self) -> Control:
        return Control("mac", placeholder="E8:DB:84:A1:B2:C3")

    def read(self, value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(MAC, value):
            raise self.refuse()
        return re.sub("[^0-9A-F]", "", value.upper())

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "pattern": MAC}


def _split(value: object, allowed: str) -> tuple[str, int | None]:
    """Host and port of ``value``. Raises ValueError with what is wrong and ``allowed``."""
    if not isinstance(value, str) or not value:
        raise ValueError(allowed)
    _refuse_url(value, allowed)
    match = PARTS.fullmatch(value)
    if match is None or match["host"] == "":
        raise ValueError(f"{allowed}; an IPv6 address stands in brackets: [fe80::1]")
    _check_host(match["host"], allowed)
    return match["host"], _port(match["port"], allowed)


def _refuse_url(value: str, allowed: str) -> None:
    if "://" in value:
        raise ValueError(f'{allowed}, without "http://" or the like before it')
    if re.search(r"\s", value):
        raise ValueError(f"{allowed}, without spaces")
    if re.search(r"[/?#]", value):
        raise ValueError(f"{allowed}, without a path behind it")
    if "@" in value:
        raise ValueError(f"{allowed}, without a user or password before it")


def _check_host(host: str, allowed: str) -> None:
    if host.startswith("["):
        good = _parses(ipaddress.IPv6Address, host[1:-1])
    elif re.fullmatch(r"[0-9.]+", host):
        good = _parses(ipaddress.IPv4Address, host)
    elif ":" in host:
        raise ValueError(f"{allowed}; an IPv6 address stands in brackets: [{host}]")
    else:
        good = len(host) <= LONGEST_HOST and HOST.fullmatch(host) is not None
    if not good:
        raise ValueError(allowed)


def _parses(address: type[ipaddress.IPv4Address | ipaddress.IPv6Address], text: str) -> bool:
    try:
        address(text)
    except ValueError:
        return False
    return True


def _port(text: str | None, allowed: str) -> int | None:
    if text is None:
        return None
    if ":" in text:
        raise ValueError(f"{allowed}; an IPv6 address stands in brackets: [fe80::1]")
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65_535:
        raise ValueError(f"{allowed}; a port is a number from 1 to 65535")
    return int(text)
