"""The socket as its handler sees it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from types import MappingProxyType
from typing import Any

from source.devices.http import HttpClient
from source.devices.older import WatchHen
from source.devices.values import parsed


class Device(dict[str, Any]):
    """One socket: its entry in devices.json, and ways to ask it.

    It is a dict for the sake of older handlers, which take the entry itself, with ``device_name``
    and ``watch_hen`` added; newer ones use the attributes. Each worker has its own, and each poll
    finds the entry as it was at first, whatever the handler did with it; a key that the handler
    made up itself stays, some keep there what they need the next time. Belongs to one thread.
    """

    def __init__(
        self, *, name: str, ip: str, type_name: str, settings: Mapping[str, Any], timeout_s: float
    ) -> None:
        """``ip`` is a host or host:port; ``timeout_s`` is the time for a whole poll."""
        super().__init__()
        self._entry = deepcopy(dict(settings))
        self._is_flat = not any(isinstance(one, (dict, list)) for one in self._entry.values())
        self._called = (name, ip, type_name)
        self._http = HttpClient(ip, timeout_s)
        self.begin_poll()

    def begin_poll(self) -> None:
        """A poll begins: all is as at first, and its requests share one deadline."""
        self.name, self.ip, self.type_name = self._called
        self.watch_hen = WatchHen()
        entry = self._entry if self._is_flat else deepcopy(self._entry)
        self.settings: Mapping[str, Any] = MappingProxyType(entry)
        """The entry as it stands in devices.json, with the plugin's own keys."""
        # Through super(): the handler may have hidden the method.
        super().update(entry, device_name=self.name, watch_hen=self.watch_hen)
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
