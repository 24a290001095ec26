"""Whether arrays are parameters of a mixture: shapes, shares and probabilities."""

from __future__ import annotations

import numpy as np

from ..core.errors import Fault, InputError, counted
from ..families.written import sums_to_one
from .mixture import Mixture, Params

__all__ = ["check_params"]


def check_params(mixture: Mixture, params: Params) -> None:
    """Raise InputError when starting values are not parameters of the mixture."""
    faults = []
    k = mixture.types
    if params.shares.shape[1] != k:
        raise InputError(
            Fault(f"the starting values have {counted(params.shares.shape[1], 'type')}", where="init",
                  rule=f"The fit asks for {k}")
        )  # fmt: skip
    wanted = [(len(family.flat(k)), params.starts, k) for family in mixture.families]
    found = [np.shape(block) for block in params.blocks]
    if found != wanted:
        raise InputError(
            Fault(f"the starting values are arrays of the shapes {found}", where="init",
                  rule=f"These profiles need {wanted}", remedy="Write them down with blocs.given")
        )  # fmt: skip
    if not (np.isfinite(params.vector()).all() and sums_to_one(params.shares, axis=1)):
        faults.append(Fault("the shares do not sum to 1, or a value is negative or not finite", where="init"))
    for family, block in zip(mixture.families, params.blocks, strict=True):
        if np.isfinite(block).all():
            faults += family.faults(block.reshape(len(block), params.shares.size))
    if faults:
        raise InputError(*faults)
