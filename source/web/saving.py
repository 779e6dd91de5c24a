"""Saves an edit of the configuration's files, has it applied, and tells the browser what came."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from pydantic import BaseModel

from source.config.editing import Edited, Editor
from source.config.findings import readable
from source.errors import ConfigError, EditConflict, EditFailed, EditRefused, Problem
from source.web.api.errors import ApiError
from source.web.applying import applied, editor_of
from source.web.context import Context
from source.web.texts import N_

CONFLICT = N_("Somebody else has saved meanwhile; nothing was changed.")
NOT_WRITTEN = N_("The files can't be written: disk full, or no permission?")
NO_NAMES: Mapping[str, str] = {}
WRONG = N_("This can't be saved as it is.")


class Saved(BaseModel):
    """What came of an edit."""

    revision: str
    applied: bool
    """Whether it is in force already; it is written in any case."""
    warnings: list[str]
    """What is not wrong, but may not be meant."""


def save(
    context: Context,
    edit: Callable[[Editor], Edited],
    below: Sequence[str] = (),
    names: Mapping[str, str] = NO_NAMES,
) -> Saved:
    """Edit, and wait until the result is in force. Blocks for up to some seconds.

    Raises ApiError; the keys of its problems are those below the path ``below``, and by ``names``
    where what is edited has other names for the browser than in its file.
    """
    try:
        edited = edit(editor_of(context))
    except EditConflict as err:
        raise ApiError(
            409,
            "conflict",
            CONFLICT,
            current=err.current,
            yours=err.yours,
            difference=err.difference,
            revision=err.revision,
        ) from err
    except ConfigError as err:
        found = [_below(problem, below, names) for problem in err.problems]
        raise ApiError(422, "invalid", WRONG, found) from err
    except EditRefused as err:
        raise ApiError(422, "invalid", str(err)) from err
    except EditFailed as err:
        raise ApiError(503, "unavailable", NOT_WRITTEN, reason=str(err)) from err
    return Saved(revision=edited.revision, applied=applied(context), warnings=list(edited.warnings))


def _below(problem: Problem, path: Sequence[str], names: Mapping[str, str]) -> Problem:
    prefix = ".".join(readable(step) for step in path)
    key = names.get(problem.key, problem.key)
    if prefix:
        key = "" if key == prefix else key.removeprefix(f"{prefix}.")
    return replace(problem, key=key)
