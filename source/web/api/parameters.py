"""What several endpoints take in their address."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query

Device = Annotated[str, Query(min_length=1, max_length=200, description="`_total` is the house.")]
SpanText = Annotated[
    str,
    Query(
        alias="span",
        max_length=30,
        description="2026-10-31, 2026-10, 2026, 2026-10-01..2026-10-15 (the second day not"
        " included), today, yesterday, this-month, last-month, this-year or last-year.",
    ),
]
Format = Literal["json", "csv"]
LocaleText = Annotated[
    str | None,
    Query(
        alias="locale",
        max_length=20,
        description="Of a CSV file: semicolons and decimal commas where it has them, such as `de`.",
    ),
]
