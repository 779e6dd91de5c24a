"""The socket as its handler sees it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from source.devices.http import HttpClient
from source.devices.older import WatchHen
from source.devices.values import parsed


class Device(dict[str, Any]):
    """One socket: its entry in devices.json, and ways to ask it.

    It is a dict for the sake of older handlers, which take the entry itself, with ``device_name``
    and ``watch_hen`` added; newer ones use the attributes. Each worker has its own, so whatever a
    handler does with it stays with this one socket. Belongs to one thread.
    """

    def __init__(
        self, *, name: str, ip: str, type_name: str, settings: Mapping[str, Any], timeout_s: float
    ) -> None:
        """``ip`` is a host or host:port; ``timeout_s`` is the time for a whole poll."""
        self.watch_hen = WatchHen()
        super().__init__(settings, device_name=name, watch_hen=self.watch_hen)
        self.name = name
        self.ip = ip
        self.type_name = type_name
        self.settings: Mapping[str, Any] = MappingProxyType(dict(settings))
        """The entry as it stands in devices.json, with the plugin's own keys."""
        self._http = HttpClient(ip, timeout_s)

    def begin_poll(self) -> None:
        """A poll begins: from now on all its requests share one deadline."""
        self.watch_hen.normal_processing()
        self._http.begin()

    def get_json(self, path: str) -> Any:
        """The JSON that the socket answers to ``GET path``, such as ``/status``.

        Raises DeviceUnreachable, DeviceDenied or BadPayload; a handler need not catch them.
        """
        return parsed(self._http.get(path))

    def get_text(self, path: str) -> str:
        """The text that the socket answers to ``GET path``; raises what ``get_json`` raises."""
        return self._http.get(path).decode("utf-8", "replace")

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()
