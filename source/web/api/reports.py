"""Endpoints: what was reported when, its files, and the report of any span.

A computed page has a policy of its own: it is complete in itself, with its style inside, and has no
script. ``files_total`` tells how many files there are where ``files`` is cut.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Literal

import anyio.to_thread
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import FileResponse, Response

from source.config.names import file_stem
from source.model import US_PER_S
from source.reports.csvfile import GERMAN, PLAIN
from source.reports.exchange import as_csv, as_json
from source.reports.house import TOTAL
from source.reports.money import Notation
from source.reports.page.document import page
from source.reports.plain import as_text
from source.reports.span import Span
from source.reports.view import View
from source.reports.writing import Writing
from source.web.api.attachment import attachment
from source.web.api.documented import TABLE
from source.web.api.parameters import Device, Format, LocaleText, SpanText
from source.web.asked import (
    dialect_asked,
    locale_asked,
    notation_of,
    span_asked,
    subject_named,
)
from source.web.context import Context
from source.web.errors import ApiError
from source.web.figures import view_of
from source.web.reportfiles import report_file, report_files
from source.web.reportlines import Line, lines_of
from source.web.tables import files_table, ledger_table
from source.web.texts import N_, locale_of
from source.web.turns import turns_of

NEWEST, MOST_FILES = 500, 1000
PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self'; sandbox"
)
MEDIA = {
    "html": "text/html",
    "text": "text/plain",
    "csv": "text/csv",
    "json": "application/json",
}
ENDINGS = {"html": "html", "text": "txt", "csv": "csv", "json": "json"}
Form = Literal["html", "text", "csv", "json"]


class LedgerLine(BaseModel):
    """What was reported of a period; ``line`` is empty for the house, which has no text file."""

    device: str
    kind: Literal["day", "month", "year"]
    label: str
    start_s: float
    end_s: float
    file: str
    line: str
    corrected: bool
    written_s: float | None
    """When its JSON document was written last; null where there is none any more."""


class ReportFileEntry(BaseModel):
    """A file that can be downloaded."""

    name: str
    bytes: int
    changed_s: float


class Reports(BaseModel):
    """What was written: the newest lines and files first."""

    ledger: list[LedgerLine]
    files: list[ReportFileEntry]
    files_total: int


def router(context: Context) -> APIRouter:
    found = APIRouter(tags=["reports"])

    @found.get("/reports", response_model=Reports, responses=TABLE)
    def reports(
        device: Annotated[str | None, Query(max_length=200)] = None,
        kind: Literal["day", "month", "year"] | None = None,
        format: Format = "json",  # noqa: A002 (the name in the API)
        table: Literal["ledger", "files"] = "ledger",
        locale: LocaleText = None,
    ) -> Reports | Response:
        """Lines and files of reports, of one device and kind or of all; as CSV all of a table."""
        zone = context.configuration.general.zone
        dialect = dialect_asked(locale, context.configuration)
        every = report_files(context.files, device)
        if format == "csv" and table == "files":
            return attachment(files_table(every, zone, dialect), "report-files.csv")
        with context.open_reader() as reader:
            lines = lines_of(reader, zone, device, kind)
        written_s = {one.name: one.changed_s for one in every}
        if format == "csv":
            return attachment(ledger_table(lines, written_s, zone, dialect), "reports.csv")
        return Reports(
            ledger=[ledger_line(one, written_s) for one in lines[:NEWEST]],
            files=[
                ReportFileEntry(name=one.name, bytes=one.bytes, changed_s=one.changed_s)
                for one in every[:MOST_FILES]
            ],
            files_total=len(every),
        )

    @found.get("/reports/file", response_class=FileResponse)
    def file(name: Annotated[str, Query(min_length=1, max_length=1000)]) -> Response:
        """One of the files."""
        path = report_file(context.files, name)
        if path is None:
            raise ApiError(404, "not_found", N_("There is no such report file."))
        media_type = "application/json" if path.suffix == ".json" else "text/plain"
        return FileResponse(path, media_type=media_type, filename=path.name)

    @found.get("/report", response_class=Response)
    async def report(
        request: Request,
        device: Device = TOTAL,
        span: SpanText = "this-month",
        format: Form = "html",  # noqa: A002 (the name in the API)
        locale: LocaleText = None,
        download: bool = False,
    ) -> Response:
        """The report of a span, computed now; ``download`` saves it instead of showing it."""
        subject, wanted = await anyio.to_thread.run_sync(asked, device, span)
        configuration = context.configuration
        asked_for = locale_asked(locale, configuration, locale_of(request, configuration))
        notation = notation_of(asked_for, configuration)
        is_local = locale is not None
        made = partial(rendered, subject, wanted, format, notation, is_local)
        text = await turns_of(request.app).compute(made)
        return answer(text, format, f"{file_stem(subject)}_{wanted.label}", download)

    def asked(device: str, span: str) -> tuple[str, Span]:
        return subject_named(context, device), span_asked(context, span)

    def rendered(subject: str, span: Span, form: Form, notation: Notation, is_local: bool) -> str:
        return text_of(view_of(context, subject, span), form, notation, is_local)

    return found


def ledger_line(line: Line, written_s: Mapping[str, float]) -> LedgerLine:
    return LedgerLine(
        device=line.device,
        kind=line.kind,
        label=line.label,
        start_s=line.period.start_us / US_PER_S,
        end_s=line.period.end_us / US_PER_S,
        file=line.file,
        line=line.text,
        corrected=line.is_correction,
        written_s=written_s.get(line.document),
    )


def text_of(view: View, form: Form, notation: Notation, is_local: bool) -> str:
    """The document, as the command line writes it."""
    if form == "html":
        return page(view, notation)
    if form == "text":
        return as_text(Writing(view, notation))
    if form == "csv":
        return as_csv(view, GERMAN if is_local and notation.has_decimal_comma else PLAIN)
    return json.dumps(as_json(view), indent=2, ensure_ascii=False) + "\n"


def answer(text: str, form: Form, stem: str, download: bool) -> Response:
    if download or form == "csv":
        found = attachment(text, f"{stem}.{ENDINGS[form]}", MEDIA[form])
    else:
        content = text.encode(errors="backslashreplace")
        found = Response(content, media_type=f"{MEDIA[form]}; charset=utf-8")
    if form == "html":
        found.headers["Content-Security-Policy"] = PAGE_POLICY
    return found
