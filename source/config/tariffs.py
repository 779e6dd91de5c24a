"""What tariffs may be configured: prices from dates on, by time of use, or from a market."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, SecretStr

FROZEN = ConfigDict(frozen=True, populate_by_name=True)


class Window(BaseModel):
    """Hours of the day with a price of their own."""

    model_config = FROZEN

    start: time
    end: time
    """Both on a quarter hour; where the end is not after the start the window goes over midnight
    (and belongs to the day on which it begins)."""
    weekdays: frozenset[int] = frozenset(range(7))
    """0 is Monday; a public holiday counts as Sunday."""
    price_kwh: Decimal


class Market(BaseModel):
    """Where the prices of a dynamic tariff come from, and what is added to them."""

    model_config = FROZEN

    provider: str
    """As it is registered: ``awattar``, ``csv``, … or one of the user's own."""
    area: str | None = None
    """Market area, such as ``DE-LU``; None: the provider's usual one."""
    formula: str = "spot"
    """Price in hundredths of the currency per kWh; ``spot`` is the market's, in the same."""
    token: SecretStr | None = None
    file: str | None = None
    """Name of the file of prices in the files folder, for ``csv``."""
    url: str | None = None
    """Server in the place of the provider's own."""

    @property
    def source(self) -> str:
        """Under what the prices are stored in the journal."""
        return ":".join(part for part in (self.provider, self.area or self.file) if part)


class PriceSection(BaseModel):
    """The prices from a date on, until the next section's date."""

    model_config = FROZEN

    start: date | None = None
    """Midnight of this day in ``timezone``; None: since ever."""
    price_kwh: Decimal
    """At all times that no window and no market price covers."""
    base_price_month: Decimal = Decimal(0)
    feed_in_kwh: Decimal = Decimal(0)
    windows: tuple[Window, ...] = ()
    """The first one that covers a time counts."""
    market: Market | None = None


class Tariff(BaseModel):
    """Everything that a kilowatt hour costs and earns, over the years."""

    model_config = FROZEN

    sections: tuple[PriceSection, ...]
    """By date, at least one; the first one has ``start`` None."""
    holidays: str | None = None
    """Country, or country and state, whose public holidays count as Sundays: ``DE``, ``DE-BY``."""
    share_base_price: bool = False
    """Share the base price out over the sockets by energy; else it is in the house total alone."""
