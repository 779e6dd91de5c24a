"""The files that are edited: read as they are, written all or none, the versions before kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from source.config.devices import DEVICES_FILE
from source.config.filewriting import Prepared, drop, prepare, put
from source.config.findings import Findings
from source.config.general import CONFIG_FILE
from source.config.jsonfile import UTF16_MARKS, read_object
from source.config.variables import DOTENV
from source.config.versions import Versions
from source.errors import ConfigError, EditFailed

FILES = (CONFIG_FILE, DEVICES_FILE)
PRIVATE = 0o600
"""The permissions of ``.env``."""


class FileStore:
    """config.json, devices.json and .env of a folder."""

    def __init__(self, folder: Path, now_us: Callable[[], int]) -> None:
        self.folder = folder
        self.versions = Versions(folder)
        self._now_us = now_us

    def revision(self) -> str:
        """Another one after each change of any of the files. Raises EditFailed."""
        digest = hashlib.sha256()
        for name in (*FILES, DOTENV):
            content = self.content(name)
            digest.update(b"-" if content is None else hashlib.sha256(content).digest())
        return digest.hexdigest()[:24]

    def content(self, name: str) -> bytes | None:
        """None where there is no such file. Raises EditFailed."""
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as err:
            raise EditFailed(f"{name} can't be read: {err.strerror or err}") from err

    def text(self, name: str) -> str:
        """With secrets; empty where there is no such file. Raises EditFailed."""
        return text_of_bytes(self.content(name) or b"")

    def object(self, name: str, parse_float: Callable[[str], object]) -> dict[str, Any]:
        """What stands in it. Raises ConfigError where it is wrong as a whole, EditFailed."""
        content = self.content(name)
        if content is None:
            return {}
        findings = Findings()
        found = read_object(self.folder / name, findings.at(name), parse_float, content)
        if found is None or findings.problems:
            raise ConfigError(findings.problems)
        return found

    def write(self, contents: Mapping[str, bytes], reason: str) -> tuple[str, ...]:
        """All or none; gives what is to be told of it. Raises EditFailed."""
        changed = {name: one for name, one in contents.items() if one != self.content(name)}
        before = {name: self.content(name) for name in changed}
        with self._prepared(changed) as prepared:
            for name in changed:
                if name != DOTENV:  # nobody needs further files with passwords
                    self.versions.keep(name, reason, self._now_us())
            notes: list[str] = []
            try:
                for one in prepared.values():
                    notes.append(put(one))  # noqa: PERF401 (the list tells how far it came)
            except EditFailed:
                self._put_back({name: before[name] for name in list(prepared)[: len(notes)]})
                raise
        return tuple(note for note in notes if note)

    @contextmanager
    def _prepared(self, contents: Mapping[str, bytes]) -> Iterator[dict[str, Prepared]]:
        """On the disk already, where the disk has room for all of them."""
        found: dict[str, Prepared] = {}
        try:
            for name, content in contents.items():
                found[name] = prepare(self.folder / name, content, _mode(name))
            yield found
        finally:
            for one in found.values():
                drop(one)

    def _put_back(self, contents: Mapping[str, bytes | None]) -> None:
        for name, content in contents.items():
            with suppress(EditFailed, OSError):
                if content is None:
                    (self.folder / name).unlink(missing_ok=True)
                else:
                    put(prepare(self.folder / name, content, _mode(name)))


def text_of_bytes(content: bytes) -> str:
    """For people to see, whatever it is; lines end as on Unix."""
    encoding = "utf-16" if content.startswith(UTF16_MARKS) else "utf-8-sig"
    return content.decode(encoding, errors="replace").replace("\r\n", "\n")


def _mode(name: str) -> int | None:
    return PRIVATE if name == DOTENV else None
