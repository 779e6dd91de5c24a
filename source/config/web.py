"""What is configured of the web page: the section ``web`` of config.json, and variables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic.json_schema import SkipJsonSchema

from source.config.address import Host
from source.config.kinds import Control, Flag, Json, Kind
from source.config.quantities import Whole

ROOT_PATH = r"^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?$"
HOST_PATTERN = r"^[^\s/@?#]+$"
MOST_HOSTS = 100


@dataclass(frozen=True, slots=True)
class Listening(Kind):
    """The address that a server listens on; an IPv6 address comes back without brackets."""

    @property
    def allowed(self) -> str:
        return (
            'must be an address of this machine, such as "127.0.0.1" for itself alone or "0.0.0.0"'
            " for the whole network"
        )

    @property
    def type_text(self) -> str:
        return "host"

    @property
    def control(self) -> Control:
        return Control("address", placeholder="127.0.0.1")

    def read(self, value: object) -> str:
        return _host(value, self.allowed).strip("[]")

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "minLength": 1, "pattern": HOST_PATTERN}


@dataclass(frozen=True, slots=True)
class RootPath(Kind):
    """The path below which a proxy shows a page; comes back without a slash at its end."""

    @property
    def allowed(self) -> str:
        return (
            'must be a path such as "/isdl": a slash, then letters, digits, "-", "_", "." and "~",'
            " or empty"
        )

    @property
    def type_text(self) -> str:
        return "text"

    @property
    def control(self) -> Control:
        return Control(placeholder="/isdl")

    def read(self, value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(ROOT_PATH, value):
            raise self.refuse()
        return value.rstrip("/")

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "pattern": ROOT_PATH}


@dataclass(frozen=True, slots=True)
class HostNames(Kind):
    """Names of hosts, in small letters, without doubles."""

    @property
    def allowed(self) -> str:
        return (
            f'must be a list of at most {MOST_HOSTS} host names without ports, such as ["isdl.lan"]'
        )

    @property
    def type_text(self) -> str:
        return "list of hosts"

    @property
    def control(self) -> Control:
        return Control("json", placeholder='["isdl.lan"]')

    def read(self, value: object) -> tuple[str, ...]:
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list | tuple) or len(names) > MOST_HOSTS:
            raise self.refuse()
        return tuple(dict.fromkeys(_host(name, self.allowed).lower() for name in names))

    def schema(self) -> dict[str, Json]:
        name: dict[str, Json] = {"type": "string", "minLength": 1, "pattern": HOST_PATTERN}
        return {"anyOf": [name, {"type": "array", "items": name, "maxItems": MOST_HOSTS}]}

    def written(self, value: Sequence[str]) -> Json:
        return list(value)


def _host(value: object, allowed: str) -> str:
    """With brackets around an IPv6 address. Raises ValueError with ``allowed``."""
    try:
        return Host().read(value)
    except ValueError:
        raise ValueError(allowed) from None


class Web(BaseModel):
    """The section ``web`` of config.json; what a variable says goes first."""

    model_config = ConfigDict(frozen=True)

    enabled: Annotated[bool, Flag()] = Field(
        True, description="Whether there is a web page; false saves its memory."
    )
    host: Annotated[str, Listening()] = Field(
        "127.0.0.1",
        description="Address on which it listens. `127.0.0.1`: only this machine reaches it;"
        " `0.0.0.0`: the whole network does.",
    )
    port: Annotated[int, Whole(0, 65_535)] = Field(
        8080, description="Port on which it listens; 0 for any that is free."
    )
    root_path: Annotated[str, RootPath()] = Field(
        "", description="Path below which a reverse proxy shows it, such as `/isdl`."
    )
    hosts: Annotated[tuple[str, ...], HostNames()] = Field(
        (),
        description="Further names under which browsers may reach it, such as the one of a reverse"
        " proxy.",
    )
    test_any_address: Annotated[bool, Flag()] = Field(
        False,
        description="Whether the test of a socket may ask an address outside of the home network.",
    )
    password: SkipJsonSchema[SecretStr | None] = None
    """From the environment alone; None: the one that was set on the page, if any."""


VARIABLES: Mapping[str, str] = {"WEB": "enabled", "WEB_HOST": "host", "WEB_PORT": "port"}
"""Variable → key of the section."""
PASSWORD_VARIABLE = "WEB_PASSWORD"  # noqa: S105 (the name of a variable)


def kind_of(key: str) -> Kind:
    """The kind of a key of the section."""
    found: list[Any] = Web.model_fields[key].metadata
    return next(one for one in found if isinstance(one, Kind))
