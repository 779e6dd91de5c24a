"""The versions before of the configuration's files: the last ten of each, in a folder of theirs."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from source.config.filewriting import MARK, prepare, put
from source.errors import EditFailed, EditMissing
from source.model import US_PER_S

FOLDER = "versions"
KEPT = 10
OWNER_ONLY, OWNER_ONLY_FOLDER = 0o600, 0o700
"""They hold passwords that nobody thinks of any more, whoever may read the file of now."""
STAMP = "%Y%m%dT%H%M%S.%fZ"
ID = re.compile(r"(\d{8}T\d{6}\.\d{6}Z)\.([a-z0-9-]{1,40})")


@dataclass(frozen=True, slots=True)
class Version:
    """A version before."""

    id: str
    saved_s: float
    """When it was replaced, in seconds since 1970 UTC."""
    bytes: int
    reason: str
    """Why it was replaced: ``socket``, ``settings``, ``edit``, ``upload``, ``restore``, …"""


class Versions:
    """Those of the files of one folder."""

    def __init__(self, files: Path) -> None:
        self._files = files
        self._folder = files / FOLDER

    def keep(self, name: str, reason: str, now_us: int) -> None:
        """Keep the file as it is now; nothing where there is none. Raises EditFailed."""
        path = self._files / name
        if not path.is_file():
            return
        try:
            self._folder.mkdir(OWNER_ONLY_FOLDER, exist_ok=True)
            self._copy(path, name, reason, now_us)
            for old in self.of(name)[KEPT:]:
                self._path(name, old.id).unlink(missing_ok=True)
        except OSError as err:
            why = err.strerror or err
            told = f"{name} can't be kept in {FOLDER}/: {why}; nothing was changed"
            raise EditFailed(told) from err

    def of(self, name: str) -> list[Version]:
        """The newest first."""
        found = (self._version(path, name) for path in self._folder.glob(f"{name}.*"))
        kept = [one for one in found if one is not None]
        return sorted(kept, key=lambda one: one.id, reverse=True)

    def content(self, name: str, version: str) -> bytes:
        """What stood in the file. Raises EditMissing where there is no such version."""
        if ID.fullmatch(version):
            with suppress(OSError):
                return self._path(name, version).read_bytes()
        raise EditMissing(f"there is no version {version[:80]!r} of {name}")

    def _copy(self, path: Path, name: str, reason: str, now_us: int) -> None:
        newest = next((ID.fullmatch(one.id) for one in self.of(name)), None)
        moment = datetime.fromtimestamp(now_us / US_PER_S, timezone.utc).strftime(STAMP)
        if newest is not None and newest[1] >= moment:  # the clock was put back, or stands still
            moment = _after(newest[1])
        for left in self._folder.glob(f".{name}.*{MARK}"):  # by a kill in the middle of this
            left.unlink(missing_ok=True)
        put(prepare(self._path(name, f"{moment}.{reason}"), path.read_bytes(), OWNER_ONLY))

    def _path(self, name: str, version: str) -> Path:
        return self._folder / f"{name}.{version}"

    def _version(self, path: Path, name: str) -> Version | None:
        match = ID.fullmatch(path.name.removeprefix(f"{name}."))
        if match is None:
            return None
        try:
            moment = _moment(match[1])
            return Version(match[0], moment.timestamp(), path.stat().st_size, match[2])
        except (OSError, ValueError):
            return None


def _moment(stamp: str) -> datetime:
    return datetime.strptime(stamp, STAMP).replace(tzinfo=timezone.utc)


def _after(stamp: str) -> str:
    moment = _moment(stamp)
    return datetime.fromtimestamp(
        (round(moment.timestamp() * US_PER_S) + 1) / US_PER_S, timezone.utc
    ).strftime(STAMP)
