"""Tariffs that can be read and that are hardly meant so: what the user is asked about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from source.config.devices import DEVICES_FILE
from source.config.findings import Findings, Place
from source.config.general import CONFIG_FILE
from source.config.models import DeviceConfig, General
from source.config.prices import TARIFF
from source.config.tariffs import Market, Tariff

LARGE_CURRENCIES = frozenset({"€", "EUR", "CHF", "$", "USD", "£", "GBP"})
"""Those in which a kilowatt hour costs less than one nearly everywhere."""
DEAR_KWH = Decimal(5)
GERMAN_ZONE = "Europe/Berlin"
GERMAN_STATES = frozenset(
    ("BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH")
)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A tariff and where it stands."""

    tariff: Tariff
    place: Place


def note_doubts(
    general: General,
    tariff: Tariff | None,
    devices: Mapping[str, DeviceConfig],
    findings: Findings,
) -> None:
    """Warn of prices in cents, of a state's code that is a country's, and of two ways to ask for
    the same prices."""
    config, entries = findings.at(CONFIG_FILE), findings.at(DEVICES_FILE)
    _doubt_price(general.price_kwh, general, config.at("general").at("price_kwh"))
    found = [] if tariff is None else [_Placed(tariff, config.at(TARIFF))]
    for device in devices.values():
        if device.price_kwh is not None:
            _doubt_price(device.price_kwh, general, entries.at(device.name).at("price_kwh"))
        if device.tariff is not None:
            found.append(_Placed(device.tariff, entries.at(device.name).at(TARIFF)))
    for one in found:
        dearest = max(price for price in _prices(one.tariff, general))
        _doubt_price(dearest, general, one.place)
        _doubt_holidays(one, general)
    _doubt_ways(found)


def _prices(tariff: Tariff, general: General) -> Iterator[Decimal]:
    """Per kWh, but the one that ``general`` hands down: that is looked at there."""
    yield Decimal(0)
    for section in tariff.sections:
        own = (section.price_kwh, section.feed_in_kwh, *(w.price_kwh for w in section.windows))
        yield from (price for price in own if price != general.price_kwh)


def _doubt_price(price_kwh: Decimal, general: General, place: Place) -> None:
    if general.currency in LARGE_CURRENCIES and price_kwh > DEAR_KWH:
        told = f"{price_kwh} {general.currency} per kWh"
        place.warn(f"says {told}; is that in cents? Prices are in {general.currency}")


def _doubt_holidays(one: _Placed, general: General) -> None:
    area = one.tariff.holidays
    if area in GERMAN_STATES and general.zone.key == GERMAN_ZONE:
        place = one.place.at("holidays")
        place.warn(f'"{area}" is another country; the German state is "DE-{area}"')


def _doubt_ways(found: list[_Placed]) -> None:
    """Prices are fetched once for all tariffs that take them: with the first one's token."""
    ways: dict[str, set[object]] = {}
    first: dict[str, Place] = {}
    for one in found:
        for market in _markets(one.tariff):
            way = (market.token, market.url)
            known = ways.setdefault(market.source, {way})
            where = first.setdefault(market.source, one.place)
            if way not in known:
                known.add(way)
                told = f'fetches the prices "{market.source}" with another token or url than'
                other = "a newer price of its own" if where == one.place else f"{where.path} does"
                one.place.warn(f"{told} {other}, which goes for both; tell them apart by area")


def _markets(tariff: Tariff) -> Iterator[Market]:
    """The newest first."""
    for section in reversed(tariff.sections):
        if section.market is not None:
            yield section.market
