"""The demo's house: four sockets that anyone can try the program with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from source.simulator.box import Json
from source.simulator.curves import fridge, heat_pump_with_solar, television, washing_machine
from source.simulator.load_curve import LoadCurve
from source.simulator.server import SimulatorServer
from source.simulator.socket import Virtual3EM, VirtualPlugS, VirtualSocket

UPDATE_TIME_S = 10
OUTAGE_EVERY_S = 3 * 3600
OUTAGE_SHORTEST_S, OUTAGE_LONGEST_S = 4 * 60, 12 * 60
KNUTH_FACTOR = 2_654_435_761
"""Knuth's multiplicative hash: spreads neighbouring numbers over 32 bits."""


@dataclass(frozen=True, slots=True)
class HouseSocket:
    """One socket of the house."""

    name: str
    socket: VirtualSocket
    offline: Callable[[float], bool]
    """Whether the WLAN does not reach it at ``t_s`` (seconds since the epoch, UTC)."""

    @property
    def type_name(self) -> str:
        return self.socket.type_name


def demo_house(boot_s: float, utc_offset_s: float = 0.0) -> tuple[HouseSocket, ...]:
    """The four sockets, all booted at ``boot_s``; people live by the clock at ``utc_offset_s``."""
    return tuple(demo_socket(name, boot_s, utc_offset_s) for name in NAMES)


def demo_socket(name: str, boot_s: float, utc_offset_s: float = 0.0) -> HouseSocket:
    """One of the four, by its name in ``NAMES``: to build the curves of all takes half a second."""
    if name == HEAT_PUMP:
        phases = heat_pump_with_solar(utc_offset_s)
        heating = Virtual3EM(phases, boot_s, mac="C45BBE79A142", utc_offset_s=utc_offset_s)
        return HouseSocket(name, heating, never)
    curve, mac, offline = PLUGS[name]
    plug = VirtualPlugS(curve(utc_offset_s), boot_s, mac=mac, utc_offset_s=utc_offset_s)
    return HouseSocket(name, plug, offline)


def never(t_s: float) -> bool:  # noqa: ARG001  (the shape of HouseSocket.offline)
    """Always within reach."""
    return False


def now_and_then(t_s: float) -> bool:
    """Off-line once in three hours, for 4 to 12 minutes at a time."""
    number, second = divmod(t_s, OUTAGE_EVERY_S)
    chance = int(number) * KNUTH_FACTOR % 2**32
    length_s = OUTAGE_SHORTEST_S + (chance >> 20) % (OUTAGE_LONGEST_S - OUTAGE_SHORTEST_S + 1)
    begin_s = (chance >> 10) % (OUTAGE_EVERY_S - OUTAGE_LONGEST_S)
    return begin_s <= second < begin_s + length_s


HEAT_PUMP = "Heat pump"
PLUGS: Mapping[str, tuple[Callable[[float], LoadCurve], str, Callable[[float], bool]]] = {
    "Washing machine": (washing_machine, "E868E7F3A021", never),
    "Fridge": (fridge, "E868E7F3A022", never),
    "Television": (television, "E868E7F3A023", now_and_then),
}
"""Curve, MAC address and times off-line of each Plug S."""
NAMES = ("Washing machine", "Fridge", HEAT_PUMP, "Television")


def serve(server: SimulatorServer, house: Sequence[HouseSocket]) -> dict[str, str]:
    """Serve each socket, unreachable at its times; gives name → ``127.0.0.1:PORT``."""
    return {entry.name: server.add(entry.socket, offline=entry.offline) for entry in house}


def devices_json(house: Sequence[HouseSocket], addresses: Mapping[str, str]) -> dict[str, Json]:
    """What stands in devices.json for the sockets that are served at ``addresses``."""
    return {
        entry.name: {
            "type": entry.type_name,
            "ip": addresses[entry.name],
            "update_time": UPDATE_TIME_S,
            "cost_calc_day": True,
            "cost_calc_month": "01",
            "cost_calc_year": "01.01",
        }
        for entry in house
    }
