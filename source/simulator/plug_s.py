"""A virtual Shelly Plug S: its answers at any time, from a load curve."""

from __future__ import annotations

import math
from collections.abc import Iterator

from source.model import Reading
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
from source.simulator.load_curve import DAY_S, LoadCurve

MAKER = "E868E7"
"""The first half of its MAC address."""
FIRMWARE = "20230913-113421/v1.14.0-gcb84623"
RAM_BYTES = 52_056
ROLL_OVER_WH = 2.0**32 / 60.0
WARM_UP_S = 900
"""The case follows the mean power of this time."""
AMBIENT_C, AMBIENT_SWING_C, HEATING_C_PER_W = 22.5, 1.5, 0.011
EDGE_WMIN = 1e-6
"""A full watt-minute counts as full although its sum ends in …999."""


class VirtualPlugS(Box):
    """A Shelly Plug S with a load; each answer is a pure function of the time (from ``boot_s``).

    Its counter is whole watt-minutes in RAM: it starts from 0 with ``boot_s`` and each reboot.
    """

    type_name = "shelly:plug-s"

    def __init__(
        self,
        curve: LoadCurve,
        boot_s: float,
        *,
        mac: str | None = None,
        utc_offset_s: float = 0.0,
    ) -> None:
        if curve.feeds_in:
            raise ValueError("a Plug S can't tell feed-in from draw: give it a curve without any")
        self._curve = curve
        self._utc_offset_s = utc_offset_s
        self._boots = Boots(boot_s, curve.energy_wh(boot_s))
        super().__init__(mac or invented_mac(MAKER))

    def _surroundings(self, mac: str) -> Json:
        return surroundings(mac, FIRMWARE, RAM_BYTES) | {
            "relays": [relay(is_on=True)],
            "overtemperature": False,
        }

    def reboot(self, t_s: float) -> None:
        """Power lost and back at ``t_s``: counter and uptime begin at 0."""
        self._boots.add(t_s, self._curve.energy_wh(t_s))

    def true_energy_wh(self, start_s: float, end_s: float) -> float:
        """What really flowed from ``start_s`` to ``end_s``, whatever the counter says."""
        return self._curve.energy_wh(end_s) - self._curve.energy_wh(start_s)

    def reading(self, t_s: float) -> Reading:
        """What a handler makes of ``status(t_s)``."""
        energy_wh, earlier_wh = map(self._curve.energy_wh, (t_s, t_s - WARM_UP_S))
        return self._reading(t_s, self._curve.power_w(t_s), energy_wh, earlier_wh)

    def readings(self, start_s: float, step_s: float, count: int) -> Iterator[Reading]:
        """``reading(start_s + n × step_s)`` for n = 0 … count - 1, fast."""
        samples = self._curve.samples(start_s, step_s, count)
        earlier = self._curve.samples(start_s - WARM_UP_S, step_s, count)
        for n, ((power_w, wh, _), (_, earlier_wh, _)) in enumerate(
            zip(samples, earlier, strict=True)
        ):
            yield self._reading(start_s + n * step_s, power_w, wh, earlier_wh)

    def _reading(self, t_s: float, power_w: float, energy_wh: float, earlier_wh: float) -> Reading:
        boot_s, boot_wh = self._boots.last(t_s)
        total_wmin = int(max(0.0, energy_wh - boot_wh) * 60.0 + EDGE_WMIN)
        mean_w = (energy_wh - earlier_wh) * (3600 / WARM_UP_S)
        return Reading(
            power_w=int(power_w * 100.0 + 0.5) / 100.0,
            counter_wh=total_wmin / 60.0,
            is_valid=True,
            extra={"device_temperature": _temperature_c(t_s, mean_w)},
            uptime_s=float(uptime_s(t_s, boot_s)),
            counter_in_ram=True,
            counter_modulus_wh=ROLL_OVER_WH,
            mac=self._mac,
        )

    def shelly(self, t_s: float) -> Json:  # noqa: ARG002  (the other sockets' shape)
        """The answer to ``GET /shelly``."""
        return {
            "type": "SHPLG-S",
            "mac": self._mac,
            "auth": False,
            "fw": FIRMWARE,
            "discoverable": True,
            "longid": 1,
            "num_outputs": 1,
            "num_meters": 1,
        }

    def _live(self, t_s: float) -> Json:
        reading = self.reading(t_s)
        temperature_c = float(reading.extra["device_temperature"])
        return clock(t_s, self._utc_offset_s) | {
            "meters": [self._meter(t_s, reading)],
            "temperature": temperature_c,
            "tmp": {
                "tC": temperature_c,
                "tF": round(temperature_c * 1.8 + 32, 2),
                "is_valid": True,
            },
            "uptime": int(reading.uptime_s or 0),
        }

    def _meter(self, t_s: float, reading: Reading) -> Json:
        return {
            "power": reading.power_w,
            "overpower": 0.0,
            "is_valid": True,
            "timestamp": int(t_s + self._utc_offset_s),  # local time, as the real ones send it
            "counters": self._minute_means_w(t_s),
            "total": round((reading.counter_wh or 0.0) * 60.0),
        }

    def _minute_means_w(self, t_s: float) -> list[float]:
        """Mean power of the last three full minutes, the newest first."""
        _, boot_wh = self._boots.last(t_s)
        minute_s = t_s - t_s % 60
        wh = [max(boot_wh, self._curve.energy_wh(minute_s - 60 * n)) for n in range(4)]
        return [round((wh[n] - wh[n + 1]) * 60.0, 3) for n in range(3)]


def _temperature_c(t_s: float, mean_w: float) -> float:
    swing = math.sin(2.0 * math.pi * t_s / DAY_S)
    warmth_c = AMBIENT_C + AMBIENT_SWING_C * swing + HEATING_C_PER_W * mean_w
    return int(warmth_c * 100.0 + 0.5) / 100.0
