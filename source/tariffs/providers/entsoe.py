"""ENTSO-E Transparency Platform: day-ahead prices of all bidding zones of Europe.

Source: the platform's "Web API Guide" (document A44, Energy Prices), its XML schema
publicationdocument 7:3, and a captured answer. A token is needed; it is free. Times are UTC, prices
in the zone's currency (nearly everywhere EUR) per MWh, without VAT.

What an answer is like: for each auction a TimeSeries. Sequence 1 is the coupled auction at noon,
whose prices are billed; sequence 2 that of EXAA in the morning, which is told earlier and often
stands first. Curve type A03 leaves out a price that is that of the position before. Where there is
nothing, the answer is an acknowledgement with reason 999, with status 200 or 400.

The package entsoe-py reads these answers too, but brings pandas along, which is too large for the
small machines that this program is made for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from source.errors import PricesUnavailable
from source.tariffs.market import Market, Refused
from source.tariffs.providers.values import PER_MWH, check_unit
from source.tariffs.spot import LONGEST, SpotPrice
from source.text import shorten

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

ADDRESS = "https://web-api.tp.entsoe.eu/api"
AREAS: Mapping[str, str] = {
    "AT": "10YAT-APG------L",
    "BE": "10YBE----------2",
    "BG": "10YCA-BULGARIA-R",
    "CH": "10YCH-SWISSGRIDZ",
    "CZ": "10YCZ-CEPS-----N",
    "DE": "10Y1001A1001A82H",
    "DE-LU": "10Y1001A1001A82H",
    "DK1": "10YDK-1--------W",
    "DK2": "10YDK-2--------M",
    "EE": "10Y1001A1001A39I",
    "ES": "10YES-REE------0",
    "FI": "10YFI-1--------U",
    "FR": "10YFR-RTE------C",
    "GR": "10YGR-HTSO-----Y",
    "HR": "10YHR-HEP------M",
    "HU": "10YHU-MAVIR----U",
    "IE-SEM": "10Y1001A1001A59C",
    "IT-NORTH": "10Y1001A1001A73I",
    "LT": "10YLT-1001A0008Q",
    "LU": "10Y1001A1001A82H",
    "LV": "10YLV-1001A00074",
    "NL": "10YNL----------L",
    "NO1": "10YNO-1--------2",
    "NO2": "10YNO-2--------T",
    "NO3": "10YNO-3--------J",
    "NO4": "10YNO-4--------9",
    "NO5": "10Y1001A1001A48H",
    "PL": "10YPL-AREA-----S",
    "PT": "10YPT-REN------W",
    "RO": "10YRO-TEL------P",
    "SE1": "10Y1001A1001A44P",
    "SE2": "10Y1001A1001A45N",
    "SE3": "10Y1001A1001A46L",
    "SE4": "10Y1001A1001A47J",
    "SI": "10YSI-ELES-----O",
    "SK": "10YSK-SEPS-----K",
}
USUAL_AREA = "DE-LU"
EIC_LENGTH = 16
RESOLUTIONS: Mapping[str, timedelta] = {
    "PT15M": timedelta(minutes=15),
    "PT30M": timedelta(minutes=30),
    "PT60M": timedelta(hours=1),
    "PT1H": timedelta(hours=1),
}
DAY_AHEAD, BILLED_SEQUENCE = "A01", "1"
VARIABLE_BLOCKS = "A03"
NOTHING_THERE = "999"
BAD_REQUEST = 400


def entsoe(market: Market) -> Iterator[SpotPrice]:
    """The prices of ``area``: a name such as DE-LU (the usual one), NO2 or SE4, or an EIC code."""
    if market.token is None:
        raise PricesUnavailable('ENTSO-E wants a token; set "token" of "dynamic", or TARIFF_TOKEN')
    area = _code(market.area or USUAL_AREA)
    wanted = {
        "securityToken": market.token,
        "documentType": "A44",
        "contract_MarketAgreement.type": DAY_AHEAD,
        "in_Domain": area,
        "out_Domain": area,
        "periodStart": f"{market.start:%Y%m%d%H%M}",
        "periodEnd": f"{market.end:%Y%m%d%H%M}",
    }
    try:
        text = market.get_text(ADDRESS, wanted)
    except Refused as err:
        if err.status != BAD_REQUEST or "Acknowledgement_MarketDocument" not in err.text:
            raise
        text = err.text
    yield from prices_of(text)


def _code(area: str) -> str:
    found = AREAS.get(area.upper().replace("_", "-"))
    if found is None and len(area) != EIC_LENGTH:
        known = ", ".join(AREAS)
        raise PricesUnavailable(f"the area {area!r} is none of {known}, and no EIC code")
    return found or area


def prices_of(text: str) -> Iterator[SpotPrice]:
    """The prices in a document. Raises PricesUnavailable."""
    root = _parsed(text)
    kind = _local(root)
    if kind == "Acknowledgement_MarketDocument":
        reason = root.find("{*}Reason")
        if reason is None or _text(reason, "code") != NOTHING_THERE:
            told = "" if reason is None else shorten(reason.findtext("{*}text") or "", 120)
            raise PricesUnavailable(f"ENTSO-E says {told!r}")
        return
    if kind != "Publication_MarketDocument":
        raise PricesUnavailable(f"the answer is a {shorten(kind, 40)!r}, not a price document")
    currencies = set()
    for series in root.findall("{*}TimeSeries"):
        if _is_billed(series):
            currencies.add(series.findtext("{*}currency_Unit.name"))
            if len(currencies) > 1:
                raise PricesUnavailable("the answer has prices in more than one currency")
            check_unit(_text(series, "price_Measure_Unit.name"), "MWH")
            is_variable = series.findtext("{*}curveType") == VARIABLE_BLOCKS
            for period in series.findall("{*}Period"):
                yield from _prices(_Block.of(period), is_variable)


def _parsed(text: str) -> Element:
    # Imported here: a logger that does not ask ENTSO-E does not pay for the parser's memory.
    import defusedxml.ElementTree as SafeTree  # type: ignore[import-untyped]  # noqa: PLC0415
    from defusedxml import DefusedXmlException  # noqa: PLC0415

    try:
        root: Element = SafeTree.fromstring(text, forbid_dtd=True)
    except (SafeTree.ParseError, DefusedXmlException, ValueError) as err:
        start = shorten(text[:60], 60)
        raise PricesUnavailable(f"the answer is no XML, it begins with {start!r}") from err
    return root


def _is_billed(series: Element) -> bool:
    """Of the day-ahead auction at noon: neither of EXAA's, nor of one within the day."""
    contract = series.findtext("{*}contract_MarketAgreement.type")
    sequence = series.findtext("{*}classificationSequence_AttributeInstanceComponent.position")
    return contract in (None, DAY_AHEAD) and sequence in (None, BILLED_SEQUENCE)


