"""The providers of market prices: each is a name and the function that tells such prices."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeAlias, TypeVar

from source.devices.foreign import called
from source.errors import HandlerFailed, PluginError, PricesUnavailable
from source.tariffs.market import Market
from source.tariffs.spot import SpotPrice, nano_by_quarter

ProviderFunction: TypeAlias = Callable[[Market], Iterable[SpotPrice]]
MOST_PRICES = 200_000
"""Quarter hours of more than five years: what gives more never ends."""
_BUILT_IN = Path(__file__).parent / "providers"
F = TypeVar("F", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Provider:
    """A registered function and where it was written down."""

    function: ProviderFunction
    file: str
    line: int

    @property
    def place(self) -> str:
        return f"{Path(self.file).name}, line {self.line}"


class TariffRegistry:
    """Providers by name. A function is registered with ``@tariffs.register("awattar")``."""

    def __init__(self) -> None:
        self._providers: dict[str, Provider] = {}
        self.problems: list[PluginError] = []
        """Registrations that were refused."""
        self.is_closed = False
        """Further registrations have no effect: the plugin file took too long."""
        self.replaced: dict[str, str] = {}
        """Built-in providers that the user's plugin file has taken over, each with its place."""

    def register(self, name: str) -> Callable[[F], F]:
        """A decorator that makes a function the provider of that name."""

        def registered(function: F) -> F:
            self._add(name, function)
            return function

        return registered

    def _add(self, name: object, function: object) -> None:
        if self.is_closed:
            return
        if not isinstance(name, str) or not name.strip() or not callable(function):
            self.problems.append(PluginError(f"{name!r} = {function!r} is no provider of prices"))
            return
        code = getattr(inspect.unwrap(function), "__code__", None)
        file, line = (code.co_filename, code.co_firstlineno) if code else ("device_plugin.py", 0)
        fresh = Provider(function, file, line)
        known = self._providers.get(name)
        if known is not None and known.file == file:
            both = f"lines {known.line} and {line}"
            message = f"{Path(file).name}: the provider {name!r} is registered twice ({both}), the"
            self.problems.append(PluginError(f"{message} first one is used; rename one of the two"))
            return
        if known is not None:
            self.replaced[name] = fresh.place
        self._providers[name] = fresh

    def names(self) -> tuple[str, ...]:
        """Of all providers."""
        return tuple(sorted(self._providers))

    def is_built_in(self, name: str) -> bool:
        """False where the provider is the user's, or unknown."""
        found = self._providers.get(name)
        return found is not None and Path(found.file).parent == _BUILT_IN

    def prices(self, name: str, market: Market) -> dict[int, int]:
        """What a provider tells: billionths of the currency per kWh, by quarter hour.

        Raises PricesUnavailable and nothing else, whatever the provider does.
        """
        found = self._providers.get(name)
        if found is None:
            known = ", ".join(self.names())
            raise PricesUnavailable(f"there is no provider {name!r}; known are {known}")

        def told() -> dict[int, int]:
            # In here: a generator works only now, and its values may be foreign objects.
            prices = found.function(market)
            return nano_by_quarter(islice(prices, MOST_PRICES))

        try:
            return called(told, found.file, PricesUnavailable)
        except HandlerFailed as err:
            raise PricesUnavailable(f"provider {name!r} ({err})") from None
