"""Endpoints: charts of power and other values, and the end of a device's data."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from source.config.names import file_stem
from source.model import US_PER_S, Period
from source.reports.csvfile import Dialect
from source.reports.house import TOTAL
from source.web.api.attachment import attachment
from source.web.api.documented import TABLE
from source.web.api.parameters import Device, Format, LocaleText
from source.web.asked import NO_SOCKET, dialect_asked, subject_named
from source.web.context import Context
from source.web.errors import ApiError
from source.web.fields import Fields, fields_of
from source.web.power import Houses, Power, power_of
from source.web.powertables import fields_table, power_table
from source.web.texts import N_
from source.web.turns import Turns

LAST_S = 4_102_444_800
"""The year 2100."""
Second = Annotated[float, Query(ge=0, le=LAST_S, allow_inf_nan=False)]
Points = Annotated[int, Query(ge=10, le=1000)]
FieldPoints = Annotated[int, Query(ge=10, le=500)]
TOO_SHORT = N_("The end must lie at least a second after the start.")
STILL_THERE = N_("The socket is still there: remove it first.")


class Forgotten(BaseModel):
    """What was deleted."""

    points: int


def router(context: Context) -> APIRouter:
    found = APIRouter(tags=["power"])
    houses = Houses(context.clock)
    turns = Turns()
    """Of the house's charts: who waits for one holds no thread, which others need."""

    @found.get("/power", response_model=Power, responses=TABLE)
    async def power(
        device: Device,
        start_s: Second,
        end_s: Second,
        points: Points = 1000,
        format: Format = "json",  # noqa: A002 (the name in the API)
        locale: LocaleText = None,
    ) -> Response:
        """Power in W in at most ``points`` steps; ``_total`` is the house."""
        period = period_of(start_s, end_s)
        dialect = dialect_asked(locale, context.configuration)
        shown = dialect if format == "csv" else None
        work = partial(_chart, context, houses, device, period, points, shown)
        if device == TOTAL:
            return await turns.compute(work)
        return await anyio.to_thread.run_sync(work)

    @found.get("/fields", response_model=Fields, responses=TABLE)
    def fields(
        device: Device,
        start_s: Second,
        end_s: Second,
        points: FieldPoints = 500,
        format: Format = "json",  # noqa: A002 (the name in the API)
        locale: LocaleText = None,
    ) -> Response:
        """What the socket tells besides: voltage, current, temperature, phases."""
        period, configuration = period_of(start_s, end_s), context.configuration
        dialect = dialect_asked(locale, configuration)
        subject = subject_named(context, device)
        with context.open_reader() as reader:
            charts = fields_of(reader, configuration, subject, period, points)
        if format == "csv":
            text = fields_table(charts, configuration.general.zone, dialect)
            return attachment(text, f"{file_stem(subject)}_values.csv")
        return Response(charts.model_dump_json(), media_type="application/json")

    @found.delete("/data", response_model=Forgotten)
    def forget(device: Device) -> Forgotten:
        """Delete all that the journal has of a device that is not in devices.json any more."""
        if device in context.configuration.devices:
            raise ApiError(409, "conflict", STILL_THERE)
        with context.open_reader() as reader:
            if device not in reader.devices():
                raise ApiError(404, "not_found", NO_SOCKET)
        return Forgotten(points=context.journal.forget(device))

    return found


def _chart(
    context: Context,
    houses: Houses,
    device: str,
    period: Period,
    points: int,
    dialect: Dialect | None,
) -> Response:
    """A chart's answer; a table where there is a dialect."""
    configuration, subject = context.configuration, subject_named(context, device)
    with context.open_reader() as reader:
        made = power_of(reader, configuration, subject, period, points, houses)
    if dialect is None:
        return Response(made.model_dump_json(), media_type="application/json")
    text = power_table(made, configuration.general.zone, dialect)
    return attachment(text, f"{file_stem(subject)}_power.csv")


def period_of(start_s: float, end_s: float) -> Period:
    """The time from one Unix second to another. Raises ApiError."""
    period = Period(round(start_s * US_PER_S), round(end_s * US_PER_S))
    if period.end_us - period.start_us < US_PER_S:
        raise ApiError(422, "invalid", TOO_SHORT)
    return period
