"""What came of the test of a socket, as the API tells it."""

from __future__ import annotations

from source.model import Phase, Reading
from source.web.api.socketmodels import PhaseNow, TestResult
from source.web.probing.reasons import spelled_mac
from source.web.probing.sockets import Probed
from source.web.probing.words import Translate


def result_of(probed: Probed, translate: Translate) -> TestResult:
    """In the words of ``translate``."""
    identity, failure = probed.identity, probed.failure
    reading = probed.reading or Reading()
    mac = reading.mac or (identity.mac if identity is not None else "")
    phases = [_phase(name, one) for name, one in reading.phases.items()]
    return TestResult(
        ok=failure is None,
        reason=None if failure is None else failure.reason.told(translate),
        hint=None if failure is None else failure.hint.told(translate),
        type=probed.proposed,
        model=(identity.model or None) if identity is not None else None,
        mac=spelled_mac(mac) if mac else None,
        firmware=(identity.firmware or None) if identity is not None else None,
        power_w=_first(reading.power_w, _extra(reading, "power")),
        counter_wh=reading.counter_wh,
        counter_returned_wh=reading.counter_returned_wh,
        temperature_c=_extra(reading, "device_temperature"),
        voltage_v=_first(_extra(reading, "voltage"), _voltage_v(reading)),
        phases=phases or None,
        took_ms=probed.took_ms,
    )


def _phase(name: str, one: Phase) -> PhaseNow:
    return PhaseNow(
        name=name,
        power_w=one.power_w,
        voltage_v=one.voltage_v,
        current_a=one.current_a,
        power_factor=one.power_factor,
    )


def _extra(reading: Reading, name: str) -> float | None:
    value = reading.extra.get(name)
    return value if isinstance(value, float) else None


def _voltage_v(reading: Reading) -> float | None:
    return next((one.voltage_v for one in reading.phases.values() if one.voltage_v), None)


def _first(*values: float | None) -> float | None:
    return next((one for one in values if one is not None), None)
