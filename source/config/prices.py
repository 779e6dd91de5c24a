"""Reads a tariff of config.json or devices.json: an object, or its list of prices alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pydantic import SecretStr

from source.config.findings import Findings, Place, shown
from source.config.models import kinds_of
from source.config.reading import validated, warn_of_unknown
from source.config.registered import Registered
from source.config.tariffkinds import Token
from source.config.tariffs import (
    BUILT_IN_PROVIDERS,
    CSV,
    WITH_TOKEN,
    Market,
    PriceSection,
    Tariff,
    Window,
)
from source.config.variables import Layer, Setting, setting

TARIFF = "tariff"
PRICES = "prices"
WINDOWS = "windows"
DYNAMIC = "dynamic"
TOKEN_VARIABLE = "TARIFF_TOKEN"  # noqa: S105 (the name of a variable)
PRICE_KEYS = (*kinds_of(PriceSection), WINDOWS, DYNAMIC)
MARKET_KEYS = tuple(kinds_of(Market))
TARIFF_KEYS = (PRICES, *kinds_of(Tariff))
EXAMPLE = '{"prices": [{"from": "2026-01-01", "price_kwh": 0.30, "base_price_month": 12.90}]}'


@dataclass(frozen=True, slots=True)
class Markets:
    """What there is for dynamic prices."""

    providers: Registered
    token: SecretStr | None = None
    """For those that want one and have none of their own in the file."""


def markets(
    layers: Sequence[Layer], known: Collection[str], complete: bool, findings: Findings
) -> Markets:
    """The providers in ``known``, and the token that the environment has for them."""
    providers = Registered("providers", "their prices are missing", known, complete)
    found = setting(TOKEN_VARIABLE, layers, findings, secret=True)
    return Markets(providers, None if found is None else _token_of(found))


def _token_of(setting: Setting) -> SecretStr:
    """An empty one, with a problem noted, where it is none: it is not missing besides."""
    try:
        return Token().read(setting.text or "")
    except ValueError as err:
        setting.place.problem(str(err))
        return SecretStr("")


def read_tariff(
    raw: object, price_kwh: Decimal, markets: Markets, place: Place, *, of_house: bool = True
) -> Tariff | None:
    """The tariff in ``raw``; None where there is none, or, with problems noted, a wrong one.

    ``price_kwh`` holds before the first date, and in prices that name none.
    """
    if raw is None:
        return None
    before = len(place.findings.problems)
    head = raw if isinstance(raw, dict) else {}
    sections = [
        (_section(entry, price_kwh, markets, where), where) for entry, where in _entries(raw, place)
    ]
    _refuse_same_dates(sections)
    if not of_house and "share_base_price" in head:
        place.at("share_base_price").warn("has no effect in the tariff of a device")
        head = {**head, "share_base_price": False}
    found = [section for section, _ in sections if section is not None]
    tariff = validated(Tariff, head, place, sections=_in_order(found, price_kwh))
    return tariff if len(place.findings.problems) == before else None


def _entries(raw: object, place: Place) -> list[tuple[object, Place]]:
    """The prices, each with its place; the keys of a single one may stand in the tariff itself."""
    if isinstance(raw, dict):
        raw = _without_strays(raw, place)
        warn_of_unknown(raw, (*TARIFF_KEYS, *PRICE_KEYS), place, kept=False)
        if PRICES not in raw:
            return [({key: raw[key] for key in raw if key in PRICE_KEYS}, place)]
        for key in PRICE_KEYS:
            if key in raw:
                place.at(key).problem(f'belongs inside "{PRICES}", to the price that it is part of')
        raw, place = raw[PRICES], place.at(PRICES)
    if not isinstance(raw, list) or not raw:
        value = "an empty list" if raw == [] else shown(raw)
        place.problem(f"must be a list of prices, or an object such as {EXAMPLE}", value)
        return []
    return [(entry, place.at(str(index))) for index, entry in enumerate(raw)]


def _without_strays(raw: Mapping[str, object], place: Place) -> dict[str, object]:
    """``raw`` without the keys of a market; a problem for each: the tariff would not be dynamic."""
    for key in raw:
        if key in MARKET_KEYS:
            place.at(key).problem(f'belongs inside "{DYNAMIC}"')
    return {key: value for key, value in raw.items() if key not in MARKET_KEYS}


def _section(
    raw: object, price_kwh: Decimal, markets: Markets, place: Place
) -> PriceSection | None:
    if not isinstance(raw, dict):
        place.problem(
            'must be an object such as {"from": "2026-01-01", "price_kwh": 0.30}', shown(raw)
        )
        return None
    raw = _without_strays(raw, place)
    warn_of_unknown(raw, (*PRICE_KEYS, *TARIFF_KEYS), place, kept=False)
    market = _market(raw.get(DYNAMIC), markets, place.at(DYNAMIC))
    windows = _windows(raw.get(WINDOWS), place.at(WINDOWS))
    entry = {"price_kwh": price_kwh, **raw}
    return validated(PriceSection, entry, place, windows=windows, market=market)


def _windows(raw: object, place: Place) -> tuple[Window, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list):
        example = '[{"from": "22:00", "to": "06:00", "price_kwh": 0.21}]'
        place.problem(f"must be a list of objects, such as {example}", shown(raw))
        return ()
    found = (_window(entry, place.at(str(index))) for index, entry in enumerate(raw))
    return tuple(window for window in found if window is not None)


def _window(raw: object, place: Place) -> Window | None:
    if not isinstance(raw, dict):
        place.problem(
            'must be an object such as {"from": "22:00", "to": "06:00", "price_kwh": 0.21}',
            shown(raw),
        )
        return None
    warn_of_unknown(raw, kinds_of(Window), place, kept=False)
    return validated(Window, raw, place)


def _market(raw: object, markets: Markets, place: Place) -> Market | None:
    if raw is None:
        return None
    if not isinstance(raw, dict):
        place.problem('must be an object such as {"provider": "awattar", "area": "DE"}', shown(raw))
        return None
    warn_of_unknown(raw, kinds_of(Market), place, kept=False)
    markets.providers.check(raw.get("provider"), place.at("provider"))
    market = validated(Market, raw, place)
    if market is None:
        return None
    return _with_token(_without_idle(market, place), markets, place)


def _without_idle(market: Market, place: Place) -> Market:
    """``market`` without the keys that its provider has no use for; a CSV file without a file."""
    if market.provider == CSV and market.file is None:
        place.at("file").problem(f"is missing; it {kinds_of(Market)['file'].allowed}")
    for key in _idle_keys(market.provider):
        if getattr(market, key) is not None:
            place.at(key).warn(f"has no effect with the provider {market.provider}")
    return market.model_copy(update=dict.fromkeys(_idle_keys(market.provider)))


def _idle_keys(provider: str) -> tuple[str, ...]:
    if provider == CSV:
        return ("area", "url", "token")
    return ("file",) if provider in BUILT_IN_PROVIDERS else ()


def _with_token(market: Market, markets: Markets, place: Place) -> Market:
    wants_one = market.provider in WITH_TOKEN
    if not wants_one and market.provider in BUILT_IN_PROVIDERS:
        return market
    if market.token is not None and market.token.get_secret_value().strip():
        return market
    if wants_one and markets.token is None:
        place.at("token").problem(
            f"is missing; {market.provider} gives prices only to those who have one. Enter it here,"
            f" or set {TOKEN_VARIABLE}, or {TOKEN_VARIABLE}_FILE for a file that holds it"
        )
    return market.model_copy(update={"token": markets.token})


def _refuse_same_dates(sections: Sequence[tuple[PriceSection | None, Place]]) -> None:
    """A problem for every price that begins on the day of one before it in the file."""
    starts: set[date | None] = set()
    for section, where in sections:
        if section is None:
            continue
        if section.start in starts:
            where.at("from").problem(
                "is missing; only one price holds since ever"
                if section.start is None
                else "is the date of another price too; change or remove one of the two",
                "" if section.start is None else shown(section.start.isoformat()),
            )
        starts.add(section.start)


def _in_order(sections: Sequence[PriceSection], price_kwh: Decimal) -> tuple[PriceSection, ...]:
    """By date; before the first one the plain price holds."""
    ordered = sorted(sections, key=lambda section: section.start or date.min)
    if ordered and ordered[0].start is None:
        return tuple(ordered)
    return (PriceSection(price_kwh=price_kwh), *ordered)
