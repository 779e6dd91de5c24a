"""Where the files folder is. Imports little: the health check runs every few seconds."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from source.config.findings import Findings
from source.config.variables import dotenv_layer

FILES_VARIABLE = "ISDL_FILES"
FILES_FOLDER = "files"


def files_folder(environ: Mapping[str, str], option: Path | None, root: Path) -> Path:
    """The absolute path of the files folder.

    From the command line's ``option``, else ISDL_FILES in the environment, else ISDL_FILES in
    ``root/.env`` (where it begins at ``root``), else ``root/files``.
    """
    if option is not None:
        return _absolute(option)
    named = environ.get(FILES_VARIABLE)
    if named:
        return _absolute(Path(named))
    # What is wrong with .env is told by ``load``, which reads it too.
    named = dotenv_layer(root, Findings()).values.get(FILES_VARIABLE)
    return _absolute(Path(named or FILES_FOLDER), root)


def _absolute(path: Path, base: Path = Path()) -> Path:
    # No such user, or in a container none at all: then ~ is a name like others.
    with suppress(RuntimeError):
        path = path.expanduser()
    return (base / path).absolute()
