"""Params: the parameters of S starts side by side, as plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import counted

__all__ = ["Params"]

Floats = NDArray[np.float64]


class Params(NamedTuple):
    """Parameters of S starts, side by side.

    Parameters
    ----------
    blocks : tuple of (M, S, K) float
        One block for the membership (its M is called Q), then one for each family: M parameters of K types of S starts.
    """

    blocks: tuple[Floats, ...]

    def __repr__(self) -> str:
        each = sum(map(len, self.blocks)) * self.types
        return (
            f"<Params of {counted(self.starts, 'start')} with {counted(self.types, 'type')}: "
            f"{counted(each, 'number')} each>"
        )

    @classmethod
    def of(cls, shares: Floats, families: Iterable[Floats]) -> Params:
        """Return parameters of shares (S, K) that are the same for everybody, and blocks (M, S, K) of the families."""
        return cls((shares[None], *families))

    @property
    def membership(self) -> Floats:
        """The block (Q, S, K) of the membership."""
        return self.blocks[0]

    @property
    def families(self) -> tuple[Floats, ...]:
        """The blocks (M, S, K) of the families."""
        return self.blocks[1:]

    @property
    def shares(self) -> Floats:
        """Shares pi (S, K) where they are the same for everybody: the first row of the membership."""
        return np.asarray(self.membership[0])

    @property
    def starts(self) -> int:
        """Number of starts S."""
        return int(self.membership.shape[1])

    @property
    def types(self) -> int:
        """Number of types K."""
        return int(self.membership.shape[2])

    def columns(self) -> list[Floats]:
        """Return the blocks as (M, S * K): one column a type of every start."""
        _, starts, types = self.blocks[0].shape
        return [block.reshape(len(block), starts * types) for block in self.blocks]

    @classmethod
    def of_columns(cls, columns: Iterable[Floats], types: int) -> Params:
        """Return parameters of blocks (M, S * K)."""
        return cls(tuple(block.reshape(len(block), block.shape[1] // types, types) for block in columns))

    def from_columns(self, columns: Iterable[Floats]) -> Params:
        """Inverse of `columns`: blocks of as many types as these."""
        return self.of_columns(columns, self.types)

    def rows(self) -> Floats:
        """Return the blocks below one another, (R, S, K)."""
        return np.concatenate(self.blocks)

    def from_rows(self, rows: Floats) -> Params:
        """Inverse of `rows`: blocks as long as these."""
        blocks, first = [], 0
        for block in self.blocks:
            blocks.append(rows[first : first + len(block)])
            first += len(block)
        return Params(tuple(blocks))

    def each(self, function: Callable[[Floats], Floats]) -> Params:
        """Return a function of every block."""
        return Params(tuple(map(function, self.blocks)))

    def take(self, which: Any) -> Params:
        """Return the starts at the given positions."""
        return self.each(lambda block: block[:, which])

    def replaced(self, new: Params, which: NDArray[np.bool_]) -> Params:
        """Return the new parameters of the starts in `which`, (S,) bool, and these of the others."""
        if which.all():
            return new
        pairs = zip(new.blocks, self.blocks, strict=True)
        return Params(tuple(np.where(which[None, :, None], n, o) for n, o in pairs))

    def relabel(self, order: Any) -> Params:
        """Return the types in another order."""
        return self.each(lambda block: block[:, :, order])

    def toward(self, other: Params, part: float) -> Params:
        """Return parameters that are a small part of the way to others: what was possible there is possible here."""
        return Params(tuple((1 - part) * a + part * b for a, b in zip(self.blocks, other.blocks, strict=True)))

    def vector(self) -> Floats:
        """Return (S, P) all parameters of each start in a row, the membership's first."""
        return self.vector_of(self.blocks)

    def vector_of(self, blocks: Sequence[Floats]) -> Floats:
        """Return (S, P) arrays like the blocks, or like `columns`, as `vector` does."""
        rows = np.concatenate(blocks).reshape(-1, self.starts, self.types)
        return rows.transpose(1, 0, 2).reshape(self.starts, -1)

    def like(self, vector: Floats) -> Params:
        """Inverse of `vector`: parameters of the same shape from (S, P), S as in the vector."""
        return self.from_rows(np.ascontiguousarray(vector.reshape(len(vector), -1, self.types).transpose(1, 0, 2)))

    @classmethod
    def stack(cls, parts: Sequence[Params]) -> Params:
        """Put starts side by side."""
        return cls(tuple(np.concatenate(blocks, axis=1) for blocks in zip(*(p.blocks for p in parts), strict=True)))
