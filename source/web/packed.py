"""Texts that never change while the program runs: compressed once, sent once to each browser."""

from __future__ import annotations

import gzip
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

PACKED = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
"""Suffix → media type."""
KEPT = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
"""Browsers keep it, and ask each time whether it is still the same."""


@dataclass(frozen=True, slots=True)
class Packed:
    """One text, plain and compressed."""

    plain: bytes
    zipped: bytes
    tag: str
    media_type: str

    def answer(self, headers: Headers) -> Response:
        """What a browser with these headers of its request gets."""
        is_zipped = takes_gzip(headers.get("accept-encoding", ""))
        tag = f'"{self.tag}{"-gz" if is_zipped else ""}"'
        if tag in headers.get("if-none-match", ""):
            return Response(status_code=304, headers={**KEPT, "ETag": tag})
        more = {"Content-Encoding": "gzip"} if is_zipped else {}
        body = self.zipped if is_zipped else self.plain
        return Response(body, media_type=self.media_type, headers={**KEPT, **more, "ETag": tag})


def packed(content: bytes, media_type: str) -> Packed:
    tag = hashlib.sha256(content).hexdigest()[:16]
    return Packed(content, gzip.compress(content, mtime=0), tag, media_type)


def takes_gzip(accepted: str) -> bool:
    """Whether the header Accept-Encoding allows it."""
    for one in accepted.lower().split(","):
        name, _, parameter = one.strip().partition(";")
        if name.strip() == "gzip":
            return parameter.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


class PackedFiles(StaticFiles):
    """The files of a folder, the texts among them compressed."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory=directory)
        self._packed: dict[tuple[str, int], Packed] = {}

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """As its base class gives it, where it is no text."""
        media_type = PACKED.get(Path(full_path).suffix)
        if media_type is None:
            return super().file_response(full_path, stat_result, scope, status_code)
        key = (str(full_path), stat_result.st_mtime_ns)
        if key not in self._packed:
            self._packed[key] = packed(Path(full_path).read_bytes(), media_type)
        return self._packed[key].answer(Headers(scope=scope))
