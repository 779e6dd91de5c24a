"""A row of many sockets of one kind, for measurements and tests."""

from __future__ import annotations

from source.simulator.curves import fridge, heat_pump_with_solar
from source.simulator.socket import Virtual3EM, VirtualPlugS, VirtualSocket

KINDS = ("plug-s", "3em")
SHIFT_S = 397.0
"""Each socket's day begins so much earlier than that of the one before."""


def row_of_sockets(kind: str, count: int, boot_s: float) -> list[VirtualSocket]:
    """``count`` sockets of a kind of ``KINDS``; all share the tables of one curve."""
    if kind == "3em":
        a, b, c = heat_pump_with_solar()
        return [
            Virtual3EM(
                (a.shifted(n * SHIFT_S), b.shifted(n * SHIFT_S), c.shifted(n * SHIFT_S)),
                boot_s,
                mac=f"C45BBE{n:06X}",
            )
            for n in range(count)
        ]
    curve = fridge()
    return [
        VirtualPlugS(curve.shifted(n * SHIFT_S), boot_s, mac=f"E868E7{n:06X}") for n in range(count)
    ]
