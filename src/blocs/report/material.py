"""Material: everything that the page says, gathered from a fit and its data; what cannot be had, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError, counted, nearest
from ..core.limits import LEAST_GROUP
from ..core.top_party import TOP
from ..inference.bivariate import bivariate_residuals
from ..inference.diagnosis import Diagnosis, diagnose
from ..inference.goodness import GoodnessOfFit, goodness_of_fit
from ..inference.shown_shares import ShownShares, shown_shares
from ..inference.standard_errors import standard_errors
from ..inference.voters_of_types import voters_of_types
from ..papers import Explanation, classification, explain
from ..papers.comparison_check import faults_of_comparison
from ..presentation import Table
from ..profiles import Profiles
from ..results.fit_result import Fit
from ..results.fits_by_group import FitsByGroup
from .markup import paragraph

if TYPE_CHECKING:
    import pandas as pd

    from ..core.schema import Schema
    from ..results.summary import Errors

__all__ = ["Lacking", "Material", "counts_of", "gather"]

T = TypeVar("T")


@dataclass(frozen=True)
class Lacking:
    """What the page cannot show, and why, in a sentence."""

    why: str

    @property
    def html(self) -> str:
        """The sentence as a paragraph."""
        return paragraph(self.why, "note")


@dataclass(frozen=True, eq=False)
class Material:
    """What a page is made of.

    fit: one fit, or fits by group; first: the one fit, or that of the first group, for what all share; names: of the
    types; labels: item -> its name on the page; unit: what an observation is called; cast: what the types did, as
    `ballots.reports.as_cast` returns it, with the ends of the intervals of split votes and the voters of each type;
    table: the probabilities; groups: group column -> shares of the types; clear: how clearly observations belong to
    each type, None where that is not computed; weighted: whether the data have sampling weights, None where they were
    not given.
    """

    fit: Fit | FitsByGroup
    first: Fit
    names: tuple[str, ...]
    labels: Mapping[str, str]
    unit: str
    table: pd.DataFrame
    cast: pd.DataFrame | Lacking
    errors: Errors | Lacking
    diagnosis: Diagnosis | Lacking
    goodness: GoodnessOfFit | Lacking
    pairs: pd.DataFrame | Lacking
    groups: Mapping[str, ShownShares | Lacking]
    comparison: pd.DataFrame | Lacking
    explanation: Explanation
    clear: Table | None
    place: str = ""
    date: str = ""
    repeat: Sequence[str] = ()
    weighted: bool | None = None

    @property
    def ballots(self) -> bool:
        """Whether the items are offices, whose outcomes are those of coded ballots."""
        return self.unit == "voter"


def counts_of(of: Material) -> list[NDArray[np.float64]] | None:
    """Return for each item the observations of every code, of all fits together; None where a fit has no counts."""
    fits = list(of.fit.fits.values()) if isinstance(of.fit, FitsByGroup) else [of.fit]
    if any(fit.counts is None for fit in fits):
        return None
    of_fits = [[counts.sum(axis=1) for counts in fit.counts or ()] for fit in fits]
    return [np.sum(of_item, axis=0) for of_item in zip(*of_fits, strict=True)]


NO_DATA = Lacking("The data were not given, so this is not computed: blocs report FIT FILE reads them.")
NO_COMPARISON = Lacking("No other number of types was compared: blocs compare FILE --out compare.csv compares them, "
                        "and --comparison compare.csv shows them here.")  # fmt: skip


def gather(
    fit: Fit | FitsByGroup, profiles: Profiles | None, *, comparison: pd.DataFrame | None = None,
    errors: Errors | None = None, labels: Mapping[str, str] | None = None, names: Mapping[str, str] | None = None,
    minimum: int = LEAST_GROUP, place: str = "", date: str = "", repeat: Sequence[str] = (),
) -> Material:  # fmt: skip
    """Return the material of a page; see `blocs.html_report` for the parameters.

    Raises MismatchError where the profiles are not those that were fitted, and InputError for names and a comparison
    that do not belong to them.
    """
    if isinstance(fit, FitsByGroup) and fit.by != TOP:
        raise UnsupportedError(f"A report is of one fit, or of fits by {TOP!r}, not of fits by {fit.by!r}.")
    first = fit.first if isinstance(fit, FitsByGroup) else fit
    _refuse(fit, first.schema.names, comparison, labels or {})
    ballots = _of_ballots(first.schema)
    unit = "voter" if ballots else "observation"
    own = _of_one(standard_errors, fit, profiles, "Standard errors are") if errors is None else errors
    words = explain(fit, profiles, errors=None if isinstance(own, Lacking) else own, comparison=comparison, place=place,
                    date=date, names=names, labels=labels)  # fmt: skip
    columns = [] if profiles is None or profiles.cells is None else list(map(str, profiles.cells.table.columns))
    return Material(
        fit=fit, first=first, names=_names(fit), unit=unit,
        labels={name: name for name in first.schema.names} | dict(labels or {}),
        table=fit.table(profiles) if ballots else fit.table(),
        cast=_cast(fit, profiles) if ballots else Lacking(""),
        errors=own,
        diagnosis=_of_one(diagnose, fit, profiles, "A diagnosis is"),
        goodness=_of_one(goodness_of_fit, fit, profiles, "Tests of fit are"),
        pairs=_of_one(bivariate_residuals, fit, profiles, "Bivariate residuals are"),
        groups={} if profiles is None else {
            by: _by_group(fit, profiles, by, minimum) for by in sorted(columns, key=lambda c: c == TOP)},
        comparison=NO_COMPARISON if comparison is None else comparison, explanation=words,
        clear=None if profiles is None or isinstance(fit, FitsByGroup) else classification(fit, profiles),
        place=place, date=date, repeat=repeat, weighted=None if profiles is None else profiles.design,
    )  # fmt: skip


def _refuse(
    fit: Fit | FitsByGroup, items: Sequence[str], comparison: pd.DataFrame | None, labels: Mapping[str, str]
) -> None:
    """Refuse labels of no item or of two, a table that is not what `blocs.compare` returns, and one of other data."""
    faults = [
        Fault(f"no item is called {name!r}", argument="labels", rule=f"The items are {', '.join(map(repr, items))}",
              nearest=nearest(name, items))
        for name in labels if name not in items
    ]  # fmt: skip
    shown = [labels.get(item, item) for item in items]
    faults += [
        Fault(f"{label!r} stands for {counted(shown.count(label), 'item')}", argument="labels",
              rule="Every item has a label of its own")
        for label in dict.fromkeys(shown) if shown.count(label) > 1
    ]  # fmt: skip
    faults += [] if comparison is None else faults_of_comparison(fit, comparison)
    if faults:
        raise InputError(*faults)


def _of_one(
    compute: Callable[[Fit, Profiles], T], fit: Fit | FitsByGroup, profiles: Profiles | None, what: str
) -> T | Lacking:
    """Return what is computed of one fit and its data, or why it is not."""
    if profiles is None:
        return NO_DATA
    if isinstance(fit, FitsByGroup):
        return Lacking(f"{what} of one fit of all voters, not of fits by group.")
    try:
        return compute(fit, profiles)
    except UnsupportedError as error:
        return Lacking(str(error))


def _by_group(fit: Fit | FitsByGroup, profiles: Profiles, by: str, minimum: int) -> ShownShares | Lacking:
    """Return the shares by group, or why there are none: those of a fit with shares by other groups."""
    try:
        return shown_shares(fit, profiles, by, minimum=minimum)
    except UnsupportedError as error:
        return Lacking(str(error))


def _cast(fit: Fit | FitsByGroup, profiles: Profiles | None) -> pd.DataFrame | Lacking:
    """Return what the types did, with the ends low and high of the interval of their split votes.

    of_type: all voters of the type and the party, whatever was on their ballots.
    """
    from ..ballots.reports.as_cast import as_cast
    from ..inference.as_cast_errors import as_cast_errors

    if profiles is None:
        return NO_DATA
    errors = as_cast_errors(fit, profiles)
    key = ["type", TOP, "office", "stood"]
    ends = errors.loc[errors["outcome"] == "split", [*key, "low", "high"]]
    cast = as_cast(fit.expected(profiles)).merge(ends, on=key, how="left")
    return cast.merge(voters_of_types(fit, profiles), on=["type", TOP], how="left")


def _of_ballots(schema: Schema) -> bool:
    """Whether all items have the outcomes of coded ballots."""
    from ..ballots.coding.outcomes import LABELS

    outcomes = {outcome for item in schema.items for outcome in item.outcomes}
    return "straight" in outcomes and outcomes <= {*LABELS}


def _names(fit: Fit | FitsByGroup) -> tuple[str, ...]:
    """Return the names of the types: Type 1 (72.3 %), or with the share among each group."""
    if isinstance(fit, Fit):
        return tuple(f"Type {k} ({100 * share:.1f} %)" for k, share in fit.shares.items())
    rows: list[dict[Any, float]] = fit.shares.to_dict("records")
    return tuple(
        f"Type {k} ({', '.join(f'{label} {100 * share:.1f} %' for label, share in row.items())})"
        for k, row in enumerate(rows, start=1)
    )
