"""Sentences of the model: sizes of types and how they vote, where the fit is stable; number of types; clarity."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import counted
from ..results.fit_result import Fit
from ..results.fits_by_group import FitsByGroup
from ..results.summary import ErrorTables
from .comparison_check import better_optimum
from .words import Share, in_words, per_cent, span

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CLEAR", "clarity", "number_of_types", "types_of", "unstable"]

FEWEST = 30
"""Expected voters of a type with a choice between both parties, below which an office is not counted."""
SMALLEST = 0.01
"""Smallest share of a type that is mentioned."""
CLEAR = 0.9
"""Posterior probability above which the type of an observation is clear."""


def unstable(fit: Fit) -> list[str]:
    """Return why the types of a fit are not to be reported; nothing where they may be."""
    reasons = {
        f"the fit did not converge, its status is {fit.status}": fit.status != "converged",
        f"starts that reached the best solution by their own iterations: {fit.hits} of {len(fit.ends)}, two are needed":
            fit.types > 1 and fit.hits < 2,
        "the data cannot tell the types apart": fit.identified is False,
        "a type is empty": "empty_type" in fit.flags,
    }  # fmt: skip
    return [reason for reason, holds in reasons.items() if holds]


class _Rate(NamedTuple):
    """How often the voters of a type split in an office in which both parties stood."""

    office: str
    share: float


def types_of(fit: Fit, errors: ErrorTables | None, whole: str, noun: str, labels: Mapping[str, str]) -> str:
    """Return how many types there are, how large the largest is, and how two types split.

    whole: whom the shares are of, such as "the voters used"; noun: what the model sums up, such as "ballots"; labels:
    office -> its name in the text.
    """
    order = np.argsort(-fit.params.shares[0], kind="stable")  # constraints may number the types otherwise
    of_types, splits = _shares(fit, errors), _rates(fit, labels)
    shares, rates = [of_types[k] for k in order], [splits[k] for k in order]
    text = f"A statistical model sums the {noun} up in {counted(fit.types, 'type')}."
    if shares[0].value < SMALLEST or fit.types == 1:
        return text
    largest, contrast = f"The largest, {in_words(shares[0])} of {whole}", _contrast(shares, rates)
    if rates[0]:
        often = span([rate.share for rate in rates[0]])
        office = f"for {rates[0][0].office}" if len(rates[0]) == 1 else "by office"
        largest += f", splits in {often} of its votes where both parties had a candidate, {office}"
    else:
        largest = f"The largest has {in_words(shares[0])} of {whole}"
    return f"{text} {largest}{contrast}."


def _contrast(shares: list[Share], rates: list[list[_Rate]]) -> str:
    """Return the type beside the largest whose splitting differs most from office to office, "" if none does."""
    each = [
        (max(of, key=lambda rate: rate.share), min(of, key=lambda rate: rate.share), k)
        for k, of in enumerate(rates) if k > 0 and len(of) > 1 and shares[k].value >= SMALLEST
    ]  # fmt: skip
    if not each:
        return ""
    most, least, k = max(each, key=lambda one: one[0].share - one[1].share)
    if per_cent(most.share) == per_cent(least.share):
        return ""
    return (f"; {in_words(shares[k])} are in a type that splits in {per_cent(most.share)} per cent of votes for "
            f"{most.office} but {per_cent(least.share)} per cent for {least.office}")  # fmt: skip


def _shares(fit: Fit, errors: ErrorTables | None) -> list[Share]:
    if errors is None:
        return [Share(value) for value in fit.params.shares[0].tolist()]
    rows = errors.shares()
    return [Share(*row) for row in rows[["share", "low", "high"]].to_numpy(dtype=float).tolist()]


def _rates(fit: Fit, labels: Mapping[str, str]) -> list[list[_Rate]]:
    """Return for each type how often it split in each office in which both parties stood, of 30 voters or more.

    As cast: sum of E(k, j, m, split) over the menus m with both parties, divided by the sum over their outcomes.
    """
    out: list[list[_Rate]] = [[] for _ in range(fit.types)]
    for item, counts in zip(fit.schema.items, fit.counts or (), strict=fit.counts is not None):
        both = [m for m in range(len(item.menus)) if {"straight", "split"} <= set(item.menu_labels(m))]
        rows = np.array([(menu in both, item.outcomes[option] == "split") for menu, option in item.codes], dtype=bool)
        if not both:
            continue
        voters, split = counts[rows[:, 0]].sum(axis=0), counts[rows.all(axis=1)].sum(axis=0)
        for k in np.flatnonzero(voters >= FEWEST):
            out[k].append(_Rate(labels.get(item.name, item.name), float(split[k] / voters[k])))
    return out


def number_of_types(fit: Fit | FitsByGroup, table: pd.DataFrame | None) -> str:
    """Return that the number of types is chosen, and where BIC is lowest among those that were compared.

    table: what `blocs.compare` returned for the data of the fit; a better optimum that it has is stated.
    """
    text = "The number of types is a choice of the analyst"
    if table is None or isinstance(fit, FitsByGroup):
        return f"{text}."
    better = better_optimum(fit, table)
    more = "" if better is None else (
        f" The comparison has a better solution with {counted(fit.types, 'type')}: its log-likelihood is "
        f"{better:,.4f}, and here {fit.loglik:,.4f}."
    )  # fmt: skip
    if len(table) < 2:
        return f"{text}.{more}"
    rows = table.sort_values("types")
    numbers, bic = rows["types"].tolist(), rows["bic"].tolist()
    best = numbers[bic.index(min(bic))]
    if best != numbers[-1]:
        found = f"BIC was lowest at {best}, of {numbers[0]} to {numbers[-1]} that were tried"
    elif all(after < before for before, after in pairwise(bic)):
        found = f"BIC kept falling up to {best}, the largest tried"
    else:
        found = f"BIC was lowest at {best}, the largest tried"
    here = f", and here there are {fit.types}" if fit.types != best else ""
    return f"{text}; {found}{here}.{more}"


def clarity(posterior: NDArray[np.float64], weights: NDArray[np.float64], noun: str) -> str:
    """Return for how many observations one type is clear. posterior: (C, K); weights: (C,) numbers of observations."""
    clear = float(weights[posterior.max(axis=1) > CLEAR].sum() / weights.sum())
    return f"For {per_cent(clear)} per cent of {noun} one type has a probability above {100 * CLEAR:.0f} per cent."
