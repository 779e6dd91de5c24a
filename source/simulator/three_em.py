"""A virtual Shelly 3EM: its answers at any time, from three load curves."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor, hypot, sin
from typing import TypeAlias

from source.model import Phase, Reading
from source.simulator.box import (
    Boots,
    Box,
    Json,
    clock,
    invented_mac,
    relay,
    surroundings,
    uptime_s,
)
from source.simulator.curves import Phases

MAKER = "C45BBE"
"""The first half of its MAC address."""
FIRMWARE = "20230913-114244/v1.14.0-gcb84623"
RAM_BYTES = 49_920
NAMES = ("a", "b", "c")
MAINS_V, MAINS_SWING_V = 232.4, 1.8
IDLE_VAR, VAR_PER_W = 12.0, 0.08
"""Reactive power without load, and for each W."""

Sample: TypeAlias = tuple[float, float, float]
"""Power in W, Wh taken, Wh fed in."""


class Virtual3EM(Box):
    """A Shelly 3EM on three phases; each answer is a pure function of the time (from ``boot_s``).

    Its counters begin at 0 with ``boot_s`` and lie in flash: a reboot leaves them as they are.
    """

    type_name = "shelly:3em"

    def __init__(
        self,
        phases: Phases,
        boot_s: float,
        *,
        mac: str | None = None,
        utc_offset_s: float = 0.0,
    ) -> None:
        self._curves = phases
        self._utc_offset_s = utc_offset_s
        self._boots = Boots(boot_s, 0.0)
        self._zeros = tuple(curve.counters_wh(boot_s) for curve in phases)
        super().__init__(mac or invented_mac(MAKER))

    def _surroundings(self, mac: str) -> Json:
        return surroundings(mac, FIRMWARE, RAM_BYTES) | {
            "relays": [relay(is_on=False) | {"is_valid": True}],
            "fs_mounted": True,
            "v_data": 1,
            "ct_calst": 0,
        }

    def reboot(self, t_s: float) -> None:
        """Power lost and back at ``t_s``: the uptime begins at 0, the counters go on."""
        self._boots.add(t_s, 0.0)

    def true_energy_wh(self, start_s: float, end_s: float) -> float:
        """What really flowed from ``start_s`` to ``end_s``: taken minus fed in, all phases."""
        return sum(curve.energy_wh(end_s) - curve.energy_wh(start_s) for curve in self._curves)

    def reading(self, t_s: float) -> Reading:
        """What a handler makes of ``status(t_s)``."""
        return self._reading(
            t_s, *((curve.power_w(t_s), *curve.counters_wh(t_s)) for curve in self._curves)
        )

    def readings(self, start_s: float, step_s: float, count: int) -> Iterator[Reading]:
        """``reading(start_s + n × step_s)`` for n = 0 … count - 1, fast."""
        samples = (curve.samples(start_s, step_s, count) for curve in self._curves)
        for n, (a, b, c) in enumerate(zip(*samples, strict=True)):
            yield self._reading(start_s + n * step_s, a, b, c)

    def _reading(self, t_s: float, *samples: Sample) -> Reading:
        a, b, c = [self._phase(t_s, n, sample) for n, sample in enumerate(samples)]
        boot_s, _ = self._boots.last(t_s)
        return Reading(
            power_w=_sum(a.power_w, b.power_w, c.power_w),
            counter_wh=_sum(a.counter_wh, b.counter_wh, c.counter_wh),
            counter_returned_wh=_sum(
                a.counter_returned_wh, b.counter_returned_wh, c.counter_returned_wh
            ),
            phases={"a": a, "b": b, "c": c},
            uptime_s=float(uptime_s(t_s, boot_s)),
            mac=self._mac,
        )

    def _phase(self, t_s: float, n: int, sample: Sample) -> Phase:
        power_w, taken_wh, returned_wh = sample
        taken_zero_wh, returned_zero_wh = self._zeros[n]
        apparent_va = hypot(power_w, IDLE_VAR + VAR_PER_W * abs(power_w))
        voltage_v = MAINS_V + 0.7 * n + MAINS_SWING_V * sin(t_s / 700.0 + n)
        # The hot path of the demo's fill: floor is ten times as fast as round, and positional
        # arguments save a quarter of the call.
        return Phase(
            floor(power_w * 100.0 + 0.5) / 100.0,
            floor(power_w / apparent_va * 100.0 + 0.5) / 100.0,
            floor(apparent_va / voltage_v * 100.0 + 0.5) / 100.0,
            floor(voltage_v * 100.0 + 0.5) / 100.0,
            True,
            floor((taken_wh - taken_zero_wh) * 10.0 + 0.5) / 10.0,
            floor((returned_wh - returned_zero_wh) * 10.0 + 0.5) / 10.0,
        )

    def shelly(self, t_s: float) -> Json:  # noqa: ARG002  (the other sockets' shape)
        """The answer to ``GET /shelly``."""
        return {
            "type": "SHEM-3",
            "mac": self._mac,
            "auth": False,
            "fw": FIRMWARE,
            "discoverable": True,
            "longid": 1,
            "num_outputs": 1,
            "num_meters": 0,
            "num_emeters": 3,
            "report_period": 1,
        }

    def _live(self, t_s: float) -> Json:
        reading = self.reading(t_s)
        phases = list(reading.phases.values())
        # no clamp on the neutral wire: 0 A and not valid, as most houses have it
        mismatch_a = round(max((phase.current_a or 0.0) for phase in phases), 2)
        return clock(t_s, self._utc_offset_s) | {
            "emeters": [_emeter(phase) for phase in phases],
            "total_power": reading.power_w,
            "emeter_n": {
                "current": 0.0,
                "ixsum": mismatch_a,
                "mismatch": False,
                "is_valid": False,
            },
            "uptime": int(reading.uptime_s or 0),
        }


def _emeter(phase: Phase) -> Json:
    return {
        "power": phase.power_w,
        "pf": phase.power_factor,
        "current": phase.current_a,
        "voltage": phase.voltage_v,
        "is_valid": phase.is_valid,
        "total": phase.counter_wh,
        "total_returned": phase.counter_returned_wh,
    }


def _sum(a: float | None, b: float | None, c: float | None) -> float:
    """Sum without the tail that binary fractions leave (6.6 + 0.1 + 0.2 = 6.9)."""
    return floor(((a or 0.0) + (b or 0.0) + (c or 0.0)) * 100.0 + 0.5) / 100.0
