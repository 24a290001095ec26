"""Starting values of the caller's own: written down by their labels, or taken from another fit, and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, nearest
from ..core.lazy import later
from ..core.schema import Item, plain_label
from ..families import Gaussian, Parametric
from ..model.mixture import Mixture, Params
from ..model.parameter_checks import sums_to_one
from ..profiles import Profiles

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = later("pandas")

__all__ = ["given"]

Floats = NDArray[np.float64]

def given(
    model: Mixture | Profiles, shares: Sequence[float] | Floats, values: Mapping[str, Any] | pd.DataFrame
) -> Params:
    """Return parameters that are written down, for `fit(init=)` or `step`.

    model: the profiles to be fitted, or their mixture; shares: (K,), one a type; values: item -> what it has under the
    K types. For categories {outcome: K probabilities}, or (L, K) in the order of the outcomes; for a binomial, K
    success probabilities; for a multinomial, (cells, K); for a Poisson, K rates; for a Gaussian, (means (K, D),
    covariances (K, D, D)). A frame like `Fit.table()` will do, where all items are categories.
    Raises InputError for items and outcomes that are missing or not known, shapes that do not fit, and probabilities
    that do not sum to 1.
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
    faults += _share_faults(np.asarray(shares, dtype=np.float64), mixture.types)
    blocks = []
    for family in mixture.families:
        parts = []
        for item in family.items:
            try:
                parts.append(_of_item(family, item, values, mixture.types))
            except InputError as error:
                faults += error.faults
        if not faults:
            blocks.append(np.concatenate(parts)[:, None, :])
    if faults:
        raise InputError(*faults)
    return Params(np.asarray(shares, dtype=np.float64)[None], tuple(blocks))


def _from_table(table: pd.DataFrame) -> dict[str, dict[Any, Floats]]:
    """Return item -> outcome -> (K,) probabilities of a frame with columns type, item, outcome, probability."""
    wanted = ("type", "item", "outcome", "probability")
    faults = [Fault(f"there is no column {name!r}", argument="values", rule=f"The columns are {', '.join(wanted)}",
                    nearest=nearest(name, table.columns))
              for name in wanted if name not in table.columns]  # fmt: skip
    if faults:
        raise InputError(*faults)
    rows = table.sort_values("type", kind="stable").groupby(["item", "outcome"], sort=False)["probability"]
    found: dict[str, dict[Any, Floats]] = {}
    for (item, outcome), p in rows:
        found.setdefault(str(item), {})[outcome] = p.to_numpy(dtype=np.float64)
    return found


def _of_item(family: Any, item: Item, values: Mapping[str, Any], types: int) -> Floats:
    """Return the (m, K) parameters of one item; raise InputError with its faults."""
    where = f"item {item.name!r}"
    if item.name not in values:
        if not item.outcomes and item.kind is None:
            return np.zeros((0, types))
        raise InputError(Fault(f"there are no values for item {item.name!r}", argument="values",
                               nearest=nearest(item.name, values)))  # fmt: skip
    written = values[item.name]
    if isinstance(family, Gaussian):
        return family.from_natural(*(np.asarray(v, dtype=np.float64) for v in written))
    parametric = isinstance(family, Parametric)
    if isinstance(written, Mapping) and not parametric:
        written = _by_label(where, item, written)
    try:
        array = np.atleast_2d(np.asarray(written, dtype=np.float64))
    except (TypeError, ValueError):
        raise InputError(Fault("the values are not numbers, one a type in each row", where=where)) from None
    size = len(family.names(item)) if parametric else len(item.outcomes)
    if array.shape != (size, types):
        raise InputError(
            Fault(f"the values have shape {array.shape}", where=where,
                  rule=f"One row a parameter and one column a type: {(size, types)}")
        )  # fmt: skip
    if not parametric and not sums_to_one(array, axis=0):
        totals = ", ".join(f"{total:.6g}" for total in array.sum(axis=0))
        raise InputError(
            Fault(f"the probabilities of types 1, 2, ... sum to {totals}", where=where,
                  rule="Under every type they are 0 or more and sum to 1")
        )  # fmt: skip
    return array


def _by_label(where: str, item: Item, written: Mapping[Any, Any]) -> list[Any]:
    """Return the rows of one item in the order of its outcomes."""
    rows = {plain_label(label): row for label, row in written.items()}
    told = ", ".join(map(repr, item.outcomes))
    faults = [
        Fault(f"there is no outcome {label!r}", where=where, rule=f"Its outcomes are {told}",
              nearest=nearest(label, item.outcomes))
        for label in rows if label not in item.outcomes
    ]  # fmt: skip
    faults += [
        Fault(f"outcome {label!r} has no probabilities", where=where, rule=f"Its outcomes are {told}")
        for label in item.outcomes
        if label not in rows
    ]
    if faults:
        raise InputError(*faults)
    return [rows[label] for label in item.outcomes]


def _share_faults(shares: Floats, types: int) -> list[Fault]:
    if shares.shape != (types,):
        return [Fault(f"{shares.size} shares", argument="shares", rule=f"One a type: {types}")]
    if not sums_to_one(shares, axis=0):
        return [Fault(f"they sum to {shares.sum():.6g}", argument="shares", rule="They are 0 or more and sum to 1")]
    return []

