"""What is polled: the project's own load curves, and real ones where they lie beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from bench.accuracy import traces
from source.simulator.curves import (
    constant,
    fridge,
    heat_pump,
    heat_pump_with_solar,
    hob,
    television,
    washing_machine,
)
from source.simulator.load_curve import LoadCurve, square
from source.simulator.socket import Virtual3EM, VirtualPlugS, VirtualSocket

START_S = datetime(2026, 3, 7, tzinfo=timezone.utc).timestamp()
"""A Saturday, with laundry on both days of the week's end."""
UP_BEFORE_S = 86_400.0
IN_STEP_S = 10.0
REAL = {
    "washing machine": "washingmachine_2012-06-14",
    "dishwasher": "dishwasher_2011-09-14",
    "tumble dryer": "laundry_dryer_2011-12-17",
    "refrigerator": "refrigerator_2011-10-17",
    "desktop computer": "pc_desktop_2011-08-04",
    "solar thermal pump": "solar_thermal_pump_2012-01-26",
    "kettle": "water_kettle_2011-09-13",
}
"""Real days, by the appliance. Contains information from the tracebase data set, which is made
available at http://www.tracebase.org under the Open Database License."""
RATED_W = {"tumble dryer": 4000.0}
"""It takes 3.9 kW, more than a Plug S may carry."""
PV = "pv_inverter_2022-03-19"
THREE_PHASES = "grid_three_phase_derived"


@dataclass(frozen=True, slots=True)
class Case:
    """One load and how it may be measured."""

    name: str
    curves: Sequence[LoadCurve]
    """One, or three of a three-phase connection."""
    rated_w: float | None = None
    """``max_power_w`` of the device's entry, where the type's own is too small for the load."""

    def socket(self) -> VirtualSocket:
        """One that measures it, as at the start."""
        boot_s = START_S - UP_BEFORE_S
        if len(self.curves) == 1:
            return VirtualPlugS(self.curves[0], boot_s)
        a, b, c = self.curves
        return Virtual3EM((a, b, c), boot_s)


def own_cases() -> Iterator[Case]:
    """Those that are always there."""
    yield Case("constant load", [constant(100.0)])
    yield Case("fridge", [fridge()])
    yield Case("television", [television()])
    yield Case("washing machine", [washing_machine()])
    yield Case("heat pump on three phases", heat_pump())
    yield Case("heat pump with solar power", heat_pump_with_solar())
    yield Case("induction hob", [hob()])
    in_step = square(IN_STEP_S, 1800.0, 12.0, duty=0.4)
    yield Case("a load that switches in step with the polls", [in_step])


def real_cases() -> Iterator[Case]:
    """Those whose files are there."""
    for name, file_name in REAL.items():
        curve = traces.load_curve(file_name)
        if curve is not None:
            yield Case(f"real {name}", [curve], RATED_W.get(name))
    sun = traces.load_curve(PV, sign=-1.0)
    if sun is not None:
        yield Case("real solar inverter", [sun, constant(0.0), constant(0.0)])
    house = traces.phases(THREE_PHASES)
    if house is not None:
        yield Case("real house on three phases, with solar power", house)
