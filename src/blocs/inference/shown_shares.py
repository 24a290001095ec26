"""shown_shares: the shares of the types in each group, without groups that would reveal the votes of persons."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, counted, missing_columns
from ..core.limits import LEAST_GROUP
from ..core.schema import MISSING
from ..profiles import Profiles, Traced, profiles_of
from ..results.fit_result import Fit
from ..results.fits_by_group import FitsByGroup
from .mean_posteriors import mean_posteriors

__all__ = ["ALL", "REASONS", "ShownShares", "reasons_to_withhold", "shown_shares"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ALL = 0.9995
"""Share of a group from which on a type has everybody, as it would be printed."""

REASONS = {"small": "with fewer than {}", "unanimous": "in which one type or one outcome has everybody",
           "beside": "beside it, so that it cannot be worked out"}  # fmt: skip
"""Why a group is withheld, and what is printed of such groups; {} is the minimum."""


@dataclass(frozen=True, eq=False)
class ShownShares:
    """The shares of the types by group, and what was withheld.

    Attributes
    ----------
    table : DataFrame
        One row for each group and type, the groups with the largest share of type 1 first: group, n (observations),
        type, share, low, high.
    withheld : DataFrame
        One row for each group that is not in the table: group, n, and withheld, which says why: "small", it is under
        the minimum; "unanimous", one type or one outcome of an item has everybody; "beside", the smallest of the others
        where one group alone is withheld, as that one could be worked out from the shares of all.
    minimum : int
        Smallest number of observations of a group that is shown.
    """

    table: pd.DataFrame = field(repr=False)
    withheld: pd.DataFrame = field(repr=False)
    minimum: int

    def __repr__(self) -> str:
        shown = counted(self.table["group"].nunique(), "group")
        return f"<ShownShares of {shown}, {len(self.withheld):,} withheld>"

    def remark(self, unit: str = "observation") -> str:
        """Return what was withheld, in a sentence; "" where nothing was."""
        n = {why: self.withheld["n"][self.withheld["withheld"] == why] for why in REASONS}
        least = counted(self.minimum, unit)
        parts = [f"{counted(len(n[why]), 'group')} {words.format(least)} ({counted(int(n[why].sum()), unit)})"
                 for why, words in REASONS.items() if len(n[why])]  # fmt: skip
        return f"Not shown: {'; '.join(parts)}." if parts else ""


def shown_shares(
    fit: Fit | FitsByGroup, profiles: Profiles | Traced, by: str, *, minimum: int = LEAST_GROUP
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
    alike = one_type | _all_alike(data, cells.row, cells.counts, number, groups)
    why = reasons_to_withhold(n, alike, minimum)
    means = means.assign(group=means[by].astype(object).where(means[by].notna(), "(none)"),
                         n=np.round(n.repeat(share.shape[1])).astype(np.int64))  # fmt: skip
    shown = np.flatnonzero(why == "")
    shown = shown[np.argsort(-share[shown, 0], kind="stable")]
    rows = (shown[:, None] * share.shape[1] + np.arange(share.shape[1])).ravel()
    table = means.iloc[rows].reset_index(drop=True)
    at_end = table["flag"] == "boundary"
    table = table.assign(low=table["low"].fillna(table["share"].where(at_end, 0.0)),
                         high=table["high"].fillna(table["share"].where(at_end, 1.0)))  # fmt: skip
    others = means[:: share.shape[1]].assign(withheld=why)[["group", "n", "withheld"]]
    return ShownShares(table[["group", "n", "type", "share", "low", "high"]],
                       others[others["withheld"] != ""].reset_index(drop=True), minimum)  # fmt: skip


def reasons_to_withhold(n: Floats, alike: NDArray[np.bool_], minimum: int) -> NDArray[np.str_]:
    """Return why each of (G,) groups is withheld: "small", "unanimous", "beside", or "" where it is shown.

    n: observations of the groups; alike: groups in which one type or one outcome has everybody. Of one withheld group
    alone, the shares and the number of observations are those of all less those shown, so that the smallest of the
    others is withheld beside it.
    """
    why = np.where(n < minimum, "small", np.where(alike, "unanimous", ""))
    shown = why == ""
    if (~shown).sum() == 1 and shown.any():
        why[np.where(shown, n, np.inf).argmin()] = "beside"
    return why


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
