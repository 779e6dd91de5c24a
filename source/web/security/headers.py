"""What every answer tells the browser to allow, which is next to nothing."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
STATIC = ("/static/", "/i18n/")


def protect(headers: MutableHeaders, path: str) -> None:
    """Add what is missing. A document that brings its own policy (a report has its style within)
    keeps it."""
    for name, text in FIXED.items():
        headers[name] = text
    headers.setdefault("Content-Security-Policy", POLICY)
    if path.startswith("/api/"):
        headers["Cache-Control"] = "no-store"
    elif path.startswith(STATIC):
        headers.setdefault("Cache-Control", "no-cache")  # asked about each time, sent once
    else:
        headers.setdefault("Cache-Control", "no-store")
