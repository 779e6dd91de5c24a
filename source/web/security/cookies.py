"""Cookies: the session's, and those of a request."""

from __future__ import annotations

import hmac

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from source.web.security.access import COOKIE
from source.web.security.sessions import LIFE_S


def session_cookie(request: Request, secret: str) -> str:
    """The header that sets it; an empty ``secret`` removes it."""
    answer = Response()
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=LIFE_S if secret else 0,
        path=request.scope.get("root_path") or "/",
        secure=is_https(request),
        httponly=True,
        samesite="strict",
    )
    return answer.headers["set-cookie"]


def is_https(request: Request) -> bool:
    """Whether the browser came by https. A proxy's word is enough: who lies about it only keeps his
    own browser from sending his own cookie."""
    told = request.headers.get("x-forwarded-proto", "").split(",")[-1].strip().lower()
    return request.scope["scheme"] == "https" or told == "https"


def is_same(shown: str, wanted: str) -> bool:
    """Whether two secrets are the same; an empty one never is."""
    return bool(wanted) and hmac.compare_digest(shown.encode("utf-8", "replace"), wanted.encode())


def all_of(headers: Headers) -> dict[str, str]:
    """Of all Cookie headers; where a name comes twice, the first counts, as browsers send the one
    with the longer path first."""
    found: dict[str, str] = {}
    for part in "; ".join(headers.getlist("cookie")).split(";"):
        name, is_one, value = part.strip().partition("=")
        if is_one:
            found.setdefault(name.strip(), value.strip().strip('"'))
    return found
