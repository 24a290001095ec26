"""One thread for numpy's linear algebra: matrices here are small, and threads that wait for one another cost more."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import TYPE_CHECKING, Any

from .lazy import lazy_import

if TYPE_CHECKING:
    import threadpoolctl
else:
    threadpoolctl = lazy_import("threadpoolctl")

__all__ = ["one_blas_thread"]


@cache
def _libraries() -> Any:
    return threadpoolctl.ThreadpoolController()  # takes a millisecond


def one_blas_thread() -> AbstractContextManager[None]:
    """Let linear algebra use one thread meanwhile, in the whole process; then as many as before."""
    limit: AbstractContextManager[None] = _libraries().limit(limits=1, user_api="blas")
    return limit
