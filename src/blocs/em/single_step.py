"""One EM step with all its intermediate results, as tables to follow by hand (001 §6.3, Tables 6.1-6.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import counted
from ..core.lazy import lazy_import
from ..core.schema import MISSING, Item
from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .start_values import given

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["Step", "given", "step"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """One E-step and M-step.

    Attributes
    ----------
    loglik : float
        Observed log-likelihood of the parameters that the step began from.
    posteriors : DataFrame
        One row for each profile: its values, with the menu where an item has several, `occurrences`, `weight` where
        there are sampling weights, and the posterior of every type (Table 6.1).
    totals : (K,) Series
        Expected number of rows of each type (eq. 6.10): the sum of posteriors times occurrences, or times weights.
    counts : DataFrame
        Expected occurrences of every outcome under every type (Table 6.2).
    statistics : DataFrame
        Expected sufficient statistics (Table 6.3). For measurements the weight, sums, and sums of products of
        deviations from the new means: divided by the weight they are the new means and covariances (002 eqs. 30, 31).
    shares : (K,) Series
        The new shares (eq. 6.14).
    parameters : DataFrame
        The new parameters (Table 6.4).
    params : Params
        The new shares and parameters together, for the next step.
    """

    loglik: float
    posteriors: pd.DataFrame
    totals: pd.Series[float]
    counts: pd.DataFrame
    statistics: pd.DataFrame
    shares: pd.Series[float]
    parameters: pd.DataFrame
    params: Params

    def __repr__(self) -> str:
        return f"<Step of {counted(len(self.shares), 'type')} from log-likelihood {self.loglik:,.4f}>"


def step(mixture: Mixture, params: Params, profiles: Profiles) -> Step:
    """Return everything that one EM step computes.

    Parameters
    ----------
    mixture : Mixture
        The model.
    params : Params
        Parameters of one start, for example from `blocs.given`.
    profiles : Profiles
        The data.

    Returns
    -------
    Step
        Posteriors, expected counts and statistics, and the new parameters, as tables.

    Notes
    -----
    E-step: zeta_uk proportional to pi_k prod_j p_kj(x_uj). M-step: pi_k = sum_u n_u zeta_uk / N, and the parameters of
    each family from its expected statistics (001 §6.3; `docs/formulas.md`). `docs/coins.md` follows the example there.

    Examples
    --------
    >>> import blocs
    >>> profiles = blocs.Profiles.from_table({"a": [0, 0, 0, 1]})
    >>> mixture = blocs.Mixture.of(profiles.schema, types=2)
    >>> start = blocs.given(mixture, [0.5, 0.5], {"a": {0: [0.9, 0.6], 1: [0.1, 0.4]}})
    >>> blocs.step(mixture, start, profiles).shares.round(4).tolist()
    [0.5, 0.5]
    """
    types = list(range(1, mixture.types + 1))
    stats = mixture.estep(params, profiles)
    new = mixture.mstep(params, stats)
    zeta = pd.DataFrame(mixture.posterior(params, profiles)[1], columns=types)
    posteriors = pd.concat([_rows(profiles), zeta], axis=1)
    counts: list[dict[Any, Any]] = []
    statistics: list[dict[Any, Any]] = []
    parameters: list[dict[Any, Any]] = []
    offsets = mixture.schema.offsets
    for j, item in enumerate(mixture.schema.items):
        of_item = stats.counts[offsets[j] + 1 : offsets[j + 1]]
        for (menu, option), row in zip(item.codes, of_item, strict=True):
            offered = {"menu": "|".join(map(str, item.menu_labels(menu)))} if len(item.menus) > 1 else {}
            counts.append({"item": item.name, **offered, "outcome": item.outcomes[option], **_by_type(row)})
    each = zip(mixture.families, params.columns()[1:], mixture.statistics(stats)[1:], new.columns()[1:], strict=True)
    for family, before, own, theta in each:
        statistics += [
            {"item": row.item, "statistic": row.parameter, **_by_type(row.value)}
            for row in family.describe_statistics(before, own)
        ]
        parameters += [
            {"item": row.item, "parameter": row.outcome if row.parameter is None else row.parameter,
             **_by_type(row.value)}
            for row in family.describe(theta)
        ]  # fmt: skip
    return Step(
        float(stats.loglik[0]),
        posteriors,
        pd.Series(stats.totals.sum(axis=0), index=types, name="expected total"),
        pd.DataFrame(counts),
        pd.DataFrame(statistics),
        pd.Series(new.shares[0], index=types, name="share"),
        pd.DataFrame(parameters),
        new,
    )


def _by_type(row: Floats) -> dict[Any, float]:
    return {k: float(value) for k, value in enumerate(np.asarray(row), start=1)}


def _rows(profiles: Profiles) -> pd.DataFrame:
    """Return the values of every profile, its menus where they differ, how often it occurs, and its weight."""
    columns: list[pd.Series[Any]] = []
    measured = {j: (first, last) for j, first, last in profiles.schema.measured}
    for j, item in enumerate(profiles.schema.items):
        if j in measured and item.kind is not None:
            values = np.asarray(profiles.values)[:, slice(*measured[j])]
            columns += [pd.Series(column, name=name) for name, column in zip(item.kind.parts, values.T, strict=True)]
            continue
        columns.append(_labels(item, profiles.codes[:, j]))
        if len(item.menus) > 1:
            columns.append(_menus(item, profiles.codes[:, j]))
    columns.append(pd.Series(profiles.counts, name="occurrences"))
    if profiles.design:
        columns.append(pd.Series(profiles.weights, name="weight"))
    return pd.concat(columns, axis=1)


def _labels(item: Item, codes: NDArray[Any]) -> pd.Series[Any]:
    labels = [None if code == MISSING else item.outcomes[item.codes[code - 1][1]] for code in codes.tolist()]
    return pd.Series(labels, dtype=object, name=item.name)


def _menus(item: Item, codes: NDArray[Any]) -> pd.Series[Any]:
    words = [None, *("|".join(map(str, item.menu_labels(menu))) for menu, _ in item.codes)]
    return pd.Series([words[code] for code in codes.tolist()], dtype=object, name=f"menu of {item.name}")
