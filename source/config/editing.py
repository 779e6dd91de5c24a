"""Changes the files of the configuration: checked as a whole before anything is written."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from source.config import dotenvtext, jsontext
from source.config.devices import DEVICES_FILE
from source.config.differences import difference
from source.config.filewriting import Prepared, drop, prepare, put
from source.config.findings import Findings, readable
from source.config.general import CONFIG_FILE, SCHEMA_KEY
from source.config.jsonfile import read_object
from source.config.load import load
from source.config.secrettext import hidden_text, revealed_text, still_hidden
from source.config.secretwords import hidden, is_secret
from source.config.tariffs import BUILT_IN_PROVIDERS
from source.config.variables import DOTENV, FILE_SUFFIX
from source.config.versions import Version, Versions
from source.errors import ConfigError, EditConflict, EditFailed, EditRefused, Problem

FILES = (CONFIG_FILE, DEVICES_FILE)
MOST_BYTES = 2_000_000
PRIVATE = 0o600
"""The permissions of ``.env``."""
ALL = ""
"""The whole file, in the place of a key in it."""
NOT_MOVED: Mapping[str, str] = {}


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
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Change:
    """New texts of files, by name, with ``********`` for secrets that stay."""

    texts: Mapping[str, str]
    reason: str
    focus: Mapping[str, Sequence[str]]
    """The keys that are edited, by file: a problem there is one of this edit."""
    moved: Mapping[str, str] = field(default_factory=dict)
    """Names of sockets whose secrets are those of another one until now."""
    current: str = ""
    yours: str = ""
    """What a conflict is told with."""


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
        lock: threading.RLock | None = None,
    ) -> None:
        """``lock`` is shared by all editors of a folder."""
        self._folder = folder
        self._environ = environ
        self._root = root
        self._known = known
        self._now_us = now_us
        self._lock: Any = lock or threading.RLock()
        self._versions = Versions(folder)

    # --- what there is ---

    def revision(self) -> str:
        """Of config.json, devices.json and .env together. Raises EditFailed."""
        digest = hashlib.sha256()
        for name in (*FILES, DOTENV):
            content = self._content(name)
            digest.update(b"-" if content is None else hashlib.sha256(content).digest())
        return digest.hexdigest()[:24]

    def sockets(self) -> dict[str, object]:
        """The entries of devices.json as they stand, without secrets. Raises ConfigError."""
        found = self._plain(DEVICES_FILE)
        return {name: hidden(entry) for name, entry in found.items() if name != SCHEMA_KEY}

    def sections(self) -> dict[str, object]:
        """All of config.json as it stands, without secrets. Raises ConfigError."""
        return {
            key: hidden(one, below_secret=is_secret(key))
            for key, one in self._plain(CONFIG_FILE).items()
        }

    def dotenv(self) -> dict[str, str]:
        """What files/.env sets; with secrets."""
        return dotenvtext.read(self._text(DOTENV))

    def from_environment(self, names: Collection[str]) -> list[str]:
        """Those of the variables that the real environment sets, itself or by ``_FILE``."""
        return [n for n in names if self._environ.get(n) or self._environ.get(n + FILE_SUFFIX)]

    def text(self, name: str) -> str:
        """A file without secrets; empty where there is none. Raises EditFailed."""
        _refuse_other_file(name)
        return hidden_text(self._text(name))

    # --- edits ---

    def add(
        self, name: str, entry: Mapping[str, object], revision: str | None, like: str | None = None
    ) -> Edited:
        """A new socket, at the end; its hidden secrets are those of the socket ``like``."""
        with self._lock:
            entries = self._object(DEVICES_FILE)
            self._refuse_taken(name, entries)
            moved = NOT_MOVED if like is None else {name: like}
            change = self._sockets_with({**entries, name: dict(entry)}, name, None, moved)
            return self._edit(change, revision)

    def set_socket(
        self,
        name: str,
        entry: Mapping[str, object],
        revision: str | None,
        rename_to: str | None = None,
    ) -> Edited:
        """The whole entry of a socket, in its place, under a new name if there is one."""
        with self._lock, self._told_as_conflict(revision, entry):
            entries = self._object(DEVICES_FILE)
            new_name = name if rename_to is None else rename_to
            self._refuse_unknown(name, entries)
            if new_name != name:
                self._refuse_taken(new_name, entries)
            new = jsontext.merged(entry, entries[name])
            renamed = {
                (new_name if key == name else key): (new if key == name else value)
                for key, value in entries.items()
            }
            change = self._sockets_with(renamed, new_name, entries[name], {new_name: name})
            return self._edit(change, revision)

    def remove(self, name: str, revision: str | None) -> Edited:
        """A socket's entry."""
        with self._lock, self._told_as_conflict(revision, None):
            entries = self._object(DEVICES_FILE)
            self._refuse_unknown(name, entries)
            left = {key: value for key, value in entries.items() if key != name}
            change = self._sockets_with(left, name, entries[name], NOT_MOVED)
            return self._edit(change, revision)

    def set_sections(
        self,
        sections: Mapping[str, object],
        revision: str | None,
        dotenv: Mapping[str, str | None] | None = None,
    ) -> Edited:
        """Whole sections of config.json (None removes one), and with them variables of files/.env
        (None or an empty text removes one)."""
        with self._lock:
            texts, focus = {}, {}
            before = self._object(CONFIG_FILE)
            if sections:
                texts[CONFIG_FILE] = jsontext.text_of(_with_sections(before, sections))
                focus[CONFIG_FILE] = list(sections)
            if dotenv:
                texts[DOTENV] = self._dotenv_with(dotenv)
                focus[str(self._folder / DOTENV)] = list(dotenv)
            now = {key: before[key] for key in sections if key in before}
            change = _Change(
                texts, "settings", focus, current=_shown(now), yours=_shown(dict(sections))
            )
            return self._edit(change, revision)

    def set_section(self, section: str, value: object, revision: str | None) -> Edited:
        """A whole section of config.json; None removes it."""
        return self.set_sections({section: value}, revision)

    def set_dotenv(self, values: Mapping[str, str | None], revision: str | None) -> Edited:
        """Variables of files/.env; None or an empty text removes one."""
        return self.set_sections({}, revision, values)

    def set_text(self, name: str, text: str, revision: str | None, reason: str = "edit") -> Edited:
        """The whole text of one of ``FILES``."""
        _refuse_other_file(name)
        with self._lock:
            current, yours = self.text(name), hidden_text(text)
            focus = {name: [ALL]}
            change = _Change({name: text}, reason, focus, current=current, yours=yours)
            return self._edit(change, revision)

    # --- before and after ---

    def check(self, texts: Mapping[str, str]) -> Checked:
        """Of files by their names, as they would be read; nothing is written."""
        for name in texts:
            _refuse_other_file(name)
        with self._lock:
            contents, problems = self._contents(_Change(texts, "", {}))
            found = self._checked(contents)
        return Checked((*problems, *found.problems), found.warnings)

    def difference(self, name: str, text: str, before: str | None = None) -> str:
        """From the file as it is (or from ``before``) to ``text``, without secrets."""
        old = self.text(name) if before is None else before
        return difference(old, hidden_text(text), name)

    def versions(self, name: str) -> list[Version]:
        """The last ten before the one of now, the newest first."""
        _refuse_other_file(name)
        return self._versions.of(name)

    def version_text(self, name: str, version: str) -> str:
        """A version before, without secrets. Raises EditRefused."""
        _refuse_other_file(name)
        return hidden_text(_decoded(self._versions.content(name, version)))

    def restore(self, name: str, version: str, revision: str | None) -> Edited:
        """A version before, with the secrets that it had. Raises EditRefused too."""
        _refuse_other_file(name)
        text = _decoded(self._versions.content(name, version))
        return self.set_text(name, text, revision, "restore")

    # --- how ---

    def _edit(self, change: _Change, revision: str | None) -> Edited:
        """Check and write; the lock is held."""
        now = self.revision()
        if revision is not None and revision != now:
            raise self._conflict(change.current, change.yours, now)
        contents, problems = self._contents(change)
        if problems:
            raise ConfigError(problems)
        warnings = self._accepted(contents, change)
        changed = {n: one for n, one in contents.items() if one != self._content(n)}
        notes = self._write(changed, change.reason)
        return Edited(self.revision(), (*warnings, *notes))

    def _conflict(self, current: str, yours: str, revision: str) -> EditConflict:
        return EditConflict(
            current=current,
            yours=yours,
            difference=difference(current, yours, ""),
            revision=revision,
        )

    @contextmanager
    def _told_as_conflict(self, revision: str | None, entry: object) -> Iterator[None]:
        """A socket that somebody else has removed or renamed is a conflict, and no mistake."""
        try:
            yield
        except EditRefused:
            now = self.revision()
            if revision is None or revision == now:
                raise
            yours = "" if entry is None else jsontext.text_of(hidden(entry))
            raise self._conflict("", yours, now) from None

    def _contents(self, change: _Change) -> tuple[dict[str, bytes], list[Problem]]:
        """What is to be written, with secrets, and what speaks against it before it is read."""
        contents, problems = {}, []
        for name, text in change.texts.items():
            whole = text.replace("\r\n", "\n").removeprefix("\ufeff")
            if name != DOTENV:
                whole = revealed_text(whole, self._text(name), change.moved)
                problems += _unrevealed(name, whole)
            contents[name] = whole.encode(errors="surrogatepass")
            if len(contents[name]) > MOST_BYTES:
                told = f"is larger than {MOST_BYTES // 1_000_000} MB; no configuration is"
                problems.append(Problem(name, "", "", told))
        return contents, problems

    def _accepted(self, contents: Mapping[str, bytes], change: _Change) -> tuple[str, ...]:
        """The warnings. Raises ConfigError where the edit is to blame for something.

        What was wrong before in another place does not stand in the way of mending this one.
        """
        found = self._checked(contents)
        if not found.problems:
            return found.warnings
        before = set(self._checked({}).problems)
        own = [one for one in found.problems if one not in before or _is_in(one, change.focus)]
        if own:
            raise ConfigError(own)
        return tuple(f"not applied as long as this is wrong: {one}" for one in found.problems)

    def _checked(self, contents: Mapping[str, bytes]) -> Checked:
        known = self._known()
        try:
            found = load(
                self._folder,
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

    def _write(self, contents: Mapping[str, bytes], reason: str) -> list[str]:
        """All or nothing; gives what is to be told of it."""
        before = {name: self._content(name) for name in contents}
        with self._prepared(contents) as prepared:
            for name in contents:
                if name != DOTENV:  # nobody needs further files with passwords
                    self._versions.keep(name, reason, self._now_us())
            notes: list[str] = []
            done: list[str] = []
            for name, one in prepared.items():
                try:
                    notes.append(put(one))
                except EditFailed:
                    self._put_back({name: before[name] for name in done})
                    raise
                done.append(name)
        return [note for note in notes if note]

    @contextmanager
    def _prepared(self, contents: Mapping[str, bytes]) -> Iterator[dict[str, Prepared]]:
        """On the disk already, where the disk has room for all of them."""
        found: dict[str, Prepared] = {}
        try:
            for name, content in contents.items():
                mode = PRIVATE if name == DOTENV else None
                found[name] = prepare(self._folder / name, content, mode)
            yield found
        finally:
            for one in found.values():
                drop(one)

    def _put_back(self, contents: Mapping[str, bytes | None]) -> None:
        for name, content in contents.items():
            path = self._folder / name
            if content is None:
                path.unlink(missing_ok=True)
            else:
                put(prepare(path, content, PRIVATE if name == DOTENV else None))

    def _content(self, name: str) -> bytes | None:
        """None where there is no such file."""
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as err:
            raise EditFailed(f"{name} can't be read: {err.strerror or err}") from err

    def _text(self, name: str) -> str:
        return _decoded(self._content(name) or b"")

    def _object(self, name: str, parse_float: Callable[[str], object] = jsontext.Written) -> Any:
        """What stands in a file. Raises ConfigError where it is wrong as a whole."""
        findings = Findings()
        content = self._content(name)
        path = self._folder / name
        if content is None:
            return {}
        found = read_object(path, findings.at(name), parse_float, content)
        if found is None or findings.problems:
            raise ConfigError(findings.problems)
        return found

    def _plain(self, name: str) -> dict[str, object]:
        found: dict[str, object] = self._object(name, jsontext.plain_number)
        return found

    def _sockets_with(
        self,
        entries: Mapping[str, object],
        name: str,
        current: object,
        moved: Mapping[str, str],
    ) -> _Change:
        return _Change(
            {DEVICES_FILE: jsontext.text_of(entries)},
            "socket",
            {DEVICES_FILE: [readable(name)]},
            moved,
            current="" if current is None else jsontext.text_of(hidden(current)),
            yours=jsontext.text_of(hidden(entries[name])) if name in entries else "",
        )

    def _dotenv_with(self, values: Mapping[str, str | None]) -> str:
        try:
            return dotenvtext.with_variables(self._text(DOTENV), values)
        except ValueError as err:
            problem = Problem(str(self._folder / DOTENV), "", "", str(err))
            raise ConfigError([problem]) from None

    def _refuse_taken(self, name: str, entries: Mapping[str, object]) -> None:
        if name == SCHEMA_KEY or name in entries:
            raise EditRefused(f"there is a socket {readable(name)} already; take another name")

    def _refuse_unknown(self, name: str, entries: Mapping[str, object]) -> None:
        if name == SCHEMA_KEY or name not in entries:
            raise EditRefused(f"there is no socket {readable(name)}")


def _refuse_other_file(name: str) -> None:
    if name not in FILES:
        raise EditRefused(f"there is no file {readable(name)} to be edited")


def _with_sections(
    before: Mapping[str, object], sections: Mapping[str, object]
) -> dict[str, object]:
    result = {**before}
    for key, value in sections.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = jsontext.merged(value, before.get(key))
    return result


def _shown(sections: Mapping[str, object]) -> str:
    return jsontext.text_of(hidden(sections))


def _unrevealed(name: str, text: str) -> list[Problem]:
    told = "stands for a secret that is not known here; enter it once more"
    return [
        Problem(name, ".".join(readable(str(step)) for step in path), "", told)
        for path in still_hidden(text)
    ]


def _is_in(problem: Problem, focus: Mapping[str, Sequence[str]]) -> bool:
    keys = focus.get(problem.source, ())
    return any(k in (ALL, problem.key) or problem.key.startswith(f"{k}.") for k in keys)


def _decoded(content: bytes) -> str:
    """For people to see, whatever it is."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    return content.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
