"""Endpoints: the sockets of devices.json, the forms for them, and the test of one.

Beyond the contract: ``other_names`` of a field, ``like`` of a new socket and ``device`` of a test
(where hidden secrets come from). A socket's removal answers before its data are gone where they are
many: they are deleted in the same request, in slices.
"""

from __future__ import annotations

import threading
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from source.config.editing import Editor
from source.config.labels import SOCKET
from source.config.shapes import DEVICE_NAMES
from source.errors import JournalError
from source.web.api.formmodels import Forms, forms
from source.web.api.socketmodels import (
    ChangedSocket,
    NewSocket,
    SocketList,
    SocketState,
    SocketType,
    Tested,
    TestResult,
)
from source.web.applying import editor_of
from source.web.asked import NO_SOCKET
from source.web.asking import context_of
from source.web.context import Context
from source.web.errors import ApiError
from source.web.probing.candidates import candidate
from source.web.probing.results import result_of
from source.web.probing.sockets import AddressRefused, probe
from source.web.saving import Saved, save
from source.web.socketstates import UNKNOWN, socket_states
from source.web.texts import N_, language_of, translator

MOST_TESTS = 3
"""At once: the threads that answer are needed for other things too."""
TAKEN = N_("There is a socket of this name already; take another name.")
BUSY = N_("Other tests are running; try again in a moment.")
KEPT = N_("The data are still there: the change is not in force yet. Delete them later.")
NOT_DELETED = N_("The data could not be deleted; try it again.")
FORM_KEYS = frozenset({key.partition(".")[0] for key in SOCKET} | set(DEVICE_NAMES))

Device = Annotated[str, Query()]
Revision = Annotated[str | None, Query()]


def router(context: Context) -> APIRouter:  # noqa: ARG001 (the shape of all routers)
    area = APIRouter(tags=["sockets"])
    area.get("/forms")(all_forms)
    area.get("/sockets")(all_sockets)
    area.post("/socket")(add_socket)
    area.put("/socket")(change_socket)
    area.delete("/socket")(remove_socket)
    area.post("/socket/test")(_Tester().test_socket)
    return area


def all_forms(request: Request) -> Forms:
    """Every key that the page can set: its label, kind, unit, range and default."""
    context = context_of(request)
    setup = context.setup()
    translate = translator(language_of(request, context.configuration))
    known = {"socket.type": setup.registry.names(), "dynamic.provider": setup.tariffs.names()}
    return forms(translate, context.configuration.general.currency, known)


def all_sockets(request: Request) -> SocketList:
    """The entries of devices.json, in the order of the file."""
    context = context_of(request)
    editor, setup = editor_of(context), context.setup()
    states = socket_states(context)
    registry = setup.registry
    return SocketList(
        revision=editor.revision(),
        sockets=[
            _socket(name, entry, states.get(name, UNKNOWN))
            for name, entry in editor.sockets().items()
        ],
        types=[_type(name, built_in=registry.is_built_in(name)) for name in registry.names()],
        plugin_errors=[str(error) for error in setup.plugin_errors],
    )


def add_socket(request: Request, body: NewSocket) -> Saved:
    """A new socket, at the end of the file."""
    context = context_of(request)
    if body.name in editor_of(context).sockets():
        raise ApiError(422, "invalid", TAKEN)
    return save(
        request,
        lambda editor: editor.add(body.name, body.entry, body.revision, body.like),
        [body.name],
    )


def change_socket(request: Request, device: Device, body: ChangedSocket) -> Saved:
    """The whole entry of a socket, under another name if there is one."""
    context = context_of(request)
    name = device if body.rename_to is None else body.rename_to
    _check_names(editor_of(context), device, name)
    return save(
        request,
        lambda editor: editor.set_socket(device, body.entry, body.revision, body.rename_to),
        [name],
    )


def remove_socket(
    request: Request,
    device: Device,
    revision: Revision = None,
    data: Literal["keep", "delete"] = "keep",
) -> Saved:
    """Remove a socket; what the journal has of it stays, or is deleted for good."""
    context = context_of(request)
    _check_names(editor_of(context), device, device)
    saved = save(request, lambda editor: editor.remove(device, revision), [device])
    if data == "keep":
        return saved
    translate = translator(language_of(request, context.configuration))
    if not saved.applied or device in context.configuration.devices:
        saved.warnings.append(translate(KEPT))
        return saved
    try:
        context.journal.forget(device)
    except JournalError:
        saved.warnings.append(translate(NOT_DELETED))
    return saved


class _Tester:
    """Asks a few sockets at once."""

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(MOST_TESTS)

    def test_socket(self, request: Request, body: Tested) -> TestResult:
        """Ask the socket of an entry now; takes some seconds where it does not answer."""
        if not self._free.acquire(blocking=False):
            raise ApiError(429, "too_many", BUSY, headers={"Retry-After": "5"})
        try:
            return _tested(request, body)
        finally:
            self._free.release()


def _tested(request: Request, body: Tested) -> TestResult:
    context = context_of(request)
    setup = context.setup()
    translate = translator(language_of(request, context.configuration))
    stored = setup.configuration.devices.get(body.device or "")
    found = candidate(body.entry, None if stored is None else stored.settings, setup)
    try:
        probed = probe(
            found.device,
            setup.registry,
            has_type=found.has_type,
            any_address=setup.configuration.web.test_any_address,
        )
    except AddressRefused as err:
        reason, hint = err.failure.reason.told(translate), err.failure.hint.told(translate)
        raise ApiError(422, "invalid", reason, found.at_ip(reason), hint=hint) from err
    return result_of(probed, translate)


def _check_names(editor: Editor, device: str, new_name: str) -> None:
    names = editor.sockets()
    if device not in names:
        raise ApiError(404, "not_found", NO_SOCKET)
    if new_name != device and new_name in names:
        raise ApiError(422, "invalid", TAKEN)


def _socket(name: str, entry: object, state: str) -> SocketState:
    entries: dict[str, Any] = entry if isinstance(entry, dict) else {}
    other = {key: value for key, value in entries.items() if key not in FORM_KEYS}
    return SocketState(name=name, entry=entries, other=other, state=state)


def _type(name: str, *, built_in: bool) -> SocketType:
    vendor, _, model = name.partition(":")
    return SocketType(
        name=name,
        built_in=built_in,
        vendor=vendor.capitalize() if model else "",
        model=model or vendor,
    )
