"""One run of the bench: where its figures go, its folder, and the windows that sections share."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from bench.figures import Sheet
from bench.window import Fleet, Window, observe


@dataclass(slots=True)
class Run:
    """What every section is given."""

    sheet: Sheet
    folder: Path
    """Empty; on the disk, since a memory file system would flatter the journal."""
    seconds: float
    """Length of a window."""
    _windows: dict[Fleet, Window] = field(default_factory=dict)

    def window(self, fleet: Fleet) -> Window:
        """The window of a fleet, observed once. Raises Unavailable."""
        found = self._windows.get(fleet)
        if found is None:
            found = observe(fleet, self.seconds, self.new_folder("daemon"))
            self._windows[fleet] = found
        return found

    def new_folder(self, name: str) -> Path:
        folder = self.folder / f"{name}-{len(list(self.folder.iterdir()))}"
        folder.mkdir()
        return folder
