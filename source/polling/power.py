"""Energy from power: the trapezoid between two readings, its two directions apart (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from source.model import US_PER_S, Phase
from source.polling.between import Between
from source.polling.counter import REBOOT_SLACK_S
from source.polling.flow import Flowed

US_PER_HOUR = 3600 * US_PER_S
BOOT_SLACK_US = round(REBOOT_SLACK_S * US_PER_S)


class ByPower:
    """Computes what flowed between two readings from the powers that both tell."""

    def __init__(self, *, separates_phases: bool, gap_us: int) -> None:
        """Nothing is computed across a span longer than ``gap_us``."""
        self._separates = separates_phases
        self._gap_us = gap_us

    def flowed(self, between: Between) -> Flowed | None:
        """None across a gap, and where a power is not known."""
        before_w, now_w, span_us = between.last.power_w, between.power_w, between.span_us
        if before_w is None or now_w is None or span_us > self._gap_us:
            return None
        if self._separates and between.last_powers_w:
            now_powers_w = phase_powers(between.reading.phases)
            apart = trapezoids(between.last_powers_w, now_powers_w, span_us)
            if apart is not None:
                return apart
        return trapezoid(before_w, now_w, span_us)

    def before_boot(self, between: Between, before_us: int) -> Flowed | None:
        """What flowed in the first ``before_us``, up to the boot; None where they are a gap."""
        before_w, now_w = between.last.power_w, between.power_w
        if before_w is None or now_w is None or not -BOOT_SLACK_US <= before_us <= self._gap_us:
            return None
        before_us = max(0, before_us)
        at_boot_w = before_w + (now_w - before_w) * before_us / max(1, between.span_us)
        return trapezoid(before_w, at_boot_w, before_us)

    def balanced(self, between: Between, ways: Flowed) -> Flowed:
        """Of both directions of all phases what a meter counts that adds up the phases.

        It does so at each instant. If the sum of the powers changed its sign, something was
        switched in between, and the net energy of the counters tells when: up to there the one
        power flowed, and the other one from there. Across a gap, and where it does not come out,
        the direction that prevails has all.
        """
        before_w, now_w, span_us = between.last.power_w, between.power_w, between.span_us
        net_wh = ways[0] - ways[1]
        if before_w is not None and now_w is not None and span_us <= self._gap_us:
            returned_wh = min(fed_in_wh(before_w, now_w, net_wh, span_us), ways[1])
            if returned_wh > 0.0 and net_wh + returned_wh > 0.0:
                return net_wh + returned_wh, returned_wh
        return max(0.0, net_wh), max(0.0, -net_wh)


def fed_in_wh(before_w: float, now_w: float, net_wh: float, span_us: int) -> float:
    """What was fed in where the one power flowed up to some instant, and the other from there.

    The instant is the one at which ``net_wh`` comes out. 0 where both have the same sign.
    """
    if before_w * now_w >= 0.0:
        return 0.0
    hours = span_us / US_PER_HOUR
    before_hours = min(max((now_w * hours - net_wh) / (now_w - before_w), 0.0), hours)
    return -before_w * before_hours if before_w < 0.0 else -now_w * (hours - before_hours)


def trapezoid(before_w: float, now_w: float, span_us: int) -> Flowed:
    """What flowed where the power went from the one to the other in a straight line.

    A line that crosses zero has a part in each direction; a utility's meter counts both.
    """
    hours = span_us / US_PER_HOUR
    if before_w >= 0.0 and now_w >= 0.0:
        return (before_w + now_w) / 2 * hours, 0.0
    if before_w <= 0.0 and now_w <= 0.0:
        return 0.0, -(before_w + now_w) / 2 * hours
    crossing = before_w / (before_w - now_w)
    first_wh = before_w / 2 * crossing * hours
    second_wh = now_w / 2 * (1.0 - crossing) * hours
    return max(first_wh, second_wh), -min(first_wh, second_wh)


def trapezoids(
    before_w: Mapping[str, float], now_w: Mapping[str, float], span_us: int
) -> Flowed | None:
    """The sums over the phases, each phase for itself; None where they are not the same ones."""
    if not now_w or before_w.keys() != now_w.keys():
        return None
    parts = [trapezoid(before_w[name], now_w[name], span_us) for name in now_w]
    return sum(taken for taken, _ in parts), sum(returned for _, returned in parts)


def phase_powers(phases: Mapping[str, Phase]) -> dict[str, float]:
    """The power of each phase in W; empty where one of them does not tell it."""
    powers = {name: phase.power_w for name, phase in phases.items() if phase.power_w is not None}
    return powers if len(powers) == len(phases) else {}
