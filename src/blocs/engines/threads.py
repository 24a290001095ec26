"""Threads: a pool of threads over the shards; compiled kernels release the interpreter's lock.

The parts are added in shard order as they are needed, so any number of threads gives the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, reduce
from operator import add
from typing import Any

from .shards import on_shard, read

__all__ = ["Threads"]


class Threads:
    """Sums on threads of this process.

    Parameters
    ----------
    jobs : int
        Number of threads.
    """

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.jobs, thread_name_prefix="blocs")

    def place(self, shards: Sequence[Any]) -> Sequence[Any]:
        """Return the shards as they are, as threads share memory; read where they are addresses."""
        return [read(shard, i, len(shards)) for i, shard in enumerate(shards, start=1)]

    def sum(self, task: Callable[[Any], Any], placed: Sequence[Any]) -> Any:
        """Return task(shard) summed over the shards in their order."""
        n = len(placed)
        if n == 1:
            return on_shard(task, placed[0], 1, 1)
        return reduce(add, self._pool.map(on_shard, [task] * n, placed, range(1, n + 1), [n] * n))
