"""The keys of a JSON answer, to compare shapes without values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

PAYLOADS = Path(__file__).resolve().parents[2].parent / "shared" / "payloads"


def captured(name: str) -> Any:
    """A captured answer, where the folder of captures is present."""
    path = PAYLOADS / name
    if not path.exists():
        pytest.skip("the folder of captured answers is not here")
    return json.loads(path.read_text(encoding="utf-8"))


def shape(value: Any) -> Any:
    """Keys and kinds of a JSON value; ints and floats are one kind, as the sockets mix them."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return "number" if type(value) in (int, float) else type(value).__name__
