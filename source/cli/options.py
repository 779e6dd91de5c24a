"""What several commands share: their options, and the way to the configuration and the journal."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from source.config.folder import FILES_VARIABLE, files_folder
from source.config.spelling import did_you_mean
from source.errors import JournalError
from source.journal.reader import JournalReader
from source.journal.schema import JOURNAL_FILE
from source.plaintext import visible

if TYPE_CHECKING:
    from source.config.models import Configuration

ROOT = Path(__file__).resolve().parents[2]
"""The folder of main.py."""

F = TypeVar("F", bound=Callable[..., Any])


def files_option(command: F) -> F:
    """Option ``--files``: given as parameter ``files``, None where it is not set."""
    text = f"Folder of config.json, devices.json and the journal.  [default: ${FILES_VARIABLE}"
    option = click.option(
        "--files",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help=f"{text}, else files/ beside main.py]",
    )
    return option(command)


def json_option(command: F) -> F:
    """Option ``--json``: given as parameter ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def folder_of(files: Path | None) -> Path:
    """The files folder that ``--files`` names, or the configured or usual one."""
    return files_folder(os.environ, files, ROOT)


def configured(files: Path | None) -> Configuration:
    """The configuration, for commands that only read: the user's plugin file is not run.

    Raises ConfigError.
    """
    # Imported here: the health check does without it.
    from source.config.load import load  # noqa: PLC0415

    return load(folder_of(files), os.environ, ROOT, (), types_complete=False)


@contextmanager
def opened_journal(folder: Path) -> Iterator[JournalReader]:
    """The journal in the files folder, for reading; works beside a running daemon.

    Raises JournalError where there is none yet, or it can't be read.
    """
    path = folder / JOURNAL_FILE
    if not path.exists():
        raise JournalError(f"there is no journal yet in {folder}; it begins with the first run")
    with JournalReader(path) as reader:
        yield reader


def check_known(device: str, known: Collection[str], parameter: str) -> None:
    """Refuse a device that is neither configured nor in the journal; lists those there are."""
    if device in known:
        return
    hint = did_you_mean(device, known)
    listed = "".join(f"\n  {visible(name)}" for name in sorted(known)) or " none"
    raise click.BadParameter(
        f"there is no device {device!r}{visible(hint)}\nKnown devices:{listed}",
        param_hint=parameter,
    )
