"""What a dynamic tariff adds to the market's price: understood, computed exactly, or refused."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source.formula import parse


def refusal(text: str) -> str | None:
    try:
        parse(text)
    except ValueError as err:
        return str(err)
    return None


# Of one kilowatt hour, in billionths: 10,000,000 are a hundredth of the currency.
PRICES = [
    ("spot", 87_654_321, 87_654_321),
    ("(spot + 15.3) * 1.19", 100_000_000, 301_070_000),
    ("(spot + 15.3) * 1.19", -200_000_000, -55_930_000),
    ("spot * 1.19 + 15.3 * 1.19", 100_000_000, 301_070_000),
    ("1.19*(15.3+spot)", 100_000_000, 301_070_000),
    ("10 - 4 - 3", 0, 30_000_000),
    ("12 / 4 / 3", 0, 10_000_000),
    ("2 + 3 * 4", 0, 140_000_000),
    ("-spot + 1", 25_000_000, -15_000_000),
    ("--spot", 25_000_000, 25_000_000),
    ("3 * -spot", 25_000_000, -75_000_000),
    ("+spot - +1", 25_000_000, 15_000_000),
    (".5 + 1.", 0, 15_000_000),
    ("max(spot, 0) + 2", -70_000_000, 20_000_000),
    ("max(spot, 0) + 2", 70_000_000, 90_000_000),
    ("min(spot, 30, 2 * spot)", -70_000_000, -140_000_000),
    ("min(spot, 30, 2 * spot)", 500_000_000, 300_000_000),
    ("-2 * max(spot, 5)", 20_000_000, -100_000_000),
    ("max(min(spot, 40), 5) * 2 - min(1, 2)", 10_000_000, 90_000_000),
    ("(spot - max(spot, 3)) / 2", 10_000_000, -10_000_000),
    ("0 * max(spot, 5) + min(7)", 20_000_000, 70_000_000),
    ("max(spot)", 20_000_000, 20_000_000),
    ("spot\n\t+ 1", 0, 10_000_000),
    # Rounded once, at the end, a half away from zero.
    ("spot / 3 * 3", 1, 1),
    ("spot / 3", 1, 0),
    ("spot / 3", 2, 1),
    ("spot / 2", 1, 1),
    ("spot / 2", -1, -1),
    ("spot / 2", -3, -2),
    ("spot / 4", -1, 0),
]


@pytest.mark.parametrize(("text", "spot_nano", "price_nano"), PRICES)
def test_a_formula_gives_the_price_to_the_billionth(
    text: str, spot_nano: int, price_nano: int
) -> None:
    assert parse(text).prices_nano([spot_nano, spot_nano]) == [price_nano, price_nano]


WRONG = [
    ("", "column 1: it ends too early"),
    ("   ", "column 4: it ends too early"),
    ("spot +", "column 7: it ends too early"),
    ("(spot + 1", 'column 10: the ")" for column 1 is missing'),
    ("spot + (1 - (2", 'column 15: the ")" for column 13 is missing'),
    ("max(spot, 1", 'column 12: the ")" for column 4 is missing'),
    ("spot + 1)", 'column 9: ")" is not expected here'),
    ("spot 2", 'column 6: "2" is not expected here'),
    ("spot ** 2", 'column 7: "*" is not expected here'),
    ("1e5 * spot", 'column 2: "e5" is not expected here'),
    ("spot + 15,3", "column 10: a number has a decimal point, no comma"),
    ("(spot, 1)", "column 6: a number has a decimal point, no comma"),
    ("preis + 1", 'column 1: "preis" is not known; known are spot, min(…, …) and max(…, …)'),
    ("Sport + 1", 'column 1: "Sport" is not known; known are spot, min(…, …) and max(…, …)'),
    ("2 * min + 1", 'column 9: "(" is missing after min'),
    ("min()", 'column 5: ")" is not expected here'),
    ("spot / 0", "column 8: nothing can be divided by 0"),
    ("spot / (2 - 1 - 1)", "column 8: nothing can be divided by 0"),
    ("1 / spot", "column 5: only numbers divide, not spot"),
    ("1 / max(spot, 1)", "column 5: only numbers divide, not spot"),
    ("spot * spot", "column 6: spot is multiplied by numbers only"),
    ("min(spot, 1) * (spot + 1)", "column 14: spot is multiplied by numbers only"),
    ("spot * 1000001", "column 8: a number is at most 1000000"),
    ("spot * 1000 * 1001", "spot is multiplied by more than 1000000"),
    ("min(spot, spot * 1000 * 1001)", "spot is multiplied by more than 1000000"),
    ("spot + 1000000 + 1", "it adds more than 1000000"),
    ("(" * 21 + "1" + ")" * 21, "column 21: more than 20 levels of brackets"),
    ("-" * 21 + "1", "column 21: more than 20 levels of brackets"),
    ("spot + " + "1" * 194, "it is longer than 200 characters"),
    ("__import__('os').system('true')", 'column 1: "__import__" is not known'),
    ("spot.real", 'column 5: "." is not expected here'),
    ("spot if 1 else 2", 'column 6: "if" is not expected here'),
    ("spot + ١", 'column 8: "١" is not expected here'),
    ("spot + 19 %", "column 11: 19 % more is written as * 1.19"),
    ("min(spot; 3)", "column 9: a comma stands between the numbers of min(…, …) and max(…, …)"),
    ("spot × spot", "column 6: spot is multiplied by numbers only"),
    ("spot\x00", 'column 5: "\\x00" is not expected here'),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_what_is_no_formula_is_refused_with_the_place(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse(text)
    told = str(caught.value)
    assert told.startswith('must be a formula such as "(spot + 15.3) * 1.19"; ')
    assert message in told


NUMBERS = st.decimals(0, 99, places=2).map(lambda number: (f"{number:f}", Fraction(number)))
SPOT = ("spot", None)


def _joined(two: tuple[tuple[str, object], str, tuple[str, object]]) -> tuple[str, object]:
    one, sign, other = two
    return f"({one[0]}{sign}{other[0]})", (sign, one, other)


TREES = st.recursive(
    st.one_of(NUMBERS, st.just(SPOT)),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-"), inner).map(_joined),
        st.tuples(inner, st.sampled_from("*/"), NUMBERS).map(_joined),
        st.tuples(st.sampled_from(["min", "max"]), st.lists(inner, min_size=1, max_size=3)).map(
            lambda call: (f"{call[0]}({', '.join(part[0] for part in call[1])})", call)
        ),
    ),
    max_leaves=8,
)


def _value(tree: tuple[str, object], spot: Fraction) -> Fraction:
    """The value of a formula, step by step, in hundredths."""
    what = tree[1]
    if what is None or isinstance(what, Fraction):
        return spot if what is None else what
    assert isinstance(what, tuple)
    if len(what) == 2:
        return {"min": min, "max": max}[what[0]](_value(part, spot) for part in what[1])
    one, other = _value(what[1], spot), _value(what[2], spot)
    if what[0] == "/":
        return one / other
    return {"+": one + other, "-": one - other, "*": one * other}[what[0]]


@given(tree=TREES, spots_nano=st.lists(st.integers(-(10**10), 10**10), min_size=1, max_size=5))
def test_any_formula_gives_what_its_steps_give(
    tree: tuple[str, object], spots_nano: list[int]
) -> None:
    refused = refusal(tree[0])
    if refused is not None:
        assert any(why in refused for why in ("divided by 0", "more than", "longer than"))
        return
    prices_nano = parse(tree[0]).prices_nano(spots_nano)
    for spot, price in zip(spots_nano, prices_nano, strict=True):
        exact = _value(tree, Fraction(spot, 10**7)) * 10**7
        assert abs(price - exact) <= Fraction(1, 2)
        assert abs(price) >= abs(exact) or abs(price - exact) < Fraction(1, 2)


@given(st.text(max_size=250))
def test_any_other_text_is_refused_and_nothing_worse(text: str) -> None:
    refused = refusal(text)
    assert refused is None or refused.startswith("must be a formula")


def test_a_year_of_quarter_hours_is_priced_in_one_go() -> None:
    spots = list(range(-10_000_000, 340_400_000, 10_000))
    prices = parse("max((spot + 15.3) * 1.19, 20)").prices_nano(spots)
    assert len(prices) == len(spots) == 35_040
    assert prices[-1] == 587_134_100  # (34.039 + 15.3) × 1.19 = 58.71341
    assert min(prices) == 200_000_000 == prices[1000]


def test_capitals_and_the_signs_of_word_processors_are_understood() -> None:
    plain = parse("max(spot, 1) * 1.19 / 2 - 3")
    assert parse("Max(SPOT, 1) × 1.19 ÷ 2 − 3").term == plain.term
    assert parse("max(Spot, 1) · 1.19 / 2 – 3").term == plain.term
