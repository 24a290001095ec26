"""Ends that are the same: duplicates of an optimum are recognised and not climbed to twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..model.mixture import Params
from .batches import End, best_first

__all__ = ["as_twins", "mark_doubles", "ordered"]

NEAR = 2e-3  # climbs whose parameters differ by no more than this, and their log-likelihoods
CLOSE = 1e-2  # on the rows they climb on by no more than this, are on the way to one optimum


def ordered(params: Params) -> Params:
    """Order the types of one start by share, largest first; equal shares by their probabilities."""
    keys = [block[i, 0] for block in params.blocks for i in range(len(block))]
    order = np.lexsort([*(-key for key in reversed(keys)), -params.shares[0]])
    return Params(params.shares[:, order], tuple(block[:, :, order] for block in params.blocks))


def mark_doubles(ends: Sequence[End], arrived: bool = False, named: bool = False) -> list[End]:
    """Mark climbs on the way to the optimum of a better one as its duplicates.

    arrived: also those that are there; of two that have arrived the value says enough, unless types are named: then the
    same types under other names are another optimum, and may be as good on the rows that are seen.
    """
    kept: list[tuple[End, NDArray[np.float64]]] = []
    twins: dict[int, int] = {}
    for end in best_first(ends):
        at = (end.params if named else ordered(end.params)).vector()[0]
        twin = next((e.number for e, other in kept if _alike(end, e, at, other, named)), None)
        if twin is None or not (arrived or end.status == "step_limit"):
            kept.append((end, at))
        else:
            twins[end.number] = twin
    return [replace(e, status="duplicate", twin=twins[e.number]) if e.number in twins else e for e in ends]


def _alike(end: End, better: End, at: NDArray[np.float64], other: NDArray[np.float64], named: bool) -> bool:
    there = not named and end.status == better.status == "converged"
    return abs(end.value - better.value) <= CLOSE and (there or bool(abs(at - other).max() <= NEAR))


def as_twins(ends: Sequence[End]) -> list[End]:
    """Let duplicates end where their twins do."""
    at = {e.number: e for e in ends}
    return [e if e.twin is None else replace(e, value=at[e.twin].value, loglik=at[e.twin].loglik) for e in ends]
