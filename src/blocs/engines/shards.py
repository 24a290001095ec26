"""A task on a numbered shard: when it fails, its error says on which shard. And shards that are still to be read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from operator import methodcaller
from typing import Any

from ..core.limits import SHARDS_PER_TASK, TASKS_PER_THREAD

__all__ = ["Unread", "on_shard", "read", "tasks_for"]


class Unread(ABC):
    """A shard by its address: an engine reads it where it will be summed, when the shards are placed."""

    @abstractmethod
    def read(self) -> Any:
        """Return the shard."""


def read(shard: Any, number: int, shards: int) -> Any:
    """Return the shard itself, read where it is an address; an error says which shard it is, from 1."""
    return on_shard(methodcaller("read"), shard, number, shards) if isinstance(shard, Unread) else shard


def on_shard(task: Callable[[Any], Any], shard: Any, number: int, shards: int) -> Any:
    """Return task(shard); an error that escapes carries the note "on shard <number> of <shards>", from 1."""
    try:
        return task(shard)
    except Exception as error:
        error.add_note(f"on shard {number} of {shards}")
        raise


def tasks_for(shards: int, threads: int) -> int:
    """Return into how many tasks the shards of a data set are cut on a cluster with so many threads.

    One for each thread, as each costs more than a shard; more where there are many shards, so that workers that are not
    alike are busy to the end.
    """
    threads = max(1, threads)
    return min(shards, max(threads, min(TASKS_PER_THREAD * threads, shards // SHARDS_PER_TASK)))