@dataclass(frozen=True, slots=True)
class _Block:
    """A row of prices with one resolution."""

    start: datetime
    count: int
    step: timedelta
    by_position: Mapping[int, Decimal]

    @classmethod
    def of(cls, period: Element) -> _Block:
        interval = period.find("{*}timeInterval")
        if interval is None:
            raise PricesUnavailable("a period in the answer has no 'timeInterval'")
        start, end = _time(_text(interval, "start")), _time(_text(interval, "end"))
        resolution = _text(period, "resolution")
        step = RESOLUTIONS.get(resolution)
        if step is None:
            raise PricesUnavailable(f"the resolution {shorten(resolution, 20)!r} is not known")
        count, rest = divmod(end - start, step)
        if rest or not 0 < count <= 12 * LONGEST // step:
            raise PricesUnavailable(f"the period {start} - {end} is none of steps of {resolution}")
        return cls(start, count, step, _by_position(period, count))


def _prices(block: _Block, is_variable: bool) -> Iterator[SpotPrice]:
    price: Decimal | None = None
    for position in range(1, block.count + 1):
        found = block.by_position.get(position)
        price = found if found is not None or not is_variable else price
        if price is not None:
            start = block.start + (position - 1) * block.step
            yield SpotPrice(start, start + block.step, price / PER_MWH)


def _by_position(period: Element, count: int) -> dict[int, Decimal]:
    found: dict[int, Decimal] = {}
    for position, price in map(_point, period.findall("{*}Point")):
        if not 1 <= position <= count or found.setdefault(position, price) != price:
            wrong = f"position {position} of {count} is none, or there with two prices"
            raise PricesUnavailable(f"in a period of the answer {wrong}")
    return found


def _point(point: Element) -> tuple[int, Decimal]:
    position, amount = _text(point, "position"), _text(point, "price.amount")
    try:
        number, price = int(position), Decimal(amount)
    except (ValueError, InvalidOperation):
        number, price = 0, Decimal("NaN")
    if not price.is_finite():
        told = shorten(f"{position}: {amount}", 40)
        raise PricesUnavailable(f"a point of the answer is {told!r}")
    return number, price


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise PricesUnavailable(f"{shorten(text, 40)!r} in the answer is no time")
    return found


def _text(element: Element, name: str) -> str:
    found = element.findtext(f"{{*}}{name}")
    if found is None:
        raise PricesUnavailable(f"the answer has no {name!r} where it is expected")
    return found.strip()


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]
