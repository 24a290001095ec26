"""Work that cannot be interrupted, as a compiler's, in a thread of its own: whoever waits for it can be.

Python answers a signal between two of its own steps, and one call of a compiler takes seconds. So the work is done in
another thread, and the one that waits looks meanwhile whether it is still wanted. Work that is abandoned ends where it
next calls `raise_if_abandoned`; until then it uses the processor, and nothing of it is seen.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from .interrupts import ends_with, raise_if_nothing_to_keep, waits_first

__all__ = ["end_at_once", "raise_if_abandoned", "waited_for"]

EVERY = 0.02
"""Seconds between two looks whether the work is still wanted."""
WAITS = "asked to stop: what the best solution so far needs is still being compiled; a second Ctrl-C ends at once"
T = TypeVar("T")


class _Work(threading.Thread):
    """A thread that does one thing and keeps what came of it."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__(name="blocs-work")
        self._work = work
        self.ended, self.abandoned = threading.Event(), threading.Event()
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self._work()
        except BaseException as error:  # raised again where it is waited for
            self.error = error
        finally:
            self.ended.set()


def waited_for(work: Callable[[], T]) -> T:
    """Return `work()`, done in a thread of its own, which is abandoned where nobody wants its result any more.

    Parameters
    ----------
    work : callable
        It calls `raise_if_abandoned` now and then. What it calls itself through `waited_for` is done in its thread.

    Raises
    ------
    KeyboardInterrupt
        Where there is a request to stop, and nothing to keep.
    """
    if isinstance(threading.current_thread(), _Work):
        return work()
    thread = _Work(work)
    try:
        thread.start()
        ended = False
        while not ended:
            ended = thread.ended.wait(EVERY)
            raise_if_nothing_to_keep()
            if not ended and waits_first():
                logging.getLogger("blocs").error("%s", WAITS)
    except BaseException:
        thread.abandoned.set()
        raise
    if thread.error is not None:
        raise thread.error
    result: T = thread.result
    return result


def raise_if_abandoned() -> None:
    """Raise KeyboardInterrupt in work that nobody waits for any more."""
    thread = threading.current_thread()
    if isinstance(thread, _Work) and thread.abandoned.is_set():
        raise KeyboardInterrupt


def end_at_once(code: int) -> None:
    """End the process with an exit code, without waiting for abandoned work, which Python would do.

    What is registered for the end of the process is done before; a request to stop ends it where that takes long.
    """
    ends_with(code)
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody reads it any more
            stream.flush()
    os._exit(code)
