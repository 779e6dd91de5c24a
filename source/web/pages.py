"""The pages: a frame of HTML each, which the scripts fill from the API."""

from __future__ import annotations

from fastapi import APIRouter

from source.web.context import Context


def router(context: Context) -> APIRouter:
    return APIRouter(include_in_schema=False)
