"""Shares that depend on covariates: pi_uk = exp(x_u' gamma_k) / sum_l exp(x_u' gamma_l).

Only differences of coefficients between types matter: free are those against the first type.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, UnsupportedError
from ..families.protocol import Charted
from ..families.user_parameters import sums_to_one
from ..kernels import softmax
from ..kernels.shard import Shard
from ..profiles import Profiles
from .design import Design
from .protocol import PriorRows

__all__ = ["Softmax"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Softmax:
    """Coefficients of covariates, gamma (1 + Q, W): the mean shares of the types, then Q rows of coefficients.

    The mean shares follow from the coefficients and the rows; they are kept for the order of types and for reports.
    pseudo: the Dirichlet pseudo-count of every share; here so many observations of every type at the means of the
    columns.
    """

    types: int
    design: Design
    pseudo: float = 0.0
    groups = None
    common = False
    turned = False

    @property
    def levels(self) -> int | None:
        """None: no column of very many levels; see `LevelSoftmax`."""
        return None

    def order(self, profiles: Profiles) -> Ints | None:
        """Return (U,) the numbers of the profiles in the order of their covariates: few of them are in two shards."""
        row = self.rows([profiles])[0].row
        return np.argsort(row, kind="stable")

    def rows(self, parts: Sequence[Profiles]) -> list[PriorRows]:
        """Return the distinct covariate rows of each part."""
        out = []
        for part in parts:
            covariates, row = (None, None) if part.covariates is None else part.covariates.in_use()
            x = self.design.matrix(covariates)
            out.append(PriorRows(np.zeros(0, np.int32) if row is None else row, len(x), x))
        return out

    def prior(self, gamma: Floats, shard: Shard) -> Floats:
        """Return (G, W) the shares in each covariate row of a shard."""
        return softmax.probabilities(_x(shard), gamma[1:], self.types)

    def statistics(self, gamma: Floats, shard: Shard, totals: Floats) -> Floats:
        """Return totals, expected totals, gradient and information: their number does not depend on that of rows."""
        return softmax.sums(_x(shard), gamma[1:], totals, self.types)

    def mstep(self, gamma: Floats, stats: Floats) -> Floats:
        """Return the coefficients after one safe Newton step, and the mean posteriors as shares."""
        step = softmax.newton(self._with_prior(stats, gamma), gamma[1:], np.array(self.design.largest), self.types)
        return np.concatenate([self._means(stats[0]), step])

    def log_prior(self, gamma: Floats) -> Floats:
        """Return (S,): the pseudo-counts times the log of the shares at the means of the columns."""
        if not self.pseudo:
            return np.zeros(gamma.shape[1] // self.types)
        logs = np.log(softmax.probabilities(self._means_of_columns, gamma[1:], self.types))
        return np.asarray(self.pseudo * logs.reshape(-1, self.types).sum(axis=1))

    def even(self, starts: int) -> Floats:
        """Return (1 + Q, S * K) equal shares for every row."""
        return self.from_shares(np.full((starts, self.types), 1.0 / self.types))

    def from_shares(self, shares: Floats) -> Floats:
        """Return coefficients under which every row has the same shares (S, K)."""
        gamma = np.zeros((1 + len(self.design.columns), shares.size))
        gamma[0] = shares.ravel()
        gamma[1] = np.log(np.maximum(shares, np.finfo(np.float64).tiny)).ravel()
        return gamma

    def carry(self, gamma: Floats, before: Softmax) -> Floats:
        """Return coefficients of the same columns that were centred and scaled by other rows."""
        turned = np.linalg.solve(self.design.units, before.design.units)
        return np.concatenate([gamma[:1], np.einsum("qr,rw->qw", turned, gamma[1:])])

    def with_means(self, gamma: Floats, other: Floats) -> Floats:
        """Return the coefficients of one with the mean shares of another, near which it is."""
        return np.concatenate([other[:1], gamma[1:]])

    def shares(self, gamma: Floats, stats: Floats | None = None) -> Floats:
        """Return (S, K) mean shares over the rows: those of the coefficients where there are statistics."""
        return (gamma[:1] if stats is None else self._means(stats[1])).reshape(-1, self.types)

    def read(self, written: Any) -> Floats:
        """Refuse shares that are written down."""
        raise UnsupportedError("Shares that are the same for all rows cannot be given where there are covariates.")

    def faults(self, gamma: Floats) -> list[Fault]:
        """Return whether the mean shares are none."""
        if len(gamma) != 1 + len(self.design.columns):
            return [Fault(f"there are {len(gamma) - 1} coefficients for each type, and {len(self.design.columns)} "
                          "columns of covariates")]  # fmt: skip
        if sums_to_one(self.shares(gamma), axis=1):
            return []
        return [Fault("a share is negative, or the shares do not sum to 1")]

    def coefficients(self, gamma: Floats) -> Floats:
        """Return (Q, K) coefficients of one start against its first type, in the units of the covariates."""
        return np.asarray(np.einsum("qr,rk->qk", self.design.units, self.to_free(gamma)[1:]))

    # Coordinates of quasi-Newton steps: coefficients against the first type, whose own and the mean shares have none

    @property
    def charted(self) -> Charted | None:
        """The coefficients themselves."""
        return self

    def chart(self, gamma: Floats) -> Floats:
        """Return (1 + Q, W) coefficients against the first type, 0 for the mean shares."""
        return np.concatenate([np.zeros((1, gamma.shape[1])), self.to_free(gamma)[1:]])

    def unchart(self, y: Floats) -> Floats:
        """Return the coefficients; the mean shares follow from the rows, and are not in the coordinates."""
        return y

    def slope(self, gamma: Floats, stats: Floats) -> tuple[Floats, Floats]:
        """Return (1 + Q, W) gradient of the expected log-likelihood, and the diagonal of the information."""
        size, k = len(self.design.columns), self.types
        stats = self._with_prior(stats, gamma)
        gradient = np.concatenate([np.zeros((1, gamma.shape[1])), stats[2 : 2 + size]])
        each = stats[2 + size :].reshape(size, size, k, -1, k)
        curvature = np.zeros(gamma.shape)
        curvature[1:] = np.einsum("qqksk->qsk", each).reshape(size, -1)
        gradient[:, ::k] = 0.0
        return gradient, curvature

    def turn(self, y: Floats, v: Floats, back: bool) -> Floats:
        """Return the directions: what the curvature of two coefficients has in common is learned."""
        return v

    def unit(self, y: Floats) -> Floats:
        """Return 1: the coordinates are log-odds."""
        return np.ones(y.shape)

    # Free parameters: coefficients of centred and scaled columns against the first type

    def index(self, types: int) -> Ints:
        """Return (1 + Q, K) places, type by type; the mean shares and the first type have none."""
        size = len(self.design.columns)
        places = np.arange(size)[:, None] + size * (np.arange(types) - 1)
        places[:, 0] = -1
        return np.concatenate([np.full((1, types), -1), places])

    def to_free(self, gamma: Floats) -> Floats:
        """Return (1 + Q, W) coefficients against the first type of each start."""
        each = gamma.reshape(len(gamma), -1, self.types).copy()
        each[1:] -= each[1:, :, :1].copy()
        return each.reshape(gamma.shape)

    def from_free(self, free: Floats) -> Floats:
        """Return the coefficients: the mean shares are those of `free`."""
        return self.to_free(free)

    def scores(self, gamma: Floats, shard: Shard) -> Floats:
        """Return (G, P, K) derivatives of log pi_gk by coefficient q of type j: x_gq ([j = k] - pi_gj)."""
        x, pi = _x(shard), self.prior(gamma, shard)
        each = np.eye(self.types)[1:] - pi[:, 1:, None]
        return (each[:, :, None, :] * x[:, None, :, None]).reshape(len(x), -1, self.types)

    def information(self, gamma: Floats, shard: Shard, totals: Floats) -> Floats:
        """Return (P, P): sum over rows of their number times x x' in the blocks of diag(pi) - pi pi'."""
        return self.information_in(self.statistics(gamma, shard, totals))

    def information_in(self, stats: Floats) -> Floats:
        """Return the (P, P) information that the statistics of one start have."""
        size, k = len(self.design.columns), self.types
        each = stats[2 + size :].reshape(size, size, k, k)
        return np.ascontiguousarray(each[:, :, 1:, 1:].transpose(3, 0, 2, 1)).reshape(2 * (size * (k - 1),))

    @property
    def _means_of_columns(self) -> Floats:
        """(1, Q) a row at the means of all columns, which are centred."""
        return np.eye(1, len(self.design.columns))

    def _with_prior(self, stats: Floats, gamma: Floats) -> Floats:
        """Return the statistics with those of the observations that the prior adds."""
        if not self.pseudo:
            return stats
        added = np.full((1, gamma.shape[1]), self.pseudo)
        return stats + softmax.sums(self._means_of_columns, gamma[1:], added, self.types)

    def _means(self, totals: Floats) -> Floats:
        """Return (1, W) shares of totals."""
        each = totals.reshape(-1, self.types)
        return np.asarray(each / each.sum(axis=1, keepdims=True)).reshape(1, -1)


def _x(shard: Shard) -> Floats:
    assert shard.covariates is not None, "the shard was placed for a model with covariates"
    return shard.covariates
