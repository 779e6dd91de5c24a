"""The pages: a frame of HTML each, which the scripts fill from the API."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from pathlib import Path

from fastapi import APIRouter
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from source import __version__
from source.web.context import Context
from source.web.packed import Packed, packed
from source.web.texts import FALLBACK, LANGUAGES, catalogue, language_of, locale_of, translator

TEMPLATES = Path(__file__).resolve().parent / "templates"
PAGES: Mapping[str, str] = {
    "/": "overview",
    "/socket": "socket",
    "/costs": "costs",
    "/reports": "reports",
    "/sockets": "sockets",
    "/settings": "settings",
    "/raw": "raw",
    "/status": "status",
    "/login": "login",
    "/first-start": "first-start",
}
"""Path → template."""
ALWAYS_ASK = {"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}

Answer = Callable[[Request], Awaitable[Response]]


def router(context: Context) -> APIRouter:
    pages = APIRouter(include_in_schema=False)
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    for path, page in PAGES.items():
        pages.add_api_route(path, _page(context, templates, page), response_class=HTMLResponse)
    pages.add_api_route("/i18n/{language}.json", texts)
    pages.add_api_route("/favicon.ico", favicon)
    return pages


def _page(context: Context, templates: Environment, page: str) -> Answer:
    async def answer(request: Request) -> Response:
        template = templates.get_template(f"{page}.html")
        shown = template.render(page=page, **surroundings(request, context))
        return HTMLResponse(shown, headers=ALWAYS_ASK)

    return answer


def surroundings(request: Request, context: Context) -> dict[str, object]:
    """What every template knows."""
    configuration = context.configuration
    language = language_of(request, configuration)
    return {
        "root": request.scope.get("root_path", "").rstrip("/"),
        "language": language,
        "languages": LANGUAGES,
        "locale": locale_of(request, configuration),
        "timezone": configuration.general.zone.key or "UTC",
        "currency": configuration.general.currency,
        "version": __version__,
        "sockets": len(configuration.devices),
        "_": translator(language),
    }


async def texts(request: Request, language: str) -> Response:
    """The catalogue for the scripts; an empty one where there is nothing to translate."""
    return packed_texts(language if language in LANGUAGES else FALLBACK).answer(request.headers)


@cache
def packed_texts(language: str) -> Packed:
    """The catalogue of a language as JSON."""
    shown = json.dumps(dict(catalogue(language)), ensure_ascii=False, separators=(",", ":"))
    return packed(shown.encode("utf-8"), "application/json")


async def favicon(request: Request) -> Response:
    root = request.scope.get("root_path", "").rstrip("/")
    return RedirectResponse(f"{root}/static/icon.svg", 308)
