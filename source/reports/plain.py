"""The report of a span as plain text, as it goes into files, pipes and browsers (pure)."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from source.plaintext import NAME_CELLS, Column, table_lines, visible
from source.reports.block import Block
from source.reports.outline import outline, title_of
from source.reports.writing import Writing

WIDTH = 100
"""Of what is told below a table."""
INDENT = "  "


def as_text(writing: Writing) -> str:
    """The whole report; lines end with a line feed."""
    blocks = ["\n".join(block_lines(block)) for block in outline(writing)]
    return "\n\n".join([visible(title_of(writing)), *blocks]) + "\n"


def block_lines(block: Block) -> list[str]:
    body = table_lines(columns_of(block), block.rows) if block.has_heads else pair_lines(block.rows)
    return [block.title, *body, *note_lines(block)]


def columns_of(block: Block) -> list[Column]:
    return [
        Column(head.text, head.right, NAME_CELLS if head.is_name else 0, head.spare)
        for head in block.heads
    ]


def pair_lines(rows: Sequence[Sequence[str]]) -> list[str]:
    width = max(len(name) for name, _ in rows)
    return [f"{INDENT}{name:<{width}}  {value}" for name, value in rows]


def note_lines(block: Block) -> list[str]:
    return [
        line
        for note in block.notes
        for line in textwrap.wrap(visible(note), WIDTH, break_on_hyphens=False)
    ]
