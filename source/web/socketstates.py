"""How each socket is now, in a word."""

from __future__ import annotations

from contextlib import closing

from source.errors import JournalError
from source.reports.overview import newest_of, run_of, silence, state_of
from source.web.context import Context

DISABLED, UNKNOWN = "disabled", "waiting"


def socket_states(context: Context) -> dict[str, str]:
    """By name, of the sockets that are in force; ``waiting`` where the journal can't be read."""
    configuration = context.configuration
    now_us = context.clock.now_us()
    states = {
        name: UNKNOWN if device.enabled else DISABLED
        for name, device in configuration.devices.items()
    }
    try:
        with closing(context.open_reader()) as reader:
            run = run_of(reader, now_us)
            for name, device in configuration.devices.items():
                if device.enabled:
                    newest = newest_of(reader, name, now_us)
                    quiet = silence(device, configuration.general, newest, run, now_us)
                    states[name] = state_of(newest, quiet)
    except JournalError:
        pass  # the status page tells it
    return states
