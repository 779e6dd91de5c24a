"""How an answer says what went wrong: one shape for every error of the API."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response

from source.errors import (
    ConfigError,
    EditConflict,
    EditFailed,
    EditMissing,
    EditRefused,
    JournalError,
    Problem,
)
from source.web.problemtexts import problem_in
from source.web.security.store import StoreError
from source.web.texts import N_, language_of, translator

logger = logging.getLogger(__name__)

API = "/api/v1"
CODES: Mapping[int, str] = {
    400: "invalid",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "not_allowed",
    409: "conflict",
    413: "too_large",
    421: "forbidden",
    422: "invalid",
    429: "too_many",
    500: "internal",
    503: "unavailable",
}
CONFLICT = ("current", "yours", "difference", "revision")
"""What a conflict is told with."""
MOST_SHOWN = 200
"""Characters of a wrong value that are sent back."""


@dataclass(frozen=True, slots=True)
class At:
    """A problem, and where in its file it stands; None where that is not known."""

    problem: Problem
    line: int | None = None
    column: int | None = None


@dataclass(slots=True)
class ApiError(Exception):
    """Ends a request with an error that the reader of the page understands.

    ``message`` is translated where it is a text of the catalogue, and sent as it is otherwise.
    """

    status: int
    code: str
    message: str
    problems: Sequence[Problem | At] = ()
    more: dict[str, Any] = field(default_factory=dict)
    """Further keys of the error object, such as ``current`` of a conflict."""
    headers: dict[str, str] = field(default_factory=dict)

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        problems: Sequence[Problem | At] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        Exception.__init__(self, message)
        self.status, self.code, self.message = status, code, message
        self.problems, self.more, self.headers = problems, more, dict(headers or {})


def install(app: FastAPI) -> None:
    """Answer every expected error in this shape; what is left over is a bug and stays one."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RequestValidationError, _wrong_request)
    app.add_exception_handler(ConfigError, _wrong_configuration)
    app.add_exception_handler(EditConflict, _conflict)
    app.add_exception_handler(EditRefused, _refused)
    app.add_exception_handler(EditFailed, _failed)
    app.add_exception_handler(JournalError, _no_journal)
    app.add_exception_handler(StoreError, _no_store)
    app.add_exception_handler(HTTPException, _http_error)


def error_response(
    status: int,
    code: str,
    message: str,
    problems: Sequence[Problem | At] = (),
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """The answer; ``message`` as it is to be read."""
    error: dict[str, Any] = {"code": code, "message": message, **more}
    if problems:
        error["problems"] = [problem_object(one) for one in problems]
    return JSONResponse({"error": error}, status, headers=dict(headers or {}))


def problem_object(found: Problem | At) -> dict[str, Any]:
    """A problem as the API tells it."""
    at = found if isinstance(found, At) else At(found)
    problem = at.problem
    return {
        "file": problem.source,
        "key": problem.key,
        "value": problem.value,
        "allowed": problem.allowed,
        "line": at.line,
        "column": at.column,
    }


def _api_error(request: Request, err: Exception) -> Response:
    assert isinstance(err, ApiError)  # noqa: S101 (by its registration)
    return error_response(
        err.status,
        err.code,
        translated(request, err.message),
        told(request, err.problems),
        err.headers,
        **err.more,
    )


def _wrong_request(request: Request, err: Exception) -> Response:
    assert isinstance(err, RequestValidationError)  # noqa: S101 (by its registration)
    problems = [
        Problem(
            str(one["loc"][0]) if one["loc"] else "request",
            ".".join(str(part) for part in one["loc"][1:]),
            _shown(one),
            str(one["msg"]),
        )
        for one in err.errors()
    ]
    message = translated(request, N_("The request is not as the API expects it."))
    return error_response(422, "invalid", message, problems)


def _shown(error: Mapping[str, Any]) -> str:
    """The wrong value, cut; none of a body, which may hold a password."""
    value = error.get("input")
    is_public = error["loc"] and error["loc"][0] in ("query", "path")
    return repr(value)[:MOST_SHOWN] if is_public and value is not None else ""


def _wrong_configuration(request: Request, err: Exception) -> Response:
    assert isinstance(err, ConfigError)  # noqa: S101 (by its registration)
    message = translated(request, N_("The configuration would be wrong."))
    return error_response(422, "invalid", message, told(request, err.problems))


def _conflict(request: Request, err: Exception) -> Response:
    assert isinstance(err, EditConflict)  # noqa: S101 (by its registration)
    more = {key: getattr(err, key) for key in CONFLICT}
    message = translated(request, N_("Somebody else has changed this in the meantime."))
    return error_response(409, "conflict", message, **more)


def _refused(request: Request, err: Exception) -> Response:
    status = 404 if isinstance(err, EditMissing) else 422
    return error_response(status, CODES[status], translated(request, str(err)))


def _failed(request: Request, err: Exception) -> Response:
    logger.warning("web: %s", err)
    return error_response(503, "unavailable", translated(request, str(err)))


def _no_journal(request: Request, err: Exception) -> Response:
    logger.warning("web: %s", err)
    message = translated(request, N_("The journal can't be read now."))
    return error_response(503, "unavailable", message, reason=str(err))


def _no_store(request: Request, err: Exception) -> Response:
    logger.warning("web: %s", err)
    text = N_("The page's own file web.json can't be used; the log says why.")
    return error_response(503, "unavailable", translated(request, text))


def _http_error(request: Request, err: Exception) -> Response:
    assert isinstance(err, HTTPException)  # noqa: S101 (by its registration)
    code = CODES.get(err.status_code, "invalid")
    message = translated(request, WORDS.get(err.status_code, err.detail))
    if not is_api(request):
        return PlainTextResponse(message, err.status_code, headers=dict(err.headers or {}))
    return error_response(err.status_code, code, message, headers=err.headers)


WORDS: Mapping[int, str] = {
    400: N_("The request is not as the API expects it."),
    404: N_("There is nothing under this address."),
    405: N_("This can't be done here."),
    413: N_("That is more than the page takes at once."),
}


def is_api(request: Request) -> bool:
    """Whether the request went to the API, not to a page."""
    root = request.scope.get("root_path", "")
    return request.url.path.removeprefix(root).startswith("/api/")


def translated(request: Request, message: str) -> str:
    """The message in the language of who asks."""
    context = request.app.state.context
    return translator(language_of(request, context.configuration))(message)


def told(request: Request, problems: Sequence[Problem | At]) -> list[Problem | At]:
    """The problems in the language of who asks."""
    language = language_of(request, request.app.state.context.configuration)
    return [
        replace(one, problem=problem_in(one.problem, language))
        if isinstance(one, At)
        else problem_in(one, language)
        for one in problems
    ]
