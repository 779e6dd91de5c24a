"""``report --period``: computes the report of any span, and writes it in one of four formats."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import click
from babel import Locale

from source.cli.options import check_known, configured, opened_journal
from source.cli.output import print_table
from source.config.models import Configuration, General
from source.journal.reader import JournalReader
from source.period import local_text
from source.plaintext import visible
from source.reports.csvfile import GERMAN, PLAIN
from source.reports.exchange import as_csv, as_json
from source.reports.house import TOTAL
from source.reports.money import Notation, locale_named, system_locale
from source.reports.outline import SPACES, outline, title_of
from source.reports.page.document import page
from source.reports.plain import as_text, columns_of, note_lines, pair_lines
from source.reports.span import THIS_MONTH, Span, span_named
from source.reports.survey import Survey
from source.reports.view import View
from source.reports.writing import Writing
from source.tariffs.book import PriceBook
from source.timing import SystemClock


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for on the command line."""

    period: str | None
    device: str | None
    form: str
    locale: str | None
    output: Path | None


def period_report(wanted: Wanted, files: Path | None) -> int:
    """Write the report. Raises BadParameter, ConfigError and JournalError."""
    configuration = configured(files)
    now_us = SystemClock().now_us()
    span = _span(wanted.period or THIS_MONTH, configuration, now_us)
    notation = _notation(wanted.locale, configuration.general)
    with opened_journal(configuration.files) as reader:
        survey = Survey(reader, PriceBook(configuration, reader.prices), configuration)
        subject = _subject(wanted.device, configuration, reader)
        _check_begun(survey, subject, span)
        view = survey.view(subject, span, now_us)
    _write(view, notation, wanted)
    return 0


def _span(text: str, configuration: Configuration, now_us: int) -> Span:
    zone = configuration.general.zone
    try:
        span = span_named(text, zone, now_us)
    except ValueError as err:
        raise click.BadParameter(f"{text!r} {err}", param_hint="--period") from err
    start_us = span.whole.start_us
    if start_us >= now_us:
        told = f"{span.label} is in the future: it begins at {local_text(start_us, zone)}"
        raise click.BadParameter(told, param_hint="--period")
    return span


def _subject(device: str | None, configuration: Configuration, reader: JournalReader) -> str:
    if device is None or device == TOTAL:
        return TOTAL
    check_known(device, {*configuration.devices, *reader.devices()}, "--device")
    return device


def _check_begun(survey: Survey, subject: str, span: Span) -> None:
    """Refuse a span of which there can be nothing."""
    begins_us = survey.begins_us(subject)
    name = "the house" if subject == TOTAL else repr(subject)
    if begins_us is None:
        raise click.BadParameter(f"{name} has no measurement yet", param_hint="--device")
    if begins_us >= span.whole.end_us:
        told = f"{span.label} is over before the first measurement of {name}"
        when = local_text(begins_us, span.zone)
        raise click.BadParameter(f"{told}, {when}", param_hint="--period")


def _notation(name: str | None, general: General) -> Notation:
    return Notation(_locale(name, general), general.currency, general.zone)


def _locale(name: str | None, general: General) -> Locale:
    if name is not None:
        try:
            return locale_named(name)
        except ValueError as err:
            raise click.BadParameter(f"{name!r} {err}", param_hint="--locale") from err
    if general.locale is not None:
        return locale_named(general.locale)
    return system_locale(os.environ)


# --- formats ---


def _write(view: View, notation: Notation, wanted: Wanted) -> None:
    if wanted.form == "text" and wanted.output is None:
        _print(Writing(view, notation))
        return
    text = FORMATS[wanted.form](view, notation, wanted)
    if wanted.output is None:
        click.echo(text, nl=False)
        return
    try:
        # Bytes: the line ends of CSV are part of its format.
        wanted.output.write_bytes(text.encode(errors="backslashreplace"))
    except OSError as err:
        told = f"{wanted.output} can't be written: {err.strerror or err}"
        raise click.BadParameter(told, param_hint="--output") from err


def _csv(view: View, notation: Notation, wanted: Wanted) -> str:
    """With a decimal point, as programs read it, unless the locale is asked for here."""
    is_local = wanted.locale is not None and notation.has_decimal_comma
    return as_csv(view, GERMAN if is_local else PLAIN)


def _json(view: View, _notation: Notation, _wanted: Wanted) -> str:
    return json.dumps(as_json(view), indent=2, ensure_ascii=False) + "\n"


def _html(view: View, notation: Notation, _wanted: Wanted) -> str:
    return page(view, notation)


def _text(view: View, notation: Notation, _wanted: Wanted) -> str:
    return as_text(Writing(view, notation))


FORMATS: Mapping[str, Callable[[View, Notation, Wanted], str]] = {
    "text": _text,
    "csv": _csv,
    "json": _json,
    "html": _html,
}


# --- text ---


def _print(writing: Writing) -> None:
    """For a terminal or a pipe."""
    click.secho(visible(title_of(writing)), bold=True)
    for block in outline(writing):
        click.echo()
        click.secho(block.title, bold=block.has_heads)
        if block.has_heads:
            absent = print_table(columns_of(block), block.rows)
            if absent:
                told = writing.words.too_narrow.format(names=", ".join(absent))
                click.echo(told.translate(SPACES))
        else:
            click.echo("\n".join(pair_lines(block.rows)))
        for line in note_lines(block):
            click.echo(line)
