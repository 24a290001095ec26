"""Duplicate solutions: starts on the way to an optimum that a better start already has are recognised and left."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..model.mixture import Params
from .batches import StartResult, best_first

__all__ = ["mark_duplicates", "ordered", "with_values_of_originals"]

MAX_DIFFERENCE = 2e-3
"""Largest difference of a parameter between starts on the way to one optimum."""
MAX_VALUE_DIFFERENCE = 1e-2
"""Largest difference of their log-likelihoods, on the rows that they were run on."""


def ordered(params: Params, alike: NDArray[np.int64] | None = None) -> Params:
    """Order the types of one start by share, largest first; equal shares by their probabilities.

    alike (K,): equal for types that may change places, by default all.
    """
    rows = np.concatenate(params.blocks)[:, 0]  # shares first
    order = np.lexsort(-rows[::-1])
    if alike is not None and alike.any():
        places = np.argsort(alike, kind="stable")
        order[places] = order[np.argsort(alike[order], kind="stable")]
    return params.relabel(order)


def mark_duplicates(
    results: Sequence[StartResult], same: Callable[[Params, Params], bool] | None = None, named: bool = False
) -> list[StartResult]:
    """Mark starts on the way to the optimum of a better one as its duplicates.

    same: whether two that have converged, with values as near, are one optimum; without it they are not compared.
    named: types have names, and the same types under other names are another optimum, which may be as good on the rows
    that are used.
    """
    originals: list[tuple[StartResult, NDArray[np.float64]]] = []
    duplicate_of: dict[int, int] = {}
    for result in best_first(results):
        vector = (result.params if named else ordered(result.params)).vector()[0]
        alike = (
            better.number
            for better, other in originals
            if abs(result.value - better.value) <= MAX_VALUE_DIFFERENCE
            and (
                abs(vector - other).max() <= MAX_DIFFERENCE
                or (same is not None and not named and result.status == better.status == "converged"
                    and same(result.params, better.params))
            )
        )  # fmt: skip
        original = next(alike, None)
        if original is None or not (same is not None or result.status == "step_limit"):
            originals.append((result, vector))
        else:
            duplicate_of[result.number] = original
    return [
        r._replace(status="duplicate", duplicate_of=duplicate_of[r.number]) if r.number in duplicate_of else r
        for r in results
    ]


def with_values_of_originals(results: Sequence[StartResult]) -> list[StartResult]:
    """Let duplicates end where the starts do that they are duplicates of."""
    by_number = {r.number: r for r in results}
    return [r if r.duplicate_of is None else _ending_as(r, by_number[r.duplicate_of]) for r in results]


def _ending_as(result: StartResult, original: StartResult) -> StartResult:
    return result._replace(value=original.value, loglik=original.loglik, singular=original.singular)
