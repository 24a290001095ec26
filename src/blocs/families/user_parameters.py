"""Parameters that a user writes down: arrays of the right shape, probabilities that sum to 1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, nearest
from ..core.schema import Item, plain_label

__all__ = ["CLOSE", "by_outcome", "matrix", "refuse_sums", "sums_to_one"]

Floats = NDArray[np.float64]
CLOSE = 1e-6
"""Probabilities that are written down sum to 1 up to this."""


def sums_to_one(values: Floats, axis: int) -> bool:
    """Whether the values are probabilities that sum to 1 along the axis."""
    return bool((values >= 0).all() and (np.abs(values.sum(axis=axis) - 1.0) <= CLOSE).all())


def matrix(item: Item, written: Any, size: int, types: int) -> Floats:
    """Return what is written as a (size, types) array; raise InputError where it is none."""
    where = f"item {item.name!r}"
    try:
        array = np.atleast_2d(np.asarray(written, dtype=np.float64))
    except (TypeError, ValueError):
        raise InputError(Fault("the values are not numbers, one a type in each row", where=where)) from None
    if array.shape != (size, types):
        raise InputError(
            Fault(f"the values have shape {array.shape}", where=where,
                  rule=f"One row a parameter and one column a type: {(size, types)}")
        )  # fmt: skip
    return array


def refuse_sums(item: Item, array: Floats) -> None:
    """Raise InputError where the columns are not probabilities that sum to 1."""
    if np.isnan(array).any():
        types = (np.flatnonzero(np.isnan(array).any(axis=0)) + 1).tolist()
        raise InputError(
            Fault(f"probabilities of type{'s' * (len(types) > 1)} {', '.join(map(str, types))} are unknown (NaN)",
                  where=f"item {item.name!r}", rule="A start has a probability for every outcome of every type",
                  remedy="Write down even ones, or those of another type")
        )  # fmt: skip
    if not sums_to_one(array, axis=0):
        totals = ", ".join(f"{total:.6g}" for total in array.sum(axis=0))
        raise InputError(
            Fault(f"the probabilities of types 1, 2, ... sum to {totals}", where=f"item {item.name!r}",
                  rule="Under every type they are 0 or more and sum to 1")
        )  # fmt: skip


def by_outcome(item: Item, written: Mapping[Any, Any]) -> list[Any]:
    """Return the rows of one item in the order of its outcomes, from outcome -> row."""
    where = f"item {item.name!r}"
    rows = {plain_label(label): row for label, row in written.items()}
    rule = f"Its outcomes are {', '.join(map(repr, item.outcomes))}"
    faults = [
        Fault(f"there is no outcome {label!r}", where=where, rule=rule, nearest=nearest(label, item.outcomes))
        for label in rows
        if label not in item.outcomes
    ]
    faults += [
        Fault(f"outcome {label!r} has no probabilities", where=where, rule=rule)
        for label in item.outcomes
        if label not in rows
    ]
    if faults:
        raise InputError(*faults)
    return [rows[label] for label in item.outcomes]
