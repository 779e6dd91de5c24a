"""The shape of the overview, as the API tells it."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel

MONEY_DIGITS = 9


class Amount(BaseModel):
    """Energy and money of one span, in Wh and in the currency; shares of the time in percent."""

    energy_wh: float = 0.0
    returned_wh: float = 0.0
    cost: float = 0.0
    """With the base price, where it is borne."""
    revenue: float = 0.0
    base_cost: float = 0.0
    measured_percent: float = 0.0
    estimated_percent: float = 0.0
    missing_percent: float = 0.0
    assumed_percent: float = 0.0
    """Of the energy: the market's price is not known."""


class Forecast(BaseModel):
    """The whole month, if it goes on like the four weeks before."""

    energy_wh: float
    cost: float


class HouseNow(BaseModel):
    """The sum of all sockets that count for the house."""

    power_w: float | None
    today: Amount
    yesterday: Amount
    month: Amount
    forecast: Forecast | None


class LastHour(BaseModel):
    """Mean power of the last sixty minutes; null where nothing was measured."""

    start_s: int
    step_s: int = 60
    power_w: list[float | None]


class DeviceNow(BaseModel):
    """A socket."""

    device: str
    type: str
    enabled: bool
    state: str
    """ok, failing, off-line, waiting, stuck or disabled."""
    reason: str | None
    """Why it is not ok, in a sentence of the catalogue."""
    detail: str | None
    """What its last poll said exactly, in English."""
    power_w: float | None
    """Null while it is not ok."""
    last_reading_s: float | None
    last_hour: LastHour
    today: Amount
    month: Amount
    in_total: bool


class Overview(BaseModel):
    """Everything that the overview shows."""

    time_s: float
    currency: str
    timezone: str
    revision: str
    house: HouseNow
    devices: list[DeviceNow]
    problems: int


def money(value: Decimal) -> float:
    """As it is told; not rounded to the cent yet."""
    return round(float(value), MONEY_DIGITS)
