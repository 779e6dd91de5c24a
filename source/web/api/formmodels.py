"""The forms as the API tells them, in the language of who asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field

from source.config.forms import FORM_NAMES, FormField, form
from source.config.kinds import ControlKind
from source.web.probing.words import Translate

Choices = Mapping[str, Sequence[str]]
"""Values of a field that are known only while the program runs, by form and key."""


class Choice(BaseModel):
    """A value and what people call it."""

    value: str
    label: str


class FieldShape(BaseModel):
    """One question of a form."""

    key: str
    group: str
    """In English: what tells groups apart; the catalogue of the page has its translation."""
    label: str
    description: str
    kind: ControlKind
    unit: str | None
    minimum: float | None
    maximum: float | None
    exclusive_minimum: bool
    default: Any
    default_text: str
    required: bool
    choices: list[Choice] | None
    placeholder: str | None
    advanced: bool
    other_names: list[str]
    """Under which the file may have the key too."""


class Forms(BaseModel):
    """Every form, by its name."""

    socket: list[FieldShape] = Field(default_factory=list)
    general: list[FieldShape] = Field(default_factory=list)
    power_on_counter: list[FieldShape] = Field(default_factory=list)
    run: list[FieldShape] = Field(default_factory=list)
    tariff: list[FieldShape] = Field(default_factory=list)
    price: list[FieldShape] = Field(default_factory=list)
    window: list[FieldShape] = Field(default_factory=list)
    dynamic: list[FieldShape] = Field(default_factory=list)
    database: list[FieldShape] = Field(default_factory=list)
    web: list[FieldShape] = Field(default_factory=list)


def forms(translate: Translate, currency: str, known: Choices) -> Forms:
    """All forms. ``known`` has the choices of ``socket.type`` and ``dynamic.provider``."""
    return Forms(
        **{
            name: [
                _shape(one, translate, currency, known.get(f"{name}.{one.key}"))
                for one in form(name)
            ]
            for name in FORM_NAMES
        }
    )


def _shape(
    one: FormField, translate: Translate, currency: str, known: Sequence[str] | None
) -> FieldShape:
    control = one.control
    choices = [Choice(value=v, label=translate(t)) for v, t in one.choice_labels().items()]
    if known is not None:
        choices = [Choice(value=name, label=name) for name in known]
    unit = translate(control.unit) if control.unit else None
    return FieldShape(
        key=one.key,
        group=one.group,
        label=translate(one.label.text),
        description=translate(one.description),
        kind="choice" if known is not None else control.kind,
        unit=unit.replace("{currency}", currency) if unit else None,
        minimum=control.minimum,
        maximum=control.maximum,
        exclusive_minimum=control.exclusive_minimum,
        default=one.default,
        default_text=translate(one.default_text),
        required=one.required,
        choices=choices or None,
        placeholder=control.placeholder,
        advanced=one.label.advanced,
        other_names=list(one.other_names),
    )
