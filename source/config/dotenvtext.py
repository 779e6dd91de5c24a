"""Changes variables in the text of a ``.env``; comments and all other lines stay as they are."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

from source.config.variables import FILE_SUFFIX

PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,-]+")


def with_variables(text: str, values: Mapping[str, str | None]) -> str:
    """``text`` in which each of ``values`` is set; None or an empty text removes it.

    The file of a secret that a variable named before goes with it. Raises ValueError for a value
    that no ``.env`` can hold.
    """
    for name, value in values.items():
        text = _with(text, name, value or None)
    return text


def read(text: str) -> dict[str, str]:
    """What a ``.env`` of this text sets; empty values are no values."""
    found = dotenv_values(stream=io.StringIO(text), interpolate=False)
    return {name: value for name, value in found.items() if value}


def _with(text: str, name: str, value: str | None) -> str:
    """Tries one way to quote after the other, and reads what has become of it."""
    wanted = {key: old for key, old in read(text).items() if key not in (name, name + FILE_SUFFIX)}
    if value is None:
        return _replaced(text, name, None)
    for written in () if any(map(_is_half, value)) else _quotings(value):
        result = _replaced(text, name, f"{name}={written}\n")
        if read(result) == {**wanted, name: value}:
            return result
    raise ValueError(f"{name} can't be written to .env: it has characters that do not go together")


def _is_half(char: str) -> bool:
    """Whether it is half a character, which no file can hold."""
    return "\ud800" <= char <= "\udfff"


def _quotings(value: str) -> Iterator[str]:
    if PLAIN.fullmatch(value):
        yield value
    for quote in ("'", '"'):
        escaped = value.replace("\\", "\\\\").replace(quote, f"\\{quote}")
        yield f"{quote}{escaped}{quote}"
    yield value


def _replaced(text: str, name: str, line: str | None) -> str:
    """The last line of that name replaced, every other one of it gone; at the end if it is new."""
    bindings = list(parse_stream(io.StringIO(text)))
    places = [n for n, one in enumerate(bindings) if one.key == name]
    gone = [n for n, one in enumerate(bindings) if one.key in (name, name + FILE_SUFFIX)]
    parts = [_lead(one) if n in gone else one.original.string for n, one in enumerate(bindings)]
    for place in places[-1:]:
        parts[place] += line or ""
    result = "".join(parts)
    if line is None or places:
        return result
    return f"{result}{'' if result.endswith(chr(10)) or not result else chr(10)}{line}"


def _lead(binding: Binding) -> str:
    """The empty lines before a variable, which the library counts to it."""
    string = binding.original.string
    return string[: len(string) - len(string.lstrip())]
