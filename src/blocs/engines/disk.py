"""Disk: shards lie in a temporary file and are read one after the other, ahead of the threads that sum them.

What the kernels need of a shard is written once, when the shards are placed, as the bytes that lie in memory. So a pass
reads and computes, and memory holds a few shards for each thread, however many there are.
"""

from __future__ import annotations

import os
import pickle
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import cached_property, reduce
from itertools import accumulate
from operator import add
from typing import IO, Any, NamedTuple
from weakref import finalize

import numpy as np

from .shards import on_shard, read

__all__ = ["Disk"]

AHEAD = 2
"""Shards for each thread that are read or wait to be summed."""
ALIGNED = 64
"""Bytes of a cache line, at which every array begins."""


class Place(NamedTuple):
    """Where a shard lies: an open file, the first byte, the bytes of each array, and the rest of the shard."""

    file: IO[bytes]
    at: int
    sizes: tuple[int, ...]
    head: bytes

    def load(self) -> Any:
        """Return the shard, in memory of its own."""
        ends = _ends(self.sizes)
        raw = np.empty(ends[-1] + ALIGNED, dtype=np.uint8)
        first = -raw.ctypes.data % ALIGNED
        content = raw.data[first : first + ends[-1]]
        done = 0
        while done < len(content):
            step = os.preadv(self.file.fileno(), [content[done:]], self.at + done)
            if not step:
                raise OSError("the temporary file of the shards has become shorter")
            done += step
        buffers = [content[end : end + size] for end, size in zip(ends, self.sizes, strict=False)]
        return pickle.loads(self.head, buffers=buffers)  # what this process wrote, in a file that has no name


class Placed:
    """All shards of a data set; their file is closed, and gone, when nothing uses them any more."""

    def __init__(self, places: Sequence[Place], file: IO[bytes]) -> None:
        self.places = tuple(places)
        finalize(self, file.close)


class Disk:
    """Sums over shards on disk, on threads of this process.

    Parameters
    ----------
    jobs : int
        Number of threads that sum; as many read.

    Notes
    -----
    The file is in the system's folder for temporary ones (TMPDIR). It has no name, and is gone with the process.
    """

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.jobs, thread_name_prefix="blocs")

    @cached_property
    def _readers(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.jobs, thread_name_prefix="blocs-read")

    def place(self, shards: Sequence[Any]) -> Placed:
        """Read the shards, a few at a time, and write them as they lie in memory."""
        n, places = len(shards), list[Place]()
        with ExitStack() as unless_whole:
            file = unless_whole.enter_context(tempfile.TemporaryFile())
            reading = (self._pool.submit(read, shard, i, n) for i, shard in enumerate(shards, start=1))
            for shard in self._in_turn(reading):
                buffers: list[pickle.PickleBuffer] = []
                head = pickle.dumps(shard, protocol=5, buffer_callback=buffers.append)
                arrays = [buffer.raw() for buffer in buffers]
                places.append(Place(file, file.tell(), tuple(len(array) for array in arrays), head))
                for array in arrays:
                    file.write(array)
                    file.write(bytes(-len(array) % ALIGNED))
            file.flush()
            unless_whole.pop_all()
        return Placed(places, file)

    def sum(self, task: Callable[[Any], Any], placed: Placed) -> Any:
        """Return task(shard) summed over the shards in their order."""
        n = len(placed.places)

        def compute(coming: Future[Any], number: int) -> Any:
            return on_shard(task, coming.result(), number, n)

        coming = ((self._readers.submit(place.load), i) for i, place in enumerate(placed.places, start=1))
        return reduce(add, self._in_turn(self._pool.submit(compute, *one) for one in coming))

    def _in_turn(self, begun: Iterator[Future[Any]]) -> Iterator[Any]:
        """Give the results of work in its order; only a few pieces are begun before they are needed."""
        waiting: deque[Future[Any]] = deque()
        try:
            for work in begun:
                waiting.append(work)
                if len(waiting) > AHEAD * self.jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for work in waiting:
                work.cancel()


def _ends(sizes: Sequence[int]) -> list[int]:
    """Return where each array begins, and the last one ends."""
    return [0, *accumulate(size + -size % ALIGNED for size in sizes)]
