"""Saves an edit of the configuration's files, has it applied, and tells the browser what came."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from fastapi import Request
from pydantic import BaseModel

from source.config.editing import Edited, Editor
from source.config.findings import readable
from source.errors import ConfigError, Problem
from source.web.applying import applied, editor_of
from source.web.asking import context_of
from source.web.errors import ApiError
from source.web.problemtexts import sentence_in
from source.web.texts import N_, language_of

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
    request: Request,
    edit: Callable[[Editor], Edited],
    below: Sequence[str] = (),
    names: Mapping[str, str] = NO_NAMES,
) -> Saved:
    """Edit, and wait until the result is in force. Blocks for up to some seconds.

    Raises EditConflict, EditRefused, EditFailed, and ApiError with what is wrong; the keys of its
    problems are those below the path ``below``, and by ``names`` where what is edited has other
    names for the browser than in its file.
    """
    try:
        edited = edit(editor_of(context_of(request)))
    except ConfigError as err:
        found = [_below(problem, below, names) for problem in err.problems]
        raise ApiError(422, "invalid", WRONG, found) from err
    return saved(request, edited)


def saved(request: Request, edited: Edited) -> Saved:
    """What came of an edit, as soon as it is in force. Blocks for up to some seconds."""
    context = context_of(request)
    language = language_of(request, context.configuration)
    warnings = [sentence_in(one, language) for one in edited.warnings]
    return Saved(revision=edited.revision, applied=applied(context), warnings=warnings)


def _below(problem: Problem, path: Sequence[str], names: Mapping[str, str]) -> Problem:
    prefix = ".".join(readable(step) for step in path)
    key = names.get(problem.key, problem.key)
    if prefix:
        key = "" if key == prefix else key.removeprefix(f"{prefix}.")
    return replace(problem, key=key)
