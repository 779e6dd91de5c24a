"""The tables of the page as CSV: a header with the units in the names, and a line for each row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from source.model import QUARTER_US, US_PER_S, Period
from source.reports.csvfile import Dialect, text_of
from source.reports.exchange import DEVICE, as_csv
from source.reports.figures import COLUMNS, Cell, Figures, csv_cells
from source.reports.iso import local_iso
from source.reports.view import View
from source.web.reportfiles import ReportFile
from source.web.reportlines import Line

MICRO, MILLI = Decimal("0.000001"), Decimal("0.001")
NANO = 1_000_000_000


def csv_table(view: View, table: str, dialect: Dialect) -> str:
    """One of ``TABLES``."""
    return TABLES[table](view, dialect)


def _parts(view: View, dialect: Dialect) -> str:
    rows = (
        (view.subject, *csv_cells(view.span.step, part.period, part.figures, view.span.zone, 0))
        for part in view.parts
    )
    return _text((DEVICE, *COLUMNS), rows, dialect)


def years_table(
    subject: str, zone: ZoneInfo, years: Iterable[tuple[Period, Figures]], dialect: Dialect
) -> str:
    """A line for each calendar year."""
    rows = ((subject, *csv_cells("year", *one, zone, 0)) for one in years)
    return _text((DEVICE, *COLUMNS), rows, dialect)


def ledger_table(
    lines: Iterable[Line], written_s: Mapping[str, float], zone: ZoneInfo, dialect: Dialect
) -> str:
    """What was reported, and when by the name of its document; without the lines of the text
    files, which have their own columns."""
    head = (DEVICE, "kind", "label", "start", "end", "file", "corrected", "written")
    rows = (
        (
            one.device,
            one.kind,
            one.label,
            local_iso(one.period.start_us, zone),
            local_iso(one.period.end_us, zone),
            one.file,
            int(one.is_correction),
            _instant(written_s.get(one.document), zone),
        )
        for one in lines
    )
    return _text(head, rows, dialect)


def files_table(files: Iterable[ReportFile], zone: ZoneInfo, dialect: Dialect) -> str:
    """The files of reports."""
    rows = ((one.name, one.bytes, _instant(one.changed_s, zone)) for one in files)
    return _text(("name", "bytes", "changed"), rows, dialect)


def _stack(view: View, dialect: Dialect) -> str:
    head = ("start", "end", DEVICE, "energy_kwh", "energy_cost")
    return _text(head, _stack_rows(view), dialect)


def _stack_rows(view: View) -> Iterator[Sequence[Cell]]:
    zone = view.span.zone
    for place, part in enumerate(view.parts):
        times = local_iso(part.period.start_us, zone), local_iso(part.period.end_us, zone)
        for one in view.devices:
            share = one.parts[place]
            if share is not None:
                kwh = _micro(share.energy_wh / 1000.0)
                yield (*times, one.device, kwh, share.cost.quantize(MICRO))


def _runs(view: View, dialect: Dialect) -> str:
    zone = view.span.zone
    head = (DEVICE, "start", "end", "duration_s", "energy_kwh", "cost", "peak_w", "is_over")
    rows = (
        (
            one.run.device,
            local_iso(one.run.start_us, zone),
            local_iso(one.run.end_us, zone),
            round((one.run.end_us - one.run.start_us) / US_PER_S),
            _micro(one.run.energy_wh / 1000.0),
            one.cost.quantize(MICRO),
            _milli(one.run.peak_w),
            int(one.is_over),
        )
        for one in view.runs
    )
    return _text(head, rows, dialect)


def _standby(view: View, dialect: Dialect) -> str:
    head = (
        DEVICE,
        "power_w",
        "energy_kwh_year",
        "cost_year",
        "night_kwh_year",
        "night_saving_year",
    )
    rows = (
        (
            one.device,
            _milli(one.power_w),
            _micro(one.energy_wh_year / 1000.0),
            one.cost_year.quantize(MICRO),
            _micro(one.night_wh_year / 1000.0),
            one.night_cost_year.quantize(MICRO),
        )
        for one in view.standby
    )
    return _text(head, rows, dialect)


def _prices(view: View, dialect: Dialect) -> str:
    """By quarter hours, also of a long span; nothing where all energy has one price."""
    head = ("start", "import_per_kwh", "feed_in_per_kwh", "assumed")
    prices, zone = view.prices, view.span.zone
    if prices is None:
        return _text(head, (), dialect)
    every = zip(prices.import_nano, prices.feed_in_nano, prices.assumed, strict=True)
    rows = (
        (
            local_iso((prices.first_quarter + place) * QUARTER_US, zone),
            _nano(taken),
            _nano(fed_in),
            int(assumed),
        )
        for place, (taken, fed_in, assumed) in enumerate(every)
    )
    return _text(head, rows, dialect)


def _week(view: View, dialect: Dialect) -> str:
    """Mean power by weekday, of which Monday is 1, and by hour on the clocks."""
    head = ("weekday", *(f"w_{hour:02}" for hour in range(24)))
    rows = (
        (day, *(None if mean_w is None else _milli(mean_w) for mean_w in means_w))
        for day, means_w in enumerate(view.week, start=1)
    )
    return _text(head, rows, dialect)


TABLES: Mapping[str, Callable[[View, Dialect], str]] = {
    "parts": _parts,
    "devices": as_csv,
    "stack": _stack,
    "runs": _runs,
    "standby": _standby,
    "prices": _prices,
    "week": _week,
}


def _text(head: Sequence[str], rows: Iterable[Sequence[Cell]], dialect: Dialect) -> str:
    return text_of(head, dialect) + "".join(text_of(row, dialect) for row in rows)


def _instant(time_s: float | None, zone: ZoneInfo) -> str | None:
    return None if time_s is None else local_iso(round(time_s) * US_PER_S, zone)


def _micro(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(MICRO)


def _milli(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(MILLI)


def _nano(value: int) -> Decimal:
    return (Decimal(value) / NANO).quantize(MICRO)
