"""Office shares: how the voters of each top party voted in each contested office, without any types (figure 0)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from ..ballots import Coded, office_bars
from ..ballots.reports.party_loyalty import BARS
from ..core.top_party import TOP
from ..profiles import Profiles
from .house_style import PAGE, style
from .outcome_bars import FEW, FEWEST, Bars, Row, draw_bars
from .tidy import rows_to_draw

if TYPE_CHECKING:
    from .layout import Panels

__all__ = ["office_shares", "office_shares_data"]

NOTE = ("No model. Of all voters of the party who had both parties to choose from, those who left the office blank "
        "included.\nNumbers: per cent, printed from 10.")  # fmt: skip


def office_shares_data(coded: Coded | Profiles) -> pd.DataFrame:
    """Return how the voters of each top party voted in each office that was contested for them.

    Parameters
    ----------
    coded : Coded or Profiles
        What `blocs.code_rows` or `blocs.code` returned.

    Returns
    -------
    DataFrame
        One row for each top party, office and outcome: top, office, contested (voters), outcome, share. What
        `blocs.office_bars` returns, in long form.

    Raises
    ------
    InputError
        As `blocs.office_bars`.
    """
    wide = office_bars(coded).reset_index(names="row")
    long = wide.melt(["row", TOP, "office", "contested"], list(BARS), "outcome", "share")
    return long.sort_values("row", kind="stable", ignore_index=True).drop(columns="row").astype({"outcome": str})


def office_shares(
    data: pd.DataFrame, *, labels: Mapping[str, str] | None = None, tops: Mapping[str, str] | None = None,
    width: float = PAGE,
) -> Panels:  # fmt: skip
    """Draw how the voters of each top party voted: one panel a party, one stacked bar an office, in ballot order.

    Parameters
    ----------
    data : DataFrame
        What `office_shares_data` returned.
    labels : mapping, optional
        Office -> shorter name.
    tops : mapping, optional
        Top party -> what its voters are called.
    width : float
        Of the figure, in millimetres.

    Returns
    -------
    (1, top parties) array of matplotlib Axes
        Offices that were contested for nobody are left out.

    Raises
    ------
    InputError
        For another table.
    MissingPackageError
        Without matplotlib.
    """
    table = rows_to_draw(data, (TOP, "office", "contested", "outcome", "share"), "office_shares_data")
    table = rows_to_draw(table[table.groupby("office")["contested"].transform("max") > 0], (), "office_shares_data")
    band = []
    for top, of_top in table.groupby(TOP, sort=True):
        rows = [
            Row((labels or {}).get(str(office), str(office)), dict(zip(of["outcome"], of["share"], strict=True)),
                instead="" if of["contested"].iloc[0] >= FEWEST else FEW)
            for office, of in of_top.groupby("office", sort=False)
        ]  # fmt: skip
        most = of_top["contested"].max()
        band.append(Bars((f"{(tops or {}).get(str(top), f'{top} voters')} ({most:,.0f})",), rows))
    with style():
        return draw_bars([band], width, NOTE)
