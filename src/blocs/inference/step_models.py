"""What is estimated after the types: shares by covariates, means, categories and measurements by type.

A model has the joint log-probability log pi_rt g_t(y_r) of row r and type t, its scores u_rt, and minus its second
derivatives I_rt, at free parameters theta (m,). Rows are given as a slice, to be worked off in parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Categories", "Means", "Measurements", "Regression", "StepModel"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class StepModel(Protocol):
    """What the sums over rows ask of a model."""

    @property
    def of_shares(self) -> bool:
        """Whether it takes the shares of the types as they are in the fit."""
        ...

    @property
    def uninformed(self) -> str:
        """Flag of parameters of which nothing is known: "boundary" where they are then infinite, as log-odds are."""
        ...

    @property
    def size(self) -> int:
        """Number of free parameters m."""
        ...

    def log_joint(self, theta: Floats, rows: slice) -> Floats:
        """(n, K) log pi_rt g_t(y_r)."""
        ...

    def scores(self, theta: Floats, rows: slice) -> Floats:
        """(n, K, m) its derivatives."""
        ...

    def information(self, theta: Floats, rows: slice, weights: Floats) -> Floats:
        """(m, m) minus its second derivatives, summed with (n, K) weights."""
        ...


@dataclass(frozen=True)
class Regression:
    """Shares pi_rt = exp(x_r' b_t) / sum_l exp(x_r' b_l), b_1 = 0; theta: b_2, ..., b_K.

    x (G, Q): the distinct rows of columns; row (R,): which of them each row has.
    """

    x: Floats
    row: NDArray[np.int32]
    types: int
    of_shares = False
    uninformed = "boundary"

    @property
    def size(self) -> int:
        """(K - 1) Q coefficients."""
        return int((self.types - 1) * self.x.shape[1])

    def log_shares(self, theta: Floats, x: Floats) -> Floats:
        """Return (n, K) log-shares in rows of columns (n, Q)."""
        eta = np.column_stack([np.zeros(len(x)), np.einsum("nq,kq->nk", x, theta.reshape(self.types - 1, -1))])
        eta -= eta.max(axis=1, keepdims=True)
        return np.asarray(eta - np.log(np.exp(eta).sum(axis=1, keepdims=True)))

    def log_joint(self, theta: Floats, rows: slice) -> Floats:
        """Return the log-shares."""
        return self.log_shares(theta, self.x[self.row[rows]])

    def scores(self, theta: Floats, rows: slice) -> Floats:
        """Return ([t = k] - pi_rk) x_r for the coefficients of each type k from the second."""
        x = self.x[self.row[rows]]
        each = np.eye(self.types)[:, 1:] - np.exp(self.log_shares(theta, x))[:, None, 1:]
        return np.asarray((each[:, :, :, None] * x[:, None, None, :]).reshape(len(x), self.types, -1))

    def information(self, theta: Floats, rows: slice, weights: Floats) -> Floats:
        """Return the sum of x x' in the blocks of diag(pi) - pi pi'."""
        x = self.x[self.row[rows]]
        w, p = weights.sum(axis=1), np.exp(self.log_shares(theta, x))[:, 1:]
        each = (p[:, :, None] * x[:, None, :]).reshape(len(x), -1)
        out: Floats = -(each * w[:, None]).T @ each
        for k in range(self.types - 1):
            own = slice(k * x.shape[1], (k + 1) * x.shape[1])
            out[own, own] += (x * (w * p[:, k])[:, None]).T @ x
        return out


@dataclass(frozen=True)
class Means:
    """Means of L columns by type, x_r' b_tl, with the same shares for all: theta (K, Q, L), estimated by least squares.

    y (R, L), x (R, Q).
    """

    y: Floats
    x: Floats
    types: int
    of_shares = False
    uninformed = "not_identified"

    @property
    def size(self) -> int:
        """K Q L coefficients."""
        return int(self.types * self.x.shape[1] * self.y.shape[1])

    def _rest(self, theta: Floats, rows: slice) -> Floats:
        """Return (n, K, L) what the means leave of y."""
        means = np.einsum("nq,kql->nkl", self.x[rows], theta.reshape(self.types, self.x.shape[1], -1))
        return np.asarray(self.y[rows][:, None, :] - means)

    def log_joint(self, theta: Floats, rows: slice) -> Floats:
        """Return minus half of the squares."""
        return np.asarray(-0.5 * (self._rest(theta, rows) ** 2).sum(axis=2))

    def scores(self, theta: Floats, rows: slice) -> Floats:
        """Return x_r (y_r - x_r' b_t) for the coefficients of type t, 0 for those of others."""
        each = np.einsum("nq,nkl->nkql", self.x[rows], self._rest(theta, rows))
        out = np.zeros((len(each), self.types, self.types, each.shape[2] * each.shape[3]))
        for k in range(self.types):
            out[:, k, k] = each[:, k].reshape(len(each), -1)
        return out.reshape(len(each), self.types, -1)

    def information(self, theta: Floats, rows: slice, weights: Floats) -> Floats:
        """Return the sum of x x' for each type."""
        x, wide = self.x[rows], self.x.shape[1] * self.y.shape[1]
        out = np.zeros((self.size, self.size))
        for k in range(self.types):
            own = slice(k * wide, (k + 1) * wide)
            out[own, own] = np.kron((x * weights[:, [k]]).T @ x, np.eye(self.y.shape[1]))
        return out


@dataclass(frozen=True)
class Categories:
    """Probabilities of L categories by type; theta: log-odds of the shares if they are free, then of the categories.

    code (R,): category of each row; shares (K,): those of the fit, used where they are not free; free; against (K,):
    the category that the log-odds of each type are against.
    """

    code: Ints
    number: int
    shares: Floats
    free: bool
    against: Ints
    uninformed = "boundary"

    @property
    def of_shares(self) -> bool:
        """Whether the shares are not free."""
        return not self.free

    @property
    def own(self) -> int:
        """Number of log-odds of shares."""
        return len(self.shares) - 1 if self.free else 0

    @property
    def size(self) -> int:
        """K - 1 log-odds of shares if they are free, and K (L - 1) of categories."""
        return self.own + len(self.shares) * (self.number - 1)

    @cached_property
    def others(self) -> Ints:
        """(K, L - 1) the categories that each type has log-odds of."""
        every = np.arange(self.number)
        return np.array([every[every != base] for base in self.against])

    def start(self, p: Floats) -> Floats:
        """Return theta at the shares of the fit and probabilities (K, L)."""
        logs = np.log(p)
        odds = np.take_along_axis(logs, self.others, axis=1) - np.take_along_axis(logs, self.against[:, None], axis=1)
        return np.concatenate([_odds_of(self.shares)[: self.own], odds.ravel()])

    def probabilities(self, theta: Floats) -> Floats:
        """Return (K, L) probabilities."""
        eta = np.zeros((len(self.shares), self.number))
        np.put_along_axis(eta, self.others, theta[self.own :].reshape(len(self.shares), -1), axis=1)
        eta = np.exp(eta - eta.max(axis=1, keepdims=True))
        return np.asarray(eta / eta.sum(axis=1, keepdims=True))

    def slopes(self, theta: Floats) -> Floats:
        """Return (K, L, m) derivatives of the probabilities."""
        p, types = self.probabilities(theta), len(self.shares)
        out = np.zeros((types, self.number, types, self.number - 1))
        for k in range(types):
            each = np.diag(p[k]) - np.outer(p[k], p[k])
            out[k, :, k] = each[:, self.others[k]]
        return np.concatenate([np.zeros((types, self.number, self.own)), out.reshape(types, self.number, -1)], axis=2)

    def log_joint(self, theta: Floats, rows: slice) -> Floats:
        """Return log pi_t p_t(y_r)."""
        return np.asarray(np.log(_shares(theta, self.shares, self.free) * self.probabilities(theta).T[self.code[rows]]))

    def scores(self, theta: Floats, rows: slice) -> Floats:
        """Return [t = k] - pi_k, and [y_r = l] - p_tl for the log-odds of type t."""
        code, p, types = self.code[rows], self.probabilities(theta), len(self.shares)
        out = np.zeros((len(code), types, types, self.number - 1))
        for k in range(types):
            out[:, k, k] = (code[:, None] == self.others[k]) - p[k, self.others[k]]
        return _with_shares(out.reshape(len(code), types, -1), theta, self.shares, self.free)

    def information(self, theta: Floats, rows: slice, weights: Floats) -> Floats:
        """Return the blocks of diag(p) - p p' for the shares and for each type."""
        out, p, wide = np.zeros((self.size, self.size)), self.probabilities(theta), self.number - 1
        _add_shares(out, theta, self.shares, self.free, weights)
        for k in range(len(self.shares)):
            own, q = slice(self.own + k * wide, self.own + (k + 1) * wide), p[k, self.others[k]]
            out[own, own] = weights[:, k].sum() * (np.diag(q) - np.outer(q, q))
        return out


@dataclass(frozen=True)
class Measurements:
    """Normal measurements by type; theta: log-odds of the shares if they are free, means, logs of variances.

    y (R,); shares (K,), free: as for categories; common: whether the types have one variance; variance: where it is
    known, else None.
    """

    y: Floats
    shares: Floats
    free: bool
    common: bool
    variance: float | None
    uninformed = "boundary"

    @property
    def of_shares(self) -> bool:
        """Whether the shares are not free."""
        return not self.free

    @property
    def own(self) -> int:
        """Number of log-odds of shares."""
        return len(self.shares) - 1 if self.free else 0

    @property
    def size(self) -> int:
        """K - 1 log-odds of shares if they are free, K means, and none, one or K variances."""
        return self.own + len(self.shares) + self._variances

    @property
    def _variances(self) -> int:
        return 0 if self.variance is not None else 1 if self.common else len(self.shares)

    def start(self, means: Floats, variance: float) -> Floats:
        """Return theta at the shares of the fit, means (K,) and one variance."""
        logs = np.full(self._variances, np.log(variance))
        return np.concatenate([_odds_of(self.shares)[: self.own], means, logs])

    def means(self, theta: Floats) -> Floats:
        """Return (K,) means."""
        return np.asarray(theta[self.own : self.own + len(self.shares)])

    def variances(self, theta: Floats) -> Floats:
        """Return (K,) variances."""
        if self.variance is not None:
            return np.full(len(self.shares), self.variance)
        return np.asarray(np.broadcast_to(np.exp(theta[self.own + len(self.shares) :]), len(self.shares)))

    def log_joint(self, theta: Floats, rows: slice) -> Floats:
        """Return log pi_t and the log of the normal density."""
        v = self.variances(theta)
        z = (self.y[rows][:, None] - self.means(theta)) ** 2 / v
        return np.asarray(np.log(_shares(theta, self.shares, self.free)) - 0.5 * (np.log(2 * np.pi * v) + z))

    def scores(self, theta: Floats, rows: slice) -> Floats:
        """Return [t = k] - pi_k, (y_r - m_t) / v_t, and ((y_r - m_t)^2 / v_t - 1) / 2 for the logs of variances."""
        types, v = len(self.shares), self.variances(theta)
        rest = self.y[rows][:, None] - self.means(theta)
        out = np.zeros((len(rest), types, types + self._variances))
        for k in range(types):
            out[:, k, k] = rest[:, k] / v[k]
            if self._variances:
                out[:, k, types + (0 if self.common else k)] = 0.5 * (rest[:, k] ** 2 / v[k] - 1)
        return _with_shares(out, theta, self.shares, self.free)

    def information(self, theta: Floats, rows: slice, weights: Floats) -> Floats:
        """Return the sums for the shares, and for the mean and the log of the variance of each type."""
        types, v, out = len(self.shares), self.variances(theta), np.zeros((self.size, self.size))
        rest = self.y[rows][:, None] - self.means(theta)
        _add_shares(out, theta, self.shares, self.free, weights)
        for k in range(types):
            mean = self.own + k
            out[mean, mean] += weights[:, k].sum() / v[k]
            if self._variances:
                log = self.own + types + (0 if self.common else k)
                out[mean, log] += (weights[:, k] * rest[:, k]).sum() / v[k]
                out[log, mean] = out[mean, log]
                out[log, log] += 0.5 * (weights[:, k] * rest[:, k] ** 2).sum() / v[k]
        return out


# Shares that are the same for all rows: the first K - 1 parameters where they are free


def _odds_of(shares: Floats) -> Floats:
    return np.asarray(np.log(shares[1:] / shares[0]))


def _shares(theta: Floats, shares: Floats, free: bool) -> Floats:
    if not free:
        return shares
    eta = np.concatenate([[0.0], theta[: len(shares) - 1]])
    eta = np.exp(eta - eta.max())
    return np.asarray(eta / eta.sum())


def _with_shares(scores: Floats, theta: Floats, shares: Floats, free: bool) -> Floats:
    if not free:
        return scores
    own = np.eye(len(shares))[:, 1:] - _shares(theta, shares, free)[1:]
    return np.concatenate([np.broadcast_to(own, (len(scores), *own.shape)), scores], axis=2)


def _add_shares(out: Floats, theta: Floats, shares: Floats, free: bool, weights: Floats) -> None:
    if free:
        p, own = _shares(theta, shares, free)[1:], slice(0, len(shares) - 1)
        out[own, own] = weights.sum() * (np.diag(p) - np.outer(p, p))
