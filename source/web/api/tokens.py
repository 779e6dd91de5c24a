"""Endpoints: the API tokens, with which programs ask instead of people."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from source.web.api.accessmodels import STRICT
from source.web.asking import access_of, person_of
from source.web.errors import ApiError
from source.web.security.identity import Scope
from source.web.security.sessions import MOST_TOKENS
from source.web.security.store import Token
from source.web.texts import N_


class TokenWish(BaseModel):
    """A token to be made."""

    model_config = STRICT

    name: Annotated[str, Field(min_length=1, max_length=100)]
    scope: Literal["read", "write"] = "read"


class TokenShown(BaseModel):
    """A token without its secret."""

    id: str
    name: str
    scope: Scope
    created_s: int


class TokenMade(BaseModel):
    """A token with its secret, this once."""

    id: str
    token: str


class TokenRemoved(BaseModel):
    """A token that is no more."""

    id: str


def add_to(area: APIRouter) -> None:
    """The endpoints, at their paths."""
    area.get("/tokens")(listed)
    area.post("/tokens")(made)
    area.delete("/tokens")(removed)


def listed(request: Request) -> list[TokenShown]:
    """The API tokens there are, without their secrets."""
    person_of(request)
    return [_shown(one) for one in access_of(request).tokens()]


def made(request: Request, body: TokenWish) -> TokenMade:
    """A new API token; its secret is told this once."""
    person_of(request)
    access, name = access_of(request), body.name.strip()
    if not name or not name.isprintable():
        raise ApiError(422, "invalid", N_("The token needs a name, of one line."))
    if len(access.tokens()) >= MOST_TOKENS:
        raise ApiError(409, "conflict", N_("There are enough tokens; remove one first."))
    token, secret = access.new_token(name, body.scope)
    return TokenMade(id=token.id, token=secret)


def removed(
    request: Request, token_id: Annotated[str, Query(alias="id", max_length=40)]
) -> TokenRemoved:
    """From now on the token is good for nothing."""
    person_of(request)
    if not access_of(request).remove_token(token_id):
        raise ApiError(404, "not_found", N_("There is no such token."))
    return TokenRemoved(id=token_id)


def _shown(token: Token) -> TokenShown:
    scope: Scope = "write" if token.scope == "write" else "read"
    return TokenShown(id=token.id, name=token.name, scope=scope, created_s=token.created_s)
