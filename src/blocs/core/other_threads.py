"""Long work in threads other than the main one: no request to stop reaches it, but the end of the process does.

A pool of threads that such work has begun is waited for when Python ends, until its work is done, which may take hours.
"""

from __future__ import annotations

import atexit
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

__all__ = ["until_the_process_ends"]

_running: dict[threading.Event, threading.Thread] = {}
"""The event of each long work, and the thread that does it."""


@contextmanager
def until_the_process_ends() -> Iterator[threading.Event]:
    """Yield an event that is set where Python ends and should not wait for the work of this thread.

    It should not for a daemon thread, as Python itself does not, nor for any where an interrupt has ended the main
    thread. A thread that is no daemon is waited for where the main thread has come to its last line.
    """
    _listen_for_the_end()
    event = threading.Event()
    _running[event] = threading.current_thread()
    try:
        yield event
    finally:
        del _running[event]


@cache
def _listen_for_the_end() -> None:
    """Be called, once in a process, when Python ends, before the pools of threads are waited for.

    `atexit` alone is too late, and there is no other public name for it. The last that is registered is called first.
    """
    import concurrent.futures.thread  # noqa: F401  what waits for the pools

    with suppress(RuntimeError):  # it is ending already
        getattr(threading, "_register_atexit", atexit.register)(_end)


def _end() -> None:
    interrupted = getattr(sys, "last_type", None) is KeyboardInterrupt
    for event, thread in list(_running.items()):
        if thread.daemon or interrupted:
            event.set()
