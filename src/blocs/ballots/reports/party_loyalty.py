"""Party loyalty: how each top party's voters split, office by office, without any types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...core.errors import Fault, InputError
from ...core.schema import Item
from ...profiles import Profiles
from ..coding.outcomes import LABELS
from ..coding.rules import TOP

__all__ = ["office_bars", "solid_partisans"]


def office_bars(profiles: Profiles) -> pd.DataFrame:
    """Return how the voters of each top party voted in each office that was contested for them.

    Parameters
    ----------
    profiles : Profiles
        Coded ballots, with the group "top".

    Returns
    -------
    pandas.DataFrame
        One row for each top party (in alphabetical order) and office (in ballot order). Columns: top, office,
        contested (voters), and the shares of the outcomes abstain, split, straight and other, which add to 1; null
        where no voter had a contested office.

    Raises
    ------
    InputError
        When the profiles have no group "top".

    Notes
    -----
    An office is contested for a voter when both parties are on the menu. The denominator is *all* voters of the top
    party for whom it was, those who abstained or voted for others included:
    share(y | t, j) = n(t, j, y) / sum over outcomes y' of n(t, j, y').

    Examples
    --------
    >>> import pandas as pd
    >>> from blocs import code, office_bars, read_cvr
    >>> votes = {"President": ["DEM", "DEM", "REP", "REP"], "Sheriff": ["DEM", "REP", "REP", "none"]}
    >>> ballots = read_cvr(pd.DataFrame(votes), offices=["President", "Sheriff"])
    >>> office_bars(code(ballots))
       top   office  contested  abstain  split  straight  other
    0  DEM  Sheriff          2      0.0    0.5       0.5    0.0
    1  REP  Sheriff          2      0.5    0.0       0.5    0.0
    """
    top, row, counts = _by_top(profiles)
    rows = []
    for name in sorted(set(top)):
        of_party = top == name
        n_u = np.bincount(row[of_party], counts[of_party], len(profiles))
        for j, item in enumerate(profiles.schema.items):
            n_c = np.bincount(profiles.codes[:, j].astype(np.int64), n_u, item.size)
            by_outcome = _contested_counts(item, n_c)
            total = sum(by_outcome.values())
            shares = {label: by_outcome.get(label, 0.0) / total if total else np.nan for label in LABELS}
            rows.append({"top": name, "office": item.name, "contested": round(total), **shares})
    return pd.DataFrame(rows)


def solid_partisans(profiles: Profiles) -> pd.DataFrame:
    """Return how many voters of each top party chose one party in every office that was contested for them.

    Parameters
    ----------
    profiles : Profiles
        Coded ballots, with the group "top".

    Returns
    -------
    pandas.DataFrame
        One row for each top party. Columns, in voters: solid, straight in every contested office; opposed, split in
        every one; mixed, all else, any undervote included; none, without a contested office.

    Raises
    ------
    InputError
        When the profiles have no group "top".

    Examples
    --------
    >>> import pandas as pd
    >>> from blocs import code, read_cvr
    >>> from blocs.ballots import solid_partisans
    >>> votes = {"President": ["DEM", "DEM", "REP", "REP"], "Sheriff": ["DEM", "REP", "REP", "none"]}
    >>> ballots = read_cvr(pd.DataFrame(votes), offices=["President", "Sheriff"])
    >>> solid_partisans(code(ballots))
       top  solid  opposed  mixed  none
    0  DEM      1        1      0     0
    1  REP      1        0      1     0
    """
    top, row, counts = _by_top(profiles)
    contested, straight, split = _contested_offices(profiles)
    solid, opposed = (contested > 0) & (straight == contested), (contested > 0) & (split == contested)
    parts = {"solid": solid, "opposed": opposed, "mixed": (contested > 0) & ~solid & ~opposed, "none": contested == 0}
    rows = []
    for name in sorted(set(top)):
        n_u = np.bincount(row[top == name], counts[top == name], len(profiles))
        rows.append({"top": name} | {part: round(float(n_u[which].sum())) for part, which in parts.items()})
    return pd.DataFrame(rows)


def _contested_codes(item: Item) -> Iterator[tuple[int, str]]:
    """Yield the codes of the menus that hold both parties, with their outcomes."""
    for code, (menu, option) in enumerate(item.codes, start=1):
        if {"split", "straight"} <= set(item.menu_labels(menu)):
            yield code, str(item.outcomes[option])


def _contested_counts(item: Item, n_c: NDArray[Any]) -> dict[str, float]:
    """Voters by outcome, of the menus that hold both parties."""
    voters: dict[str, float] = {}
    for code, label in _contested_codes(item):
        voters[label] = voters.get(label, 0.0) + float(n_c[code])
    return voters


def _contested_offices(profiles: Profiles) -> NDArray[np.int64]:
    """Return (3, U) for each profile the number of contested offices, of those straight, of those split."""
    number = np.zeros((3, len(profiles)), dtype=np.int64)
    for j, item in enumerate(profiles.schema.items):
        kind = np.zeros((3, item.size), dtype=np.int64)  # column 0, MISSING, stays 0
        for code, label in _contested_codes(item):
            kind[:, code] = 1, label == "straight", label == "split"
        number += kind[:, profiles.codes[:, j]]
    return number


def _by_top(profiles: Profiles) -> tuple[NDArray[np.object_], NDArray[np.int64], NDArray[np.float64]]:
    """Return top party, profile and count of each cell."""
    cells = profiles.cells
    if cells is None or TOP not in cells.table:
        raise InputError(
            Fault("the profiles have no group 'top'", argument="profiles", rule="The answer is one for each top party",
                  remedy="Make the profiles with `code`, or with from_table(..., groups='top')")
        )  # fmt: skip
    return cells.table[TOP].astype(str).to_numpy(dtype=object)[cells.group], cells.row, cells.counts
