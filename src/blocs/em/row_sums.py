"""Sums over the rows of a data set that are no part of a fit: an engine adds what a task makes of each part."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ..core.schema import Schema
from ..engines import Engine, Serial, Unread
from ..profiles import Profiles, ShardFile

__all__ = ["RowSums", "StoredRows", "addresses"]


@dataclass(frozen=True)
class StoredRows(Unread):
    """A part of the profiles by its file, which any machine can read that sees the folder."""

    file: ShardFile
    schema: Schema

    def read(self) -> Profiles:
        """Return the profiles; raises InputError as `ShardFile.columns`."""
        columns = self.file.columns()
        weights = columns.counts if columns.weights is None else columns.weights
        return Profiles(self.schema, columns.codes, columns.counts, weights, values=columns.values,
                        squared=columns.squared)  # fmt: skip


def addresses(profiles: Profiles) -> tuple[StoredRows | Profiles, ...]:
    """Return the parts of the profiles, by their files where they were opened from shards."""
    source = profiles.shards_on_disk
    if source is None:
        return profiles.parts
    files = (replace(file, path=os.path.abspath(file.path)) for file in source.files)  # a worker may begin elsewhere
    return tuple(StoredRows(file, profiles.schema) for file in files)


class RowSums:
    """The profiles of a data set, placed where an engine sums over them.

    Parameters
    ----------
    profiles : Profiles
        The rows.
    engine : Engine, optional
        Where they are summed, which reads them from their files if they were opened from shards; by default here.
    """

    def __init__(self, profiles: Profiles, engine: Engine | None = None) -> None:
        self.engine = engine or Serial()
        self.placed = self.engine.place(profiles.parts if engine is None else addresses(profiles))

    def __call__(self, task: Callable[[Profiles], Any]) -> Any:
        """Return task(part) summed over the parts, in their order: the same bits on any engine."""
        return self.engine.sum(task, self.placed)
