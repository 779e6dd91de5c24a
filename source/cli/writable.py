"""What in the files folder would keep the daemon from working; told without changing anything."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from source.errors import Problem
from source.journal.schema import BUSY_TIMEOUT_S, JOURNAL_FILE, VERSION, unusable


def folder_problems(folder: Path) -> list[Problem]:
    """What keeps the program from writing its journal, log and reports, and from reading the
    journal that is there."""
    if not os.access(folder, os.W_OK | os.X_OK):
        wanted = "can't be written by this user; the journal, the log and the reports go there"
        return [Problem(str(folder), "", "", wanted)]
    path = folder / JOURNAL_FILE
    reason = _why_no_journal(path) if path.exists() else ""
    return [Problem(str(path), "", "", reason)] if reason else []


def _why_no_journal(path: Path) -> str:
    """Why a run could not use the file as its journal; nothing where it can.

    An older journal, or an empty file, is well: a run brings it up to date.
    """
    try:
        address = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_S)) as db:
            version = int(db.execute("PRAGMA user_version").fetchone()[0])
            if version > VERSION:
                return (
                    "written by a newer version of the program (journal version"
                    f" {version}, this one knows {VERSION}); install that version again"
                )
            if version:
                db.execute("SELECT max(seq) FROM point").fetchone()
    except sqlite3.Error as err:
        return str(unusable(path, err)).removeprefix(f"{path}: ")
    return "" if os.access(path, os.W_OK) else "can't be written by this user"
