"""Owns files/web.json: the password's hash, the sessions and the API tokens.

It is not a file of the configuration: nobody edits it by hand, and the reload does not watch it.
No secret stands in it that could be used as it is, only hashes.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from source.errors import IsdlError

WEB_FILE = "web.json"
KEY_BYTES = 32
MOST_BYTES = 1_000_000
OWNER_ONLY = 0o600


class StoreError(IsdlError):
    """The file can't be read or written; nobody is let in without it."""


class Session(BaseModel):
    """A browser that has logged in."""

    model_config = ConfigDict(frozen=True)

    digest: str
    """SHA-256 of its cookie."""
    created_s: int
    seen_s: int


class Token(BaseModel):
    """What a program shows instead of a password."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    scope: str
    digest: str
    """SHA-256 of it."""
    created_s: int


class Stored(BaseModel):
    """All that the file holds."""

    model_config = ConfigDict(frozen=True)

    key: str = Field(default_factory=lambda: secrets.token_hex(KEY_BYTES))
    """For the CSRF tokens of those who have no session."""
    password: str | None = None
    """The hash of the one that was set on the page."""
    environment: str | None = None
    """The hash of WEB_PASSWORD when the sessions began: another one ends them."""
    is_set_up: bool = False
    """Whether first start has been gone through."""
    sessions: tuple[Session, ...] = ()
    tokens: tuple[Token, ...] = ()


class Store:
    """The file as it is now; another process (``python main.py web``) may change it as well."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / WEB_FILE
        self._lock = threading.RLock()
        self._mark: tuple[int, ...] | None = None
        self._stored = Stored()

    def read(self) -> Stored:
        """What the file says, the defaults where there is none. Raises StoreError."""
        with self._lock:
            mark = self._look()
            if mark is not None and mark != self._mark:
                self._stored = self._parsed()
            elif mark is None and self._mark is not None:
                self._stored = Stored(key=self._stored.key)  # the file was removed on purpose
            self._mark = mark
            return self._stored

    def change(self, change: Callable[[Stored], Stored]) -> Stored:
        """Write what ``change`` makes of it. Raises StoreError; the file is then as before."""
        with self._lock, _between_processes(self.path):
            before = self.read()
            after = change(before)
            if after is not before or self._mark is None:
                self._write(after)
                self._stored, self._mark = after, self._look()
            return after

    def _look(self) -> tuple[int, ...] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        except OSError as err:
            raise StoreError(f"{self.path} can't be read: {err.strerror or err}") from err
        return found.st_mtime_ns, found.st_ino, found.st_size

    def _parsed(self) -> Stored:
        try:
            if self.path.stat().st_size > MOST_BYTES:
                raise StoreError(f"{self.path} is too large")
            return Stored.model_validate_json(self.path.read_bytes())
        except OSError as err:
            raise StoreError(f"{self.path} can't be read: {err.strerror or err}") from err
        except ValidationError as err:
            raise StoreError(
                f"{self.path} is damaged; remove it, then set the password anew"
            ) from err

    def _write(self, stored: Stored) -> None:
        text = stored.model_dump_json(indent=2) + "\n"
        fresh = self.path.with_name(f".{WEB_FILE}.{secrets.token_hex(4)}")
        try:
            _write_private(fresh, text.encode("utf-8"))
            self._give_to_owner(fresh)
            fresh.replace(self.path)
        except OSError as err:
            with suppress(OSError):
                fresh.unlink()
            raise StoreError(f"{self.path} can't be written: {err.strerror or err}") from err

    def _give_to_owner(self, fresh: Path) -> None:
        """The daemon must be able to read what root has written (``docker exec``)."""
        if not hasattr(os, "geteuid") or os.geteuid() != 0:
            return
        owner = (self.path if self.path.exists() else self.path.parent).stat()
        if owner.st_uid != 0:
            os.chown(fresh, owner.st_uid, owner.st_gid)


def _write_private(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


class _between_processes:  # noqa: N801 (used as a function)
    """Held by one process at a time, where the system knows such locks."""

    def __init__(self, path: Path) -> None:
        self._path = path.parent
        self._descriptor: int | None = None

    def __enter__(self) -> None:
        with suppress(ImportError, OSError):
            import fcntl  # noqa: PLC0415 (not on Windows)

            self._descriptor = os.open(self._path, os.O_RDONLY)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
