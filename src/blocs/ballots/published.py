"""Published tables: nothing about fewer than a minimum number of voters, and what was withheld is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import Fault, InputError
from ..profiles import Profiles
from .columns import refuse_missing

__all__ = ["MERGED", "MINIMUM", "Published", "by_group"]

MINIMUM = 10
"""Smallest number of voters that a published cell stands for, unless told otherwise."""
MERGED = "(merged)"
"""Label of the groups that are too small to stand alone."""


@dataclass(frozen=True, eq=False)
class Published:
    """A table that may leave the house, and what was done to it.

    table: one row per group with its labels, `voters`, and one column per type (expected voters), null where withheld;
    minimum: smallest cell; remark: how many groups were merged and cells withheld, in words.
    """

    table: pd.DataFrame
    minimum: int
    remark: str


def by_group(
    profiles: Profiles, by: str | Sequence[str], posterior: NDArray[Any] | None = None, minimum: int = MINIMUM
) -> Published:
    """Return voters by group (precinct, style, county, top party, ...), with the expected voters of each type.

    profiles: coded with `groups=`; by: group column(s); posterior: (U, K) float, memberships of the profiles, without
    it only voters are counted; minimum: groups of fewer voters are merged into one row, which is withheld when it is
    too small itself; cells between 0 and the minimum are withheld, and one more of their row when a single one could
    be worked out from the total. Raises InputError for unknown columns and a minimum below 1.
    """
    by = [by] if isinstance(by, str) else list(by)
    cells = profiles.cells
    known = () if cells is None else tuple(map(str, cells.table.columns))
    faults = refuse_missing(by, known or ("none",), "by")
    if minimum < 1:
        faults.append(Fault(f"the minimum is {minimum}", where="minimum", rule="It is a number of voters from 1"))
    if faults:
        raise InputError(*faults)
    assert cells is not None
    labels = cells.table[by].iloc[cells.group].reset_index(drop=True).astype(object)
    labels = labels.where(labels.notna(), "(none)")
    values = pd.DataFrame({"voters": cells.counts})
    if posterior is not None:
        for k in range(posterior.shape[1]):
            values[f"type_{k + 1}"] = cells.counts * posterior[cells.row, k]
    counted = pd.concat([labels, values], axis=1).groupby(by, sort=True, as_index=False).sum()
    merged, groups, withheld_voters = _merge_small(counted, by, minimum)
    table, withheld = _withhold(merged, [c for c in values.columns if c != "voters"], minimum)
    return Published(table, minimum, _remark(minimum, groups, withheld, withheld_voters))


def _merge_small(counted: pd.DataFrame, by: list[str], minimum: int) -> tuple[pd.DataFrame, int, float]:
    small = counted["voters"] < minimum
    if not small.any():
        return counted, 0, 0.0
    rest = counted[small].drop(columns=by).sum()
    kept = counted[~small].reset_index(drop=True)
    if rest["voters"] < minimum:
        return kept, int(small.sum()), float(rest["voters"])
    row = rest.to_frame().T.assign(**{str(name): MERGED for name in by})[counted.columns]
    return pd.concat([kept, row], ignore_index=True), int(small.sum()), 0.0


def _withhold(table: pd.DataFrame, columns: list[str], minimum: int) -> tuple[pd.DataFrame, int]:
    if not columns:
        return table, 0
    values = table[columns].to_numpy(dtype=float)
    hidden = (values > 0) & (values < minimum)
    alone = hidden.sum(axis=1) == 1
    open_cells = np.where(hidden | (values == 0), np.inf, values)
    if len(columns) > 1:
        nearest = open_cells.argmin(axis=1)
        rows = np.flatnonzero(alone & np.isfinite(open_cells.min(axis=1)))
        hidden[rows, nearest[rows]] = True
    shown = table.copy()
    shown[columns] = np.where(hidden, np.nan, values)
    return shown, int(hidden.sum())


def _remark(minimum: int, groups: int, withheld: int, voters: float) -> str:
    parts = [f"{groups:,} groups under {minimum} voters were merged" if groups and not voters else ""]
    parts.append(f"{groups:,} groups under {minimum} voters ({voters:,.0f} in all) were left out" if voters else "")
    parts.append(f"{withheld:,} cells were withheld" if withheld else "")
    said = "; ".join(part for part in parts if part)
    return f"No cell stands for fewer than {minimum} voters" + (f": {said}." if said else "; nothing was withheld.")
