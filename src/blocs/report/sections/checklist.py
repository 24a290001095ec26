"""The checklist: what reviewers of a latent class analysis ask, and what this page answers."""

from __future__ import annotations

from collections.abc import Iterator

from ... import __version__
from ...core.errors import counted
from ...papers.criteria_tables import marked_fits
from ...presentation import Column, Table, printed
from ...results.fits_by_group import FitsByGroup
from ..figures import kind_of
from ..markup import Part, plain_table
from ..material import Lacking, Material, counts_of

__all__ = ["checklist"]

AUTHORS = "Not on this page: for the authors to write."
SOURCE = (
    "Steps of the SMART-LCA checklist (Van Lissa, Garnier-Villarreal and Anadria 2023, Structural Equation Modeling), "
    "in short. The account has the form that RECORD asks for (Benchimol and others 2015, PLOS Medicine)."
)


def checklist(of: Material) -> Iterator[Part]:
    """Give one row for each step of the checklist: what it asks, and what this analysis did, or who has to say it."""
    rows = tuple((str(number), asked, answer) for number, (asked, answer) in enumerate(_steps(of).items(), start=1))
    columns = (Column("Step"), Column("What is asked"), Column("Here"))
    yield plain_table(Table(columns, rows, "What reviewers ask, and what is answered here.", (SOURCE,), labels=1))


def _steps(of: Material) -> dict[str, str]:
    """Return what is asked -> what is answered, in the order of the checklist."""
    fit = of.first
    coefficients = "" if fit.design is None else ", and of coefficients"
    return {
        "The question, the design, the sample size; exploratory or confirmatory": AUTHORS,
        "Distributions of the items before any model": _distributions(of),
        "How the data were prepared": _prepared(of),
        "Missing answers": _missing(of),
        "The model": f"A mixture of {counted(of.fit.types, 'type')} with {of.fit.n_parameters:,} parameters; the "
                     "methods say what depends on what.",
        "Numbers of types that were tried": "Only this one is on this page."
        if isinstance(of.comparison, Lacking) else
        f"{', '.join(f'{k:g}' for k in of.comparison['types'].unique())}; why no others is for the authors to write.",
        "The criteria for their choice": AUTHORS if isinstance(of.comparison, Lacking) else
        "The table of criteria; which of them decided is for the authors to write.",
        "Why models were left out: convergence, identification": _left_out(of),
        "How to repeat it": f"blocs {__version__}; the hash of the data and all settings are below"
                            f"{', with the commands' if of.repeat else ''}.",
        "Estimation and convergence": _estimation(of),
        "Shares, estimates and their errors": _results(of),
        "Tests": f"Of the fit of the whole table, where there is one{coefficients}. Tests and intervals of 95 % are "
                 "each by itself; none is corrected for being one of many.",
        "Figures of the data and of the estimates": "Figures of what the voters of each type did, as cast."
        if of.ballots and not isinstance(of.cast, Lacking) else "Figures of the estimates; of the data, none.",
        "Later analyses that use the types": "The covariates are in the model." if fit.design is not None else
        "None on this page. They have to allow for errors of assignment: blocs regress, blocs.distal.",
    }  # fmt: skip


def _distributions(of: Material) -> str:
    if of.ballots:
        return "Not on this page: blocs tables FILE counts the votes of each party by office."
    counted_here = counts_of(of) is not None and any(item.kind is None for item in of.first.schema.items)
    return "The answers are counted below the account." if counted_here else "Not on this page."


def _prepared(of: Material) -> str:
    account = "is in the account" if of.first.account.get("steps") else "is not known to this page"
    rules = "; options of reading and coding that differ from the defaults are in the settings"
    return f"What was read and set aside {account}{rules if 'data' in of.first.settings else ''}."


def _missing(of: Material) -> str:
    """Return the smallest and the largest share of observations without an answer, over the items."""
    counts = counts_of(of)
    if counts is None:
        return "The fit has no counts of them."
    without = {of.labels[name]: max(1 - float(of_item.sum()) / of.fit.n, 0.0)
               for name, of_item in zip(of.first.schema.names, counts, strict=True)}  # fmt: skip
    most = max(without, key=lambda name: without[name])
    if without[most] < ROUNDING:
        return "There are none."
    what = "without a vote that is coded, or without the office on the ballot" if of.ballots else "without an answer"
    low, high = (printed(share, "share") for share in (min(without.values()), without[most]))
    return (f"{low} to {high} % of the {of.unit}s by item are {what} (most for {most}); the likelihood is that of what "
            "was observed, which is right where answers are missing at random.")  # fmt: skip


ROUNDING = 1e-9
"""Share below which nothing is missing but for rounding."""


def _left_out(of: Material) -> str:
    """Return what the fits of this page are known to be, and which fits of the comparison are marked in its table."""
    return " ".join([*_own(of), *_compared(of)])


def _own(of: Material) -> Iterator[str]:
    if not of.explanation.stable:
        yield f"These types are not stable enough to report: {'; '.join(of.explanation.reasons)}."
        return
    fits = of.fit.fits.values() if isinstance(of.fit, FitsByGroup) else [of.fit]
    known = ("the data determine its parameters, by the rank of their information"
             if all(fit.identified for fit in fits) else
             "whether the data determine its parameters was not computed")  # fmt: skip
    starts = ", two starts or more reached its best value by their own iterations" if of.fit.types > 1 else ""
    each = "Each fit of this page" if len(fits) > 1 else "The fit of this page"
    yield f"{each} converged{starts}, and {known}."


def _compared(of: Material) -> Iterator[str]:
    if isinstance(of.comparison, Lacking):
        return
    marked = marked_fits(of.comparison)
    parts = "; ".join(f"that of {name} {' and '.join(words)}" for name, words in marked.items())
    yield f"Of the fits of the comparison, {parts}." if marked else (
        "No fit of the comparison is marked as not converged, not replicated, or not identified.")  # fmt: skip


def _estimation(of: Material) -> str:
    prior = of.first.settings.get("prior")
    how = f"Posterior mode with {prior:g} pseudo-observations" if prior else "Maximum likelihood"
    return f"{how} by the EM algorithm; the methods say how many starts reached the best value."


def _results(of: Material) -> str:
    smallest = "" if isinstance(of.fit, FitsByGroup) else (
        f" The smallest type has {printed(float(of.first.params.shares[0].min()), 'share')} %."
    )  # fmt: skip
    if isinstance(of.errors, Lacking):
        why = f"{of.errors.why[:1].lower()}{of.errors.why[1:]}"
        return f"Shares and estimates, without standard errors: {why}{smallest}"
    return f"Shares and estimates; standard errors: {kind_of(of.errors)}.{smallest}"
