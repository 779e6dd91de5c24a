"""Markup, axes and charts."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from source.reports.page.charts import (
    Bar,
    Canvas,
    Range,
    Step,
    Subject,
    bar_chart,
    range_chart,
    step_chart,
)
from source.reports.page.markup import Markup, element, joined
from source.reports.page.scale import Scale, decimals_of, label_step, round_ticks

CANVAS = Canvas("c", 920.0, 230.0)
SUBJECT = Subject("Energy <&>", "What it shows", "kWh", lambda value, digits: f"{value:.{digits}f}")


def drawn(chart: str) -> Element:
    """Well-formed, or this raises."""
    return fromstring(chart)


def of_class(chart: Element, name: str) -> list[Element]:
    return [e for e in chart.iter() if name in (e.get("class") or "").split()]


def number(found: Element, name: str) -> float:
    return float(found.get(name) or "nan")


# --- markup ---


def test_text_is_escaped_and_markup_is_not() -> None:
    inner = element("b", None, "a < b & c")
    assert element("p", {"title": '"x" <y>'}, inner, "<i>") == (
        '<p title="&quot;x&quot; &lt;y&gt;"><b>a &lt; b &amp; c</b>&lt;i&gt;</p>'
    )
    assert joined(["<", Markup("<br>")]) == "&lt;<br>"


def test_names_of_attributes_and_numbers() -> None:
    attributes = {"aria_label": "x", "class": None, "width": 12.04, "height": 10.0}
    assert element("rect", attributes) == '<rect aria-label="x" width="12" height="10"></rect>'
    assert element("meta", {"charset": "utf-8"}) == '<meta charset="utf-8">'


# --- axes ---


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 26.1, (0, 10, 20, 30)),
        (-17.7, 26.1, (-20, 0, 20, 40)),
        (0.0, 0.0, (0, 0.25, 0.5, 0.75, 1)),
        (0.27, 0.34, (0.26, 0.28, 0.30, 0.32, 0.34)),
        (0.0, 0.0004, (0, 0.0001, 0.0002, 0.0003, 0.0004)),
        (5.0, 5.0, (5, 5.25, 5.5, 5.75, 6)),
    ],
)
def test_ticks_are_round_and_enclose_the_values(
    low: float, high: float, ticks: tuple[float, ...]
) -> None:
    count = 3 if high == 26.1 else 4
    assert round_ticks(low, high, count) == pytest.approx(ticks)


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9), st.integers(2, 8))
def test_ticks_enclose_any_values_in_not_too_many_steps(
    low: float, length: float, count: int
) -> None:
    ticks = round_ticks(low, low + length, count)
    step = ticks[1] - ticks[0]
    assert ticks[0] <= low + 1e-6 * step
    assert ticks[-1] >= low + length - 1e-6 * step
    assert 2 <= len(ticks) <= count + 3


def test_ticks_are_told_apart_by_their_decimals() -> None:
    assert [decimals_of(t) for t in ((0, 10), (0, 2.5), (0.0, 0.05), (0.0, 0.025))] == [0, 1, 2, 3]


def test_a_scale_turns_values_upside_down() -> None:
    scale = Scale((-10.0, 0.0, 10.0), 20.0, 220.0)
    assert [scale.y(v) for v in (10.0, 0.0, -10.0)] == [20.0, 120.0, 220.0]


def test_labels_that_do_not_fit_are_left_out() -> None:
    assert label_step(["31"], 25.0) == 1
    assert label_step(["31"], 10.0) == 3
    assert label_step([], 10.0) == 1


# --- charts ---


def test_bars_stand_on_zero_and_hang_below_it() -> None:
    bars = [Bar("1", "one", up=10.0, down=5.0), Bar("2", "two", up=0.0), Bar("3", "three", 2.5)]
    chart = drawn(bar_chart(CANVAS, SUBJECT, "energy", bars))
    zero = number(of_class(chart, "zero")[0], "y1")
    first, third = of_class(chart, "energy")
    (down,) = of_class(chart, "down")
    assert number(first, "y") + number(first, "height") == pytest.approx(zero, abs=0.11)
    assert number(down, "y") == pytest.approx(zero, abs=0.11)
    assert number(first, "height") == pytest.approx(4 * number(third, "height"), abs=0.3)
    assert number(first, "height") == pytest.approx(2 * number(down, "height"), abs=0.3)


def test_estimated_is_hatched_and_missing_is_empty_below() -> None:
    bars = [Bar("1", "one", up=10.0, guessed=5.0, missing=0.25), Bar("2", "two", up=10.0)]
    chart = drawn(bar_chart(CANVAS, SUBJECT, "energy", bars))
    ((hatched,), (known,)) = of_class(chart, "guess"), of_class(chart, "known")
    whole = of_class(chart, "energy")[0]
    assert number(whole, "height") == pytest.approx(2 * number(hatched, "height"), abs=0.3)
    assert number(known, "width") == pytest.approx(0.75 * number(whole, "width"), abs=0.11)


def test_no_labels_overlap_however_many_bars_there_are() -> None:
    for count in (1, 24, 31, 92, 400):
        bars = [Bar(str(n), "", 1.0) for n in range(count)]
        for width in (920.0, 360.0):
            chart = drawn(bar_chart(Canvas("c", width, 200.0), SUBJECT, "energy", bars))
            places = [number(label, "x") for label in of_class(chart, "label")]
            widest = len(str(count)) * 6.0
            assert all(b - a >= widest for a, b in pairwise(places))
            assert places


def test_everything_lies_on_the_canvas() -> None:
    bars = [Bar(str(n), "", n * 1234.5, down=n * 100.0, missing=0.5) for n in range(31)]
    chart = drawn(bar_chart(CANVAS, SUBJECT, "energy", bars))
    for rect in chart.iter("rect"):
        assert number(rect, "x") >= 0.0
        assert number(rect, "x") + number(rect, "width") <= CANVAS.width
        assert number(rect, "y") >= 0.0
        assert number(rect, "y") + number(rect, "height") <= CANVAS.height


def test_nothing_at_all_is_drawn_too() -> None:
    chart = drawn(bar_chart(CANVAS, SUBJECT, "energy", [Bar("1", "one", 0.0)]))
    assert of_class(chart, "energy") == []


def test_a_chart_tells_what_it_shows_without_being_seen() -> None:
    chart = drawn(bar_chart(CANVAS, SUBJECT, "energy", [Bar("1", "one\n5 kWh", 5.0)]))
    assert chart.get("role") == "img"
    named = [chart.find(f".//*[@id='{i}']") for i in (chart.get("aria-labelledby") or "").split()]
    assert [e.text for e in named if e is not None] == ["Energy <&>", "What it shows"]
    assert "one\n5 kWh" in [title.text for title in chart.iter("title")]


def test_a_curve_keeps_each_value_for_its_step_and_dashes_what_is_guessed() -> None:
    steps = [Step("0", 1.0), Step("", 2.0), Step("", 2.0, guessed=True), Step("", 1.0)]
    chart = drawn(step_chart(CANVAS, SUBJECT, "price", steps, from_zero=False))
    lines = of_class(chart, "line")
    assert ["dashed" in (line.get("class") or "") for line in lines] == [False, True, False]
    assert all(re.fullmatch(r"M[\d.,]+(V[\d.]+H[\d.]+)+", line.get("d") or "") for line in lines)
    assert of_class(chart, "area") == []
    assert len(of_class(drawn(step_chart(CANVAS, SUBJECT, "energy", steps)), "area")) == 1


def test_a_range_has_its_mean_inside() -> None:
    chart = drawn(range_chart(CANVAS, SUBJECT, [Range("1", "one", 0.2, 0.3, 0.4)]))
    (band,), (mean,) = of_class(chart, "band"), of_class(chart, "mean")
    middle = number(band, "y") + number(band, "height") / 2
    assert number(mean, "y1") == pytest.approx(middle, abs=0.2)
    assert of_class(chart, "zero") == []


def test_a_range_below_zero_crosses_the_zero_line() -> None:
    chart = drawn(range_chart(CANVAS, SUBJECT, [Range("1", "one", -0.1, 0.0, 0.1)]))
    assert len(of_class(chart, "zero")) == 1
