"""What is known about a row's type: its label, a set of types it may be, or a probability of the evidence by type.

Evidence is one more item, whose code g has the fixed probability a_gk under type k (0 or 1 for labels): it enters the
E-step as any item does, has no free parameter, and unknown rows are simply missing. So it goes with every other
family, with missing values, weights, compression and every engine, and the shares' M-step is right as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..schema import Item
from .parametric import Parametric

__all__ = ["Known"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Known(Parametric):
    """Items of evidence. Parameters are the type numbers 0, 1, ... that the evidence speaks of, so that they travel
    with their types when types are relabelled."""

    has_prior = True

    def values(self, item: Item) -> Floats:
        """Return (L, T) evidence for each of the T types that are named: labels are 'a_1 a_2 ... a_T'."""
        rows = [[float(v) for v in str(label).split()] for label in item.outcomes]
        return np.array(rows).reshape(len(rows), -1)

    def names(self, item: Item) -> tuple[str, ...]:
        """Return the one parameter: which of the named types a type is."""
        return ("is named type",)

    def log_prob(self, x: Floats, theta: Floats) -> Floats:
        """Return log a_gk; types beyond the named ones get the last column."""
        which = np.minimum(np.rint(theta[0]).astype(np.int64), x.shape[1] - 1)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(x[:, which]))

    def solve(self, item: Item, x: Floats, counts: Floats, theta: Floats) -> Floats:
        """Return theta: evidence is fixed."""
        return theta

    def guess(self, x: Floats, counts: Floats, rng: np.random.Generator, width: int) -> Floats:
        """Return the type numbers in order."""
        return np.arange(width, dtype=np.float64)[None]

    def free_of(self, item: Item) -> int:
        """Nothing is estimated."""
        return 0

    def boundary(self, theta: Floats) -> bool:
        """Evidence is never on a boundary."""
        return False
