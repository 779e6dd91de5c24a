"""The editor of the configuration's files, and how an edit is put in force."""

from __future__ import annotations

import time

from source.config.editing import Editor, Known
from source.setup import ROOT
from source.web.context import Context

LOOK_S = 0.05


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
