"""A folder whose files are edited, as the page does."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from source.config.editing import Editor, Known
from tests.config.home import TYPES, Home
from tests.fakes import FakeClock

SECRET = "geheim&Wort"
DEVICES = """{
  "$schema": "x",
  "Fridge": {"type": "shelly:plug-s", "ip": "192.168.178.20", "update_time": 10.0,
             "password": "geheim&Wort", "own": [1, 0.10, {"x": null}]},
  "Küche / 🍳 \\"1\\"": {"type": "shelly:3em", "ip": "192.168.178.21"}
}
"""


class Files(Home):
    """Two files with content, and an editor of them."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.clock = FakeClock()
        self.lock = threading.RLock()
        self.editor = self.another_editor()
        self.write("devices.json", DEVICES)
        self.write("config.json", '{"general": {"price_kwh": 0.30}, "mine": [1e3]}')

    def another_editor(self) -> Editor:
        return Editor(
            folder=self.files,
            environ=self.environ,
            root=self.root,
            known=lambda: Known(TYPES),
            now_us=self.clock.now_us,
            lock=self.lock,
        )

    def text(self, name: str = "devices.json") -> str:
        return (self.files / name).read_text(encoding="utf-8")

    def snapshot(self) -> dict[str, Any]:
        """Every file below the folder with what it holds."""
        paths = (path for path in self.files.rglob("*") if path.is_file())
        return {str(path.relative_to(self.files)): path.read_bytes() for path in paths}
