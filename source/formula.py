"""What a dynamic tariff adds to the market's price, as users write it: ``(spot + 15.3) * 1.19``.

An own small parser (recursive descent): the text is never compiled or run, so it can do nothing
but add, subtract, multiply, divide by a number, and take the least or the greatest. Every formula
is a straight line in ``spot``, or several joined by ``min`` and ``max``: with a common denominator
the 35,040 prices of a year are computed in whole numbers, without any error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from operator import add

EXAMPLE = "(spot + 15.3) * 1.19"
LENGTH_LIMIT = 200
DEPTH_LIMIT = 20
"""Of brackets, functions and signs within each other."""
SIZE_LIMIT = 1_000_000
"""Of a number, and of what the market's price is multiplied by in all."""
TYPESET = str.maketrans("×·÷−–", "**/--")
"""Signs as word processors and calculators write them."""
HINTS: Mapping[str, str] = {
    ",": "a number has a decimal point, no comma",
    ";": "a comma stands between the numbers of min(…, …) and max(…, …)",
    "%": "19 % more is written as * 1.19",
}
NANO_PER_HUNDREDTH = 10_000_000
"""Billionths of a currency in its hundredth."""

_TOKEN = re.compile(
    r" *(?:(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)|(?P<name>[^\W\d]\w*)|(?P<sign>\S))"
)


@dataclass(frozen=True, slots=True)
class _Bend:
    """The least or the greatest of some terms."""

    is_max: bool
    terms: tuple[_Term, ...]

    def times(self, factor: Fraction) -> _Bend:
        # The least of some numbers is the greatest one of their negatives.
        terms = tuple(term.times(factor) for term in self.terms)
        return _Bend(self.is_max != (factor < 0), terms)


