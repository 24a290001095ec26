"""K-means with weights, where scikit-learn's Gaussian mixtures begin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["clusters"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ITERATIONS = 300
TRIALS = 3


def clusters(x: Floats, weights: Floats, k: int, rng: np.random.Generator) -> Ints:
    """Return (U,) the cluster, from 0, of each of (U, D) rows with weights.

    Centres begin at rows that are drawn one after another in proportion to weight times squared distance to the nearest
    centre so far: of 2 + log k draws the one that leaves least distance (greedy k-means++, Arthur and Vassilvitskii
    2007). Then each row goes to the nearest centre, and each centre to the mean of its rows, until no row moves
    (Lloyd 1982). A centre without rows goes to the row that is farthest from its own. Of `TRIALS` such clusters those
    with the least distance count. Rows are sorted first, so that their order does not matter, and weight 3 is three
    copies.
    """
    order = np.lexsort(x.T)
    out = np.empty(len(x), dtype=np.int64)
    trials = [_of_sorted(x[order], weights[order], k, rng) for _ in range(TRIALS)]
    out[order] = min(trials, key=lambda trial: trial[0])[1]
    return out


def _of_sorted(x: Floats, weights: Floats, k: int, rng: np.random.Generator) -> tuple[float, Ints]:
    """Return the sum of squared distances, and the clusters of one trial."""
    centres = _first_centres(x, weights, k, rng)
    of_row = np.full(len(x), -1)
    for _ in range(ITERATIONS):
        distances = _distances(x, centres)
        before, of_row = of_row, distances.argmin(axis=1)
        for empty in np.setdiff1d(np.arange(k), of_row):
            farthest = int(distances[np.arange(len(x)), of_row].argmax())
            of_row[farthest], distances[farthest] = empty, 0.0
        if np.array_equal(before, of_row):
            break
        totals = np.bincount(of_row, weights, k)
        some = totals > 0  # of fewer different rows than centres some have none
        for d in range(x.shape[1]):
            centres[some, d] = np.bincount(of_row, weights * x[:, d], k)[some] / totals[some]
    within = float(weights @ _distances(x, centres)[np.arange(len(x)), of_row])
    return within, np.asarray(of_row, dtype=np.int64)


def _first_centres(x: Floats, weights: Floats, k: int, rng: np.random.Generator) -> Floats:
    """Return (k, D) rows far from one another."""
    chosen = [int(rng.choice(len(x), p=weights / weights.sum()))]
    nearest = _distances(x, x[chosen])[:, 0]
    while len(chosen) < k:
        odds = weights * nearest
        odds = odds if odds.sum() > 0 else weights  # fewer different rows than centres
        drawn = rng.choice(len(x), size=2 + int(np.log(k)), p=odds / odds.sum())
        left = np.minimum(nearest[:, None], _distances(x, x[drawn]))
        best = int((weights @ left).argmin())
        chosen.append(int(drawn[best]))
        nearest = left[:, best]
    return np.array(x[chosen])


def _distances(x: Floats, centres: Floats) -> Floats:
    """Return (U, k) squared distances, from differences: they lose no digits far from 0."""
    return np.stack([((x - centre) ** 2).sum(axis=1) for centre in centres], axis=1)
