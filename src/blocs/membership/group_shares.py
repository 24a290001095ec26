"""Shares of their own for every group: pi_gk = expected total of type k in group g / N_g; the types are common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, UnsupportedError, counted
from ..families.free_parameters import from_log_odds, log_odds
from ..families.protocol import Charted
from ..families.user_parameters import sums_to_one
from ..kernels.shard import Shard
from ..profiles import Profiles
from .groups import Groups
from .protocol import PriorRows

__all__ = ["GroupShares"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_CHARTED = 20_000
"""Shares of a start up to which quasi-Newton steps are taken: they remember up to 160 times as many numbers."""


@dataclass(frozen=True)
class GroupShares:
    """Type shares by group, gamma (1 + G, W): the mean shares over the observations, then those of each group.

    The mean shares follow from those of the groups; they are kept for the order of types and for reports. pseudo:
    Dirichlet pseudo-count of every type in every group.
    """

    types: int
    groups: Groups
    pseudo: float = 0.0
    common = False
    turned = False

    @property
    def design(self) -> Groups:
        """The groups."""
        return self.groups

    @property
    def levels(self) -> int:
        """Number of groups G."""
        return len(self.groups)

    def to_coefficients(self) -> None:
        """Return nothing: the parameters of groups are their log-odds."""

    def by_level(self, shard: Shard) -> tuple[Floats, Ints]:
        """Return no columns, (G, 0), and (G,) the groups of a shard, as `LevelSoftmax.by_level`."""
        return np.zeros((len(_numbers(shard)), 0)), _numbers(shard)

    def rows(self, parts: Sequence[Profiles]) -> list[PriorRows]:
        """Return the groups of each part, numbered within it; their numbers among all stand as the covariate."""
        out = []
        for part in parts:
            covariates, row = (None, np.zeros(0, np.int32)) if part.covariates is None else part.covariates.in_use()
            number, of_row = np.unique(self.groups.numbers(covariates), return_inverse=True)
            group = of_row.ravel().astype(np.int32)[row]
            out.append(PriorRows(group, len(number), number[:, None].astype(np.float64)))
        return out

    def order(self, profiles: Profiles) -> Ints:
        """Return (U,) the numbers of the profiles in the order of their groups."""
        group = self.rows([profiles])[0]
        return np.argsort(group.row, kind="stable")

    def prior(self, gamma: Floats, shard: Shard) -> Floats:
        """Return (G, W) the shares in each group of a shard."""
        return np.ascontiguousarray(gamma[1:][_numbers(shard)])

    def statistics(self, gamma: Floats, shard: Shard, totals: Floats) -> Floats:
        """Return (G, W) the expected totals of the types in all groups."""
        out = np.zeros((len(self.groups), totals.shape[1]))
        out[_numbers(shard)] = totals
        return out

    def mstep(self, gamma: Floats, totals: Floats) -> Floats:
        """Return the shares that maximise the expected log-likelihood; groups without rows have those of all rows."""
        each, all_groups = self._each(totals), self._each(totals.sum(axis=0, keepdims=True))
        c = each + self.pseudo if self.pseudo else each
        n = c.sum(axis=2, keepdims=True)
        overall = all_groups / np.maximum(all_groups.sum(axis=2, keepdims=True), np.finfo(np.float64).tiny)
        shares = np.divide(c, n, out=np.repeat(overall, len(c), axis=0), where=n > 0)
        if self.pseudo:
            return self._with_means(shares, totals)
        return np.concatenate([overall, shares]).reshape(1 + len(shares), -1)  # sum of N_g pi_g is that of the totals

    def log_prior(self, gamma: Floats) -> Floats:
        """Return (S,) log Dirichlet density of the shares of all groups, up to a constant."""
        if not self.pseudo:
            return np.zeros(gamma.shape[1] // self.types)
        with np.errstate(divide="ignore"):
            return np.asarray(self.pseudo * np.log(self._each(gamma[1:])).sum(axis=0).sum(axis=1))

    def even(self, starts: int) -> Floats:
        """Return (1 + G, S * K) equal shares in every group."""
        return self.from_shares(np.full((starts, self.types), 1.0 / self.types))

    def from_shares(self, shares: Floats) -> Floats:
        """Return (1 + G, W) parameters under which every group has the same shares (S, K)."""
        return np.repeat(shares.reshape(1, -1), 1 + len(self.groups), axis=0)

    def carry(self, gamma: Floats, before: Any) -> Floats:
        """Return the same shares of the groups, with means by their numbers of observations here."""
        return self._with_means(self._each(gamma[1:]))

    def with_means(self, gamma: Floats, other: Floats) -> Floats:
        """Return the shares of the groups in one with the means of another, near which it is."""
        return np.concatenate([other[:1], gamma[1:]])

    def shares(self, gamma: Floats, stats: Floats | None = None) -> Floats:
        """Return (S, K) mean shares over the observations: those of the groups' shares where there are statistics."""
        return (gamma if stats is None else self._with_means(self._each(gamma[1:]), stats))[:1].reshape(-1, self.types)

    def coefficients(self, gamma: Floats) -> Floats:
        """Return none, (0, K): groups have shares and no coefficients."""
        return np.zeros((0, self.types))

    def read(self, written: Any) -> Floats:
        """Refuse shares that are written down."""
        raise UnsupportedError("Shares that are the same for all rows cannot be given where groups have their own.")

    def faults(self, gamma: Floats) -> list[Fault]:
        """Return whether the shares are none."""
        if len(gamma) != 1 + len(self.groups):
            shares, groups = counted(len(gamma) - 1, "group"), counted(len(self.groups), "group")
            return [Fault(f"there are shares of {shares}, and the data have {groups}")]
        if sums_to_one(self._each(gamma), axis=2):
            return []
        return [Fault("a share is negative, or the shares of a group do not sum to 1")]

    # Coordinates of quasi-Newton steps: square roots, as for shares that are the same for all; the means have none

    @property
    def charted(self) -> Charted | None:
        """The shares themselves, None where they are very many."""
        return self if len(self.groups) * self.types <= MOST_CHARTED else None

    def chart(self, gamma: Floats) -> Floats:
        """Return (1 + G, W) square roots of the shares, 0 for their means."""
        return np.concatenate([np.zeros((1, gamma.shape[1])), np.sqrt(gamma[1:])])

    def unchart(self, y: Floats) -> Floats:
        """Return the shares at any coordinates; their means are not in them."""
        squares = self._each(y[1:]) ** 2
        shares = (squares / squares.sum(axis=2, keepdims=True)).reshape(len(squares), -1)
        return np.concatenate([np.zeros((1, y.shape[1])), shares])

    def slope(self, gamma: Floats, totals: Floats) -> tuple[Floats, Floats]:
        """Return (1 + G, W) gradient of the expected log-likelihood in the coordinates, and complete-data curvature."""
        shares, c = self._each(gamma[1:]), self._each(totals) + self.pseudo
        n = c.sum(axis=2, keepdims=True)
        root = np.sqrt(shares)
        gradient = 2 * (c - n * shares) / np.where(root > 0, root, 1.0)
        none = np.zeros((1, gamma.shape[1]))
        curvature = np.broadcast_to(4 * n, shares.shape).reshape(totals.shape)
        return np.concatenate([none, gradient.reshape(totals.shape)]), np.concatenate([none, curvature])

    def turn(self, y: Floats, v: Floats, back: bool) -> Floats:
        """Return the directions: the curvature is diagonal as it is."""
        return v

    def unit(self, y: Floats) -> Floats:
        """Return half of the coordinates, as for shares that are the same for all."""
        return np.abs(y) / 2

    # Free parameters: log-odds against the first type, group by group

    def index(self, types: int) -> Ints:
        """Return (1 + G, K) places, group by group; the means and the first type have none."""
        own = np.arange(types) - 1 + (types - 1) * np.arange(len(self.groups))[:, None]
        return np.concatenate([np.full((1, types), -1), np.where(np.arange(types) > 0, own, -1)])

    def to_free(self, gamma: Floats) -> Floats:
        """Return (1 + G, W) log-odds against the first type of each start."""
        each = self._each(gamma)
        odds = log_odds(np.moveaxis(each, 2, 0).reshape(self.types, -1))
        free = np.concatenate([np.zeros((1, odds.shape[1])), odds]).reshape(self.types, *each.shape[:2])
        return np.moveaxis(free, 0, 2).reshape(gamma.shape)

    def from_free(self, free: Floats) -> Floats:
        """Return the shares of log-odds; their means follow."""
        odds = np.moveaxis(self._each(free[1:]), 2, 0)
        shares = from_log_odds((odds[1:] - odds[:1]).reshape(self.types - 1, -1)).reshape(odds.shape)
        return self._with_means(np.moveaxis(shares, 0, 2))

    def scores(self, gamma: Floats, shard: Shard) -> Floats:
        """Return (G, P, K) derivatives of log pi_gk by the log-odds of type p in group h: [g = h] ([p = k] - pi_gp)."""
        number, others = _numbers(shard), self.types - 1
        out = np.zeros((len(number), len(self.groups), others, self.types))
        out[np.arange(len(number)), number] = np.eye(self.types)[1:] - gamma[1:][number][:, 1:, None]
        return out.reshape(len(number), -1, self.types)

    def information(self, gamma: Floats, shard: Shard, totals: Floats) -> Floats:
        """Return (P, P): in the block of each group N_g times diag(pi) - pi pi'."""
        number, others = _numbers(shard), self.types - 1
        out = np.zeros((len(self.groups), others, len(self.groups), others))
        pi = gamma[1:][number][:, 1:]
        out[number, :, number] = totals.sum(axis=1)[:, None, None] * (
            pi[:, :, None] * np.eye(others) - pi[:, :, None] * pi[:, None]
        )
        return out.reshape(2 * (len(self.groups) * others,))

    def _each(self, columns: Floats) -> Floats:
        """Return (G, W) as (G, S, K)."""
        return columns.reshape(len(columns), -1, self.types)

    def _with_means(self, shares: Floats, totals: Floats | None = None) -> Floats:
        """Return (1 + G, W) parameters of (G, S, K) shares; totals (G, W): of the observations, by default all."""
        flat = shares.reshape(len(shares), -1)
        if totals is None:
            return np.concatenate([(flat * self.groups.parts[:, None]).sum(axis=0, keepdims=True), flat])
        # as wide as the shares: sums of columns have the same bits for any number of starts
        n = self._each(totals).sum(axis=2, keepdims=True) * np.ones(self.types)
        means = (shares * n).sum(axis=0) / n.sum(axis=0)
        return np.concatenate([means.reshape(1, -1), flat])


def _numbers(shard: Shard) -> Ints:
    """Return (G,) the numbers among all groups of those of a shard."""
    assert shard.covariates is not None, "the shard was placed for a model with groups"
    return shard.covariates[:, 0].astype(np.int64)
