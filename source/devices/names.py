"""Looks up the addresses of a host, within a time limit: the system's own look-up knows none."""

from __future__ import annotations

import re
import socket
import threading
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias

IPV4 = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}")

Address: TypeAlias = tuple[int, Any]
"""Address family, and the address as a socket of that family takes it."""


class Names:
    """The addresses of one host. Belongs to one thread."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._answers: SimpleQueue[list[Address] | Exception] | None = None
        """Of the look-up that is under way: one that takes for ever is not begun twice."""

    def addresses(self, timeout_s: float) -> list[Address]:
        """All of them, the system's favourite first.

        Raises TimeoutError, socket.gaierror or UnicodeError where there is no such host, OSError.
        """
        if IPV4.fullmatch(self._host):
            return [(socket.AF_INET, (self._host, self._port))]
        if ":" in self._host:
            return self._look_up()
        if self._answers is None:
            answers: SimpleQueue[list[Address] | Exception] = SimpleQueue()
            try:
                threading.Thread(target=self._answer, args=(answers,), daemon=True).start()
            except RuntimeError as err:  # the system has no further thread for this process
                raise OSError(f"the name {self._host!r} can't be looked up: {err}") from err
            self._answers = answers
        try:
            found = self._answers.get(timeout=timeout_s)
        except Empty:
            raise TimeoutError from None
        self._answers = None
        if isinstance(found, Exception):
            raise found
        return found

    def _answer(self, answers: SimpleQueue[list[Address] | Exception]) -> None:
        try:
            answers.put(self._look_up())
        except (OSError, ValueError, RuntimeError) as err:
            answers.put(err)

    def _look_up(self) -> list[Address]:
        found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        return [(family, address) for family, _, _, _, address in found]
