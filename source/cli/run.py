"""Command ``run``: the daemon, its log and the signals that end it."""

from __future__ import annotations

import logging
import os
import threading
from functools import partial
from pathlib import Path

import click

from source.app import Daemon
from source.cli.options import files_option
from source.cli.signals import Signals
from source.config.folder import files_folder
from source.config.models import Configuration
from source.config.secrets import secrets_of
from source.errors import ConfigError, JournalError, JournalInUse
from source.logsetup import LOG_FILE, flush, set_up
from source.memory import share_arenas
from source.openfiles import raise_limit, shortage
from source.prints import into_log
from source.reload import Reload
from source.setup import ROOT, enabled_in, prepare
from source.systemd import Notifier

logger = logging.getLogger(__name__)

WELL, FAILED, REFUSED, INTERRUPTED = 0, 1, 2, 130
START_STOP_S, STOP_S, LEFT_S = 1.0, 9.6, 1.0
"""How long a stop may take: while there is nothing to commit yet; later, below Docker's ten
seconds; and in the end, for what plugins have left running."""


@click.command()
@files_option
def run(files: Path | None) -> int:
    """Poll the sockets until SIGTERM or Ctrl-C (the default)."""
    stopping = threading.Event()
    # First of all: as process 1 of a container a signal that nobody listens for is lost.
    signals = Signals(stopping)
    signals.limit_stop(START_STOP_S, WELL)
    signals.listen()
    share_arenas()
    set_up("info", log_file=None)  # what is said before the configuration is read
    code = FAILED
    try:
        with into_log():
            code = _run(files, stopping, signals)
    except ConfigError:
        code = REFUSED
        raise
    except KeyboardInterrupt:
        code = INTERRUPTED
        raise
    finally:
        flush(LEFT_S / 2)
        signals.end_within(LEFT_S, code)
    return code


def _run(files: Path | None, stopping: threading.Event, signals: Signals) -> int:
    """The exit code, after the daemon's whole life."""
    folder = files_folder(os.environ, files, ROOT)
    reload = Reload(folder=folder, prepare=partial(prepare, os.environ, folder))
    setup = reload.first()
    apply(setup.configuration)
    signals.limit_stop(STOP_S, FAILED)
    if stopping.is_set():
        return WELL
    for error in setup.plugin_errors:
        logger.error("plugin: %s", error)
    daemon = Daemon(
        setup=setup,
        reload=reload,
        stopping=stopping,
        notifier=Notifier.from_environ(os.environ),
        applied=apply,
    )
    signals.on_hang_up = reload.ask
    try:
        daemon.run()
    except JournalError as err:
        # Whatever the level of the log is: it is the reason of the end.
        logger.critical("%s", err)
        return REFUSED if isinstance(err, JournalInUse) else FAILED
    return FAILED if daemon.lost else WELL


def apply(configuration: Configuration) -> None:
    """What a configuration asks of the process: its log, and that enough files may be open."""
    set_up_log(configuration)
    if lack := shortage(len(enabled_in(configuration)), raise_limit()):
        logger.warning("%s", lack)


def set_up_log(configuration: Configuration) -> None:
    """Start the log that the configuration asks for; the database's password is blanked in it."""
    general = configuration.general
    set_up(
        general.log_level,
        log_file=configuration.files / LOG_FILE if general.log_file else None,
        secrets=secrets_of(configuration),
    )
