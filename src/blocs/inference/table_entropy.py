"""The entropy of a fitted table: of the probabilities of all possible rows."""

from __future__ import annotations

from math import isqrt, prod

import numpy as np
from numpy.typing import NDArray

from ..results.fit_result import Fit

__all__ = ["table_entropy"]

Floats = NDArray[np.float64]
MOST = 1 << 24
"""Possible rows at most."""
AT_A_TIME = 1 << 18
"""Probabilities that are in memory at once."""


def table_entropy(fit: Fit) -> float | None:
    """Return - sum_r f_r log f_r over all rows r in which every outcome of each item is on offer; f_r = sum_k pi_k prod
    mu_kjl. None with more rows than are counted one by one, and where a type says nothing of an item.

    The items are divided into two: a row is one of the cells of the first ones with one of the others.
    """
    table = fit.table()
    items = [of["probability"].to_numpy().reshape(fit.types, -1).T for _, of in table.groupby("item", sort=False)]
    cells = prod(map(len, items))
    if cells > MOST or table["probability"].isna().any():
        return None
    first, second = fit.params.shares[:1].copy(), np.ones((1, fit.types))
    for item in items:
        if len(first) * len(item) <= isqrt(cells) or len(first) == 1:
            first = _crossed(first, item)
        else:
            second = _crossed(second, item)
    total, step = 0.0, max(1, AT_A_TIME // len(second))
    for begin in range(0, len(first), step):
        f = first[begin : begin + step] @ second.T
        total -= float((f * np.log(np.where(f > 0, f, 1.0))).sum())
    return total


def _crossed(cells: Floats, item: Floats) -> Floats:
    """Return (C L, K) products of cells (C, K) with the outcomes of one more item (L, K)."""
    return (cells[:, None] * item).reshape(-1, cells.shape[1])
