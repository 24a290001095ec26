"""The E-step in the scale of logarithms, for measurements and for codes whose probabilities lie too far apart.

Rows are worked off in chunks: the other codes as everywhere else, then log-densities on top of them.

Codes come first because they may rule a type out, and densities never do: however far a row lies from the types it can
be of, in the scale of logarithms it is of one of them. No array of all rows and types exists: a chunk's densities,
posteriors and sums fit in cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from . import gauss, gauss_missing
from .plain import Sums
from .shard import Shard

__all__ = ["Block", "Steep", "expect", "posterior", "scatter"]

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
        gauss_missing.moments(
            x[some], self.centre, self.scale, self.mean, self.cov, zeta[some], self.diagonal, out
        )


class Steep(NamedTuple):
    """A coded item whose probabilities under the types are too far apart for a table: it has their logarithms.

    item: its column of the codes; logs: (L + 1, W) log-probability of each code. Its counts are those of its codes.
    """

    item: int
    logs: Floats

    @property
    def rows(self) -> int:
        """Rows of its own among the statistics: none."""
        return 0

    def log_density(self, part: Shard, out: Floats) -> None:
        """Add (n, W) log-probabilities of the rows."""
        out += self.logs[part.codes[:, self.item]]

    def moments(self, part: Shard, zeta: Floats, out: Floats) -> None:
        """Add nothing."""


Blocks = Sequence[Block | Steep]


@njit(cache=True, nogil=True, error_model="numpy")
def _normalise(joint, given, group, types, loglik):  # type: ignore[no-untyped-def]
    """Turn log-densities (n, W) into posteriors in place and add their logarithms to loglik (n, S).

    given: (G, W) what is known of the types without the densities, row group[u] of it for row u.
    """
    logs = np.log(given)
    for u in range(joint.shape[0]):
        row, before = joint[u], logs[group[u]]
        for s in range(loglik.shape[1]):
            a, b = s * types, s * types + types
            top = -np.inf
            for w in range(a, b):
                row[w] += before[w]
                top = max(top, row[w])
            if not np.isfinite(top):
                loglik[u, s] = -np.inf
                row[a:b] = 0.0
                continue
            total = 0.0
            for w in range(a, b):
                away = row[w] - top
                row[w] = np.exp(away) if away > -700.0 else 0.0
                total += row[w]
            inverse = 1.0 / total
            for w in range(a, b):
                row[w] *= inverse
            loglik[u, s] += top + np.log(total)


def posterior(
    kernel: ModuleType, shard: Shard, offsets: NDArray[np.int64], table: Floats, prior: Floats, types: int,
    blocks: Blocks,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return (n, S) log-likelihoods and (n, W) posteriors of the rows of a shard."""
    n, width = len(shard.codes), prior.shape[1]
    logs = np.zeros((n, width))
    for block in blocks:
        block.log_density(shard, logs)
    if int(offsets[-1]) == len(offsets) - 1:  # every item has just MISSING: nothing is coded
        loglik, given, group = np.zeros((n, width // types)), prior, shard.group
    else:
        loglik, given = kernel.posterior(shard.codes, offsets, table, prior, shard.group, types)
        group = np.arange(n, dtype=np.int32)
    _normalise(logs, given, group, types, loglik)
    return loglik, logs


def expect(
    kernel: ModuleType, shard: Shard, offsets: NDArray[np.int64], table: Floats, prior: Floats, types: int,
    blocks: Blocks,
) -> Sums:  # fmt: skip
    """Return the sums of a shard; the rows of the blocks' moments follow those of the codes."""
    sums = Sums(np.zeros(prior.shape[1] // types), np.zeros_like(prior), _blank(offsets, prior, blocks))
    for first in range(0, len(shard.weights), CHUNK):
        part = _rows(shard, first, first + CHUNK)
        loglik, zeta = posterior(kernel, part, offsets, table, prior, types, blocks)
        sums.loglik[:] += part.weights @ loglik
        zeta *= part.weights[:, None]
        np.add.at(sums.totals, part.group, zeta) if len(prior) > 1 else sums.totals.__iadd__(zeta.sum(axis=0))
        _scatter(kernel, part, offsets, zeta, blocks, sums.counts)
    return sums


def scatter(
    kernel: ModuleType, shard: Shard, offsets: NDArray[np.int64], zeta: Floats, blocks: Blocks
) -> Floats:
    """Return the expected counts and moments of weighted posteriors (n, W)."""
    counts = _blank(offsets, zeta, blocks)
    for first in range(0, len(shard.weights), CHUNK):
        part = _rows(shard, first, first + CHUNK)
        _scatter(kernel, part, offsets, np.ascontiguousarray(zeta[first : first + CHUNK]), blocks, counts)
    return counts


def _scatter(
    kernel: ModuleType, part: Shard, offsets: NDArray[np.int64], zeta: Floats, blocks: Blocks, counts: Floats
) -> None:
    codes = int(offsets[-1])
    if codes > len(offsets) - 1:
        counts[:codes] += kernel.scatter(part.codes, offsets, zeta)
    row = codes
    for block in blocks:
        block.moments(part, zeta, counts[row : row + block.rows])
        row += block.rows


def _blank(offsets: NDArray[np.int64], like: Floats, blocks: Blocks) -> Floats:
    return np.zeros((int(offsets[-1]) + sum(block.rows for block in blocks), like.shape[1]))


def _rows(shard: Shard, a: int, b: int) -> Shard:
    values = None if shard.values is None else shard.values[a:b]
    return Shard(shard.codes[a:b], shard.group[a:b], shard.weights[a:b], values=values)


def _values(shard: Shard) -> Floats:
    return np.asarray(shard.values)
