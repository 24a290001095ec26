"""shown_shares: the shares of the types in each group, without groups that would reveal the votes of persons."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, counted, missing_columns
from ..core.schema import MISSING
from ..profiles import Profiles, Traced, profiles_of
from ..results.fit_result import Fit
from ..results.fits_by_group import FitsByGroup
from .mean_posteriors import mean_posteriors

__all__ = ["MINIMUM", "ShownShares", "shown_shares"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MINIMUM = 30
"""Smallest number of observations of a group that is shown, by default."""
ALL = 0.9995
"""Share of a group from which on a type has everybody, as it would be printed."""


@dataclass(frozen=True, eq=False)
class ShownShares:
    """The shares of the types by group, and what was withheld.

    Attributes
    ----------
    table : DataFrame
        One row for each group and type, the groups with the largest share of type 1 first: group, n (observations),
        type, share, low, high.
    small, unanimous, beside : (int, int)
        Groups that are withheld, and the observations in them: groups under the minimum; groups in which one type or
        one outcome of an item has everybody; and where that is one group alone, the smallest of the others, as the one
        could be worked out from the shares of all.
    minimum : int
        Smallest number of observations of a group that is shown.
    """

    table: pd.DataFrame = field(repr=False)
    small: tuple[int, int]
    unanimous: tuple[int, int]
    beside: tuple[int, int]
    minimum: int

    def remark(self, unit: str = "observation") -> str:
        """Return what was withheld, in a sentence; "" where nothing was."""
        reasons = {f"with fewer than {counted(self.minimum, unit)}": self.small,
                   "in which one type or one outcome has everybody": self.unanimous,
                   "beside it, so that it cannot be worked out": self.beside}  # fmt: skip
        parts = [f"{counted(groups, 'group')} {why} ({counted(n, unit)})"
                 for why, (groups, n) in reasons.items() if groups]  # fmt: skip
        return f"Not shown: {'; '.join(parts)}." if parts else ""


def shown_shares(
    fit: Fit | FitsByGroup, profiles: Profiles | Traced, by: str, *, minimum: int = MINIMUM
) -> ShownShares:
    """Return the share of each type among the observations of each group.

    Parameters
    ----------
    fit : Fit or FitsByGroup
        A fit of the items of the profiles.
    profiles : Profiles or coded ballots
        Data with group columns.
    by : str
        A group column, such as "precinct".
    minimum : int
        Groups of fewer observations are withheld, and groups in which one of several types, or one outcome of an item,
        has everybody: where all voters of a precinct voted alike, the vote of each of them is known. One withheld group
        alone takes the smallest of the others with it.

    Returns
    -------
    ShownShares
        The table, and what was withheld.

    Raises
    ------
    InputError
        For a group column that the profiles do not have, and a minimum below 1.
    UnsupportedError
        As `mean_posteriors`.

    Notes
    -----
    The shares are those of `mean_posteriors`, with the types as they were estimated. An interval that `mean_posteriors`
    does not have ends at the share on the boundary, and at 0 and 1 where the observations of a group cannot tell.

    Examples
    --------
    >>> import blocs
    >>> votes = {"a": [0, 0, 1, 1] * 20, "b": [0, 1, 1, 1] * 20, "region": ["N"] * 40 + ["S"] * 40}
    >>> profiles = blocs.Profiles.from_table(votes, items=["a", "b"], groups="region")
    >>> shares = shown_shares(blocs.fit(profiles, types=2, seed=1), profiles, "region")
    >>> shares.table[["group", "n", "type"]].values.tolist(), shares.remark()
    ([['N', 40, 1], ['N', 40, 2], ['S', 40, 1], ['S', 40, 2]], '')
    """
    data = profiles_of(profiles)
    cells = data.cells
    columns = () if cells is None else tuple(map(str, cells.table.columns))
    faults = missing_columns([by], "by", columns)
    if minimum < 1:
        faults.append(Fault(f"the minimum is {minimum}", argument="minimum",
                            rule="It is a number of observations from 1"))  # fmt: skip
    if faults:
        raise InputError(*faults)
    assert cells is not None
    number, labels = cells.by([by])
    groups, means = len(labels), mean_posteriors(fit, data, by)
    share = means["share"].to_numpy().reshape(groups, -1)
    n: Floats = np.bincount(number, cells.counts, groups).astype(np.float64)
    one_type = (share.max(axis=1) >= ALL) & (share.shape[1] > 1)
    alone = (n >= minimum) & (one_type | _all_alike(data, cells.row, cells.counts, number, groups))
    open_ = (n >= minimum) & ~alone
    beside = np.zeros(groups, dtype=bool)
    if (~open_).sum() == 1 and open_.any():
        beside[np.where(open_, n, np.inf).argmin()] = True
    shown = np.flatnonzero(open_ & ~beside)
    shown = shown[np.argsort(-share[shown, 0], kind="stable")]
    rows = (shown[:, None] * share.shape[1] + np.arange(share.shape[1])).ravel()
    table = means.iloc[rows].reset_index(drop=True)
    table = table.assign(
        group=table[by].astype(object).where(table[by].notna(), "(none)"),
        n=np.round(n[shown].repeat(share.shape[1])).astype(np.int64),
        low=table["low"].fillna(table["share"].where(table["flag"] == "boundary", 0.0)),
        high=table["high"].fillna(table["share"].where(table["flag"] == "boundary", 1.0)),
    )
    return ShownShares(table[["group", "n", "type", "share", "low", "high"]], _number(n, n < minimum),
                       _number(n, alone), _number(n, beside), minimum)  # fmt: skip


def _number(n: Floats, which: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the number of the groups that are meant, and of the observations in them."""
    return int(which.sum()), round(float(n[which].sum()))


def _all_alike(data: Profiles, row: Ints, counts: Floats, number: Ints, groups: int) -> NDArray[np.bool_]:
    """Return the (G,) groups in which all observations with an item chose the same outcome of it."""
    alike = np.zeros(groups, dtype=bool)
    for j, item in enumerate(data.schema.items):
        if item.kind is not None or not item.codes:
            continue
        outcome = np.array([-1, *(option for _, option in item.codes)])[data.codes[:, j].astype(np.int64)[row]]
        answered = data.codes[:, j][row] != MISSING
        key = number[answered] * len(item.outcomes) + outcome[answered]
        table = np.bincount(key, counts[answered], groups * len(item.outcomes)).reshape(groups, -1)
        total = table.sum(axis=1)
        alike |= (total > 0) & (table.max(axis=1) == total)
    return alike
