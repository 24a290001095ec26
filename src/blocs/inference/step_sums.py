"""Sums over the rows of a step after the types, whatever its method, and the parameters where its score is 0.

Every method maximises sum_r w_r sum_s V_rs log sum_t F_st exp(l_rt) with the joint log-probability l_rt of its model:

    naive      V = the parts assigned, F = 1 where s is t, else 0
    BCH        V = the parts assigned times D^-1, F as naive
    ML         V = the parts assigned, F_st = D_ts
    two-step   V = 1, one s, F_rt = the probability of the answers of the row under type t
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .step_models import StepModel
from .variances import NONE, spectrum

__all__ = ["Pieces", "RowSums", "Solution", "StepSums", "row_sums", "slices", "solve", "step_sums",
           "types_of"]  # fmt: skip

Floats = NDArray[np.float64]
NUMBERS = 2_000_000
"""Scores, by row, type and parameter, that are in memory at once."""
MOST = 200
"""Steps of Newton's method."""
GAIN = 1e-9
"""Gain that the next step can bring, below which it is the last."""


class Pieces(NamedTuple):
    """What a method takes from the first steps: weights (R,), parts V (R, S), log F as (1 or R, S, K)."""

    weights: Floats
    parts: Floats
    logs: Floats

    def of(self, rows: slice) -> Floats:
        """Return log F of some rows."""
        return self.logs if len(self.logs) == 1 else self.logs[rows]


class RowSums(NamedTuple):
    """Of n rows: z (n, S, K) posteriors of the types, scores (n, S, m) of each part, logs (n, S) of its probability."""

    z: Floats
    scores: Floats
    logs: Floats


class StepSums(NamedTuple):
    """Sums over all rows.

    value: of what is maximised; score (m,); observed (m, m): minus its second derivatives; complete (m, m): the same if
    the types were known.
    """

    value: float
    score: Floats
    observed: Floats
    complete: Floats


class Solution(NamedTuple):
    """theta (m,), the sums there, and whether no step brings anything any more."""

    theta: Floats
    sums: StepSums
    converged: bool


def slices(rows: int, each: int) -> list[slice]:
    """Return the rows in parts, of which each row takes so many numbers."""
    size = max(NUMBERS // max(each, 1), 64)
    return [slice(first, min(first + size, rows)) for first in range(0, rows, size)]


def row_sums(model: StepModel, pieces: Pieces, theta: Floats, rows: slice) -> tuple[RowSums, Floats]:
    """Return the posteriors and scores of some rows, and (n, K, m) the scores under each type."""
    joint = pieces.of(rows) + model.log_joint(theta, rows)[:, None, :]
    top = joint.max(axis=2, keepdims=True)
    z = np.exp(joint - top)
    total = z.sum(axis=2, keepdims=True)
    z /= total
    under = model.scores(theta, rows)
    return RowSums(z, np.matmul(z, under), (top + np.log(total))[:, :, 0]), under


def step_sums(model: StepModel, pieces: Pieces, theta: Floats) -> StepSums:
    """Return the sums at theta, added in the order of the rows."""
    size, types = model.size, pieces.logs.shape[2]
    value, score = 0.0, np.zeros(size)
    observed, complete = np.zeros((size, size)), np.zeros((size, size))
    for rows in slices(len(pieces.weights), size * types):
        (z, scores, logs), under = row_sums(model, pieces, theta, rows)
        each = pieces.weights[rows, None] * pieces.parts[rows]
        value += float((each * logs).sum())
        score += np.einsum("ns,nsm->m", each, scores)
        of_type = np.einsum("ns,nst->nt", each, z)
        known = model.information(theta, rows, of_type)
        complete += known
        observed += known - _products(under, of_type) + _products(scores, each)
    return StepSums(value, score, observed, complete)


def types_of(model: StepModel, pieces: Pieces, theta: Floats) -> Floats:
    """Return (R, K) weights of the rows in each type, given all that is known of them at theta."""
    out = np.zeros((len(pieces.weights), pieces.logs.shape[2]))
    for rows in slices(len(out), model.size * out.shape[1]):
        z = row_sums(model, pieces, theta, rows)[0].z
        out[rows] = np.einsum("ns,nst->nt", pieces.weights[rows, None] * pieces.parts[rows], z)
    return out


def _products(scores: Floats, weights: Floats) -> Floats:
    """Return (m, m) the sum of weights (n, T) times s s' of scores (n, T, m)."""
    flat = scores.reshape(-1, scores.shape[2])
    return np.asarray((flat * weights.reshape(-1, 1)).T @ flat)


def solve(model: StepModel, pieces: Pieces, start: Floats) -> Solution:
    """Return the parameters at which the score is 0, by Newton's method: a step never lowers what is maximised."""

    def at(theta: Floats) -> StepSums:
        return step_sums(model, pieces, theta)

    theta, sums = start, at(start)
    for _ in range(MOST):
        move = _newton(sums)
        gain = float(move @ sums.score)
        theta, moved = _uphill(at, theta, sums, move)
        if moved is None or gain <= GAIN:
            return Solution(theta, sums if moved is None else moved, True)
        sums = moved
    return Solution(theta, sums, False)


def _newton(sums: StepSums) -> Floats:
    """Return Newton's step, or that of known types where the second derivatives are not those of a maximum."""
    at = spectrum(sums.observed, sums.complete)
    size = np.where(at.share > NONE, at.share, 1.0)
    return np.asarray(at.directions @ ((at.directions.T @ sums.score) / size))


def _uphill(
    at: Callable[[Floats], StepSums], theta: Floats, sums: StepSums, move: Floats
) -> tuple[Floats, StepSums | None]:
    """Return theta after the largest part of a step, halved again and again, that lowers nothing; None without any."""
    slack = 1e-13 * abs(sums.value)
    for halved in range(40):
        further = theta + move * 0.5**halved
        moved = at(further)
        if np.isfinite(moved.value) and moved.value >= sums.value - slack:
            return further, moved
    return theta, None
