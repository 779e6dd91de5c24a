"""The file name that belongs to a device's name."""

from __future__ import annotations

import hashlib
import re
import unicodedata

LIMIT_BYTES = 120
HASH_DIGITS = 8
REPLACEMENT = "_"
FORBIDDEN = frozenset('/\\:*?"<>|')
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories: controls, formatting, half characters, line and paragraph separators."""
RESERVED = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³])\s*(\.|$)", re.IGNORECASE)
"""Names that Windows keeps for devices of its own, with or without an ending."""


def file_stem(device_name: str) -> str:
    """The safe first part of the names of a device's files, at most 120 bytes of UTF-8.

    Plain names come back unchanged. Two names may have one stem: see ``comparable``.
    """
    kept = "".join(REPLACEMENT if _is_unsafe(char) else char for char in device_name)
    stem = kept.strip().rstrip(". ")
    if stem.startswith("."):
        stem = REPLACEMENT + stem[1:]
    if not stem:
        return f"device{REPLACEMENT}{_digest(device_name)}"
    if RESERVED.match(stem):
        stem = REPLACEMENT + stem
    encoded = stem.encode()
    if len(encoded) <= LIMIT_BYTES:
        return stem
    tail = REPLACEMENT + _digest(device_name)
    return encoded[: LIMIT_BYTES - len(tail)].decode(errors="ignore") + tail


def comparable(stem: str) -> str:
    """Equal for two stems that some file system takes for one name: capitals, composed letters."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", stem).casefold())


def _is_unsafe(char: str) -> bool:
    return char in FORBIDDEN or unicodedata.category(char) in INVISIBLE


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:HASH_DIGITS]
