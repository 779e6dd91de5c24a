"""One request on its way through: how much it may bring, and what its answer carries."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from source.web.security import cookies
from source.web.security.access import COOKIE, Access
from source.web.security.headers import protect
from source.web.security.identity import Identity

MOST_BYTES = 4_000_000
MOST_STRANGE_BYTES = 16_000
"""For those who are not known yet: a password fits."""


class StreamEnded(OSError):
    """An open stream whose session has ended."""


class Guarded:
    """The request, from the time it is let in; ``send`` is what answers go through."""

    def __init__(self, send: Send, request: Request, access: Access) -> None:
        self.request = request
        self.has_started = False
        self.most_bytes = MOST_STRANGE_BYTES
        self._send = send
        self._access = access
        self._identity: Identity | None = None
        self._is_stream = False

    def let_in(self, identity: Identity) -> None:
        """Who sent it."""
        self._identity = identity
        self.most_bytes = MOST_BYTES if identity.is_known else MOST_STRANGE_BYTES

    def limited(self, receive: Receive) -> Receive:
        """``receive`` that ends where more comes than was announced."""
        got = 0

        async def limited_receive() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > self.most_bytes:
                raise HTTPException(413)
            return message

        return limited_receive

    async def send(self, message: Message) -> None:
        """On to the client, with the headers that every answer has."""
        if message["type"] == "http.response.start":
            self.has_started = True
            headers = MutableHeaders(scope=message)
            protect(headers, route_of(self.request.scope))
            self._is_stream = headers.get("content-type", "").startswith("text/event-stream")
            self._renew_cookie(headers)
        elif self._is_stream and message["type"] == "http.response.body":
            await self._end_if_over()
        await self._send(message)

    async def _end_if_over(self) -> None:
        if self._identity is None or self._access.is_still(self._identity):
            return
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        raise StreamEnded

    def _renew_cookie(self, headers: MutableHeaders) -> None:
        identity = self._identity
        if identity is None or not identity.renews or "set-cookie" in headers:
            return
        secret = cookies.all_of(self.request.headers).get(COOKIE, "")
        headers.append("set-cookie", cookies.session_cookie(self.request, secret))


def route_of(scope: Scope) -> str:
    """The path as the routes have it."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"
