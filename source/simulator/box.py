"""What every virtual first-generation Shelly has: boots, a clock, WLAN, firmware, an identity."""

from __future__ import annotations

import json
import math
import secrets
from abc import ABC, abstractmethod
from bisect import bisect_right
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]


def invented_mac(maker: str) -> str:
    """The MAC address of a new socket, of a maker's six hex digits."""
    return maker + secrets.token_hex(3).upper()


class Boots:
    """When a socket booted, and what its meter's truth stood at then."""

    def __init__(self, boot_s: float, energy_wh: float) -> None:
        self._boots: tuple[tuple[float, float], ...] = ((boot_s, energy_wh),)

    def add(self, boot_s: float, energy_wh: float) -> None:
        # a new tuple: readers in other threads see the old or the new one, never a half
        self._boots = (*sorted((*self._boots, (boot_s, energy_wh))),)

    def last(self, t_s: float) -> tuple[float, float]:
        """Time of the last boot at ``t_s`` in s, and the energy in Wh then."""
        boots = self._boots
        if len(boots) == 1:
            return boots[0]
        return boots[max(0, bisect_right(boots, (t_s, math.inf)) - 1)]


def uptime_s(t_s: float, boot_s: float) -> int:
    return max(0, int(t_s - boot_s))


def clock(t_s: float, utc_offset_s: float) -> Json:
    """``unixtime`` in UTC and ``time`` by the local clock, as the sockets tell them."""
    minutes = int(t_s + utc_offset_s) // 60
    return {"unixtime": int(t_s), "time": f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"}


def surroundings(mac: str, firmware: str, ram_total: int) -> Json:
    """The keys of an answer that do not change while the socket runs; all values invented."""
    return {
        "wifi_sta": {
            "connected": True,
            "ssid": "home",
            "ip": f"192.168.178.{int(mac[-2:], 16)}",
            "rssi": -40 - int(mac[-1], 16),
        },
        "cloud": {"enabled": False, "connected": False},
        "mqtt": {"connected": False},
        "serial": 5913,
        "has_update": False,
        "mac": mac,
        "cfg_changed_cnt": 0,
        "actions_stats": {"skipped": 0},
        "update": {
            "status": "idle",
            "has_update": False,
            "new_version": firmware,
            "old_version": firmware,
        },
        "ram_total": ram_total,
        "ram_free": ram_total - 12_196,
        "fs_size": 233_681,
        "fs_free": 166_413,
    }


def relay(*, is_on: bool) -> Json:
    return {
        "ison": is_on,
        "has_timer": False,
        "timer_started": 0,
        "timer_duration": 0,
        "timer_remaining": 0,
        "overpower": False,
        "source": "input",
    }


class Box(ABC):
    """The answers to ``GET /status``: what stays while the socket runs, and what changes."""

    def __init__(self, mac: str) -> None:
        self.replace_by(mac)

    @property
    def mac(self) -> str:
        """As twelve capital hex digits."""
        return self._mac

    def replace_by(self, mac: str) -> None:
        """From now on it is another piece of hardware, with the same load behind it."""
        self._mac = mac
        self._fixed = self._surroundings(mac)
        self._fixed_json = json.dumps(self._fixed).encode()

    def status(self, t_s: float) -> Json:
        """The answer at ``t_s``, in seconds since the epoch."""
        return self._fixed | self._live(t_s)

    def status_json(self, t_s: float) -> bytes:
        """``status`` as JSON, fast: what stays is rendered already."""
        return json.dumps(self._live(t_s)).encode()[:-1] + b", " + self._fixed_json[1:]

    @abstractmethod
    def _surroundings(self, mac: str) -> Json:
        """The keys that stay."""

    @abstractmethod
    def _live(self, t_s: float) -> Json:
        """The keys that change."""
