"""Many fits of the same rows under other weights, side by side, as bootstraps and cross-validation need them.

A set of weights is one more start: rows are coded, sorted and compressed once, and one pass over them serves a batch of
fits. Fits do not affect one another: each has its own N, its own stopping and the bits that it has alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import accumulate, pairwise
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, counted
from ..engines import Engine, Serial
from ..engines import engine as engine_for
from ..kernels.shard import StartWeights
from ..model.mixture import Mixture, Params
from .batches import ENOUGH, numbered
from .finished import Finished
from .loop import EMResult, Progress, StoppingRule, run_em
from .quasi_newton import stepper
from .replicate_shards import DrawnThere

__all__ = ["fit_many"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Weights = Floats | Callable[[range], Floats]

TOGETHER = 128
"""Fits of a batch at most: their weights and sums stay in the nearer caches."""
CELLS = 65_536
"""Profiles x fits of a batch up to which it may have more: an iteration takes hardly longer than one of few fits."""
PARAMETERS = 50_000
"""Parameters of all fits of a batch at most, because the quasi-Newton memory holds many copies of them."""
WEIGHTS = 20_000_000
"""Weights of all fits of a batch at most."""


def fit_many(
    mixture: Mixture,
    shards: Sequence[Any],
    weights: Weights | DrawnThere,
    starts: Params,
    *,
    fits: int | None = None,
    rule: StoppingRule | None = None,
    accelerate: str = "auto",
    jobs: int = 1,
    watch: Callable[[Progress], None] | None = None,
    interrupt: Event | None = None,
    finished: Finished | None = None,
    engine: Engine | None = None,
) -> EMResult:
    """Fit the same rows under B sets of weights, each from its own starting values.

    Parameters
    ----------
    mixture : Mixture
        The model.
    shards : sequence of Shard
        The rows, as `mixture.place` returned them, or their addresses for an engine; their own weights are not used.
        They can be used again.
    weights : (U, B) float, callable or DrawnThere
        Weight of every row in every fit, 0 or more, in the order of the shards (`membership.order`); or a function of
        the numbers of some fits that returns their (U, b) weights, so that not all are in memory at a time.
    starts : Params
        Starting values of B starts, or of one for all fits.
    fits : int, optional
        Number of fits B, where neither weights nor starts say it.
    rule : StoppingRule, optional
        When a fit stops.
    accelerate : str
        A name in `quasi_newton.STEPPERS`.
    jobs : int
        Number of threads.
    watch : callable, optional
        Called with a `Progress` as a batch is fitted, in which fits are starts.
    interrupt : threading.Event, optional
        When it is set, fits that have not converged end with status "interrupted", and those of batches that have not
        begun with a log-likelihood of minus infinity.
    finished : Finished, optional
        Where batches of fits that ended are kept, and found again.
    engine : Engine, optional
        Where the sums over the rows are computed; by default here.

    Returns
    -------
    EMResult
        Where every fit ended, with the same bits for any number of threads and whatever fits are made together.

    Raises
    ------
    InputError
        If the numbers of rows or fits do not agree, a weight is negative or no number, a fit has no weight at all, or
        starting values make a row impossible that has weight.

    Notes
    -----
    Maximises sum_u w_ub log sum_k pi_kb p_kb(x_u) for every fit b (formulas: likelihood). A row of weight 0 adds
    nothing, whether it is possible or not.

    Examples
    --------
    >>> import numpy as np
    >>> import blocs
    >>> answers = {"a": [0, 0, 0, 1, 1, 1], "b": [0, 0, 1, 1, 1, 0], "c": [0, 0, 0, 1, 1, 1]}
    >>> profiles = blocs.Profiles.from_table(answers)
    >>> fit = blocs.fit(profiles, types=2, seed=1)
    >>> drawn = np.random.default_rng(1).multinomial(6, profiles.weights / 6, size=3).T.astype(float)
    >>> ends = fit_many(fit.mixture, fit.mixture.place(profiles), drawn, fit.params)
    >>> ends.status
    ['converged', 'converged', 'converged']
    """
    there = weights if isinstance(weights, DrawnThere) else None
    ends = [0, *accumulate(there.sizes if there else (len(shard.codes) for shard in shards))]
    number = _number(weights, starts, fits)
    rows = max(1, ends[-1])
    size = max(1, min(max(TOGETHER, CELLS // rows), PARAMETERS // max(1, mixture.free), WEIGHTS // rows))
    in_turn = engine is not None or len(shards) > 1
    worth = 1 if in_turn else min(jobs, number, max(1, number * rows * mixture.types // ENOUGH))
    batches = worth * -(-number // (worth * size))
    cuts = [range(a, b) for a, b in pairwise(np.linspace(0, number, batches + 1).astype(int).tolist())]
    where: Engine = engine or (engine_for(jobs) if in_turn else Serial())

    def weighted(cut: range) -> Sequence[Any]:
        if isinstance(weights, DrawnThere):
            return weights.shards(shards, cut)
        rows = _checked(weights(cut) if callable(weights) else weights[:, cut.start : cut.stop], ends[-1], cut)
        own = zip(shards, (np.ascontiguousarray(rows[a:b].T) for a, b in pairwise(ends)), strict=True)
        return [shard._replace(weights=StartWeights(part, np.arange(len(cut)))) for shard, part in own]

    def batch(cut: range) -> EMResult:
        own = starts.take(np.zeros(len(cut), dtype=np.int64) if starts.starts == 1 else slice(cut.start, cut.stop))
        if interrupt is not None and interrupt.is_set() and cut.start > 0:
            return EMResult.not_begun(own)
        return run_em(
            mixture, where, where.place(weighted(cut)), own, rule or StoppingRule(), stepper(accelerate, mixture),
            watch=watch and numbered(watch, cut), interrupt=interrupt, own_weights=True, first=cut.start,
        )  # fmt: skip

    run = None if finished is None else finished.run()
    work = batch if run is None else partial(run.result, batch)
    if jobs == 1 or len(cuts) == 1 or in_turn:
        return EMResult.stack([work(cut) for cut in cuts])
    with ThreadPoolExecutor(jobs, thread_name_prefix="blocs") as pool:
        return EMResult.stack(list(pool.map(work, cuts)))


def _number(weights: Weights | DrawnThere, starts: Params, fits: int | None) -> int:
    """Return the number of fits; raise InputError where weights, starts and `fits` say different ones."""
    numbers = {} if fits is None else {f"fits={fits}": fits}
    if not callable(weights) and not isinstance(weights, DrawnThere):
        numbers[f"weights are of {weights.shape[1]}"] = weights.shape[1]
    if starts.starts > 1 or not numbers:
        numbers[f"starts are {starts.starts}"] = starts.starts
    if len(set(numbers.values())) > 1:
        rule = "They are as many as the fits; one start does for all"
        raise InputError(Fault(", ".join(numbers), argument="weights", rule=rule))
    return next(iter(numbers.values()))


def _checked(weights: Floats, rows: int, cut: range) -> Floats:
    """Return (U, b) weights of some fits; raise InputError where they are none."""
    weights = np.asarray(weights, dtype=np.float64)
    if weights.shape != (rows, len(cut)):
        each = f"A row for each of {counted(rows, 'profile')} and a column for each of {counted(len(cut), 'fit')}"
        raise InputError(Fault(f"their shape is {weights.shape}", argument="weights", rule=each))
    wrong = ~((weights >= 0) & (weights < np.inf))
    if wrong.any():
        row, fit = np.argwhere(wrong)[0]
        raise InputError(
            Fault(f"that of profile {row} in fit {cut[fit]} is {weights[row, fit]}", argument="weights",
                  rule="A weight is a finite number, 0 or more")
        )  # fmt: skip
    empty = np.flatnonzero(~weights.any(axis=0))
    if len(empty):
        raise InputError(
            Fault(f"all weights of fit {cut[int(empty[0])]} are 0", argument="weights", rule="Some profile has weight")
        )
    return weights
