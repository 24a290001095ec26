"""One thread for numpy's linear algebra: matrices here are small, and threads that wait for one another cost more.

The number of threads belongs to the whole process. So one of several that ask at a time changes it, and puts it back;
what the others compute is the same with more threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from .lazy import lazy_import

if TYPE_CHECKING:
    import threadpoolctl
else:
    threadpoolctl = lazy_import("threadpoolctl")

__all__ = ["one_blas_thread"]

_changed = Lock()
"""Locked while the number of threads is another one."""


@cache
def _libraries() -> Any:
    return threadpoolctl.ThreadpoolController().select(user_api="blas").lib_controllers  # takes a millisecond


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let numpy's linear algebra use one thread meanwhile, in the whole process; then as many as before."""
    if not _changed.acquire(blocking=False):
        yield
        return
    try:
        changed = [(library, threads) for library in _libraries() if (threads := library.num_threads or 1) != 1]
        for library, _ in changed:
            library.set_num_threads(1)
        try:
            yield
        finally:
            for library, threads in changed:
                library.set_num_threads(threads)
    finally:
        _changed.release()
