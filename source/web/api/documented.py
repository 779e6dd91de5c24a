"""What the OpenAPI document says of errors: one shape, for every endpoint."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from source.web.errors import CODES


class ProblemBody(BaseModel):
    """One thing that is wrong in a file or a request; line and column count from 1."""

    file: str
    key: str
    value: str
    allowed: str
    line: int | None
    column: int | None


class ErrorObject(BaseModel):
    """Why a request failed; a conflict also has ``current``, ``yours`` and ``difference``."""

    model_config = ConfigDict(extra="allow")

    code: str
    message: str
    problems: list[ProblemBody] = []


class ErrorBody(BaseModel):
    """What every failed request is answered with."""

    error: ErrorObject


TABLE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}}}
"""For endpoints that give their table as CSV too."""
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorBody, "description": code.replace("_", " ")}
    for status, code in CODES.items()
    if status != 500
}
"""For every router; an internal error is a bug, and no part of the API."""
