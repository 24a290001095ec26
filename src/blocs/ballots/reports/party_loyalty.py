"""Party loyalty: how each top party's voters split, office by office, without any types."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...core.errors import Fault, InputError
from ...core.schema import MISSING, Item
from ...profiles import Profiles
from ..coding.accounting import TREATED_AS_MISSING
from ..coding.code import Coded
from ..coding.outcomes import LABELS, NOT_CODED, outcomes_of
from ..coding.rules import TOP
from ..pivot.mark import SPREAD

__all__ = ["BARS", "office_bars", "solid_partisans"]


_NOT_CONTESTED = -1
_MISSING = len(LABELS)
"""Outcome of an office that was contested and that the rules treat as missing."""
BARS = (*LABELS, "missing")
"""Columns of shares."""


def office_bars(coded: Coded | Profiles) -> pd.DataFrame:
    """Return how the voters of each top party voted in each office that was contested for them.

    Parameters
    ----------
    coded : Coded or Profiles
        What `code_rows` or `code` returned.

    Returns
    -------
    pandas.DataFrame
        One row for each top party (in alphabetical order) and office (in ballot order). Columns: top, office,
        contested (voters), and the shares of the outcomes abstain, split, straight and other, and of what the rules
        treat as missing (``other="missing"``, ``overvote="missing"``), which add to 1; null where no voter had a
        contested office.

    Raises
    ------
    InputError
        When the profiles have no group "top", and for profiles in which outcomes are treated as missing: only what
        `code_rows` returns says where.

    Notes
    -----
    An office is contested for a voter when both parties are on the menu. The denominator is *all* voters of the top
    party for whom it was, those who abstained, voted for others or are treated as missing included:
    share(y | t, j) = n(t, j, y) / sum over outcomes y' of n(t, j, y').

    Examples
    --------
    >>> import pandas as pd
    >>> from blocs import code, office_bars, read_cvr
    >>> votes = {"President": ["DEM", "DEM", "REP", "REP"], "Sheriff": ["DEM", "REP", "REP", "none"]}
    >>> ballots = read_cvr(pd.DataFrame(votes), offices=["President", "Sheriff"])
    >>> office_bars(code(ballots))
       top   office  contested  abstain  split  straight  other  missing
    0  DEM  Sheriff          2      0.0    0.5       0.5    0.0      0.0
    1  REP  Sheriff          2      0.5    0.0       0.5    0.0      0.0
    """
    voters = _voters_of(coded)
    rows = []
    for name in sorted(set(voters.top)):
        of_party = voters.top == name
        for j, office in enumerate(voters.offices):
            outcome = voters.outcome[of_party, j] - _NOT_CONTESTED
            by_outcome = np.bincount(outcome, voters.counts[of_party], 1 + len(BARS))[1:]
            total = by_outcome.sum()
            shares = by_outcome / total if total else np.full(len(BARS), np.nan)
            bars = dict(zip(BARS, shares, strict=True))
            rows.append({"top": name, "office": office, "contested": round(total), **bars})
    return pd.DataFrame(rows)


def solid_partisans(coded: Coded | Profiles) -> pd.DataFrame:
    """Return how many voters of each top party chose one party in every office that was contested for them.

    Parameters
    ----------
    coded : Coded or Profiles
        What `code_rows` or `code` returned.

    Returns
    -------
    pandas.DataFrame
        One row for each top party. Columns, in voters: solid, straight in every contested office; opposed, split in
        every one; mixed, all else, any undervote and any outcome treated as missing included; none, without a contested
        office.

    Raises
    ------
    InputError
        As `office_bars`.

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
    voters = _voters_of(coded)
    contested = (voters.outcome != _NOT_CONTESTED).sum(axis=1)
    straight, split = ((voters.outcome == LABELS.index(label)).sum(axis=1) for label in ("straight", "split"))
    solid, opposed = (contested > 0) & (straight == contested), (contested > 0) & (split == contested)
    parts = {"solid": solid, "opposed": opposed, "mixed": (contested > 0) & ~solid & ~opposed, "none": contested == 0}
    rows = []
    for name in sorted(set(voters.top)):
        of_party = voters.top == name
        voters_of = {part: round(voters.counts[of_party & which].sum()) for part, which in parts.items()}
        rows.append({"top": name, **voters_of})
    return pd.DataFrame(rows)


class _Voters(NamedTuple):
    """Voters who are alike, in R rows.

    offices: J names; top: (R,) top party; counts: (R,) voters; outcome: (R, J) position in BARS, or _NOT_CONTESTED.
    """

    offices: tuple[str, ...]
    top: NDArray[np.object_]
    counts: NDArray[np.float64]
    outcome: NDArray[np.int64]


def _voters_of(coded: Coded | Profiles) -> _Voters:
    return _of_profiles(coded) if isinstance(coded, Profiles) else _of_marks(coded)


def _of_profiles(profiles: Profiles) -> _Voters:
    """Return the voters of profiles, in which an office that is missing may have been contested or not."""
    cells = profiles.cells
    if cells is None or TOP not in cells.table:
        raise InputError(
            Fault("the profiles have no group 'top'", argument="profiles", rule="The answer is one for each top party",
                  remedy="Make the profiles with `code`, or with from_table(..., groups='top')")
        )  # fmt: skip
    if any(step.name == TREATED_AS_MISSING for step in profiles.account.steps):
        raise InputError(
            Fault("outcomes are treated as missing in the profiles", argument="profiles",
                  rule="Shares are of all voters for whom an office was contested, these included",
                  remedy="Give what `code_rows` returns, which says where they are")
        )  # fmt: skip
    outcome = np.column_stack(
        [_contested_outcomes(item)[profiles.codes[:, j]] for j, item in enumerate(profiles.schema.items)]
    )
    top = cells.table[TOP].astype(str).to_numpy(dtype=object)[cells.group]
    return _Voters(profiles.schema.names, top, cells.counts, outcome[cells.row])


def _of_marks(coded: Coded) -> _Voters:
    """Return the voters of distinct rows of marks, which say what was contested, whatever the rules did.

    Those whose every coded office is missing are set aside from the profiles (rule S12); they are voters here where an
    office was contested for them.
    """
    with_top = np.isin(coded.counts.marks[:, 0] % SPREAD, coded.plan.kept) & (coded.counts.voters > 0)
    marks, row = coded.counts.marks[with_top], coded.row[with_top]
    profiles = coded.profiles
    columns = []
    for j, item in enumerate(profiles.schema.items):
        office = outcomes_of(marks[:, 0] % SPREAD, marks[:, j + 1])
        contested = office.own & office.against & (office.outcome != NOT_CODED)
        code = np.where(row >= 0, profiles.codes[row, j], MISSING)
        labelled = np.where(code == MISSING, _MISSING, _contested_outcomes(item)[code])
        columns.append(np.where(contested, labelled, _NOT_CONTESTED))
    outcome = np.column_stack(columns)
    used = (row >= 0) | (outcome != _NOT_CONTESTED).any(axis=1)
    top, voters = coded.top[with_top][used], coded.counts.voters[with_top][used]
    return _Voters(profiles.schema.names, top, voters.astype(np.float64), outcome[used])


def _contested_outcomes(item: Item) -> NDArray[np.int64]:
    """Return the position in LABELS of each code of an item if its menu holds both parties, else _NOT_CONTESTED."""
    outcome = np.full(item.size, _NOT_CONTESTED, dtype=np.int64)
    for code, (menu, option) in enumerate(item.codes, start=1):
        if {"split", "straight"} <= set(item.menu_labels(menu)):
            outcome[code] = LABELS.index(item.outcomes[option])
    return outcome
