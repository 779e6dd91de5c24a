"""Endpoints: the overview, once or as events.

``GET overview`` is at most ten seconds old. ``GET events`` (``text/event-stream``) sends
``overview`` at once and every ten seconds, ``live`` when a value has changed (at most each second,
at least every five), and ``configuration`` when another one is in force.
"""

from __future__ import annotations

import json

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from source.web.context import Context
from source.web.live import Live
from source.web.overview import Overview
from source.web.streams import EventStream, Streams


def router(context: Context) -> APIRouter:
    found = APIRouter(tags=["overview"])
    live = Live(context)
    streams = Streams(live, lambda: False)

    @found.get("/overview", response_model=Overview)
    def overview() -> Response:
        """All sockets now, today and this month."""
        return Response(live.overview(), media_type="application/json")

    @found.get("/events")
    async def events(request: Request) -> Response:
        """What changes, as server-sent events."""
        if streams.is_full:
            return JSONResponse({"error": {"code": "too_many", "message": "too many"}}, 429)
        return EventStream(streams, lambda: True)

    return found
