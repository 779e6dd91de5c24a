"""Which keys hold secrets, and how values look without them."""

from __future__ import annotations

import re
from collections.abc import Mapping

SECRET_WORDS = (
    "password",
    "passwort",
    "passwd",
    "passphrase",
    "token",
    "secret",
    "api_key",
    "apikey",
    "auth_key",
    "private_key",
    "credential",
    "authorization",
)
SHORT_WORDS = r"(?<![a-z])(?:pass|pwd|pw|psk)(?![a-z])"
"""As words of their own: not those of ``passive``."""
HIDDEN = "********"
"""Stands in the place of a secret; where it comes back unchanged the secret stays as it is."""
LOGIN = re.compile(r"://[^/\s]*@")
QUERY = re.compile(rf"[?&][\w-]{{0,40}}(?:{'|'.join(SECRET_WORDS)})[\w-]{{0,40}}=.", re.IGNORECASE)
HEADER = re.compile(r"\s*(?:bearer|basic)\s+\S", re.IGNORECASE)
_SHORT = re.compile(SHORT_WORDS)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def is_secret(key: str) -> bool:
    """Whether a key of that name holds something that is shown to nobody."""
    small = key.lower()
    if any(word in small for word in SECRET_WORDS):
        return True
    return _SHORT.search(_HUMP.sub("_", key).lower()) is not None


def is_secret_value(value: object) -> bool:
    """Whether a text tells a secret by itself: an address with a login or a token in it, or what a
    header says to log in."""
    if not isinstance(value, str):
        return False
    found = LOGIN.search(value) or QUERY.search(value) or HEADER.match(value)
    return found is not None


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
