"""One step of EM laid open: what a student follows by hand (001 §6.3, Tables 6.1-6.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.lazy import later
from ..core.schema import MISSING, Item
from ..model.mixture import Mixture, Params
from ..profiles import Profiles
from .start_values import given

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = later("pandas")

__all__ = ["Step", "given", "step"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """One E-step and M-step.

    loglik: observed log-likelihood of the parameters the step began from; posteriors: a row per profile, its values,
    `occurrences` and the posterior of every type (Table 6.1); totals: (K,) expected number of rows of each type (eq.
    6.10); counts: expected occurrences of every outcome under every type (Table 6.2); statistics: expected sufficient
    statistics (Table 6.3); shares (eq. 6.14) and parameters (Table 6.4): the new ones; params: the same, for the next
    step.
    """

    loglik: float
    posteriors: pd.DataFrame
    totals: pd.Series[float]
    counts: pd.DataFrame
    statistics: pd.DataFrame
    shares: pd.Series[float]
    parameters: pd.DataFrame
    params: Params


def step(mixture: Mixture, params: Params, profiles: Profiles) -> Step:
    """Return everything one step of EM computes from `params` (one start) on the profiles."""
    types = list(range(1, mixture.types + 1))
    stats = mixture.estep(params, profiles)
    new = mixture.mstep(params, stats)
    posteriors = pd.DataFrame(mixture.posterior(params, profiles)[1], columns=types)
    posteriors.insert(0, "occurrences", profiles.counts)
    for j, item in reversed(list(enumerate(profiles.schema.items))):
        if not item.measured:
            posteriors.insert(0, item.name, _labels(item, profiles.codes[:, j]))
    counts: list[dict[Any, Any]] = []
    statistics: list[dict[Any, Any]] = []
    parameters: list[dict[Any, Any]] = []
    offsets = mixture.schema.offsets
    for j, item in enumerate(mixture.schema.items):
        here = stats.counts[offsets[j] + 1 : offsets[j + 1]]
        for (menu, option), row in zip(item.codes, here, strict=True):
            among = {"menu": "|".join(map(str, item.menu_labels(menu)))} if len(item.menus) > 1 else {}
            counts.append({"item": item.name, **among, "outcome": item.outcomes[option], **_by_type(row)})
    for family, rows, block in zip(mixture.families, mixture.statistic_rows, new.blocks, strict=True):
        statistics += [
            {"item": row.item, "statistic": row.parameter, **_by_type(row.value)}
            for row in family.describe_statistics(stats.counts[rows])
        ]
        parameters += [
            {"item": row.item, "parameter": row.outcome if row.parameter is None else row.parameter,
             **_by_type(row.value)}
            for row in family.describe(block[:, 0])
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


def _labels(item: Item, codes: NDArray[Any]) -> pd.Series[Any]:
    known = [None if code == MISSING else item.outcomes[item.codes[code - 1][1]] for code in codes.tolist()]
    return pd.Series(known, dtype=object)
