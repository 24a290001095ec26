"""The first step, as those after it take it: the types of a fit, their errors, and observations assigned to them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError, named
from ..model.mixture import Mixture
from ..profiles import Profiles
from ..results.fit_result import Fit
from .curvature import require_maximum
from .fitted_rows import require_one_share
from .standard_errors import standard_errors
from .step_assignment import ASSIGNMENTS, Assignment, assignment_of

__all__ = ["CORRECTED", "METHODS", "FirstStep", "first_step", "refuse_items", "words_of"]

Floats = NDArray[np.float64]
METHODS = {"two_step": "two-step", "naive": "naive three-step", "bch": "BCH", "ml": "ML three-step"}
"""Methods, and what they are called."""
CORRECTED = {"corrected": True, "uncorrected": False}
"""Whether the errors of the first step are in those of the last."""
KINDS = {"robust": "robust", "observed": "observed information"}
"""Kinds of standard errors, and what they are called."""
WEAK, NOTHING = 100.0, 1e8
"""Condition numbers of the errors of assignments above which these say little, and nothing."""
LOW = 0.3
"""Entropy R2 below which assignments say little."""


class FirstStep(NamedTuple):
    """The types as the steps after them take them.

    profiles: in the items of the fit; assignment: of observations to types; matrix (P, P): covariance
    matrix of all free parameters; kind: of standard errors; words: what they are called; notes: for the reader.
    """

    fit: Fit
    mixture: Mixture
    profiles: Profiles
    assignment: Assignment
    matrix: Floats
    kind: str
    words: str
    notes: tuple[str, ...]


def first_step(
    fit: Any,
    profiles: Profiles,
    question: str,
    method: str,
    assignment: str,
    errors: str,
    kind: str | None,
    cluster: Any,
) -> FirstStep:
    """Check the choices and return the first step; question: what is asked, as a subject, for errors."""
    require_maximum(fit, f"{question} is")
    if fit.groups is None:
        require_one_share(fit, question)
    named(ASSIGNMENTS, assignment, "assignment", "way to assign", "ways to assign")
    named(CORRECTED, errors, "errors", "choice of errors", "choices")
    named(KINDS, kind or "robust", "kind", "kind of standard errors", "kinds of standard errors")
    without = _not_for_observed(profiles, method, assignment, cluster)
    if kind == "observed" and without:
        raise InputError(Fault(f"'observed' has no meaning with {without}", argument="kind",
                               rule="It needs a log-likelihood of independent observations",
                               remedy="Leave it out: standard errors are then robust"))  # fmt: skip
    plain = method == "two_step" and errors == "uncorrected" and not without
    kind = kind or ("observed" if plain else "robust")
    if fit.types == 1:
        raise UnsupportedError(f"{question} is not available for a fit with one type.")
    own = standard_errors(fit, profiles, "cluster" if cluster is not None else kind, cluster)
    if own.alike:
        raise UnsupportedError(f"{question} is not available: {own.notes[0][0].lower()}{own.notes[0][1:]}")
    rows = profiles.recoded(fit.schema)
    mixture, basis = fit.mixture.bind(rows.schema), own.kept.basis
    notes = tuple(note for note in own.notes if "cluster" in note)
    assigned = assignment_of(mixture, fit.params, rows, assignment)
    notes += _weakness(fit, assigned, method)
    return FirstStep(fit, mixture, rows, assigned, basis @ own.matrix @ basis.T, kind, own.kind, notes)


def refuse_items(fit: Any, names: Iterable[str], use: str) -> None:
    """Raise UnsupportedError for columns that are items of the fit; use: what they are to be, such as "an outcome"."""
    for name in names:
        if isinstance(fit, Fit) and name in fit.schema.names:
            raise UnsupportedError(f"{name!r} is an item of the fit, which has its probabilities by type. "
                                   f"{use[0].upper()}{use[1:]} is a column that the types were not made "
                                   "from.")  # fmt: skip


def _not_for_observed(profiles: Profiles, method: str, assignment: str, cluster: Any) -> str:
    """Return what rules out errors by the observed information, or ""."""
    if cluster is not None or profiles.design:
        return "sampling weights" if cluster is None else "clusters"
    if method == "two_step":
        return ""
    return "BCH weights" if method == "bch" else "proportional assignment" if assignment == "proportional" else ""


def words_of(first: FirstStep, method: str, assignment: str, errors: str) -> tuple[str, str]:
    """Return the method and the standard errors in words."""
    way = METHODS[method] if method == "two_step" else f"{METHODS[method]}, {assignment} assignment"
    added = "corrected for the first step" if CORRECTED[errors] else "not corrected for the first step"
    return way, f"{first.words}, {added}"


def _weakness(fit: Fit, assigned: Assignment, method: str) -> tuple[str, ...]:
    """Warn, and return what there is to say, where assignments say little; refuse where they say nothing."""
    if method == "naive":
        return ("The naive method takes the types assigned for the true ones: it finds differences between types that "
                "are too small. The other methods do not.",)  # fmt: skip
    if method == "two_step":
        return ()
    if assigned.condition > NOTHING:
        raise UnsupportedError("Assignments to types say nothing: the matrix of their errors has no inverse. Fit fewer "
                               "types, assign proportionally, or use the two-step method, which assigns "
                               "nothing.")  # fmt: skip
    separation = fit.entropy_r2
    if assigned.condition <= WEAK and (separation is None or separation >= LOW):
        return ()
    text = (
        f"The types are weakly separated (entropy R2 {separation or 0:.2f}; condition number of the errors of "
        f"assignments {assigned.condition:,.0f}): estimates by {METHODS[method]} are rough. Fit fewer types"
        f"{'' if method == 'ml' else ', or use ML'}; for covariates, the two-step method assigns nothing."
    )
    warnings.warn(text, stacklevel=4)
    return (text,)
