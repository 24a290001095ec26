"""Types by office: how each type voted as cast, where both parties stood and where only one did (figures 1 and 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from ..ballots.coding.outcomes import LABELS
from ..core.errors import Fault, InputError, UnsupportedError, missing_column, named
from ..core.top_party import TOP
from ..inference.as_cast_errors import as_cast_errors
from ..inference.voters_of_types import voters_of_types
from ..profiles import Profiles, Traced, profiles_of
from ..results.fits_by_group import FitsByGroup
from .house_style import PAGE, style
from .outcome_bars import FEW, FEWEST, Bars, Row, draw_bars
from .tidy import rows_to_draw

if TYPE_CHECKING:
    from ..results.fit_result import Fit
    from .layout import Panels

__all__ = ["STOOD", "require_top", "types_by_office", "types_by_office_data"]

STOOD = {"both": ("both",), "one": ("own", "other")}
"""What the two figures show: offices for which both parties stood, or the voter's own party or the other one alone."""
COLUMNS = ("type", "share", TOP, "of_type", "office", "stood", "voters", "outcome", "probability", "low", "high")
KINDS = {"bars": False, "dots": True}
"""Whether outcomes are drawn apart, with intervals, by the kind of figure."""
ADDED = {"both": "", "own": "\n(own party only)", "other": "\n(other party only)"}
PRINTED, DOTS = "Numbers: per cent, printed from 10.", "Per cent, with 95 % intervals (types held fixed)."
NOTES = {
    "both": f"As cast. {PRINTED}",
    "one": "As cast. Own party only: straight, another party or blank. Other party only: split, another party or "
           f"blank.\nThese shares describe no choice between two parties. {PRINTED}",
}  # fmt: skip


def types_by_office_data(fit: Fit | FitsByGroup, profiles: Profiles | Traced) -> pd.DataFrame:
    """Return how each type voted in each office, on the menus that its voters had.

    Parameters
    ----------
    fit : Fit or FitsByGroup
        Types of coded ballots; of all voters, or by the party at the top of the ticket.
    profiles : Profiles or coded ballots
        The ballots, with the group "top".

    Returns
    -------
    DataFrame
        One row for each type, top party, office, who stood and outcome: type; share, of the type (of fits by top party:
        in that party's fit); top; of_type, the expected number of voters of the type with this top party; office;
        stood ("both", "own", "other" or "neither" party, seen from the voter); voters, the expected number of them for
        whom it was so; outcome; probability, their share with this outcome; low and high, the ends of its 95 per cent
        interval with the types held fixed, NaN at 0 and 1. Outcomes that were on no menu have no row. In the order of
        `blocs.ballots.reports.as_cast.as_cast`.

    Raises
    ------
    InputError
        For ballots without the group "top", as `Fit.expected`, and for items that are no offices.
    UnsupportedError
        For fits by another column than "top".

    Notes
    -----
    As cast: sums of posteriors over the voters (`docs/formulas.md`, "What types did").
    """
    require_top(fit)
    data = profiles_of(profiles)
    columns = () if data.cells is None else tuple(map(str, data.cells.table.columns))
    if TOP not in columns:
        raise InputError(missing_column(TOP, "profiles", columns, remedy="Give ballots that `blocs.code` returned"))
    strange = {str(o) for item in data.schema.items for o in item.outcomes} - set(LABELS)
    if strange:
        raise InputError(Fault(f"items have the outcomes {', '.join(map(repr, sorted(strange)[:5]))}",
                               argument="profiles", rule=f"Those of ballots are {', '.join(map(repr, LABELS))}",
                               remedy="`blocs.plots.item_profiles` draws other items"))  # fmt: skip
    cast = as_cast_errors(fit, data).merge(_of_types(fit, data), on=["type", TOP], how="left")
    return cast[list(COLUMNS)]


def require_top(fit: Fit | FitsByGroup) -> None:
    """Raise UnsupportedError for fits by another column than the party at the top."""
    if isinstance(fit, FitsByGroup) and fit.by != TOP:
        raise UnsupportedError(f"Pictures of ballots show one fit of all or fits by {TOP!r}, not by {fit.by!r}.")


def _of_types(fit: Fit | FitsByGroup, data: Profiles) -> pd.DataFrame:
    """Return type, top, share, of_type: one row for each type and top party."""
    voters, shares = voters_of_types(fit, data), fit.shares
    each = zip(voters["type"], voters[TOP], strict=True)
    return voters.assign(share=[shares[top][k] if isinstance(fit, FitsByGroup) else shares[k] for k, top in each])


