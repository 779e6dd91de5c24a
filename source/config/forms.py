"""What the page's forms ask for: every key of the files, derived from the models as the schema is.

All texts are English; who shows them translates them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, TypeAlias, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from source.config import labels
from source.config.kinds import Control, ControlKind, Json, Kind
from source.config.labels import Group, Label, Labels
from source.config.models import (
    CostCalculation,
    Database,
    DeviceConfig,
    General,
    PowerOn,
    RunRule,
    kinds_of,
)
from source.config.prices import DYNAMIC, PRICES, TARIFF, WINDOWS
from source.config.rules import POWER_ON, RUN
from source.config.schema import (
    DYNAMIC_TEXT,
    IDLE_TEXT,
    INHERITED,
    OWN_TARIFF_TEXT,
    POWER_ON_TEXT,
    PRICES_TEXT,
    RUN_TEXT,
    WINDOWS_TEXT,
    fields_of,
    has_default,
)
from source.config.shapes import DEVICE_NAMES, GENERAL_NAMES, IDLE_DEVICE_KEYS, ORDER
from source.config.tariffs import Market, PriceSection, Tariff, Window
from source.config.web import Web

FormName: TypeAlias = Literal[
    "socket",
    "general",
    "power_on_counter",
    "run",
    "tariff",
    "price",
    "window",
    "dynamic",
    "database",
    "web",
]
FORM_NAMES: tuple[FormName, ...] = get_args(FormName)
DATABASE_KEYS: Mapping[str, str] = {
    "DB_IP_ADDRESS": "host",
    "DB_USER_NAME": "user",
    "DB_NAME": "name",
    "DB_USER_PASSWORD": "password",
    "DB_PORT": "port",
    "SSL": "ssl",
    "VERIFY_SSL": "verify_ssl",
}
"""Variable → what the form calls it."""
NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class FormField:
    """One question of a form."""

    key: str
    """As it stands in the file; ``a.b`` where ``b`` stands in the object ``a``."""
    label: Label
    description: str
    control: Control
    default: Json
    """As it stands in the file; None where it is not one value."""
    default_text: str
    required: bool
    other_names: tuple[str, ...] = ()
    """Under which the file may have it too."""

    @property
    def group(self) -> Group:
        return self.label.group

    @property
    def kind(self) -> ControlKind:
        return self.control.kind

    def choice_labels(self) -> dict[str, str]:
        """What each value of a choice is called."""
        words = labels.CHOICES.get(self.key, NONE)
        return {value: words.get(value, value) for value in self.control.choices}


def form(name: FormName) -> list[FormField]:
    """The questions of a form, in their order."""
    return _FORMS[name]()


def _socket() -> list[FormField]:
    order = _questions(CostCalculation)
    found = {
        **_questions(DeviceConfig, DEVICE_NAMES),
        **{f"{ORDER}.{key}": replace(one, key=f"{ORDER}.{key}") for key, one in order.items()},
        POWER_ON: _object(POWER_ON, POWER_ON_TEXT),
        RUN: _object(RUN, RUN_TEXT),
        TARIFF: _object(TARIFF, OWN_TARIFF_TEXT),
        **{key: _object(key, IDLE_TEXT) for key in IDLE_DEVICE_KEYS},
    }
    return _labelled(found, labels.SOCKET)


def _general() -> list[FormField]:
    return _labelled(_questions(General, GENERAL_NAMES), labels.GENERAL)


def _database() -> list[FormField]:
    found = {
        DATABASE_KEYS[key]: replace(one, key=DATABASE_KEYS[key])
        for key, one in _questions(Database).items()
    }
    return _labelled(found, labels.DATABASE)


def _tariff() -> list[FormField]:
    return _labelled({PRICES: _object(PRICES, PRICES_TEXT), **_questions(Tariff)}, labels.TARIFF)


def _price() -> list[FormField]:
    found = {
        **_questions(PriceSection),
        WINDOWS: _object(WINDOWS, WINDOWS_TEXT),
        DYNAMIC: _object(DYNAMIC, DYNAMIC_TEXT),
    }
    found |= {key: replace(found[key], required=False) for key in INHERITED}
    return _labelled(found, labels.PRICE)


def _plain(model: type[BaseModel], texts: Labels) -> list[FormField]:
    return _labelled(_questions(model), texts)


def _labelled(found: Mapping[str, FormField], texts: Labels) -> list[FormField]:
    """In the order of ``texts``. Raises KeyError where one has no text, or a text no question."""
    missing = found.keys() ^ texts.keys()
    if missing:
        raise KeyError(f"in the form or among its labels alone: {', '.join(sorted(missing))}")
    return [_with_label(found[key], text) for key, text in texts.items()]


def _with_label(one: FormField, label: Label) -> FormField:
    return replace(one, label=label, default_text=one.default_text or label.without)


def _questions(
    model: type[BaseModel], other_names: Mapping[str, str] = NONE
) -> dict[str, FormField]:
    kinds = kinds_of(model)
    names: dict[str, tuple[str, ...]] = {}
    for other, key in other_names.items():
        names[key] = (*names.get(key, ()), other)
    return {
        key: _question(key, field, kinds[key], names.get(key, ()))
        for key, field in fields_of(model).items()
    }


def _question(key: str, field: FieldInfo, kind: Kind, others: tuple[str, ...]) -> FormField:
    default = kind.written(field.default) if has_default(field) and not kind.is_secret else None
    return FormField(
        key=key,
        label=Label(key, "Advanced"),
        description=str(field.description),
        control=kind.control,
        default=default,
        default_text="" if default is None else _shown(default),
        required=field.is_required(),
        other_names=others,
    )


def _object(key: str, description: str) -> FormField:
    return FormField(key, Label(key, "Advanced"), description, Control("json"), None, "", False)


def _shown(default: Json) -> str:
    if isinstance(default, bool):
        return "yes" if default else "no"
    if isinstance(default, list):
        return ", ".join(str(one) for one in default)
    return str(default)


_FORMS: Mapping[FormName, Callable[[], list[FormField]]] = {
    "socket": _socket,
    "general": _general,
    "power_on_counter": partial(_plain, PowerOn, labels.POWER_ON),
    "run": partial(_plain, RunRule, labels.RUN),
    "tariff": _tariff,
    "price": _price,
    "window": partial(_plain, Window, labels.WINDOW),
    "dynamic": partial(_plain, Market, labels.DYNAMIC),
    "database": _database,
    "web": partial(_plain, Web, labels.WEB),
}
