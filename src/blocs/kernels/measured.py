"""The E-step in the scale of logarithms, for measurements and for codes whose probabilities lie too far apart.

Rows are worked off in chunks: log-probabilities of a row's codes and its log-densities are added up before anything is
compared, so that no type is ruled out by one part of the row that another would have brought back. No array of all rows
and types exists: a chunk's densities, posteriors and sums fit in cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import gauss, gauss_missing
from .jit import OUTER, njit
from .lanes import exponential, load, peek, poke, store
from .plain import Sums
from .shard import Shard, StartWeights

__all__ = ["Block", "expect", "posterior", "scatter"]

Floats = NDArray[np.float64]
CHUNK = 2048


class Block(NamedTuple):
    """A normal block at given parameters, as kernels see it; arrays as in `gauss`.

    first, last: its columns of the values; cov: (W, D, D) covariance in units, for rows with missing cells.
    """

    first: int
    last: int
    diagonal: bool
    centre: Floats
    scale: Floats
    mean: Floats
    factor: Floats
    const: Floats
    cov: Floats

    @property
    def rows(self) -> int:
        """Rows of its statistics."""
        d = self.last - self.first
        return 1 + 2 * d if self.diagonal else 1 + d + d * (d + 1) // 2

    def log_density(self, part: Shard, out: Floats) -> None:
        """Add (n, W) log-densities of the rows; a missing cell is integrated out."""
        x = _values(part)[:, self.first : self.last]
        missing = np.isnan(x)
        if not missing.any():
            gauss.log_density(x, self.centre, self.scale, self.mean, self.factor, self.const, self.diagonal, out)
            return
        whole = ~missing.any(axis=1)
        known = np.zeros((int(whole.sum()), out.shape[1]))
        gauss.log_density(x[whole], self.centre, self.scale, self.mean, self.factor, self.const, self.diagonal, known)
        out[whole] += known
        out[~whole] += gauss_missing.log_density(x[~whole], self.centre, self.scale, self.mean, self.cov)

    def moments(self, part: Shard, zeta: Floats, out: Floats) -> None:
        """Add the expected moments of (n, W) weighted posteriors to (rows, W)."""
        x = _values(part)[:, self.first : self.last]
        missing = np.isnan(x)
        if not missing.any():
            gauss.moments(x, self.centre, self.scale, self.mean, zeta, self.diagonal, out)
            return
        whole = ~missing.any(axis=1)
        gauss.moments(x[whole], self.centre, self.scale, self.mean, zeta[whole], self.diagonal, out)
        some = ~whole & ~missing.all(axis=1)  # a block missing as a whole says nothing
        gauss_missing.moments(x[some], self.centre, self.scale, self.mean, self.cov, zeta[some], self.diagonal, out)


@njit(**OUTER)
def _posterior(codes, offsets, coded, logs, group, prior, types, joint, loglik):
    """Add logs of codes and prior to log-densities `joint` (n, W); turn them into posteriors; write loglik (n, S).

    coded: columns with more codes than MISSING.
    """
    width, starts = joint.shape[1], loglik.shape[1]
    row = np.zeros((width + 7) // 8 * 8)  # whole vectors
    for u in range(joint.shape[0]):
        of_group, at = group[u] * width, u * width
        for w in range(width):
            poke(row, w, peek(joint, at + w) + peek(prior, of_group + w))
        for j in coded:
            of_code = (offsets[j] + np.int64(codes[u, j])) * width
            for w in range(width):
                poke(row, w, peek(row, w) + peek(logs, of_code + w))
        for s in range(starts):
            a, b = s * types, s * types + types
            top = -np.inf
            for w in range(a, b):
                top = max(top, peek(row, w))
            poke(loglik, u * starts + s, top)
            possible = np.isfinite(top)
            for w in range(a, b):
                away = peek(row, w) - top
                poke(row, w, away if possible and away > -700.0 else -np.inf)
        for w in range(0, width, 8):
            store(row, w, exponential(load(row, w)))
        for s in range(starts):
            a, b, total = s * types, s * types + types, 0.0
            for w in range(a, b):
                total += peek(row, w)
            inverse = 1.0 / total if total > 0.0 else 0.0
            for w in range(a, b):
                poke(joint, at + w, peek(row, w) * inverse)
            if total > 0.0:
                poke(loglik, u * starts + s, peek(loglik, u * starts + s) + np.log(total))


@njit(**OUTER)
def _add(weights, group, loglik, zeta, logs, totals):
    """Weight the posteriors zeta (n, W) of rows, and add them to totals (G, W), log-likelihoods (n, S) to logs (S,).

    weights: (n, S), or (n, 1) where all starts have the same. A row of weight 0 adds nothing, possible or not.
    """
    types = zeta.shape[1] // loglik.shape[1]
    for u in range(zeta.shape[0]):
        for s in range(loglik.shape[1]):
            n = weights[u, s % weights.shape[1]]
            if n != 0.0:
                logs[s] += n * loglik[u, s]
            for w in range(s * types, s * types + types):
                zeta[u, w] *= n
                totals[group[u], w] += zeta[u, w]


def posterior(
    shard: Shard, offsets: NDArray[np.int64], logs: Floats, prior: Floats, types: int, blocks: Sequence[Block]
) -> tuple[Floats, Floats]:
    """Return (n, S) log-likelihoods and (n, W) posteriors of the rows of a shard.

    logs: (C, W) log-probability of every code; prior: (G, W) of every type; blocks: the measured items.
    """
    n, width = len(shard.codes), prior.shape[1]
    loglik, joint = np.empty((n, width // types)), np.zeros((n, width))
    for block in blocks:
        block.log_density(shard, joint)
    with np.errstate(divide="ignore"):
        before = np.ascontiguousarray(np.log(prior))
    coded, logs = np.flatnonzero(np.diff(offsets) > 1), np.ascontiguousarray(logs)
    _posterior(shard.codes, offsets, coded, logs, shard.group, before, types, joint, loglik)
    return loglik, joint


def expect(
    kernel: ModuleType, shard: Shard, offsets: NDArray[np.int64], logs: Floats, prior: Floats, types: int,
    blocks: Sequence[Block],
) -> Sums:  # fmt: skip
    """Return the sums of a shard; the rows of the blocks' moments follow those of the codes."""
    sums = Sums(np.zeros(prior.shape[1] // types), np.zeros_like(prior), _blank(offsets, prior, blocks))
    for first in range(0, len(shard.codes), CHUNK):
        part = shard.rows(first, first + CHUNK)
        loglik, zeta = posterior(part, offsets, logs, prior, types, blocks)
        own = part.weights.by_start() if isinstance(part.weights, StartWeights) else part.weights[:, None]
        _add(np.ascontiguousarray(own), part.group, loglik, zeta, sums.loglik, sums.totals)
        _scatter(kernel, part, offsets, zeta, blocks, sums.counts)
    return sums


def scatter(
    kernel: ModuleType, shard: Shard, offsets: NDArray[np.int64], zeta: Floats, blocks: Sequence[Block]
) -> Floats:
    """Return the expected counts and moments of weighted posteriors (n, W)."""
    counts = _blank(offsets, zeta, blocks)
    for first in range(0, len(shard.codes), CHUNK):
        part = shard.rows(first, first + CHUNK)
        _scatter(kernel, part, offsets, np.ascontiguousarray(zeta[first : first + CHUNK]), blocks, counts)
    return counts


def _scatter(
    kernel: ModuleType, part: Shard, offsets: NDArray[np.int64], zeta: Floats, blocks: Sequence[Block], counts: Floats
) -> None:
    codes = int(offsets[-1])
    if codes > len(offsets) - 1:
        counts[:codes] += kernel.scatter(part.codes, offsets, zeta)
    row = codes
    for block in blocks:
        block.moments(part, zeta, counts[row : row + block.rows])
        row += block.rows


def _blank(offsets: NDArray[np.int64], like: Floats, blocks: Sequence[Block]) -> Floats:
    return np.zeros((int(offsets[-1]) + sum(block.rows for block in blocks), like.shape[1]))


def _values(shard: Shard) -> Floats:
    return np.asarray(shard.values)
