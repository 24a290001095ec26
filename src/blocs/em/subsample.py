"""Subsample: of very many rows, starts and moves of types first use a subsample; what differs uses all rows.

An optimum of twenty thousand rows lies close to one of all of them, and twenty starts cost less there than one
iteration over all rows does. So each start is run on the subsample until it converges, and duplicates go on as one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..core.memory import release_memory
from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .batches import BatchRunner, StartResult, best_first
from .duplicates import mark_duplicates
from .local_search import LocalSearch
from .loop import StoppingRule
from .optima import divergences

__all__ = ["SUBSAMPLE_RULE", "Subsample"]

SUBSAMPLE_RULE = StoppingRule(gain=1e-4, change=1e-3, gradient=1e-5, steps=200)
"""When a start has converged on the subsample."""
SAME_FIT = 0.1
"""Largest divergence of two ends at one optimum of the subsample: iterations there stop early."""
OVERALL_PART = 1e-3
"""Part of the parameters of all rows in those found on the subsample: categories may be missing there."""


@dataclass(frozen=True)
class Subsample:
    """Starts on a subsample of the rows, then on all of them.

    Parameters
    ----------
    mixture : Mixture
        The model.
    profiles, subsample : Profiles
        All rows, and the subsample.
    runner : BatchRunner
        Runs starts on the subsample.
    all_rows : callable
        Returns the runner on all rows, which takes memory and is therefore made when it is needed and not before.
    moves : LocalSearch, optional
        Moves of types on the subsample, None for none.
    draw : callable
        From start numbers to their parameters.
    subsample_rule, rule : StoppingRule
        Of the iterations on the subsample and on all rows.
    """

    mixture: Mixture
    profiles: Profiles
    subsample: Profiles
    runner: BatchRunner
    all_rows: Callable[[], BatchRunner]
    moves: LocalSearch | None
    draw: Callable[[range], Params]
    subsample_rule: StoppingRule
    rule: StoppingRule

    def run(self, numbers: range, finish: int) -> list[StartResult]:
        """Return where the starts of these numbers end; the best `finish` that differ are run until they converge."""
        own = self.runner.run(numbers, lambda cut: self.draw(numbers[cut]), self.subsample_rule)
        moved = self._moved(own)
        if finish < len(numbers):
            moved = mark_duplicates(moved, self._same, self.mixture.names_types)
        release_memory()
        runner = self.all_rows()
        results = self._evaluated(runner, own, moved)
        ranked = best_first([r for r in results if r.duplicate_of is None])
        by_number = {r.number: r._replace(status="stopped_short") for r in ranked[finish:]}
        left = replace(self.rule, steps=self.rule.steps - 1)
        finished = runner.resume(ranked[:finish], left) if left.steps > 0 else ranked[:finish]
        by_number |= {r.number: r for r in finished}
        return [by_number.get(r.number, r) for r in results]

    def _same(self, a: Params, b: Params) -> bool:
        """Whether two ends on the subsample are one optimum, up to what its stopping rule leaves."""
        n = float(self.subsample.weights.sum())
        return bool(divergences(self.mixture, self.subsample, a, [b], n)[0] <= SAME_FIT)

    def _evaluated(
        self, runner: BatchRunner, own: Sequence[StartResult], moved: Sequence[StartResult]
    ) -> list[StartResult]:
        """Return the results after one iteration over all rows; a move that is no better there is taken back."""
        after = self._one_iteration(runner, [r for r in moved if r.duplicate_of is None])
        before = self._one_iteration(runner, [r for r, to in zip(own, moved, strict=True) if to.arrived is not None])
        results = []
        for to in moved:
            original = after[to.number if to.duplicate_of is None else to.duplicate_of]
            back = before.get(to.number)
            if back is not None and back.value > original.value:
                results.append(back)
                continue
            result = original if to.duplicate_of is None else to._replace(iterations=0, trace=(), gradient=None)
            results.append(result._replace(arrived=None if back is None else back.loglik))
        return results

    def _one_iteration(self, runner: BatchRunner, results: Sequence[StartResult]) -> dict[int, StartResult]:
        """Return the results of one iteration over all rows from results on the subsample, by number."""
        if not results:
            return {}
        params = Params.stack([r.params for r in results])
        if np.any(self.profiles.codes):
            params = self.mixture.toward(params, self.mixture.overall(self.profiles), OVERALL_PART)
        rule = replace(self.rule, steps=1)
        after = runner.run([r.number for r in results], params.take, rule, all_of_them=True)
        return {r.number: r for r in after}

    def _moved(self, results: Sequence[StartResult]) -> list[StartResult]:
        """Try moves of types on the subsample, also where plain EM has not converged in its few iterations."""
        if self.moves is None:
            return list(results)
        ended = best_first([r for r in results if r.status in ("converged", "step_limit")])
        improved = {r.number: to for r, to in zip(ended, self.moves.improve(ended, self.moves.grown)[0], strict=True)}
        return [improved.get(r.number, r) for r in results]
