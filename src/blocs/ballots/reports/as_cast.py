"""As cast: what each type did in each office, where both parties stood and where only one did, from expected counts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..coding.outcomes import LABELS
from ..coding.rules import TOP

__all__ = ["STOOD", "as_cast", "of_both_parties"]

STOOD = ("both", "own", "other", "neither")
"""Who stood for office, from the side of the voter: both parties, their own party alone, the other one alone."""


def as_cast(expected: pd.DataFrame) -> pd.DataFrame:
    """Return the expected counts of coded ballots, one row for each type, top party, office and who stood.

    Parameters
    ----------
    expected : pandas.DataFrame
        What `Fit.expected` or `FitsByGroup.expected` returned, by "top" and nothing else.

    Returns
    -------
    pandas.DataFrame
        Columns: type; top; office; stood, who stood for it ("both" parties, the voter's "own" or the "other" alone);
        voters, the expected number of them; abstain, split, straight and other, their shares of these voters, which
        add to 1, NaN where the outcome was on no menu. Menus with and without "other" are one. Ordered by type,
        stood, top, and the ballot.

    Notes
    -----
    For type k, top party t and office j, share(y) = sum of E(k, t, j, m, y) over the menus m with the same parties,
    divided by the sum over all y (`docs/formulas.md`, "What types did").

    Examples
    --------
    >>> import pandas as pd
    >>> import blocs
    >>> votes = {"President": ["DEM", "DEM", "REP", "REP"], "Sheriff": ["DEM", "none", "none", "DEM"]}
    >>> profiles = blocs.code(blocs.read_cvr(pd.DataFrame(votes), offices=["President", "Sheriff"]))
    >>> as_cast(blocs.fit(profiles, types=1).expected(profiles))
       type  top   office  stood  voters  abstain  split  straight  other
    0     1  DEM  Sheriff    own     2.0      0.5    NaN       0.5    NaN
    1     1  REP  Sheriff  other     2.0      0.5    0.5       NaN    NaN
    """
    stood = {menu: _stood(str(menu).split("|")) for menu in expected["menu"].unique()}
    rows = expected.assign(
        stood=pd.Categorical(expected["menu"].map(stood), STOOD),
        item=pd.Categorical(expected["item"], expected["item"].unique()),
        outcome=pd.Categorical(expected["outcome"], LABELS),
    )
    by = ["type", "stood", TOP, "item"]
    wide = rows.groupby([*by, "outcome"], observed=True, sort=True)["expected"].sum().unstack("outcome")
    wide = wide.reindex(columns=list(LABELS))
    voters = wide.sum(axis=1)
    shares = wide.div(voters.where(voters > 0), axis=0)
    table = shares.reset_index().rename(columns={"item": "office"})
    table.insert(4, "voters", voters.to_numpy(np.float64))
    table = table.astype({"stood": str, "office": str})
    return table[["type", TOP, "office", "stood", "voters", *LABELS]].rename_axis(columns=None)


def of_both_parties(table: pd.DataFrame) -> pd.Series:
    """Return for each row of the model's probabilities whether its office has the outcomes of both parties.

    Parameters
    ----------
    table : pandas.DataFrame
        What `Fit.table` or, by "top", `FitsByGroup.table` returned.

    Returns
    -------
    pandas.Series of bool
        In a fit of one party's voters "all outcomes" of an office in which only one party stood are "straight" or
        "split", not both: they say nothing of a choice between two parties, however many voters had them.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"type": 1, "item": ["Sheriff", "Sheriff"], "outcome": ["abstain", "split"], "probability": [0.9, 0.1]}
    >>> of_both_parties(pd.DataFrame(rows)).tolist()
    [False, False]
    """
    office = [table[name] for name in (TOP, "item") if name in table]
    own, other = (table["outcome"].eq(outcome).groupby(office).transform("any") for outcome in ("straight", "split"))
    return own & other


def _stood(outcomes: list[str]) -> str:
    own, other = "straight" in outcomes, "split" in outcomes
    return "both" if own and other else "own" if own else "other" if other else "neither"
