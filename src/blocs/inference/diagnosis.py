"""diagnose: whether a fit is a maximum at which the data determine the parameters, and what is wrong where not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import counted
from ..core.lazy import lazy_import
from ..core.summary import p_value
from ..model.structural_rank import structural_rank
from ..profiles import Profiles, Traced, profiles_of
from ..results.fit_result import Fit
from .classification import classified
from .curvature import EMPTY, curvature_of
from .diagnosis_text import text_of
from .directions import Direction, directions
from .kept_parameters import Parameter
from .menu_shares import ENOUGH_ROWS, menu_shares_test, menus_differ
from .score_test import clusters_of
from .variances import NONE

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["APART", "Diagnosis", "diagnose", "menu_shares_in_short"]

Floats = NDArray[np.float64]
ROWS = 16_384
"""Rows whose posteriors are held at a time."""
FAR = 0.01
"""Standard errors between the estimates and the maximum of a quadratic likelihood, from which it is said."""
WEAK = 1e-3
"""Share of the information of known types from which on nothing is said."""
APART = 0.01
"""p-value of the test of equal shares on all menus, below which the verdict names it."""


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """What `blocs.diagnose` found; printed, it is text of 80 columns.

    Attributes
    ----------
    verdict : tuple of str
        What a reader should know, the worst first; one sentence that all is well where nothing is wrong.
    status : str
        How the best start ended.
    gradient : float
        Largest derivative of the log-likelihood by a parameter off the boundary, per observation.
    distance : float
        Standard errors to the maximum of the quadratic log-likelihood there, sqrt(g' J^-1 g).
    directions : tuple of Direction
        Those with the least information, the least first.
    parameters : int
        Number of free parameters.
    structural_rank : int or None
        How many of them the probabilities of all possible rows determine; None where that is not computed.
    kept, local_rank : int
        Parameters off the boundary, and of how many the data have information at the estimates.
    boundary : tuple of dict
        type, item, outcome (None where it is of none), parameter and flag of those that are taken out.
    empty : tuple of int
        Types of less than half an observation.
    coinciding : tuple of (int, int)
        Pairs of types that the data do not tell apart.
    classification : (K, K) tuple
        Row: a type; column: where its observations go by their most probable type, as shares.
    average_posteriors : (K, K) tuple
        Row: the observations with a type as their most probable one; column: their mean posterior of each type.
    error : float
        Share of observations that go to another type.
    reduction_of_errors : float or None
        Share of the errors of calling everything the largest type that the answers take away (Latent GOLD: lambda).
    relative_entropy, entropy_r2, gini_r2 : float or None
        As `Fit.relative_entropy` (Mplus: entropy) and `Fit.entropy_r2` (Latent GOLD: entropy R-squared), and the same
        with 1 - sum zeta^2 in place of the entropy (Latent GOLD: standard R-squared).
    menu_shares : dict or None
        Score test of equal shares of the types on all menus: statistic, df, p, clusters, largest (difference between
        the share of a type on a menu of 30 observations or more and its share of all). None for one type, where all
        rows have the same menus, and where rows have shares of their own or sampling weights.
    starts, hits, moved : int
        Starts; those that reached the best optimum by their own iterations, and those that moves of types led there.
    n : float
        Number of observations.

    Examples
    --------
    >>> import blocs
    >>> coins = {"heads": [0, 0, 1, 1], "n": [10, 9, 11, 10]}
    >>> profiles = blocs.Profiles.from_table(coins, weights="n")
    >>> print(blocs.diagnose(blocs.fit(profiles, types=1), profiles).verdict[0])
    The estimates are a maximum of the likelihood at which the data determine every parameter.
    """

    verdict: tuple[str, ...]
    status: str
    gradient: float
    distance: float
    directions: tuple[Direction, ...]
    parameters: int
    structural_rank: int | None
    kept: int
    local_rank: int
    boundary: tuple[dict[str, Any], ...]
    empty: tuple[int, ...]
    coinciding: tuple[tuple[int, int], ...]
    classification: tuple[tuple[float, ...], ...]
    average_posteriors: tuple[tuple[float | None, ...], ...]
    error: float
    reduction_of_errors: float | None
    relative_entropy: float | None
    entropy_r2: float | None
    gini_r2: float | None
    menu_shares: dict[str, Any] | None
    starts: int
    hits: int
    moved: int
    n: float

    def __str__(self) -> str:
        return text_of(self)

    __repr__ = __str__

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data for JSON."""
        return asdict(self)

    def table(self) -> pd.DataFrame:
        """Return the numbers that are not of single types or parameters.

        Returns
        -------
        DataFrame
            measure (the name of an attribute, or taken_out, the number of parameters on the boundary) and value.
        """
        names = ("status", "n", "starts", "hits", "moved", "gradient", "distance", "parameters", "structural_rank",
                 "kept", "local_rank", "error", "reduction_of_errors", "relative_entropy", "entropy_r2",
                 "gini_r2")  # fmt: skip
        values = {name: getattr(self, name) for name in names} | {"taken_out": len(self.boundary)}
        return pd.DataFrame(list(values.items()), columns=["measure", "value"])


def diagnose(fit: Fit, profiles: Profiles | Traced, cluster: Any = None) -> Diagnosis:
    """Say whether a fit is a maximum at which the data determine the parameters, and its types live on all menus alike.

    Parameters
    ----------
    fit : Fit
        A fit by maximum likelihood.
    profiles : Profiles or coded ballots
        The data that were fitted.
    cluster : str or (N,) array, optional
        Group column of the units to which menus belong, such as the district, or the label of every row, for the test
        of equal shares on all menus, as in `blocs.menu_shares_test`.

    Returns
    -------
    Diagnosis
        To be printed; `to_dict()` for programs.

    Raises
    ------
    InputError
        For a cluster that is not there.
    MismatchError
        If the profiles are not those that were fitted.
    UnsupportedError
        For fits with a prior and fits by group.

    Notes
    -----
    Directions are those in which the observed information is smallest beside that of known types
    (`docs/formulas.md`, "Standard errors" and "Identification").

    Examples
    --------
    >>> import blocs
    >>> tosses = blocs.Profiles.from_table({"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "n": [30, 20, 10, 40]}, weights="n")
    >>> diagnosis = blocs.diagnose(blocs.fit(tosses, types=2), tosses)
    >>> diagnosis.structural_rank, diagnosis.parameters
    (3, 5)
    """
    at = curvature_of(fit, profiles, "A diagnosis is")
    known = at.spectrum(at.sums.observed)
    slope = at.kept.basis.T @ at.sums.gradient
    classification = classified(at.mixture, fit.params, at.profiles)
    found = Diagnosis(
        verdict=(),
        status=fit.status,
        gradient=float(np.abs(slope).max(initial=0.0) / fit.n),
        distance=float(slope @ known.inverse @ slope) ** 0.5,
        directions=directions(known, at.kept, at.of_kept(at.sums.complete)),
        parameters=fit.n_parameters,
        structural_rank=structural_rank(at.mixture, at.profiles),
        kept=len(at.kept.kept),
        local_rank=int((known.share > NONE).sum()),
        boundary=tuple(_in_words(of) for of in at.kept.boundary),
        empty=tuple(int(k) + 1 for k in np.flatnonzero(fit.params.shares[0] * fit.n < EMPTY)),
        coinciding=at.alike(fit.params),
        classification=tuple(tuple(row) for row in classification.of_types.tolist()),
        average_posteriors=tuple(
            tuple(None if value != value else value for value in row) for row in classification.of_assigned.tolist()
        ),
        error=classification.error,
        reduction_of_errors=classification.reduction,
        relative_entropy=fit.relative_entropy,
        entropy_r2=fit.entropy_r2,
        gini_r2=classification.gini_r2,
        menu_shares=menu_shares_in_short(fit, profiles_of(profiles), cluster),
        starts=len(fit.ends),
        hits=fit.hits,
        moved=fit.moved,
        n=fit.n,
    )
    return Diagnosis(**{**vars(found), "verdict": tuple(_verdict(found)) or (WELL,)})


WELL = "The estimates are a maximum of the likelihood at which the data determine every parameter."


def _verdict(found: Diagnosis) -> list[str]:
    """Return what is wrong, the worst first."""
    out, least = [], found.directions[0].share if found.directions else 1.0
    if found.status != "converged":
        out.append(f"The fit has not converged (its status is {found.status!r}): go on with it before you use it.")
    if found.empty:
        out.append(f"{_types(found.empty)} less than half an observation: fit fewer types.")
    for group in _groups(found.coinciding):
        out.append(f"Types {_listed(group)} are alike: the data cannot tell them apart. Fit fewer types.")
    if found.structural_rank is not None and found.structural_rank < found.parameters:
        out.append(
            f"These items cannot identify the model, whatever the data: they determine {found.structural_rank} of "
            f"{counted(found.parameters, 'parameter')}. Fit fewer types, or give more items."
        )
    if found.local_rank < found.kept:
        what = found.directions[0].parts[0][0] if found.directions else ""
        out.append(
            f"At the estimates the data determine {found.local_rank} of {counted(found.kept, 'parameter')} off the "
            f"boundary. The least is known of {what}: see the directions."
        )
    if least < -NONE:
        out.append("The estimates are no maximum: the log-likelihood rises in a direction. Fit with other starts.")
    elif NONE < least < WEAK:
        out.append(f"In one direction the data have {least:.1g} of the information of known types: standard errors "
                   "there are large, and intervals rough.")  # fmt: skip
    if found.distance > FAR and found.local_rank == found.kept:
        out.append(f"The estimates are {found.distance:.2g} standard errors away from the maximum: go on with the fit.")
    menus = found.menu_shares
    if menus is not None and menus["p"] is not None and menus["p"] < APART:
        out.append(
            f"The types have other shares on some menus ({p_value(menus['p'])}, by up to "
            f"{100 * menus['largest']:.1f} percentage points): shares and probabilities may be biased. `blocs iia` (in "
            "Python `menu_shares_test`) has the shares on each menu. Give groups shares of their own (`--by-group`, "
            "in Python `groups=`)."
        )
    if found.starts > 1 and found.hits < 2:
        out.append(f"{found.hits} of {found.starts} starts reached this optimum by their own iterations: there may be "
                   "a better one. Use more starts.")  # fmt: skip
    return out


def menu_shares_in_short(fit: Fit, profiles: Profiles, cluster: Any) -> dict[str, Any] | None:
    """Return the test of equal shares on all menus as plain data, None where there is nothing to compare."""
    clusters_of(profiles, cluster)  # a column that is not there is refused in any case
    if fit.types == 1 or not fit.mixture.membership.common or profiles.design or not menus_differ(profiles):
        return None
    test = menu_shares_test(fit, profiles, cluster)
    enough = test.shares[test.shares["n"] >= ENOUGH_ROWS]
    largest = float((enough["share"] - enough["all"]).abs().max())
    statistic = None if test.p is None else test.statistic
    return {"statistic": statistic, "df": test.df, "p": test.p, "clusters": test.clusters, "largest": largest}


def _types(numbers: Sequence[int]) -> str:
    return f"Type {numbers[0]} has" if len(numbers) == 1 else f"Types {_listed(numbers)} have"


def _listed(numbers: Sequence[int]) -> str:
    return f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def _groups(pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Return the types that pairs join."""
    groups: list[set[int]] = []
    for pair in pairs:
        joined = [group for group in groups if group & {*pair}]
        groups = [group for group in groups if group not in joined] + [set(pair).union(*joined)]
    return sorted(sorted(group) for group in groups)


def _in_words(of: Parameter) -> dict[str, Any]:
    return {"type": of.type, "item": of.item or "", "outcome": of.outcome, "parameter": of.name, "flag": of.flag}
