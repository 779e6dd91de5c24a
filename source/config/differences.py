"""What differs between two texts, as ``diff -u`` tells it."""

from __future__ import annotations

from difflib import unified_diff

MOST_LINES = 20_000
"""Longer texts are not compared: it takes minutes."""


def difference(before: str, after: str, name: str) -> str:
    """The unified difference; empty where there is none."""
    old, new = before.splitlines(), after.splitlines()
    if old == new:
        return ""
    if len(old) + len(new) > MOST_LINES:
        return f"--- {name}\n+++ {name}\n"
    lines = unified_diff(old, new, name, name, lineterm="")
    return "\n".join(lines) + "\n"
