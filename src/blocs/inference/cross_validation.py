"""Cross-validation: the log-likelihood of observations that a fit has not seen. Counts are split, not rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from threading import Event

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError
from ..core.interrupts import interruptible, something_to_keep
from ..profiles import Profiles
from ..results.fit_result import Fit
from .fitted_rows import FittedRows
from .refits import refit

__all__ = ["folds_of", "held_out"]

Counts = NDArray[np.int64]


def folds_of(profiles: Profiles, folds: int, seed: int) -> list[Counts]:
    """Return for each fold the (U,) observations of every profile in it: the N observations divided at random.

    Raises InputError for less than 2 folds or more than observations, UnsupportedError with sampling weights, counts
    that are not whole, and measurements.
    """
    if profiles.design or not (profiles.counts == np.rint(profiles.counts)).all():
        raise UnsupportedError("Cross-validation is not available with sampling weights or counts that are not whole: "
                               "it divides observations.")  # fmt: skip
    left = profiles.counts.astype(np.int64)
    n = int(left.sum())
    if isinstance(folds, bool) or not isinstance(folds, int | np.integer) or not 2 <= folds <= n:
        raise InputError(Fault(f"it is {folds!r}", argument="cross_validate",
                               rule=f"It is a whole number of folds, 2 to the {n:,} observations"))  # fmt: skip
    rng, out = np.random.default_rng(seed), []
    for fold in range(folds - 1):
        out.append(rng.multivariate_hypergeometric(left, (n * (fold + 1)) // folds - (n * fold) // folds))
        left = left - out[-1]
    return [*out, left]


def held_out(fits: Sequence[Fit], profiles: Profiles, folds: list[Counts]) -> list[float]:
    """Return of each fit the log-likelihood of an observation that it did not see, averaged over all observations.

    Each fold is left out in turn; the model is fitted to the others, from the fit to all, and evaluated on the fold.
    Minus infinity where a fold has a row that the fit to the others calls impossible. After Ctrl-C the rest is NaN.
    """
    with interruptible() as interrupt:
        something_to_keep()  # the fits
        return [_held_out(fit, profiles, folds, interrupt) for fit in fits]


def _held_out(fit: Fit, profiles: Profiles, folds: list[Counts], interrupt: Event) -> float:
    total = 0.0
    for train, test in _parts(profiles, folds):
        if interrupt.is_set():
            return math.nan
        again = refit(fit.mixture, fit.params, train, interrupt)
        if not again.converged and interrupt.is_set():
            return math.nan
        loglik = FittedRows(fit.mixture, again.params, test).loglik
        total += float(test.weights @ loglik)
    return total / profiles.n


def _parts(profiles: Profiles, folds: list[Counts]) -> Iterator[tuple[Profiles, Profiles]]:
    """Yield the profiles without each fold, and those of the fold."""
    whole = profiles.counts.astype(np.int64)
    for fold in folds:
        yield _with_counts(profiles, whole - fold), _with_counts(profiles, fold)


def _with_counts(profiles: Profiles, counts: Counts) -> Profiles:
    """Return the profiles with other counts, without those that are left with none."""
    kept = counts > 0
    values = None if profiles.values is None else profiles.values[kept]
    n_u = counts[kept].astype(np.float64)
    return Profiles(profiles.schema, profiles.codes[kept], n_u, n_u, values=values)
