"""Whether the data can tell the types apart (002 §3.3): at almost all parameters, and at those that were fitted."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnsupportedError
from ..core.lazy import lazy_import
from ..profiles import Profiles
from .mixture import Mixture, Params
from .row_sample import POOL, rows_by_weight, spread_rows
from .score_sums import parts_of_bounded_size
from .scores import complete_scores, mean_scores, parameter_positions, scores_of_type
from .structural_rank import MOST, structural_rank

if TYPE_CHECKING:
    from scipy import linalg
else:
    linalg = lazy_import("scipy.linalg")

__all__ = ["between_types", "coinciding", "coinciding_from", "identified", "information_rank", "sampled"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NONE = 1e-5
"""Share of the information of known types, below which the data have none."""
LEAST = 0.5
"""Information in complete data, in observations, below which a parameter is on an edge and left out."""
SCORES = 1_000_000
"""Scores from which information is judged at least; of larger data a sample of rows is used."""
ROWS_OF_POOL = 4
"""Rows for each type of a pool of larger data, below which it says nothing of a parameter."""


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
        rows = rows_by_weight(profiles, max(SCORES // mixture.types, 20 * mixture.types))
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
    100,000th of C. Of large data a sample of rows is used in which rare outcomes, small groups and small types are
    (`row_sample`).
    """
    pool = rows_by_weight(profiles, POOL)
    rows = spread_rows(mixture, params, pool, _rows_needed(mixture.free, mixture.types))
    data, complete = _information(mixture, params, rows)
    n, least = float(rows.weights.sum()), LEAST
    if pool is not profiles:  # what fewer rows of the pool than this speak of is not judged by them
        least = ROWS_OF_POOL * mixture.types * float(profiles.weights.sum()) / len(pool)
    size = np.sqrt(np.maximum(np.diagonal(complete) / n, 1.0))  # none weighs more than the observations
    data, complete = data / np.outer(size, size), complete / np.outer(size, size)
    blocks = [_known(complete, at, least) for at in _own_places(mixture)]
    data, complete = _of_blocks(data, blocks), _of_blocks(complete, blocks)
    if not _positive(complete - least * np.eye(len(complete))):
        whole = [_known(complete, np.arange(len(complete)), least)]
        data, complete = _of_blocks(data, whole), _of_blocks(complete, whole)
    free = len(complete)
    if _positive(data - NONE * complete):
        return free, free
    return int((linalg.eigh(data, complete, eigvals_only=True) > NONE).sum()), free


def sampled(mixture: Mixture, profiles: Profiles) -> bool:
    """Whether `identified` uses a sample of the rows, as they are too many."""
    return len(profiles) > _rows_needed(mixture.free, mixture.types)


def _own_places(mixture: Mixture) -> list[Ints]:
    """Return the places of the parameters of the shares, of each type, and of those that types share."""
    shares, *families = parameter_positions(mixture)
    owner = np.full(mixture.free, -1)
    for at in families:
        for k in range(mixture.types):
            own = at[at[:, k] >= 0, k]
            owner[own] = np.where((owner[own] < 0) | (owner[own] == k), k, mixture.types)
    owner[shares[shares >= 0]] = -1
    return [np.flatnonzero(owner == k) for k in range(-1, mixture.types + 1) if (owner == k).any()]


def _known(complete: Floats, at: Ints, least: float) -> tuple[Ints, Floats]:
    """Return places, and (places, directions) those directions of them of which so much would be known."""
    value, vector = np.linalg.eigh(complete[np.ix_(at, at)])
    return at, vector[:, value >= least]


def _of_blocks(matrix: Floats, blocks: list[tuple[Ints, Floats]]) -> Floats:
    """Return a symmetric matrix of the parameters as one of the directions."""
    rows = np.concatenate([vector.T @ matrix[at] for at, vector in blocks])
    out = np.concatenate([rows[:, at] @ vector for at, vector in blocks], axis=1)
    return np.asarray((out + out.T) / 2)


def _rows_needed(free: int, types: int) -> int:
    """Return from how many rows the information about so many parameters is judged.

    An outcome has a parameter under each type, and is drawn some types / (1.25 free) times: five standard deviations
    more often than there are types, as fewer rows would not tell these parameters apart.
    """
    often = types + 5 * types**0.5 + 5
    return int(max(SCORES // max(free, 1), min(20 * free, 6_000), math.ceil(1.25 * free / types * often)))


def _information(mixture: Mixture, params: Params, rows: Profiles) -> tuple[Floats, Floats]:
    """Return (P, P) the information in the rows, and that which they had if their types were known."""
    data, complete = np.zeros((2, mixture.free, mixture.free))
    for part in parts_of_bounded_size(mixture, rows):
        zeta, blocks = complete_scores(mixture, params, part)
        for k in range(mixture.types):
            at, own = scores_of_type(blocks, k)
            own = own * np.sqrt(part.weights * zeta[:, k])[:, None]
            complete[np.ix_(at, at)] += own.T @ own
        scores = mean_scores(zeta, blocks, mixture.free) * np.sqrt(part.weights)[:, None]
        data += scores.T @ scores
    return data, complete


def _positive(matrix: Floats) -> bool:
    """Return whether a symmetric matrix is positive definite, which its Cholesky factor says in a tenth of the time."""
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True
