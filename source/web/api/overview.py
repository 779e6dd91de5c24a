"""Endpoints: the overview, once or as events.

``GET overview`` is at most ten seconds old. ``GET events`` (``text/event-stream``) sends
``overview`` at once and every ten seconds, ``live`` when a value has changed (at most each second,
at least every five), and ``configuration`` when another one is in force.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from source.web.context import Context
from source.web.errors import ApiError
from source.web.live import Live
from source.web.overviewmodels import Overview
from source.web.streams import EventStream, Streams
from source.web.texts import N_


def router(context: Context) -> APIRouter:
    found = APIRouter(tags=["overview"])
    live = Live(context)
    streams = Streams(live, context.clock.monotonic)

    @found.get("/overview", response_model=Overview)
    def overview() -> Response:
        """All sockets now, today and this month; at most ten seconds old."""
        return Response(live.overview(), media_type="application/json")

    @found.get(
        "/events",
        response_class=Response,
        responses={200: {"content": {"text/event-stream": {}}}, 429: {}},
    )
    async def events(request: Request) -> Response:
        """What changes, as server-sent events."""
        if streams.is_full:
            raise ApiError(
                429, "too_many", N_("Too many pages listen at once; close some of them.")
            )
        return EventStream(streams, getattr(request.app.state, "stopping", None))

    return found
