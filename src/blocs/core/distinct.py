"""Distinct values of a column: a column of Python objects repeats few of them, so that their addresses are compared."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .lazy import lazy_import

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["WITHOUT_LEVELS", "factorize"]

WITHOUT_LEVELS = "blocs: categories are no levels"
"""Key in the `attrs` of a frame whose categories are the words of a file, in an order that means nothing."""

SAMPLE = 1024
"""Values by which it is decided whether objects are repeated."""
FEW = 0.25
"""Share of the sample up to which they are."""


def factorize(column: pd.Series[Any]) -> tuple[NDArray[np.int64], Any]:
    """Return the (N,) place of each value among the distinct ones, -1 where missing, and these as they appear.

    The result of `pandas.factorize`. Where the same few objects fill a column of Python objects, as readers leave
    them, each object is hashed once. The distinct values of a categorical column are those that stand in it, in the
    order of its categories. Raises TypeError for values that cannot be hashed.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _of_categories(column)
    if column.dtype != object or len(column) <= SAMPLE:
        return _by_value(column)
    values = np.ascontiguousarray(column.to_numpy())
    address = np.ctypeslib.as_array((ctypes.c_ssize_t * len(values)).from_address(values.ctypes.data))
    sample = address[:: len(address) // SAMPLE]
    if len(np.unique(sample)) > FEW * len(sample):
        return _by_value(column)
    place, distinct = pd.factorize(address)
    first = np.empty(len(distinct), dtype=np.int64)
    first[place] = np.arange(len(place))
    place_of_object, uniques = _by_value(pd.Series(values[first], dtype=object))
    return place_of_object[place], uniques


def _of_categories(column: pd.Series[Any]) -> tuple[NDArray[np.int64], Any]:
    codes = column.cat.codes.to_numpy()
    used = np.bincount(codes.astype(np.int64) + 1, minlength=len(column.cat.categories) + 1)[1:] > 0
    places = np.append(np.cumsum(used) - 1, -1)  # -1 is the code of a missing cell
    return places[codes], column.cat.categories[used]


def _by_value(column: pd.Series[Any]) -> tuple[NDArray[np.int64], Any]:
    place, uniques = pd.factorize(column)
    return np.asarray(place, dtype=np.int64), uniques
