"""Endpoints: overview."""

from __future__ import annotations

from fastapi import APIRouter

from source.web.context import Context


def router(context: Context) -> APIRouter:
    return APIRouter()
