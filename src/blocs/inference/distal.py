"""distal: an outcome by type, as turnout or income, with the errors of the types in those of its means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ..core.errors import Fault, InputError, UnsupportedError, named
from ..membership import Design, columns_of
from ..profiles import Profiles, Traced
from ..results.fit_result import Fit
from .distal_estimates import ESTIMATES, SHARES, VARIANCES, Outcome, Settings, outcome_of
from .distal_outcome import DistalOutcome
from .first_step import first_step, refuse_items, words_of
from .fitted_rows import observations
from .step_rows import cluster_in, step_rows

__all__ = ["column_of", "distal"]

CODED = re.compile(r"C\((.+)\)")
"""A column of numbers that are categories."""


def distal(
    fit: Fit,
    profiles: Profiles | Traced,
    outcome: str,
    method: str | None = None,
    *,
    assignment: str = "modal",
    errors: str = "corrected",
    controls: str | None = None,
    cluster: Any = None,
    data: Any = None,
    shares: str | None = None,
    variances: str | float | None = None,
) -> DistalOutcome:
    """Estimate an outcome by type: a mean, a proportion, or the probabilities of categories.

    Parameters
    ----------
    fit : Fit
        A fit by maximum likelihood without covariates, to items of which the outcome is none.
    profiles : Profiles or coded ballots
        The data that were fitted.
    outcome : str
        A column that the profiles were made with (`outcomes=`, `groups=` or `covariates=`), or one of `data`. Numbers
        have means, text and "C(column)" categories. Truth values and numbers that are all 0 or 1 are a proportion.
    method : str, optional
        Three steps, with observations assigned to types in between: "bch" (Bolck, Croon and Hagenaars 2004) and "ml"
        (Vermunt 2010) take into account how often assignments err, "naive" does not. By default "bch" for means, which
        assumes nothing of their distribution, and "ml" for proportions and categories.
    assignment : str
        "modal", to the most probable type, or "proportional", to every type by its posterior.
    errors : str
        "corrected": with what the errors of the types add to those of the outcome, or "uncorrected".
    controls : str, optional
        A formula such as "~ age": the outcome is regressed on these columns within each type, categories by "ml" on the
        scale of log-odds, and `table()` is at their means. With "ml" the shares of the types depend on them too.
    cluster : str or (N,) array, optional
        A group column of the profiles, a column of `data`, or the label of every row: errors are then clustered.
    data : table, optional
        Outcomes of the rows of the table that the profiles were made from, in its order, where these have no weights.
    shares : str, optional
        With "ml" alone: whether the shares of the types are "free", as in Latent GOLD and Mplus and by default, or
        "fixed" at those of the fit, as in StepMix.
    variances : str or float, optional
        With "ml" and a mean alone: "equal" in all types, the default, "by_type", or a known variance.

    Returns
    -------
    DistalOutcome
        `table()`, `tests()`, `coefficients()` of the controls, `free`, `matrix`, `notes`.

    Raises
    ------
    InputError
        For choices that are not known or have no meaning with the method, and columns that are not there or the same
        for all.
    MismatchError
        If the profiles are not those that were fitted.
    UnsupportedError
        As `blocs.regress`; for items as outcomes, and types without observations that have the outcome.

    Warns
    -----
    UserWarning
        If assignments err so often that "bch" and "ml" are rough.

    Notes
    -----
    With the parts W_us of an observation that are assigned to type s and the errors D of assignments, BCH means are
    sum w_u (W D^-1)_ut y_u / sum w_u (W D^-1)_ut. ML maximises sum w_u W_us log sum_t pi_t D_ts g_t(y_u). Standard
    errors are as those of `blocs.regress` (`docs/formulas.md`, "Steps after the types").

    Examples
    --------
    >>> import blocs
    >>> table = {"a": [0, 1] * 40, "b": [0, 1] * 38 + [1, 0] * 2, "c": [0, 1] * 40, "y": [1, 4, 2, 5] * 20}
    >>> profiles = blocs.Profiles.from_table(table, items=["a", "b", "c"], outcomes="y")
    >>> found = blocs.distal(blocs.fit(profiles, types=2, seed=1), profiles, "y")
    >>> found.table().round(3)[["type", "estimate", "se"]]
       type  estimate     se
    0     1       1.5  0.079
    1     2       4.5  0.079
    """
    if method is not None:
        named(ESTIMATES, method, "method", "method", "methods")
    named(SHARES, shares or "free", "shares", "choice of shares", "choices")
    if shares == "fixed" and isinstance(fit, Fit) and fit.groups is not None:
        raise UnsupportedError("Fixed shares are not available after shares by group: there are several. Leave out "
                               "`shares=`.")  # fmt: skip
    of = observations(fit, profiles)
    cluster = cluster_in(data, cluster)
    name, coded = column_of(outcome)
    refuse_items(fit, [name], "an outcome")
    with _of_controls():
        others = columns_of(controls)
    rows = step_rows(of, {**dict.fromkeys(others, "controls"), name: "outcome"}, data, cluster)
    own = outcome_of(rows, name, coded)
    method = method or ("bch" if own.labels is None else "ml")
    _refuse(method, own, controls, shares, variances)
    first = first_step(fit, of, "An outcome by type", method, assignment, errors, None, cluster)
    with _of_controls():
        design = None if controls is None else Design.of_rows(controls, rows.columns, rows.counts, rows.weights)
    how = Settings(method, errors, design, shares or "free", "equal" if variances is None else variances)
    found, values, slopes, free, effects = ESTIMATES[method](first, rows, own, how)
    labels = None if own.labels is None or len(own.shown) == 1 else [own.labels[i] for i in own.shown]
    words = words_of(first, method, assignment, errors)
    n = float(rows.counts.sum())
    return DistalOutcome(
        fit, name, *words, free, n, found.notes, found, values, slopes, own.labels is not None,
        None if labels is None else tuple(labels), design, effects,
    )  # fmt: skip


@contextmanager
def _of_controls() -> Iterator[None]:
    """Blame faults of the formula on the argument that gave it."""
    try:
        yield
    except InputError as error:
        raise InputError(*(replace(fault, argument="controls") for fault in error.faults)) from None


def column_of(outcome: Any) -> tuple[str, bool]:
    """Return the column of an outcome, and whether its numbers are categories."""
    if not isinstance(outcome, str):
        raise InputError(Fault(f"it is a {type(outcome).__name__}", argument="outcome",
                               rule="It is the name of a column", remedy="Give its table as `data=`"))  # fmt: skip
    match = CODED.fullmatch(outcome.strip())
    return (match[1].strip().strip("`"), True) if match else (outcome, False)


def _refuse(method: str, own: Outcome, controls: str | None, shares: str | None, variances: Any) -> None:
    if controls is not None and shares == "fixed" and method == "ml":
        raise InputError(Fault("'fixed' has no meaning with controls", argument="shares", remedy="Leave it out",
                               rule="The shares of the types depend on these in 'ml'"))  # fmt: skip
    if isinstance(variances, str):
        named(VARIANCES, variances, "variances", "choice of variances", "choices", "Or give a known variance")
    elif variances is not None and not (isinstance(variances, int | float) and 0 < variances < float("inf")):
        raise InputError(Fault(f"it is {variances!r}", argument="variances", rule="A known variance is above 0"))
    for argument, value in (("shares", shares), ("variances", variances)):
        if value is not None and method != "ml":
            raise InputError(Fault(f"{value!r} has no meaning with the method {method!r}", argument=argument,
                                   rule="It is an assumption of 'ml'",
                                   remedy="Leave it out, or use 'ml'"))  # fmt: skip
    if variances is not None and own.labels is not None:
        raise InputError(Fault(f"{variances!r} has no meaning for {own.name!r}, which has no means",
                               argument="variances", rule="Proportions and categories have no variances of their own",
                               remedy="Leave it out"))  # fmt: skip
