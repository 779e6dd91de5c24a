"""Reads what a device's entry says of its appliance: when it is on, and what is a run of it."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel

from source.config.findings import Place, shown
from source.config.models import PowerOn, RunRule, kinds_of
from source.config.reading import validated, warn_of_unknown

POWER_ON = "power_on_counter"
RUN = "run"
Model = TypeVar("Model", bound=BaseModel)


def read_power_on(raw: object, place: Place) -> PowerOn | None:
    """When an appliance counts as switched on; None where it is left out, or wrong."""
    example = '{"on_threshold": 10, "off_threshold": 5, "daily": true}'
    rule = _rule(PowerOn, raw, place, example)
    if rule is not None and rule.off_threshold_w > rule.on_threshold_w:
        place.at("off_threshold").problem(
            f"must not be more than on_threshold, {rule.on_threshold_w:g}",
            f"{rule.off_threshold_w:g}",
        )
    return rule


def read_run(raw: object, place: Place) -> RunRule | None:
    """What a run of an appliance is; None where it is left out, or wrong."""
    rule = _rule(RunRule, raw, place, '{"start_w": 20, "end_w": 5, "end_after_s": 300}')
    if rule is not None and rule.end_w > rule.start_w:
        place.at("end_w").problem(
            f"must not be more than start_w, {rule.start_w:g}", f"{rule.end_w:g}"
        )
    return rule


def _rule(model: type[Model], raw: object, place: Place, example: str) -> Model | None:
    if raw is None:
        return None
    if not isinstance(raw, dict):
        place.problem(f"must be an object such as {example}", shown(raw))
        return None
    warn_of_unknown(raw, kinds_of(model), place, kept=False)
    if not raw:
        place.problem(f"is empty; fill it in, such as {example}, or remove it")
        return None
    return validated(model, raw, place)
