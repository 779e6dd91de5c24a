"""The built-in providers of market prices, one small file for each."""

from __future__ import annotations

from source.tariffs.providers.awattar import awattar
from source.tariffs.providers.csvfile import csvfile
from source.tariffs.providers.energy_charts import energy_charts
from source.tariffs.providers.entsoe import entsoe
from source.tariffs.providers.tibber import tibber
from source.tariffs.registry import TariffRegistry


def built_in() -> TariffRegistry:
    """A registry that has all of them."""
    tariffs = TariffRegistry()
    tariffs.register("awattar")(awattar)
    tariffs.register("csv")(csvfile)
    tariffs.register("energy-charts")(energy_charts)
    tariffs.register("entsoe")(entsoe)
    tariffs.register("tibber")(tibber)
    return tariffs
