"""Alignment: the types of many fits of the same rows in the order of those of one fit."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..core.assignment import assigned
from ..em.row_sums import RowSums
from ..engines import Engine
from ..model.mixture import Mixture, Params
from ..profiles import Profiles

__all__ = ["aligned"]

POSTERIORS = 4_000_000
"""Posteriors of all fits that are held at a time."""


def aligned(
    mixture: Mixture, one: Params, many: Params, profiles: Profiles, engine: Engine | None = None
) -> tuple[Params, NDArray[np.bool_]]:
    """Return the parameters of B fits with their types in the order of those of one fit, and (B,) which had another.

    Types are matched one to one so that the observations that both fits give to a type, sum_u w_u zeta_uk zeta'_um over
    the profiles, are as many as possible. Types that constraints tell apart keep their numbers. engine: where the
    profiles are summed.
    """
    fits, types = many.starts, many.types
    together = RowSums(profiles, engine)(partial(_together, mixture, one, many)).reshape(types, fits, types)
    apart = (mixture.alike[:, None] != mixture.alike) * (1.0 + types * float(profiles.weights.sum()))
    order = np.array([[m for _, m in assigned(apart - together[:, b])] for b in range(fits)])
    blocks = (np.take_along_axis(block, order[None], axis=2) for block in many.blocks)
    return Params(tuple(blocks)), np.asarray((order != np.arange(types)).any(axis=1))


def _together(mixture: Mixture, one: Params, many: Params, rows: Profiles) -> NDArray[np.float64]:
    """Return the (K, B K) observations that both fits give to a type, of some rows; they add."""
    task, columns = mixture.task(many), many.starts * many.types
    together = np.zeros((many.types, columns))
    for part in rows.shards(-(-len(rows) * columns // POSTERIORS)):
        own = mixture.posterior(one, part)[1] * part.weights[:, None]
        others = task.posterior(mixture.shard(part))[1]
        together += np.einsum("uk,uw->kw", own, others)  # no BLAS: its threads decide bits
    return together
