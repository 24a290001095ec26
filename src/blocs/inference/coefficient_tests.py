"""Tests of coefficients: of each by itself, and of all those of a term together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import counted
from ..core.summary import p_value

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Wald", "printed", "wald", "with_tests"]

Floats = NDArray[np.float64]


class Wald(NamedTuple):
    """A test that all coefficients of a term are 0.

    Attributes
    ----------
    term : str
        The term.
    statistic : float
        Chi-squared with `df` degrees of freedom if they are.
    df : int
        Number of coefficients.
    p : float
        Probability of a statistic as large as this, if they are.
    """

    term: str
    statistic: float
    df: int
    p: float

    def __str__(self) -> str:
        return (f"Wald test of {self.term}: {self.statistic:.2f}, {counted(self.df, 'degree')} of freedom, "
                f"{p_value(self.p)}.")  # fmt: skip


def wald(term: str, values: Floats, slopes: Floats, covariance: Floats) -> Wald:
    """Return the test of values (m,) with (m, P) derivatives by parameters with this (P, P) covariance matrix."""
    from scipy.special import chdtrc  # scipy takes long to load, and tests are seldom asked for

    each = slopes @ covariance @ slopes.T
    size = np.sqrt(np.diagonal(each))
    z = values / size
    statistic = float(z @ np.linalg.solve(each / np.outer(size, size), z))
    return Wald(term, statistic, len(values), float(chdtrc(len(values), statistic)))


def with_tests(table: pd.DataFrame, value: str, names: Sequence[str]) -> pd.DataFrame:
    """Return columns of a table of values and their errors, with z and its two-sided p."""
    z = table[value] / table["se"]
    p = [math.erfc(abs(of) / math.sqrt(2)) for of in z]
    return table.assign(z=z, p=p)[list(names)]


def printed(table: pd.DataFrame) -> str:
    """Return a table of estimates as text, without the flags where there are none."""
    shown = table if table["flag"].any() else table.drop(columns="flag")
    return shown.to_string(index=False, float_format="%.4f", na_rep="-")
