"""Shards on disk as a mixture needs them: addresses that any machine can read that sees the folder."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..engines import Unread
from ..kernels.shard import Shard
from ..model.estep import prepared
from ..model.mixture import Mixture
from ..profiles import Profiles, ShardFile

__all__ = ["StoredShard", "stored_shards"]


@dataclass(frozen=True)
class StoredShard(Unread):
    """A shard by its file, and how it is prepared for a model.

    Parameters
    ----------
    file : ShardFile
        Where it lies.
    offsets : (J + 1,) int64
        First code of each item.
    types : int
        Number of types K.
    kernel : str
        A name in `estep.KERNELS`.
    coded : bool
        Whether no item is measured.
    """

    file: ShardFile
    offsets: NDArray[np.int64]
    types: int
    kernel: str
    coded: bool

    def read(self) -> Shard:
        """Return the shard; raises InputError as `ShardFile.columns`."""
        columns = self.file.columns()
        group = np.zeros(self.file.rows, dtype=np.int32)  # the shares of the types are the same for all rows
        weights = columns.counts if columns.weights is None else columns.weights
        shard = Shard(columns.codes, group, np.array(weights), values=columns.values)
        if not self.coded:
            return shard
        shard = prepared(shard, self.kernel, self.offsets, 1, self.types)
        return shard if shard.plan is None else shard._replace(codes=shard.codes[:0], group=group[:0])  # as in the plan


def stored_shards(mixture: Mixture, profiles: Profiles) -> tuple[StoredShard, ...]:
    """Return the addresses of the shards that the profiles were opened from, none where it is one alone."""
    source = profiles.shards_on_disk
    if source is None or len(source.files) == 1:
        return ()
    coded = not mixture.schema.measured
    offsets = mixture.schema.offsets
    files = (replace(file, path=os.path.abspath(file.path)) for file in source.files)  # a worker may begin elsewhere
    return tuple(StoredShard(file, offsets, mixture.types, mixture.kernel, coded) for file in files)
