"""Alignment: the types of many fits of the same rows in the order of those of one fit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .matching import assigned

__all__ = ["aligned"]

POSTERIORS = 4_000_000
"""Posteriors of all fits that are held at a time."""


def aligned(mixture: Mixture, one: Params, many: Params, profiles: Profiles) -> tuple[Params, NDArray[np.bool_]]:
    """Return the parameters of B fits with their types in the order of those of one fit, and (B,) which had another.

    Types are matched one to one so that the observations that both fits give to a type, sum_u w_u zeta_uk zeta'_um over
    the profiles, are as many as possible. Types that constraints tell apart keep their numbers.
    """
    fits, types = many.starts, many.types
    task, together = mixture.task(many), np.zeros((types, fits, types))
    for part in profiles.shards(-(-len(profiles) * fits * types // POSTERIORS)):
        own = mixture.posterior(one, part)[1] * part.weights[:, None]
        others = task.posterior(mixture.shard(part))[1]
        together += np.einsum("uk,uw->kw", own, others).reshape(together.shape)  # no BLAS: its threads decide bits
    apart = (mixture.alike[:, None] != mixture.alike) * (1.0 + types * float(profiles.weights.sum()))
    order = np.array([[m for _, m in assigned(apart - together[:, b])] for b in range(fits)])
    blocks = (np.take_along_axis(block, order[None], axis=2) for block in many.blocks)
    return Params(tuple(blocks)), np.asarray((order != np.arange(types)).any(axis=1))
