"""Ctrl-C as a request: the first one asks long work to stop at the next clean point, the second one insists.

Outside long work Ctrl-C raises KeyboardInterrupt, as always. A library that is called back just then may swallow it, so
that the command line remembers that it was pressed, and asks.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["halting", "remembering", "stop_if_asked"]

_pressed = threading.Event()
_asked: list[threading.Event] = []  # of the long work that is under way: one, or none


@contextmanager
def halting() -> Iterator[threading.Event]:
    """Yield an event that the first Ctrl-C sets; outside the main thread signals are left alone.

    Inside another one it is the same event: work that is part of longer work stops with it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield threading.Event()
        return
    if _asked:
        yield _asked[0]
        return
    stop_if_asked()
    event, before = threading.Event(), signal.getsignal(signal.SIGINT)

    def ask(number: int, frame: FrameType | None) -> None:
        event.set()
        signal.signal(signal.SIGINT, before)

    _asked.append(event)
    signal.signal(signal.SIGINT, ask)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)
        _asked.clear()


@contextmanager
def remembering() -> Iterator[None]:
    """Remember a Ctrl-C that is pressed outside long work, until `stop_if_asked`."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def raise_it(number: int, frame: FrameType | None) -> None:
        _pressed.set()
        raise KeyboardInterrupt

    _pressed.clear()
    before = signal.signal(signal.SIGINT, raise_it)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        _pressed.clear()


def stop_if_asked() -> None:
    """Raise KeyboardInterrupt if Ctrl-C was pressed and nobody heeded it."""
    if _pressed.is_set():
        raise KeyboardInterrupt
