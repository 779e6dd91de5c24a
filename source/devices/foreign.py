"""Calls functions of the user's plugin file: whatever they raise is told, and ends nothing else."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from typing import TypeVar

from source.devices.registry import error_text, place_of
from source.errors import HandlerFailed, IsdlError

T = TypeVar("T")


def called(function: Callable[[], T], file: str, expected: type[IsdlError]) -> T:
    """What the function gives.

    Raises ``expected`` where it raised that, or what the network raises (OSError), and else
    HandlerFailed with file, line and error. ``file`` is the one that the function stands in.
    """
    process = os.getpid()
    try:
        return function()
    except BaseException as err:  # noqa: BLE001 (marked place: the handler call)
        failure = _failure(err, file, expected)
    finally:
        if os.getpid() != process:
            os._exit(1)  # the function's fork() brought a second logger here
    raise failure  # here, where nothing that the function held hangs on it


def _failure(err: BaseException, file: str, expected: type[IsdlError]) -> IsdlError:
    place = place_of(err, file)
    traceback.clear_frames(err.__traceback__)
    if isinstance(err, expected):
        return expected(error_text(err))
    if isinstance(err, OSError):
        return expected(f"{place}: {error_text(err)}")
    return HandlerFailed(f"{place}: {error_text(err)}")
