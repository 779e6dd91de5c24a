"""What the endpoints of access take and give."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from source.web.security import passwords
from source.web.security.identity import Scope

STRICT = ConfigDict(extra="forbid")

Secret = Annotated[str, Field(max_length=passwords.LONGEST)]


class SessionState(BaseModel):
    """What the page has to know of who asks."""

    authenticated: bool
    first_start: bool
    needs_token: bool
    """Whether first start needs the token of the log."""
    needs_password: bool
    """Whether first start has to set a password."""
    has_password: bool
    has_fixed_password: bool
    """Whether the environment gives the password: it can't be changed on the page."""
    may_remove_password: bool
    csrf: str
    """For the header X-CSRF-Token of each change."""
    scope: Scope | None
    language: str
    locale: str
    timezone: str
    currency: str
    version: str


class Login(BaseModel):
    """A try to log in."""

    model_config = STRICT

    password: Secret


class PasswordChange(BaseModel):
    """Another password; an empty ``new`` removes it."""

    model_config = STRICT

    current: Secret = ""
    new: Secret


class FirstStart(BaseModel):
    """What first start asks for; what is null or left out stays as it is."""

    model_config = STRICT

    token: Secret = ""
    language: Annotated[str, Field(max_length=35)] | None = None
    timezone: Annotated[str, Field(max_length=100)] | None = None
    price_kwh: (
        Annotated[float, Field(strict=True)] | Annotated[str, Field(max_length=30)] | None
    ) = None
    currency: Annotated[str, Field(max_length=100)] | None = None
    password: Secret = ""
