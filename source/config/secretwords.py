"""Which keys hold secrets, and how values look without them."""

from __future__ import annotations

import re
from collections.abc import Mapping

SECRET_WORDS = ("password", "passwort", "passwd", "token", "secret", "api_key", "apikey")
HIDDEN = "********"
"""Stands in the place of a secret; where it comes back unchanged the secret stays as it is."""
LOGIN = re.compile(r"://[^/\s]*@")


def is_secret(key: str) -> bool:
    """Whether a key of that name holds something that is shown to nobody."""
    return any(word in key.lower() for word in SECRET_WORDS)


def is_secret_value(value: object) -> bool:
    """Whether a text tells a password by itself: an address with a login in it."""
    return isinstance(value, str) and LOGIN.search(value) is not None


def hidden(value: object, *, below_secret: bool = False) -> object:
    """``value`` of a JSON file with ``HIDDEN`` in the place of each secret."""
    if isinstance(value, Mapping):
        return {
            key: hidden(one, below_secret=below_secret or is_secret(str(key)))
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [hidden(one, below_secret=below_secret) for one in value]
    if value is None or isinstance(value, bool) or value == "":
        return value
    return HIDDEN if below_secret or is_secret_value(value) else value
