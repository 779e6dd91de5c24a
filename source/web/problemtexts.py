"""What is wrong with the configuration, in the reader's language.

The sentences are made where the files are read, of templates and values. Here they are recognised
again by the catalogue ``problems.po``, whose ``{names}`` stand for the values; what stands for
``{what}`` and ``{rest}`` is a sentence of its own. One that is not recognised stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from source.errors import Problem
from source.web.texts import LOCALE, area

CATALOGUE = "problems.po"
PLACE = re.compile(r"{([a-z_]+)}")
SENTENCES = ("what", "rest")
LONGEST = 2_000
DEEPEST = 4
"""Sentences within sentences."""


def problem_in(problem: Problem, language: str) -> Problem:
    """The problem in the words of a language."""
    return replace(problem, allowed=sentence_in(problem.allowed, language))


def sentence_in(text: str, language: str, depth: int = 0) -> str:
    """A sentence on the configuration in the words of a language."""
    if depth > DEEPEST or len(text) > LONGEST:
        return text
    for pattern, german in _templates(language):
        found = pattern.fullmatch(text)
        if found is not None:
            return _filled(german, found.groupdict(), language, depth)
    return text


def _filled(german: str, values: Mapping[str, str], language: str, depth: int) -> str:
    told = {
        name: sentence_in(value, language, depth + 1) if name in SENTENCES else value
        for name, value in values.items()
    }
    return PLACE.sub(lambda place: told.get(place[1], place[0]), german)


@cache
def _templates(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Pattern and translation; the ones that say most first."""
    path = LOCALE / language / CATALOGUE
    if not path.is_file():
        return ()
    known = sorted(area(path).items(), key=_order)
    return tuple((_pattern(english), german) for english, german in known)


def _order(entry: tuple[str, str]) -> tuple[bool, bool, int]:
    """Sentences that end in something before those that they stand before."""
    english = entry[0]
    begins = english.startswith(tuple(f"{{{name}}}" for name in SENTENCES))
    return "{" in english and not begins, begins, -len(PLACE.sub("", english))


def _pattern(english: str) -> re.Pattern[str]:
    parts = PLACE.split(english)
    texts = [re.escape(part) for part in parts[::2]]
    names = [f"(?P<{name}>.{'+' if name in SENTENCES else '*?'})" for name in parts[1::2]]
    joined = "".join(text + name for text, name in zip(texts, [*names, ""], strict=True))
    return re.compile(joined, re.DOTALL)
