"""Where the page is, for people to open; imports nothing of the page itself."""

from __future__ import annotations

from source.config.web import Web

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
"""Addresses that mean all of the machine's, each with one that a browser on it can open."""


def page_address(web: Web, port: int | None = None) -> str:
    """The URL of the page for a browser on this machine; ``port`` where 0 is configured."""
    host = EVERYWHERE.get(web.host, web.host)
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    return f"http://{host}:{port or web.port}{web.root_path}"
