"""Derivatives by the free parameters of probabilities that are no log-odds, as a binomial's of success."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..families import Description, Family, constrained_simplices
from ..families.free_parameters import derivatives
from ..model.scores import parameter_positions
from ..results.fit_result import Fit

__all__ = ["described_slopes"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def described_slopes(fit: Fit) -> dict[str, tuple[Ints, Floats]]:
    """Return by item (F, K) places of the parameters of its family, and (lines, F, K) slopes of its outcomes by them.

    Items of which parameters are log-odds of outcomes are left out, but for those with constraints.
    """
    mixture, out = fit.mixture, {}
    each = zip(mixture.families, fit.params.columns()[1:], parameter_positions(mixture)[1:], strict=True)
    for family, theta, at in each:
        constrained = bool(constrained_simplices([family]))
        if at.size and (constrained or all(free.against is None for free in family.free_parameters())):
            lines = [line.item for line in _outcome_lines(family, theta)]
            slopes = derivatives(partial(_values, family), family.to_free(theta))
            for item in dict.fromkeys(lines):
                out[item] = (at, slopes[[i for i, name in enumerate(lines) if name == item]])
    return out


def _outcome_lines(family: Family, theta: Floats) -> list[Description]:
    return [line for line in family.describe(theta) if line.outcome is not None]


def _values(family: Family, free: Floats) -> Floats:
    """Return (lines, W) probabilities that a family describes at (F, W) free parameters."""
    values = [line.value for line in _outcome_lines(family, family.from_free(free))]
    return np.array(values).reshape(len(values), free.shape[1])
