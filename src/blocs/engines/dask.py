"""Dask: sums on the workers of a cluster, wherever a `distributed.Client` leads.

Shards are brought by tasks, which read them from their files, so that a worker that is lost takes nothing with it: the
scheduler has the tasks run again on another. The parameters travel inside the tasks of every pass. A worker sends back
the sums of each of its shards, and they are added here, in the order of the shards: the bits are those of one thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent import futures
from contextlib import contextmanager
from functools import reduce
from itertools import pairwise
from json import JSONDecodeError
from operator import add
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import EngineError, Fault, PathError
from .shards import on_shard, read, tasks_for

try:
    import distributed
except ImportError:
    raise ImportError("blocs.engines.dask needs Dask. Install it with: pip install 'blocs[dask]', or in a checkout of "
                      "blocs with: pip install '.[dask]'") from None  # fmt: skip

__all__ = ["Dask", "Placed", "cluster"]

RETRIES = 3
"""How often a task that failed, or whose workers were lost again and again, is run again."""
PATIENCE = 60.0
"""Seconds to wait for the first worker."""
LOST: tuple[type[BaseException], ...] = (
    asyncio.CancelledError, futures.CancelledError, distributed.comm.core.CommClosedError, TimeoutError, ConnectionError
)  # fmt: skip
"""What is raised where the scheduler does not answer any more."""
UNREACHABLE: tuple[type[BaseException], ...] = (
    *LOST, OSError, JSONDecodeError, KeyError, AssertionError, AttributeError, TypeError
)  # fmt: skip
"""What is raised where none answers, or the scheduler file is none."""


class Placed:
    """Shards in parts, each in the memory of a worker, and the tasks that bring them there once more."""

    def __init__(self, engine: Dask, shards: Sequence[Any], parts: int) -> None:
        edges = np.linspace(0, len(shards), parts + 1).astype(int).tolist()
        self.number = len(shards)
        self.parts = [(a, tuple(shards[a:b])) for a, b in pairwise(edges)]
        self.engine = engine
        self.brought = [self.bring(i) for i in range(parts)]

    def bring(self, i: int) -> Any:
        """Return the future of a part."""
        first, shards = self.parts[i]
        return self.engine.submit(_bring, shards, first, self.number)


class Dask:
    """Sums on the workers of a Dask cluster.

    Parameters
    ----------
    client : distributed.Client
        Of any cluster: `LocalCluster`, one that is reached by a scheduler file (Slurm), Kubernetes. Workers have blocs
        installed, and see the folder of the shards under the same name.

    Raises
    ------
    ImportError
        If Dask is not installed.

    Notes
    -----
    Profiles that were opened from shards (`blocs.open_shards`) are read by the workers. Shards of profiles in memory
    are sent inside the tasks, which the scheduler holds: use it for small data only.

    A task that fails is run again up to 3 times, and so is one whose workers were lost.

    Examples
    --------
    >>> from distributed import Client                                                              # doctest: +SKIP
    >>> with Client(scheduler_file="scheduler.json") as client:                                     # doctest: +SKIP
    ...     fit = blocs.fit(blocs.open_shards("county"), 4, engine=Dask(client), checkpoint="county.checkpoint")
    """

    def __init__(self, client: distributed.Client) -> None:
        self.client = client
        self.address = str(getattr(client.scheduler, "address", "its address"))  # a client that has given up has none

    def place(self, shards: Sequence[Any]) -> Placed:
        """Have the shards read by workers.

        Raises
        ------
        EngineError
            If there are no workers, or the scheduler does not answer.
        """
        try:
            self.client.wait_for_workers(1, timeout=PATIENCE)
            nthreads: Callable[[], dict[str, int]] = self.client.nthreads
            placed = Placed(self, shards, tasks_for(len(shards), sum(nthreads().values())))
            for future in placed.brought:
                wrong = future.exception()
                if wrong is not None and not isinstance(wrong, distributed.KilledWorker):  # `sum` brings it once more
                    raise wrong
        except LOST as error:
            raise self._lost(error) from None
        return placed

    def sum(self, task: Callable[[Any], Any], placed: Placed) -> Any:
        """Return task(shard) summed over the shards in their order.

        Raises
        ------
        EngineError
            If the scheduler does not answer any more, or workers are lost again and again.
        """
        try:
            begun = self.client.map(
                _sums, placed.brought, [first for first, _ in placed.parts], task=task, number=placed.number,
                pure=False, retries=RETRIES,
            )  # fmt: skip
            gather: Callable[[list[Any]], list[list[Any]]] = self.client.gather
            try:
                parts = gather(begun)
            except distributed.KilledWorker:
                parts = [self._again(task, placed, i, future) for i, future in enumerate(begun)]
        except LOST as error:
            raise self._lost(error) from None
        return reduce(add, (one for sums in parts for one in sums))

    def submit(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Return the future of a task that is run again when it fails."""
        return self.client.submit(function, *arguments, **named, pure=False, retries=RETRIES)

    def _again(self, task: Callable[[Any], Any], placed: Placed, i: int, future: Any) -> list[Any]:
        """Return the sums of the shards of a part; where its workers were lost too often it is brought once more."""
        for turn in range(RETRIES + 1):
            try:
                sums: list[Any] = future.result()
                return sums
            except distributed.KilledWorker:
                if turn == RETRIES:
                    raise EngineError(
                        f"Dask: the workers of a part of the shards were lost {RETRIES + 1} times in a row. They may "
                        "have too little memory: give them more, or use more workers."
                    ) from None
                placed.brought[i] = placed.bring(i)
                first = placed.parts[i][0]
                future = self.submit(_sums, placed.brought[i], first, task=task, number=placed.number)
        raise AssertionError("unreachable")

    def _lost(self, error: BaseException) -> EngineError:
        return EngineError(f"Dask: the scheduler at {self.address} does not answer any more ({type(error).__name__}).")


def _bring(shards: Sequence[Any], first: int, number: int) -> list[Any]:
    """Return the shards of a part, read where they are addresses; first: number of the first, from 0."""
    return [read(shard, i, number) for i, shard in enumerate(shards, start=first + 1)]


def _sums(shards: Sequence[Any], first: int, task: Callable[[Any], Any], number: int) -> list[Any]:
    """Return task(shard) of each shard of a part."""
    return [on_shard(task, shard, i, number) for i, shard in enumerate(shards, start=first + 1)]


@contextmanager
def cluster(scheduler: str) -> Iterator[Dask]:
    """Give the engine of the cluster with this scheduler file or address, which is left at the end.

    Raises
    ------
    PathError
        If there is no such file.
    EngineError
        If no scheduler answers there.
    """
    with _one_line(), _client(scheduler) as client:
        yield Dask(client)


@contextmanager
def _one_line() -> Iterator[None]:
    """Leave it to the error of blocs to say in one line what Dask logs in twenty: that the scheduler is lost."""
    log = logging.getLogger("distributed.client")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


def _client(scheduler: str) -> distributed.Client:
    connect: Callable[..., distributed.Client] = distributed.Client
    try:
        if "://" in scheduler:
            return connect(scheduler, timeout=PATIENCE)
        if not Path(scheduler).is_file():
            raise PathError(Fault("there is no such file", where=scheduler, argument="scheduler",
                                  rule="A scheduler writes its address into a file",
                                  remedy=f"Start it: dask scheduler --scheduler-file {scheduler}"))  # fmt: skip
        return connect(scheduler_file=scheduler, timeout=PATIENCE)
    except UNREACHABLE as error:
        raise EngineError(f"Dask: no scheduler answers at {scheduler} ({type(error).__name__}).") from None
