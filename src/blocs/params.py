"""Params: the parameters of S starts side by side, as plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Params"]

Floats = NDArray[np.float64]


class Params(NamedTuple):
    """Parameters of S starts: shares pi (S, K); blocks, one (M, S, K) array a family."""

    shares: Floats
    blocks: tuple[Floats, ...]

    @property
    def starts(self) -> int:
        """Number of starts S."""
        return len(self.shares)

    def take(self, which: Any) -> Params:
        """Return the starts at the given positions."""
        return Params(self.shares[which], tuple(block[:, which] for block in self.blocks))

    def vector(self) -> Floats:
        """Return (S, P) all parameters of each start in a row, shares first."""
        rows = [b.transpose(1, 0, 2).reshape(self.starts, len(b) * b.shape[2]) for b in self.blocks]
        return np.concatenate([self.shares, *rows], axis=1)

    def like(self, vector: Floats) -> Params:
        """Inverse of `vector`: parameters of the same shape from (S, P), S as in the vector."""
        s, k = len(vector), self.shares.shape[1]
        ends = np.cumsum([k, *(len(b) * k for b in self.blocks)])
        blocks = [
            np.ascontiguousarray(vector[:, a:b].reshape(s, (b - a) // k, k).transpose(1, 0, 2))
            for a, b in pairwise(ends)
        ]
        return Params(np.ascontiguousarray(vector[:, :k]), tuple(blocks))

    @classmethod
    def stack(cls, parts: Sequence[Params]) -> Params:
        """Put starts side by side."""
        return cls(
            np.concatenate([p.shares for p in parts]),
            tuple(np.concatenate(blocks, axis=1) for blocks in zip(*(p.blocks for p in parts), strict=True)),
        )
