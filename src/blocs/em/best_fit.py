"""best_fit: from where the starts of a search ended to a Fit: the best, its statistics, and the ends of all."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from threading import Event
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..core.blas import one_blas_thread
from ..core.errors import Fault, InputError
from ..kernels.compiled import SMALL
from ..membership import Softmax, separated
from ..membership.separation import LEAST
from ..model.evidence import counts_by_item, expected_counts
from ..model.identification import identified, sampled
from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from ..results.deferred import Deferred
from ..results.entropy import posterior_entropy
from ..results.fit_result import Fit
from ..results.start_end import StartEnd
from .batches import BatchRunner, StartResult, best_of
from .duplicates import ordered
from .ends import StoppingRule
from .multistart import Multistart
from .optima import at_best

__all__ = ["best_fit", "compile_the_rest"]

Counts = tuple[NDArray[np.float64], ...]

ROWS_AT_A_TIME = 16_384
"""Rows whose posteriors are in memory at a time."""
FEW_ROWS, FEW_STEPS = 2 * SMALL, 12
"""Rows and iterations that call the kernels of a fit: other ones for small data, and for the first iterations."""
TRACED = 20_000
"""Values of the traces of starts that a fit keeps at most: some hundred kilobytes of its file."""


def best_fit(search: Multistart, results: list[StartResult], settings: dict[str, Any]) -> Fit:
    """Return the best of the results of a search as a fit with these settings.

    Raises InputError where no start was evaluated.
    """
    mixture, profiles, some = search.mixture, search.profiles, search.subsample
    if not any(np.isfinite(result.value) for result in results):
        raise InputError(Fault("the fit was interrupted before any start was evaluated", remedy="Run it again"))
    best, same = best_of(results), at_best(mixture, some, results, profiles.n)
    params = _with_shares(mixture, best.params, search.all_rows)
    params = ordered(params, mixture.alike)
    if mixture.needs_rows:
        loglik, entropy, counts = _of_rows(mixture, params, profiles)
    else:
        loglik, entropy, counts = _of_sums(mixture, params, search.all_rows)
    most = float(profiles.weights.sum() * np.log(mixture.types))
    return Fit(
        mixture,
        params,
        loglik,
        profiles.n,
        len(profiles),
        1 - entropy / most if mixture.types > 1 else None,
        _ends(results, best, same),
        best.trace,
        "interrupted" if _cut_short(search, results, best) else best.status,
        settings,
        profiles.hash,
        profiles.notes,
        profiles.account.to_dict(),
        best.gradient,
        best.number,
        counts=counts,
        identified=_identified(mixture, params, profiles),
        separated=_separated(mixture, params, search),
    )


def compile_the_rest(mixture: Mixture, profiles: Profiles, accelerate: str, start: Params) -> None:
    """Compile what further iterations and the statistics of a fit will call, by a small fit of the first rows.

    Without it a request to stop, which comes when there is something to keep, would wait for the compiler.
    """
    few = profiles.shards(-(-len(profiles) // FEW_ROWS))[0]
    rows = BatchRunner.of(mixture, few, accelerate, 1, None, Event())
    with suppress(InputError):  # the rows may be impossible where all together are not
        end = rows.run([0], start.take, StoppingRule(steps=FEW_STEPS))[0].params
        mixture.posterior(end, few)
        rows.evaluate(end)


def _identified(mixture: Mixture, params: Params, profiles: Profiles) -> bool | Deferred[bool | None] | None:
    """Return whether the parameters are identified: later, where a fit may keep the rows that tell."""
    if sampled(mixture, profiles):
        return identified(mixture, params, profiles)
    rows = replace(profiles, index=None, rows=None, cells=None)

    def work() -> bool | None:
        with one_blas_thread():
            return identified(mixture, params, rows)

    return Deferred(work)


def _cut_short(search: Multistart, results: list[StartResult], best: StartResult) -> bool:
    """Whether an interrupt ended starts, kept some from beginning, or came before the best had converged."""
    if any(result.status == "interrupted" for result in results):
        return True
    return search.interrupt.is_set() and (len(results) < search.starts or best.status != "converged")


def _ends(results: list[StartResult], best: StartResult, same: set[int]) -> tuple[StartEnd, ...]:
    """Return where the starts ended, with the traces of the first ones."""
    kept = np.cumsum([len(result.trace) for result in results]) <= TRACED
    return tuple(_start_end(r, best, same, trace) for r, trace in zip(results, kept.tolist(), strict=True))


def _start_end(result: StartResult, best: StartResult, same: set[int], traced: bool) -> StartEnd:
    set_aside = result.singular and not best.singular
    status = "singular" if set_aside else result.status
    trace = result.trace if traced else ()
    return StartEnd(
        result.number, result.loglik, result.iterations, status, result.number in same, result.arrived, trace
    )


def _with_shares(mixture: Mixture, params: Params, rows: BatchRunner) -> Params:
    """Return the parameters of one start with the mean shares that they give the rows, where rows differ in them."""
    if mixture.membership.common:
        return params
    shares = mixture.membership.shares(params.columns()[0], rows.evaluate(params).membership)
    return Params((np.concatenate([shares[None], params.membership[1:]]), *params.families))


def _separated(mixture: Mixture, params: Params, search: Multistart) -> dict[str, tuple[int, ...]]:
    """Return the columns of covariates with infinite coefficients, as `Fit.separated`, from one pass over the rows."""
    if mixture.membership.design is None or mixture.membership.groups is not None or mixture.types == 1:
        return {}
    least = LEAST * min(1.0, search.profiles.n / len(search.profiles))
    return separated(cast("Softmax", mixture.membership), search.all_rows.evaluate(params).membership, least)


def _of_sums(mixture: Mixture, params: Params, rows: BatchRunner) -> tuple[float, float, Counts]:
    """Return log-likelihood, entropy of the posteriors and expected counts from the sums of one pass.

    A posterior's logarithm is log pi_k + sum_j log p_kj - log f_u, so that sum_u w_u H(zeta_u) is the log-likelihood
    minus sum_k T_k log pi_k and sum_c C_c log p_c (formulas: criteria and entropy).
    """
    stats, logs = rows.evaluate(params), mixture.log_table(params)
    known = stats.counts > 0
    of_codes = float(np.multiply(stats.counts, logs, out=np.zeros(logs.shape), where=known).sum())
    totals, shares = stats.totals[0], params.shares[0]
    of_types = float((totals * np.log(np.where(totals > 0, shares, 1.0))).sum())
    loglik = float(stats.loglik[0])
    return loglik, max(0.0, loglik - of_codes - of_types), counts_by_item(mixture, stats.counts)


def _of_rows(mixture: Mixture, params: Params, profiles: Profiles) -> tuple[float, float, Counts]:
    """Return the same row by row, for measurements and covariates, part by part: no array of all rows and types."""
    loglik, entropy, counts = 0.0, 0.0, None
    for part in profiles.shards(-(-len(profiles) // ROWS_AT_A_TIME)):
        rows, zeta = mixture.posterior(params, part)
        loglik += float((part.weights * rows).sum())
        entropy += posterior_entropy(zeta, part.weights)
        more = expected_counts(mixture, zeta, part)
        counts = more if counts is None else tuple(a + b for a, b in zip(counts, more, strict=True))
    assert counts is not None
    return loglik, entropy, counts
