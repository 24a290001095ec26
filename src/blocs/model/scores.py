"""Derivatives of each row's log-likelihood by the free parameters: what the information about them is made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..profiles import Profiles
from .mixture import Mixture, Params

__all__ = ["row_scores"]

Floats = NDArray[np.float64]


def row_scores(mixture: Mixture, params: Params, profiles: Profiles) -> Floats:
    """Return (U, P) derivatives of the log-likelihood of each row by the free parameters of one start.

    They are posterior means (Fisher's identity): sum over types of zeta_uk times the derivative of log pi_k p_k(x_u).
    """
    zeta = mixture.posterior(params, profiles)[1]
    out = [(zeta - params.shares[0])[:, 1:]]
    for i, (family, block) in enumerate(zip(mixture.families, params.blocks, strict=True)):
        index = family.index(mixture.types)
        each = family.scores(block[:, 0], mixture.part(i, profiles)) * zeta[:, None]
        mine = np.zeros((len(profiles), int(index.max(initial=-1)) + 1))
        for f, k in np.argwhere(index >= 0):
            mine[:, index[f, k]] += each[:, f, k]
        out.append(mine)
    return np.concatenate(out, axis=1)
