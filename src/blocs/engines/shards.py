"""A task on a numbered shard: when it fails, its error says on which shard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["on_shard"]


def on_shard(task: Callable[[Any], Any], shard: Any, number: int, shards: int) -> Any:
    """Return task(shard); an error that escapes carries the note "on shard <number> of <shards>", from 1."""
    try:
        return task(shard)
    except Exception as error:
        error.add_note(f"on shard {number} of {shards}")
        raise
