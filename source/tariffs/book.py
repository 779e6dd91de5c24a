"""The price book: what each device's energy costs and earns, by the tariffs in force."""

from __future__ import annotations

from decimal import Decimal

from source.config.models import Configuration, DeviceConfig, General
from source.config.tariffs import PriceSection, Tariff
from source.model import Bill, LoadProfile, Period, Prices, Totals
from source.period import quarters_of
from source.tariffs.base import BasePrice
from source.tariffs.bill import Rates, price_over
from source.tariffs.curve import Curve, OwnPriceCurve, TariffCurve
from source.tariffs.nano import nano_of
from source.tariffs.section import Spot

RATED_QUARTERS = 500_000
"""Whose rates are kept at most, of all spans together: about 15 MB."""


class PriceBook:
    """Prices and bills by the configuration, with the market's prices as they are known now.

    What was computed is kept: a hundred devices with one tariff cost as much as one. So a book is
    for one look at the reports; prices that come in later are in the next book.
    """

    def __init__(self, configuration: Configuration, spot: Spot) -> None:
        self._configuration = configuration
        self._spot = spot
        self._house = house_tariff(configuration)
        self._curves: dict[Tariff, Curve] = {}
        self._curve_by_device: dict[str, Curve] = {}
        self._own_prices: dict[int, Curve] = {}
        self._base_prices: dict[Tariff, BasePrice] = {}
        self._known_rates: dict[tuple[Curve, int, int], Rates] = {}
        self._rated_quarters = 0

    @property
    def shares_base_price(self) -> bool:
        """Whether the devices bear the house's base price, each by its energy."""
        return self._house.share_base_price

    def prices(self, device: str, first_quarter: int, count: int) -> Prices:
        """What a device's energy costs and earns in so many quarter hours.

        A name that is not in devices.json has the tariff of the house. A price that begins within a
        quarter hour holds from the next one on.
        """
        return self._curve(device).prices(first_quarter, count)

    def bill(self, device: str, period: Period, profile: LoadProfile) -> Bill:
        """What a device's energy costs and earns in a period, without the base price."""
        rates = self._rates(device, profile.first_quarter, len(profile.energy_wh))
        return rates.bill(profile, lambda: self._price_over(device, period))

    def flat_bill(self, device: str, period: Period, totals: Totals) -> Bill | None:
        """The same from the sums, without a profile; None where the price changes in the period."""
        quarters = quarters_of(period)
        rates = self._rates(device, quarters.start, len(quarters))
        if not rates.is_flat:
            return None
        return rates.flat_bill(
            totals.energy_wh, totals.returned_wh, lambda: self._price_over(device, period)
        )

    def is_complete(self, device: str, period: Period) -> bool:
        """Whether every market price that a device's bill of a period needs is known."""
        return 1 not in self._prices_of(device, period).assumed

    def base_cost(self, period: Period) -> Decimal:
        """The house's base price for a period, not rounded."""
        return self._base_price(self._house).cost(period)

    def own_base_cost(self, device: str, period: Period) -> Decimal:
        """That of a device's own tariff, not rounded; 0 where it has none."""
        entry = self._entry(device)
        if entry is None or entry.tariff is None:
            return Decimal(0)
        return self._base_price(entry.tariff).cost(period)

    def _price_over(self, device: str, period: Period) -> Decimal:
        some_time = Period(period.start_us, max(period.end_us, period.start_us + 1))
        return price_over(self._prices_of(device, some_time), some_time)

    def _prices_of(self, device: str, period: Period) -> Prices:
        quarters = quarters_of(period)
        return self.prices(device, quarters.start, len(quarters))

    def _rates(self, device: str, first_quarter: int, count: int) -> Rates:
        curve = self._curve(device)
        key = (curve, first_quarter, count)
        found = self._known_rates.get(key)
        if found is None:
            self._rated_quarters += count
            if self._rated_quarters > RATED_QUARTERS:
                self._known_rates.clear()
                self._rated_quarters = count
            found = self._known_rates[key] = Rates(curve.prices(first_quarter, count))
        return found

    def _curve(self, device: str) -> Curve:
        found = self._curve_by_device.get(device)
        if found is None:
            found = self._curve_by_device[device] = self._curve_for(self._entry(device))
        return found

    def _curve_for(self, entry: DeviceConfig | None) -> Curve:
        if entry is not None and entry.tariff is not None:
            return self._tariff_curve(entry.tariff)
        house = self._tariff_curve(self._house)
        if entry is None or entry.price_kwh is None:
            return house
        price_nano = nano_of(entry.price_kwh)
        return self._own_prices.setdefault(price_nano, OwnPriceCurve(price_nano, house))

    def _tariff_curve(self, tariff: Tariff) -> Curve:
        found = self._curves.get(tariff)
        if found is None:
            zone = self._configuration.general.zone
            found = self._curves[tariff] = TariffCurve(tariff, zone, self._spot)
        return found

    def _base_price(self, tariff: Tariff) -> BasePrice:
        found = self._base_prices.get(tariff)
        if found is None:
            general = self._configuration.general
            found = self._base_prices[tariff] = BasePrice(tariff, general)
        return found

    def _entry(self, device: str) -> DeviceConfig | None:
        return self._configuration.devices.get(device)


def house_tariff(configuration: Configuration) -> Tariff:
    """The tariff of the house: ``general.price_kwh`` at all times where no other is configured."""
    return configuration.tariff or _flat(configuration.general)


def _flat(general: General) -> Tariff:
    return Tariff(sections=(PriceSection(price_kwh=general.price_kwh),))
