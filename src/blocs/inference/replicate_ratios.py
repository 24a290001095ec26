"""Likelihood ratios of K - 1 against K types in tables that are drawn from the fit of K - 1, many side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..em.batches import ROWS_PER_SHARD
from ..em.loop import EMResult, StoppingRule
from ..em.many import fit_many
from ..files.checkpoint import Work
from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .refits import INSIDE, RULE
from .simulated_tables import Simulation

__all__ = ["SAME", "RatioSimulation", "Ratios"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHORT = StoppingRule(gain=RULE.gain, change=RULE.change, gradient=RULE.gradient, steps=30)
"""A short run by plain EM, after which the best starts of a table are finished."""
FINISHED = 3
"""How many of them are."""
SAME = 0.01
"""Likelihood ratios that are nearer are equal. One further below 0 is that of a failed start."""
APART = 0.2
"""Part of the way to random probabilities that one half of a divided type goes."""
AGAIN = 3
"""How often such a table is fitted again, each time from twice as many starts."""


class Ratios(NamedTuple):
    """Likelihood ratios of some tables.

    lr (b,): twice the gain in log-likelihood, NaN where the starts failed; refitted: how many tables were fitted again.
    """

    lr: Floats
    refitted: int


class Best(NamedTuple):
    """The best fit of every table: its log-likelihood (b,), and the parameters of b starts."""

    loglik: Floats
    params: Params


class Tables(NamedTuple):
    """Tables on the same rows, which are placed for a mixture: (U, b) counts, and the numbers of the tables."""

    mixture: Mixture
    shards: Any
    overall: Params
    counts: Floats
    numbers: Sequence[int]

    @classmethod
    def of(cls, mixture: Mixture, rows: Profiles, counts: Floats, numbers: Sequence[int]) -> Tables:
        """Place the rows."""
        shards = mixture.place(rows, -(-len(rows) // ROWS_PER_SHARD))
        return cls(mixture, shards, mixture.overall(rows), counts, numbers)

    def take(self, which: Ints) -> Tables:
        """Return some of the tables."""
        return self._replace(counts=self.counts[:, which], numbers=[self.numbers[b] for b in which.tolist()])

    def inside(self, params: Params) -> Params:
        """Return one start for every table, a little inside the parameter space."""
        return self.mixture.toward(params, self.overall, INSIDE).take(np.zeros(len(self.numbers), dtype=np.int64))


@dataclass(frozen=True)
class RatioSimulation:
    """K - 1 types against K: what tables are drawn from, where fits begin, and how many random starts each has.

    null: parameters of K - 1 types, from which the tables are drawn; other: the mixture of K types; estimates: its
    parameters for the data; starts: random starts of a fit; jobs: number of threads; interrupt: set to stop; work:
    where ratios that are done are kept, and found again.
    """

    simulation: Simulation
    null: Params
    other: Mixture
    estimates: Params
    starts: int
    jobs: int
    interrupt: Event
    work: Work | None = None

    def ratios(self, number: int) -> Iterator[Ratios]:
        """Give the likelihood ratios of tables 0 .. number - 1, some at a time, until the interrupt is set."""
        for which, rows, counts in self.simulation.tables(number):
            key = f"tables {which.start} to {which.stop}"
            kept = None if self.work is None else self.work.get(key)
            if kept is not None:
                yield Ratios(kept["lr"], int(kept["refitted"]))
                continue
            few_types = Tables.of(self.simulation.mixture, rows, counts, which)
            many_types = Tables.of(self.other, rows, counts, which)
            few = self._best(few_types, few_types.inside(self.null), self.starts if few_types.mixture.types > 1 else 0)
            more = self._best(many_types, many_types.inside(self.estimates), self.starts)
            lr = 2 * (more.loglik - few.loglik)
            refitted = int((lr < -SAME).sum())
            for turn in range(1, AGAIN + 1):
                failed = np.flatnonzero(lr < -SAME)
                if not len(failed) or self.interrupt.is_set():
                    break
                some = many_types.take(failed)
                begin = [self._with_a_type_more(few.params.take([b]), which[b], turn) for b in failed.tolist()]
                again = self._best(some, Params.stack(begin), self.starts * 2**turn, turn)
                lr[failed] = np.maximum(lr[failed], 2 * (again.loglik - few.loglik[failed]))
            if self.interrupt.is_set():
                return
            lr = np.where(lr < -SAME, np.nan, np.maximum(lr, 0.0))
            if self.work is not None:
                self.work.put(key, {"lr": lr, "refitted": np.array(refitted)})
            yield Ratios(lr, refitted)

    def _best(self, tables: Tables, first: Params, random: int, turn: int = 0) -> Best:
        """Return the best fit of every table, from its own first start and so many random ones."""
        mixture, each = tables.mixture, 1 + random
        made = [first.take([b]) for b in range(first.starts)]
        if random:
            keys = ([self.simulation.seed, b, 1 + turn, mixture.types] for b in tables.numbers)
            made = [Params.stack([one, _random(mixture, random, np.random.default_rng(key))])
                    for one, key in zip(made, keys, strict=True)]  # fmt: skip
        starts = Params.stack(made)
        if each > FINISHED:
            short = self._fitted(tables, starts, SHORT, "none")
            order = np.argsort(-short.loglik.reshape(-1, each), axis=1, kind="stable")[:, :FINISHED]
            starts = short.params.take((order + each * np.arange(len(order))[:, None]).ravel())
            each = FINISHED
        ends = self._fitted(tables, starts, RULE, "auto")
        best = ends.loglik.reshape(-1, each).argmax(axis=1) + each * np.arange(len(tables.numbers))
        return Best(ends.loglik[best], ends.params.take(best))

    def _fitted(self, tables: Tables, starts: Params, rule: StoppingRule, accelerate: str) -> EMResult:
        """Fit every table from as many starts, which follow one another."""
        each = starts.starts // len(tables.numbers)
        return fit_many(
            tables.mixture, tables.shards, lambda fits: tables.counts[:, np.array(fits) // each], starts,
            fits=starts.starts, rule=rule, accelerate=accelerate, jobs=self.jobs, interrupt=self.interrupt,
        )  # fmt: skip

    def _with_a_type_more(self, params: Params, number: int, turn: int) -> Params:
        """Return a start of K types: those of K - 1, the largest of them divided into two that differ a little."""
        rng = np.random.default_rng([self.simulation.seed, number, turn, 0])
        random = _random(self.other, 1, rng)
        order = [*range(params.types), int(params.shares[0].argmax())]
        shares = params.shares[:, order].copy()
        shares[:, [order[-1], -1]] /= 2
        last = np.arange(len(order)) == params.types
        blocks = (
            np.where(last, (1 - APART) * own[:, :, order] + APART * other, own[:, :, order])
            for own, other in zip(params.families, random.families, strict=True)
        )
        return Params.of(shares, blocks)


def _random(mixture: Mixture, starts: int, rng: np.random.Generator) -> Params:
    """Return starts with equal shares and probabilities that are uniform on the simplex of every item."""
    families = (family.start(np.zeros((family.rows, 1)), rng, starts * mixture.types) for family in mixture.families)
    return Params.of_columns([mixture.membership.even(starts), *families], mixture.types)
