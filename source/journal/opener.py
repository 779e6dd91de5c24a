"""Opens the journal for its thread, and again when it turns out to be damaged meanwhile."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from source.errors import JournalError
from source.journal.damage import is_damage
from source.journal.opening import damage, opened
from source.journal.places import SIDE_FILES, begin_part, put_in_place, set_aside
from source.journal.rescue import Rescued, rescued
from source.journal.schema import unusable
from source.journal.writer import Writer
from source.timing import Clock

logger = logging.getLogger(__name__)

REPLACED = "replaced"
PUT_BACKS = 5
"""So often in one life the file is put back where somebody has taken it away."""
CHECK_LIMIT_S = 300.0
"""So long a journal is looked through at most while points wait in memory."""
CALM_S = 600.0
"""After a look that found nothing: so long readers may say what they want."""
SMALL_BYTES = 100_000_000
"""Up to this size a journal is looked through and rescued at the stop, too."""


class Opener:
    """Holds the writer from ``open`` to ``close``, and opens it anew where it has to be.

    Belongs to the journal's thread, but ``doubt`` and ``is_busy``.
    """

    def __init__(self, path: Path, clock: Clock, is_patient: Callable[[], bool]) -> None:
        """``is_patient`` gives False at the stop: then nothing may take long."""
        self.is_busy = False
        """It is opening, checking or rescuing, which may take minutes."""
        self._path = path
        self._clock = clock
        self._is_patient = is_patient
        self._writer: Writer | None = None
        self._is_held = False
        self._doubted = False
        self._calm_until: float | None = None
        self._last_seq = 0
        self._file: object = None
        self._put_backs = 0

    def open(self) -> Writer:
        """A writer for the file, which is rescued first where it is damaged.

        Raises JournalError.
        """
        self._is_held = True
        with self._busy():
            return self._opened()

    def writer(self) -> Writer:
        """The one that is open; opened again where that failed before. Raises JournalError."""
        if self._writer is not None:
            return self._writer
        if not self._is_held:
            raise JournalError("the journal is not open")
        self._need_time("it is not open")
        return self.open()

    @property
    def is_open(self) -> bool:
        return self._writer is not None

    def close(self) -> None:
        """Close the file, if it is open."""
        self._is_held = False
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _has_time(self) -> bool:
        """Whether the file may be looked through and rescued: at the stop only a small one."""
        return self._is_patient() or _size(self._path) < SMALL_BYTES

    def _need_time(self, reason: object) -> None:
        if not self._has_time():
            raise JournalError(f"{self._path}: {reason}; that is looked at by the next start")

    # --- damaged? ---

    def doubt(self) -> None:
        """A reader met damage. Of a file that was replaced, perhaps: so it is looked at first."""
        self._doubted = True

    def has_doubt(self) -> bool:
        """Whether the file has to be looked at; only once for all that was met before."""
        doubted, self._doubted = self._doubted, False
        return doubted and not self._is_calm() and self._has_time()

    def recover(self, reason: object, *, is_own: bool) -> None:
        """Close a file that seems to be damaged, look, rescue it where it is so, and open it again.

        ``is_own`` says that the writer itself met the damage, no reader. Raises JournalError.
        """
        self._need_time(reason)
        writer, self._writer = self.writer(), None
        self._close(writer)
        with self._busy():
            found = self._finding()
            if not found and is_own and self._is_calm():
                found = str(reason)  # what SQLite says again is true, whatever its check finds
            if found:
                logger.error("journal: it is damaged: %s", found)
                self._rescue()
                self._calm_until = None
            else:
                logger.warning("journal: %s; it was looked through, nothing is wrong", reason)
                self._calm_until = self._clock.monotonic() + CALM_S
            self._opened()

    def _is_calm(self) -> bool:
        return self._calm_until is not None and self._clock.monotonic() < self._calm_until

    def _finding(self) -> str:
        try:
            return damage(self._path, CHECK_LIMIT_S)
        except OSError as err:
            raise unusable(self._path, err) from err

    def _rescue(self) -> None:
        _tell(rescued(self._path, self._clock.now_us()))

    # --- taken away? ---

    def is_in_place(self) -> bool:
        """Whether the file that is open is the one that stands in its place."""
        # A file that is open keeps its number; where it does not, this must come to an end.
        return (
            self._writer is None
            or self._put_backs >= PUT_BACKS
            or _identity(self._path) == self._file
        )

    def put_back(self) -> None:
        """Write the journal that is open to its place again, from which somebody has taken it.

        What stands there is set aside. Raises JournalError; where it can't be written the old one
        stays open, and what is committed to it is in the file without a name.
        """
        writer = self.writer()
        with self._busy():
            try:
                part = begin_part(self._path)
                with closing(sqlite3.connect(part)) as copy:
                    writer.db.backup(copy)
                aside = self._make_room()
                put_in_place(self._path, REPLACED, self._clock.now_us())
            except (OSError, sqlite3.Error) as err:
                raise JournalError(f"{self._path}: was taken away: {err}") from err
            what = f"; what stood there is set aside as {aside.name}" if aside else ""
            logger.error("journal: %s was taken away and is put back%s", self._path, what)
            self._put_backs += 1
            self._writer = None
            self._close(writer)
            self._opened()

    def _make_room(self) -> Path | None:
        """Set aside what stands in the journal's place; gives where it is now."""
        if self._path.exists():
            # Before the new file is complete: a start would take this one for the damaged one.
            return set_aside(self._path, REPLACED, self._clock.now_us())
        for side in SIDE_FILES:  # the open connection's own, it has read them to their end
            Path(f"{self._path}{side}").unlink(missing_ok=True)
        return None

    # --- open ---

    def _close(self, writer: Writer) -> None:
        # The newest points may be lost with the file. No number is given again: a sink would take
        # the point for one that it has.
        self._last_seq = max(self._last_seq, writer.statements.last_seq)
        writer.db.close()

    def _opened(self) -> Writer:
        writer = self._writer = self._sound()
        self._file = _identity(self._path)
        return writer

    def _sound(self) -> Writer:
        db, found = opened(self._path, self._clock.now_us())
        if found is not None:
            _tell(found)
        try:
            return self._readable(db)
        except sqlite3.Error as err:
            if not is_damage(err):
                raise unusable(self._path, err) from err
            logger.error("journal: it is damaged: %s", err)  # noqa: TRY400 (no bug of ours)
        self._rescue()
        db, _ = opened(self._path, self._clock.now_us())
        try:
            return self._readable(db)
        except sqlite3.Error as err:
            raise unusable(self._path, err) from err

    def _readable(self, db: sqlite3.Connection) -> Writer:
        try:
            writer = Writer(db, self._last_seq, self._is_patient)
            writer.statements.checkpoints()  # whether they can be read
        except BaseException:
            db.close()
            raise
        return writer

    @contextmanager
    def _busy(self) -> Iterator[None]:
        self.is_busy = True
        try:
            yield
        finally:
            self.is_busy = False


def _identity(path: Path) -> object:
    """What tells a file from another one in its place; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _tell(found: Rescued) -> None:
    logger.error("%s", found.text)
