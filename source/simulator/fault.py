"""What can go wrong with a socket, on demand."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto, unique
from typing import Any

from source.simulator.box import Json


@unique
class Fault(Enum):
    """One way of a virtual socket to fail, from the network up to the numbers."""

    REFUSE = auto()
    """Nobody listens at the port; connections that are open are reset."""
    HANG = auto()
    """The connection is accepted, the request is never answered."""
    DRIP = auto()
    """The right answer, a byte a second."""
    RESET = auto()
    """The connection is reset in the middle of the answer."""
    FLAP = auto()
    """Every second request ends in a reset without an answer, the first one of them too."""
    HTML = auto()
    """200 and a web page, as a router or a portal in the socket's place sends it."""
    EMPTY = auto()
    """200 and no body."""
    TRUNCATED = auto()
    """200 and a half of the JSON, with a Content-Length that fits it."""
    HUGE = auto()
    """200 and a body of 100 MB whose length is not announced."""
    BOMB = auto()
    """200 and 1 GB of zeros, compressed to 1 MB."""
    DEEP = auto()
    """200 and JSON that is nested 100,000 deep."""
    NOT_FOUND = auto()
    SERVER_ERROR = auto()
    DENIED = auto()
    """401, as with a password set."""
    REDIRECT_ELSEWHERE = auto()
    """302 to another host (127.0.0.2)."""
    OTHER_MAC = auto()
    """All is right, but it is another socket's answer."""
    NO_METERS = auto()
    """``meters`` and ``emeters`` are empty lists."""
    NULL_POWER = auto()
    STRING_POWER = auto()
    """The right number as a text."""
    NAN_POWER = auto()
    """``NaN``, which Python's JSON accepts."""


PARTLY_WELL = frozenset({Fault.FLAP, Fault.OTHER_MAC})
"""With these some polls succeed: every second one, those before it is known which socket it is."""
STRANGER = "E868E7BADBAD"
"""The MAC address of the other socket."""
METER_LISTS = ("meters", "emeters")


def damaged(status: Json, fault: Fault) -> Json:
    """The answer with the numbers a fault of the last group puts in; ``status`` stays as it is."""
    if fault is Fault.OTHER_MAC:
        return {**status, "mac": STRANGER}
    if fault is Fault.NO_METERS:
        return {key: [] if key in METER_LISTS else value for key, value in status.items()}
    return {
        key: [_with_power(meter, fault) for meter in value] if key in METER_LISTS else value
        for key, value in _with_power(status, fault, "total_power").items()
    }


def _with_power(meter: Mapping[str, Any], fault: Fault, key: str = "power") -> Json:
    if key not in meter:
        return dict(meter)
    values: dict[Fault, object] = {
        Fault.NULL_POWER: None,
        Fault.STRING_POWER: str(meter[key]),
        Fault.NAN_POWER: float("nan"),
    }
    return {**meter, key: values[fault]}
