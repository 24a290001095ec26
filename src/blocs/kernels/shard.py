"""Shard: the arrays of a contiguous part of the profiles, as kernels and engines see them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Shard", "StartWeights", "for_kernels"]

Floats = NDArray[np.float64]


def for_kernels(array: Any) -> Any:
    """Return an array of profiles, which is read-only, as kernels are compiled for: none of them writes into it.

    numba compiles a kernel once more for arrays that are read-only. Those whose memory is so stay as they are.
    """
    view = array if array is None else array.view()
    if view is not None:
        with suppress(ValueError):
            view.flags.writeable = True
    return view


class StartWeights(NamedTuple):
    """Weights of the profiles that differ from start to start.

    rows: (B, U) float, B sets of weights; of: (S,) int64, which of them each start has.
    """

    rows: Floats
    of: NDArray[np.int64]

    def by_start(self) -> Floats:
        """Return (U, S) weights of every profile under every start."""
        return np.asarray(self.rows[self.of].T)


class Shard(NamedTuple):
    """codes (U, J) unsigned int; group (U,) int, row of the prior; weights (U,) float, or weights of every start;
    values: (U, D) float of the measured items, or None.

    plan: what the kernel found out about the codes beforehand (its `prepare`), or None; covariates: (G, Q) float of the
    rows of the prior, or None.
    """

    codes: NDArray[Any]
    group: NDArray[np.int32]
    weights: Floats | StartWeights
    plan: Any = None
    values: Floats | None = None
    covariates: Floats | None = None

    def rows(self, a: int, b: int) -> Shard:
        """Return the rows a..b - 1, without a plan."""
        w = self.weights
        weights = StartWeights(w.rows[:, a:b], w.of) if isinstance(w, StartWeights) else w[a:b]
        values = None if self.values is None else self.values[a:b]
        return Shard(self.codes[a:b], self.group[a:b], weights, values=values, covariates=self.covariates)
