"""Charts as CSV: a line for each time, as local ISO 8601."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from source.model import US_PER_S
from source.reports.csvfile import Dialect, text_of
from source.reports.figures import Cell
from source.reports.iso import local_iso
from source.web.fields import Fields
from source.web.power import Power

TIME = "time"
Row = tuple[float, Sequence[float | None]]
"""A time in Unix seconds, and the values then."""


def power_table(chart: Power, zone: ZoneInfo, dialect: Dialect) -> str:
    """Lowest, mean and highest power of each step."""
    head = ("min_w", "mean_w", "max_w", "estimated")
    values = zip(chart.min_w, chart.mean_w, chart.max_w, chart.estimated, strict=True)
    return _table(head, zip(chart.time_s, values, strict=True), zone, dialect)


def fields_table(charts: Fields, zone: ZoneInfo, dialect: Dialect) -> str:
    """The fields side by side."""
    head = [f"{one.name}_{what}" for one in charts.fields for what in ("min", "mean", "max")]
    return _table(head, _side_by_side(charts), zone, dialect)


def _side_by_side(charts: Fields) -> Iterator[Row]:
    columns = [
        dict(zip(one.time_s, zip(one.min, one.mean, one.max, strict=True), strict=True))
        for one in charts.fields
    ]
    nothing = (None, None, None)
    for time_s in sorted({time_s for column in columns for time_s in column}):
        yield time_s, [value for column in columns for value in column.get(time_s, nothing)]


def _table(head: Sequence[str], rows: Iterable[Row], zone: ZoneInfo, dialect: Dialect) -> str:
    lines = [text_of((TIME, *head), dialect)]
    for time_s, values in rows:
        cells: list[Cell] = [local_iso(round(time_s * US_PER_S), zone)]
        cells += [None if value is None else Decimal(repr(value)) for value in values]
        lines.append(text_of(cells, dialect))
    return "".join(lines)
