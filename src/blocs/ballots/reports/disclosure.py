"""Disclosure control: no cell of fewer voters than a minimum, and a remark on what was withheld."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...core.errors import Fault, InputError, counted, missing_columns
from ...core.limits import LEAST_CELL
from ...profiles import Profiles

__all__ = ["MERGED", "Published", "by_group", "few_withheld"]

MERGED = "(merged)"
"""Label of the groups that are too small to stand alone."""


@dataclass(frozen=True, eq=False)
class Published:
    """A table that may be published, and what was done to it.

    table: one row per group with its labels, `voters`, and one column per type (expected voters), null where withheld;
    minimum: smallest cell; remark: how many groups were merged and cells withheld, in words.
    """

    table: pd.DataFrame = field(repr=False)
    minimum: int
    remark: str


def by_group(
    profiles: Profiles, by: str | Sequence[str], posterior: NDArray[Any] | None = None, minimum: int = LEAST_CELL
) -> Published:
    """Return voters by group (precinct, style, county, top party, ...), with the expected voters of each type.

    Parameters
    ----------
    profiles : Profiles
        Coded with `groups=`.
    by : str or sequence of str
        Group column(s).
    posterior : (C, K) float, optional
        Posterior probabilities of the types for each cell of the profiles (`Profiles.cells`). Without it only voters
        are counted.
    minimum : int
        Groups of fewer voters are merged into one row, which is withheld when it is too small itself. Cells between 0
        and the minimum are withheld, and one more of their row when a single one could be worked out from the total.

    Returns
    -------
    Published
        The table and what was withheld.

    Raises
    ------
    InputError
        For unknown columns and a minimum below 1.
    """
    by = [by] if isinstance(by, str) else list(by)
    cells = profiles.cells
    columns = () if cells is None else tuple(map(str, cells.table.columns))
    faults = [*missing_columns(by, "by", columns), *_minimum_faults(minimum)]
    if faults:
        raise InputError(*faults)
    assert cells is not None
    labels = cells.table[by].iloc[cells.group].reset_index(drop=True).astype(object)
    labels = labels.where(labels.notna(), "(none)")
    values = pd.DataFrame({"voters": cells.counts})
    if posterior is not None:
        for k in range(posterior.shape[1]):
            values[f"type_{k + 1}"] = cells.counts * posterior[:, k]
    by_label = pd.concat([labels, values], axis=1).groupby(by, sort=True, as_index=False).sum()
    merged, groups, withheld_voters = _merge_small(by_label, by, minimum)
    table, withheld = _withhold(merged, [c for c in values.columns if c != "voters"], minimum)
    return Published(table, minimum, _remark(minimum, groups, withheld, withheld_voters))


def few_withheld(table: pd.DataFrame, counts: Sequence[str], minimum: int, of: str | None = None) -> Published:
    """Return a table of counts, or of shares of the column `of`, without the cells of fewer voters than the minimum.

    Such a cell is null, and one more of its row when a single one could be worked out from the others; all of a row
    whose `of` is too small. Raises InputError for a minimum below 1.
    """
    faults = _minimum_faults(minimum)
    if faults:
        raise InputError(*faults)
    columns = list(counts)
    voters = table[columns].mul(1 if of is None else table[of], axis=0).round(6).fillna(0)
    hidden = _withhold(voters, columns, minimum)[0].isna()
    if of is not None:
        small = (table[of] > 0) & (table[of] < minimum)
        hidden = (hidden | np.asarray(small)[:, None]).assign(**{of: small})
    blank = hidden.columns[hidden.any()]
    shown = table.astype(dict.fromkeys(blank, object))  # so that counts beside a blank stay whole numbers
    shown[blank] = shown[blank].mask(hidden[blank], np.nan)
    return Published(shown, minimum, _remark(minimum, 0, int(hidden.to_numpy().sum()), 0.0))


def _minimum_faults(minimum: int) -> list[Fault]:
    if minimum < 1:
        return [Fault(f"the minimum is {minimum}", argument="minimum", rule="It is a number of voters from 1")]
    return []


def _merge_small(by_label: pd.DataFrame, by: list[str], minimum: int) -> tuple[pd.DataFrame, int, float]:
    small = by_label["voters"] < minimum
    if not small.any():
        return by_label, 0, 0.0
    rest = by_label[small].drop(columns=by).sum()
    kept = by_label[~small].reset_index(drop=True)
    if rest["voters"] < minimum:
        return kept, int(small.sum()), float(rest["voters"])
    row = rest.to_frame().T.assign(**{str(name): MERGED for name in by})[by_label.columns]
    return pd.concat([kept, row], ignore_index=True), int(small.sum()), 0.0


def _withhold(table: pd.DataFrame, columns: list[str], minimum: int) -> tuple[pd.DataFrame, int]:
    if not columns or minimum == 1:  # then everything is published, expected numbers below 1 too
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
    small = f"{counted(groups, 'group')} under {counted(minimum, 'voter')}"
    parts = [f"{small} {_were(groups)} merged" if groups and not voters else ""]
    parts.append(f"{small} ({voters:,.0f} in all) {_were(groups)} left out" if voters else "")
    parts.append(f"{counted(withheld, 'cell')} {_were(withheld)} withheld" if withheld else "")
    done = "; ".join(part for part in parts if part)
    rule = f"No cell stands for fewer than {counted(minimum, 'voter')}"
    return f"{rule}: {done}." if done else f"{rule}; nothing was withheld."


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
