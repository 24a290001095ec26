"""Shares that depend on covariates of which one gives each of its many levels, such as precincts, an intercept.

The parameters are those of `Softmax`. Sums and steps use log-odds of the levels instead, which no other level's rows
have: eta_uk = a_gk + x_u' gamma_k for a row of level g, with the columns x but the intercept and those of levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..families.protocol import Charted
from ..kernels import levels
from ..kernels.shard import Shard
from ..profiles import Profiles
from .protocol import PriorRows
from .softmax import Softmax

__all__ = ["LevelSoftmax"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_CHARTED = 20_000
"""Coefficients of a start up to which quasi-Newton steps are taken, as for shares by group."""
TINY = 1e-150
"""Square root of a share that is 0 but for its logarithm."""


@dataclass(frozen=True)
class LevelSoftmax(Softmax):
    """Coefficients of covariates, gamma (1 + Q, W) as those of `Softmax`, where `design.many` is a column; no prior."""

    @property
    def levels(self) -> int:
        """Number of levels G."""
        return 1 + len(self.design.at_levels)

    def rows(self, parts: Sequence[Profiles]) -> list[PriorRows]:
        """Return the distinct covariate rows of each part: the other columns, and last the number of the level."""
        out = []
        for part in parts:
            covariates, row = (None, None) if part.covariates is None else part.covariates.in_use()
            x, level = self.design.parts(covariates)
            columns = np.concatenate([x, level[:, None]], axis=1)
            out.append(PriorRows(np.zeros(0, np.int32) if row is None else row, len(x), columns))
        return out

    def by_level(self, shard: Shard) -> tuple[Floats, Ints]:
        """Return (R, p) columns and (R,) levels of the rows of a shard."""
        assert shard.covariates is not None, "the shard was placed for a model with covariates"
        return np.ascontiguousarray(shard.covariates[:, :-1]), shard.covariates[:, -1].astype(np.int64)

    def prior(self, gamma: Floats, shard: Shard) -> Floats:
        """Return (R, W) the shares in each covariate row of a shard."""
        return levels.probabilities(*self.by_level(shard), gamma[1:][self.design.at_others], self._odds(gamma),
                                    self.types)  # fmt: skip

    def statistics(self, gamma: Floats, shard: Shard, totals: Floats) -> Floats:
        """Return totals, expected totals, gradient and the blocks of the information, as `levels.sums`."""
        return levels.sums(*self.by_level(shard), gamma[1:][self.design.at_others], self._odds(gamma), totals,
                           self.types)  # fmt: skip

    def mstep(self, gamma: Floats, stats: Floats) -> Floats:
        """Return the coefficients after one safe Newton step, and the mean posteriors as shares."""
        step, moves = levels.newton(stats, np.array(self.design.largest)[self.design.at_others], self.types)
        out = np.concatenate([self._means(stats[0]), gamma[1:]])
        out[1 + self.design.at_others] += step
        out[1 + self._at] += self._from_odds(moves)
        return out

    @property
    def charted(self) -> Charted | None:
        """The coefficients themselves, None where they are very many."""
        return self if len(self.design.columns) * self.types <= MOST_CHARTED else None

    def chart(self, gamma: Floats) -> Floats:
        """Return (1 + Q, W): coefficients against the first type, and square roots of the shares of each level.

        They are those where all other columns are at their means; 0 for the mean shares.
        """
        out = super().chart(gamma)
        odds = self._odds(gamma).reshape(self.levels, -1, self.types)
        shares = np.exp(odds - odds.max(axis=2, keepdims=True))
        out[1 + self._at] = np.sqrt(shares / shares.sum(axis=2, keepdims=True)).reshape(self.levels, -1)
        return out

    def unchart(self, y: Floats) -> Floats:
        """Return the coefficients at any coordinates; the mean shares are not in them."""
        out = np.array(y)
        odds = 2 * np.log(np.maximum(np.abs(y[1 + self._at]), TINY)).reshape(self.levels, -1, self.types)
        out[1 + self._at] = self._from_odds((odds - odds[:, :, :1]).reshape(self.levels, -1))
        return out

    def slope(self, gamma: Floats, stats: Floats) -> tuple[Floats, Floats]:
        """Return (1 + Q, W) gradient of the expected log-likelihood, and about the diagonal of the information."""
        of, k = levels.parts_of(stats, len(self.design.at_others), self.types), self.types
        gradient, curvature = np.zeros(gamma.shape), np.zeros(gamma.shape)
        every = np.arange(gamma.shape[1])
        gradient[1 + self.design.at_others] = of.gradient
        curvature[1 + self.design.at_others] = np.einsum("qqkw->qkw", of.information)[:, every % k, every]
        gradient[:, ::k] = 0.0
        root = np.maximum(self.chart(gamma)[1 + self._at], TINY)
        gradient[1 + self._at] = 2 * of.by_level / root
        curvature[1 + self._at] = 4 * of.expected / root**2
        return gradient, curvature

    def unit(self, y: Floats) -> Floats:
        """Return 1 for log-odds, and half of the coordinates for those of shares, as for shares by group."""
        out = np.ones(y.shape)
        out[1 + self._at] = np.abs(y[1 + self._at]) / 2
        return out

    def scores(self, gamma: Floats, shard: Shard) -> Floats:
        """Return (R, P, K) derivatives of log pi_rk by the coefficients, as `Softmax.scores`."""
        x, pi = self._columns(shard), self.prior(gamma, shard)
        each = np.eye(self.types)[1:] - pi[:, 1:, None]
        return (each[:, :, None, :] * x[:, None, :, None]).reshape(len(x), -1, self.types)

    def information(self, gamma: Floats, shard: Shard, totals: Floats) -> Floats:
        """Return (P, P): sum over rows of their number times x x' in the blocks of diag(pi) - pi pi'."""
        x, pi = self._columns(shard), self.prior(gamma, shard)[:, 1:]
        n, size = totals.sum(axis=1), x.shape[1]
        out = np.zeros((self.types - 1, size, self.types - 1, size))
        for j in range(self.types - 1):
            for k in range(self.types - 1):
                out[j, :, k] = (x * (n * pi[:, j] * ((j == k) - pi[:, k]))[:, None]).T @ x
        return out.reshape(2 * (size * (self.types - 1),))

    def to_coefficients(self) -> Floats:
        """Return (P, P) derivatives of log-odds, those of the levels and the other coefficients, by the coefficients.

        Rows: the log-odds of each level, type by type from the second, then the coefficients of `design.at_others`, in
        the order of the types; columns: coefficients in the order of `index`.
        """
        wide, others = len(self.design.columns), self.types - 1
        p = len(self.design.at_others)
        of_levels, of_others = np.zeros((self.levels, others, others, wide)), np.zeros((others, p, others, wide))
        for k in range(others):
            of_levels[:, k, k, self._at] = self._moves
            of_others[k, np.arange(p), k, self.design.at_others] = 1.0
        return np.concatenate([of.reshape(-1, others * wide) for of in (of_levels, of_others)])

    @property
    def squared_moves(self) -> Floats:
        """(G,) squared length of the move of the coefficients that moves the log-odds of one level by 1."""
        at = self.design.at_levels
        centre, scale = np.array(self.design.centre)[at], np.array(self.design.scale)[at]
        return np.concatenate([[(1 - centre.sum()) ** 2 + (scale**2).sum()], centre**2 + scale**2])

    @property
    def _at(self) -> Ints:
        """(G,) the intercept, and the columns of the levels but the first."""
        return np.concatenate([[0], self.design.at_levels])

    @property
    def _moves(self) -> Floats:
        """(G, G) derivatives of the log-odds of each level by the intercept and the coefficients of the levels."""
        at = self.design.at_levels
        centre, scale = np.array(self.design.centre)[at], np.array(self.design.scale)[at]
        each: Floats = (np.eye(self.levels)[:, 1:] - centre) / scale
        return np.concatenate([np.ones((self.levels, 1)), each], axis=1)

    def _odds(self, gamma: Floats) -> Floats:
        """Return (G, W) the log-odds of the levels where all other columns are at their means."""
        at = self.design.at_levels
        centre, scale = np.array(self.design.centre)[at, None], np.array(self.design.scale)[at, None]
        own = gamma[1 + at] / scale
        first = gamma[1] - (centre * own).sum(axis=0)
        return np.concatenate([first[None], first + own])

    def _from_odds(self, odds: Floats) -> Floats:
        """Return (G, W) the intercept and the coefficients of the levels that have log-odds (G, W)."""
        at = self.design.at_levels
        centre, scale = np.array(self.design.centre)[at, None], np.array(self.design.scale)[at, None]
        away = odds[1:] - odds[0]
        return np.concatenate([(odds[0] + (centre * away).sum(axis=0))[None], scale * away])

    def _columns(self, shard: Shard) -> Floats:
        """Return (R, Q) all columns in the rows of a shard."""
        x, level = self.by_level(shard)
        out = np.empty((len(x), len(self.design.columns)))
        out[:, self.design.at_others], out[:, self._at] = x, self._moves[level]
        return out
