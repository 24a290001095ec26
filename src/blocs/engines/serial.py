"""One shard after the other, in this thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import Any

__all__ = ["Serial"]


class Serial:
    """The reference engine."""

    def place(self, shards: Sequence[Any]) -> Sequence[Any]:
        """Return the shards as they are."""
        return shards

    def sum(self, task: Callable[[Any], Any], placed: Sequence[Any]) -> Any:
        """Return task(shard) summed over the shards in their order."""
        return reduce(add, map(task, placed))
