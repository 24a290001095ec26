"""Shards whose rows have weights of their own in every fit: drawn where a shard is, used by the fits that go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..engines import Unread
from ..kernels.shard import Shard, StartWeights
from ..membership import Membership
from ..model.estep import EStep, Stats
from ..profiles import Profiles
from .row_sums import StoredRows

__all__ = ["DrawnThere", "OfStarts", "ReplicateShard"]


class Drawn(Protocol):
    """How weights are drawn part by part."""

    def of_part(self, number: int, part: Profiles, which: range) -> NDArray[np.float64]:
        """Return the (u, b) weights of the profiles of a part in some fits; number: of the part, from 0."""
        ...


@dataclass(frozen=True)
class OfStarts:
    """The E-step of some of the starts whose weights the shards have; of: (S,) which."""

    task: EStep
    of: NDArray[np.int64]

    def __call__(self, shard: Shard) -> Stats:
        """Return the statistics of a shard."""
        assert isinstance(shard.weights, StartWeights)
        return self.task(shard._replace(weights=shard.weights._replace(of=self.of)))


@dataclass(frozen=True)
class ReplicateShard(Unread):
    """A shard, or its address, its rows, or theirs, and the fits in which these have weights; number: from 0.

    membership: says in which order the shard has the rows.
    """

    shard: Any
    rows: StoredRows | Profiles
    membership: Membership
    number: int
    weights: Drawn
    which: range

    def read(self) -> Shard:
        """Return the shard with the weights, which are drawn."""
        shard: Shard = self.shard.read() if isinstance(self.shard, Unread) else self.shard
        rows = self.rows.read() if isinstance(self.rows, StoredRows) else self.rows
        drawn, order = self.weights.of_part(self.number, rows, self.which), self.membership.order(rows)
        of_shard = np.ascontiguousarray((drawn if order is None else drawn[order]).T)
        return shard._replace(weights=StartWeights(of_shard, np.arange(len(self.which))))


@dataclass(frozen=True)
class DrawnThere:
    """Weights that are drawn where an engine has the shards; rows: of each shard, or where they are."""

    weights: Drawn
    membership: Membership
    rows: Sequence[StoredRows | Profiles]

    @property
    def sizes(self) -> list[int]:
        """Number of rows of each shard."""
        return [of.file.rows if isinstance(of, StoredRows) else len(of) for of in self.rows]

    def shards(self, shards: Sequence[Any], which: range) -> list[ReplicateShard]:
        """Return the shards of some fits."""
        each = zip(shards, self.rows, strict=True)
        return [
            ReplicateShard(shard, rows, self.membership, i, self.weights, which)
            for i, (shard, rows) in enumerate(each)
        ]
