"""Where sums happen: serial, threads. An engine is one file; all give the same bits on the same shards.

`engine(jobs)` chooses by number of jobs. An engine has two verbs: `place(shards)`, once per data set, and
`sum(task, placed)`, once per step: the sum of task(shard) in the order of the shards, never of completion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from .serial import Serial
from .threads import Threads

__all__ = ["Engine", "Serial", "Threads", "engine"]


class Engine(Protocol):
    """Where partial sums are computed. `testing.check_engine` states its laws.

    An error of a task reaches the caller as it is, with the note "on shard i of n" (see engines.shards).
    """

    def place(self, shards: Sequence[Any]) -> Any:
        """Bring the shards to where they will be summed."""
        ...

    def sum(self, task: Callable[[Any], Any], placed: Any) -> Any:
        """Return task(shard) summed over the shards in their order."""
        ...


def engine(jobs: int) -> Engine:
    """Return the engine for that many jobs on this machine."""
    return Serial() if jobs == 1 else Threads(jobs)
