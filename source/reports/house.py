"""The house total: the sum of the reports of all devices that belong to it (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from source.config.models import Configuration, DeviceConfig
from source.model import Bill, Period, PeriodKind, Totals
from source.period import Rule
from source.reports.cost import energy_kwh
from source.reports.period import rules_of

TOTAL = "_total"
"""Its name in the journal, and of its files."""
KINDS: tuple[PeriodKind, ...] = ("day", "month", "year")


def house_rules(configuration: Configuration) -> list[Rule]:
    """When the house's periods end: kinds that any of its devices orders, at the times that
    ``general`` gives."""
    general = configuration.general
    at, zone = general.cost_calc_request_time, general.zone
    month, (day, of_year) = general.calc_request_day_monthly, general.calc_request_date_yearly
    every = (
        Rule("day", at, zone),
        Rule("month", at, zone, month),
        Rule("year", at, zone, day, of_year),
    )
    ordered = {
        rule.kind
        for device in configuration.devices.values()
        if device.in_total
        for rule in rules_of(device, general)
    }
    return [rule for rule in every if rule.kind in ordered]


def members(configuration: Configuration, known: Iterable[str]) -> list[DeviceConfig]:
    """The devices of the house: those configured for it, and those that the journal knows
    (``known``) from a time when they were in devices.json."""
    configured = [device for device in configuration.devices.values() if device.in_total]
    gone = [name for name in known if name not in configuration.devices]
    return configured + [removed(name) for name in gone]


def removed(name: str) -> DeviceConfig:
    """What stands for the entry of a device that is in devices.json no more."""
    return DeviceConfig(name=name, ip="removed", enabled=False)


def shares_base_price(device: DeviceConfig) -> bool:
    """Whether a device takes its part of the house's base price, where that is shared out."""
    return device.in_total and device.tariff is None


def base_share(base_cost: Decimal, energy_wh: float, of_all_wh: float) -> Decimal:
    """A device's part of the base price, in proportion to the energy; 0 where nobody took any."""
    if of_all_wh <= 0.0:
        return Decimal(0)
    return base_cost * Decimal(repr(energy_wh)) / Decimal(repr(of_all_wh))


def summed_totals(every: Sequence[Totals]) -> Totals:
    """Energy and polls of all; shares of the time are weighted by time, so each device's counts as
    long as it was there."""
    return Totals(
        energy_wh=sum(one.energy_wh for one in every),
        returned_wh=sum(one.returned_wh for one in every),
        estimated_wh=sum(one.estimated_wh for one in every),
        good_polls=sum(one.good_polls for one in every),
        failed_polls=sum(one.failed_polls for one in every),
        expected_polls=sum(one.expected_polls for one in every),
        unmetered_polls=sum(one.unmetered_polls for one in every),
        span_us=sum(one.span_us for one in every),
        measured_us=sum(one.measured_us for one in every),
        estimated_us=sum(one.estimated_us for one in every),
        set_aside_wh=sum(one.set_aside_wh for one in every),
        switch_ons=sum(one.switch_ons for one in every),
        longest_gap_us=max((one.longest_gap_us for one in every), default=0),
    )


def summed_bill(
    bills: Sequence[Bill], energy_wh: float, base_cost: Decimal, price_per_kwh: Decimal
) -> Bill:
    """The house's bill, with the base price once; ``price_per_kwh`` is for a house that took
    nothing."""
    cost = sum((bill.energy_cost for bill in bills), Decimal(0))
    prices = {bill.price_per_kwh for bill in bills}
    if energy_wh > 0.0:
        mean = cost / energy_kwh(Totals(energy_wh))
        # Where all pay one price, that is it, and no quotient next to it.
        price_per_kwh = prices.pop() if len(prices) == 1 else mean
    return Bill(
        energy_cost=cost,
        price_per_kwh=price_per_kwh,
        revenue=sum((bill.revenue for bill in bills), Decimal(0)),
        base_cost=base_cost,
        assumed_wh=sum(bill.assumed_wh for bill in bills),
    )


def within(there: Period | None, period: Period) -> Period:
    """The part of a period in which there are records; of no length where there are none."""
    part = None if there is None else overlap(there, period)
    return part or Period(period.start_us, period.start_us)


def since(there: Period | None, period: Period) -> Period | None:
    """A period from where records begin on; None where it has none."""
    if there is None or overlap(there, period) is None:
        return None
    return Period(max(there.start_us, period.start_us), period.end_us)


def overlap(first: Period, second: Period) -> Period | None:
    """What two periods have in common; None where that is nothing."""
    start_us, end_us = max(first.start_us, second.start_us), min(first.end_us, second.end_us)
    return Period(start_us, end_us) if start_us < end_us else None
