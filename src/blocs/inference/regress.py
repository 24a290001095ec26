"""regress: how the shares of types depend on covariates, in two or three steps after the types were found."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.errors import Fault, InputError, named
from ..membership import Design, columns_of, in_products
from ..profiles import Profiles, Traced
from ..results.fit_result import Fit
from .first_step import METHODS, first_step, refuse_items, words_of
from .fitted_rows import observations
from .step_models import Regression
from .step_regression import StepRegression
from .step_rows import cluster_in, step_rows
from .steps import estimate

__all__ = ["regress"]


def regress(
    fit: Fit,
    profiles: Profiles | Traced,
    covariates: str,
    method: str = "two_step",
    *,
    assignment: str | None = None,
    errors: str = "corrected",
    cluster: Any = None,
    data: Any = None,
    kind: str | None = None,
) -> StepRegression:
    """Estimate how the shares of the types of a fit depend on covariates, the types being as they are.

    Parameters
    ----------
    fit : Fit
        A fit by maximum likelihood without covariates; three steps after shares by group assign modally.
    profiles : Profiles or coded ballots
        The data that were fitted.
    covariates : str
        A formula, such as "~ age + C(party)", as in `blocs.fit(covariates=)`. Its columns are covariates or groups of
        the profiles, or columns of `data`.
    method : str
        "two_step" (Bakk and Kuha 2018): the likelihood of answers given covariates, the types as they were fitted.
        Three steps, with observations assigned to types in between: "ml" (Vermunt 2010) and "bch" (Bolck, Croon and
        Hagenaars 2004) take into account how often assignments err, "naive" does not.
    assignment : str, optional
        With three steps alone: "modal", to the most probable type, the default, or "proportional", to every type by its
        posterior.
    errors : str
        "corrected": with what the errors of the types add to those of the coefficients, or "uncorrected".
    cluster : str or (N,) array, optional
        A group column of the profiles, a column of `data`, or the label of every row: errors are then clustered.
    data : table, optional
        Covariates of the rows of the table that the profiles were made from, in its order, where these have no weights.
    kind : str, optional
        "robust": the sandwich, in both steps. "observed": the inverse of the observed information, for "two_step", and
        for "ml" and "naive" with modal assignment, without clusters and sampling weights. By default "robust", but for
        uncorrected errors of "two_step" "observed" where it can be had: they are there to compare with other packages.

    Returns
    -------
    StepRegression
        `coefficients()`, `wald(term)`, `margins()`, `matrix`, `notes`.

    Raises
    ------
    InputError
        For choices that are not known or have no meaning with the method, and columns that are not there.
    MismatchError
        If the profiles are not those that were fitted.
    UnsupportedError
        For fits with covariates, with a prior, by group, with one type or with types that the data do not tell apart;
        with shares by group but for "two_step"; for items of the fit as covariates.

    Warns
    -----
    UserWarning
        If assignments err so often that "bch" and "ml" are rough.

    Notes
    -----
    With the score S of the last step, H = -dS/db, B the outer product of its terms for single observations or clusters,
    A = dS/dtheta by the parameters of the types, which have the covariance matrix V, the errors are those of
    H^-1 (B + A V A') H^-1 (`docs/formulas.md`, "Steps after the types").

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 1] * 40, "b": [0, 1] * 38 + [1, 0] * 2, "c": [0, 1] * 40, "x": [0, 1, 1, 0, 0, 1, 0, 1] * 10}
    >>> profiles = blocs.Profiles.from_table(table, items=["a", "b", "c"], covariates="x")
    >>> found = blocs.regress(blocs.fit(profiles, types=2, seed=1), profiles, "~ x")
    >>> found.coefficients().round(3)[["type", "term", "coefficient", "se"]]
       type       term  coefficient     se
    0     2  intercept       -1.099  0.365
    1     2          x        2.197  0.516
    """
    named(METHODS, method, "method", "method", "methods")
    if method == "two_step" and assignment is not None:
        raise InputError(Fault(f"{assignment!r} has no meaning with the method 'two_step'", argument="assignment",
                               rule="Two steps assign nothing",
                               remedy="Leave it out, or use 'bch', 'ml' or 'naive'"))  # fmt: skip
    assignment = assignment or "modal"
    of = observations(fit, profiles)
    cluster = cluster_in(data, cluster)
    refuse_items(fit, columns_of(covariates), "a covariate")
    first = first_step(fit, of, "Regression on covariates", method, assignment, errors, kind, cluster)
    rows = step_rows(of, dict.fromkeys(columns_of(covariates), "covariates"), data, cluster)
    design = Design.of_rows(covariates, rows.columns, rows.counts, rows.weights)
    model = Regression(design.matrix(rows.columns), rows.columns.row, fit.types)
    start = np.zeros((fit.types - 1, len(design.columns)))
    start[:, 0] = np.log(fit.params.shares[0][1:] / fit.params.shares[0][0])
    found = estimate(first, rows, model, start.ravel(), method, errors)
    words = words_of(first, method, assignment, errors)
    n = float(rows.counts.sum())
    notes = (*found.notes, *in_products(design))
    return StepRegression(fit, *words, n, notes, found, design, rows.columns, rows.weights)
