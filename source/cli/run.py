"""Command ``run``: the daemon, its log and the signals that end it."""

from __future__ import annotations

import logging
import os
import signal
import threading
from pathlib import Path
from queue import SimpleQueue
from types import FrameType
from urllib.parse import quote

import click

from source.app import Daemon, prepare
from source.cli.options import files_option
from source.config.models import Configuration
from source.errors import JournalError
from source.logsetup import LOG_FILE, set_up

logger = logging.getLogger(__name__)

SECRET_WORDS = ("password", "passwort", "passwd", "token", "secret", "api_key", "apikey")
ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT") if hasattr(signal, name))


@click.command()
@files_option
def run(files: Path | None) -> int:
    """Poll the sockets until SIGTERM or Ctrl-C (the default)."""
    stopping = threading.Event()
    # First of all: as process 1 of a container a signal that nobody listens for is lost.
    Signals(stopping).listen()
    configuration, registry, plugin_errors = prepare(os.environ, files)
    set_up_log(configuration)
    for error in plugin_errors:
        logger.error("plugin: %s", error)
    daemon = Daemon(configuration=configuration, registry=registry, stopping=stopping)
    try:
        daemon.run()
    except JournalError as err:
        logger.error("%s", err)  # noqa: TRY400 (the message says it all)
        return 1
    return 0


def set_up_log(configuration: Configuration) -> None:
    """Start the log that the configuration asks for; the database's password is blanked in it."""
    general = configuration.general
    set_up(
        general.log_level,
        log_file=configuration.files / LOG_FILE if general.log_file else None,
        secrets=secrets_of(configuration),
    )


def secrets_of(configuration: Configuration) -> list[str]:
    """What must not stand in a log: the database's password, and what plugins' keys call secret."""
    database = configuration.database
    secrets = [] if database is None else [database.password.get_secret_value()]
    for device in configuration.devices.values():
        for key, value in device.settings.items():
            if isinstance(value, str) and any(word in key.lower() for word in SECRET_WORDS):
                secrets += [value, quote(value)]
    return secrets


class Signals:
    """Turns the signals that end a process into the event that stops the daemon."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._received: SimpleQueue[int] = SimpleQueue()

    def listen(self) -> None:
        """Install the handlers; from the main thread only. Works as process 1 of a container."""
        threading.Thread(target=self._obey, name="signals", daemon=True).start()
        for number in ENDING:
            signal.signal(number, self._receive)
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, self._receive)

    def _receive(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        # Neither the event nor the log is touched here: the signal may have interrupted the main
        # thread while it holds their locks, and would wait for itself. This put is reentrant.
        self._received.put(number)
        if number == signal.SIGINT:
            # The second Ctrl-C ends the program at once.
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _obey(self) -> None:
        while True:
            number = self._received.get()
            name = signal.Signals(number).name
            if number in ENDING:
                logger.info("%s: stopping", name)
                self._stopping.set()
            else:
                logger.info("%s: ignored; restart the program to read its files again", name)
