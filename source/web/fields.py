"""What sockets tell besides power and energy, over time: voltage, current, temperature, phases."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from source.config.models import Configuration
from source.journal.reader import JournalReader
from source.journal.series import Reduced
from source.model import US_PER_S, Period
from source.web.powerplan import GAP_INTERVALS, QUARTERS, STEPS_S, on_steps

MOST_STEPS = 500
MOST_FIELDS = 60
POINTS = 60_000
"""More are not looked into for one chart: of longer spans only a part of each step."""
TEMPERATURE = "device_temperature"
UNITS = {
    "voltage": "V",
    "current": "A",
    "temperature": "°C",
    "power": "W",
    "power_factor": "",
    "frequency": "Hz",
}
LEFT_OUT = ("energy", "counter", "is_valid", "fetch_success")
DIGITS = 4


class Field(BaseModel):
    """One field; null where nothing was measured."""

    name: str
    label: str
    unit: str
    time_s: list[float]
    min: list[float | None]
    mean: list[float | None]
    max: list[float | None]


class Fields(BaseModel):
    """All numeric fields of a device in a span."""

    device: str
    start_s: float
    end_s: float
    step_s: int
    sampled: bool
    """Only a part of each step was looked at: minimum and maximum are of that part."""
    fields: list[Field]


def fields_of(
    reader: JournalReader, configuration: Configuration, device: str, period: Period, points: int
) -> Fields:
    """Their values, as far as the single measurements are kept. Raises JournalError."""
    least_us = -(-(period.end_us - period.start_us) // max(1, min(points, MOST_STEPS)))
    begins_us = reader.raw_begins_us(device)
    kept = Period(min(period.end_us, max(period.start_us, (begins_us or 0) - 1)), period.end_us)
    step_us = _step_us(least_us)
    whole = on_steps(kept, step_us, configuration.general.zone)
    interval_us = reader.longest_interval_us(device, kept) or 10 * US_PER_S
    share = POINTS * interval_us / max(1, kept.end_us - kept.start_us)
    part_us = None if share >= 1.0 else max(2 * interval_us, round(step_us * share))
    gap = max(1, round(GAP_INTERVALS * interval_us / step_us))
    found: dict[str, list[Reduced]] = {}
    for number, names in reader.fieldsets(device, kept).items():
        places = [at for at, name in enumerate(names) if _is_shown(name)][:MOST_FIELDS]
        if places:
            values = reader.field_values(device, whole, step_us, number, places, part_us)
            for at, rows in zip(places, values, strict=True):
                found.setdefault(names[at], []).extend(rows)
    found[TEMPERATURE] = reader.field_values(device, whole, step_us, None, [], part_us)[0]
    return Fields(
        device=device,
        start_s=period.start_us / US_PER_S,
        end_s=period.end_us / US_PER_S,
        step_s=step_us // US_PER_S,
        sampled=part_us is not None,
        fields=[
            _field(name, rows, whole, step_us, gap) for name, rows in sorted(found.items()) if rows
        ],
    )


def _step_us(least_us: int) -> int:
    steps_s = (*STEPS_S, *(900 * count for count in QUARTERS[1:]))
    found = next((s for s in steps_s if s * US_PER_S >= least_us), None)
    return (found or -(-least_us // (steps_s[-1] * US_PER_S)) * steps_s[-1]) * US_PER_S


def _is_shown(name: str) -> bool:
    return not name.startswith(LEFT_OUT)


def _field(name: str, rows: Sequence[Reduced], whole: Period, step_us: int, gap: int) -> Field:
    values: dict[int, tuple[float, float, float] | None] = {}
    before = None
    for number, low, mean, high in sorted(rows):
        if before is not None and number - before > gap + 1:
            values[before + 1] = values[number - 1] = None
        values[number] = (low, mean, high)
        before = number
    numbers = sorted(values)
    columns = [[_rounded(values[number], at) for number in numbers] for at in range(3)]
    return Field(
        name=name,
        label=label_of(name),
        unit=unit_of(name),
        time_s=[(whole.start_us + number * step_us) / US_PER_S for number in numbers],
        min=columns[0],
        mean=columns[1],
        max=columns[2],
    )


def _rounded(values: tuple[float, float, float] | None, at: int) -> float | None:
    return None if values is None else round(values[at], DIGITS)


def _parts(name: str) -> tuple[str, str]:
    """What is measured, and the phase."""
    what, _, phase = name.rpartition("_")
    return (what, phase) if what and len(phase) == 1 else (name, "")


def label_of(name: str) -> str:
    """In words, such as ``Voltage`` or ``Current, phase a``: the name, where it is a plugin's."""
    what, phase = _parts(name)
    words = what.replace("_", " ").strip().capitalize() or name
    return f"{words}, phase {phase}" if phase else words


def unit_of(name: str) -> str:
    """By its name; empty where that tells none."""
    what, _ = _parts(name)
    found = [unit for key, unit in UNITS.items() if what == key or what.endswith(f"_{key}")]
    return found[-1] if found else ""
