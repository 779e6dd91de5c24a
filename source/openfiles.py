"""How many files and sockets the process may have open at once."""

from __future__ import annotations

import sys

ENOUGH = 65_536
FOR_ALL_ELSE = 50
"""The journal, its readers, the log, the database, plugins."""
FOR_A_SOCKET = 2
"""Connections: one in use, and one that is being replaced."""


def raise_limit() -> int | None:
    """Allow the process as many as the system lets it; gives how many, None where it is unknown."""
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415 (not on Windows)

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft == resource.RLIM_INFINITY or soft >= highest:
        return None if soft == resource.RLIM_INFINITY else soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest, hard))
    except (OSError, ValueError):
        return soft
    return highest


def shortage(sockets: int, limit: int | None) -> str:
    """What is to be said where so many smart sockets need more than that; nothing where not."""
    needed = sockets * FOR_A_SOCKET + FOR_ALL_ELSE
    if limit is None or needed <= limit:
        return ""
    return (
        f"{sockets} sockets need up to {needed} open files, the system allows {limit}: raise the"
        " limit (`ulimit -n`, LimitNOFILE= of systemd, ulimits of Docker)"
    )
