"""Ctrl-C: the first one asks long work to stop where its results are complete, the second one stops it at once.

Outside long work Ctrl-C raises KeyboardInterrupt, as always. A library that is running just then may suppress the
exception; therefore the command line remembers that Ctrl-C was pressed, and checks.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["halting", "remembering", "stop_if_asked"]

_pressed = threading.Event()
_running: list[threading.Event] = []  # the event of the long work that is running: one, or none


@contextmanager
def halting() -> Iterator[threading.Event]:
    """Yield an event that the first Ctrl-C sets; a second Ctrl-C raises KeyboardInterrupt.

    Yields
    ------
    threading.Event
        Set when the work should stop. Inside another `halting` it is the same event, so that work which is part of
        longer work stops with it. Outside the main thread signals are not changed and nothing sets the event.

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C was pressed before and suppressed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield threading.Event()
        return
    if _running:
        yield _running[0]
        return
    stop_if_asked()
    event, before = threading.Event(), signal.getsignal(signal.SIGINT)

    def ask(number: int, frame: FrameType | None) -> None:
        event.set()
        signal.signal(signal.SIGINT, before)

    _running.append(event)
    signal.signal(signal.SIGINT, ask)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)
        _running.clear()


@contextmanager
def remembering() -> Iterator[None]:
    """Remember a Ctrl-C that is pressed outside long work, so that `stop_if_asked` can raise it again."""
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
    """Raise KeyboardInterrupt if Ctrl-C was pressed and the exception was suppressed."""
    if _pressed.is_set():
        raise KeyboardInterrupt
