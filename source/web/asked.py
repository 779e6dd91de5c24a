"""What a question about figures names, checked: the device, the span, the locale."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from babel import Locale

from source.config.models import Configuration
from source.reports.csvfile import GERMAN, PLAIN, Dialect
from source.reports.house import TOTAL
from source.reports.money import Notation, locale_named
from source.reports.span import Span, span_named
from source.web.context import Context
from source.web.errors import ApiError
from source.web.texts import FALLBACK, N_

NO_SOCKET = N_("There is no socket of this name.")
FIRST_DAY = date(2022, 1, 1)
"""There was no version of this program before; a range begins then at the earliest."""


def subject_named(context: Context, device: str) -> str:
    """The house, a configured device, or one that the journal knows. Raises ApiError."""
    if device == TOTAL or device in context.configuration.devices:
        return device
    with context.open_reader() as reader:
        if device in reader.devices():
            return device
    raise ApiError(404, "not_found", NO_SOCKET)


def span_asked(context: Context, text: str) -> Span:
    """The span of that name, begun already. Raises ApiError."""
    zone, now_us = context.configuration.general.zone, context.clock.now_us()
    try:
        span = span_named(text, zone, now_us)
    except ValueError as err:
        raise ApiError(422, "invalid", N_("This is no period."), allowed=str(err)) from err
    if span.whole.start_us >= now_us:
        raise ApiError(422, "invalid", N_("This period has not begun yet."))
    if span.kind == "range" and span.first < FIRST_DAY < span.end:
        return Span("range", FIRST_DAY, span.end, zone)
    return span


def locale_asked(text: str | None, configuration: Configuration, fallback: str) -> Locale:
    """The one asked for, else that of the reports, else that of the reader. Raises ApiError."""
    named = text or configuration.general.locale
    if not named:
        return reader_locale(fallback)
    try:
        return locale_named(named)
    except ValueError as err:
        raise ApiError(422, "invalid", N_("This is no language."), allowed=str(err)) from err


def reader_locale(tag: str) -> Locale:
    """What a browser asks for; of a country that is not known with it, its language alone."""
    for name in (tag, tag.partition("-")[0]):
        with suppress(ValueError):
            return locale_named(name)
    return locale_named(FALLBACK)


def notation_of(locale: Locale, configuration: Configuration) -> Notation:
    """How a report writes numbers in that locale."""
    general = configuration.general
    return Notation(locale, general.currency, general.zone)


def dialect_asked(locale: str | None, configuration: Configuration) -> Dialect:
    """Semicolons and decimal commas where a locale asks for them. Raises ApiError."""
    if locale is None:
        return PLAIN
    notation = notation_of(locale_asked(locale, configuration, "en"), configuration)
    return GERMAN if notation.has_decimal_comma else PLAIN
