"""The page of a running daemon, asked over a real connection as a browser on this machine does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from source.app import Daemon
from source.web.listening import listening
from tests.running import Hasty, running_daemon
from tests.web.test_server import page_of


class Page:
    """Asks the API; changes carry what the guard wants."""

    def __init__(self, daemon: Daemon, port: int) -> None:
        self.daemon = daemon
        self.address = f"http://127.0.0.1:{port}"
        self.client = httpx.Client(base_url=f"{self.address}/api/v1/", timeout=30)
        self.csrf = self.client.get("session").json()["csrf"]

    def get(self, path: str, language: str = "en", **parameters: Any) -> Any:
        answer = self.client.get(path, params=parameters, headers={"Accept-Language": language})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        language: str = "en",
        **parameters: Any,
    ) -> httpx.Response:
        headers = {
            "X-CSRF-Token": self.csrf,
            "Origin": self.address,
            "Accept-Language": language,
        }
        return self.client.request(method, path, json=body, params=parameters, headers=headers)

    def well(self, method: str, path: str, body: object = None, **parameters: Any) -> Any:
        answer = self.send(method, path, body, **parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wrong(
        self, status: int, method: str, path: str, body: object = None, **parameters: Any
    ) -> Any:
        """The error of an answer of that status."""
        answer = self.send(method, path, body, **parameters)
        assert answer.status_code == status, answer.text
        return answer.json()["error"]


@contextmanager
def running_page(
    folder: Path,
    devices: Mapping[str, object],
    environ: Mapping[str, str] | None = None,
    **general: object,
) -> Iterator[Page]:
    with listening("127.0.0.1", 0) as taken:
        port = int(taken.getsockname()[1])
    wanted = {"WEB": "on", "WEB_PORT": str(port), **(environ or {})}
    with running_daemon(folder, devices, wanted, Hasty(), **general) as daemon:
        page_of(daemon)
        page = Page(daemon, port)
        try:
            yield page
        finally:
            page.client.close()
