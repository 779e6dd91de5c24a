"""Endpoints: the figures of any span, with what they are compared with, and of all years.

``navigation.previous`` is null before the records begin. ``year_before`` is null for a year, whose
``previous`` it is. ``previous`` and ``year_before`` also tell ``start``, ``end``, ``is_part`` (only
the same part of it is compared, since the span is running), ``is_comparable`` (the records begin
early enough) and ``change_percent``. ``prices`` come by quarter hours for up to two days, else for
each part with the lowest and the highest one.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import anyio.to_thread
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse, Response

from source.config.names import file_stem
from source.reports.csvfile import Dialect
from source.reports.exchange import figures_object
from source.reports.house import TOTAL
from source.reports.span import Span
from source.web.api.attachment import attachment
from source.web.api.documented import TABLE
from source.web.api.parameters import Device, Format, LocaleText, SpanText
from source.web.asked import dialect_asked, span_asked, subject_named
from source.web.context import Context
from source.web.figures import FiguresOf, view_of
from source.web.tables import csv_table, years_table
from source.web.turns import turns_of

Table = Literal["parts", "devices", "stack", "runs", "standby", "prices", "week"]


class Change(BaseModel):
    """In percent of the earlier one; null where that is nothing."""

    energy: float | None
    cost: float | None


class FigureSet(BaseModel):
    """Energy, money and completeness; money is decimal text."""

    model_config = ConfigDict(extra="allow")

    energy_kwh: float
    returned_kwh: float
    cost: str
    energy_cost: str
    base_cost: str
    revenue: str
    mean_price_per_kwh: str
    currency: str
    measured_percent: float
    estimated_percent: float
    missing_percent: float
    assumed_price_percent: float


class Earlier(BaseModel):
    """An earlier span."""

    label: str
    start: str
    end: str
    is_part: bool
    is_comparable: bool
    figures: FigureSet
    change_percent: Change | None


class Navigation(BaseModel):
    """Labels of other spans."""

    previous: str | None
    next: str | None
    up: str | None


class PriceCurve(BaseModel):
    """Prices per kWh over time."""

    step: Literal["quarter", "hour", "day", "month", "year"]
    time_s: list[int]
    import_per_kwh: list[float]
    low_per_kwh: list[float] | None
    high_per_kwh: list[float] | None
    feed_in_per_kwh: list[float]
    assumed: list[int]


class Stacked(BaseModel):
    """A device in each part; null where it has no records, costs without a base price."""

    device: str
    energy_kwh: list[float | None]
    cost: list[float | None]


class SpanFigures(FigureSet):
    """All of a span; ``hours``, ``days``, ``months`` or ``years`` are its parts."""

    device: str
    kind: Literal["day", "month", "year", "range"]
    label: str
    start: str
    end: str
    begins: str | None
    timezone: str
    is_over: bool
    previous: Earlier | None
    year_before: Earlier | None
    change_percent: Change | None
    navigation: Navigation
    prices: PriceCurve | None
    stack: list[Stacked]
    mean_power_w: list[list[float | None]]
    standby: list[dict[str, Any]]
    runs: list[dict[str, Any]]


class YearFigures(FigureSet):
    """A calendar year, up to now."""

    label: str


class Years(BaseModel):
    """Every year since the first record."""

    device: str
    years: list[YearFigures]


def router(context: Context) -> APIRouter:
    found = APIRouter(tags=["figures"])
    figures_of = FiguresOf(context)

    @found.get("/figures", response_model=SpanFigures, responses=TABLE)
    async def figures(
        request: Request,
        device: Device = TOTAL,
        span: SpanText = "this-month",
        format: Format = "json",  # noqa: A002 (the name in the API)
        table: Table = "parts",
        locale: LocaleText = None,
    ) -> Response:
        """What a device or the house has taken, and what it cost; ``format=csv`` gives a table."""
        turns = turns_of(request.app)
        subject, wanted = await anyio.to_thread.run_sync(asked, device, span)
        if format == "csv":
            dialect = dialect_asked(locale, context.configuration)
            text = await turns.compute(partial(csv_of, subject, wanted, table, dialect))
            return attachment(text, f"{file_stem(subject)}_{wanted.label}_{table}.csv")
        made = await anyio.to_thread.run_sync(figures_of.known, subject, wanted)
        if made is None:
            made = await turns.compute(partial(figures_of.document, subject, wanted))
        return JSONResponse(made)

    @found.get("/years", response_model=Years, responses=TABLE)
    async def years(
        request: Request,
        device: Device = TOTAL,
        format: Format = "json",  # noqa: A002 (the name in the API)
        locale: LocaleText = None,
    ) -> Response:
        """Each calendar year since the first record."""
        subject = await anyio.to_thread.run_sync(subject_named, context, device)
        configuration = context.configuration
        dialect = dialect_asked(locale, configuration)
        made = await turns_of(request.app).compute(partial(figures_of.years, subject))
        if format == "csv":
            past = [(period, figures) for _, period, figures in made]
            text = years_table(subject, configuration.general.zone, past, dialect)
            return attachment(text, f"{file_stem(subject)}_years.csv")
        told = [{"label": span.label, **figures_object(figures)} for span, _, figures in made]
        return JSONResponse({"device": subject, "years": told})

    def asked(device: str, span: str) -> tuple[str, Span]:
        return subject_named(context, device), span_asked(context, span)

    def csv_of(subject: str, span: Span, table: str, dialect: Dialect) -> str:
        return csv_table(view_of(context, subject, span), table, dialect)

    return found
