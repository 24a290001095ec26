"""Captions: what stands below each picture in a paper, word for word, with the numbers of the fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..core.account import Account
from ..core.errors import counted
from ..core.limits import LEAST_GROUP
from ..core.version import VERSION
from ..inference.shown_shares import REASONS
from ..results.fits_by_group import FitsByGroup
from ..results.summary import reached_by

if TYPE_CHECKING:
    import pandas as pd

    from ..inference.distal_outcome import DistalOutcome
    from ..results.fit_result import Fit

__all__ = ["CERTIFIED", "OFFICES", "OPTIMA", "RESIDUALS", "SHARES", "TRACE", "TWO_FITS", "account_caption",
           "criteria_caption", "effects_caption", "group_caption", "model_caption", "one_party_caption",
           "outcome_caption", "profile_caption", "profiles_caption", "types_caption"]  # fmt: skip

OFFICES = (
    "How the voters of each party voted in each office, without a model. Bars: share of all voters of the party who "
    "had both parties to choose from, those who left the office blank included. Numbers: per cent, printed from 10."
)
SHARES = "Estimated shares of the types. Bars: 95 % intervals, where there are any."
TRACE = (
    "The search from every start: how far the log-likelihood was below that of the best after each iteration. A "
    "straight line is convergence at a constant rate. Dark: the best start; grey: the others, with a mark where their "
    "own iterations ended. Distances below 0.0001 stand at the foot."
)
OPTIMA = (
    "Where the random starts ended: each bar is an optimum, the best at the top. Dark: starts that reached it by their "
    "own iterations, from independent random numbers; pale: starts that moves of types led there."
)
RESIDUALS = (
    "How well the types describe each pair of items: X² of the table of the pair, divided by its degrees of freedom. "
    "X² has no chi-square distribution here, as the types were fitted to the same data: 3.84, its 5 % bound with one "
    "degree of freedom, is a rule of thumb. The scale is the same in all pictures, and ends at 10."
)
TWO_FITS = (
    "Probabilities of the types in two fits, each type beside the one that it resembles most. Filled: the first fit; "
    "open: the second."
)

CERTIFIED = (
    "Votes counted in the file against certified totals, candidate by candidate: discrepancy in per cent of the "
    "certified votes, by their number, and how often each discrepancy occurs. Triangles: beyond the axis."
)


def types_caption(
    fit: Fit | FitsByGroup, account: Account | Mapping[str, Any], place: str = "", date: str = "", dots: bool = False
) -> str:
    """Return the caption of the types by office where both parties stood.

    Parameters
    ----------
    fit : Fit or FitsByGroup
        The types.
    account : Account or mapping
        `profiles.account`, or `fit.account`.
    place, date : str
        Where and when the ballots were cast; left out where they are empty.
    dots : bool
        Whether the picture has points with intervals instead of bars.

    Returns
    -------
    str
        The caption.
    """
    kept, read = _kept_and_read(account, round(fit.n))
    ballots = f"{kept:,} of {read:,} ballots" if read is not None else f"{kept:,} ballots"
    source = ", ".join(filter(None, (f"cast vote record of {place}" if place else "cast vote record", date)))
    drawn = (
        "Points: share of the type's voters who split or left the office blank, by party at the top of the ticket, in "
        "per cent; bars: 95 % intervals (types held fixed)."
        if dots else
        "Bars: share of the type's voters who split, left the office blank, voted for another party or voted straight, "
        "by party at the top of the ticket. Numbers: per cent, printed from 10."
    )  # fmt: skip
    return (
        f"How each type voted where both parties stood. {drawn} {ballots}; {_reached(fit)}. Source: {source}; "
        f"blocs {VERSION}."
    )


def one_party_caption(dots: bool = False) -> str:
    """Return the caption of the types by office where only one party stood; dots: as of `types_caption`."""
    drawn = (
        " Points: share of the type's voters who split or left the office blank, in per cent; bars: 95 % intervals "
        "(types held fixed)."
    )
    return (
        "How each type voted where only one party stood. Own party only: the voter could vote straight, for another "
        "party, or leave the office blank. Other party only: the voter could split, vote for another party, or leave "
        "it blank. These shares describe no choice between two parties."
    ) + drawn * dots


def model_caption(hatched: bool = True) -> str:
    """Return the caption of the model by office; hatched: whether extrapolated bars are drawn."""
    what = "What the model says each type would have done had both parties stood in every race."
    rests = (
        " Hatched: fewer than 5 voters of the type had this choice; the value rests on the assumption that dropping a "
        "candidate does not change the ratio of the other choices."
    )
    return what + rests * hatched


def group_caption(
    data: pd.DataFrame,
    group: str,
    error: str = "types held fixed",
    minimum: int = LEAST_GROUP,
    unit: str = "observation",
) -> str:
    """Return the caption of the shares by group.

    Parameters
    ----------
    data : DataFrame
        What `shares_by_group_data` returned.
    group : str
        What a group is called, such as "precinct".
    error : str
        What is held fixed in the intervals, or "full".
    minimum : int
        Least number of observations of a group that is shown.
    unit : str
        What an observation is called, such as "voter".

    Returns
    -------
    str
        The caption.
    """
    groups = data.drop_duplicates("group")["withheld"]
    parts = [f"{counted(int((groups == why).sum()), 'group')} {words.format(counted(minimum, unit))}"
             for why, words in REASONS.items() if (groups == why).any()]  # fmt: skip
    withheld = f" Not shown: {'; '.join(parts)}." if parts else ""
    return f"Share of each type in each {group}, with 95 % intervals ({error}).{withheld}"


def profile_caption(fit: Fit, category: str, errors: str = "", boundary: bool = False) -> str:
    """Return the caption of the item profiles of one fit.

    Parameters
    ----------
    fit : Fit
        The fit.
    category : str
        The category whose probability is drawn.
    errors : str
        Kind of the standard errors, in words; empty where no intervals are drawn.
    boundary : bool
        Whether probabilities without an interval are drawn.

    Returns
    -------
    str
        The caption.
    """
    bars = f"; bars: 95 % intervals ({errors})" if errors else ""
    without = " Probabilities at 0 or 1 have no interval." if errors and boundary else ""
    return (
        f"Conditional item probabilities of the {fit.types}-class model (N = {round(fit.n):,}). Points: estimated "
        f"probability of {category}{bars}. Percentages: estimated class proportions.{without}"
    )


def profiles_caption(fits: Sequence[Fit], category: str) -> str:
    """Return the caption of the item profiles of several numbers of types; category: whose probability is drawn."""
    numbers = [fit.types for fit in fits]
    return (
        f"Conditional item probabilities of models with {min(numbers)} to {max(numbers)} classes (N = "
        f"{round(fits[0].n):,}). Points: estimated probability of {category}. Percentages: estimated class "
        "proportions. A class has the colour of the one that it resembles most in the panel before."
    )


def effects_caption(how: str) -> str:
    """Return the caption of the effects of covariates; how: method and standard errors, in words."""
    return (
        "Average change of the share of each type with each covariate, in percentage points. Thick bars: 80 %, thin "
        f"bars: 95 % intervals ({how}). The changes of a covariate add to 0 over the types."
    )


def outcome_caption(found: DistalOutcome) -> str:
    """Return the caption of an outcome by type; found: what `blocs.distal` returned."""
    what = "Probabilities" if found.categories else "Proportion" if found.probability else "Mean"
    return (
        f"{what} of {found.outcome} by type (N = {found.n:,.0f}). Bars: 95 % intervals ({found.method}; standard "
        f"errors: {found.kind})."
    )


def account_caption(data: pd.DataFrame) -> str:
    """Return the caption of the flow of an account; data: what `account_flow_data` returned."""
    of_records = data[data["part"].str.startswith(("set aside", "kept"))]
    unit = (of_records if len(of_records) else data)["unit"].iloc[0]
    return f"From the file to the analysis. Counts of {unit}; set aside means not used in any number of this report."


def criteria_caption(data: pd.DataFrame) -> str:
    """Return the caption of the criteria over the number of types; data: what `criteria_over_types_data` returned."""
    types = data["types"]
    each = f", for each of {counted(data['group'].nunique(), 'group')}" if data["group"].nunique() > 1 else ""
    return (
        f"Fit of models with {types.min()} to {types.max()} types{each}. A ring marks the lowest value of a criterion; "
        "there is none where it is that of the largest number of types, as it may fall further."
    )


def _kept_and_read(account: Account | Mapping[str, Any], n: int) -> tuple[int, int | None]:
    """Return how many ballots were kept, and of how many that were read; None where the account does not say."""
    steps = account.to_dict()["steps"] if isinstance(account, Account) else account.get("steps", ())
    for step in steps if isinstance(steps, list | tuple) else ():
        kept = [number for part, number in step["parts"].items() if part.startswith("kept: ")]
        if kept:
            return sum(kept), step["total"]
    return n, None


def _reached(fit: Fit | FitsByGroup) -> str:
    """Return how many types, and how often the best optimum was reached."""
    types = counted(fit.types, "type")
    if isinstance(fit, FitsByGroup):
        of = ", ".join(f"{label} {one.hits} of {len(one.ends)}" for label, one in fit.fits.items())
        return f"{types} of each party's voters, best optimum reached by starts: {of}"
    return f"{types}, {reached_by(fit)}"
