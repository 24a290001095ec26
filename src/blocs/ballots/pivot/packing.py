"""Packing: the marks of several offices side by side in one number, so that few small columns pass through a query.

pack_i = sum over the offices j = SLOTS i + s of one pack: mark_j * MARKS ** s
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..ballots import Plan
from .mark import MARKS, SPREAD

__all__ = ["SLOTS", "pack", "pack_names", "packed", "row_counts", "shares", "top_only", "unpack",
           "with_several"]  # fmt: skip

SLOTS = 6
"""Marks in one pack: 48 bits, which a sum of floating-point numbers holds exactly."""


def pack_names(items: int) -> list[str]:
    """Return the columns that hold the marks of so many items."""
    return [f"pack_{i}" for i in range(-(-items // SLOTS))]


def unpack(frame: pd.DataFrame, items: int) -> NDArray[np.int64]:
    """Return (rows, items) marks from the packed columns."""
    columns = [frame[f"pack_{j // SLOTS}"].to_numpy(np.int64) // MARKS ** (j % SLOTS) % MARKS for j in range(items)]
    return np.column_stack(columns)


def pack(marks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the packed columns of (rows, items) marks, the inverse of `unpack`."""
    starts = range(0, marks.shape[1], SLOTS)
    parts = [marks[:, a : a + SLOTS] @ MARKS ** np.arange(min(SLOTS, marks.shape[1] - a)) for a in starts]
    return np.column_stack(parts)


def row_counts(items: int) -> list[str]:
    """Return the columns that hold the numbers of rows of so many items: each, packed, and all together."""
    return [*(f"rows_{i}" for i in range(len(pack_names(items)))), "coded"]


def with_several(counts: pd.DataFrame, items: int) -> NDArray[np.bool_]:
    """Say which `row_counts` come from voters with several rows in some item.

    There are then more rows than items that have any: two rows of one item add up to one digit, and a carry never makes
    more digits than it fills.
    """
    filled = np.zeros(len(counts))
    for i in range(len(pack_names(items))):
        rows = counts[f"rows_{i}"].to_numpy(np.float64)
        for slot in range(SLOTS):
            filled += np.floor(rows / MARKS**slot) % MARKS > 0
    several: NDArray[np.bool_] = filled < counts["coded"].to_numpy(np.float64)
    return several


def packed(marks: Sequence[nw.Expr]) -> list[nw.Expr]:
    """Return the packs of one expression per item."""
    packs = []
    for start in range(0, len(marks), SLOTS):
        total = marks[start].cast(nw.Int64)
        for slot, mark in enumerate(marks[start + 1 : start + SLOTS], start=1):
            total = total + mark.cast(nw.Int64) * MARKS**slot
        packs.append(total)
    return packs


def shares(book: pd.DataFrame, items: int) -> pd.DataFrame:
    """Return what each option adds to each pack (`share_0`, ...) and to the counts of rows (`unit_0`, ..., `coded`)."""
    slot, run = book["item"].to_numpy() % SLOTS, book["item"].to_numpy() // SLOTS
    unit = np.where(book["item"] >= 0, float(MARKS) ** slot, 0.0)
    mark = book["key"].to_numpy() % MARKS
    columns = {"coded": np.where(book["item"] >= 0, 1.0, 0.0)}
    for i in range(len(pack_names(items))):
        columns[f"share_{i}"] = np.where(run == i, unit * mark, 0.0)
        columns[f"unit_{i}"] = np.where(run == i, unit, 0.0)
    return pd.DataFrame(columns, index=book.index)


def top_only(plan: Plan) -> list[nw.Expr]:
    """Return the packs again, where voters whose top mark is not kept keep only that one (they are set aside)."""
    names = pack_names(len(plan.kinds))
    packs = [nw.col(name).cast(nw.Int64) for name in names]  # sums are floating-point, whose remainders take long
    top = packs[0] % SPREAD
    keep = top == plan.kept[0]
    for status in plan.kept[1:]:
        keep = keep | (top == status)
    return [
        nw.when(keep).then(packs[0]).otherwise(packs[0] % MARKS).alias(names[0]),
        *(nw.when(keep).then(p).otherwise(nw.lit(0)).alias(n) for p, n in zip(packs[1:], names[1:], strict=True)),
    ]