@dataclass(frozen=True, slots=True)
class _Term:
    """``slope × spot + offset``, and the bends added to it."""

    slope: Fraction = Fraction(0)
    offset: Fraction = Fraction(0)
    bends: tuple[_Bend, ...] = ()

    @property
    def is_number(self) -> bool:
        return not self.slope and not self.bends

    def plus(self, other: _Term) -> _Term:
        bends = self.bends + other.bends
        return _Term(self.slope + other.slope, self.offset + other.offset, bends)

    def times(self, factor: Fraction) -> _Term:
        if not factor:
            return _Term()
        bends = tuple(bend.times(factor) for bend in self.bends)
        return _Term(self.slope * factor, self.offset * factor, bends)

    def parts(self) -> Iterator[_Term]:
        """This term and all within it."""
        yield self
        for bend in self.bends:
            for term in bend.terms:
                yield from term.parts()


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that has been understood."""

    text: str
    term: _Term
    denominator: int
    """What all fractions in it have in common."""

    def prices_nano(self, spots_nano: Sequence[int]) -> list[int]:
        """The price for each of the market's, all in billionths of the currency per kWh.

        Exact up to the last step, then rounded to a whole billionth, a half away from zero.
        """
        half, whole = self.denominator, 2 * self.denominator
        return [
            (2 * n + half) // whole if n >= 0 else -((half - 2 * n) // whole)
            for n in self._numerators(self.term, spots_nano)
        ]

    def _numerators(self, term: _Term, spots_nano: Sequence[int]) -> list[int]:
        slope = int(term.slope * self.denominator)
        offset = int(term.offset * NANO_PER_HUNDREDTH * self.denominator)
        values = [slope * spot + offset for spot in spots_nano]
        for bend in term.bends:
            pick: Callable[..., int] = max if bend.is_max else min
            columns = [self._numerators(part, spots_nano) for part in bend.terms]
            values = list(map(add, values, map(pick, *columns)))
        return values


def parse(text: str) -> Formula:
    """The formula that a text says, in hundredths of the currency per kWh.

    Raises ValueError with what a formula must be and, with the column, what is wrong in this one.
    """
    if len(text) > LENGTH_LIMIT:
        raise _refusal(f"it is longer than {LENGTH_LIMIT} characters")
    term = _Parser(text).formula()
    if any(abs(part.slope) > SIZE_LIMIT for part in term.parts()):
        raise _refusal(f"spot is multiplied by more than {SIZE_LIMIT}")
    if any(abs(part.offset) > SIZE_LIMIT for part in term.parts()):
        raise _refusal(f"it adds more than {SIZE_LIMIT}")
    parts = list(term.parts())
    denominator = lcm(*(f.denominator for part in parts for f in (part.slope, part.offset)))
    return Formula(text, term, denominator)


def _refusal(what: str, column: int = 0) -> ValueError:
    place = f"column {column}: " if column else ""
    return ValueError(f'must be a formula such as "{EXAMPLE}"; {place}{what}')


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    """``number``, ``name``, ``sign``, or ``end``."""
    text: str
    column: int
    """From 1."""


def _tokens(text: str) -> Iterator[_Token]:
    line = re.sub(r"\s", " ", text).translate(TYPESET)
    for match in _TOKEN.finditer(line):
        kind = match.lastgroup or ""
        yield _Token(kind, match[kind], match.start(kind) + 1)
    yield _Token("end", "", len(text) + 1)


class _Parser:
    """Reads one text from left to right, one method for each level of binding."""

    def __init__(self, text: str) -> None:
        self._rest = _tokens(text)
        self._token = next(self._rest)
        self._depth = 0

    def formula(self) -> _Term:
        term = self._sum()
        if self._token.kind != "end":
            raise self._unexpected()
        return term

    def _sum(self) -> _Term:
        term = self._product()
        while sign := self._taken("+", "-"):
            factor = Fraction(1 if sign.text == "+" else -1)
            term = term.plus(self._product().times(factor))
        return term

    def _product(self) -> _Term:
        term = self._signed()
        while sign := self._taken("*", "/"):
            start = self._token
            other = self._signed()
            term = _quotient(term, other, start) if sign.text == "/" else _times(term, other, sign)
        return term

    def _signed(self) -> _Term:
        sign = self._taken("+", "-")
        if sign is None:
            return self._value()
        self._deeper(sign)
        term = self._signed().times(Fraction(1 if sign.text == "+" else -1))
        self._depth -= 1
        return term

    def _value(self) -> _Term:
        token = self._token
        if token.kind == "number":
            return _Term(offset=self._number())
        if token.kind == "name":
            return self._named()
        if not self._taken("("):
            raise self._unexpected()
        return self._within(token)[0]

    def _number(self) -> Fraction:
        token = self._next()
        number = Fraction(token.text)
        if number > SIZE_LIMIT:
            raise _refusal(f"a number is at most {SIZE_LIMIT}", token.column)
        return number

    def _named(self) -> _Term:
        token = self._next()
        name = token.text.lower()
        if name == "spot":
            return _Term(slope=Fraction(1))
        if name not in ("min", "max"):
            known = "known are spot, min(…, …) and max(…, …)"
            raise _refusal(f'"{token.text}" is not known; {known}', token.column)
        opened = self._token
        if not self._taken("("):
            raise _refusal(f'"(" is missing after {token.text}', opened.column)
        return _bent(name == "max", self._within(opened, is_list=True))

    def _within(self, opened: _Token, *, is_list: bool = False) -> list[_Term]:
        """What stands in brackets, the first of which has been read."""
        self._deeper(opened)
        terms = [self._sum()]
        while is_list and self._taken(","):
            terms.append(self._sum())
        if not self._taken(")"):
            raise self._unexpected(f'the ")" for column {opened.column} is missing')
        self._depth -= 1
        return terms

    def _deeper(self, token: _Token) -> None:
        self._depth += 1
        if self._depth > DEPTH_LIMIT:
            raise _refusal(f"more than {DEPTH_LIMIT} levels of brackets", token.column)

    def _next(self) -> _Token:
        token, self._token = self._token, next(self._rest)
        return token

    def _taken(self, *signs: str) -> _Token | None:
        is_one = self._token.kind == "sign" and self._token.text in signs
        return self._next() if is_one else None

    def _unexpected(self, at_end: str = "it ends too early") -> ValueError:
        token = self._token
        if token.kind == "end":
            return _refusal(at_end, token.column)
        if token.text in HINTS:
            return _refusal(HINTS[token.text], token.column)
        shown = token.text if token.text.isprintable() else ascii(token.text)[1:-1]
        return _refusal(f'"{shown}" is not expected here', token.column)


def _times(one: _Term, other: _Term, sign: _Token) -> _Term:
    if one.is_number:
        return other.times(one.offset)
    if other.is_number:
        return one.times(other.offset)
    raise _refusal("spot is multiplied by numbers only", sign.column)


def _quotient(term: _Term, divisor: _Term, start: _Token) -> _Term:
    if not divisor.is_number:
        raise _refusal("only numbers divide, not spot", start.column)
    if not divisor.offset:
        raise _refusal("nothing can be divided by 0", start.column)
    return term.times(1 / divisor.offset)


def _bent(is_max: bool, terms: Sequence[_Term]) -> _Term:
    if all(term.is_number for term in terms):
        offsets = [term.offset for term in terms]
        return _Term(offset=max(offsets) if is_max else min(offsets))
    if len(terms) == 1:
        return terms[0]
    return _Term(bends=(_Bend(is_max, tuple(terms)),))
