"""Sampling: rows of a categorical mixture, from a fit or from a truth."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, UnsupportedError, nearest

__all__ = ["District", "Model", "simulate"]


class Model(Protocol):
    """What can be sampled from: a Fit, a Truth, or anything with their two tables."""

    @property
    def shares(self) -> pd.Series[float]:
        """Type shares, indexed by type number."""
        ...

    def table(self) -> pd.DataFrame:
        """Outcome probabilities: type, item, outcome, probability."""
        ...


@dataclass(frozen=True)
class District:
    """Some of the rows that `simulate` draws: with types of their own shares, and less on their menus.

    Parameters
    ----------
    weight : float
        Its part of the rows, in proportion to those of the other districts.
    shares : (K,) sequence of float, optional
        Shares of the types; by default those of the model.
    menus : mapping
        Item -> labels of the outcomes on offer; other items offer all. Their odds are those of the full menu (IIA).
    """

    weight: float = 1.0
    shares: Sequence[float] | None = None
    menus: Mapping[str, Collection[Any]] = field(default_factory=dict)


def simulate(
    model: Model,
    n: int,
    seed: int = 0,
    *,
    column: str | None = None,
    districts: Mapping[str, District] | None = None,
) -> pd.DataFrame:
    """Draw rows from a mixture.

    Parameters
    ----------
    model : Fit or Truth
        Shares and outcome probabilities. Every item offers all its outcomes, but where a district says otherwise.
    n : int
        Number of rows.
    seed : int
        The same seed gives the same rows.
    column : str, optional
        Name of a further column with the type that each row was drawn from.
    districts : mapping of str to District, optional
        Parts of the rows with other shares of the types or other menus; their labels are in the last column,
        "district".

    Returns
    -------
    DataFrame
        (n, J) one column for each item; the cells are the labels of the outcomes.

    Raises
    ------
    InputError
        If n is negative, a column would have the name of an item, or a district has weights, shares or menus that
        cannot be.
    UnsupportedError
        For fits with covariates, and with shares by group.

    Notes
    -----
    A type k with probability pi_k, then an outcome l of each item with probability mu_kjl / sum of mu_kj over the menu
    (000 §1).

    Examples
    --------
    >>> import blocs
    >>> from blocs.simulation import District, Truth
    >>> truth = Truth.draw(types=2, offices=4, seed=1)
    >>> blocs.simulate(truth, 1000, seed=1).shape
    (1000, 4)
    >>> alone = District(shares=[0.2, 0.8], menus={"US SENATE": ["abstain", "straight"]})
    >>> drawn = blocs.simulate(truth, 1000, seed=1, districts={"01": District(), "02": alone})
    >>> drawn.groupby("district")["US SENATE"].nunique().tolist()
    [4, 2]
    """
    if getattr(model, "design", None) is not None:
        raise UnsupportedError(
            "Rows cannot be drawn from a fit with covariates: its shares depend on those of each row."
        )
    if getattr(model, "groups", None) is not None:
        raise UnsupportedError("Rows cannot be drawn from a fit with shares by group yet. Fit without groups.")
    table = model.table()
    _refuse(model, table, n, column, districts)
    rng = np.random.default_rng(seed)
    numbers = model.shares.index.to_numpy()
    if districts is None:
        types = rng.choice(numbers, size=n, p=model.shares.to_numpy())
        columns = _drawn(table, types, {}, rng)
        extra = {}
    else:
        weights = np.array([district.weight for district in districts.values()])
        place = rng.choice(len(weights), size=n, p=weights / weights.sum())
        types, columns = np.zeros(n, dtype=numbers.dtype), {}
        for d, district in enumerate(districts.values()):
            rows = np.flatnonzero(place == d)
            shares = model.shares.to_numpy() if district.shares is None else np.asarray(district.shares)
            types[rows] = rng.choice(numbers, size=len(rows), p=shares)
            for name, values in _drawn(table, types[rows], district.menus, rng).items():
                columns.setdefault(name, np.empty(n, dtype=object))[rows] = values
        extra = {"district": np.array(list(districts), dtype=object)[place]}
    frame = pd.DataFrame({name: pd.Series(values).infer_objects() for name, values in columns.items()})
    return frame.assign(**({} if column is None else {column: types}), **extra)


def _drawn(
    table: pd.DataFrame, types: NDArray[Any], menus: Mapping[str, Collection[Any]], rng: np.random.Generator
) -> dict[str, NDArray[np.object_]]:
    """Return item -> outcomes of rows of the given types, from the menus of some items and the full ones of others."""
    columns: dict[str, NDArray[np.object_]] = {
        name: np.empty(len(types), dtype=object) for name in dict.fromkeys(table["item"])
    }
    order = np.argsort(types, kind="stable")
    numbers = np.unique(table["type"])
    edges = np.searchsorted(types[order], [*numbers, numbers[-1] + 1])
    for k, first, last in zip(numbers, edges[:-1], edges[1:], strict=True):
        of_type = table[table["type"] == k]
        for name, values in columns.items():
            rows = of_type[of_type["item"] == name]
            if name in menus:
                rows = rows[rows["outcome"].isin(list(menus[name]))]
            p = rows["probability"].to_numpy()
            drawn = rng.choice(len(rows), size=last - first, p=p / p.sum())
            values[order[first:last]] = rows["outcome"].to_numpy(dtype=object)[drawn]
    return columns


def _refuse(
    model: Model, table: pd.DataFrame, n: int, column: str | None, districts: Mapping[str, District] | None
) -> None:
    """Raise InputError with everything that is wrong."""
    outcomes = table.groupby("item", sort=False)["outcome"].agg(set).to_dict()
    faults = [Fault(f"{n} rows", argument="n", rule="0 or more")] if n < 0 else []
    if column in outcomes:
        faults.append(Fault(f"{column!r} is an item", argument="column", rule="Name a column that is not one"))
    if districts is not None and "district" in {column, *outcomes}:
        faults.append(Fault("a column is called 'district'", argument="districts",
                            rule="That is the name of the column with the labels of the districts"))  # fmt: skip
    for label, district in (districts or {}).items():
        faults += _district_faults(label, district, len(model.shares), outcomes)
    if districts is not None and not sum(district.weight for district in districts.values()) > 0:
        faults.append(Fault("there are none of positive weight", argument="districts", rule="Give at least one"))
    if faults:
        raise InputError(*faults)


def _district_faults(label: str, district: District, types: int, outcomes: Mapping[Any, set[Any]]) -> list[Fault]:
    out = []
    if not 0 <= district.weight < np.inf:
        out.append(Fault(f"the weight is {district.weight!r}", argument="districts", key=label,
                         rule="It is a finite number, 0 or more"))  # fmt: skip
    if district.shares is not None:
        shares = np.asarray(district.shares, dtype=np.float64)
        if shares.shape != (types,) or (shares < 0).any() or abs(shares.sum() - 1) > 1e-6:
            out.append(Fault(f"the shares are {list(district.shares)!r}", argument="districts", key=label,
                             rule=f"They are {types} numbers, 0 or more, that sum to 1"))  # fmt: skip
    for name, menu in district.menus.items():
        if name not in outcomes:
            out.append(Fault(f"no item is called {name!r}", argument="districts", key=label,
                             rule=f"The items are {', '.join(map(repr, outcomes))}",
                             nearest=nearest(name, outcomes)))  # fmt: skip
        elif not menu or not set(menu) <= outcomes[name]:
            out.append(Fault(f"the menu of {name!r} is {sorted(menu, key=str)!r}", argument="districts", key=label,
                             rule=f"It holds one or more of {sorted(outcomes[name], key=str)!r}"))  # fmt: skip
    return out
