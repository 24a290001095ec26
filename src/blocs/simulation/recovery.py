"""Recovery: how near a fit comes to the truth it was simulated from, types matched one to one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from ..core.errors import Fault, InputError, counted
from ..results.fit_result import Fit
from . import Truth

__all__ = ["Recovery", "recover"]


@dataclass(frozen=True)
class Recovery:
    """Fitted types beside the true ones, in the order of the true ones.

    shares: one row per type with true, fitted, error; probabilities: one row per type, item and outcome with the
    same columns. Errors are fitted - true.
    """

    shares: pd.DataFrame
    probabilities: pd.DataFrame

    @property
    def largest_share_error(self) -> float:
        """Largest absolute error of a share."""
        return float(self.shares["error"].abs().max())

    @property
    def largest_error(self) -> float:
        """Largest absolute error of a probability."""
        return float(self.probabilities["error"].abs().max())

    @property
    def mean_error(self) -> float:
        """Mean absolute error of the probabilities."""
        return float(self.probabilities["error"].abs().mean())


def recover(fit: Fit, truth: Truth) -> Recovery:
    """Return the fit beside the truth; types are matched so that the probabilities differ least in all.

    Raises InputError when the numbers of types differ. Outcomes that no ballot offers are left out.
    """
    if fit.types != truth.types:
        raise InputError(Fault(f"the fit has {counted(fit.types, 'type')}", argument="types",
                               rule=f"The truth has {truth.types}"))  # fmt: skip
    on = ["item", "outcome"]
    found = fit.table().rename(columns={"type": "fitted_type", "probability": "fitted"})
    true = truth.table().rename(columns={"probability": "true"})
    pairs = true.merge(found, on=on, how="inner", sort=False).dropna()
    distance = (pairs["fitted"] - pairs["true"]).abs().groupby([pairs["type"], pairs["fitted_type"]]).sum()
    matched = linear_sum_assignment(distance.unstack().to_numpy())[1] + 1
    of_type = dict(zip(range(1, truth.types + 1), matched, strict=True))
    kept = pairs[pairs["fitted_type"] == pairs["type"].map(of_type)].drop(columns="fitted_type").reset_index(drop=True)
    shares = pd.DataFrame({"type": truth.shares.index, "true": truth.shares.to_numpy(),
                           "fitted": fit.shares.to_numpy()[matched - 1]})  # fmt: skip
    return Recovery(_with_error(shares), _with_error(kept))


def _with_error(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(error=np.asarray(table["fitted"]) - np.asarray(table["true"]))
