"""Where log lines go: standard error and ``main.log`` in the files folder, secrets blanked."""

from __future__ import annotations

import logging
import logging.handlers
import re
import sys
from collections.abc import Sequence
from pathlib import Path

LOG_FILE = "main.log"
LOG_BYTES = 1_000_000
LOG_FILES = 5
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

    ``log_file`` None means no file. A file that can't be written is said on standard error and
    does not stop the program.
    """
    root = logging.getLogger()
    for handler in root.handlers[:]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level.upper())
    # The HTTP libraries of the sinks log each failed try themselves; the sink's state says it once.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    logging.getLogger("schedule").setLevel(logging.WARNING)
    formatter = BlankingFormatter(secrets)
    if console:
        _add(root, logging.StreamHandler(sys.stderr), formatter)
    if log_file is None:
        return
    try:
        file_handler = logging.handlers.RotatingFileHandler(
            log_file, maxBytes=LOG_BYTES, backupCount=LOG_FILES - 1, encoding="utf-8"
        )
    except OSError as err:
        root.warning("%s can't be written, the log goes to standard error only: %s", log_file, err)
        return
    _add(root, file_handler, formatter)


def _add(root: logging.Logger, handler: logging.Handler, formatter: logging.Formatter) -> None:
    handler.setFormatter(formatter)
    root.addHandler(handler)
