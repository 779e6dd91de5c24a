"""The application: its routers, its pages, and the checks before them."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from source import __version__
from source.web import errors, pages
from source.web.api import (
    access,
    figures,
    filekeys,
    files,
    overview,
    power,
    reports,
    settings,
    sockets,
    status,
)
from source.web.api.documented import ERRORS
from source.web.context import Context
from source.web.packed import PackedFiles
from source.web.security.access import Access
from source.web.security.guard import Guard

ROUTERS = (access, overview, power, figures, reports, sockets, settings, files, status)
STATIC = Path(__file__).resolve().parent / "static"


def build_app(context: Context, port: int | None = None) -> FastAPI:
    """Everything that is served, as one ASGI application; ``port``: where it listens."""
    app = routed(context)
    guard(app, context, port)
    return app


def routed(context: Context) -> FastAPI:
    """All that can be asked, before it is guarded."""
    app = FastAPI(
        title="IntelligentSocketDatalogger",
        version=__version__,
        openapi_url=f"{errors.API}/openapi.json",
        docs_url=None,  # both load their scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # such a redirect names http:// and the host, wrong behind a proxy
    )
    for area in ROUTERS:
        app.include_router(area.router(context), prefix=errors.API, responses=ERRORS)
    app.include_router(pages.router(context))
    app.mount("/static", PackedFiles(STATIC), name="static")
    errors.install(app)
    filekeys.install(app)
    return app


def guard(app: FastAPI, context: Context, port: int | None = None) -> None:
    """From now on it answers those only who may ask."""
    app.state.context = context
    app.state.access = Access(context, port)
    app.add_middleware(Guard, access=app.state.access)
