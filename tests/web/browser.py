"""A real browser over a running daemon: Chromium, driven by playwright."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from source.app import Daemon
from source.web.listening import listening
from source.web.server import WebServer
from tests.running import Hasty, daemon_in, running_daemon
from tests.sinks.places import until

NAMES = ("chromium", "chromium-browser", "google-chrome")
PHONE, DESK = 375, 1280
WAIT_MS = 30_000
"""Long enough for a small machine that does much else; nothing waits longer than it has to."""
FOREIGN = "isdl.test"
"""A name of somebody else's that leads to this machine, as with DNS rebinding."""
EXPECTED = (
    "Failed to load resource",
    "net::ERR_",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
    "Cross-Origin-Opener-Policy header has been ignored",  # without https, but on this machine
)
"""What Chromium writes by itself when a server is gone or refuses something."""


class BrowserMissing(Exception):
    """There is no Chromium or no playwright here."""


def executable() -> str:
    """Chromium's path. Raises BrowserMissing."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise BrowserMissing("no chromium on the PATH")
    return found


class Chromium:
    """A browser whose tabs are used again: opening one costs as much as looking at three pages."""

    def __init__(self, browser: Any) -> None:
        self._browser = browser
        self._idle: defaultdict[tuple[str, int, str, str], list[Any]] = defaultdict(list)

    @contextmanager
    def tab(self, locale: str, width: int, scheme: str, script: str) -> Iterator[Any]:
        """A page without cookies and without anything of what was open in it before."""
        idle = self._idle[locale, width, scheme, script]
        page = idle.pop() if idle else self._opened(locale, width, scheme, script)
        try:
            yield page
            _forget(page)
        except BaseException:
            page.context.close()
            raise
        idle.append(page)

    def _opened(self, locale: str, width: int, scheme: str, script: str) -> Any:
        context = self._browser.new_context(
            locale=locale,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            is_mobile=width < 500,
            timezone_id="Europe/Berlin",
        )
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        if script:
            page.add_init_script(script)
        return page


def _forget(page: Any) -> None:
    context = page.context
    for other in context.pages:
        if other is not page:
            other.close()
    page.unroute_all()
    page.on("dialog", _accept)  # what is not saved is to be lost
    page.goto("about:blank")
    page.remove_listener("dialog", _accept)
    context.clear_cookies()


def _accept(asked: Any) -> None:
    asked.accept()


@contextmanager
def running_browser() -> Iterator[Chromium]:
    """A Chromium without a window. Raises BrowserMissing."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 (not everybody has it)
    except ImportError as err:
        raise BrowserMissing(str(err)) from err
    path = executable()
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", f"--host-resolver-rules=MAP {FOREIGN} 127.0.0.1"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield Chromium(browser)
        finally:
            browser.close()


def is_required() -> bool:
    return os.environ.get("CI", "").lower() == "true"


@contextmanager
def tab(
    browser: Chromium,
    *,
    locale: str = "en-GB",
    width: int = DESK,
    scheme: str = "light",
    script: str = "",
) -> Iterator[Any]:
    """A page of its own, without cookies; no script may have failed and nothing been blocked.

    A ``script`` runs before all those of each page.
    """
    troubles: list[str] = []
    listeners = {
        "pageerror": lambda error: troubles.append(str(error)),
        "console": lambda told: _note(told, troubles),
        "dialog": lambda asked: _stop(asked, troubles),
    }
    with browser.tab(locale, width, scheme, script) as page:
        for event, listener in listeners.items():
            page.on(event, listener)
        yield page
        for event, listener in listeners.items():
            page.remove_listener(event, listener)
        assert troubles == [], troubles


def _stop(asked: Any, troubles: list[str]) -> None:
    troubles.append(f"dialog: {asked.message}")
    asked.dismiss()


def _note(told: Any, troubles: list[str]) -> None:
    if told.type == "error" and not any(part in told.text for part in EXPECTED):
        troubles.append(told.text)


def is_as_wide_as_the_screen(page: Any) -> bool:
    """Whether nothing has to be scrolled sideways."""
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    return bool(page.evaluate(wide))


def free_port() -> int:
    with listening("127.0.0.1", 0) as taken:
        return int(taken.getsockname()[1])


def listens(daemon: Daemon) -> int:
    """The port of the page of a running daemon, once it listens."""
    until(lambda: _port(daemon) is not None)
    return _port(daemon) or 0


def _port(daemon: Daemon) -> int | None:
    server = daemon._serving.running().get("web")
    return server.port if isinstance(server, WebServer) else None


@contextmanager
def page_of(
    folder: Path,
    devices: Mapping[str, object],
    port: int = 0,
    environ: Mapping[str, str] | None = None,
    **general: object,
) -> Iterator[str]:
    """A daemon over these devices with its page; the page's address."""
    wanted = {"WEB": "on", "WEB_PORT": str(port), **(environ or {})}
    with running_daemon(folder, devices, wanted, Hasty(), **general) as daemon:
        yield f"http://127.0.0.1:{listens(daemon)}"


@contextmanager
def page_of_files(folder: Path, port: int = 0) -> Iterator[str]:
    """The same over the files that are there, if any."""
    with daemon_in(folder, {"WEB": "on", "WEB_PORT": str(port)}, Hasty()) as daemon:
        yield f"http://127.0.0.1:{listens(daemon)}"


def device_link(name: str) -> str:
    """A selector for the link to a socket's page."""
    return f'a[href="/socket?device={quote(name, safe="*-._").replace("%20", "+")}"]'
