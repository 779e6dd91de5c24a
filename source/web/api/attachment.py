"""An answer that a browser saves as a file."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response


def attachment(content: str | bytes, name: str, media_type: str = "text/csv") -> Response:
    """A file to be saved, text as UTF-8; the name as RFC 6266 has it for any letters."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    if isinstance(content, str):
        content = content.encode(errors="backslashreplace")
        media_type = f"{media_type}; charset=utf-8"
    return Response(content, media_type=media_type, headers={"Content-Disposition": disposition})
