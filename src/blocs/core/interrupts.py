"""Requests to stop: the first one ends long work where its results are complete, the second one ends it at once.

Ctrl-C (SIGINT) is one everywhere. On the command line SIGTERM, which a scheduler sends, and SIGHUP, which the end of a
terminal sends, are requests too. Outside long work a request raises KeyboardInterrupt. A library that is running just
then may suppress the exception; therefore the command line remembers that there was a request, and checks. Requests
that follow another within a second are the same one: a terminal and a scheduler may both send it, and what is being
tidied up then is to be finished. While a module is imported a request waits: libraries end the process where an
exception meets them there. It also waits while a function runs that must not be left half way (`undisturbed`).

Kernels are compiled for ten seconds and more before the first result. Whoever asks to stop then gets nothing from
waiting: while long work has nothing to keep, a request ends compilation with KeyboardInterrupt (see `abandonable`).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import CodeType, FrameType
from typing import Any, NamedTuple, TypeVar

from .other_threads import until_the_process_ends

__all__ = [
    "asked_to_stop", "ends_with", "first_request", "interruptible", "keeping", "nothing_to_stop",
    "raise_if_interrupted", "raise_if_nothing_to_keep", "remembering_requests", "something_to_keep", "undisturbed",
    "waits_first",
]  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])
_REQUESTS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Signals that ask the command line to stop; Windows has no SIGHUP."""
SAME = 1.0
"""Seconds in which requests are one."""
WAIT = 0.02
"""Seconds after which a request that has to wait is tried again."""
TIDYING = 2.0
"""Seconds after its work in which a process takes no notice of requests; a later one ends it."""
IMPORTS = "_find_and_load"
"""Function of Python that imports a module."""
_UNDISTURBED: set[CodeType] = set()
"""The code of functions in which a request waits."""
_received: list[int] = []
"""All requests since the command line listens, the first one first."""
_outside = threading.Event()
"""Whether one came outside long work."""
_kept = threading.Event()
"""Whether the long work that is running has something to keep."""
_over = threading.Event()
"""Whether the command has done its work, so that there is nothing to stop."""
_waits = threading.Event()
"""Whether `waits_first` has been True in the long work that is running."""
_ending: list[_Ending] = []  # where the process only tidies up
_last: list[float] = []  # when the last request came, or nothing
_running: list[threading.Event] = []  # the event of the long work that is running: one, or none
_heard: list[tuple[int, ...]] = []  # the requests that the command line listens to, or nothing


class _Ending(NamedTuple):
    """Until when a process whose work is done takes no notice of requests, and its exit code."""

    until: float
    code: int


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Yield an event that the first request to stop sets; a second one raises KeyboardInterrupt.

    Yields
    ------
    threading.Event
        Set when the work should stop. Inside another `interruptible` it is the same event, so that work which is part
        of longer work stops with it. Outside the main thread signals are not changed and only the end of the process
        sets it (see `other_threads`).

    Raises
    ------
    KeyboardInterrupt
        If there was a request before that was suppressed, or where one comes while kernels are compiled and there is
        nothing to keep.
    """
    if threading.current_thread() is not threading.main_thread():
        with until_the_process_ends() as event:
            yield event
        return
    if _running:
        yield _running[0]
        return
    raise_if_interrupted()
    event = threading.Event()
    _kept.clear()
    _waits.clear()
    with ExitStack() as handlers:

        def on_request(number: int, frame: FrameType | None) -> None:
            _remember(number)
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
def remembering_requests(last: bool = False) -> Iterator[list[int]]:
    """Listen to all requests to stop and remember them, so that `raise_if_interrupted` can raise one again.

    Parameters
    ----------
    last : bool
        Whether the process ends afterwards, by `end_at_once`: nothing is to be stopped from then on.

    Yields
    ------
    list of int
        The signals that were received so far, the first one first; of an outer `remembering_requests` where there is
        one. A signal that was ignored before, as SIGHUP is under `nohup`, stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield []
        return
    if _heard:
        yield _received
        return

    def raise_it(number: int, frame: FrameType | None) -> None:
        if _ending and time.monotonic() > _ending[0].until:
            os._exit(_ending[0].code)
        if _over.is_set() or (_last and time.monotonic() - _last[0] < SAME):
            return
        _remember(number)
        raise_or_wait(number, frame)

    def raise_or_wait(number: int, frame: FrameType | None) -> None:
        if _over.is_set():
            return
        _outside.set()
        if _has_to_wait(frame) and hasattr(signal, "setitimer"):
            signal.signal(signal.SIGALRM, raise_or_wait)
            signal.setitimer(signal.ITIMER_REAL, WAIT)
        else:
            raise KeyboardInterrupt

    _forget()
    heard = tuple(
        number for number in _REQUESTS if number == signal.SIGINT or signal.getsignal(number) == signal.SIG_DFL
    )
    with ExitStack() as handlers:
        for number in heard:
            _handle(number, raise_it, handlers)
        if hasattr(signal, "setitimer"):
            _handle(signal.SIGALRM, signal.getsignal(signal.SIGALRM), handlers)
            handlers.callback(signal.setitimer, signal.ITIMER_REAL, 0)
        _heard.append(heard)
        handlers.enter_context(_without_traces())
        try:
            yield _received
        finally:
            _heard.clear()
            _outside.clear()
            if last:
                _over.set()
                handlers.pop_all()  # they listen until the process ends


