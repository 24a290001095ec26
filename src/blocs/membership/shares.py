"""The same shares pi for everybody: pi_k = expected total of type k / N (000 eq. 2.9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError
from ..families.free_parameters import from_log_odds, log_odds
from ..families.protocol import Charted
from ..families.user_parameters import sums_to_one
from ..kernels.shard import Shard
from ..profiles import Profiles
from .protocol import PriorRows

__all__ = ["Shares"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Shares:
    """Type shares, gamma (1, W): those of K types for every start. pseudo: Dirichlet pseudo-count of every type."""

    types: int
    pseudo: float = 0.0
    groups = None
    levels = None
    common = True
    turned = False
    design = None

    def order(self, profiles: Profiles) -> None:
        """Return nothing: profiles keep their own order."""

    def rows(self, parts: Sequence[Profiles]) -> list[PriorRows]:
        """Return row 0 of the prior for everybody."""
        zeros = np.zeros(max(map(len, parts), default=0), dtype=np.int32)  # one array for all parts
        return [PriorRows(zeros[: len(part)], 1) for part in parts]

    def prior(self, gamma: Floats, shard: Shard) -> Floats:
        """Return (1, W) the shares."""
        return gamma

    def statistics(self, gamma: Floats, shard: Shard, totals: Floats) -> Floats:
        """Return (1, W) the expected totals of the types."""
        return totals

    def mstep(self, gamma: Floats, totals: Floats) -> Floats:
        """Return the shares that maximise the expected log-likelihood of (1, W) expected type totals."""
        c = totals.reshape(-1, self.types) + self.pseudo
        return np.asarray(c / c.sum(axis=1, keepdims=True)).reshape(gamma.shape)

    def log_prior(self, gamma: Floats) -> Floats:
        """Return (S,) log Dirichlet density of the shares, up to a constant."""
        shares = self.shares(gamma)
        if not self.pseudo:
            return np.zeros(len(shares))
        with np.errstate(divide="ignore"):
            return np.asarray(self.pseudo * np.log(shares).sum(axis=1))

    def even(self, starts: int) -> Floats:
        """Return (1, S * K) equal shares."""
        return np.full((1, starts * self.types), 1.0 / self.types)

    def with_means(self, gamma: Floats, other: Floats) -> Floats:
        """Return the shares."""
        return gamma

    def shares(self, gamma: Floats, stats: Floats | None = None) -> Floats:
        """Return (S, K) the shares."""
        return gamma.reshape(-1, self.types)

    def coefficients(self, gamma: Floats) -> Floats:
        """Return none, (0, K): there are no covariates."""
        return np.zeros((0, self.types))

    def from_shares(self, shares: Floats) -> Floats:
        """Return (1, W) shares (S, K) as parameters."""
        return shares.reshape(1, -1)

    def carry(self, gamma: Floats, before: Any) -> Floats:
        """Return the same parameters: shares have no units."""
        return gamma

    def read(self, written: Any) -> Floats:
        """Return (1, K) shares that are written down; raise InputError where they are none."""
        shares = np.asarray(written, dtype=np.float64)
        if shares.shape != (self.types,):
            raise InputError(Fault(f"{shares.size} shares", argument="shares", rule=f"One a type: {self.types}"))
        if not sums_to_one(shares, axis=0):
            rule = "They are 0 or more and sum to 1"
            raise InputError(Fault(f"they sum to {shares.sum():.6g}", argument="shares", rule=rule))
        return shares[None]

    def faults(self, gamma: Floats) -> list[Fault]:
        """Return whether the shares are none."""
        if sums_to_one(self.shares(gamma), axis=1):
            return []
        return [Fault("a share is negative, or the shares do not sum to 1")]

    # Coordinates of quasi-Newton steps: square roots, on a sphere (formulas: "Faster than EM")

    @property
    def charted(self) -> Charted | None:
        """The shares themselves."""
        return self

    def chart(self, gamma: Floats) -> Floats:
        """Return (1, W) square roots of the shares."""
        return np.sqrt(gamma)

    def unchart(self, y: Floats) -> Floats:
        """Return the shares at any coordinates."""
        shares = y.reshape(-1, self.types) ** 2
        return np.asarray(shares / shares.sum(axis=1, keepdims=True)).reshape(y.shape)

    def slope(self, gamma: Floats, totals: Floats) -> tuple[Floats, Floats]:
        """Return (1, W) gradient of the expected log-likelihood in the coordinates, and complete-data curvature."""
        shares = self.shares(gamma)
        c = totals.sum(axis=0).reshape(shares.shape) + self.pseudo
        n = c.sum(axis=1, keepdims=True)
        root = np.sqrt(shares)
        gradient = 2 * (c - n * shares) / np.where(root > 0, root, 1.0)
        return gradient.reshape(gamma.shape), np.repeat(4 * n, self.types, axis=1).reshape(gamma.shape)

    def turn(self, y: Floats, v: Floats, back: bool) -> Floats:
        """Return the directions: the curvature is diagonal as it is."""
        return v

    def unit(self, y: Floats) -> Floats:
        """Return half of the coordinates: with one unit of its log-odds a share's root moves so far, up to scale."""
        return np.abs(y) / 2

    # Free parameters: log-odds against the first type

    def index(self, types: int) -> Ints:
        """Return (1, K) places: the log-odds of the first type are 0."""
        return np.arange(-1, types - 1, dtype=np.int64)[None]

    def to_free(self, gamma: Floats) -> Floats:
        """Return (1, W) log-odds against the first type of each start."""
        odds = log_odds(self.shares(gamma).T)
        return np.concatenate([np.zeros((1, odds.shape[1])), odds]).T.reshape(1, -1)

    def from_free(self, free: Floats) -> Floats:
        """Return the shares of log-odds."""
        odds = free.reshape(-1, self.types)
        return from_log_odds((odds[:, 1:] - odds[:, :1]).T).T.reshape(1, -1)

    def scores(self, gamma: Floats, shard: Shard) -> Floats:
        """Return (1, K - 1, K) derivatives of log pi_k by the log-odds of type p: [p = k] - pi_p."""
        return (np.eye(self.types) - gamma.T)[None, 1:]

    def information(self, gamma: Floats, shard: Shard, totals: Floats) -> Floats:
        """Return (K - 1, K - 1): N times diag(pi) - pi pi'."""
        pi = gamma[0, 1:]
        return np.asarray(totals.sum() * (np.diag(pi) - np.outer(pi, pi)))
