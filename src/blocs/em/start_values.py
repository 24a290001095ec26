"""Starting values of the user: by the labels of items and outcomes, and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, missing_columns, nearest
from ..core.lazy import lazy_import
from ..core.schema import Item
from ..families import Family
from ..model.mixture import Mixture, Params
from ..profiles import Profiles

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["given"]

Floats = NDArray[np.float64]


def given(
    model: Mixture | Profiles, shares: Sequence[float] | Floats, values: Mapping[str, Any] | pd.DataFrame
) -> Params:
    """Return starting values for `blocs.fit(init=)` or `blocs.step`, written down by their labels.

    Parameters
    ----------
    model : Mixture or Profiles
        The mixture, or the profiles to be fitted.
    shares : (K,) sequence of float
        One share a type.
    values : mapping, or DataFrame
        From item to its values under the K types. For categories a mapping from outcome to K probabilities, or an array
        (L, K) in the order of the outcomes; for a binomial, K success probabilities; for a multinomial, (cells, K)
        probabilities; for a Poisson, K rates; for a Gaussian, (means (K, D), covariances (K, D, D)). Where all items
        are categories, a frame like `Fit.table()`.

    Returns
    -------
    Params
        One start.

    Raises
    ------
    InputError
        If items or outcomes are missing or not known, shapes do not fit, or probabilities do not sum to 1; it lists all
        faults.

    Examples
    --------
    >>> import blocs
    >>> profiles = blocs.Profiles.from_table({"a": [0, 0, 0, 1], "b": [0, 0, 1, 1]})
    >>> values = {"a": {0: [0.9, 0.2], 1: [0.1, 0.8]}, "b": {0: [0.7, 0.4], 1: [0.3, 0.6]}}
    >>> start = blocs.given(profiles, [0.5, 0.5], values)
    >>> blocs.fit(profiles, types=2, init=start).n_parameters
    5
    """
    mixture = model if isinstance(model, Mixture) else Mixture.of(model.schema, len(shares))
    if isinstance(values, pd.DataFrame):
        values = _from_table(values)
    names = mixture.schema.names
    faults = [
        Fault(f"there is no item {name!r}", argument="values", rule=f"The items are {', '.join(map(repr, names))}",
              nearest=nearest(name, names))
        for name in values if name not in names
    ]  # fmt: skip
    columns = []
    try:
        columns.append(mixture.membership.read(shares))
    except InputError as error:
        faults += error.faults
    for family in mixture.families:
        parts = []
        for item in family.items:
            try:
                parts.append(_of_item(family, item, values, mixture.types))
            except InputError as error:
                faults += error.faults
        if not faults:
            columns.append(np.concatenate(parts))
    if faults:
        raise InputError(*faults)
    return Params.of_columns(columns, mixture.types)


def _from_table(table: pd.DataFrame) -> dict[str, dict[Any, Floats]]:
    """Return item -> outcome -> (K,) probabilities of a frame with columns type, item, outcome, probability."""
    columns = ("type", "item", "outcome", "probability")
    remedy = "Give a table like that of `Fit.table`"
    if faults := missing_columns(columns, "values", list(map(str, table.columns)), remedy=remedy):
        raise InputError(*faults)
    rows = table.sort_values("type", kind="stable").groupby(["item", "outcome"], sort=False)["probability"]
    values: dict[str, dict[Any, Floats]] = {}
    for (item, outcome), p in rows:
        values.setdefault(str(item), {})[outcome] = p.to_numpy(dtype=np.float64)
    return values


def _of_item(family: Family, item: Item, values: Mapping[str, Any], types: int) -> Floats:
    """Return the (m, K) parameters of one item; raise InputError with its faults."""
    if item.name in values:
        return family.read(item, values[item.name], types)
    if not item.outcomes and item.kind is None:
        return np.zeros((0, types))
    raise InputError(Fault(f"there are no values for item {item.name!r}", argument="values",
                           nearest=nearest(item.name, values)))  # fmt: skip
