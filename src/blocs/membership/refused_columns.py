"""Columns x that are refused: too many, too large, the same for all rows, or combinations of others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError

__all__ = ["MOST", "refuse_dependent", "refuse_large", "refuse_many", "same_for_all"]

Floats = NDArray[np.float64]
DEPENDENT = 1e-10
"""Part of a column's variance that the columns before it leave, below which it is a combination of them."""
MOST = 2_000
"""Columns of a saved fit up to which contrasts of its own may have fewer than there are levels."""


def same_for_all(name: str) -> Fault:
    """Return the fault of a column, or of what it is made of, that is the same for all rows."""
    return Fault(f"{name} is the same for all rows", argument="covariates", remedy="Leave it out")


def refuse_many(formula: str, rows: int, columns: int) -> None:
    """Raise InputError for very many columns in fewer rows: to name those that depend on others would take minutes."""
    if columns >= max(rows, MOST):
        raise InputError(Fault(f"{formula!r} has {columns:,} columns, and {rows:,} rows differ in them",
                               argument="covariates", rule="There are fewer columns than different rows",
                               remedy="Leave out terms, or make fewer levels"))  # fmt: skip


def refuse_large(names: Sequence[str], scale: Floats) -> None:
    """Raise InputError for columns whose spread is no number."""
    faults = [
        Fault(f"{name} has numbers too large to be squared", argument="covariates", remedy="Write them in another unit")
        for name, of in zip(names, scale, strict=True) if not np.isfinite(of)
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)


def refuse_dependent(
    names: Sequence[str], constant: NDArray[np.bool_], x: Floats, n: Floats, beside: str = ""
) -> None:
    """Raise InputError for columns that are the same for all rows, or combinations of those before them.

    beside: in words, what x (G, Q) has been made free of.
    """
    faults = [same_for_all(name) for name, same in zip(names, constant, strict=True) if same]
    rest = x * np.sqrt(n / n.sum())[:, None]
    for q, name in enumerate(names):
        left = float((rest[:, q] ** 2).sum())
        if constant[q]:
            continue
        if left <= DEPENDENT:
            rule = "Each column says something that the others do not"
            what = f"{name} is a combination of the columns before it{beside}"
            faults.append(Fault(what, argument="covariates", rule=rule, remedy="Leave it out"))
            continue
        own = rest[:, q] / np.sqrt(left)
        for later in range(q + 1, len(names)):
            rest[:, later] -= own * (own * rest[:, later]).sum()
    if faults:
        raise InputError(*faults)
