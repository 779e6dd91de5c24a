"""What a request has to pass before anything answers it, and what every answer has to carry.

Pure ASGI, so that event streams flow through it. In this order: the host it was sent to, its path,
its size, where it comes from, who sends it, and whether that one meant it.
"""

from __future__ import annotations

import logging
from urllib.parse import urlencode

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from source.web.errors import API, CODES, ApiError, error_response, translated
from source.web.security import cookies, hosts
from source.web.security.access import Access
from source.web.security.guarded import Guarded, StreamEnded, route_of
from source.web.security.identity import Identity, Kind
from source.web.security.store import StoreError
from source.web.texts import N_

logger = logging.getLogger(__name__)

LOGIN, FIRST_START = "/login", "/first-start"
PUBLIC = frozenset(
    {LOGIN, FIRST_START, f"{API}/session", f"{API}/login", f"{API}/first-start", "/favicon.ico"}
)
PUBLIC_BELOW = ("/static/", "/i18n/")
SAFE = frozenset({"GET", "HEAD"})
MOST_WANTED = 1_000
CSRF_HEADER = "x-csrf-token"
OUTSIDE = frozenset({"cross-site", "same-site"})
"""What browsers say (Sec-Fetch-Site) of requests that another site's page makes."""


class Guard:
    """The application with everything before it that keeps others out."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope = self._below_root(scope)
        request = Request(scope)
        guarded = Guarded(send, request, self._access)
        try:
            refusal = self._refusal(request, guarded)
        except ApiError as err:
            refusal = self._refused(request, err)
        except StoreError as err:
            logger.warning("web: %s", err)
            text = N_("The page's own file web.json can't be used; the log says why.")
            refusal = self._refused(request, ApiError(503, "unavailable", text))
        if refusal is not None:
            await refusal(scope, receive, guarded.send)
            return
        await self._run(scope, guarded.limited(receive), guarded)

    async def _run(self, scope: Scope, receive: Receive, guarded: Guarded) -> None:
        try:
            await self._app(scope, receive, guarded.send)
        except ClientDisconnect:
            return
        except StreamEnded:
            return
        except Exception:  # marked place: a bug is answered, and raised further
            if not guarded.has_started:
                text = N_("That went wrong, by a bug of the program; the log has the details.")
                broken = ApiError(500, "internal", text)
                await self._refused(guarded.request, broken)(scope, receive, guarded.send)
            raise

    # --- the checks ---

    def _refusal(self, request: Request, guarded: Guarded) -> Response | None:
        """What is answered instead; None where the request may pass. Raises ApiError."""
        self._check_end(request)
        host = self._checked_host(request)
        path = route_of(request.scope)
        self._check_origin(request, host, path)
        identity = self._identify(request)
        guarded.let_in(identity)
        request.scope.setdefault("state", {})["identity"] = identity
        self._check_size(request, guarded.most_bytes)
        elsewhere = self._elsewhere(request, path, identity)
        if elsewhere is not None:
            return RedirectResponse(request.scope["root_path"] + elsewhere, 303)
        if request.method not in SAFE:
            self._check_intent(request, identity)
        return None

    def _checked_host(self, request: Request) -> hosts.HostPort:
        given = request.headers.getlist("host")
        host = hosts.parsed(given[0]) if len(given) == 1 else None
        if host is None:
            raise ApiError(400, "invalid", N_("The request names no host, or an impossible one."))
        if not hosts.is_allowed(host, self._access.host_names):
            text = N_(
                "The page does not know this name, so it may be a trick of another site (DNS"
                ' rebinding). Open it by its address, or add the name to "hosts" in the section'
                ' "web" of config.json.'
            )
            raise ApiError(421, "forbidden", text)
        return host

    def _check_origin(self, request: Request, host: hosts.HostPort, path: str) -> None:
        """A change comes from a page of ours, or from a program that shows a token."""
        headers = request.headers
        has_token = "authorization" in headers
        if request.method in SAFE:
            is_api = path.startswith("/api/")
            if is_api and not has_token and headers.get("sec-fetch-site") in OUTSIDE:
                raise ApiError(403, "forbidden", N_("Another site's page may not ask for this."))
            return
        origin = headers.get("origin") or headers.get("referer")
        if origin is None:
            if not has_token:
                text = N_("The request does not say which page it comes from (Origin).")
                raise ApiError(403, "forbidden", text)
        elif not hosts.is_same_origin(origin, host, self._access.listed_names):
            text = N_(
                "The request comes from another site's page. A reverse proxy has to hand on the"
                ' header "Host", or its name has to be in "hosts" of the section "web".'
            )
            raise ApiError(403, "forbidden", text)

    def _identify(self, request: Request) -> Identity:
        return self._access.identify(request, cookies.all_of(request.headers))

    def _check_end(self, request: Request) -> None:
        """Where a proxy and we disagree on the end, the rest would be a request of its own."""
        if "transfer-encoding" in request.headers and "content-length" in request.headers:
            text = N_("The request is not as the API expects it.")
            raise ApiError(400, "invalid", text, headers={"Connection": "close"})

    def _check_size(self, request: Request, most_bytes: int) -> None:
        told = request.headers.get("content-length", "0")
        if not told.isascii() or not told.isdigit() or int(told[:20]) > most_bytes:
            raise too_large()

    def _elsewhere(self, request: Request, path: str, identity: Identity) -> str | None:
        """Where people have to go first, below the root; None where they may stay. Raises
        ApiError where a program asks."""
        is_first = self._is_first(identity)
        if path == FIRST_START and not is_first:
            return "/" if identity.is_known else LOGIN
        if path == LOGIN and not self._access.has_password:
            return FIRST_START if is_first else "/"
        if is_public(path):
            return None
        if identity.is_known:
            return FIRST_START if is_first and path == "/" else None
        if path.startswith("/api/") or request.method not in SAFE:
            text = N_("Log in first, or show a token that is good.")
            raise ApiError(401, "unauthenticated", text, headers={"WWW-Authenticate": "Bearer"})
        return FIRST_START if is_first else LOGIN + _back_to(request, path)

    def _is_first(self, identity: Identity) -> bool:
        return self._access.is_open_for_first_start(is_local=identity.is_local)

    def _check_intent(self, request: Request, identity: Identity) -> None:
        """A change needs the right to it, and the CSRF token where a cookie or nothing tells who
        asks."""
        if identity.kind is Kind.TOKEN:
            if identity.scope != "write":
                raise ApiError(403, "forbidden", N_("This token may only read."))
            return
        shown = request.headers.get(CSRF_HEADER, "")
        if not cookies.is_same(shown, identity.csrf):
            text = N_("The page is out of date; load it again.")
            raise ApiError(403, "forbidden", text, reason="csrf")

    # --- its answers ---

    def _below_root(self, scope: Scope) -> Scope:
        """With the path as the routes know it, whether the proxy has cut off the root or not.

        The root is the configured one; a header that names another is not believed.
        """
        root, path = self._access.web.root_path, scope["path"]
        if not root:
            return {**scope, "root_path": ""}
        below = path.removeprefix(root) if path == root or path.startswith(f"{root}/") else path
        return {**scope, "root_path": root, "path": root + (below or "/")}

    def _refused(self, request: Request, err: ApiError) -> Response:
        message = translated(request, err.message)
        if route_of(request.scope).startswith("/api/"):
            code = err.code or CODES.get(err.status, "invalid")
            return error_response(err.status, code, message, headers=err.headers, **err.more)
        return PlainTextResponse(message + "\n", err.status, headers=err.headers)


def is_public(path: str) -> bool:
    """Whether everybody may have what is there."""
    return path in PUBLIC or path.startswith(PUBLIC_BELOW)


def too_large() -> ApiError:
    """More than is taken."""
    return ApiError(413, "too_large", N_("That is more than the page takes at once."))


def _back_to(request: Request, path: str) -> str:
    """What tells the login page where the reader was going."""
    if path == "/":
        return ""
    query = request.url.query
    wanted = f"{path}?{query}" if query else path
    return f"?{urlencode({'next': wanted[:MOST_WANTED]})}"
