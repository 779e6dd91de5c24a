"""Endpoints: the settings of config.json and the database.

Beyond the contract: ``web_from_environment``, ``bytes_per_point`` and ``bytes_limit``; the preview
takes ``general`` too and tells ``end_s``; the steps of the database's test end at the first that
fails.
"""

from __future__ import annotations

import threading
from contextlib import closing
from typing import Any

from fastapi import APIRouter, Request

from source.config.editing import Edited, Editor
from source.config.general import SECTION
from source.config.prices import TARIFF
from source.config.variables import FILE_SUFFIX
from source.config.web import VARIABLES
from source.config.webreading import WEB
from source.errors import JournalError
from source.sinks.trial import DatabaseTrial
from source.web import choices, databasesettings
from source.web.api.settingmodels import (
    ChangedSettings,
    DatabaseState,
    DatabaseStep,
    DatabaseTest,
    DatabaseTestResult,
    InForce,
    Named,
    Preview,
    PreviewRequest,
    Retention,
    Settings,
)
from source.web.applying import editor_of
from source.web.asking import context_of
from source.web.context import Context
from source.web.errors import ApiError
from source.web.journalsize import journal_facts
from source.web.listening import unusable
from source.web.pricepreview import preview
from source.web.probing.database import told
from source.web.saving import WRONG, Saved, save
from source.web.texts import N_, language_of, translator

MOST_TESTS = 2
"""At once: the threads that answer are needed for other things too."""
BUSY = N_("Other tests are running; try again in a moment.")
SECTIONS = (SECTION, TARIFF, WEB)


def router(context: Context) -> APIRouter:  # noqa: ARG001 (the shape of all routers)
    area = APIRouter(tags=["settings"])
    area.get("/settings")(settings)
    area.put("/settings")(change_settings)
    area.post("/settings/preview")(price_preview)
    area.post("/database/test")(_Tester().test_database)
    area.get("/zones")(zones)
    area.get("/locales")(locales)
    return area


def settings(request: Request) -> Settings:
    """What config.json says, and the database; secrets are not among it."""
    context = context_of(request)
    editor, general = editor_of(context), context.configuration.general
    sections = editor.sections()
    return Settings(
        revision=editor.revision(),
        general=_object(sections.get(SECTION)),
        tariff=sections.get(TARIFF),
        web=_object(sections.get(WEB)),
        web_from_environment=_fixed_web(editor),
        database=_database(context, editor),
        defaults=InForce(
            timezone=str(general.zone), locale=general.locale, currency=general.currency
        ),
        retention=_retention(context),
    )


def change_settings(request: Request, body: ChangedSettings) -> Saved:
    """Sections of config.json and the database, all of them or nothing."""
    context = context_of(request)
    if body.web:
        problems = unusable(body.web, context.configuration.web, _fixed_web(editor_of(context)))
        if problems:
            raise ApiError(422, "invalid", WRONG, problems)
    sections = {name: getattr(body, name) for name in SECTIONS if name in body.model_fields_set}

    def edit(editor: Editor) -> Edited:
        variables: dict[str, str | None] = {}
        if "database" in body.model_fields_set:
            variables = databasesettings.changes(body.database, context, editor)
        return editor.set_sections(sections, body.revision, variables)

    return save(request, edit, names=databasesettings.PROBLEM_KEYS)


def price_preview(request: Request, body: PreviewRequest) -> Preview:
    """What a tariff makes of the next 48 hours."""
    return preview(context_of(request), body.tariff, body.general)


class _Tester:
    """Tries a few databases at once."""

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(MOST_TESTS)

    def test_database(self, request: Request, body: DatabaseTest) -> DatabaseTestResult:
        """Reach the server, log in, find or create the database, write, read back."""
        context = context_of(request)
        database = databasesettings.candidate(body.database, context, editor_of(context))
        if not self._free.acquire(blocking=False):
            raise ApiError(429, "too_many", BUSY, headers={"Retry-After": "5"})
        try:
            tried = DatabaseTrial(database).run()
        finally:
            self._free.release()
        translate = translator(language_of(request, context.configuration))
        steps = [
            DatabaseStep(step=one.step, ok=one.ok, text=told(one, database, translate))
            for one in tried
        ]
        return DatabaseTestResult(steps=steps, ok=all(one.ok for one in steps))


def zones() -> list[Named]:
    """The time zones that there are."""
    return [Named(value=name, label=name.replace("_", " ")) for name in choices.zones()]


def locales(request: Request) -> list[Named]:
    """Languages with their countries, in the language of who asks."""
    language = language_of(request, context_of(request).configuration)
    return [Named(value=name, label=label) for name, label in choices.locales(language)]


def _object(section: object) -> dict[str, Any]:
    return section if isinstance(section, dict) else {}


def _fixed_web(editor: Editor) -> list[str]:
    written = editor.dotenv()
    return [
        key
        for name, key in VARIABLES.items()
        if editor.from_environment([name]) or name in written or name + FILE_SUFFIX in written
    ]


def _database(context: Context, editor: Editor) -> DatabaseState:
    now = databasesettings.current(context, editor)
    password = now.pop(databasesettings.PASSWORD, None)
    has_password = bool(
        password.get_secret_value() if hasattr(password, "get_secret_value") else password
    )
    keys = ("host", "port", "name", "user", "ssl", "verify_ssl")
    return DatabaseState(
        **{key: now.get(key) for key in keys},
        has_password=has_password,
        from_environment=databasesettings.fixed_keys(editor),
    )


def _retention(context: Context) -> Retention | None:
    """None where the journal can't be read."""
    try:
        with closing(context.open_reader()) as reader:
            found = journal_facts(reader, context)
    except JournalError:
        return None
    return Retention(
        raw_days=context.configuration.general.raw_days,
        bytes_now=found.bytes,
        bytes_expected=min(found.max_bytes, round(found.expected_bytes)),
        bytes_limit=found.max_bytes,
        bytes_per_point=round(found.bytes_per_point, 1),
        points_per_day=round(found.points_per_day),
    )
