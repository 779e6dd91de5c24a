"""A server on 127.0.0.1 that sends prepared bytes, one after the other, whatever it is asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class RawServer:
    """Each connection gets the next group of answers; one answer for each request on it."""

    def __init__(self, connections: Sequence[Sequence[bytes]]) -> None:
        self._groups = list(connections)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[bytes] = []
        self.connections = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for answers in self._groups:
            try:
                stream, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with stream:
                for answer in answers:
                    request = b""
                    while b"\r\n\r\n" not in request:
                        received = stream.recv(4096)
                        if not received:
                            break
                        request += received
                    self.requests.append(request)
                    stream.sendall(answer)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept()
        self._thread.join(5)
        self._listener.close()


@contextmanager
def raw_server(*connections: Sequence[bytes]) -> Iterator[RawServer]:
    server = RawServer(connections)
    try:
        yield server
    finally:
        server.close()


def http_answer(body: bytes, *headers: str, status: str = "200 OK", length: int = -1) -> bytes:
    """An answer with a Content-Length that fits, or the one that is named."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length < 0 else length}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body
