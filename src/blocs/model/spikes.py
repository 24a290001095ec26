"""Spikes: types of measurements on so few rows that the likelihood there says nothing."""

from __future__ import annotations

from ..families.gaussian import Gaussian
from .mixture import Mixture, Params

__all__ = ["spike"]


def spike(mixture: Mixture, params: Params, n: float) -> bool:
    """Return whether one start's parameters have a type with a covariance of its own that one row keeps from collapse.

    That is a covariance which only a guard keeps from being singular, or which would be singular without one of the
    type's rows: the likelihood is as high as that row is near to the others in some direction, whatever the data are
    like (spurious maximisers: Day 1969; McLachlan and Peel 2000). The type has `n` pi_k rows, and needs one more than
    a regular covariance does: D + 2, or 3 where columns are independent within types.
    """
    if not mixture.schema.measured:
        return False
    rows = n * params.shares[0]
    for family, theta in zip(mixture.families, params.columns()[1:], strict=True):
        if any(edge.kind == "singular" for edge in family.edges(theta)):
            return True
        if isinstance(family, Gaussian) and family.needed and (rows < family.needed + 1).any():
            return True
    return False
