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
        Groups of fewer voters are merged into one row, with the smallest of the others where they are too few together.
        Cells between 0 and the minimum are withheld. As the voters of a group and those of a type are known from
        elsewhere, further cells are withheld, the smallest first, until no cell follows from these sums and the cells
        shown, and those withheld of a type stand for as many voters as the minimum together.

    Returns
    -------
    Published
        The table, with expected voters to one decimal, and what was withheld.

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
    types = [name for name in values.columns if name != "voters"]
    table, remark = _merge_small(by_label, by, minimum)
    hidden = _hidden_of_both(table[types].to_numpy(dtype=float), minimum)
    table[types] = np.where(hidden, np.nan, table[types]).round(1)
    return Published(table, minimum, _remark(minimum, remark, int(hidden.sum())))


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
    cells = voters.to_numpy(dtype=float)
    few = _few(cells, minimum)
    hidden = pd.DataFrame(few | _next_of(cells, few, few.sum(axis=1) == 1), voters.index, columns)
    if of is not None:
        small = (table[of] > 0) & (table[of] < minimum)
        hidden = (hidden | np.asarray(small)[:, None]).assign(**{of: small})
    blank = hidden.columns[hidden.any()]
    shown = table.astype(dict.fromkeys(blank, object))  # so that counts beside a blank stay whole numbers
    shown[blank] = shown[blank].mask(hidden[blank], np.nan)
    return Published(shown, minimum, _remark(minimum, "", int(hidden.to_numpy().sum())))


def _minimum_faults(minimum: int) -> list[Fault]:
    if minimum < 1:
        return [Fault(f"the minimum is {minimum}", argument="minimum", rule="It is a number of voters from 1")]
    return []


def _merge_small(by_label: pd.DataFrame, by: list[str], minimum: int) -> tuple[pd.DataFrame, str]:
    """Return the groups with those under the minimum in one row, and what was done, in words."""
    small = (by_label["voters"] < minimum).to_numpy(copy=True)
    if not small.any():
        return by_label, ""
    words = f"{counted(int(small.sum()), 'group')} under {counted(minimum, 'voter')}"
    were = _were(int(small.sum()))
    if small.all() and by_label["voters"].sum() < minimum:
        return by_label[~small], f"{words} ({by_label['voters'].sum():,.0f} in all) {were} left out"
    done = f"{words} {were} merged"
    if by_label["voters"][small].sum() < minimum:  # alone, they are the voters of all less those of the groups shown
        small[by_label["voters"].where(~small, np.inf).argmin()] = True
        done += " with the smallest of the others"
    row = by_label[small].drop(columns=by).sum().to_frame().T
    merged = row.assign(**{str(name): MERGED for name in by})[by_label.columns]
    return pd.concat([by_label[~small], merged], ignore_index=True), done


def _few(cells: NDArray[Any], minimum: int) -> NDArray[np.bool_]:
    """Return the cells that stand for too few voters; none for a minimum of 1, then everything is published."""
    return (cells > 0) & (cells < minimum) & (minimum > 1)


def _hidden_of_both(cells: NDArray[Any], minimum: int) -> NDArray[np.bool_]:
    """Return the cells of a table to be withheld where the sums of its rows and of its columns are known."""
    hidden = _few(cells, minimum)
    while True:
        rows = hidden.sum(axis=1) == 1
        more = hidden | _next_of(cells, hidden, rows)
        together = np.where(more, cells, 0.0).sum(axis=0)
        columns = more.any(axis=0) & ((more.sum(axis=0) == 1) | (together < minimum))
        more |= _next_of(cells.T, more.T, columns).T
        if (more == hidden).all():
            known = _determined(hidden)
            more = hidden | _next_of(cells, hidden, np.asarray(known.any(axis=1)))
        if (more == hidden).all():
            more = hidden | _next_of(cells.T, hidden.T, np.asarray(known.any(axis=0))).T
        if (more == hidden).all():
            return hidden
        hidden = more


def _determined(hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the hidden cells that follow from the sums of rows and columns and the cells that are shown.

    A cell is free where it can grow while others make up for it, along a cycle of hidden cells: where its column is
    linked, by rows other than its own, with another column that is hidden in its row. A single row is left as it is:
    its cells are the sums themselves.
    """
    if len(hidden) < 2:
        return np.zeros_like(hidden)
    at = hidden.astype(np.float64)
    links = (at.T @ at)[None] - at[:, :, None] * at[:, None, :] + np.eye(hidden.shape[1])  # (G, K, K)
    for _ in range(hidden.shape[1].bit_length()):  # paths twice as long each time
        links = np.minimum(links @ links, 1.0)
    linked = (links * at[:, None, :]).sum(axis=2)  # itself included
    determined: NDArray[np.bool_] = hidden & (linked < 1.5)
    return determined


def _next_of(cells: NDArray[Any], hidden: NDArray[np.bool_], rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the smallest cell that is not hidden of each of these rows, an empty one only where no other is left."""
    last = np.finfo(float).max
    open_cells = np.where(hidden, np.inf, np.where(cells == 0, last, cells))
    chosen = np.zeros(cells.shape, dtype=bool)
    at = np.flatnonzero(rows & np.isfinite(open_cells).any(axis=1))
    if at.size:
        chosen[at, open_cells[at].argmin(axis=1)] = True
    return chosen


def _remark(minimum: int, groups: str, withheld: int) -> str:
    cells = f"{counted(withheld, 'cell')} {_were(withheld)} withheld" if withheld else ""
    done = "; ".join(part for part in (groups, cells) if part)
    rule = f"No cell stands for fewer than {counted(minimum, 'voter')}"
    return f"{rule}: {done}." if done else f"{rule}; nothing was withheld."


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
