"""Whether the data can tell the types apart at all (002 §3.3): free parameters against what the data can speak of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..families import Family
from ..profiles import Profiles
from .mixture import Mixture, Params
from .scores import row_scores

__all__ = ["coinciding", "information_rank", "too_many"]

Floats = NDArray[np.float64]
ALIKE = 1e-3


def too_many(mixture: Mixture) -> bool:
    """Return whether there are more free parameters than free cell probabilities of the whole table of outcomes.

    Then a continuum of parameters gives every cell the same probability, and no data can choose among them. With one
    flip per draw there is one free cell probability, and two coins have three parameters.
    """
    cells = 1.0
    for family in mixture.families:
        if family.names_types:
            return False  # labelled rows speak of each type by itself
        for item in family.items:
            cells *= 1.0 + family.cells(item)
    return mixture.free > cells - 1


def coinciding(mixture: Mixture, params: Params) -> tuple[tuple[int, int], ...]:
    """Return the pairs of types (numbered from 0) that have the same parameters in every item: one type too many."""
    pairs = []
    for k in range(mixture.types):
        for other in range(k + 1, mixture.types):
            if all(
                _alike(family, block[:, 0, k], block[:, 0, other])
                for family, block in zip(mixture.families, params.families, strict=True)
            ):
                pairs.append((k, other))
    return tuple(pairs)


def _alike(family: Family, a: Floats, b: Floats) -> bool:
    """Whether two types have the same parameters, of those that are estimated, up to a small share of their size."""
    if not family.index(1).size:
        return True
    size = np.maximum(np.maximum(np.abs(a), np.abs(b)), 1.0)
    return bool((np.abs(a - b) <= ALIKE * size).all())


def information_rank(mixture: Mixture, params: Params, profiles: Profiles) -> tuple[int, int]:
    """Return (rank, free): the rank of the information about the free parameters, and how many there are.

    The information is the sum over profiles of n_u s_u s_u', s_u the score: the derivatives of the row's
    log-likelihood by the free parameters.
    """
    scores = row_scores(mixture, params, profiles)
    weighted = scores * np.sqrt(profiles.weights)[:, None]
    size = np.sqrt((weighted**2).sum(axis=0))
    values = np.linalg.svd(weighted / np.where(size > 0, size, 1.0), compute_uv=False)
    return int((values > 1e-5 * max(values.max(initial=0.0), 1e-300)).sum()), mixture.free
