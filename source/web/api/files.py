"""Endpoints: config.json and devices.json as texts, checked line for line, and their versions.

No secret is in any text: ``********`` stands in its place, and where that is saved unchanged the
secret stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from fastapi import APIRouter, Request, Response

from source.config.filestore import FILES
from source.config.positions import Spots
from source.errors import ConfigError, Problem
from source.web.api.attachment import attachment
from source.web.api.documented import ProblemBody
from source.web.api.filemodels import (
    Candidate,
    CheckResult,
    FileState,
    FileText,
    Restore,
    Save,
    VersionState,
    VersionText,
    WarningState,
)
from source.web.applying import editor_of
from source.web.asking import context_of
from source.web.context import Context
from source.web.errors import ApiError, At, problem_object, told, translated
from source.web.problemtexts import sentence_in
from source.web.saving import Saved, saved
from source.web.texts import N_, language_of

MOST = 200
"""Problems that are told at once."""
WRONG = N_("The file would be wrong; nothing was saved.")
REASONS: Mapping[str, str] = {
    "socket": N_("a socket was changed"),
    "settings": N_("settings were changed"),
    "edit": N_("the text was changed"),
    "restore": N_("an earlier version was put back"),
}


def router(context: Context) -> APIRouter:  # noqa: ARG001 (the shape of all routers)
    area = APIRouter(tags=["files"])
    area.get("/files")(files)
    area.get("/file")(file)
    area.get("/file/download", response_class=Response)(download)
    area.post("/file/check")(check)
    area.put("/file")(save)
    area.get("/file/version")(version)
    area.post("/file/restore")(restore)
    return area


def files(request: Request) -> list[FileState]:
    """The two files."""
    return [_state(context_of(request), name) for name in FILES]


def file(request: Request, name: str) -> FileText:
    """One of them, and what stood in it before, the newest first."""
    editor = editor_of(context_of(request))
    revision = editor.revision()  # before the text: a change in between is a conflict then
    text = editor.text(name)
    found = editor.versions(name)
    versions = [
        VersionState(
            id=one.id,
            saved_s=one.saved_s,
            bytes=one.bytes,
            reason=translated(request, REASONS.get(one.reason, one.reason)),
        )
        for one in found
    ]
    return FileText(name=name, text=text, revision=revision, versions=versions)


def download(request: Request, name: str) -> Response:
    """The same text as a file."""
    text = editor_of(context_of(request)).text(name)
    return attachment(text, name, "application/json")


def check(request: Request, body: Candidate) -> CheckResult:
    """What would be said of this text; nothing is saved."""
    editor = editor_of(context_of(request))
    found = editor.check(body.name, body.text)
    difference = editor.difference(body.name, body.text)
    spots = Spots(body.text)
    language = language_of(request, context_of(request).configuration)
    problems = [_at(one, body.name, spots) for one in found.problems[:MOST]]
    return CheckResult(
        problems=[
            ProblemBody.model_validate(problem_object(one)) for one in told(request, problems)
        ],
        warnings=[_warning(one, body.name, spots, language) for one in found.warnings[:MOST]],
        difference=difference,
    )


def save(request: Request, body: Save) -> Saved:
    """Check the text, save it, apply it."""
    editor = editor_of(context_of(request))
    with _with_lines(body.name, body.text):
        edited = editor.set_text(body.name, body.text, body.revision)
    return saved(request, edited)


def version(request: Request, name: str, id: str) -> VersionText:  # noqa: A002 (the API's name)
    """What stood in a file before."""
    editor = editor_of(context_of(request))
    text = editor.version_text(name, id)
    return VersionText(text=text, difference=editor.difference(name, text))


def restore(request: Request, body: Restore) -> Saved:
    """Put a version back; the one of now becomes a version before."""
    editor = editor_of(context_of(request))
    text = editor.version_text(body.name, body.id)
    with _with_lines(body.name, text):
        edited = editor.restore(body.name, body.id, body.revision)
    return saved(request, edited)


@contextmanager
def _with_lines(name: str, text: str) -> Iterator[None]:
    """What is wrong with ``text`` is told with its lines."""
    try:
        yield
    except ConfigError as err:
        spots = Spots(text)
        problems = [_at(one, name, spots) for one in err.problems[:MOST]]
        raise ApiError(422, "invalid", WRONG, problems) from None


def _at(problem: Problem, name: str, spots: Spots) -> At:
    if problem.source != name:
        return At(problem)
    spot = spots.of(problem)
    # The line stands before the sentence already.
    said = problem.allowed.removeprefix(f"line {spot.line}, column {spot.column}: ")
    return At(replace(problem, allowed=said), spot.line, spot.column)


def _warning(text: str, name: str, spots: Spots, language: str) -> WarningState:
    head, _, rest = text.partition(": ")
    spot = spots.of_warning(rest) if head == name else spots.of_idle(head.partition(",")[0])
    return WarningState(text=sentence_in(text, language), line=None if spot is None else spot.line)


def _state(context: Context, name: str) -> FileState:
    try:
        status = (context.files / name).stat()
    except OSError:
        return FileState(name=name, bytes=0, changed_s=None)
    return FileState(name=name, bytes=status.st_size, changed_s=status.st_mtime)
