"""Variables from the environment, from ``.env`` files and from the files of Docker secrets."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from source.config.findings import Findings, Place, shown

ENVIRONMENT = "environment"
DOTENV = ".env"
FILE_SUFFIX = "_FILE"


@dataclass(frozen=True, slots=True)
class Layer:
    """One place that variables come from; one that is empty counts as not set."""

    source: str
    folder: Path
    """Where relative paths in it begin."""
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a variable is set to."""

    text: str | None
    """None where it can't be told; a problem is noted then."""
    place: Place
    shown: str
    """The text; of one from a file, that file's path. Nothing of a secret."""
    from_file: bool = False


def layers(
    environ: Mapping[str, str],
    files: Path,
    root: Path,
    findings: Findings,
    text: str | None = None,
) -> tuple[Layer, ...]:
    """The environment itself, then ``.env`` in the files folder, then ``.env`` beside main.py.

    ``text`` is read in the place of the one in the files folder, where it is given.
    """
    real = Layer(ENVIRONMENT, Path(), {key: text for key, text in environ.items() if text})
    texts = dict.fromkeys((files, root)) | {files: text}
    return (real, *(dotenv_layer(folder, findings, one) for folder, one in texts.items()))


def dotenv_layer(folder: Path, findings: Findings, text: str | None = None) -> Layer:
    """The variables of ``folder/.env``, or of ``text``; none where there is no such file."""
    path = folder / DOTENV
    if text is None:
        text = _dotenv_text(path, findings)
    # Not interpolated: a password may hold ${, and names would be taken from os.environ.
    values = dotenv_values(stream=io.StringIO(text), interpolate=False)
    return Layer(str(path), folder, {key: value for key, value in values.items() if value})


def _dotenv_text(path: Path, findings: Findings) -> str:
    try:
        # Read here and not by the library, which fails on text that is not UTF-8.
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as err:
        findings.at(str(path)).problem(f"can't be read: {_reason(err)}")
    return ""


def setting(
    name: str, layers: Sequence[Layer], findings: Findings, *, secret: bool = False
) -> Setting | None:
    """``name``, or the content of the file that ``name_FILE`` names, from the first layer with
    either; None where no layer has one. No part of a ``secret`` one is shown."""
    for layer in layers:
        direct, file = layer.values.get(name), layer.values.get(name + FILE_SUFFIX)
        place = findings.at(layer.source).at(name)
        if direct and file:
            place.problem(f"is set, and {name}{FILE_SUFFIX} is set too; set one of the two")
            return Setting(None, place, "")
        if direct:
            return Setting(direct, place, "" if secret else shown(direct))
        if file:
            place = findings.at(layer.source).at(name + FILE_SUFFIX)
            path = layer.folder / file
            # The password itself may stand where the name of its file belongs.
            named = "" if secret else shown(str(path))
            return Setting(_content(path, place, named), place, named, from_file=True)
    return None


def _content(path: Path, place: Place, named: str) -> str | None:
    """The file's text without the line end behind it; None, with a problem noted, without any."""
    try:
        text = path.read_text(encoding="utf-8-sig").rstrip("\r\n")
    except (OSError, ValueError) as err:
        place.problem(f"names a file that can't be read: {_reason(err)}", named)
        return None
    if not text:
        place.problem("names an empty file", named)
    return text or None


def _reason(err: OSError | ValueError) -> str:
    if isinstance(err, OSError):
        return err.strerror or type(err).__name__
    return "it is not UTF-8"
