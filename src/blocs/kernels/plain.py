"""The kernels in plain numpy: the reference that every faster kernel must match, and the fallback without numba.

S starts of K types each are W = S * K columns: a start is just more types, and every column is computed alone.

codes   (U, J) unsigned int    code of item j in row u
offsets (J + 1,) int           first table row of item j
table   (C, W) float           probability of each code under each type (row offsets[j] is 1: missing)
prior   (G, W) float           probability of each type before the items are seen, by group
group   (U,) int               group of each row (all 0 when shares are the same for everybody)
weights (U,) float             n_u, or those of every start (`StartWeights`)
types   K                      types of one start
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .shard import StartWeights

__all__ = ["Sums", "expect", "posterior", "prepare", "scatter"]

Floats = NDArray[np.float64]


class Sums(NamedTuple):
    """What one pass adds up: loglik (S,); totals (G, W), expected type totals; counts (C, W), expected code counts."""

    loglik: Floats
    totals: Floats
    counts: Floats


def prepare(
    codes: NDArray[Any], offsets: NDArray[np.int64], group: NDArray[Any], groups: int, types: int
) -> None:
    """Return what `expect` wants to know about the profiles beforehand: nothing."""


def posterior(
    codes: NDArray[Any],
    offsets: NDArray[np.int64],
    table: Floats,
    prior: Floats,
    group: NDArray[Any],
    types: int,
) -> tuple[Floats, Floats]:
    """Return (U, S) log-likelihood of each row and (U, W) zeta, the posterior of each type (formulas: E-step).

    A row that is impossible under every type has log-likelihood -inf and posteriors of 0.
    """
    with np.errstate(divide="ignore"):
        joint = np.log(prior)[group]
        logs = np.log(table)
    for j in range(codes.shape[1]):
        joint += logs[offsets[j] + codes[:, j].astype(np.int64)]
    joint = joint.reshape(len(codes), prior.shape[1] // types, types)
    top = joint.max(axis=2, keepdims=True)
    top[~np.isfinite(top)] = 0.0
    scaled = np.exp(joint - top)
    total = scaled.sum(axis=2, keepdims=True)
    with np.errstate(divide="ignore"):
        loglik = top[..., 0] + np.log(total[..., 0])
    zeta = scaled / np.where(total > 0, total, 1.0)
    return loglik, zeta.reshape(len(codes), prior.shape[1])


def scatter(codes: NDArray[Any], offsets: NDArray[np.int64], zeta: Floats, by: Floats | None = None) -> Floats:
    """Return (C, W) expected counts of each code: the sum of weighted zeta (U, W) over the rows that have it.

    by: (U, B); zeta (U, M) are multiplied by its columns, one after the other, so that W = B * M.
    """
    if by is not None:
        zeta = (by[:, :, None] * zeta[:, None, :]).reshape(len(zeta), -1)
    counts = np.zeros((int(offsets[-1]), zeta.shape[1]))
    for j in range(codes.shape[1]):
        np.add.at(counts, offsets[j] + codes[:, j].astype(np.int64), zeta)
    return counts


def expect(
    codes: NDArray[Any],
    offsets: NDArray[np.int64],
    table: Floats,
    prior: Floats,
    group: NDArray[Any],
    types: int,
    weights: Floats | StartWeights,
    plan: None = None,
) -> Sums:
    """Return the expected sufficient statistics of the rows: `posterior`, weighted, then `scatter`.

    A row of weight 0 adds nothing, whether it is possible or not.
    """
    loglik, zeta = posterior(codes, offsets, table, prior, group, types)
    n = weights.by_start() if isinstance(weights, StartWeights) else np.broadcast_to(weights[:, None], loglik.shape)
    zeta *= np.repeat(n, types, axis=1)
    totals = np.zeros_like(prior)
    np.add.at(totals, group, zeta)
    logs = np.multiply(n, loglik, out=np.zeros(loglik.shape), where=n > 0)
    return Sums(np.ascontiguousarray(logs.T).sum(axis=1), totals, scatter(codes, offsets, zeta))
