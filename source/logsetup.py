"""Where log lines go: standard error and ``main.log`` in the files folder, secrets blanked."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from source.logqueue import QueuedHandler, Target
from source.logtargets import Console, LogFile

LOG_FILE = "main.log"
FLUSH_S = 1.0
HEAD = "%(asctime)s %(levelname)-8s "
DATE_FORMAT = "%Y-%m-%d %H:%M:%S"
BLANK = "***"
SHORT = 8
"""Characters of a secret from which on it is blanked wherever it stands, inside words too."""
SHORTEST = 4
"""Characters of a secret from which on it is blanked at all."""


def pattern_of(secret: str) -> str:
    """The regular expression of the places at which a secret is blanked; "" for none at all.

    Nothing of this program logs a password: blanking is for the texts of libraries and servers.
    A short one is a word or a number of our own messages as well ("isdl", "2026"). Blanked there,
    it would spoil them, and tell the secret to everybody who knows how they read. So it counts only
    where a value stands: in quotes, behind = or "password:", and between : and @ in an address. One
    of less than four characters hides from nobody, and is in every line.
    """
    if len(secret) < SHORTEST:
        return ""
    text = re.escape(secret)
    if len(secret) >= SHORT:
        return text
    return (
        rf"(?<=['\"]){text}(?=['\"])|(?<==){text}(?![\w.-])"
        rf"|(?<=password: ){text}(?![\w.-])|(?<=:){text}(?=@)"
    )


class BlankingFormatter(logging.Formatter):
    """Formats a record and blanks the secrets in it, tracebacks included.

    Time stamp and level stay as they are: they hold none.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__(f"{HEAD}%(message)s", DATE_FORMAT)
        # The longest first, so that a secret that contains another one leaves nothing behind.
        patterns = map(pattern_of, sorted(secrets, key=len, reverse=True))
        self._secrets = [re.compile(pattern) for pattern in patterns if pattern]

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        head = HEAD % vars(record)
        told = text[len(head) :]
        for secret in self._secrets:
            told = secret.sub(BLANK, told)
        return head + told


def set_up(
    level: str, *, log_file: Path | None, secrets: Sequence[str] = (), console: bool = True
) -> None:
    """Send the program's log to standard error and, where wanted, to a rotating file.

    ``log_file`` None means no file. Can be called again while the program runs: what goes to the
    same place as before goes on without a gap. Nobody who logs waits for either place; one that
    can't be written is said in the other one, and tried again each minute.
    """
    root = logging.getLogger()
    root.setLevel(level.upper())
    # The HTTP libraries of the sinks log each failed try themselves; the sink's state says it once.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    logging.getLogger("schedule").setLevel(logging.WARNING)
    formatter = BlankingFormatter(secrets)
    targets: list[Target] = []
    stream = standard_error()
    if console and stream is not None:
        targets.append(Console(stream))
    if log_file is not None:
        targets.append(LogFile(log_file))
    known = {handler.target.place: handler for handler in _handlers()}
    for target in targets:
        handler = known.pop(target.place, None)
        if handler is None:
            _add(root, QueuedHandler(target), formatter)
        else:
            target.close()
            handler.setFormatter(formatter)
    for surplus in known.values():
        root.removeHandler(surplus)
        surplus.close()


def standard_error() -> TextIO | None:
    """The terminal or pipe, also while what is printed goes into the log; None where there is none
    at all."""
    stream: TextIO | None = getattr(sys.stderr, "in_place_of", sys.stderr)
    return stream


def logs_to_console() -> bool:
    """Whether what is logged is seen on standard error."""
    return any(isinstance(handler.target, Console) for handler in _handlers())


def flush(timeout_s: float = FLUSH_S) -> bool:
    """Wait until the lines logged so far are written; False where that takes too long."""
    deadline = time.monotonic() + timeout_s
    return all(
        handler.wait_until_written(max(0.0, deadline - time.monotonic())) for handler in _handlers()
    )


def _handlers() -> list[QueuedHandler]:
    return [one for one in logging.getLogger().handlers if isinstance(one, QueuedHandler)]


def _add(root: logging.Logger, handler: QueuedHandler, formatter: logging.Formatter) -> None:
    handler.setFormatter(formatter)
    handler.start()
    root.addHandler(handler)
