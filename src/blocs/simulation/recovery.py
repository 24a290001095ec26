"""Recovery: the errors of a fit to simulated data, its types matched one to one with the true ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..core.assignment import assigned
from ..core.errors import Fault, InputError, counted
from ..results.fit_result import Fit
from . import Truth

__all__ = ["Recovery", "recover"]


@dataclass(frozen=True)
class Recovery:
    """Fitted types and the true ones, in the order of the true ones. Errors are fitted - true.

    Attributes
    ----------
    shares : DataFrame
        One row for each type: type, true, fitted, error.
    probabilities : DataFrame
        One row for each type, item and outcome: type, item, outcome, true, fitted, error.
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
    """Compare a fit with the truth that its data were simulated from.

    Parameters
    ----------
    fit : Fit
        A fit to simulated data.
    truth : Truth
        What they were simulated from.

    Returns
    -------
    Recovery
        Fitted and true values, with the types matched so that the sum of the absolute differences of the probabilities
        is smallest. Outcomes that no ballot offers are left out.

    Raises
    ------
    InputError
        If the fit and the truth have different numbers of types.

    Examples
    --------
    >>> import blocs
    >>> truth = Truth.draw(types=2, offices=4, seed=1)
    >>> fit = blocs.fit(blocs.Profiles.from_table(blocs.simulate(truth, 2000, seed=1)), types=2)
    >>> recover(fit, truth).largest_share_error < 0.1
    True
    """
    if fit.types != truth.types:
        raise InputError(Fault(f"the fit has {counted(fit.types, 'type')}", argument="types",
                               rule=f"The truth has {truth.types}"))  # fmt: skip
    on = ["item", "outcome"]
    fitted = fit.table().rename(columns={"type": "fitted_type", "probability": "fitted"})
    true = truth.table().rename(columns={"probability": "true"})
    pairs = true.merge(fitted, on=on, how="inner", sort=False).dropna()
    distance = (pairs["fitted"] - pairs["true"]).abs().groupby([pairs["type"], pairs["fitted_type"]]).sum()
    matched = np.array([column for _, column in assigned(distance.unstack().to_numpy())]) + 1
    of_type = dict(zip(range(1, truth.types + 1), matched, strict=True))
    kept = pairs[pairs["fitted_type"] == pairs["type"].map(of_type)].drop(columns="fitted_type").reset_index(drop=True)
    shares = pd.DataFrame({"type": truth.shares.index, "true": truth.shares.to_numpy(),
                           "fitted": fit.shares.to_numpy()[matched - 1]})  # fmt: skip
    return Recovery(_with_error(shares), _with_error(kept))


def _with_error(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(error=np.asarray(table["fitted"]) - np.asarray(table["true"]))
