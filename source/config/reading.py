"""From the raw object of a file to a model, with a problem for each wrong value."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import islice
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from source.config.findings import Place, shown
from source.config.models import kinds_of
from source.config.spelling import did_you_mean, instead

Model = TypeVar("Model", bound=BaseModel)
MOST_UNKNOWN = 200
"""Of one object; to look for what is meant by each of many thousand takes minutes."""


def validated(
    model: type[Model],
    raw: Mapping[str, object],
    place: Place,
    spelled: Mapping[str, str] | None = None,
    **more: object,
) -> Model | None:
    """``model`` from the keys of ``raw`` that it knows, and from the fields in ``more``.

    None where a value is wrong; what is wrong is noted at ``place``, under the name that the key
    has in the file: the one that ``spelled`` gives, if any.
    """
    known = {key: raw[key] for key in kinds_of(model) if key in raw}
    try:
        return model.model_validate({**known, **more})
    except ValidationError as err:
        for detail in err.errors(include_url=False):
            key = str(detail["loc"][0])
            _note(detail, key, model, raw, place.at((spelled or {}).get(key, key)))
        return None


def _note(
    detail: ErrorDetails,
    key: str,
    model: type[BaseModel],
    raw: Mapping[str, object],
    place: Place,
) -> None:
    kinds = kinds_of(model)
    if detail["type"] == "missing":
        unknown = [other for other in raw if other not in kinds]
        place.problem(f"is missing; it {kinds[key].allowed}{instead(key, unknown)}")
    elif detail["type"] == "value_error":
        value = "" if kinds[key].is_secret else shown(detail["input"])
        place.problem(str(detail["ctx"]["error"]), value)
    elif detail["type"] != "default_factory_not_called":  # that follows from another one
        place.problem(detail["msg"], shown(detail["input"]))


def warn_of_unknown(
    raw: Mapping[str, object], known: Collection[str], place: Place, *, kept: bool
) -> None:
    """A warning for each unknown key; for near misses only where those are ``kept`` for plugins."""
    for key in islice((key for key in raw if key not in known), MOST_UNKNOWN):
        hint = did_you_mean(key, known)
        if hint or not kept:
            kept_for = ", kept for plugins" if kept else " and has no effect"
            place.at(key).warn(f"is no known key{kept_for}{hint}")
