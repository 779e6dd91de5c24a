"""The lines of the report files, to the character as the program has always written them (pure).

Users read these files with programs of their own: widths, words and order stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from source.model import Report
from source.period import local_text
from source.reports.cost import energy_kwh, half_up
from source.reports.figures import Figures

PERIOD_WIDTH = 43
PERIOD_IN = "Period in "
OTHER_HEADERS = " consumption in KWh |         Costs          |  Error rate in %  |"
POWER_ON_HEADER = " Power on count |"
"""A fifth column, in files that version 1.9 began."""
SEPARATOR = f"|{'-' * 43}|{'-' * 20}|{'-' * 24}|{'-' * 19}|"
POWER_ON_SEPARATOR = f"{'-' * 16}|"
NOT_COUNTED = "Not req"
"""What those versions wrote there where no count was asked for."""
POWER_ON_WIDTH = 14
COST_WIDTH = 20
"""Of cost, price, currency and ``/KWh``, without the parentheses."""
UNIT_WIDTH = 10
PRICE_WIDTH = 5
PRICE_DECIMALS = 9
"""No price has more; what has more is the mean of several."""
CORRECTION = "correction"
"""How the last cell of a line begins that stands for an earlier one of the same period."""

KWH_STEP, CENT, FINE_STEP = Decimal("0.001"), Decimal("0.01"), Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Header:
    """What the header of a file says of the lines below it."""

    zone_name: str
    power_on: bool = False

    def text(self) -> str:
        """Header and separator, two lines with their line ends."""
        period = _period_header(self.zone_name)
        top, rule = f"|{period}|{OTHER_HEADERS}", SEPARATOR
        if self.power_on:
            top, rule = top + POWER_ON_HEADER, rule + POWER_ON_SEPARATOR
        return f"{top}\n{rule}\n"


def last_header(content: str) -> Header | None:
    """The header that holds for what is appended to a file; None where it has none."""
    for line in reversed(content.splitlines()):
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 1 and cells[1].startswith(PERIOD_IN):
            power_on = POWER_ON_HEADER.strip(" |") in cells
            return Header(cells[1].removeprefix(PERIOD_IN), power_on)
    return None


def opening(content: str, zone: ZoneInfo, *, power_on: bool = False) -> tuple[str, bool]:
    """What has to come between a file's content and a new row, and whether rows have the fifth
    column.

    That is nothing, as long as the last header names the zone, and has that column where it is
    needed (``power_on``); else a header of its own, since the times below it are of that zone. Rows
    start on a new line in any case.
    """
    line_end = "" if not content or content.endswith("\n") else "\n"
    last = last_header(content)
    had = last is not None and last.power_on
    if last is not None and is_header_of(last.zone_name, zone) and had >= power_on:
        return line_end, had
    wanted = Header(_name_of(zone), had or power_on)
    return line_end + wanted.text(), wanted.power_on


def is_header_of(zone_name: str, zone: ZoneInfo) -> bool:
    """Whether a header that names a zone, perhaps shortened, is that of ``zone``."""
    return _period_header(zone_name) == _period_header(_name_of(zone))


def row(
    report: Report,
    zone: ZoneInfo,
    currency: str,
    power_on: bool = False,
    switch_ons: int | None = None,
    last: str = "",
) -> str:
    """The line of a report, with its line end; times are the zone's.

    ``power_on`` is whether it has the fifth column, ``switch_ons`` what is counted there, if that
    is asked for; ``last`` is a cell after all others.
    """
    start, end = (local_text(t, zone) for t in (report.period.start_us, report.period.end_us))
    kwh = half_up(energy_kwh(report.totals), KWH_STEP)
    failed = _percent(report.totals.failed_percent)
    missing = _percent(report.totals.missing_percent)
    price = _cost_cell(report.bill.cost, report.bill.price_per_kwh, currency)
    cells = f"| {f'{start} - {end}':>41} | {kwh:>18} |{price} |{failed:>8} |{missing:>8} |"
    counted = NOT_COUNTED if switch_ons is None else str(switch_ons)
    fifth = f" {counted:>{POWER_ON_WIDTH}} |" if power_on else ""
    return f"{cells}{fifth}{f' {last} |' if last else ''}\n"


def correction_cell(revision: int, before: Figures) -> str:
    """What tells a corrected line from the first one, and what stood there before."""
    kwh, bill = energy_kwh(before.totals), before.bill
    unit = f"{price_text(bill.price_per_kwh)}{before.currency}/KWh"
    was = f"{half_up(kwh, KWH_STEP)} KWh, {cost_text(bill.cost)} ({unit})"
    return f"{CORRECTION} {revision}, before: {was}"


def cost_text(cost: Decimal) -> str:
    """A cost to the cent; what is less than a cent, and not nothing, to a hundredth of it."""
    step = FINE_STEP if Decimal(0) < abs(cost) < CENT else CENT
    return f"{half_up(cost, step):f}"


def price_text(price_per_kwh: Decimal) -> str:
    """A price with all its digits, the mean of several to four decimals; two decimals at least, as
    long as that fits its width."""
    exact = price_per_kwh.normalize()
    if _decimals(exact) > PRICE_DECIMALS:
        exact = half_up(exact, FINE_STEP).normalize()
    padded = f"{exact:.2f}" if _decimals(exact) < 2 else f"{exact:f}"
    return padded if len(padded) <= PRICE_WIDTH else f"{exact:f}"


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _cost_cell(cost: Decimal, price_per_kwh: Decimal, currency: str) -> str:
    """A long price or currency takes its room from the blanks before the cost."""
    unit = f"{price_text(price_per_kwh)}{currency}/KWh".rjust(UNIT_WIDTH)
    return f"{cost_text(cost).rjust(COST_WIDTH - len(unit))} ({unit})"


def _percent(percent: float) -> str:
    return f"{min(100.0, percent):.1f}"


def _name_of(zone: ZoneInfo) -> str:
    # Etc/UTC is the UTC of the files of version 1: no new header for the same times.
    return "UTC" if str(zone) == "Etc/UTC" else str(zone)


def _period_header(zone_name: str) -> str:
    """The header of the first column; of a name that does not fit, its last part."""
    room = PERIOD_WIDTH - len(PERIOD_IN)
    name = zone_name if len(zone_name) <= room else zone_name.rpartition("/")[2]
    name = name if len(name) <= room else f"{name[: room - 1]}…"
    return f"{PERIOD_IN}{name}".center(PERIOD_WIDTH)
