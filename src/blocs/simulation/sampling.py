"""Sampling: rows of a categorical mixture, from a fit or from a truth."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError

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
    """Draw rows from a mixture.

    Parameters
    ----------
    model : Fit or Truth
        Shares and outcome probabilities. Every item offers all its outcomes.
    n : int
        Number of rows.
    seed : int
        The same seed gives the same rows.
    column : str, optional
        Name of a further column with the type that each row was drawn from.

    Returns
    -------
    DataFrame
        (n, J) one column for each item; the cells are the labels of the outcomes.

    Raises
    ------
    InputError
        If n is negative, or `column` is also an item.
    UnsupportedError
        For fits with covariates.

    Notes
    -----
    A type k with probability pi_k, then an outcome of each item with probability mu_kjl (000 §1).

    Examples
    --------
    >>> import blocs
    >>> from blocs.simulation import Truth
    >>> blocs.simulate(Truth.draw(types=2, offices=4, seed=1), 1000, seed=1).shape
    (1000, 4)
    """
    if getattr(model, "design", None) is not None:
        raise UnsupportedError(
            "Rows cannot be drawn from a fit with covariates: its shares depend on those of each row."
        )
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
    columns: dict[str, NDArray[np.object_]] = {name: np.empty(n, dtype=object) for name in items}
    for k, first, last in zip(model.shares.index, edges[:-1], edges[1:], strict=True):
        of_type = table[table["type"] == k]
        for name in items:
            rows = of_type[of_type["item"] == name]
            p = rows["probability"].to_numpy()
            drawn = rng.choice(len(rows), size=last - first, p=p / p.sum())
            columns[name][order[first:last]] = rows["outcome"].to_numpy(dtype=object)[drawn]
    frame = pd.DataFrame({name: pd.Series(values).infer_objects() for name, values in columns.items()})
    return frame if column is None else frame.assign(**{column: types})
