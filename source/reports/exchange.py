"""A view for other programs: CSV with the columns of the reports' files, and JSON (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from source.model import US_PER_S, Period
from source.reports.csvfile import Dialect, text_of
from source.reports.figures import COLUMNS, Figures, as_object, csv_cells, money_text
from source.reports.iso import local_iso
from source.reports.priced import PricedRun
from source.reports.span import Step
from source.reports.standby import Standby
from source.reports.view import View
from source.reports.writing import missing_percent

DEVICE = "device"
PARTS: Mapping[Step, str] = {"hour": "hours", "day": "days", "month": "months", "year": "years"}


def as_csv(view: View, dialect: Dialect) -> str:
    """A header, then a line of the device; of the house total, its own and one of each device.

    Before the columns of the reports' files stands the device. The revision is 0: what is computed
    here is kept nowhere.
    """
    zone, kind = view.span.zone, view.span.kind
    rows = [(view.subject, view.figures), *((one.device, one.figures) for one in view.devices)]
    lines = (
        text_of((name, *csv_cells(kind, view.period, figures, zone, 0)), dialect)
        for name, figures in rows
    )
    return text_of((DEVICE, *COLUMNS), dialect) + "".join(lines)


def as_json(view: View) -> dict[str, object]:
    """Figures with their units in the names, times with their offset; money as decimal text."""
    zone = view.span.zone
    found: dict[str, object] = {
        DEVICE: view.subject,
        "kind": view.span.kind,
        "label": view.span.label,
        **_times(view.period, zone),
        "timezone": str(zone),
        "is_over": view.is_over,
        **figures_object(view.figures),
        PARTS[view.span.step]: [
            {**_times(part.period, zone), **figures_object(part.figures)} for part in view.parts
        ],
    }
    if view.is_house:
        found["devices"] = [
            {
                DEVICE: one.device,
                "energy_share_percent": round(one.energy_percent, 3),
                **figures_object(one.figures),
            }
            for one in view.devices
        ]
        found["left_out"] = list(view.left_out)
    found["mean_power_w"] = _week(view)
    found["standby"] = [_standby(one) for one in view.standby]
    found["runs"] = [_run(one, zone) for one in view.runs]
    return found


def _times(period: Period, zone: ZoneInfo) -> dict[str, str]:
    return {
        "start": local_iso(period.start_us, zone),
        "end": local_iso(period.end_us, zone),
    }


def figures_object(figures: Figures) -> dict[str, object]:
    """The figures of one line, as ``as_json`` has them."""
    return {**as_object(figures), "missing_percent": round(missing_percent(figures.totals), 3)}


def _week(view: View) -> Sequence[Sequence[float | None]]:
    """By weekday from Monday on, and by hour on the clocks."""
    return [[None if w is None else round(w, 3) for w in row] for row in view.week]


def _standby(one: Standby) -> dict[str, object]:
    return {
        DEVICE: one.device,
        "power_w": round(one.power_w, 3),
        "energy_kwh_year": round(one.energy_wh_year / 1000.0, 6),
        "cost_year": money_text(one.cost_year),
        "night_kwh_year": round(one.night_wh_year / 1000.0, 6),
        "night_saving_year": money_text(one.night_cost_year),
    }


def _run(one: PricedRun, zone: ZoneInfo) -> dict[str, object]:
    run = one.run
    return {
        DEVICE: run.device,
        **_times(Period(run.start_us, run.end_us), zone),
        "duration_s": round((run.end_us - run.start_us) / US_PER_S, 3),
        "energy_kwh": round(run.energy_wh / 1000.0, 9),
        "cost": money_text(one.cost),
        "peak_w": round(run.peak_w, 3),
        "is_over": one.is_over,
    }
