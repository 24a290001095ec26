"""Params: the parameters of S starts side by side, as plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
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

    def toward(self, other: Params, part: float) -> Params:
        """Return parameters that are a small part of the way to others: what was possible there is possible here."""
        pairs = zip(self.blocks, other.blocks, strict=True)
        return Params(
            (1 - part) * self.shares + part * other.shares, tuple((1 - part) * a + part * b for a, b in pairs)
        )

    def vector(self) -> Floats:
        """Return (S, P) all parameters of each start in a row, shares first."""
        rows = np.concatenate([self.shares[None], *self.blocks])
        return rows.transpose(1, 0, 2).reshape(self.starts, -1)

    def like(self, vector: Floats) -> Params:
        """Inverse of `vector`: parameters of the same shape from (S, P), S as in the vector."""
        s, k = len(vector), self.shares.shape[1]
        rows = np.ascontiguousarray(vector.reshape(s, -1, k).transpose(1, 0, 2))
        blocks, first = [], 1
        for block in self.blocks:
            blocks.append(rows[first : first + len(block)])
            first += len(block)
        return Params(rows[0], tuple(blocks))

    @classmethod
    def stack(cls, parts: Sequence[Params]) -> Params:
        """Put starts side by side."""
        return cls(
            np.concatenate([p.shares for p in parts]),
            tuple(np.concatenate(blocks, axis=1) for blocks in zip(*(p.blocks for p in parts), strict=True)),
        )
