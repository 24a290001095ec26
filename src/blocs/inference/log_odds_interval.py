"""The 95 per cent interval of a probability on the scale of log-odds, where it cannot leave 0 to 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["NORMAL", "log_odds_interval"]

NORMAL = 1.959963984540054
"""The 97.5 per cent point of the normal distribution."""


def log_odds_interval(value: Any, se: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of the intervals of probabilities with standard errors; nan for 0 and 1, which have none.

    logit p +- 1.96 se / (p (1 - p)), turned back: the delta method.
    """
    p = np.asarray(value, dtype=np.float64)
    p = np.where((p > 0) & (p < 1), p, np.nan)
    logit, wide = np.log(p) - np.log1p(-p), NORMAL * np.asarray(se, dtype=np.float64) / (p * (1 - p))
    with np.errstate(invalid="ignore"):  # nan is what there is no interval for
        low, high = (np.exp(-np.logaddexp(0.0, -logit - side * wide)) for side in (-1, 1))
    return low, high
