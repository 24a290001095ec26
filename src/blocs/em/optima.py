"""Optima: which starts ended at one and the same optimum, whatever the order and the names of their types.

Values alone do not say: two optima may be as good as one another. Parameters do not say either: where a model is not
identified, one optimum is a ridge of many. What is compared is what the data see: the probability of every row.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .batches import StartResult, best_of

__all__ = ["at_best", "divergences", "same_value"]

Floats = NDArray[np.float64]

SAME_VALUE = (1e-3, 1e-12)
"""Largest difference of two values of one optimum: in log-likelihood units, and relative to the value (rounding)."""
SAME_FIT = 1e-2
"""Largest divergence of two ends at one optimum, in log-likelihood units."""
POSTERIORS = 1_000_000
"""Posteriors that are held at a time."""


def same_value(a: float, b: float) -> bool:
    """Whether two values may be those of one optimum, up to what the stopping rule and rounding leave."""
    absolute, relative = SAME_VALUE
    return bool(abs(a - b) <= absolute + relative * max(abs(a), abs(b)))


def at_best(mixture: Mixture, profiles: Profiles, results: Sequence[StartResult], n: float) -> set[int]:
    """Return the numbers of the starts that ended at the best optimum.

    Parameters
    ----------
    mixture : Mixture
        The model.
    profiles : Profiles
        Rows that the ends are compared on: all, or a subsample of them.
    results : sequence of StartResult
        All starts; duplicates are where the start is that they are duplicates of.
    n : float
        Number of observations of the data that the values belong to.
    """
    best = best_of(results)
    alike = [r for r in results if r.duplicate_of is None and r.singular == best.singular]
    near = [r for r in alike if same_value(r.value, best.value)]
    others = [r for r in near if r is not best]
    apart = divergences(mixture, profiles, best.params, [r.params for r in others], n) if others else ()
    numbers = {best.number, *(r.number for r, far in zip(others, apart, strict=True) if far <= SAME_FIT)}
    return numbers | {r.number for r in results if r.duplicate_of in numbers}


def divergences(mixture: Mixture, profiles: Profiles, params: Params, others: Sequence[Params], n: float) -> Floats:
    """Return how far the fits of other parameters are from that of `params`, in log-likelihood units.

    sum_u w_u (log p(x_u) - log p'(x_u))^2 / 2, scaled to `n` observations: to second order what moving from one to the
    other takes from the log-likelihood of a model that holds. It is 0 for other names of the types and along a ridge.
    """
    reference = mixture.posterior(params, profiles)[0][:, None]
    each = max(1, POSTERIORS // (len(profiles) * mixture.types))
    parts = [others[a : a + each] for a in range(0, len(others), each)]
    logs = [mixture.task(Params.stack(part)).posterior(mixture.shard(profiles))[0] for part in parts]
    scaled = profiles.weights * (n / profiles.weights.sum())
    apart = [0.5 * (scaled[:, None] * (part - reference) ** 2).sum(axis=0) for part in logs]
    return np.concatenate([np.zeros(0), *apart])
