"""Outcomes that depend on controls within each type, by maximum likelihood; the shares of the types depend on them too.

The joint log-probability of row r and type t is log pi_t(x_r) + log g_t(y_r | x_r). Shares that did not depend on x_r
would make a type that is frequent at some x_r look like an effect of the outcome there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .step_models import Regression

__all__ = ["LogitsByType", "MeansByType", "WithControls"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class MeansByType:
    """Normal outcomes with means x_r' b_t; theta: b_t (K, Q), then logs of variances.

    y (R,); x (R, Q); common: whether the types have one variance; variance: where it is known, else None.
    """

    y: Floats
    x: Floats
    types: int
    common: bool
    variance: float | None

    @property
    def size(self) -> int:
        """K Q coefficients, and none, one or K variances."""
        return int(self.types * self.x.shape[1] + self._variances)

    @property
    def _variances(self) -> int:
        return 0 if self.variance is not None else 1 if self.common else self.types

    def start(self, assigned: Floats) -> Floats:
        """Return theta by least squares with weights assigned (R, K) that sum to 1 for each type."""
        out, within = [], 0.0
        for part in assigned.T:
            gram = (self.x * part[:, None]).T @ self.x
            out.append(np.linalg.lstsq(gram, self.x.T @ (part * self.y), rcond=None)[0])
            within += float(part @ (self.y - self.x @ out[-1]) ** 2) / self.types
        return np.concatenate([*out, np.full(self._variances, np.log(within))])

    def coefficients(self) -> Floats:
        """Return (K, 1, Q, m) the derivatives of the coefficients by theta."""
        wide = self.types * self.x.shape[1]
        out: Floats = np.concatenate([np.eye(wide), np.zeros((wide, self._variances))], axis=1)
        return out.reshape(self.types, 1, self.x.shape[1], self.size)

    def variances(self, theta: Floats) -> Floats:
        """Return (K,) variances."""
        if self.variance is not None:
            return np.full(self.types, self.variance)
        return np.asarray(np.broadcast_to(np.exp(theta[self.types * self.x.shape[1] :]), self.types))

    def _rest(self, theta: Floats, rows: slice) -> Floats:
        """Return (n, K) what the means leave of y."""
        b = theta[: self.types * self.x.shape[1]].reshape(self.types, -1)
        return np.asarray(self.y[rows, None] - self.x[rows] @ b.T)

    def log_density(self, theta: Floats, rows: slice) -> Floats:
        """Return the logs of the normal densities."""
        v = self.variances(theta)
        return np.asarray(-0.5 * (np.log(2 * np.pi * v) + self._rest(theta, rows) ** 2 / v))

    def scores(self, theta: Floats, rows: slice) -> Floats:
        """Return x_r (y_r - m_rt) / v_t, and ((y_r - m_rt)^2 / v_t - 1) / 2 for the logs of variances."""
        rest, v, q = self._rest(theta, rows), self.variances(theta), self.x.shape[1]
        out = np.zeros((len(rest), self.types, self.size))
        for k in range(self.types):
            out[:, k, k * q : (k + 1) * q] = self.x[rows] * (rest[:, [k]] / v[k])
            if self._variances:
                out[:, k, self.types * q + (0 if self.common else k)] = 0.5 * (rest[:, k] ** 2 / v[k] - 1)
        return out

    def information(self, theta: Floats, rows: slice, weights: Floats) -> Floats:
        """Return the sums for the coefficients and the log of the variance of each type."""
        rest, v, q = self._rest(theta, rows), self.variances(theta), self.x.shape[1]
        out = np.zeros((self.size, self.size))
        for k in range(self.types):
            own, w = slice(k * q, (k + 1) * q), weights[:, k]
            out[own, own] = (self.x[rows] * w[:, None]).T @ self.x[rows] / v[k]
            if self._variances:
                log = self.types * q + (0 if self.common else k)
                out[own, log] += self.x[rows].T @ (w * rest[:, k]) / v[k]
                out[log, own] = out[own, log]
                out[log, log] += 0.5 * float(w @ rest[:, k] ** 2) / v[k]
        return out


@dataclass(frozen=True)
class LogitsByType:
    """Categories with log-odds x_r' b_tl against the first; theta: b (K, L - 1, Q).

    code (R,): category of each row; x (R, Q); number: of categories L.
    """

    code: Ints
    x: Floats
    types: int
    number: int

    @property
    def size(self) -> int:
        """K (L - 1) Q coefficients."""
        return int(self.types * (self.number - 1) * self.x.shape[1])

    def start(self, assigned: Floats) -> Floats:
        """Return theta without effects, at the probabilities (K, L) of the parts assigned (R, K)."""
        p = np.array([np.bincount(self.code, part, self.number) for part in assigned.T])
        out = np.zeros((self.types, self.number - 1, self.x.shape[1]))
        out[:, :, 0] = np.log(p[:, 1:] / p[:, :1])
        return out.ravel()

    def coefficients(self) -> Floats:
        """Return (K, L - 1, Q, m) the derivatives of the coefficients by theta."""
        return np.eye(self.size).reshape(self.types, self.number - 1, self.x.shape[1], self.size)

    def at_means(self, theta: Floats) -> tuple[Floats, Floats]:
        """Return (K, L) the probabilities where all columns but the first are 0, and their (K, L, m) derivatives."""
        eta = theta.reshape(self.types, self.number - 1, -1)[:, :, 0]
        p = np.exp(self._logs(np.concatenate([np.zeros((self.types, 1)), eta], axis=1)))
        slopes = p[:, :, None] * (np.eye(self.number)[None] - p[:, None, :])
        return p, np.einsum("kla,kam->klm", slopes[:, :, 1:], self.coefficients()[:, :, 0])

    def _logs(self, eta: Floats) -> Floats:
        top = eta.max(axis=-1, keepdims=True)
        return np.asarray(eta - top - np.log(np.exp(eta - top).sum(axis=-1, keepdims=True)))

    def _probabilities(self, theta: Floats, rows: slice) -> Floats:
        """Return (n, K, L) logs of the probabilities."""
        eta = np.einsum("nq,klq->nkl", self.x[rows], theta.reshape(self.types, self.number - 1, -1))
        return self._logs(np.concatenate([np.zeros((*eta.shape[:2], 1)), eta], axis=2))

    def log_density(self, theta: Floats, rows: slice) -> Floats:
        """Return the logs of the probabilities of the categories that the rows have."""
        logs, code = self._probabilities(theta, rows), self.code[rows]
        return np.asarray(np.take_along_axis(logs, code[:, None, None], axis=2)[:, :, 0])

    def scores(self, theta: Floats, rows: slice) -> Floats:
        """Return x_r ([y_r = l] - p_rtl) for the coefficients of category l in type t."""
        p, code = np.exp(self._probabilities(theta, rows))[:, :, 1:], self.code[rows]
        rest = (code[:, None] == np.arange(1, self.number))[:, None] - p
        each = rest[:, :, :, None] * self.x[rows, None, None, :]
        out = np.zeros((len(code), self.types, self.types, each.shape[2] * each.shape[3]))
        for k in range(self.types):
            out[:, k, k] = each[:, k].reshape(len(code), -1)
        return out.reshape(len(code), self.types, -1)

    def information(self, theta: Floats, rows: slice, weights: Floats) -> Floats:
        """Return the sums of x x' in the blocks of diag(p) - p p' of each type."""
        p, x, wide = np.exp(self._probabilities(theta, rows))[:, :, 1:], self.x[rows], self.number - 1
        out, q = np.zeros((self.size, self.size)), self.x.shape[1]
        for k in range(self.types):
            spread = weights[:, k, None, None] * (p[:, k, :, None] * np.eye(wide) - p[:, k, :, None] * p[:, k, None])
            own = slice(k * wide * q, (k + 1) * wide * q)
            out[own, own] = np.einsum("nlm,nq,nr->lqmr", spread, x, x).reshape(wide * q, wide * q)
        return out


@dataclass(frozen=True)
class WithControls:
    """Shares and an outcome that depend on columns x: the parameters of the shares, then those of the outcome."""

    shares: Regression
    outcome: MeansByType | LogitsByType
    of_shares = False
    uninformed = "boundary"

    @cached_property
    def own(self) -> int:
        """Number of parameters of the shares."""
        return self.shares.size

    @property
    def size(self) -> int:
        """All parameters."""
        return self.own + self.outcome.size

    def log_joint(self, theta: Floats, rows: slice) -> Floats:
        """Return log pi_t(x_r) + log g_t(y_r | x_r)."""
        return self.shares.log_joint(theta[: self.own], rows) + self.outcome.log_density(theta[self.own :], rows)

    def scores(self, theta: Floats, rows: slice) -> Floats:
        """Return the derivatives of both."""
        both = (self.shares.scores(theta[: self.own], rows), self.outcome.scores(theta[self.own :], rows))
        return np.concatenate(both, axis=2)

    def information(self, theta: Floats, rows: slice, weights: Floats) -> Floats:
        """Return the blocks of both."""
        out = np.zeros((self.size, self.size))
        out[: self.own, : self.own] = self.shares.information(theta[: self.own], rows, weights)
        out[self.own :, self.own :] = self.outcome.information(theta[self.own :], rows, weights)
        return out

    def widened(self, slopes: Floats) -> Floats:
        """Return (..., m) derivatives by the parameters of the outcome as those by all."""
        return np.concatenate([np.zeros((*slopes.shape[:-1], self.own)), slopes], axis=-1)
