"""The diagnostics file: all that somebody else needs to help, and no secret."""

from __future__ import annotations

import io
import json
import os
import platform
import sqlite3
import sys
import zipfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from source import __version__
from source.config.devices import DEVICES_FILE
from source.config.general import CONFIG_FILE
from source.config.secrets import secrets_of
from source.web.context import Context
from source.web.logfile import newest_lines
from source.web.secretless import Blanking, variable_names

LINES = 2000
PACKAGES = ("fastapi", "starlette", "uvicorn", "pydantic", "jinja2", "urllib3", "babel", "click")
ENVIRONMENT = ("DB_", "WEB", "SSL", "VERIFY_SSL", "ISDL_", "TARIFF_", "TZ", "LANG", "LC_")
README = """\
What is in here: versions, the state of all parts, both files of the configuration, the newest lines
of the log. Passwords, tokens and logins are blanked; of variables there are only the names. Names
and addresses of sockets are in it: look it through before you pass it on.
"""


def diagnostics(context: Context, status: Mapping[str, object]) -> bytes:
    """A zip file with text files; ``status`` is what the endpoint of that name tells."""
    blanking = Blanking(secrets_of(context.configuration))
    texts = {
        "README.txt": README,
        "versions.json": _json(versions()),
        "status.json": blanking.json_text(status),
        CONFIG_FILE: blanking.json_file(context.files / CONFIG_FILE),
        DEVICES_FILE: blanking.json_file(context.files / DEVICES_FILE),
        "variables.txt": "\n".join(_variables(context)) + "\n",
        "files.txt": "\n".join(_files(context)) + "\n",
        "log.txt": _log(context, blanking),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text.encode(errors="backslashreplace"))
    return out.getvalue()


def versions() -> dict[str, object]:
    """Of the program, of Python and of what it is built on."""
    return {
        "program": __version__,
        "python": sys.version,
        "platform": platform.platform(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _variables(context: Context) -> list[str]:
    """Names alone."""
    found = {name for name in os.environ if name.startswith(ENVIRONMENT)}
    ours = [f"environment: {name}" for name in sorted(found)]
    return ours + [f".env: {name}" for name in variable_names(context.files / ".env")]


def _files(context: Context) -> list[str]:
    """What is in the files folder, with its size; not what is in it."""
    try:
        every = sorted(context.files.iterdir())
        return [f"{one.stat().st_size:>14} {one.name}" for one in every if one.is_file()]
    except OSError as err:
        return [str(err.strerror or err)]


def _log(context: Context, blanking: Blanking) -> str:
    lines = newest_lines(context.files, LINES)
    return blanking.text("".join(f"{one.time} {one.level:<8} {one.text}\n" for one in lines))


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
