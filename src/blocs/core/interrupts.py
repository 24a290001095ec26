"""Ctrl-C: the first one ends long work where its results are complete, the second one ends it at once.

Outside long work Ctrl-C raises KeyboardInterrupt, as always. A library that is running just then may suppress the
exception; therefore the command line remembers that Ctrl-C was pressed, and checks.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["interruptible", "raise_if_interrupted", "remembering_ctrl_c"]

_pressed = threading.Event()
_running: list[threading.Event] = []  # the event of the long work that is running: one, or none


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Yield an event that the first Ctrl-C sets; a second Ctrl-C raises KeyboardInterrupt.

    Yields
    ------
    threading.Event
        Set when the work should stop. Inside another `interruptible` it is the same event, so that work which is part
        of longer work stops with it. Outside the main thread signals are not changed and nothing sets the event.

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
    raise_if_interrupted()
    event, before = threading.Event(), signal.getsignal(signal.SIGINT)

    def on_ctrl_c(number: int, frame: FrameType | None) -> None:
        event.set()
        signal.signal(signal.SIGINT, before)

    _running.append(event)
    signal.signal(signal.SIGINT, on_ctrl_c)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)
        _running.clear()


@contextmanager
def remembering_ctrl_c() -> Iterator[None]:
    """Remember a Ctrl-C that is pressed outside long work, so that `raise_if_interrupted` can raise it again."""
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


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt if Ctrl-C was pressed and the exception was suppressed."""
    if _pressed.is_set():
        raise KeyboardInterrupt
