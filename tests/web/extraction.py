"""The texts that stand in the sources of the page, each with the place where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract
from jinja2.ext import babel_extract

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "source" / "web"
MARKS = {"_": None, "N_": None}
MARKED = re.compile(rb"\bN?_\(")
"""What is quickly found out before a file is read as its language."""
TEMPLATES = sorted((WEB / "templates").glob("*.html"))
SCRIPTS = sorted(one for one in (WEB / "static").rglob("*.js") if one.parent.name != "vendor")
STYLES = sorted(one for one in (WEB / "static").rglob("*.css") if one.parent.name != "vendor")
PYTHON = sorted((ROOT / "source").rglob("*.py"))


def marked() -> dict[str, str]:
    """English text → where it stands first."""
    found: dict[str, str] = {}
    for path in (*TEMPLATES, *SCRIPTS, *PYTHON):
        for text in texts_of(path):
            found.setdefault(text, str(path.relative_to(ROOT)))
    return found


def texts_of(path: Path) -> Iterator[str]:
    method = {".html": babel_extract, ".js": "javascript", ".py": "python"}[path.suffix]
    if not MARKED.search(path.read_bytes()):
        return
    with path.open("rb") as file:
        for _line, message, _comments, _context in extract(method, file, keywords=MARKS):
            assert isinstance(message, str), f"{path}: {message}"
            yield message
