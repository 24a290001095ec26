"""Whether the data can tell the types apart (002 §3.3): at almost all parameters, and at those that were fitted."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnsupportedError
from ..profiles import Profiles
from ..profiles.draws import drawn_places
from .mixture import Mixture, Params
from .scores import complete_scores, mean_scores, scores_of_type
from .structural_rank import MOST, structural_rank

__all__ = ["between_types", "coinciding", "coinciding_from", "identified", "information_rank",
           "sampled"]  # fmt: skip

Floats = NDArray[np.float64]
NONE = 1e-5
"""Share of the information of known types, below which the data have none."""
LEAST = 0.5
"""Information in complete data, in observations, below which a parameter is on an edge and left out."""
SCORES = 1_000_000
"""Scores that are held at most; of larger data a sample of rows is used."""


def identified(mixture: Mixture, params: Params, profiles: Profiles) -> bool | None:
    """Return whether the parameters are identified: generically, and locally at one start's `params`.

    Generically: the probabilities of all possible rows determine as many parameters as are free (`structural_rank`).
    Locally: the information in the data has the rank that it would have if the types were known (`information_rank`).
    None where that is not computed: where a family does not say which parameters are free; and with more than `MOST`
    free parameters, of which only types that coincide are looked for (False where there are any).
    """
    if mixture.types == 1:
        return True
    if mixture.free > MOST:
        rows = _sample(profiles, max(SCORES // mixture.types, 20 * mixture.types))
        return False if coinciding(mixture, params, rows) else None
    try:
        rank, free = information_rank(mixture, params, profiles)
        if rank < free or free == mixture.free:  # full rank anywhere is full rank at almost all parameters
            return rank == free
        return structural_rank(mixture, profiles) == mixture.free
    except UnsupportedError:
        return None


def coinciding(mixture: Mixture, params: Params, profiles: Profiles) -> tuple[tuple[int, int], ...]:
    """Return the pairs of types (numbered from 0) that the data do not tell apart: one type too many.

    With the other types and both types' parameters given, the information in the data about how the shares of types k
    and l divide is

        (pi_k pi_l / (pi_k + pi_l))^2 sum_u w_u (zeta_uk / pi_k - zeta_ul / pi_l)^2,

    and N pi_k pi_l / (pi_k + pi_l) if every row's type were known. Types coincide where the first is less than a
    100,000th of the second.
    """
    between = np.zeros(mixture.types * (mixture.types - 1) // 2)
    for part in profiles.parts:
        between = between + between_types(mixture, params, part)
    return coinciding_from(params, between, float(profiles.weights.sum()))


def between_types(mixture: Mixture, params: Params, part: Profiles) -> Floats:
    """Return the sums of `coinciding` over some rows, of each pair of types; they add."""
    shares, pairs = params.shares[0], combinations(range(mixture.types), 2)
    ratio = mixture.posterior(params, part)[1] / np.where(shares > 0, shares, 1.0)
    return np.array([float(part.weights @ (ratio[:, k] - ratio[:, other]) ** 2) for k, other in pairs])


def coinciding_from(params: Params, between: Floats, n: float) -> tuple[tuple[int, int], ...]:
    """Return the pairs of `coinciding` from the sums over all rows, of n observations."""
    shares = params.shares[0]
    pairs, tiny = list(combinations(range(len(shares)), 2)), np.finfo(np.float64).tiny
    half = [shares[k] * shares[other] / max(shares[k] + shares[other], tiny) for k, other in pairs]
    return tuple(pair for pair, own, of in zip(pairs, half, between, strict=True) if own * of / n < NONE)


def information_rank(mixture: Mixture, params: Params, profiles: Profiles) -> tuple[int, int]:
    """Return (rank, free): how many parameters the data inform about, and about how many if the types were known.

    With s_uk the score of row u under type k, and s_u = sum_k zeta_uk s_uk that of the row (Fisher), the information
    in the data is I = sum_u w_u s_u s_u', and with known types C = sum_uk w_u zeta_uk s_uk s_uk'. I is at most C in
    every direction. free: the directions in which C is at least half an observation; it leaves out parameters on an
    edge, such as probabilities of 0, and items of which a type says nothing. rank: those in which I is at least a
    100,000th of C. Of large data a sample of rows is used.
    """
    rows = _sample(profiles, _most(mixture))
    zeta, blocks = complete_scores(mixture, params, rows)
    complete, scores = np.zeros((mixture.free, mixture.free)), mean_scores(zeta, blocks, mixture.free)
    for k in range(mixture.types):
        at, own = scores_of_type(blocks, k)
        weighted = own * (rows.weights * zeta[:, k])[:, None]
        complete[np.ix_(at, at)] += weighted.T @ own
    n = float(rows.weights.sum())
    size = np.sqrt(np.maximum(np.diagonal(complete) / n, 1.0))  # none weighs more than the observations
    among = np.flatnonzero(np.diagonal(complete) >= LEAST)
    scores = (scores / size * np.sqrt(rows.weights)[:, None])[:, among]
    value, vector = np.linalg.eigh((complete / np.outer(size, size))[np.ix_(among, among)])
    kept = value >= LEAST
    whitened = scores @ (vector[:, kept] / np.sqrt(value[kept]))
    share = np.linalg.eigvalsh(whitened.T @ whitened)
    return int((share > NONE).sum()), int(kept.sum())


def sampled(mixture: Mixture, profiles: Profiles) -> bool:
    """Whether `identified` uses a sample of the rows, as they are too many."""
    return len(profiles) > _most(mixture)


def _most(mixture: Mixture) -> int:
    """Return how many rows are used, at most."""
    return max(SCORES // max(mixture.free, 1), 20 * mixture.free)


def _sample(profiles: Profiles, most: int) -> Profiles:
    """Return all rows, or some at random, drawn by weight, that stand for them."""
    if len(profiles) <= most:
        return profiles
    draws = np.random.default_rng(0).random(most)
    at, often = np.unique(drawn_places(profiles.weights, draws), return_counts=True)
    weights = np.asarray(often * (float(profiles.weights.sum()) / most), dtype=np.float64)
    return profiles.take(at, weights)
