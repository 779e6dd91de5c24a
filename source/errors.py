"""The error tree: each class says who has to act on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class IsdlError(Exception):
    """Base of every error this program raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in the configuration, told so that a user can mend it."""

    source: str
    """File or place, e.g. ``devices.json`` or ``environment``."""
    key: str
    """Path of the key, e.g. ``Fridge.update_time``; empty for the file as a whole."""
    value: str
    """What stands there now, shortened; empty where there is no value."""
    allowed: str
    """What is allowed, as a sentence."""

    def __str__(self) -> str:
        where = f"{self.source}: {self.key}" if self.key else self.source
        what = f" is {self.value}" if self.value else ""
        return f"{where}{what}: {self.allowed}"


class ConfigError(IsdlError):
    """The configuration is wrong; the program refuses to start (exit code 2)."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class EditConflict(IsdlError):
    """Somebody else has changed the configuration meanwhile; nothing was written.

    ``current`` and ``yours`` are what there is and what was to be written, as texts without
    secrets, ``difference`` is what leads from the one to the other, ``revision`` that of now.
    """

    def __init__(self, *, current: str, yours: str, difference: str, revision: str) -> None:
        self.current, self.yours = current, yours
        self.difference, self.revision = difference, revision
        super().__init__("the configuration was changed meanwhile")


class EditRefused(IsdlError):
    """An edit makes no sense: there is something of that name already."""


class EditMissing(EditRefused):
    """There is nothing of that name to be edited."""


class EditFailed(IsdlError):
    """A file of the configuration can't be written: disk full, no permission."""


class PluginError(IsdlError):
    """A plugin file or one of its types can't be used; everything else runs."""


class DeviceError(IsdlError):
    """A poll failed; expected in daily life: marked in the point, the next tick tries again."""


class DeviceUnreachable(DeviceError):
    """No answer: refused, no route, name unknown, time-out, connection broken."""


class DeviceDenied(DeviceError):
    """The socket answered 401 or 403: it wants a password or another one."""


class BadPayload(DeviceError):
    """The socket answered, but not with what its type sends."""


class WrongSocket(DeviceError):
    """The answer is another socket's: its MAC address is not the one that is expected."""


class HandlerFailed(DeviceError):
    """The handler itself raised or returned the wrong shape (a plugin's bug)."""


class JournalError(IsdlError):
    """The journal can't be written or read: disk full, locked, damaged."""


class JournalDamaged(JournalError):
    """The journal's file is damaged: it has to be set aside, and rescued."""


class JournalInUse(JournalError):
    """Another process writes to the journal (exit code 2)."""


class SinkError(IsdlError):
    """A copy could not be written."""


class SinkUnavailable(SinkError):
    """The sink can't take points now: keep them and try again later.

    ``retry_after_s`` is the sink's own wish (HTTP Retry-After), if it named one.
    """

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class BatchTooLarge(SinkError):
    """The sink refused the size of the batch (HTTP 413): send fewer points at once."""


class PointsRejected(SinkError):
    """The sink refused some points of a batch for good (HTTP 400): find them, set them aside."""


class PricesUnavailable(IsdlError):
    """A provider's market prices can't be had now: the fallback stands in, it is tried again."""


class ReportError(IsdlError):
    """A report file can't be written; it is tried again and not marked as written."""
