"""The switch-on counter: when an appliance was switched on, from its power (pure)."""

from __future__ import annotations

from source.config.models import PowerOn


def switched(rule: PowerOn, power_w: float, *, is_armed: bool) -> tuple[bool, bool]:
    """Whether the next reaching of the on-threshold counts, and whether this was one that does.

    It does once the power has been below the off-threshold, so that a power which sways between the
    two thresholds counts once.
    """
    if power_w >= rule.on_threshold_w:
        return False, is_armed
    return is_armed or power_w < rule.off_threshold_w, False
