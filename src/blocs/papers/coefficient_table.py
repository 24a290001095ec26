"""The table of who is of which type: coefficients of covariates with errors, odds ratios and intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..core.errors import Fault, InputError
from ..core.schema import Label
from ..presentation import Column, Table, printed

if TYPE_CHECKING:
    from ..core.schema import Label
    from ..inference.bootstrap_tables import Bootstrap
    from ..inference.error_tables import StandardErrors
    from ..inference.step_regression import StepRegression

__all__ = ["coefficients"]

LARGEST = 15
"""Log-odds from which on there is nothing to estimate: a covariate separates the types."""


def coefficients(errors: StandardErrors | Bootstrap | StepRegression, reference: str = "Type 1") -> Table:
    """Return the coefficients of covariates: who is of which type.

    Parameters
    ----------
    errors : StandardErrors, Bootstrap or StepRegression
        What `blocs.standard_errors` or `blocs.bootstrap` returned for a fit with covariates, or what `blocs.regress`
        returned.
    reference : str
        What type 1, against which the others are set, is called: "Type 1, straight voters".

    Returns
    -------
    Table
        A row for each type from 2 and column of the formula: log-odds against type 1, standard error, p, odds ratio and
        its 95 per cent interval; — where it is not estimable.

    Raises
    ------
    InputError
        If the fit has one type.
    UnsupportedError
        If the fit has no covariates.
    """
    table, fit, (first, n, method, how) = errors.coefficients(), errors.fit, _source(errors)
    if not len(table):
        raise InputError(Fault("the fit has one type", argument="errors", rule="Coefficients set a type against type 1",
                               remedy="Fit more types"))  # fmt: skip
    rows, missing = [], False
    for row in table.to_dict("records"):
        block = f"Type {row['type']} ({printed(fit.shares[row['type']], 'share')} %)"
        value = row["coefficient"]
        good = not row["flag"] and math.isfinite(value) and abs(value) <= LARGEST
        missing = missing or not good
        numbers = (value, row["se"], row["p"], row["odds_ratio"], math.exp(row["low"]), math.exp(row["high"]))
        rows.append((block, row["term"], *(numbers if good else [None] * len(numbers))))
    odds = (("OR", "OR"), ("low", "OR low"), ("high", "OR high"))
    columns = (
        Column("Type"), Column("Term"), Column("Logit", "number", 3), Column("SE", "number", 3), Column("p", "p"),
        *(Column(name, "number", 2, "Odds ratio", flat) for name, flat in odds),
    )  # fmt: skip
    terms = "; ".join(f"{name}: reference level {level}" for name, level in first)
    notes = (
        f"Multinomial logit of type membership, {method}: {how}. N = {n:,.0f}. Standard errors: {errors.kind}; low, "
        "high: 95 % CI.",
        *([f"Categories: {terms}."] if terms else []),
        *(["—: not estimable; the covariate separates the types, or the data do not say."] if missing else []),
        *errors.notes,
    )
    caption = f"Who is of which type: multinomial logit of type membership ({method}; reference: {reference})."
    return Table(columns, tuple(rows), caption, notes, 2, name="coefficients")


def _source(errors: StandardErrors | Bootstrap | StepRegression) -> tuple[list[tuple[str, Label]], float, str, str]:
    """Return the first level of each covariate that has levels, the observations, the method, and what it means."""
    from ..inference.step_regression import StepRegression

    design = errors.design if isinstance(errors, StepRegression) else errors.fit.design
    assert design is not None  # without one there are no coefficients
    first = list(design.references.items())
    if isinstance(errors, StepRegression):
        return first, errors.n, errors.method, "the coefficients are estimated after the types, which stay"
    return first, errors.fit.n, "one-step", "types and coefficients are estimated together"
