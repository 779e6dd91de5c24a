"""One JSON document for each finished period, for other programs: written whole, or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from source.config.names import comparable, file_stem
from source.errors import ReportError
from source.model import Period, PeriodKind, Result
from source.reports.figures import Figures, as_object, from_text
from source.reports.files import sync_folder
from source.reports.iso import local_iso, start_label

SHAPE = 1
"""Version of the document; goes up when a key gets another meaning."""
SYNC_ALL = 50
"""For more documents at a time the whole disk is synchronised once: much faster than each alone."""


def document_path(device: str, kind: PeriodKind, period: Period, zone: ZoneInfo) -> Path:
    """Where the document stands in the folder of reports."""
    return Path(_folder_name(device), kind, f"{start_label(period.start_us, zone, kind)}.json")


def _folder_name(device: str) -> str:
    """The CSV file of a device ``Fridge`` would be in the way of one that is called
    ``Fridge.csv``."""
    stem = file_stem(device)
    return f"{stem}_" if comparable(stem).endswith(".csv") else stem


def document(result: Result, previous: Figures | None, zone: ZoneInfo) -> str:
    """The document of a result; ``previous`` is what stood there before it was corrected.

    Raises ReportError where the figures in the journal can't be read.
    """
    content: dict[str, object] = {
        "version": SHAPE,
        "device": result.device,
        "kind": result.kind,
        "start": local_iso(result.period.start_us, zone),
        "end": local_iso(result.period.end_us, zone),
        "timezone": str(zone),
        **as_object(from_text(result.figures)),
        "revision": result.revision,
        "previous": None if previous is None else as_object(previous),
    }
    # A key on each line, as indent=1 would write it; that encoder is six times as slow.
    lines = (f"{json.dumps(key)}: {_json(value)}" for key, value in content.items())
    return "{\n " + ",\n ".join(lines) + "\n}\n"


def revision_in(path: Path) -> int | None:
    """The revision of the document at a path; None where there is none that can be read."""
    try:
        found = json.loads(path.read_bytes())["revision"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return found if isinstance(found, int) else None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def put(folder: Path, documents: Mapping[Path, str]) -> None:
    """Write documents by their path in ``folder``, each in the place of what was there.

    Returns when they are on the disk. Raises ReportError; some may be written then.
    """
    try:
        folders = {(folder / path).parent for path in documents}
        for each in folders:
            each.mkdir(parents=True, exist_ok=True)
        written = _write(folder, documents)
        for path in written:
            path.replace(path.with_suffix(""))
        for each in folders:
            sync_folder(each)
    except OSError as err:
        where = Path(err.filename).name if isinstance(err.filename, str) else folder.name
        raise ReportError(f"{where} can't be written: {err.strerror or err}") from err


def _write(folder: Path, documents: Mapping[Path, str]) -> Sequence[Path]:
    """The documents under other names, on the disk."""
    paths = [(folder / path).with_suffix(".json.new") for path in documents]
    sync_each = len(paths) < SYNC_ALL or not hasattr(os, "sync")
    for path, text in zip(paths, documents.values(), strict=True):
        with path.open("wb") as file:
            file.write(text.encode(errors="backslashreplace"))
            if sync_each:
                file.flush()
                os.fsync(file.fileno())
    if not sync_each:
        os.sync()
    return paths
