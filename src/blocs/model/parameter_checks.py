"""Whether arrays are parameters of a mixture: shapes, shares and probabilities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..core.errors import Fault, InputError, counted
from .mixture import Mixture, Params

__all__ = ["check_params"]


def check_params(mixture: Mixture, params: Params) -> None:
    """Raise InputError when starting values are not parameters of the mixture."""
    k = mixture.types
    if params.types != k:
        raise InputError(
            Fault(f"the starting values have {counted(params.types, 'type')}", argument="init",
                  rule=f"The fit asks for {k}")
        )  # fmt: skip
    wanted = [(len(family.flat(k)), params.starts, k) for family in mixture.families]
    shapes = [np.shape(block) for block in params.families]
    if shapes != wanted:
        raise InputError(
            Fault(f"the starting values are arrays of the shapes {shapes}", argument="init",
                  rule=f"These profiles need {wanted}", remedy="Write them down with blocs.given")
        )  # fmt: skip
    if not np.isfinite(params.vector()).all():
        raise InputError(Fault("a value is not finite", argument="init"))
    each = zip(mixture.parts, params.columns(), strict=True)
    faults = [replace(fault, argument="init") for part, theta in each for fault in part.faults(theta)]
    if faults:
        raise InputError(*faults)
