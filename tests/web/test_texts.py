"""The page's texts: all of them marked, all of them in German, and the language a reader gets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request

from source.web.texts import LOCALE, area, catalogue, language_of, locale_of, translator
from tests.web.extraction import SCRIPTS, TEMPLATES, marked

GERMAN = sorted((LOCALE / "de").glob("*.po"))
NAMES = {"IntelligentSocketDatalogger", "· IntelligentSocketDatalogger"}
SHOWN_ATTRIBUTES = ("alt", "title", "placeholder", "aria-label")
PLACES = re.compile(r"{\w*}|%\(\w+\)s")
SENTENCE = re.compile(
    r"""(?<!_\()(?<!_\(\n)(["'`])([A-Z][a-z]+ [a-z][^"'`\n]*|[A-Z][a-z]+[.:!?…])\1"""
)


def test_every_text_is_translated() -> None:
    known = catalogue("de")
    missing = [f"{place}: {text}" for text, place in marked().items() if text not in known]
    assert not missing, "\n".join(missing)


def test_no_german_is_left_over_of_a_text_that_nobody_shows() -> None:
    """Those of the forms and of problems are made of the configuration's own texts."""
    shown = marked()
    areas = [path for path in GERMAN if path.name not in ("forms.po", "problems.po")]
    left = [f"{path.name}: {text}" for path in areas for text in area(path) if text not in shown]
    assert not left, "\n".join(left)


def test_the_german_keeps_what_is_filled_in() -> None:
    for text, german in catalogue("de").items():
        assert sorted(set(PLACES.findall(text))) == sorted(set(PLACES.findall(german))), text


def test_a_text_has_one_german_whichever_catalogue_it_stands_in() -> None:
    found: dict[str, tuple[str, str]] = {}
    for path in GERMAN:
        for text, german in area(path).items():
            before, place = found.setdefault(text, (german, path.name))
            assert german == before, f"{text!r}: {place} and {path.name} differ"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda one: one.name)
def test_a_template_has_no_text_that_is_not_marked(path: Path) -> None:
    assert list(unmarked(path)) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda one: one.name)
def test_a_script_has_no_sentence_that_is_not_marked(path: Path) -> None:
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert [found[1] for found in SENTENCE.findall(code)] == []


class Visible(HTMLParser):
    """Collects what a reader sees or is read."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within.append(tag)
        if tag in ("meta", "link", "input", "img", "br", "wbr", "hr", "path", "circle", "rect"):
            self._within.pop()
        self.texts += [value or "" for name, value in attrs if name in SHOWN_ATTRIBUTES]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._within:
            self._within.remove(tag)

    def handle_data(self, data: str) -> None:
        if not {"code", "script", "style", "option"} & set(self._within):
            self.texts.append(data)


def unmarked(path: Path) -> Iterator[str]:
    plain = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", path.read_text(encoding="utf-8"), flags=re.S)
    parser = Visible()
    parser.feed(plain.replace("<wbr>", ""))
    for text in parser.texts:
        if re.search(r"[A-Za-z]{2}", text) and text.strip() not in NAMES:
            yield text.strip()


def asking(accept: str = "", cookie: str = "") -> Request:
    headers = [(b"accept-language", accept.encode("latin-1")), (b"cookie", cookie.encode())]
    return Request({"type": "http", "headers": headers})


def configured(locale: str | None) -> Any:
    return SimpleNamespace(general=SimpleNamespace(locale=locale))


@pytest.mark.parametrize(
    ("accept", "cookie", "locale", "language", "written"),
    [
        ("", "", None, "en", "en"),
        ("", "", "de_CH", "de", "de-CH"),
        ("de-AT,en;q=0.5", "", "en_US", "de", "de-AT"),
        ("en;q=0.5, de-AT;q=0.8", "", None, "de", "de-AT"),
        ("fr-FR, de;q=0", "", None, "en", "en"),
        ("fr-FR, de;q=0.4", "", None, "de", "de"),
        ("de-DE", "language=en", None, "en", "en"),
        ("en-GB", "language=de", "de_AT", "de", "de-AT"),
        ("de-DE", "language=xx", None, "de", "de-DE"),
        ("*;q=x,,;;,<b>", "", None, "en", "en"),
        ('de-"><script>', "", None, "en", "en"),
        ("de-1", "", None, "de", "de"),
        ("de-Latn-AT-1996", "", None, "de", "de-Latn-AT"),
    ],
)
def test_the_reader_gets_the_language_that_was_chosen_or_is_preferred(
    accept: str, cookie: str, locale: str | None, language: str, written: str
) -> None:
    request = asking(accept, cookie)
    assert language_of(request, configured(locale)) == language
    assert locale_of(request, configured(locale)) == written


def test_a_text_that_is_unknown_comes_back_as_it_is() -> None:
    assert translator("de")("no such text") == "no such text"
    assert translator("../de")("Overview") == "Overview"
    assert translator("de")("Overview") == "Übersicht"
