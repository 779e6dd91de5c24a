"""A change of the configuration's files before it is checked: new texts, what they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from source.config import jsontext
from source.config.devices import DEVICES_FILE
from source.config.differences import difference
from source.config.findings import readable
from source.config.general import CONFIG_FILE
from source.config.secretwords import hidden
from source.errors import ConfigError, EditConflict, Problem

ALL = ""
"""The whole file, in the place of a key in it."""


@dataclass(frozen=True, slots=True)
class Change:
    """New texts of files, by name, with ``********`` for secrets that stay."""

    texts: Mapping[str, str]
    focus: Mapping[str, Sequence[str]]
    """The keys that are edited, by file: a problem there is one of this edit."""
    reason: str = ""
    moved: Mapping[str, str] = field(default_factory=dict)
    """Names of sockets whose secrets are those of another one until now."""
    current: str = ""
    yours: str = ""
    """What a conflict is told with."""

    def is_about(self, problem: Problem) -> bool:
        """Whether it lies in what is edited."""
        keys = self.focus.get(problem.source, ())
        return any(k in (ALL, problem.key) or problem.key.startswith(f"{k}.") for k in keys)


def of_sockets(
    entries: Mapping[str, object], name: str, current: object, moved: Mapping[str, str]
) -> Change:
    """devices.json with these entries, of which the one of that name is edited."""
    return Change(
        {DEVICES_FILE: file_text(DEVICES_FILE, entries)},
        {DEVICES_FILE: [readable(name)]},
        "socket",
        moved,
        current="" if current is None else jsontext.text_of(hidden(current)),
        yours=jsontext.text_of(hidden(entries[name])) if name in entries else "",
    )


def of_sections(before: Mapping[str, object], sections: Mapping[str, object]) -> Change:
    """config.json with whole sections changed; None removes one."""
    now = {key: before[key] for key in sections if key in before}
    return Change(
        {CONFIG_FILE: file_text(CONFIG_FILE, _with_sections(before, sections))},
        {CONFIG_FILE: list(sections)},
        "settings",
        current=_shown(now),
        yours=_shown(sections),
    )


def file_text(name: str, value: Mapping[str, object]) -> str:
    """The file. Raises ConfigError."""
    try:
        return jsontext.text_of(value)
    except ValueError:
        told = "has a number that JSON does not know (NaN, Infinity)"
        raise ConfigError([Problem(name, "", "", told)]) from None


def conflict(current: str, yours: str, revision: str) -> EditConflict:
    """What the second of two editors is told."""
    told = difference(current, yours, "")
    return EditConflict(current=current, yours=yours, difference=told, revision=revision)


def _with_sections(
    before: Mapping[str, object], sections: Mapping[str, object]
) -> dict[str, object]:
    changed = {
        key: jsontext.merged(value, before.get(key))
        for key, value in sections.items()
        if value is not None
    }
    gone = {key for key, value in sections.items() if value is None}
    return {key: one for key, one in {**before, **changed}.items() if key not in gone}


def _shown(sections: Mapping[str, object]) -> str:
    return jsontext.text_of(hidden(sections))
