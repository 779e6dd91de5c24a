"""Why a socket could not be read, and what to do about it."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass

from source.errors import (
    BadPayload,
    DeviceDenied,
    DeviceError,
    DeviceUnreachable,
    HandlerFailed,
)
from source.text import shorten
from source.web.probing.identity import Identity
from source.web.probing.words import Said
from source.web.texts import N_

NO_WAY = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a test failed."""

    reason: Said
    hint: Said


def unreachable(err: BaseException | None, address: str, timeout_s: float) -> Failure:
    """From the error of a look-up, of connecting or of a request."""
    values = {"address": address, "seconds": f"{timeout_s:g}"}
    if isinstance(err, socket.gaierror | UnicodeError):
        return Failure(
            Said(N_("The name {address} is not known in this network."), values),
            Said(N_("Check how it is written, or enter the IP address; your router shows it.")),
        )
    if isinstance(err, TimeoutError):
        return Failure(
            Said(N_("{address} has not answered within {seconds} s."), values),
            Said(
                N_(
                    "Has the socket power, and is it in the network? Is the address still the"
                    " right one? A router may give another one after a restart."
                )
            ),
        )
    if isinstance(err, ConnectionRefusedError):
        return Failure(
            Said(N_("{address} refuses the connection."), values),
            Said(
                N_(
                    "A device is there, but no socket answers at this port. Check the address and"
                    " the port; a socket that is starting needs some seconds."
                )
            ),
        )
    if isinstance(err, OSError) and err.errno in NO_WAY:
        return Failure(
            Said(N_("There is no way to {address}."), values),
            Said(
                N_(
                    "Is this machine in the same network as the socket? A guest network often"
                    " keeps devices apart."
                )
            ),
        )
    if isinstance(err, ConnectionError):
        return Failure(
            Said(N_("{address} has broken the connection."), values),
            Said(N_("Try again; a socket serves few connections at once.")),
        )
    cause = shorten(getattr(err, "strerror", None) or str(err) or "?")
    return Failure(
        Said(N_("{address} can't be reached: {cause}"), {**values, "cause": cause}),
        Said(N_("Check the address and the network of this machine.")),
    )


def foreign(address: str) -> Failure:
    """An address outside of the home network."""
    return Failure(
        Said(N_("{address} is not in the home network; it is not tested."), {"address": address}),
        Said(
            N_(
                "Enter an address such as 192.168.178.20. Where it is meant, set"
                ' "test_any_address" in the settings of the page.'
            )
        ),
    )


def other_mac(found: str, expected: str) -> Failure:
    """Another socket answers than the one that is configured."""
    return Failure(
        Said(
            N_("Another socket answers: its MAC address is {found}, not {expected}."),
            {"found": spelled_mac(found), "expected": spelled_mac(expected)},
        ),
        Said(N_("Correct the address, or enter the MAC address of this socket.")),
    )


def without_type(identity: Identity | None) -> Failure:
    """A device of which it is not known what would read it."""
    if identity is None:
        return Failure(
            Said(N_("A device answers, but it does not say what it is.")),
            Said(N_("Choose its type; a device of another make needs one of your own.")),
        )
    return Failure(
        Said(N_("It is a {model}, which no type that is built in reads."), _named(identity)),
        Said(N_("Write a type for it in device_plugin.py; the manual has an example.")),
    )


def unread(
    err: DeviceError, type_name: str, identity: Identity | None, proposed: str | None, *, own: bool
) -> Failure:
    """From the error of a reading by the handler of ``type_name``, the user's ``own`` or not."""
    if isinstance(err, DeviceDenied):
        return Failure(
            Said(N_("The socket wants a user and a password.")),
            Said(
                N_(
                    "Switch the restricted login off in the socket's own page, or use a type of"
                    " your own that logs in."
                )
            ),
        )
    if isinstance(err, HandlerFailed):
        return Failure(
            Said(N_("The type {type} has failed: {error}"), _error(err, type_name)),
            Said(N_("Look into device_plugin.py, or ask who wrote it.")),
        )
    if isinstance(err, BadPayload) and not own:
        return _misread(err, type_name, identity, proposed)
    if isinstance(err, DeviceUnreachable):
        return Failure(
            Said(N_("The socket has broken off: {error}"), _error(err, type_name)),
            Said(N_("Try again; is its WLAN weak?")),
        )
    return Failure(
        Said(N_("The type {type} can't read the answer: {error}"), _error(err, type_name)),
        Said(N_("Is it the right type for this device?")),
    )


def _misread(
    err: DeviceError, type_name: str, identity: Identity | None, proposed: str | None
) -> Failure:
    if identity is None:
        return Failure(
            Said(N_("A device answers, but it is no Shelly.")),
            Said(N_("Check the address; is it that of another device, such as the router?")),
        )
    values = {**_named(identity), "type": type_name, "proposed": proposed or ""}
    if proposed is not None and proposed != type_name:
        return Failure(
            Said(N_("It is a {model}, which the type {type} does not read."), values),
            Said(N_("Choose the type {proposed}."), values),
        )
    if proposed is None:
        return without_type(identity)
    return Failure(
        Said(
            N_("It is a {model}, but its answer is not as expected: {error}"),
            {**values, "error": shorten(err)},
        ),
        Said(N_("Try again. Should it stay so, bring its firmware up to date.")),
    )


def spelled_mac(mac: str) -> str:
    """With colons."""
    return ":".join(mac[at : at + 2] for at in range(0, len(mac), 2))


def _named(identity: Identity) -> dict[str, object]:
    return {"model": identity.model or "Shelly"}


def _error(err: DeviceError, type_name: str) -> dict[str, object]:
    return {"type": type_name, "error": shorten(err)}
