"""Kinds of values: how one is read from a file, its JSON Schema, and what users are told of it.

A kind stands in the annotation of a model's field. pydantic calls it to validate and to describe.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, SecretStr
from pydantic_core import CoreSchema, core_schema

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"

WORDS: Mapping[str, bool] = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}


ControlKind: TypeAlias = Literal[
    "number",
    "integer",
    "text",
    "flag",
    "choice",
    "date",
    "day_of_month",
    "day_of_year",
    "time",
    "address",
    "mac",
    "secret",
    "weekdays",
    "zone",
    "locale",
    "json",
]


@dataclass(frozen=True, slots=True)
class Control:
    """How a form asks for a value."""

    kind: ControlKind = "text"
    unit: str | None = None
    """``s``, ``W``, ``days``; ``{currency}`` stands for the configured one."""
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    choices: tuple[str, ...] = ()
    placeholder: str | None = None


@dataclass(frozen=True, slots=True)
class Kind(ABC):
    """One kind of value."""

    @property
    @abstractmethod
    def allowed(self) -> str:
        """What is allowed, as the end of the sentence "the value …"."""

    @property
    @abstractmethod
    def type_text(self) -> str:
        """The type in a word or two, for tables."""

    @abstractmethod
    def read(self, value: object) -> object:
        """The value in force; a value of that type comes back as it is. Raises ValueError."""

    @abstractmethod
    def schema(self) -> dict[str, Json]:
        """The JSON Schema of what may stand in the file."""

    def written(self, value: Any) -> Json:
        """``value`` as it stands in the file."""
        return value  # type: ignore[no-any-return]

    def text(self, value: Any) -> str:
        """``value`` as it stands in a table."""
        return json.dumps(self.written(value), ensure_ascii=False)

    @property
    def is_secret(self) -> bool:
        """Whether no message shows what stands in the file, a wrong value included."""
        return False

    @property
    def control(self) -> Control:
        """How a form asks for it."""
        return Control()

    def refuse(self) -> ValueError:
        return ValueError(self.allowed)

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return self.schema()


@dataclass(frozen=True, slots=True)
class Maybe(Kind):
    """A value of another kind, or null, which is the same as leaving the key out."""

    kind: Kind

    @property
    def allowed(self) -> str:
        return self.kind.allowed

    @property
    def type_text(self) -> str:
        return self.kind.type_text

    @property
    def is_secret(self) -> bool:
        return self.kind.is_secret

    @property
    def control(self) -> Control:
        return self.kind.control

    def read(self, value: object) -> object:
        return None if value is None else self.kind.read(value)

    def schema(self) -> dict[str, Json]:
        return {"anyOf": [self.kind.schema(), {"type": "null"}]}

    def written(self, value: Any) -> Json:
        return None if value is None else self.kind.written(value)


def any_case(words: Iterable[str]) -> dict[str, Json]:
    """The JSON Schema of one of ``words`` in capitals or not; its patterns know no flag for it."""
    letters = ("".join(f"[{c}{c.upper()}]" if c.isalpha() else c for c in word) for word in words)
    return {"type": "string", "pattern": rf"^\s*({'|'.join(letters)})\s*$"}


@dataclass(frozen=True, slots=True)
class Flag(Kind):
    """Yes or no, as users of many formats write it."""

    @property
    def allowed(self) -> str:
        return "must be true or false (also yes/no, on/off, 1/0)"

    @property
    def type_text(self) -> str:
        return "true/false"

    @property
    def control(self) -> Control:
        return Control("flag")

    def read(self, value: object) -> bool:
        word = str(value).strip().lower() if isinstance(value, str | int) else ""
        if word not in WORDS:
            raise self.refuse()
        return WORDS[word]

    def schema(self) -> dict[str, Json]:
        return {"anyOf": [{"enum": [True, False, 1, 0]}, any_case(WORDS)]}


@dataclass(frozen=True, slots=True)
class Choice(Kind):
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def allowed(self) -> str:
        return f"must be one of {', '.join(self.words)}"

    @property
    def type_text(self) -> str:
        return "text"

    @property
    def control(self) -> Control:
        return Control("choice", choices=self.words)

    def read(self, value: object) -> str:
        word = value.strip().lower() if isinstance(value, str) else ""
        if word not in self.words:
            raise self.refuse()
        return word

    def schema(self) -> dict[str, Json]:
        return {"anyOf": [{"enum": list(self.words)}, any_case(self.words)]}


@dataclass(frozen=True, slots=True)
class Text(Kind):
    """A short text that can be printed."""

    what: str
    longest: int = 200

    @property
    def allowed(self) -> str:
        return f"must be {self.what}: 1 to {self.longest} characters that can be printed"

    @property
    def type_text(self) -> str:
        return "text"

    def read(self, value: object) -> str:
        text = value.strip() if isinstance(value, str) else ""
        if not 1 <= len(text) <= self.longest or not text.isprintable():
            raise self.refuse()
        return text

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "pattern": rf"^\s*\S(.{{0,{self.longest - 2}}}\S)?\s*$"}


@dataclass(frozen=True, slots=True)
class Password(Kind):
    """A text that is never shown."""

    @property
    def allowed(self) -> str:
        return "must be a text in UTF-8"

    @property
    def type_text(self) -> str:
        return "text"

    @property
    def is_secret(self) -> bool:
        return True

    @property
    def control(self) -> Control:
        return Control("secret")

    def read(self, value: object) -> SecretStr:
        if isinstance(value, SecretStr):
            return value
        if not isinstance(value, str) or any("\ud800" <= char <= "\udfff" for char in value):
            raise self.refuse()
        return SecretStr(value)

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "writeOnly": True}

    def text(self, value: SecretStr) -> str:
        return "none" if value == SecretStr("") else str(value)
