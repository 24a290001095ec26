"""standard_errors: the covariance matrix of the estimates of a fit, of one of four kinds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError, counted, named
from ..model.mixture import Mixture
from ..model.score_sums import ScoreSums, score_sums
from ..profiles import Profiles, Traced, profiles_of
from ..results.fit_result import Fit
from .clusters import Clusters, cluster_product, clusters_of
from .error_tables import StandardErrors
from .kept_parameters import kept_parameters
from .variances import spectrum

__all__ = ["KINDS", "standard_errors"]

Floats = NDArray[np.float64]
KINDS = {
    "observed": "observed information",
    "opg": "outer product of scores",
    "robust": "robust",
    "cluster": "robust",
}
"""Kinds of standard errors, and what they are called."""
FEW = 40
"""Clusters below which standard errors are too small, as a rule of thumb."""


def standard_errors(
    fit: Fit,
    profiles: Profiles | Traced,
    kind: str | None = None,
    cluster: Any = None,
    *,
    small_sample: str | None = None,
) -> StandardErrors:
    """Return standard errors and confidence intervals of everything that a fit estimates.

    Parameters
    ----------
    fit : Fit
        A fit by maximum likelihood.
    profiles : Profiles or coded ballots
        The data that were fitted.
    kind : str, optional
        "observed": the inverse of the observed information. "opg": that of the outer product of scores, as in poLCA.
        "robust": the sandwich of both, right also where the model is not. "cluster": the sandwich with scores added
        within clusters. By default "cluster" where clusters are given, "robust" with sampling weights, else "observed".
    cluster : str or (N,) array, optional
        A group column of the profiles (`groups=` where they are made), or the label of every row of their table, in
        its order. With "robust" too the errors are then clustered.
    small_sample : str, optional
        "stata": times G / (G - 1) for G clusters, n / (n - 1) for n observations; for robust kinds. By default
        no factor.

    Returns
    -------
    StandardErrors
        `shares()`, `table()`, `parameters()`; `matrix`, `names` and `kind`.

    Raises
    ------
    InputError
        For kinds that are not known, clusters that are not there, and fewer than two clusters.
    MismatchError
        If the profiles are not those that were fitted.
    UnsupportedError
        For fits with a prior, fits by group, and a small-sample factor or clusters for a kind without them.

    Notes
    -----
    With the scores s_u of rows, J the observed information (Louis 1982) and B = sum w_u^2 s_u s_u' over single rows, or
    the same over clusters, the covariance matrix is J^-1, B^-1 or J^-1 B J^-1 (`docs/formulas.md`, "Standard errors").
    Parameters on the boundary of their range are taken out first. Sums are made in parts of bounded memory; they agree
    to 1e-10 for any number of threads of the matrix library.

    Examples
    --------
    >>> import blocs
    >>> answers = {"a": [0, 0, 0, 1], "b": [0, 0, 1, 1], "n": [40, 10, 20, 30]}
    >>> profiles = blocs.Profiles.from_table(answers, weights="n")
    >>> errors = blocs.standard_errors(blocs.fit(profiles, types=1), profiles)
    >>> errors.kind
    'observed information'
    >>> errors.table().query("outcome == 1").round(4)[["item", "probability", "se", "low", "high"]]
      item  probability      se     low    high
    1    a          0.3  0.0458  0.2184  0.3966
    3    b          0.5  0.0500  0.4032  0.5968
    """
    _refuse(fit)
    of = profiles_of(profiles)
    kind = kind or ("cluster" if cluster is not None else "robust" if of.design else "observed")
    named(KINDS, kind, "kind", "kind of standard errors", "kinds of standard errors")
    _refuse_together(kind, cluster, small_sample)
    clusters = None if cluster is None else clusters_of(of, cluster)
    fit.check(of)
    rows = of.recoded(fit.schema)
    mixture = fit.mixture.bind(rows.schema)
    sums = score_sums(mixture, fit.params, rows)
    kept = kept_parameters(fit.evidence, fit.params, sums.complete)
    basis = kept.basis
    middle = sums.outer if kind == "observed" else _middle(sums, mixture, fit, rows, clusters)
    information = middle if kind == "opg" else sums.observed
    known = spectrum(*(basis.T @ matrix @ basis for matrix in (information, sums.complete)))
    matrix = known.inverse
    if kind in ("robust", "cluster"):
        matrix = matrix @ (basis.T @ middle @ basis) @ matrix * _factor(small_sample, of, clusters)
    words = [KINDS[kind], *([clusters.words] if clusters else []), *(["Stata's factor"] if small_sample else [])]
    notes = _few(clusters, len(kept.kept)) if clusters else ()
    return StandardErrors(fit, kept, matrix, known, ", ".join(words), notes, rows.schema)


def _middle(sums: ScoreSums, mixture: Mixture, fit: Fit, rows: Profiles, clusters: Clusters | None) -> Floats:
    """Return the (P, P) outer product of scores of single rows, or of clusters."""
    return sums.squared if clusters is None else cluster_product(mixture, fit.params, rows, clusters)


def _factor(small_sample: str | None, profiles: Profiles, clusters: Clusters | None) -> float:
    if small_sample is None:
        return 1.0
    n = profiles.n if clusters is None else clusters.number
    return n / (n - 1)


def _few(clusters: Clusters, free: int) -> tuple[str, ...]:
    """Return what is to be said where there are few clusters."""
    out = []
    if clusters.number <= free:
        numbers = f"{counted(clusters.number, 'cluster')} and {counted(free, 'parameter')}"
        out.append(f"There are {numbers}: each standard error has a meaning by itself, but not a test of as many "
                   "parameters together as there are clusters.")  # fmt: skip
    if clusters.number < FEW:
        out.append(f"With {counted(clusters.number, 'cluster')} standard errors tend to be too small; {FEW} or more "
                   "are wanted.")  # fmt: skip
    return tuple(out)


def _refuse(fit: Any) -> None:
    if not isinstance(fit, Fit):
        raise UnsupportedError(
            f"Standard errors are those of one Fit, not of {type(fit).__name__}. Of fits by group, give one of `fits`, "
            "and the profiles of that group."
        )
    if fit.mixture.membership.pseudo or any(family.pseudo for family in fit.mixture.families):
        raise UnsupportedError(
            "Standard errors are not available for a fit with a prior, which is no maximum of the likelihood. Fit with "
            "prior=0; probabilities of 0 and 1 are taken out."
        )


def _refuse_together(kind: str, cluster: Any, small_sample: str | None) -> None:
    faults = []
    if kind == "cluster" and cluster is None:
        faults.append(Fault("there are no clusters", argument="cluster", rule="This kind adds the scores in clusters",
                            remedy="Name a group column of the profiles, or give the label of every row"))  # fmt: skip
    if kind in ("observed", "opg") and cluster is not None:
        faults.append(Fault(f"clusters have no meaning for {kind!r}", argument="cluster",
                            remedy="Give kind='cluster', or leave it out"))  # fmt: skip
    if small_sample not in (None, "stata"):
        faults.append(Fault(f"it is {small_sample!r}", argument="small_sample", rule="It is 'stata' or None"))
    elif small_sample and kind in ("observed", "opg"):
        faults.append(Fault(f"it has no meaning for {kind!r}", argument="small_sample",
                            rule="Its factors are for robust standard errors"))  # fmt: skip
    if faults:
        raise InputError(*faults)
