"""Requests to stop: the first one ends long work where its results are complete, the second one ends it at once.

Ctrl-C (SIGINT) is one everywhere. On the command line SIGTERM, which a scheduler sends, and SIGHUP, which the end of a
terminal sends, are requests too. Outside long work a request raises KeyboardInterrupt. A library that is running just
then may suppress the exception; therefore the command line remembers that there was a request, and checks.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any

__all__ = ["interruptible", "raise_if_interrupted", "remembering_requests"]

_REQUESTS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Signals that ask the command line to stop; Windows has no SIGHUP."""
_received: list[int] = []
"""All requests since the command line listens, the first one first."""
_outside = threading.Event()
"""Whether one came outside long work."""
_running: list[threading.Event] = []  # the event of the long work that is running: one, or none
_heard: list[tuple[int, ...]] = []  # the requests that the command line listens to, or nothing


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Yield an event that the first request to stop sets; a second one raises KeyboardInterrupt.

    Yields
    ------
    threading.Event
        Set when the work should stop. Inside another `interruptible` it is the same event, so that work which is part
        of longer work stops with it. Outside the main thread signals are not changed and nothing sets the event.

    Raises
    ------
    KeyboardInterrupt
        If there was a request before that was suppressed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield threading.Event()
        return
    if _running:
        yield _running[0]
        return
    raise_if_interrupted()
    event = threading.Event()
    with ExitStack() as handlers:

        def on_request(number: int, frame: FrameType | None) -> None:
            _received.append(number)
            event.set()
            handlers.close()  # the next request is no longer received here

        _running.append(event)
        try:
            for number in _heard[0] if _heard else (signal.SIGINT,):
                _handle(number, on_request, handlers)
            yield event
        finally:
            _running.clear()


@contextmanager
def remembering_requests() -> Iterator[list[int]]:
    """Listen to all requests to stop and remember them, so that `raise_if_interrupted` can raise one again.

    Yields
    ------
    list of int
        The signals that were received so far, the first one first. A signal that was ignored before, as SIGHUP is
        under `nohup`, stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield []
        return

    def raise_it(number: int, frame: FrameType | None) -> None:
        _received.append(number)
        _outside.set()
        raise KeyboardInterrupt

    _received.clear()
    _outside.clear()
    heard = tuple(
        number for number in _REQUESTS if number == signal.SIGINT or signal.getsignal(number) == signal.SIG_DFL
    )
    with ExitStack() as handlers:
        for number in heard:
            _handle(number, raise_it, handlers)
        _heard.append(heard)
        try:
            yield _received
        finally:
            _heard.clear()
            _outside.clear()


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt if there was a request to stop and the exception was suppressed."""
    if _outside.is_set():
        raise KeyboardInterrupt


def _handle(number: int, handler: Any, until: ExitStack) -> None:
    """Let `handler` receive a signal until the stack closes."""
    until.callback(signal.signal, number, signal.getsignal(number))
    signal.signal(number, handler)
