"""Model by office: what the model says each type would have done had both parties stood in every race (figure 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from ..ballots.reports.as_cast import of_both_parties
from ..core.errors import Fault, InputError
from ..core.top_party import TOP
from ..profiles import Profiles, Traced
from ..results.fits_by_group import FitsByGroup
from .house_style import PAGE, style
from .outcome_bars import Bars, Row, draw_bars
from .tidy import rows_to_draw
from .types_by_office import require_top

if TYPE_CHECKING:
    from ..results.fit_result import Fit
    from .layout import Panels

__all__ = ["ENOUGH", "model_by_office", "model_by_office_data", "without_extrapolated"]

ENOUGH = 5
"""Expected voters of a type with both parties on the menu, below which its probabilities are extrapolated."""
UNKNOWN = "unknown"
"""What stands in place of a bar where no voter of the type says anything of an outcome."""
NOTE = "The model's probabilities of a choice among all options."
HATCHED = (
    " Hatched, and named at the right: fewer than 5 voters of the type had this choice; the value rests on the "
    "assumption that dropping a candidate does not change the ratio of the other choices."
)


def model_by_office_data(fit: Fit | FitsByGroup, profiles: Profiles | Traced) -> pd.DataFrame:
    """Return the model's outcome probabilities of each type, with how many of its voters had the choice.

    Parameters
    ----------
    fit : Fit or FitsByGroup
        Types of coded ballots; of all voters, or by the party at the top of the ticket.
    profiles : Profiles or coded ballots
        The ballots.

    Returns
    -------
    DataFrame
        One row for each type, office and outcome: top, "" for a fit of all voters; type; share of the type; office;
        outcome; probability; observed, the expected number of voters of the type that could choose among all outcomes,
        0 where these are not of both parties; extrapolated, whether that is less than 5. The probability is NaN as in
        `Fit.table`.

    Raises
    ------
    UnsupportedError
        For fits by another column than "top".
    """
    require_top(fit)
    table = fit.table(profiles)
    table = table.assign(observed=table["observed"].where(of_both_parties(table), 0.0))
    table = table.rename(columns={"item": "office"})
    if not isinstance(fit, FitsByGroup):
        table.insert(0, TOP, "")
    shares = fit.shares
    share = [
        shares[top][k] if isinstance(fit, FitsByGroup) else shares[k]
        for top, k in zip(table[TOP], table["type"], strict=True)
    ]
    table.insert(2, "share", share)
    return table.assign(outcome=table["outcome"].astype(str), extrapolated=table["observed"] < ENOUGH)


def model_by_office(
    data: pd.DataFrame, *, extrapolated: bool = False, labels: Mapping[str, str] | None = None, width: float = PAGE
) -> Panels:
    """Draw the model's probabilities: one panel a type, one stacked bar an office, extrapolated ones hatched.

    Parameters
    ----------
    data : DataFrame
        What `model_by_office_data` returned.
    extrapolated : bool
        Whether to draw offices too in which the probabilities of all types are extrapolated.
    labels : mapping, optional
        Office -> shorter name.
    width : float
        Of the figure, in millimetres.

    Returns
    -------
    (top parties, types) array of matplotlib Axes
        One row of panels for a fit of all voters.

    Raises
    ------
    InputError
        For another table, and where every office is extrapolated and `extrapolated` is False.
    MissingPackageError
        Without matplotlib.
    """
    columns = (TOP, "type", "share", "office", "outcome", "probability", "observed", "extrapolated")
    table = rows_to_draw(data, columns, "model_by_office_data")
    table = table if extrapolated else without_extrapolated(table)
    if not len(table):
        raise InputError(Fault("the probabilities of all types are extrapolated in every office", argument="data",
                               remedy="`extrapolated=True` draws them all the same"))  # fmt: skip
    bands, right = [], []
    for top, of_top in table.groupby(TOP, sort=True):
        offices = list(dict.fromkeys(of_top["office"]))
        kinds = list(dict.fromkeys(of_top["type"]))
        bands.append([_panel(of_top[of_top["type"] == k], k, str(top), labels or {}) for k in kinds])
        marked = of_top[of_top["extrapolated"]].groupby("office")["type"].unique().to_dict()
        right.append([_marked(marked.get(office, ()), len(kinds)) for office in offices])
    with style():
        return draw_bars(bands, width, NOTE + HATCHED * bool(table["extrapolated"].any()), right)


def without_extrapolated(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table without the offices in which the probabilities of all types are extrapolated."""
    return table[~table.groupby([TOP, "office"])["extrapolated"].transform("all")]


def _panel(of_type: pd.DataFrame, k: int, top: str, labels: Mapping[str, str]) -> Bars:
    rows = [
        Row(labels.get(str(office), str(office)), dict(zip(of["outcome"], of["probability"], strict=True)),
            bool(of["extrapolated"].any()), instead=UNKNOWN if of["probability"].isna().any() else "")
        for office, of in of_type.groupby("office", sort=False)
    ]  # fmt: skip
    heading = f"Type {k} ({100 * float(of_type['share'].iloc[0]):.1f} %)"
    return Bars((heading, f"{top} voters") if top else (heading,), rows)


def _marked(types: Iterable[int], of: int) -> str:
    numbers = [int(k) for k in types]
    if not numbers:
        return ""
    return "extrapolated" if len(numbers) == of else f"extrapolated: {', '.join(map(str, numbers))}"
