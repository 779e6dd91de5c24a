"""Texts for people: foreign ones made safe to print, numbers of things, and durations."""

from __future__ import annotations

TEXT_LIMIT = 200


def shorten(text: object, limit: int = TEXT_LIMIT) -> str:
    """Foreign text for a message: one line that can be seen, cut at ``limit`` characters."""
    line = " ".join(str(text).split())
    if not line.isprintable():  # a terminal would obey what a socket sends
        line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
    return line if len(line) <= limit else line[: limit - 1] + "…"


def counted(count: int, noun: str) -> str:
    """``1 point``, ``2 points``."""
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"


def duration_text(seconds: float) -> str:
    """A duration for people: ``45 s``, ``12 min``, ``1 h 12 min``, ``3 d 4 h``."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if hours == 0:
        return f"{minutes} min"
    if days == 0:
        return f"{hours} h {minutes % 60} min"
    return f"{days} d {hours % 24} h"


def size_text(size_bytes: int) -> str:
    """As ``ls -h`` says it, in steps of 1000."""
    if size_bytes < 1_000_000:
        return f"{size_bytes / 1_000:.0f} kB"
    if size_bytes < 1_000_000_000:
        return f"{size_bytes / 1_000_000:.1f} MB"
    return f"{size_bytes / 1_000_000_000:.2f} GB"
