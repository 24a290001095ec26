"""Duplicate solutions: starts on the way to an optimum that a better start already has are recognised and left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..model.mixture import Params
from .batches import StartResult, best_first

__all__ = ["mark_duplicates", "ordered", "with_values_of_originals"]

MAX_DIFFERENCE = 2e-3
"""Largest difference of a parameter between starts on the way to one optimum."""
MAX_VALUE_DIFFERENCE = 1e-2
"""Largest difference of their log-likelihoods, on the rows that they were run on."""


def ordered(params: Params) -> Params:
    """Order the types of one start by share, largest first; equal shares by their probabilities."""
    rows = np.concatenate(params.blocks)[:, 0]  # shares first
    return params.relabel(np.lexsort([-row for row in reversed(rows)]))


def mark_duplicates(
    results: Sequence[StartResult], converged_too: bool = False, named: bool = False
) -> list[StartResult]:
    """Mark starts on the way to the optimum of a better one as its duplicates.

    converged_too: also those that have converged; of two of these the value says enough, unless types are named: then
    the same types under other names are another optimum, and may be as good on the rows that are used.
    """
    originals: list[tuple[StartResult, NDArray[np.float64]]] = []
    duplicate_of: dict[int, int] = {}
    for result in best_first(results):
        vector = (result.params if named else ordered(result.params)).vector()[0]
        same = (better.number for better, other in originals if _alike(result, better, vector, other, named))
        original = next(same, None)
        if original is None or not (converged_too or result.status == "step_limit"):
            originals.append((result, vector))
        else:
            duplicate_of[result.number] = original
    return [
        replace(r, status="duplicate", duplicate_of=duplicate_of[r.number]) if r.number in duplicate_of else r
        for r in results
    ]


def _alike(
    result: StartResult, better: StartResult, vector: NDArray[np.float64], other: NDArray[np.float64], named: bool
) -> bool:
    by_value = not named and result.status == better.status == "converged"
    return abs(result.value - better.value) <= MAX_VALUE_DIFFERENCE and (
        by_value or bool(abs(vector - other).max() <= MAX_DIFFERENCE)
    )


def with_values_of_originals(results: Sequence[StartResult]) -> list[StartResult]:
    """Let duplicates end where the starts do that they are duplicates of."""
    by_number = {r.number: r for r in results}
    return [r if r.duplicate_of is None else _ending_as(r, by_number[r.duplicate_of]) for r in results]


def _ending_as(result: StartResult, original: StartResult) -> StartResult:
    return replace(result, value=original.value, loglik=original.loglik, singular=original.singular)
