"""The E-step at given parameters as a task for any shard, and the statistics it gives, which add (fact 1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels import measured
from ..kernels.plain import Sums
from ..kernels.shard import Shard
from ..membership import Membership

__all__ = ["KERNELS", "EStep", "Stats", "load", "prepared"]

Floats = NDArray[np.float64]

KERNELS = {"compiled": "blocs.kernels.compiled", "plain": "blocs.kernels.plain"}
"""Kernels by name: modules with the functions `prepare`, `expect`, `posterior`, `scatter`."""


@cache
def load(kernel: str) -> ModuleType:
    """Return the kernel of that name, imported when it is first asked for."""
    return import_module(KERNELS[kernel])


def prepared(shard: Shard, kernel: str, offsets: NDArray[np.int64], groups: int, types: int) -> Shard:
    """Return a shard of codes with what the kernel prepares once per data set; groups: rows of the prior."""
    return shard._replace(plan=load(kernel).prepare(shard.codes, offsets, shard.group, groups, types))


@dataclass(frozen=True)
class Stats:
    """Expected sufficient statistics of a part of the data; they add (fact 1).

    loglik: (S,); totals: (1, W) expected type totals; counts: (C + R, W) expected code counts, and moments of
    measurements; membership: (Q', W) what the membership needs.
    """

    loglik: Floats
    totals: Floats
    counts: Floats
    membership: Floats

    def __add__(self, other: Stats) -> Stats:
        return Stats(
            self.loglik + other.loglik,
            self.totals + other.totals,
            self.counts + other.counts,
            self.membership + other.membership,
        )

    def take(self, which: Any, types: int) -> Stats:
        """Return the statistics of the starts at the given positions."""

        def pick(x: Floats) -> Floats:
            return np.ascontiguousarray(x.reshape(len(x), -1, types)[:, which]).reshape(len(x), -1)

        return Stats(self.loglik[which], pick(self.totals), pick(self.counts), pick(self.membership))


@dataclass(frozen=True)
class EStep:
    """The E-step at given parameters, ready to be applied to any shard, here or in another process.

    membership, gamma (Q, W): the prior probabilities; table: (C, W) probability of every code; shift: (C, S) log of
    what each of its rows was divided by, for families whose probabilities may underflow; logs: (C, W) log-probabilities
    instead, where rows have measurements or codes are too far apart for a table; blocks: the measured items.
    """

    membership: Membership
    gamma: Floats
    offsets: NDArray[np.int64]
    types: int
    kernel: str
    table: Floats | None = None
    shift: Floats | None = None
    logs: Floats | None = None
    blocks: tuple[Any, ...] = ()  # Densities: the kernels only call their members

    def __call__(self, shard: Shard) -> Stats:
        """Return the shard's expected sufficient statistics."""
        kernel, prior = load(self.kernel), self.membership.prior(self.gamma, shard)
        if self.logs is not None:
            sums = measured.expect(kernel, shard, self.offsets, self.logs, prior, self.types, self.blocks)
        else:
            sums = kernel.expect(
                shard.codes, self.offsets, self.table, prior, shard.group, self.types, shard.weights, shard.plan
            )
        totals = sums.totals if len(prior) == 1 else sums.totals.sum(axis=0, keepdims=True)
        own = self.membership.statistics(self.gamma, shard, sums.totals)
        return Stats(self._shifted(sums), totals, sums.counts, own)

    def _shifted(self, sums: Sums) -> Floats:
        """Return the log-likelihood with the tables' scales put back: each code's times the rows that have it."""
        if self.shift is None:
            return sums.loglik
        rows = sums.counts[: len(self.shift)].reshape(*self.shift.shape, self.types).sum(axis=2)
        each = np.ascontiguousarray((rows * self.shift).T)  # the order of a sum does not depend on the number of starts
        return np.asarray(sums.loglik + each.sum(axis=1))

    def posterior(self, shard: Shard) -> tuple[Floats, Floats]:
        """Return (U, S) log-likelihoods and (U, W) posteriors of the rows of a shard."""
        prior = self.membership.prior(self.gamma, shard)
        if self.logs is not None:
            return measured.posterior(shard, self.offsets, self.logs, prior, self.types, self.blocks)
        loglik, zeta = load(self.kernel).posterior(
            shard.codes, self.offsets, self.table, prior, shard.group, self.types
        )
        if self.shift is not None:
            for j, offset in enumerate(self.offsets[:-1]):
                loglik = loglik + self.shift[offset + shard.codes[:, j].astype(np.int64)]
        return loglik, zeta
