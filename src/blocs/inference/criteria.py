"""Criteria of a fit: AIC, BIC and their relatives, those that count overlap of the types, and parameters at an edge."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..core.schema import Item
from ..results.fit_result import Fit

__all__ = ["criteria", "parameters_at_boundary"]

Floats = NDArray[np.float64]
NEAR = 1e-6
"""Probabilities that are nearer to 0 are on the edge."""


def criteria(fit: Fit) -> dict[str, float]:
    """Return the criteria by name, smaller is better.

    With L the log-likelihood, P parameters, N observations and EN = - sum w_u zeta_uk log zeta_uk
    (`docs/formulas_fit.md`): aic, aic3, bic, abic (adjusted for sample size), caic, awe, clc, icl.
    """
    n, p, deviance = fit.n, fit.n_parameters, -2 * fit.loglik
    log_n, en = float(np.log(n)), classification_entropy(fit)
    return {
        "aic": fit.aic,
        "bic": fit.bic,
        "aic3": deviance + 3 * p,
        "abic": deviance + p * float(np.log((n + 2) / 24)),
        "caic": deviance + p * (log_n + 1),
        "awe": deviance + 2 * en + 2 * p * (1.5 + log_n),
        "clc": deviance + 2 * en,
        "icl": fit.bic + 2 * en,
    }


def classification_entropy(fit: Fit) -> float:
    """Return EN, the sum of w_u H(zeta_u)."""
    return 0.0 if fit.relative_entropy is None else (1 - fit.relative_entropy) * fit.n * float(np.log(fit.types))


def parameters_at_boundary(fit: Fit) -> int:
    """Return how many free parameters are at the edge of their range, where the likelihood still rises.

    Of an item of categories, two outcomes have odds inside their range where both are possible on one menu. The
    outcomes fall into sets that are connected by such pairs; between them odds are 0 or infinite, so that a type has
    as many parameters at the boundary as there are sets, less one. A probability near 0 alone says nothing: on a menu
    without the likely outcomes it may be large. Other families count their parameters on a bound.
    """
    mixture, total = fit.mixture, 0
    table = mixture.table(fit.params)
    places = pairwise(mixture.schema.offsets.tolist())
    for item, (first, last) in zip(mixture.schema.items, places, strict=True):
        if item.kind is None and item.outcomes:
            total += sum(_sets(item, column) - 1 for column in table[first + 1 : last].T)
    for family, theta in zip(mixture.families, fit.params.columns()[1:], strict=True):
        if family.items[0].kind is not None:
            one_each = len(theta) == len(family.index(fit.types))  # probabilities that sum to 1 have one less
            kinds = ("lower", "upper") if one_each else ("lower",)
            total += sum(edge.kind in kinds for edge in family.edges(theta))
    return total


def _sets(item: Item, table: Floats) -> int:
    """Return into how many sets the outcomes of an item fall under a type with the probabilities (codes,)."""
    sets: list[set[int]] = [{option} for option in range(len(item.outcomes))]
    for m in range(len(item.menus)):
        possible = {option for (menu, option), p in zip(item.codes, table, strict=True) if menu == m and p >= NEAR}
        touched = [one for one in sets if not one.isdisjoint(possible)]
        sets = [one for one in sets if one.isdisjoint(possible)] + [set().union(*touched)]
    return len(sets)
