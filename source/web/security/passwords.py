"""Passwords: how they are kept, and whether one is right."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import threading
import unicodedata

COST, BLOCK, LANES = 2**14, 8, 5
"""16 MB and about a fifth of a second on a small machine; as OWASP advises for scrypt."""
MOST_COST, MOST_BLOCK, MOST_LANES = 2**17, 16, 16
MEMORY_BYTES = 256 * 1024 * 1024
SALT_BYTES, HASH_BYTES = 16, 32
SHORTEST, LONGEST = 8, 1000
_one_at_a_time = threading.Lock()
"""Many logins at once must not take the memory of a small machine."""


def hashed(password: str) -> str:
    """What is stored: the parameters, a salt of its own and the scrypt hash."""
    salt = secrets.token_bytes(SALT_BYTES)
    found = _scrypt(password, salt, COST, BLOCK, LANES, HASH_BYTES)
    return f"scrypt${COST}${BLOCK}${LANES}${_text(salt)}${_text(found)}"


def is_right(password: str, stored: str) -> bool:
    """Whether ``stored`` was made of it; False too where what is stored is no such hash."""
    try:
        name, cost, block, lanes, salt, wanted = stored.split("$")
        numbers = int(cost), int(block), int(lanes)
        salt_bytes, wanted_bytes = _bytes(salt), _bytes(wanted)
    except (ValueError, binascii.Error):
        return False
    if name != "scrypt" or len(wanted_bytes) < HASH_BYTES or not _is_sane(*numbers):
        return False
    found = _scrypt(password, salt_bytes, *numbers, len(wanted_bytes))
    return hmac.compare_digest(found, wanted_bytes)


def is_same(one: str, other: str) -> bool:
    """Whether two passwords are the same, in a time that tells neither length nor beginning."""
    return hmac.compare_digest(_digest(one), _digest(other))


def _is_sane(cost: int, block: int, lanes: int) -> bool:
    is_power = cost > 1 and cost & (cost - 1) == 0
    return is_power and cost <= MOST_COST and 0 < block <= MOST_BLOCK and 0 < lanes <= MOST_LANES


def _scrypt(password: str, salt: bytes, cost: int, block: int, lanes: int, length: int) -> bytes:
    with _one_at_a_time:
        return hashlib.scrypt(
            _normal(password),
            salt=salt,
            n=cost,
            r=block,
            p=lanes,
            maxmem=MEMORY_BYTES,
            dklen=length,
        )


def _normal(password: str) -> bytes:
    """The same bytes from every keyboard: ä may be one character or two."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _digest(password: str) -> bytes:
    return hashlib.sha256(_normal(password)).digest()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
