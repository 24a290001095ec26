"""Whether arrays are parameters of a mixture: shapes, shares and probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, counted
from ..families import Categorical, Choice
from .mixture import Mixture, Params

__all__ = ["CLOSE", "check_params", "sums_to_one"]

Floats = NDArray[np.float64]


CLOSE = 1e-6
"""Probabilities that are written down sum to 1 up to this."""


def check_params(mixture: Mixture, params: Params) -> None:
    """Raise InputError when starting values are not parameters of the mixture."""
    faults = []
    k = mixture.types
    if params.shares.shape[1] != k:
        raise InputError(
            Fault(f"the starting values have {counted(params.shares.shape[1], 'type')}", argument="init",
                  rule=f"The fit asks for {k}")
        )  # fmt: skip
    wanted = [(len(family.flat(k)), params.starts, k) for family in mixture.families]
    found = [np.shape(block) for block in params.blocks]
    if found != wanted:
        raise InputError(
            Fault(f"the starting values are arrays of the shapes {found}", argument="init",
                  rule=f"These profiles need {wanted}", remedy="Write them down with blocs.given")
        )  # fmt: skip
    if not (np.isfinite(params.vector()).all() and sums_to_one(params.shares, axis=1)):
        faults.append(Fault("the shares do not sum to 1, or a value is negative or not finite", argument="init"))
    for family, block in zip(mixture.families, params.blocks, strict=True):
        if isinstance(family, Categorical | Choice):
            if (block < 0).any():
                faults.append(Fault("a probability is negative", argument="init"))
            elif (family.offer.by_item(block.reshape(len(block), params.shares.size)) > 1 + CLOSE).any():
                faults.append(Fault("the probabilities of an item sum to more than 1", argument="init"))
    if faults:
        raise InputError(*faults)


def sums_to_one(values: Floats, axis: int) -> bool:
    """Whether the values are probabilities that sum to 1 along the axis."""
    return bool((values >= 0).all() and np.allclose(values.sum(axis=axis), 1.0, rtol=0, atol=CLOSE))