def nothing_to_stop() -> None:
    """Take no notice of further requests: the command has done its work, or the one that was received is answered."""
    _over.set()


def ends_with(code: int) -> None:
    """Let what is registered for the end of the process tidy up, and a request end the process if that takes long.

    What is to be disconnected, as a cluster, may wait for what never answers.
    """
    _ending[:] = [_Ending(time.monotonic() + TIDYING, code)]


@contextmanager
def _without_traces() -> Iterator[None]:
    """Leave out the trace of an interrupt that Python cannot hand on, as what is remembered is raised again.

    It has such a one where a request comes while an object that nothing uses any more is being removed.
    """
    before = sys.unraisablehook

    def shown(of: sys.UnraisableHookArgs) -> None:
        if not issubclass(of.exc_type, KeyboardInterrupt):
            before(of)

    sys.unraisablehook = shown
    try:
        yield
    finally:
        sys.unraisablehook = before


def undisturbed(function: F) -> F:
    """Let requests to stop wait until this function has returned, which takes moments."""
    _UNDISTURBED.add(function.__code__)
    return function


def _has_to_wait(frame: FrameType | None) -> bool:
    """Whether an import, or a function that is `undisturbed`, has led to the frame."""
    while frame is not None:
        if frame.f_code.co_name == IMPORTS or frame.f_code in _UNDISTURBED:
            return True
        frame = frame.f_back
    return False


def _remember(number: int) -> None:
    _received.append(number)
    _last[:] = [time.monotonic()]


def _forget() -> None:
    _received.clear()
    _last.clear()
    _outside.clear()
    _over.clear()


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt if there was a request to stop and the exception was suppressed."""
    if _outside.is_set():
        raise KeyboardInterrupt


def something_to_keep() -> None:
    """From now on, and until the outermost `interruptible` ends, a first request waits for complete results."""
    if not _kept.is_set():  # which is asked after every iteration, and quicker than to set it
        _kept.set()


def keeping(
    watch: Callable[[Any], None] | None, prepare: Callable[[], object] = lambda: None
) -> Callable[[Any], None]:
    """Return `watch`, called after every iteration, which also makes known that there is something to keep.

    prepare: called once before that is so, and before anything more is done in other threads.
    """
    lock, prepared = threading.Lock(), threading.Event()

    def seen(progress: Any) -> None:
        if not prepared.is_set():
            with lock:
                if not prepared.is_set():
                    prepare()
                prepared.set()
        something_to_keep()
        if watch is not None:
            watch(progress)

    return seen


def raise_if_nothing_to_keep() -> None:
    """Raise KeyboardInterrupt if there was a request to stop and no result is there yet that could be kept."""
    raise_if_interrupted()
    if _running and _running[0].is_set() and not _kept.is_set():
        raise KeyboardInterrupt


def waits_first() -> bool:
    """Whether a request waits for complete results of the long work that is running; True once in each."""
    if _waits.is_set() or not (_running and _running[0].is_set()):
        return False
    _waits.set()
    return True


def asked_to_stop() -> bool:
    """Whether a request came outside long work: an error that follows it is what a library made of it."""
    return _outside.is_set()


def first_request() -> int | None:
    """Return the number of the first signal that the command line received, None where there was none."""
    return _received[0] if _received else None


def _handle(number: int, handler: Any, until: ExitStack) -> None:
    """Let `handler` receive a signal until the stack closes."""
    until.callback(signal.signal, number, signal.getsignal(number))
    signal.signal(number, handler)
