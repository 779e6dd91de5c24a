"""What an endpoint finds at its request: who asks, and the objects of the application."""

from __future__ import annotations

from fastapi import Request

from source.web.context import Context
from source.web.errors import ApiError
from source.web.security.access import Access
from source.web.security.identity import Identity
from source.web.texts import N_


def context_of(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


def access_of(request: Request) -> Access:
    access: Access = request.app.state.access
    return access


def identity_of(request: Request) -> Identity:
    """Who asks, as the guard found."""
    identity: Identity = request.state.identity
    return identity


def person_of(request: Request) -> Identity:
    """Who asks, if it is no program: a token that leaks must not make further ones.

    Raises ApiError.
    """
    identity = identity_of(request)
    if not identity.is_person:
        text = N_("A token may not do this; log in with the password.")
        raise ApiError(403, "forbidden", text)
    return identity
