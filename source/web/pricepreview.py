"""What a tariff that is not saved yet makes of the next hours."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from source.config.findings import Findings
from source.config.general import CONFIG_FILE, SECTION
from source.config.models import Configuration
from source.config.prices import TARIFF, Markets, markets, read_tariff
from source.config.tariffs import PER_KWH
from source.config.variables import layers
from source.errors import Problem
from source.model import QUARTER_S, QUARTER_US, Prices
from source.setup import ROOT
from source.tariffs.book import PriceBook
from source.web.api.settingmodels import Preview
from source.web.context import Context
from source.web.errors import ApiError
from source.web.saving import WRONG

QUARTERS = 48 * 4
NANO = 1e9


def preview(context: Context, tariff: object, general: Mapping[str, Any] | None) -> Preview:
    """The prices of the next 48 hours; those of the market as far as the journal has them.

    Raises ApiError with what is wrong, JournalError.
    """
    configuration = _with(context, tariff, general)
    first = context.clock.now_us() // QUARTER_US
    with closing(context.open_reader()) as reader:
        prices = PriceBook(configuration, reader.prices).prices("", first, QUARTERS)
    return _told(prices, configuration.general.currency)


def _with(context: Context, tariff: object, general: Mapping[str, Any] | None) -> Configuration:
    configuration = context.configuration
    findings = Findings()
    place = findings.at(CONFIG_FILE)
    price_kwh = configuration.general.price_kwh
    if general is not None and general.get("price_kwh") is not None:
        try:
            price_kwh = PER_KWH.read(general["price_kwh"])
        except ValueError as err:
            place.at(SECTION).at("price_kwh").problem(str(err))
    found = read_tariff(tariff, price_kwh, _markets(context, findings), place.at(TARIFF))
    if findings.problems:
        raise ApiError(422, "invalid", WRONG, findings.problems)
    section = configuration.general.model_copy(update={"price_kwh": price_kwh})
    return configuration.model_copy(update={"general": section, "tariff": found})


def _markets(context: Context, findings: Findings) -> Markets:
    setup = context.setup()
    unused: list[Problem] = []
    variables = layers(setup.environ, context.files, ROOT, Findings(unused))
    return markets(variables, setup.tariffs.names(), not setup.plugin_errors, findings)


def _told(prices: Prices, currency: str) -> Preview:
    count = len(prices.import_nano)
    starts = [(prices.first_quarter + number) * QUARTER_S for number in range(count)]
    return Preview(
        time_s=starts,
        import_per_kwh=[nano / NANO for nano in prices.import_nano],
        feed_in_per_kwh=[nano / NANO for nano in prices.feed_in_nano],
        assumed=list(prices.assumed),
        end_s=(prices.first_quarter + count) * QUARTER_S,
        currency=currency,
    )
