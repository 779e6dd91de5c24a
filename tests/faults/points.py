"""The fault points of the program, found in its source: a new one needs no entry anywhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.faults.child import ROOT


def fault_points() -> list[str]:
    """The name of each place that calls ``reached("…")``, in order.

    Raises AssertionError where a name is no plain text, or stands at two places.
    """
    found = [
        _name(call)
        for file in sorted((ROOT / "source").rglob("*.py"))
        for call in _calls(ast.parse(file.read_text("utf-8")))
    ]
    assert len(set(found)) == len(found), f"twice: {found}"
    return sorted(found)


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", None))
            if called == "reached":
                yield node


def _name(call: ast.Call) -> str:
    (argument,) = call.args
    assert isinstance(argument, ast.Constant), f"line {call.lineno}: no plain name"
    return str(argument.value)
