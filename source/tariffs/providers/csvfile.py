"""A file of prices in the files folder, such as suppliers let their customers download::

    start,price_kwh                        start;price_kwh
    2026-10-25T01:45+02:00,0.0931          2026-10-25 01:45;0,0931
    2026-10-25T02:00+02:00,0.0875          2026-10-25 02:00;0,0875

The header names the columns; further ones are not read. With semicolons numbers have a decimal
comma or point, with commas a point. A time has an offset, or it is a local one in the reports'
``timezone``: where the clocks are set back, the second line with the same time is the second hour.
The oldest line comes first. How long a price holds, 15 or 60 minutes, is the distance to the next.
Prices are in the currency per kWh, with or without VAT as the formula expects it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

from source.config.tariffkinds import FIRST_YEAR, LAST_YEAR
from source.errors import PricesUnavailable
from source.period import EPOCH
from source.tariffs.market import Market
from source.tariffs.spot import HIGHEST_PER_KWH, QUARTER, SpotPrice, spans
from source.text import shorten

START, PRICE = "start", "price_kwh"
TIME = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{3}(\d{3})?)?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII
)
NO_TIME = datetime.min  # noqa: DTZ901 (it is refused, as out of reach)
LARGEST_BYTES = 50_000_000
"""More than twenty years of quarter hours."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """How the file is written."""

    delimiter: str
    start: int
    price: int


def csvfile(market: Market) -> Iterator[SpotPrice]:
    """The prices of the file that ``file`` names."""
    if market.file is None or Path(market.file).name != market.file:
        raise PricesUnavailable('set "file" of "dynamic" to the name of a file in the files folder')
    lines = _lines(market.folder / market.file, market.file)
    try:
        starts, prices = _read(lines, market.zone)
        held = spans(starts)
    except PricesUnavailable as err:
        raise PricesUnavailable(f"{market.file}: {err}") from None
    for (start, end), price in zip(held, prices, strict=True):
        if start < market.end and market.start < end:
            yield SpotPrice(start, end, price)


def _lines(path: Path, name: str) -> list[str]:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise PricesUnavailable(f"{name}: has more than {LARGEST_BYTES // 1_000_000} MB")
        return path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise PricesUnavailable(f"{name}: is not there; put it into the files folder") from None
    except UnicodeDecodeError:
        raise PricesUnavailable(f"{name}: is no text in UTF-8") from None
    except OSError as err:
        raise PricesUnavailable(f"{name}: can't be read: {err.strerror}") from None


def _read(lines: Sequence[str], zone: ZoneInfo) -> tuple[list[datetime], list[Decimal]]:
    """Beginnings (UTC) and prices, oldest first."""
    if not lines:
        raise PricesUnavailable(f"is empty; its first line has to be {START},{PRICE}")
    columns = _columns(lines[0])
    starts: list[datetime] = []
    prices: list[Decimal] = []
    local: set[datetime] = set()
    rows = csv.reader(lines[1:], delimiter=columns.delimiter)
    try:
        for number, row in enumerate(rows, 2):
            if not any(cell.strip() for cell in row):
                continue
            if len(row) <= max(columns.start, columns.price):
                raise _wrong(number, f"has {len(row)} cells")
            starts.append(_start(row[columns.start].strip(), zone, local, number))
            if len(starts) > 1 and starts[-1] <= starts[-2]:
                raise _wrong(number, "is not later than the line before; the oldest comes first")
            prices.append(_price(row[columns.price].strip(), columns.delimiter, number))
    except csv.Error as err:
        raise PricesUnavailable(f"line {rows.line_num + 1}: {err}") from None
    return starts, prices


def _columns(header: str) -> _Columns:
    delimiter = ";" if ";" in header else ","
    names = [name.strip().strip('"').lower() for name in header.split(delimiter)]
    if START not in names or PRICE not in names:
        shown = shorten(repr(header), 60)
        raise PricesUnavailable(f"line 1: is {shown}; it has to name the columns {START},{PRICE}")
    return _Columns(delimiter, names.index(START), names.index(PRICE))


def _start(text: str, zone: ZoneInfo, local: set[datetime], number: int) -> datetime:
    """When a price begins, UTC; ``local`` are the local times of the lines before."""
    try:
        # A form that every Python reads alike: later ones take more of them than 3.10 does.
        is_time = TIME.fullmatch(text) is not None
        written = datetime.fromisoformat(text.replace("Z", "+00:00")) if is_time else NO_TIME
    except ValueError:
        written = NO_TIME
    if not FIRST_YEAR <= written.year <= LAST_YEAR:
        example = "2026-10-25T00:00+02:00 or 2026-10-25T00:00"
        raise _wrong(number, f"{shorten(text, 40)!r} is no time such as {example}")
    if written.tzinfo is None:
        is_second = written in local
        local.add(written)
        found = written.replace(tzinfo=zone, fold=is_second).astimezone(timezone.utc)
        if found.astimezone(zone).replace(tzinfo=None) != written:
            raise _wrong(number, f"{text} is left out where the clocks are set forward ({zone})")
    else:
        found = written.astimezone(timezone.utc)
    if (found - EPOCH) % QUARTER:
        raise _wrong(number, f"{text} is not on a quarter hour")
    return found


def _price(text: str, delimiter: str, number: int) -> Decimal:
    written = text.replace(",", ".") if delimiter == ";" else text
    try:
        price = Decimal(written)
    except InvalidOperation:
        raise _wrong(number, f"{shorten(text, 40)!r} is no price such as 0.0931") from None
    if not price.is_finite() or abs(price) > HIGHEST_PER_KWH:
        raise _wrong(number, f"{shorten(text, 40)} per kWh is no price; is it per MWh?")
    return price


def _wrong(number: int, what: str) -> PricesUnavailable:
    return PricesUnavailable(f"line {number}: {what}")
