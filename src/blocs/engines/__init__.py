"""Engines: where sums over the data are computed. One engine a file; all give the same bits on the same shards.

`engine(jobs)` chooses by the number of threads. An engine has two methods: `place(shards)`, once for each data set, and
`sum(task, placed)`, once for each iteration: the sum of task(shard) in the order of the shards, never of completion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from .disk import Disk
from .serial import Serial
from .shards import Unread, tasks_for
from .threads import Threads

__all__ = ["Disk", "Engine", "Serial", "Threads", "Unread", "engine", "tasks_for"]


class Engine(Protocol):
    """Where the sums over the shards of a data set are computed. `testing.check_engine` tests an engine.

    Notes
    -----
    An error of a task reaches the caller unchanged, with the note "on shard i of n" (see `engines.shards`).
    """

    def place(self, shards: Sequence[Any]) -> Any:
        """Bring the shards to where they will be summed.

        Parameters
        ----------
        shards : sequence
            Parts of the data, in their order; each may be the address of one (`Unread`), which is read here.

        Returns
        -------
        object
            What `sum` needs; nothing else uses it.
        """
        ...

    def sum(self, task: Callable[[Any], Any], placed: Any) -> Any:
        """Return task(shard) summed over the shards in their order.

        Parameters
        ----------
        task : callable
            From a shard to what can be added with `+`.
        placed : object
            What `place` returned.

        Returns
        -------
        object
            The sum, the same bits for any number of workers.
        """
        ...


def engine(jobs: int) -> Engine:
    """Return the engine for a number of threads on this machine.

    Parameters
    ----------
    jobs : int
        Number of threads, 1 or more.

    Returns
    -------
    Engine

    Examples
    --------
    >>> serial = engine(1)
    >>> serial.sum(len, serial.place(["a", "bc"]))
    3
    """
    return Serial() if jobs == 1 else Threads(jobs)
