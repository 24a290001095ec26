"""Spikes: types of measurements on so few rows that the likelihood there says nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..families.gaussian import Gaussian
from .mixture import Mixture, Params

__all__ = ["spikes"]


def spikes(mixture: Mixture, params: Params, n: float) -> NDArray[np.bool_]:
    """Return (S,) which starts have a type whose own covariance one row keeps from collapse.

    That is a covariance which only a guard keeps from being singular, or which would be singular without one of the
    type's rows: the likelihood is as high as that row is near to the others in some direction, whatever the data are
    like (spurious maximisers: Day 1969; McLachlan and Peel 2000). Of `n` observations type k has n pi_k, and needs one
    more than a regular covariance does: D + 2, or 3 where columns are independent within types.
    """
    out = np.zeros(params.starts, dtype=bool)
    if not mixture.schema.measured:
        return out
    rows = n * params.shares
    for family, theta in zip(mixture.families, params.columns()[1:], strict=True):
        at = [edge.column for edge in family.edges(theta) if edge.kind == "singular"]
        out[np.array(at, dtype=np.int64) // mixture.types] = True
        if isinstance(family, Gaussian) and family.needed:
            out |= (rows < family.needed + 1).any(axis=1)
    return out
