"""Estimates of an outcome by type that have no errors, because few observations stand behind them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .first_step import FirstStep
from .step_models import StepModel
from .step_rows import StepRows
from .step_sums import Pieces, types_of
from .steps import StepEstimate

__all__ = ["FEW", "RARE", "without_few", "without_rare"]

FEW = 5.0
"""Observations with the outcome, expected of a type or assigned to it, below which its estimates have no errors."""
RARE = 10.0
"""Observations of a category, expected of a type, below which its coefficients of controls have no errors: intervals
of 95 per cent for the log-odds of 300 observations cover in 93 per cent with 10, in 86 with 5, in 62 with 2."""


def without_few(found: StepEstimate, first: FirstStep, rows: StepRows, begin: int, size: int) -> StepEstimate:
    """Return the estimate without errors of types that few observations with the outcome are of.

    begin, size: where the parameters of the outcome are in theta, as many for each type. Squares of a few residuals
    estimate no variance, and are 0 for a type with one observation.
    """
    of_type = (first.assignment.zeta, first.assignment.to)
    n = np.minimum(*((each[rows.profile] * rows.weights[:, None]).sum(axis=0) for each in of_type))
    return _without(found, begin + np.flatnonzero(np.repeat(n < FEW, size // len(n))))


def without_rare(
    found: StepEstimate, model: StepModel, pieces: Pieces, member: NDArray[np.bool_], at: NDArray[np.int64]
) -> StepEstimate:
    """Return the estimate without errors of coefficients of categories that few observations of a type have.

    member (R, G, 2): whether each row is in either of two sets of categories, which the coefficients of G groups set
    against each other; at (K, G, Q): where these are in theta. The observations are those expected of the type once the
    outcome is known. The variance is that of a few residuals then, which the coefficients themselves make small.
    """
    n = np.einsum("rk,rgs->kgs", types_of(model, pieces, found.theta), member).min(axis=2)
    return _without(found, at[n < RARE].ravel())


def _without(found: StepEstimate, few: NDArray[np.int64]) -> StepEstimate:
    return found._replace(unknown=(*found.unknown, ("few", np.eye(len(found.theta))[:, few])))
