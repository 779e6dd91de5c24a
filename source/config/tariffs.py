"""What tariffs may be configured: prices from dates on, by time of use, or from a market."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic.json_schema import SkipJsonSchema

from source.config.kinds import Flag, Maybe, Text
from source.config.places import HolidayArea
from source.config.quantities import Price
from source.config.tariffkinds import (
    CalendarDate,
    FileName,
    FormulaText,
    QuarterTime,
    Token,
    WebAddress,
    Weekdays,
)

FROZEN = ConfigDict(frozen=True, populate_by_name=True)
PER_KWH = Price(0, 1_000_000, "per kWh")
PER_MONTH = Price(0, 1_000_000, "per month")
BUILT_IN_PROVIDERS = ("awattar", "csv", "energy-charts", "entsoe", "tibber")
CSV = "csv"
"""The provider that reads a file of the user's own."""
WITH_TOKEN = ("tibber", "entsoe")
"""Of the built-in ones those that give prices to customers of theirs only."""


class Window(BaseModel):
    """Hours of the day with a price of their own."""

    model_config = FROZEN

    start: Annotated[time, QuarterTime()] = Field(
        alias="from",
        description="When the hours begin, by the clock in `timezone`, on a quarter hour.",
    )
    end: Annotated[time, QuarterTime(is_end=True)] = Field(
        alias="to",
        description='When they end, on a quarter hour; `"24:00"` is midnight. Where that is not'
        " after `from`, they end on the next day.",
    )
    """Where the end is not after the start the window goes over midnight (and belongs to the day on
    which it begins)."""
    weekdays: Annotated[frozenset[int], Weekdays()] = Field(
        frozenset(range(7)),
        alias="days",
        description="Days of the week on which they begin: `mon-fri`, `sat,sun` or a list. A public"
        " holiday counts as Sunday, see `holidays`.",
    )
    """0 is Monday; a public holiday counts as Sunday."""
    price_kwh: Annotated[Decimal, PER_KWH] = Field(
        description="Price of a kilowatt hour in these hours, in `currency`."
    )


class Market(BaseModel):
    """Where the prices of a dynamic tariff come from, and what is added to them."""

    model_config = FROZEN

    provider: Annotated[str, Text("the name of a provider of prices", 40)] = Field(
        description="Who tells the prices: `awattar`, `energy-charts`, `tibber`, `entsoe`, `csv` or"
        " one that `device_plugin.py` registers."
    )
    """As it is registered: ``awattar``, ``csv``, … or one of the user's own."""
    area: Annotated[str | None, Maybe(Text("a market area such as DE-LU", 40))] = Field(
        None, description="Market area, such as `DE-LU`. Left out: the provider's usual one."
    )
    formula: Annotated[str, FormulaText()] = Field(
        "spot",
        description="Your price in hundredths of the currency (cents) per kWh; `spot` is that of"
        " the market, in the same unit.",
    )
    token: Annotated[SecretStr | None, Maybe(Token())] = Field(
        None,
        description="Your token, for `tibber` and `entsoe`. Left out: `TARIFF_TOKEN` of the"
        " environment.",
    )
    file: Annotated[str | None, Maybe(FileName())] = Field(
        None, description="Name of the file of prices in the files folder, for `csv`."
    )
    url: Annotated[str | None, Maybe(WebAddress())] = Field(
        None, description="Another server in the place of the provider's own."
    )

    @property
    def source(self) -> str:
        """Under what the prices are stored in the journal."""
        return ":".join(part for part in (self.provider, self.area, self.file) if part)


class PriceSection(BaseModel):
    """The prices from a date on, until that of the next ones."""

    model_config = FROZEN

    start: Annotated[date | None, Maybe(CalendarDate())] = Field(
        None,
        alias="from",
        description="Day from whose beginning in `timezone` the price holds, until the next one's."
        " Left out: since ever.",
    )
    """Midnight of this day in ``timezone``; None: since ever."""
    price_kwh: Annotated[Decimal, PER_KWH] = Field(
        description="Price of a kilowatt hour, in `currency`, where no window and no market price"
        " holds. Left out: `price_kwh` of `general`."
    )
    """At all times that no window and no market price covers."""
    base_price_month: Annotated[Decimal, PER_MONTH] = Field(
        Decimal(0), description="Base price of a month, in `currency`."
    )
    feed_in_kwh: Annotated[Decimal, PER_KWH] = Field(
        Decimal(0), description="What you are paid for a kilowatt hour that is fed in."
    )
    windows: SkipJsonSchema[tuple[Window, ...]] = ()
    """The first one that covers a time counts."""
    market: SkipJsonSchema[Market | None] = None
    """Key ``dynamic``."""


class Tariff(BaseModel):
    """Everything that a kilowatt hour costs and earns, over the years."""

    model_config = FROZEN

    sections: SkipJsonSchema[tuple[PriceSection, ...]]
    """By date, at least one; the first one has ``start`` None."""
    holidays: Annotated[str | None, Maybe(HolidayArea())] = Field(
        None,
        description="Country, or country and state, whose public holidays count as Sundays: `DE`,"
        " `DE-BY`.",
    )
    share_base_price: Annotated[bool, Flag()] = Field(
        False,
        description="Share the base price out over the sockets too, by their energy. Otherwise only"
        " the house total has it.",
    )
    """Share the base price out over the sockets by energy; else it is in the house total alone."""
