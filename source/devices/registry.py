"""The types of sockets: each is a name and the handler function that reads such a socket."""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, TypeVar

from source.devices.catalogue import Catalogue, Registration
from source.devices.device import Device
from source.devices.reading import reading_of
from source.devices.values import LIMIT, shown
from source.errors import (
    BadPayload,
    DeviceError,
    DeviceUnreachable,
    HandlerFailed,
    IsdlError,
    PluginError,
)
from source.model import Reading
from source.text import shorten

Handler: TypeAlias = Callable[[Device], object]
_FILE_ERRORS = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)
"""Of the OSErrors those that are no network's: a mistake in the handler."""
_BUILT_IN = Path(__file__).parent
H = TypeVar("H", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class SocketType(Registration):
    """A registered handler."""

    handler: Handler
    max_power_w: float | None = None
    """Rated power of such a socket; None where that is not known."""


class Registry(Catalogue[SocketType]):
    """Socket types by name. A handler is registered with ``@plugins.register("vendor:model")``."""

    def __init__(self) -> None:
        super().__init__("socket type", _BUILT_IN)

    def register(self, type_name: str, *, max_power_w: float | None = None) -> Callable[[H], H]:
        """A decorator that makes a function the handler of ``type_name``.

        More than ``max_power_w`` does not flow through such a socket (all phases together): what
        its counter jumps further is not counted.
        """

        def registered(handler: H) -> H:
            if _is_rated_power(max_power_w):
                rated_w = None if max_power_w is None else float(max_power_w)
                self._register(type_name, handler, lambda at: SocketType(at, handler, rated_w))
            elif not self.is_closed:
                told = f"{type_name!r} has max_power_w = {shown(max_power_w)}, no number of watts"
                self.problems.append(PluginError(told))
            return handler

        return registered

    def max_power_w(self, type_name: str) -> float | None:
        """Rated power of a type's sockets; None where it is not known."""
        found = self._named(type_name)
        return found.max_power_w if found else None

    def reader(self, type_name: str, device: Device) -> Callable[[], Reading]:
        """The function that polls ``device`` once; it raises DeviceError and nothing else.

        Raises PluginError where there is no such type.
        """
        found = self._named(type_name)
        if found is None:
            raise PluginError(
                f"there is no socket type {type_name!r}; known are {', '.join(self.names())}"
            )
        return _Reader(found, type_name, device)


def _is_rated_power(value: object) -> bool:
    """None too: not known."""
    if value is None:
        return True
    return not isinstance(value, bool) and isinstance(value, (int, float)) and 0 < value < LIMIT


class _Reader:
    """Polls one socket through its handler."""

    def __init__(self, socket_type: SocketType, type_name: str, device: Device) -> None:
        self._type = socket_type
        self._type_name = type_name
        self._device = device

    def __call__(self) -> Reading:
        process = os.getpid()
        found = self._reading()
        if os.getpid() != process:
            os._exit(1)  # the handler's fork() brought a second logger here
        if isinstance(found, DeviceError):
            raise found  # here, where nothing that the handler held hangs on it
        return found

    def _reading(self) -> Reading | DeviceError:
        device = self._device
        try:
            device.begin_poll()
            answer = self._type.handler(device)
        except BaseException as err:  # noqa: BLE001 (marked place: the handler call)
            # Whatever it is, exit() and a KeyboardInterrupt of the handler's own included: this is
            # never the main thread, so it ends nobody's work but this poll.
            return self._failed(err)
        try:
            return reading_of(answer, device.name, device.watch_hen.reason)
        except BaseException as err:  # noqa: BLE001 (marked place: a foreign object's own methods)
            if isinstance(err, (HandlerFailed, BadPayload)):
                return type(err)(f"type {self._type_name!r} ({self._type.origin.place}): {err}")
            return self._failed(err)

    def _failed(self, err: BaseException) -> DeviceError:
        place = place_of(err, self._type.origin.file)
        # What the handler held, perhaps all the memory, is let go before a text is made.
        traceback.clear_frames(err.__traceback__)
        if isinstance(err, DeviceError):  # of a class of the handler's own, perhaps
            kind = next(
                one for one in type(err).__mro__ if one.__module__ == DeviceError.__module__
            )
            failure: DeviceError = kind(error_text(err))
            return failure
        if isinstance(err, OSError) and not isinstance(err, _FILE_ERRORS):
            # The network, asked by the handler's own means (requests, urllib).
            return DeviceUnreachable(error_text(err))
        return HandlerFailed(f"type {self._type_name!r} ({place}): {error_text(err)}")


def place_of(err: BaseException, file: str) -> str:
    """The last line of ``file`` that an error came through: ``device_plugin.py, line 12``."""
    name = Path(file).name
    if isinstance(err, SyntaxError) and err.filename == file:
        return f"{name}, line {err.lineno}"
    line, step = None, err.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == file:
            line = step.tb_lineno
        step = step.tb_next
    return name if line is None else f"{name}, line {line}"


def error_text(err: BaseException) -> str:
    """Type and text of an error, shortened; of our own errors the text alone."""
    try:
        if isinstance(err, IsdlError):
            return str(err)
        # Some sockets take user and password in the address, behind the question mark.
        text = re.sub(r"\?[^\s'\")]+", "?…", str(err))
    except BaseException:  # noqa: BLE001 (marked place: a foreign error's own __str__)
        text = ""
    return shorten(f"{type(err).__name__}: {text}" if text else type(err).__name__, 120)
