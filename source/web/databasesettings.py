"""The database as the page shows and changes it: the variables ``DB_*`` and ``SSL`` of files/.env.

What the real environment sets goes first and can't be changed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from source.config.editing import Editor
from source.config.findings import shown
from source.config.forms import DATABASE_KEYS
from source.config.models import Database, kinds_of
from source.config.variables import DOTENV, FILE_SUFFIX
from source.errors import Problem
from source.web.context import Context
from source.web.errors import ApiError
from source.web.saving import WRONG
from source.web.texts import N_

SECTION = "database"
PASSWORD = "password"  # noqa: S105 (the name of a key)
VARIABLES: Mapping[str, str] = {key: variable for variable, key in DATABASE_KEYS.items()}
"""What the page calls it → variable."""
PROBLEM_KEYS: Mapping[str, str] = {
    variable: f"{SECTION}.{key}" for variable, key in DATABASE_KEYS.items()
}
NEEDED = ("host", "name", "user")
FIXED = N_("The environment sets {variable}: it can be changed there alone.")


def current(context: Context, editor: Editor) -> dict[str, Any]:
    """What is set, by the page's keys: as in force, with what files/.env says by now."""
    values = _of(context.configuration.database)
    kinds, written = kinds_of(Database), editor.dotenv()
    fixed = fixed_keys(editor)
    for variable, key in DATABASE_KEYS.items():
        if variable in written and key not in fixed:
            try:
                values[key] = kinds[variable].read(written[variable].strip())
            except ValueError:
                values[key] = written[variable]
    return values


def _of(database: Database | None) -> dict[str, Any]:
    if database is None:
        return {}
    found = database.model_dump(by_alias=True)
    return {key: found[variable] for variable, key in DATABASE_KEYS.items()}


def fixed_keys(editor: Editor) -> list[str]:
    """Those that the real environment sets."""
    return [DATABASE_KEYS[one] for one in editor.from_environment(list(DATABASE_KEYS))]


def changes(
    wanted: Mapping[str, Any] | None, context: Context, editor: Editor
) -> dict[str, str | None]:
    """The variables to be written so that ``wanted`` is what is set; None: no database at all.

    A password that is left out stays. Raises ApiError for what the environment fixes.
    """
    now, written, fixed = current(context, editor), editor.dotenv(), fixed_keys(editor)
    values = dict(wanted or {})
    has_any = any(values.get(key) or key in fixed for key in NEEDED)
    _refuse_fixed(values, now, fixed)
    found: dict[str, str | None] = {}
    for variable, key in DATABASE_KEYS.items():
        if key in fixed or (key == PASSWORD and key not in values and has_any):
            continue
        text = _text(values.get(key)) if has_any else None
        if text is not None and variable not in written and _is_default(variable, text):
            continue
        if text != written.get(variable):
            found[variable] = text
        if variable + FILE_SUFFIX in written and (text is not None or not has_any):
            found[variable + FILE_SUFFIX] = None
    return found


def candidate(wanted: Mapping[str, Any] | None, context: Context, editor: Editor) -> Database:
    """The database that is to be tried; what is left out of the password or fixed is as it is.

    Raises ApiError with what is wrong, or where there is none.
    """
    now, fixed = current(context, editor), fixed_keys(editor)
    values = dict(now if wanted is None else wanted)
    for key in (*fixed, *([PASSWORD] if PASSWORD not in values else [])):
        if key in now:
            values[key] = now[key]
    kinds = kinds_of(Database)
    read: dict[str, object] = {}
    problems = []
    for variable, key in DATABASE_KEYS.items():
        value = values.get(key)
        if value is None or value == "":
            if key in NEEDED:
                told = f"is missing; it {kinds[variable].allowed}"
                problems.append(Problem(DOTENV, PROBLEM_KEYS[variable], "", told))
            continue
        try:
            read[variable] = kinds[variable].read(value)
        except ValueError as err:
            secret = kinds[variable].is_secret
            said = "" if secret else shown(value)
            problems.append(Problem(DOTENV, PROBLEM_KEYS[variable], said, str(err)))
    if problems:
        raise ApiError(422, "invalid", WRONG, problems)
    return Database.model_validate(read)


def _refuse_fixed(values: Mapping[str, Any], now: Mapping[str, Any], fixed: list[str]) -> None:
    problems = [
        Problem(DOTENV, f"{SECTION}.{key}", "", FIXED.format(variable=VARIABLES[key]))
        for key in fixed
        if key in values and _text(values[key]) != _text(now.get(key))
    ]
    if problems:
        raise ApiError(422, "invalid", WRONG, problems)


def _is_default(variable: str, text: str) -> bool:
    field = next(one for one in Database.model_fields.values() if one.alias == variable)
    return not field.is_required() and text == _text(field.default)


def _text(value: object) -> str | None:
    """As a variable has it; None where there is nothing."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None or value == "" else str(value)
