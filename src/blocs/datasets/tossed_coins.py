"""coins: tosses of coins of three kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..core.lazy import lazy_import
from .dataset import Dataset, drawn

if TYPE_CHECKING:
    import pandas as pd

    from ..profiles import Profiles
else:
    pd = lazy_import("pandas")

__all__ = ["coins"]

SEED, N, TOSSES = 61, 300, 20
SHARES = (0.5, 0.3, 0.2)
HEADS = (0.3, 0.6, 0.9)
"""Shares of the kinds of coins, and their probabilities of heads."""


def coins() -> Dataset:
    """Return 300 experiments: in each a coin is drawn, and tossed twenty times.

    Returns
    -------
    Dataset
        `table` has the column heads (0 to 20). There are three types: half of the coins show heads with probability
        0.3, three in ten with 0.6, two in ten with 0.9. `profiles` have a binomial item.

    Examples
    --------
    >>> from blocs.datasets import coins
    >>> coins().table["heads"].head(5).tolist()
    [5, 18, 4, 18, 18]
    """
    u = np.random.default_rng(SEED).random((N, 1 + TOSSES))
    types = drawn(u[:, 0], np.tile(SHARES, (N, 1)))
    heads = (u[:, 1:] < np.array(HEADS)[types][:, None]).sum(axis=1)
    truth = pd.DataFrame({"type": [1, 2, 3], "item": "heads", "outcome": "success", "probability": HEADS})
    shares = pd.Series(SHARES, index=[1, 2, 3], name="share")
    about = "Twenty tosses each of coins of three kinds."
    return Dataset("coins", about, pd.DataFrame({"heads": heads}), types + 1, shares, truth, _profiles)


def _profiles(table: pd.DataFrame) -> Profiles:
    from ..profiles import Profiles
    from ..profiles.kinds import Binomial

    return Profiles.from_table(table, kinds={"heads": Binomial(TOSSES)})
