"""Changes the files of the configuration: checked as a whole before anything is written."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from source.config import dotenvtext, jsontext
from source.config.changes import ALL, Change, conflict, of_sections, of_sockets
from source.config.devices import DEVICES_FILE
from source.config.differences import difference
from source.config.filestore import FILES, FileStore, text_of_bytes
from source.config.findings import readable
from source.config.general import CONFIG_FILE, SCHEMA_KEY
from source.config.load import load
from source.config.secrettext import NOT_MOVED, hidden_text, revealed_text, still_hidden
from source.config.secretwords import hidden, is_secret
from source.config.tariffs import BUILT_IN_PROVIDERS
from source.config.variables import DOTENV, FILE_SUFFIX
from source.config.versions import Version
from source.errors import ConfigError, EditMissing, EditRefused, Problem

MOST_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Known:
    """What the files may name: the same as ``load`` is told."""

    types: Collection[str]
    types_complete: bool = True
    providers: Collection[str] = BUILT_IN_PROVIDERS


@dataclass(frozen=True, slots=True)
class Edited:
    """After an edit."""

    revision: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """What is to be said of texts that are not written yet."""

    problems: tuple[Problem, ...]
    """They stand in the way."""
    warnings: tuple[str, ...]


class Editor:
    """Edits the files of one folder.

    Every edit takes the revision that it is made from (None: any). It raises EditConflict where
    that is not the one of now, ConfigError with what is wrong with the result, EditRefused and
    EditFailed; then nothing has changed. Secrets that come as ``********`` stay what they are.
    """

    def __init__(
        self,
        *,
        folder: Path,
        environ: Mapping[str, str],
        root: Path,
        known: Callable[[], Known],
        now_us: Callable[[], int],
        lock: AbstractContextManager[bool] | None = None,
    ) -> None:
        """``lock`` is shared by all editors of a folder, and may be taken again by who holds it."""
        self._store = FileStore(folder, now_us)
        self._environ = environ
        self._root = root
        self._known = known
        self._lock: AbstractContextManager[bool] = lock or threading.RLock()

    # --- what there is ---

    def revision(self) -> str:
        """Of config.json, devices.json and .env together. Raises EditFailed."""
        return self._store.revision()

    def sockets(self) -> dict[str, object]:
        """The entries of devices.json as they stand, without secrets. Raises ConfigError."""
        found = self._store.object(DEVICES_FILE, jsontext.plain_number)
        return {name: hidden(entry) for name, entry in found.items() if name != SCHEMA_KEY}

    def sections(self) -> dict[str, object]:
        """All of config.json as it stands, without secrets. Raises ConfigError."""
        found = self._store.object(CONFIG_FILE, jsontext.plain_number)
        return {key: hidden(one, below_secret=is_secret(key)) for key, one in found.items()}

    def dotenv(self) -> dict[str, str]:
        """What files/.env sets; with secrets."""
        return dotenvtext.read(self._store.text(DOTENV))

    def from_environment(self, names: Collection[str]) -> list[str]:
        """Those of the variables that the real environment sets, itself or by ``_FILE``."""
        return [n for n in names if self._environ.get(n) or self._environ.get(n + FILE_SUFFIX)]

    def text(self, name: str) -> str:
        """A file without secrets; empty where there is none. Raises EditFailed."""
        _refuse_other_file(name)
        return hidden_text(self._store.text(name))

    # --- edits ---

    def add(
        self, name: str, entry: Mapping[str, object], revision: str | None, like: str | None = None
    ) -> Edited:
        """A new socket, at the end; its hidden secrets are those of the socket ``like``."""
        with self._lock:
            entries = self._entries()
            _refuse_taken(name, entries)
            moved = NOT_MOVED if like is None else {name: like}
            return self._edit(of_sockets({**entries, name: entry}, name, None, moved), revision)

    def set_socket(
        self,
        name: str,
        entry: Mapping[str, object],
        revision: str | None,
        rename_to: str | None = None,
    ) -> Edited:
        """The whole entry of a socket, in its place, under a new name if there is one."""
        with self._lock, self._told_as_conflict(revision, entry):
            entries = self._entries()
            _refuse_unknown(name, entries)
            new_name = name if rename_to is None else rename_to
            if new_name != name:
                _refuse_taken(new_name, entries)
            merged = jsontext.merged(entry, entries[name])
            new = {
                **{new_name if key == name else key: one for key, one in entries.items()},
                new_name: merged,
            }
            return self._edit(of_sockets(new, new_name, entries[name], {new_name: name}), revision)

    def remove(self, name: str, revision: str | None) -> Edited:
        """A socket's entry."""
        with self._lock, self._told_as_conflict(revision, None):
            entries = self._entries()
            _refuse_unknown(name, entries)
            left = {key: one for key, one in entries.items() if key != name}
            return self._edit(of_sockets(left, name, entries[name], NOT_MOVED), revision)

    def set_sections(
        self,
        sections: Mapping[str, object],
        revision: str | None,
        dotenv: Mapping[str, str | None] | None = None,
    ) -> Edited:
        """Whole sections of config.json (None removes one), and with them variables of files/.env
        (None or an empty text removes one)."""
        with self._lock:
            change = Change({}, {}, "settings")
            if sections:
                before = self._store.object(CONFIG_FILE, jsontext.Written)
                change = of_sections(before, sections)
            if dotenv:
                texts = {**change.texts, DOTENV: self._dotenv_with(dotenv)}
                focus = {**change.focus, self._dotenv_place(): list(dotenv)}
                change = replace(change, texts=texts, focus=focus)
            return self._edit(change, revision)

    def set_section(self, section: str, value: object, revision: str | None) -> Edited:
        """A whole section of config.json; None removes it."""
        return self.set_sections({section: value}, revision)

    def set_text(self, name: str, text: str, revision: str | None, reason: str = "edit") -> Edited:
        """The whole text of one of ``FILES``."""
        with self._lock:
            current, yours = self.text(name), hidden_text(text)
            change = Change({name: text}, {name: [ALL]}, reason, current=current, yours=yours)
            return self._edit(change, revision)

    def restore(self, name: str, version: str, revision: str | None) -> Edited:
        """A version before, with the secrets that it had. Raises EditMissing too."""
        _refuse_other_file(name)
        text = text_of_bytes(self._store.versions.content(name, version))
        return self.set_text(name, text, revision, "restore")

    # --- before and after ---

    def check(self, name: str, text: str) -> Checked:
        """Of the whole text of a file, as it would be read; nothing is written."""
        _refuse_other_file(name)
        change = Change({name: text}, {name: [ALL]})
        with self._lock:
            contents, problems = self._contents(change)
            found = self._judged(contents, change)
        return Checked((*problems, *found.problems), found.warnings)

    def difference(self, name: str, text: str, before: str | None = None) -> str:
        """From the file as it is (or from ``before``) to ``text``, without secrets."""
        old = self.text(name) if before is None else before
        return difference(old, hidden_text(text), name)

    def versions(self, name: str) -> list[Version]:
        """The last ten before the one of now, the newest first."""
        _refuse_other_file(name)
        return self._store.versions.of(name)

    def version_text(self, name: str, version: str) -> str:
        """A version before, without secrets. Raises EditMissing."""
        _refuse_other_file(name)
        return hidden_text(text_of_bytes(self._store.versions.content(name, version)))

    # --- how ---

    def _entries(self) -> dict[str, object]:
        found: dict[str, object] = self._store.object(DEVICES_FILE, jsontext.Written)
        return found

    def _edit(self, change: Change, revision: str | None) -> Edited:
        """Check and write; the lock is held."""
        now = self.revision()
        if revision is not None and revision != now:
            raise conflict(change.current, change.yours, now)
        contents, problems = self._contents(change)
        found = Checked(tuple(problems), ()) if problems else self._judged(contents, change)
        if found.problems:
            raise ConfigError(found.problems)
        notes = self._store.write(contents, change.reason)
        return Edited(self.revision(), (*found.warnings, *notes))

    @contextmanager
    def _told_as_conflict(self, revision: str | None, entry: object) -> Iterator[None]:
        """A socket that somebody else has removed or renamed is a conflict, and no mistake."""
        try:
            yield
        except EditMissing:
            now = self.revision()
            if revision is None or revision == now:
                raise
            yours = "" if entry is None else jsontext.text_of(hidden(entry))
            raise conflict("", yours, now) from None

    def _contents(self, change: Change) -> tuple[dict[str, bytes], list[Problem]]:
        """What is to be written, with secrets, and what speaks against it before it is read."""
        contents: dict[str, bytes] = {}
        problems: list[Problem] = []
        for name, text in change.texts.items():
            whole = text.replace("\r\n", "\n").removeprefix("\ufeff")
            if len(whole) > MOST_BYTES:
                told = f"is larger than {MOST_BYTES // 1_000_000} MB; no configuration is"
                problems.append(Problem(name, "", "", told))
                continue
            if name != DOTENV:
                whole = revealed_text(whole, self._store.text(name), change.moved)
                problems += _unrevealed(name, whole)
            contents[name] = whole.encode(errors="surrogatepass")
        return contents, problems

    def _judged(self, contents: Mapping[str, bytes], change: Change) -> Checked:
        """What of it the edit is to blame for.

        What was wrong before in another place does not stand in the way of mending this one.
        """
        found = self._loaded(contents)
        if not found.problems:
            return found
        before = set(self._loaded({}).problems)
        own = [one for one in found.problems if one not in before or change.is_about(one)]
        rest = (one for one in found.problems if one not in own)
        told = "nothing is applied as long as this is wrong"
        return Checked(tuple(own), tuple(f"{told}: {one}" for one in rest))

    def _loaded(self, contents: Mapping[str, bytes]) -> Checked:
        known = self._known()
        try:
            found = load(
                self._store.folder,
                self._environ,
                self._root,
                known.types,
                known.types_complete,
                known.providers,
                contents,
            )
        except ConfigError as err:
            return Checked(err.problems, ())
        return Checked((), found.warnings)

    def _dotenv_place(self) -> str:
        return str(self._store.folder / DOTENV)

    def _dotenv_with(self, values: Mapping[str, str | None]) -> str:
        try:
            return dotenvtext.with_variables(self._store.text(DOTENV), values)
        except ValueError as err:
            raise ConfigError([Problem(self._dotenv_place(), "", "", str(err))]) from None


def _refuse_taken(name: str, entries: Mapping[str, object]) -> None:
    if name == SCHEMA_KEY or name in entries:
        raise EditRefused(f"there is a socket {readable(name)} already; take another name")


def _refuse_unknown(name: str, entries: Mapping[str, object]) -> None:
    if name == SCHEMA_KEY or name not in entries:
        raise EditMissing(f"there is no socket {readable(name)}")


def _refuse_other_file(name: str) -> None:
    if name not in FILES:
        raise EditMissing(f"there is no file {readable(name)} to be edited")


def _unrevealed(name: str, text: str) -> list[Problem]:
    told = "stands for a secret that is not known here; enter it once more"
    return [
        Problem(name, ".".join(readable(str(step)) for step in path), "", told)
        for path in still_hidden(text)
    ]
