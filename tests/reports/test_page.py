"""The HTML page: complete in itself, well-formed, in two languages, and nothing unescaped."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from source.model import Totals
from source.reports.page.document import page
from source.reports.page.markup import VOID
from source.reports.view import View
from tests.reports.test_view import TARIFF
from tests.reports.views import configured, kept, view, writing

HOSTILE = '</title><script>alert("x")</script> & <b>Küche</b> ' + "ganz lang " * 30
NAMES = (HOSTILE, "Roof")


class Structure(HTMLParser):
    """Checks that every element is closed in order, and collects what there is."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += f"{data}\n"

    def values(self, name: str) -> list[str]:
        return [value for attribute, value in self.attributes if attribute == name]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("journal")
    kept(folder, NAMES)
    return folder


@pytest.fixture(params=["2026-10-25", "2026-10", "2026", "2026-10-24..2026-10-30"])
def period(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["_total", HOSTILE, "Roof"], ids=["house", "hostile", "roof"])
def shown(folder: Path, period: str, request: pytest.FixtureRequest) -> View:
    return view(folder, configured(folder, NAMES, TARIFF), period, request.param)


def html(shown: View, locale: str = "en") -> str:
    return page(shown, writing(shown, locale).notation)


def test_it_is_well_formed_and_needs_nothing_else(shown: View) -> None:
    text = html(shown)
    found = Structure(text)
    assert (found.tags["html"], found.tags["main"], found.tags["h1"]) == (1, 1, 1)
    assert not {"script", "link", "img", "iframe", "object", "b"} & set(found.tags)
    assert not found.values("src")
    assert not found.values("href")
    assert not re.search(r"https?:|@import|url\((?!#\w+\))", text)


def test_names_of_devices_are_text(folder: Path) -> None:
    text = html(view(folder, configured(folder, NAMES), "2026-10", HOSTILE))
    assert "<script" not in text
    assert HOSTILE.strip() in Structure(text).text


def test_every_id_is_there_once_and_every_reference_has_one(shown: View) -> None:
    found = Structure(html(shown))
    ids = Counter(found.values("id"))
    assert set(ids.values()) == {1}
    named = " ".join(found.values("aria-labelledby")).split()
    assert set(named) <= set(ids)


def test_every_drawing_is_named_or_hidden(shown: View) -> None:
    drawings = re.findall(r"<svg([^>]*)>", html(shown))
    assert drawings
    for attributes in drawings:
        assert 'aria-hidden="true"' in attributes or 'role="img"' in attributes


def test_the_figures_stand_on_it(folder: Path) -> None:
    shown = view(folder, configured(folder, NAMES, TARIFF), "2026-10")
    for locale in ("en", "de"):
        told = writing(shown, locale).notation
        text = Structure(page(shown, told)).text.replace("\n", "")
        totals, bill = shown.figures.totals, shown.figures.bill
        for value in (
            told.kwh(totals.energy_wh),
            told.kwh(totals.returned_wh),
            told.money(bill.cost),
            told.money(bill.revenue),
            told.money(bill.base_cost),
            told.price(bill.price_per_kwh),
            told.percent(totals.measured_percent),
        ):
            assert value in text


def test_both_languages_say_the_same_in_other_words(folder: Path) -> None:
    shown = view(folder, configured(folder, NAMES, TARIFF), "2026-10")
    english, german = html(shown, "en"), html(shown, "de")
    assert '<html lang="en">' in english
    assert '<html lang="de">' in german
    assert Structure(english).tags == Structure(german).tags
    for word in ("Energy taken", "Completeness", "Standby", "Whole house", "missing", "Made on"):
        assert word in english
    for word in ("Bezogen", "Vollständigkeit", "Ganzes Haus", "fehlt", "Erstellt am", "1.10."):
        assert word in german
    for word in ("Energy", "Cost", "Price", "Whole", "Device", "missing", "Share", "Day"):
        assert not re.search(rf"\b{word}\b", Structure(german).text), word


