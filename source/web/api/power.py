"""Endpoints: charts of power and other values, and the end of a device's data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from source.model import US_PER_S, Period
from source.reports.csvfile import GERMAN, PLAIN, text_of
from source.reports.figures import Cell
from source.reports.house import TOTAL
from source.reports.iso import local_iso
from source.web.api.errors import ApiError
from source.web.context import Context
from source.web.fields import Fields, fields_of
from source.web.power import Houses, Power, power_of
from source.web.texts import N_

LAST_S = 4_102_444_800
"""The year 2100."""
LONGEST_S = 200 * 366 * 86_400
Device = Annotated[str, Query(min_length=1, max_length=200)]
Second = Annotated[float, Query(ge=0, le=LAST_S, allow_inf_nan=False)]
Points = Annotated[int, Query(ge=10, le=1000)]
TOO_SHORT = N_("The end must lie at least a second after the start.")
NO_SOCKET = N_("There is no socket of this name.")
Format = Literal["json", "csv"]
CSV_LOCALE = Annotated[str, Query(max_length=20)]


class Forgotten(BaseModel):
    """What was deleted."""

    points: int


def router(context: Context) -> APIRouter:
    found = APIRouter(tags=["power"])
    houses = Houses(context.clock)

    def period_of(start_s: float, end_s: float) -> Period:
        period = Period(round(start_s * US_PER_S), round(end_s * US_PER_S))
        if period.end_us - period.start_us < US_PER_S:
            raise ApiError(
                422, "invalid", N_("The end must lie at least a second after the start.")
            )
        return period

    @found.get("/power", response_model=Power)
    def power(
        device: Device,
        start_s: Second,
        end_s: Second,
        points: Points = 1000,
        format: Format = "json",  # noqa: A002 (the name in the API)
        locale: CSV_LOCALE = "en",
    ) -> Response:
        """Power in W in at most ``points`` steps; ``_total`` is the house."""
        period = period_of(start_s, end_s)
        with context.open_reader() as reader:
            known(context, device, reader.devices())
            chart = power_of(reader, context.configuration, device, period, points, houses)
        if format == "csv":
            rows = zip(
                chart.time_s, chart.min_w, chart.mean_w, chart.max_w, chart.estimated, strict=True
            )
            head = ("time", "min_w", "mean_w", "max_w", "estimated")
            return _csv(context, head, rows, locale, f"power {device}")
        return Response(chart.model_dump_json(), media_type="application/json")

    @found.get("/fields", response_model=Fields)
    def fields(
        device: Device,
        start_s: Second,
        end_s: Second,
        points: Annotated[int, Query(ge=10, le=500)] = 500,
        format: Format = "json",  # noqa: A002 (the name in the API)
        locale: CSV_LOCALE = "en",
    ) -> Response:
        """What the socket tells besides: voltage, current, temperature, phases."""
        period = period_of(start_s, end_s)
        with context.open_reader() as reader:
            known(context, device, reader.devices())
            charts = fields_of(reader, context.configuration, device, period, points)
        if format == "csv":
            return _csv(context, *_table(charts), locale, f"values {device}")
        return Response(charts.model_dump_json(), media_type="application/json")

    @found.delete("/data", response_model=Forgotten)
    def forget(device: Device) -> Forgotten:
        """Delete all that the journal has of a device that is not in devices.json any more."""
        if device in context.configuration.devices:
            raise ApiError(409, "conflict", N_("The socket is still there: remove it first."))
        with context.open_reader() as reader:
            if device not in reader.devices():
                raise ApiError(404, "not_found", NO_SOCKET)
        return Forgotten(points=context.journal.forget(device))

    return found


def known(context: Context, device: str, in_journal: Sequence[str]) -> None:
    """Raises ApiError for a device that neither the configuration nor the journal knows."""
    if device not in (TOTAL, *context.configuration.devices, *in_journal):
        raise ApiError(404, "not_found", NO_SOCKET)


def _table(charts: Fields) -> tuple[Sequence[str], Iterable[Sequence[float | None]]]:
    """The fields side by side, a row for each time."""
    head = ["time"]
    columns = []
    for field in charts.fields:
        head += [f"{field.name}_{what}" for what in ("min", "mean", "max")]
        values = zip(field.min, field.mean, field.max, strict=True)
        columns.append(dict(zip(field.time_s, values, strict=True)))
    times = sorted({time for column in columns for time in column})
    nothing = (None, None, None)
    return head, [
        [time, *(value for column in columns for value in column.get(time, nothing))]
        for time in times
    ]


def _csv(
    context: Context,
    head: Sequence[str],
    rows: Iterable[Sequence[float | None]],
    locale: str,
    name: str,
) -> Response:
    """A table whose first column is a time."""
    dialect = GERMAN if locale.startswith("de") else PLAIN
    zone = context.configuration.general.zone
    lines = [text_of(head, dialect)]
    for time_s, *values in rows:
        cells: list[Cell] = [local_iso(round((time_s or 0.0) * US_PER_S), zone)]
        cells += [None if value is None else Decimal(repr(value)) for value in values]
        lines.append(text_of(cells, dialect))
    safe = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in name)
    return Response(
        "".join(lines),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{safe[:100]}.csv"'},
    )
