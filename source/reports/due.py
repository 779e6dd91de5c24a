"""Which periods are to be reported: computed from the journal, so that none is missed or doubled.

A line begins where the device's last one ended, its first one at the device's first point. So lines
leave no gap, also where the request time, the zone or the day of the month was changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from source.config.models import Configuration, DeviceConfig, General
from source.journal.reader import JournalReader
from source.model import FIRST_YEAR_US, US_PER_S, Period, PeriodKind, Report
from source.period import Rule, ends_between, period_of
from source.reports.calculation import Calculation, last_point_us
from source.reports.house import TOTAL, house_rules, shares_base_price
from source.reports.period import rules_of

PATIENCE_S = 60.0
PATIENCE_INTERVALS = 4
"""More than a gap has: the next poll may still bring energy across a period's end."""
PATIENCE_COMMITS = 2
COUNTER_PATIENCE_S = 86_400.0
"""For a socket that is away at a period's end and has a counter: when it comes back, its counter
tells what flowed before the end. A line that is written is corrected only when somebody asks."""
PRICE_PATIENCE_US = 86_400 * US_PER_S
"""For market prices that are not known yet: after it the fallback stands in."""


@dataclass(frozen=True, slots=True)
class Order:
    """A report that can be computed now."""

    device: DeviceConfig | None
    """None for the house total."""
    kind: PeriodKind
    period: Period


class Due:
    """The reports that can be written now."""

    def __init__(
        self,
        reader: JournalReader,
        calculation: Calculation,
        configuration: Configuration,
        now_us: int,
        running_s: float,
    ) -> None:
        """``running_s`` is how long the sockets have been polled: after a start the first good
        point brings the energy of the time in which the program was off."""
        self._reader = reader
        self._calculation = calculation
        self._configuration = configuration
        self._now_us = now_us
        self._running_s = running_s
        self._house_ready: dict[Period, bool] = {}

    def orders(self) -> Iterator[Order]:
        """What can be written now: of each device and kind oldest first, then of the house."""
        for device in self._configuration.devices.values():
            for rule in rules_of(device, self._configuration.general):
                for period in unwritten(self._reader, device, rule, self._now_us):
                    if not self.is_ready(device, period):
                        break
                    yield Order(device, rule.kind, period)
        for rule in house_rules(self._configuration):
            for period in self._unwritten_of_house(rule):
                if not self.is_house_ready(period):
                    break
                yield Order(None, rule.kind, period)

    def reports(self) -> Iterator[Report]:
        """The reports of ``orders``; each is computed when it is asked for."""
        for order in self.orders():
            if order.device is None:
                yield self._calculation.of_house(order.kind, order.period)
            else:
                yield self._calculation.of_device(order.device, order.kind, order.period)

    def _unwritten_of_house(self, rule: Rule) -> Iterator[Period]:
        start_us = self._reader.last_result_end_us(TOTAL, rule.kind)
        if start_us is None:
            start_us = house_beginning_us(self._reader, self._calculation, rule)
        if start_us is None:
            return
        last_us = self.house_end_us()
        for end_us in ends_between(rule, start_us, self._now_us):
            if start_us >= last_us:
                return
            yield Period(start_us, end_us)
            start_us = end_us

    def house_end_us(self) -> int:
        """A house whose devices are all polled no more gets its last line for the last point."""
        configured = self._configuration.devices.values()
        if any(device.enabled and device.in_total for device in configured):
            return self._now_us
        spans = map(self._calculation.span, self._calculation.members)
        return max((span.end_us for span in spans if span is not None), default=0)

    def is_ready(self, device: DeviceConfig, period: Period) -> bool:
        """Whether a device's line of a period that has ended need not wait any longer."""
        if not self._is_measured(device, period) or not self._is_priced(device, period):
            return False
        shares = self._calculation.book.shares_base_price and shares_base_price(device)
        return not shares or self.is_house_ready(period)

    def is_house_ready(self, period: Period) -> bool:
        """Whether every device of the house that was there has all of its energy."""
        found = self._house_ready.get(period)
        if found is None:  # each device that shares the base price asks for it
            devices = [device for device, _ in self._calculation.parts(period)]
            # The prices of a year are many: looked at when no socket is waited for any more.
            found = all(self._is_measured(device, period) for device in devices) and all(
                self._is_priced(device, period) for device in devices
            )
            self._house_ready[period] = found
        return found

    def _is_measured(self, device: DeviceConfig, period: Period) -> bool:
        metered_us = self._reader.metered_until_us(device.name)
        if metered_us is not None and metered_us >= period.end_us:
            return True  # a good point at the end or after it: its energy may span the end
        age_s = (self._now_us - period.end_us) / US_PER_S
        general = self._configuration.general
        return is_settled(self._reader, device, general, age_s, self._running_s)

    def _is_priced(self, device: DeviceConfig, period: Period) -> bool:
        if self._now_us - period.end_us >= PRICE_PATIENCE_US:
            return True
        return self._calculation.book.is_complete(device.name, period)


def unwritten(
    reader: JournalReader, device: DeviceConfig, rule: Rule, now_us: int
) -> Iterator[Period]:
    """The periods of a device that have ended and have no line yet, oldest first.

    A device that is no longer polled gets its last line for the period of its last point.
    """
    start_us = reader.last_report_end_us(device.name, rule.kind)
    if start_us is None:
        start_us = beginning_us(reader, device.name, rule)
    if start_us is None:
        return
    last_us = now_us if device.enabled else last_point_us(reader, device.name)
    for end_us in ends_between(rule, start_us, now_us):
        if start_us >= last_us:
            return
        yield Period(start_us, end_us)
        start_us = end_us


def is_settled(
    reader: JournalReader, device: DeviceConfig, general: General, age_s: float, running_s: float
) -> bool:
    """Whether the energy up to the end of a period, ``age_s`` ago, is not to be waited for.

    ``running_s`` is how long the sockets have been polled since the program's start.
    """
    patience_s = max(
        PATIENCE_S,
        PATIENCE_INTERVALS * device.update_time_s,
        PATIENCE_COMMITS * general.commit_interval_s,
    )
    if min(age_s, running_s) < patience_s:
        return False
    comes_back = device.enabled and reader.has_counter(device.name)
    return age_s >= COUNTER_PATIENCE_S or not comes_back


def beginning_us(reader: JournalReader, device: str, rule: Rule) -> int | None:
    """Where a device's first period begins; its first point is the first one inside."""
    first_us = reader.first_us(device, FIRST_YEAR_US)  # what is earlier begins no period
    if first_us is None or period_of(rule, first_us).end_us == first_us:
        return first_us  # on an end: no line for the one instant before it
    return first_us - 1


def house_beginning_us(reader: JournalReader, calculation: Calculation, rule: Rule) -> int | None:
    """Where the house's first period begins: with the first point of all."""
    begins = (beginning_us(reader, device.name, rule) for device in calculation.members)
    return min((begin for begin in begins if begin is not None), default=None)