def types_by_office(
    data: pd.DataFrame, stood: str = "both", kind: str = "bars", *, labels: Mapping[str, str] | None = None,
    tops: Mapping[str, str] | None = None, types: Sequence[int] | None = None, width: float = PAGE,
) -> Panels:  # fmt: skip
    """Draw how each type voted: one panel for each type and top party, one stacked bar an office, in ballot order.

    Parameters
    ----------
    data : DataFrame
        What `types_by_office_data` returned.
    stood : str
        "both" for offices where both parties stood, "one" for those where only one did. An office with districts of
        both kinds is in both figures. The two are never one bar: 40 per cent split of voters who had no candidate of
        their own party is no ticket splitting.
    kind : str
        "bars": one stack of all outcomes an office. "dots": split and left blank as points with 95 per cent intervals
        (types held fixed), always with their numbers.
    labels : mapping, optional
        Office -> shorter name.
    tops : mapping, optional
        Top party -> what its voters are called, such as {"DEM": "Evers voters"}.
    types : sequence of int, optional
        The types that are drawn, all by default.
    width : float
        Of the figure, in millimetres: 170 for a page, 85 for one of two columns. Types that do not fit side by side
        continue below.

    Returns
    -------
    (top parties, types) array of matplotlib Axes
        Split and left blank are printed from 10 per cent. Bars of fewer than 30 expected voters are not drawn, and
        offices that have none that large are left out.

    Raises
    ------
    InputError
        For another table, another value of `stood`, types that are not there, and where there is nothing to draw.
    MissingPackageError
        Without matplotlib.
    """
    table = rows_to_draw(data, COLUMNS, "types_by_office_data")
    apart = named(KINDS, kind, "kind", "figure", "figures")
    kinds = named(STOOD, stood, "stood", "figure", "figures")
    chosen = _chosen(table, types)
    table = table[table["stood"].isin(kinds) & table["type"].isin(chosen)]
    bands = []
    for top, of_top in table.groupby(TOP, sort=True):
        rows = _offices(of_top, kinds)
        if rows:
            heading = (tops or {}).get(str(top), f"{top} voters")
            bands.append([_panel(of_top[of_top["type"] == k], k, heading, rows, labels or {}, apart)
                          for k in chosen])
    if not bands:
        what = "both parties stood" if stood == "both" else "only one party stood"
        raise InputError(Fault(f"there is no office where {what} for {FEWEST} voters or more", argument="data"))
    headed = [[bars if i == 0 else bars._replace(heading=bars.heading[-1:]) for bars in band]
              for i, band in enumerate(bands)]  # fmt: skip
    if len({bars.heading[0] for band in bands for bars in band}) > len(chosen):
        headed = bands  # fits by top party: each has its own shares
    with style():
        return draw_bars(headed, width, NOTES[stood].replace(PRINTED, DOTS) if apart else NOTES[stood])


def _chosen(table: pd.DataFrame, types: Sequence[int] | None) -> list[int]:
    known = sorted(table["type"].unique().tolist())
    if types is None:
        return known
    absent = [k for k in types if k not in known]
    if absent or not types:
        raise InputError(Fault(f"there is no type {', '.join(map(str, absent))}" if absent else "there are none",
                               argument="types", rule=f"The types are {', '.join(map(str, known))}"))  # fmt: skip
    return list(types)


def _offices(of_top: pd.DataFrame, kinds: Sequence[str]) -> list[tuple[str, str]]:
    """Return (office, who stood) of the rows of a band: those of 30 voters or more of all types, in ballot order."""
    bars = of_top.drop_duplicates(["type", "office", "stood"])
    of_bar: dict[tuple[str, str], float] = {}
    for office, kind, voters in zip(bars["office"], bars["stood"], bars["voters"], strict=True):
        of_bar[office, kind] = of_bar.get((office, kind), 0.0) + voters
    return [bar for kind in kinds for bar, voters in of_bar.items() if bar[1] == kind and voters >= FEWEST]


def _panel(
    of_type: pd.DataFrame, k: int, voters: str, rows: Sequence[tuple[str, str]], labels: Mapping[str, str], apart: bool
) -> Bars:
    bars = []
    groups = dict(list(of_type.groupby(["office", "stood"], sort=False)))
    for office, kind in rows:
        name = labels.get(office, office) + ADDED[kind]
        of = groups.get((office, kind))
        shares = {} if of is None else dict(zip(of["outcome"], of["probability"], strict=True))
        ends = None
        if apart:
            each = () if of is None else zip(of["outcome"], of["low"], of["high"], strict=True)
            ends = {outcome: (low, high) for outcome, low, high in each}
        enough = of is not None and of["voters"].iloc[0] >= FEWEST
        bars.append(Row(name, shares, ends=ends, instead="" if enough else FEW))
    share, number = (float(of_type[name].iloc[0]) if len(of_type) else 0.0 for name in ("share", "of_type"))
    return Bars((f"Type {k} ({100 * share:.1f} %)", f"{voters} (≈ {number:,.0f})"), bars)
