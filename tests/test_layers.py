"""The layers of the design: a file imports from lower lines only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = (
    ("errors", "model"),
    ("timing", "text", "plaintext", "faultpoint", "formula", "period"),
    ("logqueue", "logtargets"),
    ("service", "health", "clockwait", "logsetup", "prints", "openfiles", "memory", "systemd"),
    ("config",),
    ("devices", "journal", "simulator"),
    ("tariffs",),
    ("polling", "reports", "sinks"),
    ("setup",),
    ("reload", "notices", "trials", "status"),
    ("web",),
    ("app", "cli"),
)
HEIGHT = {name: height for height, names in enumerate(LAYERS) for name in names}
FILES = sorted((ROOT / "source").rglob("*.py"))


def imported(path: Path) -> set[str]:
    """The first-level parts of ``source`` that a file imports, wherever the import stands."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module if node.module != "source" else f"source.{node.names[0].name}")
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
    return {n.split(".")[1] for n in names if n.startswith("source.")} - {"__version__"}


def part_of(path: Path) -> str:
    return path.relative_to(ROOT / "source").parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_imports_from_lower_layers_only(path: Path) -> None:
    part = part_of(path)
    if part == "__init__":
        assert imported(path) == set()
        return
    assert part in HEIGHT, f"{part} has no layer"
    for other in imported(path) - {part}:
        same_line = {part, other} in ({"errors", "model"}, {"service", "health"}, {"app", "cli"})
        assert HEIGHT[other] < HEIGHT[part] or same_line, f"{part} must not import {other}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_file_says_what_it_owns(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def caught(handler: ast.ExceptHandler) -> set[str]:
    """The names of the errors that an ``except`` catches."""
    if handler.type is None:
        return {"BaseException"}
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {node.id for node in types if isinstance(node, ast.Name)}


def test_except_exception_stands_at_the_marked_places_only() -> None:
    places = {
        part_of(path)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and caught(node) & {"Exception", "BaseException"}
        and not any(isinstance(inner, ast.Raise) and inner.exc is None for inner in ast.walk(node))
    }
    assert places == {"devices", "service", "cli"}
