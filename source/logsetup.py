"""Where log lines go: standard error and ``main.log`` in the files folder, secrets blanked."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from collections.abc import Sequence
from pathlib import Path

LOG_FILE = "main.log"
LOG_BYTES = 1_000_000
LOG_FILES = 5
FORMAT = "%(asctime)s %(levelname)-8s %(message)s"
DATE_FORMAT = "%Y-%m-%d %H:%M:%S"
BLANK = "***"


class BlankingFormatter(logging.Formatter):
    """Formats a record, then blanks every secret wherever it stands, tracebacks included."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__(FORMAT, DATE_FORMAT)
        # The longest first, so that a secret that contains another one leaves nothing behind.
        self._secrets = sorted((secret for secret in secrets if secret), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, BLANK)
        return text


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
