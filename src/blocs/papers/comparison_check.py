"""Whether a comparison of numbers of types belongs to a fit: its data, its model, and where its starts ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import Fault, InputError, counted, missing_columns
from ..results.comparison_groups import comparisons_by
from ..results.fit_result import Fit
from ..results.fits_by_group import FitsByGroup

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["better_optimum", "faults_of_comparison", "refuse_other_comparison"]

CHECKED = ("types", "n", "loglik", "parameters", "bic")
"""Columns of a comparison that the check, and a sentence on the number of types, need."""
NUMBERS = ("relative_entropy", "blrt_p", "hits", "converged", "starts", "smallest_share")
"""Further columns that are numbers where they are there, some of them NaN."""
TOLERANCE = 1e-6
"""Relative difference up to which two log-likelihoods, or two numbers of observations, are the same."""
REMEDY = "Compare the data that were fitted, with the options of the fit"


def faults_of_comparison(fit: Fit | FitsByGroup, comparison: pd.DataFrame) -> list[Fault]:
    """Return what is wrong with a comparison that is set beside a fit; nothing where it belongs to it.

    Parameters
    ----------
    fit : Fit or FitsByGroup
        The fit.
    comparison : DataFrame
        What `blocs.compare` returned, or its file; of fits by group, what `blocs.compare_by_group` returned.

    Returns
    -------
    list of Fault
        For columns that are not there or have cells that are no numbers, groups that are not those of the fit, another
        number of observations, and a row of the fit's number of types that is not there, has other parameters, or a
        lower log-likelihood than the fit.
    """
    if faults := missing_columns(CHECKED, "comparison", [str(name) for name in comparison.columns]):
        return faults
    if not len(comparison):
        return [Fault("it has no rows", argument="comparison", rule="There is one for each number of types")]
    there = [*CHECKED, *(name for name in NUMBERS if name in comparison.columns)]
    texts = [name for name in there if not _of_numbers(comparison[name])]
    texts += [name for name in CHECKED if comparison[name].isna().any()]
    if texts:
        return [Fault(f"the column {texts[0]!r} has cells that are no numbers", argument="comparison",
                      remedy="Give the table that `blocs compare --out` wrote")]  # fmt: skip
    return _of_other_data(fit, comparison) if isinstance(fit, Fit) else _of_groups(fit, comparison)


def _of_numbers(column: pd.Series) -> bool:
    """Whether all cells are numbers, but for those that are empty."""
    known = column.dropna().infer_objects()
    return not len(known) or known.dtype.kind in "iuf"


def refuse_other_comparison(fit: Fit | FitsByGroup, comparison: pd.DataFrame) -> None:
    """Raise InputError for a comparison that does not belong to a fit."""
    if faults := faults_of_comparison(fit, comparison):
        raise InputError(*faults)


def better_optimum(fit: Fit, comparison: pd.DataFrame) -> float | None:
    """Return the log-likelihood of a better fit with as many types that the comparison has, None where it has none."""
    best = float(comparison.loc[comparison["types"] == fit.types, "loglik"].max())
    return best if best > fit.loglik + TOLERANCE * abs(fit.loglik) else None


def _of_groups(fits: FitsByGroup, comparison: pd.DataFrame) -> list[Fault]:
    """Return what is wrong with the comparison of each group beside its fit."""
    tables = comparisons_by(comparison)
    if not tables:
        return [Fault(f"it is of one model for all, and the fits are by {fits.by!r}", argument="comparison",
                      remedy=f"Give what `blocs compare --by {fits.by} --out` wrote")]  # fmt: skip
    faults = []
    for label, fit in fits.fits.items():
        if str(label) in tables:
            faults += [replace(fault, where=f"{fits.by} {label}") for fault in _of_other_data(fit, tables[str(label)])]
        else:
            faults.append(Fault(f"it has no rows of {label!r}", argument="comparison",
                                rule=f"Its groups are {', '.join(map(repr, tables))}", remedy=REMEDY))  # fmt: skip
    return faults


def _of_other_data(fit: Fit, comparison: pd.DataFrame) -> list[Fault]:
    groups = comparisons_by(comparison)
    if len(groups) > 1:
        return [Fault(f"it has rows of {counted(len(groups), 'group')}, {', '.join(map(repr, groups))}",
                      argument="comparison", rule="The fit is of all observations", remedy=REMEDY)]  # fmt: skip
    numbers = comparison["n"].to_numpy(dtype=np.float64)
    other = numbers[np.abs(numbers - fit.n) > TOLERANCE * fit.n]
    if len(other):
        return [Fault(f"it is of {other[0]:,.0f} observations, and the fit of {fit.n:,.0f}", argument="comparison",
                      remedy=REMEDY)]  # fmt: skip
    types = counted(fit.types, "type")
    rows = comparison[comparison["types"] == fit.types]
    if not len(rows):
        listed = ", ".join(f"{k:g}" for k in comparison["types"])
        return [Fault(f"it has no row of {types}, as the fit has", argument="comparison",
                      rule=f"Its numbers of types are {listed}",
                      remedy="Compare the number of the fit, too")]  # fmt: skip
    parameters = float(rows["parameters"].iloc[0])
    if parameters != fit.n_parameters:
        return [Fault(f"with {types} it has {parameters:,.0f} parameters, and the fit {fit.n_parameters:,}",
                      argument="comparison", rule="It is of another model", remedy=REMEDY)]  # fmt: skip
    loglik = float(rows["loglik"].max())
    if loglik < fit.loglik - TOLERANCE * abs(fit.loglik):
        return [Fault(f"with {types} it has the log-likelihood {loglik:,.4f}, and the fit {fit.loglik:,.4f}",
                      argument="comparison", rule="It is of other data, or its starts missed the optimum of the fit",
                      remedy=f"{REMEDY} and as many starts")]  # fmt: skip
    return []
