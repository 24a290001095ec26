"""Split-and-merge moves: one type is dissolved, another is split in two (Ueda, Nakano, Ghahramani and Hinton 2000)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .distances import Distances

__all__ = ["OLD_PART", "dissolved", "splits"]

Floats = NDArray[np.float64]

OLD_PART = 1e-3
"""Part of the old parameters in those of a candidate, so that no row that was possible becomes impossible."""


def splits(mixture: Mixture, profiles: Profiles, params: Params, rng: np.random.Generator) -> Params:
    """Return K (K - 1) starts: every way to dissolve one type of one start's `params` and split another.

    The dissolved type's rows go to the others by their posteriors; the split type's to two centres far apart in it.
    """
    zeta, distances = mixture.posterior(params, profiles)[1], Distances.of(mixture, profiles)
    types, draws = range(mixture.types), rng.random((mixture.types, 2, distances.trials))
    half = distances.memberships(profiles, profiles.weights * zeta.T, draws)[:, :, 0].T  # the first of the two
    made, whole = [], np.arange(mixture.types)
    for gone in types:
        rest = dissolved(zeta, gone)
        parts = np.hstack([rest, rest * half, rest * (1 - half)])  # of all ways to go on: most types are as in others
        which = np.tile(whole, (mixture.types - 1, 1))
        for row, k in zip(which, whole[whole != gone].tolist(), strict=True):
            row[k], row[gone] = mixture.types + k, 2 * mixture.types + k
        made.append(mixture.from_posteriors(profiles, parts, which.ravel()))
    return mixture.toward(Params.stack(made), params, OLD_PART)


def dissolved(zeta: Floats, gone: int) -> Floats:
    """Return (U, K) posteriors without one type: its part goes to the others as theirs do."""
    rest = zeta.copy()
    rest[:, gone] = 0.0
    total = rest.sum(axis=1)
    none = total <= 1e-12
    rest[none], total[none] = 1.0, zeta.shape[1] - 1
    return np.asarray(rest / total[:, None])
