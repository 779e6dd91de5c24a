"""Endpoints: config.json and devices.json as texts, checked line for line, and their versions.

No secret is in any text: ``********`` stands in its place, and where that is saved unchanged the
secret stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from fastapi import APIRouter, Request, Response

from source.config.filestore import FILES
from source.config.positions import Spots
from source.errors import ConfigError, EditConflict, EditFailed, EditMissing, Problem
from source.web.api.asking import context_of
from source.web.api.attachment import attachment
from source.web.api.errors import ApiError, At, translated
from source.web.api.filemodels import (
    Candidate,
    CheckResult,
    FileState,
    FileText,
    ProblemState,
    Restore,
    Save,
    VersionState,
    VersionText,
    WarningState,
)
from source.web.applying import applied, editor_of
from source.web.context import Context
from source.web.saving import CONFLICT, Saved
from source.web.texts import N_

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
    with _told():
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
    with _told():
        text = editor_of(context_of(request)).text(name)
    return attachment(text, name, "application/json")


def check(request: Request, body: Candidate) -> CheckResult:
    """What would be said of this text; nothing is saved."""
    editor = editor_of(context_of(request))
    with _told():
        found = editor.check(body.name, body.text)
        difference = editor.difference(body.name, body.text)
    spots = Spots(body.text)
    return CheckResult(
        problems=[_problem(_at(one, body.name, spots)) for one in found.problems[:MOST]],
        warnings=[_warning(one, body.name, spots) for one in found.warnings[:MOST]],
        difference=difference,
    )


def save(request: Request, body: Save) -> Saved:
    """Check the text, save it, apply it."""
    context = context_of(request)
    with _told(), _with_lines(body.name, body.text):
        edited = editor_of(context).set_text(body.name, body.text, body.revision)
    return Saved(revision=edited.revision, applied=applied(context), warnings=list(edited.warnings))


def version(request: Request, name: str, id: str) -> VersionText:  # noqa: A002 (the API's name)
    """What stood in a file before."""
    editor = editor_of(context_of(request))
    with _told():
        text = editor.version_text(name, id)
        return VersionText(text=text, difference=editor.difference(name, text))


def restore(request: Request, body: Restore) -> Saved:
    """Put a version back; the one of now becomes a version before."""
    context = context_of(request)
    editor = editor_of(context)
    with _told():
        text = editor.version_text(body.name, body.id)
        with _with_lines(body.name, text):
            edited = editor.restore(body.name, body.id, body.revision)
    return Saved(revision=edited.revision, applied=applied(context), warnings=list(edited.warnings))


@contextmanager
def _told() -> Iterator[None]:
    """Around an edit: what stops it becomes an error of the API. ConfigError is one already."""
    try:
        yield
    except EditConflict as err:
        raise ApiError(
            409,
            "conflict",
            CONFLICT,
            current=err.current,
            yours=err.yours,
            difference=err.difference,
            revision=err.revision,
        ) from None
    except EditMissing as err:
        raise ApiError(404, "not_found", str(err)) from None
    except EditFailed as err:
        raise ApiError(503, "unavailable", str(err)) from None


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
    return At(problem, spot.line, spot.column)


def _problem(found: At) -> ProblemState:
    problem = found.problem
    return ProblemState(
        file=problem.source,
        key=problem.key,
        value=problem.value,
        allowed=problem.allowed,
        line=found.line,
        column=found.column,
    )


def _warning(text: str, name: str, spots: Spots) -> WarningState:
    head, _, rest = text.partition(": ")
    spot = spots.of_warning(rest) if head == name else spots.of_idle(head.partition(",")[0])
    return WarningState(text=text, line=None if spot is None else spot.line)


def _state(context: Context, name: str) -> FileState:
    try:
        status = (context.files / name).stat()
    except OSError:
        return FileState(name=name, bytes=0, changed_s=None)
    return FileState(name=name, bytes=status.st_size, changed_s=status.st_mtime)
