"""What the endpoints of the files take and give."""

from __future__ import annotations

from pydantic import BaseModel, Field

from source.web.api.documented import ProblemBody

LONGEST = 4_000_000
"""Characters that are looked at; the editor refuses much shorter ones with better words."""


class FileState(BaseModel):
    """One of the two files."""

    name: str
    bytes: int
    changed_s: float | None
    """None where there is no such file."""


class VersionState(BaseModel):
    """What stood in a file before."""

    id: str
    saved_s: float
    bytes: int
    reason: str
    """Why another one stands in its place."""


class FileText(BaseModel):
    """What stands in a file, without secrets."""

    name: str
    text: str
    revision: str
    versions: list[VersionState]


class Candidate(BaseModel):
    """A text that is not saved."""

    name: str
    text: str = Field(max_length=LONGEST)


class Save(Candidate):
    """A text to be saved in the place of the one with this revision."""

    revision: str


class Restore(BaseModel):
    """A version to be put back."""

    name: str
    id: str
    revision: str


class WarningState(BaseModel):
    """What may not be meant."""

    text: str
    line: int | None


class CheckResult(BaseModel):
    """What is to be said of a text that is not saved."""

    problems: list[ProblemBody]
    warnings: list[WarningState]
    difference: str
    """From the file as it is, as a unified diff."""


class VersionText(BaseModel):
    """A version before."""

    text: str
    difference: str
    """From the file as it is to this version."""
