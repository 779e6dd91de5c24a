"""Fills the journal with the past of the demo's house, as fast as the machine can.

Where there is much to compute, each socket's past is computed in a process of its own, while this
one writes the journal.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import zip_longest
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from source.cli.history import CHUNK_POLLS, Home, Past, history, send_history
from source.journal.prepared import Prepared
from source.journal.store import Journal

WORTH_A_PROCESS = 2 * CHUNK_POLLS
"""For fewer polls the start of a process takes longer than the work."""
END_S = 5.0


def fill(
    journal: Journal,
    home: Home,
    pasts: Sequence[Past],
    stopping: threading.Event,
    filled: Callable[[int], None],
) -> None:
    """Store the polls of all sockets, interleaved half a day by half a day.

    ``journal`` is open and its thread does not run. ``filled`` is told how many points each
    transaction stored. Returns early when ``stopping`` is set; what is stored then is whole, and
    another call can go on after it. Raises JournalError.
    """
    with ExitStack() as stack:
        sources = [stack.enter_context(_source(home, past)) for past in pasts]
        for chunks in zip_longest(*sources):
            if stopping.is_set():
                return
            present = [chunk for chunk in chunks if chunk is not None]
            journal.load(present)
            filled(sum(len(chunk.rows) for chunk in present))


@contextmanager
def _source(home: Home, past: Past) -> Iterator[Iterator[Prepared]]:
    if past.count < WORTH_A_PROCESS:
        yield history(home.socket(past.name), past)
        return
    # The same start on every system, and one that is safe beside the simulator's thread.
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=send_history, args=(past, home, sending), daemon=True)
    with _deaf_to_ctrl_c():
        process.start()
    sending.close()
    try:
        yield _received(receiving, process, past.name)
    finally:
        receiving.close()
        process.join(END_S)
        process.terminate()


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """What is started inside inherits it: the terminal sends Ctrl-C to the children too."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _received(receiving: Connection, process: BaseProcess, name: str) -> Iterator[Prepared]:
    while True:
        try:
            prepared: Prepared = receiving.recv()
        except EOFError:
            break
        yield prepared
    process.join()
    if process.exitcode:
        raise ChildProcessError(f"the past of {name} ended early, exit code {process.exitcode}")
