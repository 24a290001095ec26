"""standard_errors: the covariance matrix of the estimates of a fit, of one of four kinds."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError, counted, named
from ..engines import Engine
from ..membership import in_products
from ..profiles import Covariates, Profiles, Traced
from ..results.fit_result import Fit
from .classification import classified
from .clusters import Clusters, cluster_product, clusters_of
from .curvature import Curvature, curvature_of
from .directions import directions, note_on
from .error_tables import StandardErrors
from .fitted_rows import observations
from .free_cells import MenuPatterns, menu_patterns
from .kept_parameters import Kept, MeanShares
from .margins import distinct_rows

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
    engine: Engine | None = None,
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
        A group column of the profiles (`groups=` where they are made), a covariate of levels or whole numbers, or the
        label of every row of their table, in its order. With "robust" too the errors are then clustered.
    small_sample : str, optional
        "stata": times G / (G - 1) for G clusters, n / (n - 1) for n observations; for robust kinds. By default
        no factor.
    engine : Engine, optional
        Where the sums over the rows are computed, as for `fit`; by default here.

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
        For fits with a prior, fits by group, and a small-sample factor or clusters for a kind without them; on an
        engine also with clusters and shares by group.

    Notes
    -----
    With the scores s_u of rows, J the observed information (Louis 1982) and B = sum w_u^2 s_u s_u' over single rows, or
    the same over clusters, the covariance matrix is J^-1, B^-1 or J^-1 B J^-1 (`docs/formulas.md`, "Standard errors").
    Parameters on the boundary of their range are taken out first. Sums are made in parts of bounded memory, in the
    order of the profiles; the errors agree to 1e-9 for any number of threads of the matrix library.

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
    of = observations(fit, profiles)
    kind = kind or ("cluster" if cluster is not None else "robust" if of.design else "observed")
    named(KINDS, kind, "kind", "kind of standard errors", "kinds of standard errors")
    _refuse(kind, cluster, small_sample)
    if cluster is not None and engine is not None:
        raise UnsupportedError("Clustered standard errors are not available on an engine. Leave out engine=.")
    clusters = None if cluster is None else clusters_of(of, cluster)
    at = curvature_of(fit, of, "Standard errors are", engine)
    middle = _middle(at, fit, clusters)
    known = at.spectrum(middle if kind == "opg" else at.sums.observed)
    matrix = known.inverse
    if kind in ("robust", "cluster"):
        matrix = matrix @ at.of_kept(middle) @ matrix * _factor(small_sample, of, clusters)
    words = [KINDS[kind], *([clusters.words] if clusters else []), *(["Stata's factor"] if small_sample else [])]
    alike = tuple(sorted({k for pair in at.alike(fit.params) for k in pair}))
    least = () if alike else note_on(directions(known, at.kept, at.of_kept(at.sums.complete)))
    few = _few(clusters, len(at.kept.kept)) if clusters else ()
    notes = (*_alike(alike), *least, *_design(of), *_separated(at.kept), *few, *in_products(fit.design))
    return StandardErrors(
        fit, at.kept, matrix, known, ", ".join(words), notes, at.profiles.schema, alike, _covariates(at.profiles),
        at.added(partial(classified, at.mixture, fit.params)), _degrees(at, fit),
    )  # fmt: skip


def _covariates(profiles: Profiles) -> tuple[Covariates, Floats] | None:
    """Return the distinct rows of covariates and their weights."""
    if profiles.covariates is None:
        return None
    return distinct_rows(profiles.covariates, profiles.weights)


def _degrees(at: Curvature, fit: Fit) -> int | None:
    """Return the degrees of freedom of the fit, None where a table of counts is not all that the data are."""
    if not fit.mixture.membership.common or any(item.kind is not None for item in at.profiles.schema.items):
        return None
    patterns: MenuPatterns = at.added(menu_patterns)
    return patterns.free_cells(at.profiles.schema) - fit.n_parameters


def _middle(at: Curvature, fit: Fit, clusters: Clusters | None) -> Floats:
    """Return the (P, P) outer product of the scores of single rows, or of those of clusters."""
    if clusters is None:
        return at.sums.squared
    return cluster_product(at.mixture, fit.params, at.profiles, clusters)


def _factor(small_sample: str | None, profiles: Profiles, clusters: Clusters | None) -> float:
    if small_sample is None:
        return 1.0
    n = profiles.n if clusters is None else clusters.number
    return n / (n - 1)


def _alike(types: tuple[int, ...]) -> tuple[str, ...]:
    if not types:
        return ()
    listed = f"{', '.join(map(str, types[:-1]))} and {types[-1]}"
    return (f"The data do not tell types {listed} apart from others: they have no standard errors. Fit fewer types.",)


def _design(profiles: Profiles) -> tuple[str, ...]:
    """Return the note that sampling weights need."""
    if not profiles.design:
        return ()
    return ("Sampling weights sum to the number of observations: the log-likelihood, AIC and BIC are those of a "
            "pseudo-likelihood.",)  # fmt: skip


def _separated(kept: Kept) -> tuple[str, ...]:
    """Return what is to be said where coefficients of covariates are infinite."""
    if not isinstance(kept.shares, MeanShares) or not kept.shares.away.size:
        return ()
    return ("Covariates separate types: for some of their values a type has a share of 0 or 1. The coefficients that "
            "this makes infinite have the flag 'boundary' and no standard errors.",)  # fmt: skip


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


def _refuse(kind: str, cluster: Any, small_sample: str | None) -> None:
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
