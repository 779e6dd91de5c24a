"""Endpoints: who is logged in, the password, and first start."""

from __future__ import annotations

from decimal import Decimal

from fastapi import APIRouter, Request, Response

from source import __version__
from source.web.api import tokens
from source.web.api.accessmodels import FirstStart, Login, PasswordChange, SessionState
from source.web.asking import access_of, context_of, identity_of, person_of
from source.web.context import Context
from source.web.errors import CODES, ApiError
from source.web.firststart import Wishes, write_general
from source.web.security import passwords
from source.web.security.access import Access
from source.web.security.cookies import session_cookie
from source.web.security.identity import Identity, Kind, csrf_of
from source.web.texts import COOKIE, LANGUAGES, N_, language_of, locale_of

YEAR_S = 366 * 86_400
WAIT = N_("Too many tries; wait a moment before the next one.")
TOO_SHORT = N_("The password needs 8 characters at least.")


def router(context: Context) -> APIRouter:  # noqa: ARG001 (the shape of all routers)
    area = APIRouter(tags=["access"])
    area.get("/session")(session)
    area.post("/login")(login)
    area.post("/logout")(logout)
    area.put("/password")(password)
    area.post("/first-start")(first_start)
    tokens.add_to(area)
    return area


def session(request: Request) -> SessionState:
    """Who asks, and what the page needs to begin with."""
    return _state(request, identity_of(request))


def login(request: Request, response: Response, body: Login) -> SessionState:
    """A session for the right password."""
    access = access_of(request)
    if not access.has_password:
        raise ApiError(403, "forbidden", N_("There is no password yet: set one in first start."))
    _check_password(access, identity_of(request), body.password, 401)
    return _logged_in(request, response)


def logout(request: Request, response: Response) -> SessionState:
    """End the session; where there is none, nothing happens."""
    identity = identity_of(request)
    if identity.kind is not Kind.SESSION:
        return _state(request, identity)
    access = access_of(request)
    access.log_out(identity)
    response.headers.append("set-cookie", session_cookie(request, ""))
    return _state(request, access.anybody(identity))


def password(request: Request, response: Response, body: PasswordChange) -> SessionState:
    """Set, change or remove the password; every other browser is logged out."""
    access, identity = access_of(request), person_of(request)
    if access.has_fixed_password:
        text = N_("The password comes from WEB_PASSWORD and can only be changed there.")
        raise ApiError(409, "conflict", text)
    _check_new(body.new, may_be_empty=access.may_go_without_password)
    if access.has_password:
        _check_password(access, identity, body.current, 403)
    access.set_password(body.new)
    if not body.new:
        response.headers.append("set-cookie", session_cookie(request, ""))
        return _state(request, access.anybody(identity))
    return _logged_in(request, response)


def first_start(request: Request, response: Response, body: FirstStart) -> SessionState:
    """Set up what everything else needs, once; whoever does it is logged in."""
    access, identity = access_of(request), identity_of(request)
    with access.first_start:
        if not access.is_open_for_first_start(is_local=identity.is_local):
            raise ApiError(403, "forbidden", N_("First start is over; log in instead."))
        if access.needs_token(is_local=identity.is_local):
            _check_token(access, identity, body.token)
        _check_new(body.password, may_be_empty=identity.is_local)
        write_general(context_of(request), request, _wishes(body))
        access.finish_first_start(body.password)
    _remember_language(request, response, body.language)
    if not body.password:
        return _state(request, access.anybody(identity))
    return _logged_in(request, response)


def _check_password(access: Access, identity: Identity, password: str, status: int) -> None:
    """Raises ApiError; of 403 where it is no question of being logged in."""
    _attempt(access, identity)
    if not access.is_right_password(password):
        text = N_("The password is not right.")
        raise ApiError(status, CODES[status], text, reason="password")
    access.throttle.succeeded(identity.address)


def _check_token(access: Access, identity: Identity, token: str) -> None:
    _attempt(access, identity)
    if not access.is_right_token(token):
        access.tell_token()
        text = N_("The token is not right; the program's log has it.")
        raise ApiError(403, "forbidden", text, reason="token")
    access.throttle.succeeded(identity.address)


def _attempt(access: Access, identity: Identity) -> None:
    wait_s = access.throttle.attempt(identity.address)
    if wait_s:
        headers = {"Retry-After": str(wait_s)}
        raise ApiError(429, "too_many", WAIT, headers=headers, retry_after_s=wait_s)


def _check_new(password: str, *, may_be_empty: bool) -> None:
    if not password and may_be_empty:
        return
    if not password:
        text = N_("A password is needed: other machines reach this page.")
        raise ApiError(422, "invalid", text, reason="password")
    if len(password) < passwords.SHORTEST:
        raise ApiError(422, "invalid", TOO_SHORT, reason="password")


def _logged_in(request: Request, response: Response) -> SessionState:
    access, before = access_of(request), identity_of(request)
    secret = access.log_in(before)
    response.headers.append("set-cookie", session_cookie(request, secret))
    csrf = csrf_of(secret, "session")
    after = Identity(Kind.SESSION, "write", "", csrf, before.address, before.is_local)
    return _state(request, after)


def _remember_language(request: Request, response: Response, language: str | None) -> None:
    chosen = (language or "")[:2].lower()
    if chosen in LANGUAGES:
        path = request.scope.get("root_path") or "/"
        response.set_cookie(COOKIE, chosen, max_age=YEAR_S, path=path, samesite="lax")


def _wishes(body: FirstStart) -> Wishes:
    price = body.price_kwh
    return Wishes(
        language=body.language,
        timezone=body.timezone,
        price_kwh=Decimal(repr(price)) if isinstance(price, float) else price,
        currency=body.currency,
    )


def _state(request: Request, identity: Identity) -> SessionState:
    access, configuration = access_of(request), context_of(request).configuration
    is_first = access.is_open_for_first_start(is_local=identity.is_local)
    needs_token = access.needs_token(is_local=identity.is_local)
    if is_first and needs_token:
        access.tell_token()
    return SessionState(
        authenticated=identity.is_known,
        first_start=is_first,
        needs_token=needs_token,
        needs_password=is_first and not identity.is_local,
        has_password=access.has_password,
        has_fixed_password=access.has_fixed_password,
        may_remove_password=access.may_go_without_password and not access.has_fixed_password,
        csrf=identity.csrf,
        scope=identity.scope,
        language=language_of(request, configuration),
        locale=locale_of(request, configuration),
        timezone=configuration.general.zone.key or "UTC",
        currency=configuration.general.currency,
        version=__version__,
    )
