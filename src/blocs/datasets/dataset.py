"""Dataset: a table, its profiles, and the types that it was made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.errors import counted
from ..core.lazy import lazy_import

if TYPE_CHECKING:
    import pandas as pd

    from ..profiles import Profiles
else:
    pd = lazy_import("pandas")

__all__ = ["Dataset", "drawn", "truth_of"]


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """A data set with known types.

    Attributes
    ----------
    name : str
        Its name.
    about : str
        What it is, in a sentence.
    table : DataFrame
        The data.
    types : (N,) int
        The true type of each observation (of a county, of each voter), from 1.
    shares : Series
        True shares of the types, indexed by type number, largest first.
    probabilities : DataFrame
        True probabilities: type, item, outcome, probability.
    make : callable
        What makes profiles of the table.

    Examples
    --------
    >>> import blocs
    >>> coins = blocs.datasets.coins()
    >>> coins
    <coins: Twenty tosses each of coins of three kinds. 300 rows, 3 types>
    >>> blocs.fit(coins.profiles, 3, starts=4).shares.round(2).tolist(), coins.shares.tolist()
    ([0.45, 0.37, 0.19], [0.5, 0.3, 0.2])
    """

    name: str
    about: str
    table: pd.DataFrame
    types: NDArray[np.int64]
    shares: pd.Series[float]
    probabilities: pd.DataFrame
    make: Callable[[pd.DataFrame], Profiles] = field(repr=False)

    @cached_property
    def profiles(self) -> Profiles:
        """The profiles of the table, as a fit takes them."""
        return self.make(self.table)

    def __repr__(self) -> str:
        return f"<{self.name}: {self.about} {counted(len(self.table), 'row')}, {counted(len(self.shares), 'type')}>"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self)[1:-1])}</p>{self.table.head(5).to_html()}"


def drawn(u: NDArray[np.float64], probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return (N,) outcomes drawn by (N,) numbers from 0 to 1 from (N, L) probabilities, by their sums from the left.

    Uniform numbers alone are drawn at random: their stream is the same in every version of numpy.
    """
    above = u[:, None] >= np.cumsum(probabilities, axis=1)[:, :-1]
    return np.asarray(above.sum(axis=1), dtype=np.int64)


def truth_of(outcomes: dict[str, tuple[object, ...]], mu: dict[str, NDArray[np.float64]]) -> pd.DataFrame:
    """Return type, item, outcome, probability of items with (K, L) probabilities."""
    rows = [
        (k + 1, item, outcome, float(mu[item][k, i]))
        for k in range(len(next(iter(mu.values()))))
        for item, labels in outcomes.items()
        for i, outcome in enumerate(labels)
    ]
    return pd.DataFrame(rows, columns=["type", "item", "outcome", "probability"])
