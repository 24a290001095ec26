"""Resamplings: the M-step of a bootstrap sample of the rows, with the optimum's own posteriors.

Splits and insertions change one type or two and leave the others. Here all types move, each by about its sampling
error: large types hardly, small ones much. So optima that differ by a few rows of a small type lead to one another.
"""

from __future__ import annotations

import numpy as np

from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .distances import SUBSAMPLE_ROWS, draw_samples
from .split_merge import OLD_PART

__all__ = ["SAMPLES", "resamplings"]

SAMPLES = 16
"""Bootstrap samples of each size."""
SIZES = (1.0, 0.25)
"""Rows of a sample, as a share of the observations."""


def resamplings(mixture: Mixture, profiles: Profiles, params: Params, rng: np.random.Generator) -> Params:
    """Return 2 `SAMPLES` starts: M-steps of one start's posteriors on as many rows as there are, or a quarter."""
    zeta, made = mixture.posterior(params, profiles)[1], []
    n = min(float(profiles.weights.sum()), SUBSAMPLE_ROWS)
    for size in SIZES:
        times = draw_samples(profiles, profiles.weights, rng, max(mixture.types, round(size * n)), SAMPLES)
        share = times / profiles.weights[:, None]  # M-steps weigh the rows
        made.append(mixture.from_products(profiles, zeta, share))
    return Params.stack(made).toward(params, OLD_PART)
