"""Estimates of an outcome by type: by least squares with the parts assigned, or by maximum likelihood."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError
from ..core.schema import Label
from ..membership import Design
from ..profiles.covariates import words_among_numbers
from .few_observations import without_few, without_rare
from .first_step import FirstStep
from .step_models import Categories, Means, Measurements, Regression
from .step_regressions import LogitsByType, MeansByType, WithControls
from .step_rows import StepRows
from .steps import LEAST, StepEstimate, estimate, pieces_of

__all__ = ["ESTIMATES", "SHARES", "VARIANCES", "Outcome", "Settings", "outcome_of"]

Floats = NDArray[np.float64]
SHARES = {"free": True, "fixed": False}
"""Whether the shares of the types are estimated again."""
VARIANCES = {"equal": "one variance for all types", "by_type": "a variance for each type"}
"""Variances of measurements, and what they are called."""
MOST = 60
"""Categories of an outcome."""
LARGEST = 1e100
"""The largest number of an outcome, whose squares and their sums over all rows are finite."""


class Outcome(NamedTuple):
    """An outcome of R rows.

    name: of the column; values (R,): numbers, or the places of categories; labels: of these, or None; shown: the
    categories that are given, one where it is a proportion.
    """

    name: str
    values: Floats
    labels: tuple[Label, ...] | None
    shown: tuple[int, ...]


class Settings(NamedTuple):
    """method, errors: as in `blocs.distal`; design: the controls, or None; shares, variances: of ML."""

    method: str
    errors: str
    design: Design | None
    shares: str
    variances: str | float


def outcome_of(rows: StepRows, name: str, coded: bool) -> Outcome:
    """Return the values of an outcome, and its categories if it has any."""
    v = rows.columns.names.index(name)
    levels, column = rows.columns.levels[v], rows.columns.values[rows.columns.row, v]
    distinct = np.unique(column)
    if not coded and (faults := words_among_numbers(name, levels, "outcome")):
        raise InputError(*faults)
    if len(distinct) < 2:
        raise InputError(Fault(f"{name!r} is the same for all observations", argument="outcome"))
    binary = levels is None and not coded and set(distinct.tolist()) == {0.0, 1.0}
    if levels is None and not (binary or coded):
        if np.abs(distinct).max() > LARGEST:
            raise InputError(Fault(f"{name!r} has numbers too large to be squared", argument="outcome",
                                   remedy="Write them in another unit"))  # fmt: skip
        return Outcome(name, column, None, (0,))
    if len(distinct) > MOST:
        raise InputError(Fault(f"{name!r} has {len(distinct):,} categories", argument="outcome",
                               rule=f"Every type has a probability of each, of at most {MOST}",
                               remedy="Join categories; numbers have means where all cells are numbers"))  # fmt: skip
    values = np.searchsorted(distinct, column).astype(np.float64)
    labels = tuple(
        (int(at) if float(at).is_integer() else float(at)) if levels is None else levels[int(at)] for at in distinct
    )
    proportion = binary or (set(labels) == {False, True} and levels is not None and isinstance(labels[0], bool))
    return Outcome(name, values, labels, (1,) if proportion else tuple(range(len(labels))))


class Made(NamedTuple):
    """What a method made.

    found: the estimate; values (K, L): the outcomes that are shown; slopes (K, L, m): their derivatives; free: what was
    estimated beside them, in words; effects (K, C, Q, m): derivatives of the coefficients of the controls, centred and
    scaled: of the outcome, of each category, or of the log-odds of each category against the first.
    """

    found: StepEstimate
    values: Floats
    slopes: Floats
    free: str
    effects: Floats | None = None


def _by_weights(first: FirstStep, rows: StepRows, own: Outcome, how: Settings) -> Made:
    """Return means by least squares within each type, with the parts assigned or BCH weights."""
    types, pieces = first.fit.types, pieces_of(first, rows, how.method)
    _require_weights(np.einsum("r,rt->t", rows.weights, pieces.parts))
    centre, scale = _units(own, rows.weights)
    if own.labels is None:
        y = ((own.values - centre) / scale)[:, None]
    else:
        y = (own.values[:, None] == np.array(own.shown)).astype(np.float64)
    x = np.ones((len(y), 1)) if how.design is None else how.design.matrix(rows.columns)[rows.columns.row]
    model = Means(y, x, types)
    found = estimate(first, rows, model, np.zeros(model.size), how.method, how.errors)
    found = without_few(found, first, rows, 0, types * x.shape[1] * y.shape[1])
    if own.labels is not None and how.design is not None:
        at = np.arange(model.size).reshape(types, x.shape[1], y.shape[1]).swapaxes(1, 2)
        found = without_rare(found, model, pieces, np.stack([y == 1, y == 0], axis=2), at)
    slopes = np.zeros((types, y.shape[1], types, x.shape[1], y.shape[1]))
    for k in range(types):
        slopes[k, :, k, 0, :] = scale * np.eye(y.shape[1])
    flat = slopes.reshape(types, y.shape[1], -1)
    values = centre + flat @ found.theta
    if own.labels is not None and ((values < 0) | (values > 1)).any():
        note = "Estimates by BCH weights are below 0 or above 1. Use ML, whose estimates are not."
        found = found._replace(notes=(*found.notes, note))
    wide = (types, x.shape[1], y.shape[1])
    effects = (scale * np.eye(model.size)).reshape(*wide, model.size).swapaxes(1, 2)
    return Made(found, values, flat, "", None if how.design is None else effects)


def _by_ml(first: FirstStep, rows: StepRows, own: Outcome, how: Settings) -> Made:
    """Return probabilities of categories, or normal means, by maximum likelihood."""
    if how.design is not None:
        return _by_ml_with_controls(first, rows, own, how, how.design)
    free, of_fit = SHARES[how.shares], first.fit.params.shares[0]
    assigned = _assigned(first, rows)
    words = "Shares of the types are free" if free else "Shares of the types are those of the fit"
    if own.labels is not None:
        code = own.values.astype(np.int64)
        p = np.array([np.bincount(code, part, len(own.labels)) for part in assigned.T])
        model = Categories(code, len(own.labels), of_fit, free, p.argmax(axis=1))
        found = estimate(first, rows, model, model.start(p), how.method, how.errors)
        found = without_few(found, first, rows, model.own, len(p) * (len(own.labels) - 1))
        shown = list(own.shown)
        values, slopes = model.probabilities(found.theta), model.slopes(found.theta)
        return Made(found, values[:, shown], slopes[:, shown], f"{words}.")
    centre, scale = _units(own, rows.weights)
    y = (own.values - centre) / scale
    known = None if isinstance(how.variances, str) else float(how.variances) / scale**2
    normal = Measurements(y, of_fit, free, how.variances == "equal", known)
    means = assigned.T @ y
    within = float((assigned * (y[:, None] - means) ** 2).sum() / len(means))
    found = estimate(first, rows, normal, normal.start(means, within), how.method, how.errors)
    found = without_few(found, first, rows, normal.own, len(means))
    slopes = np.zeros((len(means), 1, normal.size))
    slopes[:, 0, normal.own : normal.own + len(means)] = scale * np.eye(len(means))
    return Made(found, centre + slopes @ found.theta, slopes, f"{words}; normal, {_variance_words(how)}.")


def _assigned(first: FirstStep, rows: StepRows) -> Floats:
    """Return (R, K) weights of the rows in each type that sum to 1, a tenth of them those of all: where ML begins."""
    assigned = first.assignment.zeta[rows.profile] * rows.weights[:, None]
    _require_weights(assigned.sum(axis=0))
    return np.asarray(0.9 * assigned / assigned.sum(axis=0) + 0.1 * (rows.weights / rows.weights.sum())[:, None])


def _variance_words(how: Settings) -> str:
    return VARIANCES[how.variances] if isinstance(how.variances, str) else f"the variance {how.variances:g} is known"


def _by_ml_with_controls(first: FirstStep, rows: StepRows, own: Outcome, how: Settings, design: Design) -> Made:
    """Return what `_by_ml` does, at the means of controls on which the shares and the outcome of each type depend."""
    types, x = first.fit.types, design.matrix(rows.columns)[rows.columns.row]
    assigned = _assigned(first, rows)
    shares = Regression(x, np.arange(len(x), dtype=np.int32), types)
    begin = np.zeros((types - 1, x.shape[1]))
    begin[:, 0] = np.log(first.fit.params.shares[0, 1:] / first.fit.params.shares[0, 0])
    centre, scale = _units(own, rows.weights)
    if own.labels is not None:
        part: LogitsByType | MeansByType = LogitsByType(own.values.astype(np.int64), x, types, len(own.labels))
    else:
        known = None if isinstance(how.variances, str) else float(how.variances) / scale**2
        part = MeansByType((own.values - centre) / scale, x, types, how.variances == "equal", known)
    model = WithControls(shares, part)
    start = np.concatenate([begin.ravel(), part.start(assigned)])
    found = estimate(first, rows, model, start, how.method, how.errors)
    each = part.coefficients()
    found = without_few(found, first, rows, model.own, each[..., 0].size)
    if isinstance(part, LogitsByType):
        code, number = own.values[:, None], np.arange(1, len(own.labels or ()))
        both = np.stack(np.broadcast_arrays(code == number, code == 0), axis=2)
        at = model.own + np.arange(part.size).reshape(types, len(number), -1)
        found = without_rare(found, model, pieces_of(first, rows, how.method), both, at)
        p, slopes = part.at_means(found.theta[model.own :])
        shown = list(own.shown)
        values, slopes, words = p[:, shown], model.widened(slopes[:, shown]), ""
    else:
        slopes, words = model.widened(scale * each[:, :, 0]), f"; normal, {_variance_words(how)}"
        values = centre + slopes @ found.theta
    effects = model.widened((1.0 if own.labels is not None else scale) * each)
    return Made(found, values, slopes, f"Shares of the types depend on the controls{words}.", effects)


def _require_weights(totals: Floats) -> None:
    """Raise UnsupportedError where the weights of a type, of (K,) totals, are negative or sum to next to nothing."""
    for k in np.flatnonzero(~(totals > LEAST)).tolist():
        raise UnsupportedError(f"The weights of type {k + 1} sum to {totals[k]:.3g} over the observations that have "
                               "the outcome: it has no mean. Fit fewer types.")  # fmt: skip


def _units(own: Outcome, weights: Floats) -> tuple[float, float]:
    """Return what numbers are centred and scaled by."""
    if own.labels is not None:
        return 0.0, 1.0
    centre = float(np.average(own.values, weights=weights))
    return centre, float(np.average((own.values - centre) ** 2, weights=weights)) ** 0.5


ESTIMATES: dict[str, Callable[[FirstStep, StepRows, Outcome, Settings], Made]] = {
    "naive": _by_weights, "bch": _by_weights, "ml": _by_ml,
}  # fmt: skip
"""Methods, and what computes their estimates."""
