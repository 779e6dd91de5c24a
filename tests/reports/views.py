"""A house with two sockets and a solar roof in a real journal, and views of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from source.config.models import Configuration, DeviceConfig, General
from source.config.tariffs import Tariff
from source.journal.reader import JournalReader
from source.journal.store import Journal
from source.model import QUARTER_US, FieldValue, Point
from source.reports.house import TOTAL
from source.reports.money import Notation, locale_named
from source.reports.span import span_named
from source.reports.survey import Survey
from source.reports.view import View
from source.reports.writing import Writing
from source.tariffs.book import PriceBook
from tests.fakes import FakeClock
from tests.reports.house import us

BEGIN, END = "2026-10-23 22:00", "2026-10-31 23:00"
"""From Saturday midnight in Berlin to the end of the month; the clocks change on the 25th."""
NOW_US = us("2026-12-01 12:00")


def quarter_point(device: str, time_us: int, energy_wh: float, power_w: float) -> Point:
    fields: dict[str, FieldValue] = {
        "fetch_success": True,
        "power": power_w,
        "energy_wh": energy_wh,
    }
    return Point(device, time_us, fields, QUARTER_US, QUARTER_US)


def fill(journal: Journal, names: tuple[str, str]) -> None:
    """A point each quarter hour: the first socket takes 40 Wh, the other feeds in 10 Wh at noon and
    else takes 20 Wh."""
    for time_us in range(us(BEGIN) + QUARTER_US, us(END) + 1, QUARTER_US):
        is_noon = time_us // QUARTER_US % 96 in range(45, 53)
        journal.append(quarter_point(names[0], time_us, 40.0, 12.0 if is_noon else 170.0))
        journal.append(quarter_point(names[1], time_us, -10.0 if is_noon else 20.0, 80.0))


def configured(
    files: Path,
    names: tuple[str, ...],
    tariff: Tariff | None = None,
    devices: Mapping[str, Mapping[str, Any]] | None = None,
) -> Configuration:
    entries = {name: {**(devices or {}).get(name, {})} for name in names}
    return Configuration(
        files=files,
        general=General(timezone="Europe/Berlin"),
        devices={
            name: DeviceConfig(name=name, ip="127.0.0.1", update_time_s=900.0, **entry)
            for name, entry in entries.items()
        },
        tariff=tariff,
    )


@contextmanager
def surveyed(folder: Path, configuration: Configuration) -> Iterator[tuple[Survey, JournalReader]]:
    with JournalReader(folder / "isdl.db") as reader:
        book = PriceBook(configuration, reader.prices)
        yield Survey(reader, book, configuration), reader


def kept(folder: Path, names: tuple[str, str] = ("Fridge", "Roof")) -> None:
    """Commit the house's past, as a daemon that has ended did."""
    journal = Journal(folder / "isdl.db", clock=FakeClock())
    journal.open()
    fill(journal, names)
    journal.close()


def view(
    folder: Path,
    configuration: Configuration,
    period: str,
    subject: str = TOTAL,
    now_us: int = NOW_US,
) -> View:
    with surveyed(folder, configuration) as (survey, _):
        span = span_named(period, configuration.general.zone, now_us)
        return survey.view(subject, span, now_us)


def writing(view: View, locale: str = "en", currency: str = "€") -> Writing:
    return Writing(view, Notation(locale_named(locale), currency, view.span.zone))
