"""Which known word a user may have meant."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import get_close_matches

CUTOFF = 0.75
"""Finds `update` for `update_time` and `cost_month` for `cost_calc_month`."""
LONGEST = 100


def near_miss(word: str, known: Collection[str]) -> str | None:
    """The known word that is most like ``word``; None if none is.

    Capitals and the signs between letters do not count: ``Update-Time`` is ``update_time``.
    """
    plain = {_plain(name): name for name in known}
    matches = get_close_matches(_plain(word[:LONGEST]), plain, n=1, cutoff=CUTOFF)
    return plain[matches[0]] if matches else None


def did_you_mean(word: str, known: Collection[str]) -> str:
    """``; did you mean x?`` or nothing: the end of a message."""
    match = near_miss(word, known)
    return f"; did you mean {match}?" if match else ""


def instead(missing: str, unknown: Collection[str]) -> str:
    """``; is x meant for it?`` or nothing, where one of the ``unknown`` may be the missing one."""
    other = near_miss(missing, unknown)
    return f"; is {other} meant for it?" if other else ""


def _plain(word: str) -> str:
    return re.sub(r"[\W_]", "", word).casefold()
