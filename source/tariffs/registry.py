"""The providers of market prices: each is a name and the function that tells such prices."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeAlias, TypeVar

from source.devices.catalogue import Catalogue, Registration
from source.devices.foreign import called
from source.errors import HandlerFailed, PricesUnavailable
from source.tariffs.market import Market
from source.tariffs.spot import SpotPrice, nano_by_quarter

ProviderFunction: TypeAlias = Callable[[Market], Iterable[SpotPrice]]
MOST_PRICES = 200_000
"""Quarter hours of more than five years: what gives more never ends."""
_BUILT_IN = Path(__file__).parent / "providers"
F = TypeVar("F", bound=ProviderFunction)


@dataclass(frozen=True, slots=True)
class Provider(Registration):
    """A registered function that tells prices."""

    function: ProviderFunction


class TariffRegistry(Catalogue[Provider]):
    """Providers by name. A function is registered with ``@tariffs.register("awattar")``."""

    def __init__(self) -> None:
        super().__init__("provider of prices", _BUILT_IN)

    def register(self, name: str) -> Callable[[F], F]:
        """A decorator that makes a function the provider of that name."""

        def registered(function: F) -> F:
            self._register(name, function, lambda at: Provider(at, function))
            return function

        return registered

    def prices(self, name: str, market: Market) -> dict[int, int]:
        """What a provider tells: billionths of the currency per kWh, by quarter hour.

        Raises PricesUnavailable and nothing else, whatever the provider does.
        """
        found = self._named(name)
        if found is None:
            known = ", ".join(self.names())
            raise PricesUnavailable(f"there is no provider {name!r}; known are {known}")

        def told() -> dict[int, int]:
            # In here: a generator works only now, and its values may be foreign objects.
            prices = found.function(market)
            return nano_by_quarter(islice(prices, MOST_PRICES))

        try:
            return called(told, found.origin.file, PricesUnavailable)
        except HandlerFailed as err:
            raise PricesUnavailable(f"provider {name!r} ({err})") from None
