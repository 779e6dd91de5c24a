"""Every secret of a configuration: what must not stand in a log, nor in a diagnostics file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from pydantic import SecretStr

from source.config.models import Configuration
from source.config.secretwords import is_secret
from source.config.tariffs import Tariff

_LOGIN = re.compile(r"://([^/\s:@]*):([^/\s@]+)@")
"""A user's name and password before an address."""


def secrets_of(configuration: Configuration) -> list[str]:
    """Passwords and tokens: the database's, the page's, those of providers of prices, and what
    plugins' keys call secret, at any depth; each also as it stands in an address."""
    found = [secret for secret in _found(configuration) if secret]
    return [
        *dict.fromkeys(text for one in found for text in (one, quote(one), quote(one, safe="")))
    ]


def _found(configuration: Configuration) -> Iterator[str]:
    if configuration.database is not None:
        yield configuration.database.password.get_secret_value()
    for _, value in configuration.web:
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
    yield from _tokens(configuration.tariff)
    for device in configuration.devices.values():
        yield from _tokens(device.tariff)
        yield from _in(device.settings, is_below=False)


def _tokens(tariff: Tariff | None) -> Iterator[str]:
    for section in () if tariff is None else tariff.sections:
        if section.market is not None and section.market.token is not None:
            yield section.market.token.get_secret_value()


def _in(value: object, *, is_below: bool) -> Iterator[str]:
    """The secret texts in a value of a JSON file; ``is_below`` a key that says so."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _in(one, is_below=is_below or is_secret(str(key)))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _in(one, is_below=is_below)
    elif isinstance(value, str):
        if is_below:
            yield value
        yield from (found[2] for found in _LOGIN.finditer(value))
