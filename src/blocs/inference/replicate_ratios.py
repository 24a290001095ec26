"""Likelihood ratios of K - 1 against K types in tables that are drawn from the fit of K - 1, many side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..em.batches import ROWS_PER_SHARD
from ..em.loop import StoppingRule
from ..em.many import fit_many
from ..kernels.shard import Shard
from ..model.mixture import Mixture, Params
from .refits import INSIDE, RULE
from .simulated_tables import Simulation

__all__ = ["Contest", "Ratios"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHORT = StoppingRule(gain=RULE.gain, change=RULE.change, gradient=RULE.gradient, steps=30)
"""A short run by plain EM, after which the best starts of a table are finished."""
FINISHED = 3
"""How many of them are."""
NEGATIVE = 0.01
"""A ratio further below 0 is that of a failed start: K types fit at least as well as K - 1."""
AGAIN = 3
"""How often such a table is fitted again, each time from twice as many starts."""


class Ratios(NamedTuple):
    """lr (b,): twice the gains in log-likelihood of some tables, NaN where the starts failed; refitted: how many were
    fitted again."""

    lr: Floats
    refitted: int


class Best(NamedTuple):
    """The best fit of every table: its log-likelihood (b,), and the parameters of b starts."""

    loglik: Floats
    params: Params


@dataclass(frozen=True)
class Contest:
    """K - 1 types against K: what tables are drawn from, where fits begin, and how many random starts each has.

    null: parameters of K - 1 types, from which the tables are drawn; other: the mixture of K types; estimates: its
    parameters for the data; starts: random starts of a fit; jobs: number of threads; interrupt: set to stop.
    """

    simulation: Simulation
    null: Params
    other: Mixture
    estimates: Params
    starts: int
    jobs: int
    interrupt: Event

    def ratios(self, number: int) -> Iterator[Ratios]:
        """Give the likelihood ratios of tables 0 .. number - 1, some at a time, until the interrupt is set."""
        for which, rows, counts in self.simulation.tables(number):
            mixture = self.simulation.mixture
            overall = mixture.overall(rows)
            first = [mixture.toward(self.null, overall, INSIDE)] * len(which)
            shards = mixture.place(rows, -(-len(rows) // ROWS_PER_SHARD))
            few = self._best(mixture, shards, counts, which, first, self.starts if mixture.types > 1 else 0)
            shards = self.other.place(rows, -(-len(rows) // ROWS_PER_SHARD))
            warm = [self.other.toward(self.estimates, self.other.overall(rows), INSIDE)] * len(which)
            more = self._best(self.other, shards, counts, which, warm, self.starts)
            lr, failed = 2 * (more.loglik - few.loglik), np.zeros(0, dtype=np.int64)
            refitted = int((lr < -NEGATIVE).sum())
            for turn in range(1, AGAIN + 1):
                failed = np.flatnonzero(lr < -NEGATIVE)
                if not len(failed) or self.interrupt.is_set():
                    break
                begin = [self._with_a_type_more(few.params.take([b]), which[b], turn) for b in failed.tolist()]
                numbers, starts = [which[b] for b in failed.tolist()], self.starts * 2**turn
                again = self._best(self.other, shards, counts[:, failed], numbers, begin, starts, turn)
                lr[failed] = np.maximum(lr[failed], 2 * (again.loglik - few.loglik[failed]))
            if self.interrupt.is_set():
                return
            yield Ratios(np.where(lr < -NEGATIVE, np.nan, np.maximum(lr, 0.0)), refitted)

    def _best(
        self, mixture: Mixture, shards: tuple[Shard, ...], counts: Floats, numbers: range | list[int],
        first: list[Params], random: int, turn: int = 0,
    ) -> Best:  # fmt: skip
        """Return the best fit of every table from its first start and random ones."""
        made = [
            Params.stack([one, _random(mixture, random, np.random.default_rng([self.simulation.seed, b, turn + 1, mixture.types]))])
            if random else one for one, b in zip(first, numbers, strict=True)
        ]  # fmt: skip
        starts, each = Params.stack(made), 1 + random
        if each > FINISHED:
            short = self._fitted(mixture, shards, counts, starts, each, SHORT, "none")
            order = np.argsort(-short[0].reshape(-1, each), axis=1, kind="stable")[:, :FINISHED]
            starts = short[1].take((order + each * np.arange(len(order))[:, None]).ravel())
            each = FINISHED
        loglik, params = self._fitted(mixture, shards, counts, starts, each, RULE)
        best = loglik.reshape(-1, each).argmax(axis=1) + each * np.arange(counts.shape[1])
        return Best(loglik[best], params.take(best))

    def _fitted(
        self, mixture: Mixture, shards: tuple[Shard, ...], counts: Floats, starts: Params, each: int, rule: StoppingRule, accelerate: str = "auto",
    ) -> tuple[Floats, Params]:
        def weights(fits: range) -> Floats:
            return counts[:, np.arange(fits.start, fits.stop) // each]

        ends = fit_many(
            mixture, shards, weights, starts, fits=starts.starts, rule=rule, accelerate=accelerate, jobs=self.jobs, interrupt=self.interrupt
        )
        return ends.loglik, ends.params

    def _with_a_type_more(self, params: Params, number: int, turn: int) -> Params:
        """Return a start of K types: those of K - 1, the largest of them divided into two that differ a little."""
        rng = np.random.default_rng([self.simulation.seed, number, turn, 0])
        random = _random(self.other, 1, rng)
        order = [*range(params.types), int(params.shares[0].argmax())]
        shares = params.shares[:, order].copy()
        shares[:, [order[-1], -1]] /= 2
        blocks = (np.where(np.arange(len(order)) == len(order) - 1, 0.8 * own[:, :, order] + 0.2 * other, own[:, :, order])
                  for own, other in zip(params.families, random.families, strict=True))  # fmt: skip
        return Params.of(shares, blocks)


def _random(mixture: Mixture, starts: int, rng: np.random.Generator) -> Params:
    """Return starts with equal shares and probabilities that are uniform on the simplex of every item."""
    families = (family.start(np.zeros((family.rows, 1)), rng, starts * mixture.types) for family in mixture.families)
    return Params.of_columns([mixture.membership.even(starts), *families], mixture.types)
