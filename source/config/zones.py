"""Time zones by name, and the one that this machine is set to."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Collection
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

ETC = Path("/etc")
LOCAL_NAME = "local time"
"""What a zone is called whose rules are known and whose name is not."""


def zone_named(name: str) -> ZoneInfo | None:
    """The zone of that name; None where there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, a path to elsewhere, a folder of zones
        return None


def all_zones() -> Collection[str]:
    """The names of all zones; slow, since it reads a folder tree."""
    return available_timezones()


def system_zone(tz: str = "", etc: Path = ETC) -> tuple[ZoneInfo, str]:
    """The system's zone, and a warning for the user or ``""``.

    ``tz`` is what the environment's TZ says, ``etc`` the system's folder of settings.
    """
    named = _from_text(tz)
    if named is not None:
        return named, ""
    zone = _configured(etc)
    if zone is None:
        unknown = "the system's time zone is not known, UTC is used"
        return ZoneInfo("UTC"), f'{unknown}; set general.timezone, such as "Europe/Berlin"'
    if tz:
        return zone, f"TZ is {tz[:80]!r}, which is no known time zone; {zone} is used"
    return zone, ""


def _configured(etc: Path) -> ZoneInfo | None:
    linked = _from_link(etc / "localtime")
    if linked is not None:
        return linked
    written = _from_text(_content(etc / "timezone"))
    rules = _from_rules(etc / "localtime")
    # Both exist in containers; the clock goes by localtime, the name is right only if it agrees.
    if written is not None and (rules is None or _agree(written, rules)):
        return written
    return rules


def _from_text(text: str) -> ZoneInfo | None:
    """From ``Europe/Berlin``, ``:Europe/Berlin`` or ``/usr/share/zoneinfo/Europe/Berlin``."""
    name = text.strip().lstrip(":").rpartition("zoneinfo/")[2]
    for prefix in ("posix/", "right/"):
        name = name.removeprefix(prefix)
    return zone_named(name) if name else None


def _from_link(link: Path) -> ZoneInfo | None:
    if not link.is_symlink():
        return None
    # The first step keeps the user's name where that is itself a link to another zone's file.
    for target in (str(link.readlink()), os.path.realpath(link)):
        if "zoneinfo/" in target and (zone := _from_text(target)) is not None:
            return zone
    return None


def _from_rules(path: Path) -> ZoneInfo | None:
    try:
        rules = path.read_bytes()
        # The last line tells the years to come; without its end the library reads on for ever.
        if not rules.endswith(b"\n"):
            return None
        return ZoneInfo.from_file(io.BytesIO(rules), key=LOCAL_NAME)
    except (OSError, ValueError, struct.error):
        return None


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def _agree(one: ZoneInfo, other: ZoneInfo) -> bool:
    """Whether both show the same time in winter and in summer of this year."""
    year = datetime.now(timezone.utc).year
    moments = [datetime(year, month, 1, tzinfo=timezone.utc) for month in range(1, 13)]
    return all(m.astimezone(one).utcoffset() == m.astimezone(other).utcoffset() for m in moments)