def test_assumed_prices_are_told(folder: Path) -> None:
    shown = view(folder, configured(folder, NAMES, TARIFF), "2026-10")
    assert "provisional" not in html(shown)
    bill = replace(shown.figures.bill, assumed_wh=1234.0)
    assumed = replace(shown, figures=replace(shown.figures, bill=bill))
    assert "1.234\u00a0kWh" in Structure(html(assumed)).text
    assert "provisional" in html(assumed)


def test_what_a_counter_jumped_is_told(folder: Path) -> None:
    shown = view(folder, configured(folder, NAMES), "2026-10")
    assert "A counter jumped" not in html(shown)
    totals = replace(shown.figures.totals, set_aside_wh=5e6)
    jumped = replace(shown, figures=replace(shown.figures, totals=totals))
    assert "A counter jumped" in html(jumped)


def test_nothing_at_all_makes_a_page_too(folder: Path) -> None:
    shown = view(folder, configured(folder, NAMES, TARIFF), "2026-11")
    assert shown.figures.totals.energy_wh == 0.0
    Structure(html(shown))


def test_a_span_that_has_just_begun_makes_a_page_too(folder: Path) -> None:
    shown = view(folder, configured(folder, NAMES, TARIFF), "2026-11")
    now_us = shown.span.whole.start_us + 1_000_000
    for period in ("2026-11-01", "2026-11"):
        Structure(html(view(folder, configured(folder, NAMES), period, now_us=now_us)))


@pytest.mark.parametrize("subject", ["_total", "Roof"])
def test_days_before_the_first_reading_have_no_figures(folder: Path, subject: str) -> None:
    """No cost of 0.00 at a price of that day either."""
    shown = view(folder, configured(folder, NAMES, TARIFF), "2026-10", subject)
    told = writing(shown)
    first, last = (told.figure_cells(shown.parts[place].figures) for place in (0, -1))
    assert set(first) == {"–"}
    assert len(first) == len(last)
    assert "–" not in last[0]


def test_hours_that_feed_in_are_told_by_more_than_their_colour(folder: Path) -> None:
    roof = view(folder, configured(folder, NAMES, TARIFF), "2026-10", "Roof")
    hours = sum(w is not None and w < 0.0 for row in roof.week for w in row)
    drawn = html(roof)
    assert hours
    assert drawn.count('<path class="mark"') > 2 * hours, "wide and narrow, with the legend"
    assert "with a stroke: fed in" in drawn
    assert '<path class="mark"' not in html(
        replace(roof, week=[[None if w is None else abs(w) for w in row] for row in roof.week])
    )


def test_hours_of_which_nothing_is_known_are_hatched_and_told(folder: Path) -> None:
    shown = view(folder, configured(folder, NAMES, TARIFF), "2026-10", "Roof")
    assert "hatched hours" not in html(shown)
    week = [[None, *row[1:]] for row in shown.week]
    drawn = html(replace(shown, week=week))
    assert drawn.count('<rect class="none"') == 2 * 7
    assert "Of hatched hours nothing is known." in drawn


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        ("2026-10-25", ["01:00", "02:00 CEST", "02:00 CET", "03:00"]),
        ("2026-10-26", ["01:00", "02:00", "03:00", "04:00"]),
    ],
)
def test_the_hour_that_comes_twice_is_told_apart(folder: Path, day: str, hours: list[str]) -> None:
    told = writing(view(folder, configured(folder, NAMES), day))
    assert [told.long(part) for part in told.view.parts[1:5]] == hours


def test_switch_ons_have_a_column_where_they_are_counted(folder: Path) -> None:
    shown = view(folder, configured(folder, NAMES), "2026-10")
    assert "Switched on" not in html(shown)
    counting = replace(shown.figures, totals=Totals(switch_ons=7), counts_switch_ons=True)
    assert "7 ×" in html(replace(shown, figures=counting))


def test_the_page_of_a_month_is_small(folder: Path) -> None:
    assert len(html(view(folder, configured(folder, NAMES, TARIFF), "2026-10"))) < 250_000
