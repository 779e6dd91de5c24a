"""The editor of the configuration's files, and what follows an edit: it is put in force, or told
why it can't."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from source.config.editing import Editor, Known
from source.errors import EditConflict, EditFailed, EditMissing, EditRefused
from source.setup import ROOT
from source.web.api.errors import ApiError
from source.web.context import Context
from source.web.texts import N_

LOOK_S = 0.05
CONFLICT = N_("Somebody else has changed the configuration meanwhile.")


def editor_of(context: Context) -> Editor:
    """An editor of the context's folder; all of them wait for each other."""

    def known() -> Known:
        setup = context.setup()
        return Known(setup.registry.names(), not setup.plugin_errors, setup.tariffs.names())

    return Editor(
        folder=context.files,
        environ=context.setup().environ,
        root=ROOT,
        known=known,
        now_us=context.clock.now_us,
        lock=context.editing,
    )


def applied(context: Context, timeout_s: float = 5.0) -> bool:
    """Have the files read; whether what they say is in force now.

    It is not where they were refused, or where it takes longer than that. Blocks: for endpoints
    that run in a thread.
    """
    wanted = context.apply()
    if wanted is None:
        return False
    deadline_s = time.monotonic() + timeout_s
    while context.setup().number < wanted.number:
        if time.monotonic() >= deadline_s:
            return False
        time.sleep(LOOK_S)
    return True


@contextmanager
def told() -> Iterator[None]:
    """Around an edit: what stops it becomes an error of the API. ConfigError is one already."""
    try:
        yield
    except EditConflict as err:
        raise ApiError(
            409,
            "conflict",
            CONFLICT,
            current=err.current,
            yours=err.yours,
            difference=err.difference,
            revision=err.revision,
        ) from None
    except EditMissing as err:
        raise ApiError(404, "not_found", str(err)) from None
    except EditRefused as err:
        raise ApiError(422, "invalid", str(err)) from None
    except EditFailed as err:
        raise ApiError(503, "unavailable", str(err)) from None
