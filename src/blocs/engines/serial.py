"""Serial: one shard after the other, in this thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import Any

from .shards import on_shard, read

__all__ = ["Serial"]


class Serial:
    """The engine without threads, which all others must agree with bit for bit."""

    def place(self, shards: Sequence[Any]) -> Sequence[Any]:
        """Return the shards as they are, read where they are addresses."""
        return [read(shard, i, len(shards)) for i, shard in enumerate(shards, start=1)]

    def sum(self, task: Callable[[Any], Any], placed: Sequence[Any]) -> Any:
        """Return task(shard) summed over the shards in their order."""
        n = len(placed)
        return reduce(add, (on_shard(task, shard, i, n) for i, shard in enumerate(placed, start=1)))
