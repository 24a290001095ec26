"""Sampling: rows of a plain categorical mixture, from a fit or from a truth."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..core.errors import Fault, InputError

__all__ = ["Model", "simulate"]


class Model(Protocol):
    """What can be sampled from: a Fit, a Truth, or anything with their two tables."""

    @property
    def shares(self) -> pd.Series[float]:
        """Type shares, indexed by type number."""
        ...

    def table(self) -> pd.DataFrame:
        """Outcome probabilities: type, item, outcome, probability."""
        ...


def simulate(model: Model, n: int, seed: int = 0, *, column: str | None = None) -> pd.DataFrame:
    """Return n rows drawn from a mixture: one column an item, cells are the labels of the outcomes.

    model: a Fit or a Truth; every item offers all its outcomes; n: rows; seed: the same rows for the same seed;
    column: name of a column to hold the type each row was drawn from (none when not given).
    Raises InputError for a negative n and for a column that is also an item.
    """
    table = model.table()
    items = list(dict.fromkeys(table["item"]))
    faults = [Fault(f"{n} rows", argument="n", rule="0 or more")] if n < 0 else []
    if column in items:
        faults.append(Fault(f"{column!r} is an item", argument="column", rule="Name a column that is not one"))
    if faults:
        raise InputError(*faults)
    rng = np.random.default_rng(seed)
    types = rng.choice(model.shares.index.to_numpy(), size=n, p=model.shares.to_numpy())
    order = np.argsort(types, kind="stable")
    edges = np.searchsorted(types[order], [*model.shares.index, model.shares.index[-1] + 1])
    found: dict[str, NDArray[np.object_]] = {name: np.empty(n, dtype=object) for name in items}
    for k, first, last in zip(model.shares.index, edges[:-1], edges[1:], strict=True):
        mine = table[table["type"] == k]
        for name in items:
            rows = mine[mine["item"] == name]
            chance = rows["probability"].to_numpy()
            drawn = rng.choice(len(rows), size=last - first, p=chance / chance.sum())
            found[name][order[first:last]] = rows["outcome"].to_numpy(dtype=object)[drawn]
    frame = pd.DataFrame({name: pd.Series(values).infer_objects() for name, values in found.items()})
    return frame if column is None else frame.assign(**{column: types})
