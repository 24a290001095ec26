"""How a column of labels, or of evidence, says what is known about a row's type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, nearest
from ..core.lazy import later
from ..core.schema import Item, Kind, Label, label_order, plain_label
from .frames import Columns
from .numeric import Described, finite_numbers, names_of

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = later("pandas")

__all__ = ["Known"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Known:
    """What is known about a row's type: nothing (missing), its label, a set of labels, or evidence for every type.

    labels: names of the first types, in order; found and sorted when not given. columns: instead of labels, one
    column of numbers a type: the probability of what is known about the row if it were of that type, up to a factor
    (rows of a prior survey, a name classifier's likelihoods). The posterior multiplies it with shares and items.
    shares: when the columns hold prior probabilities of the types, the shares of the types where they were worked
    out, one a column: the evidence is then probability / share, and the posterior Bayes' rule with these priors.
    """

    labels: Sequence[Label] = ()
    columns: Sequence[str] = ()
    shares: Sequence[float] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", names_of(self.columns))
        if isinstance(self.labels, str):
            raise InputError(
                Fault(f"the labels are the text {self.labels!r}", where="Known",
                      rule="They are a list of names of types. The column of labels has the name of the item: "
                      f"kinds={{{self.labels!r}: Known()}}")
            )  # fmt: skip
        bad = len(self.shares) > 0 and (len(self.shares) != len(self.columns) or not all(q > 0 for q in self.shares))
        if bad:
            raise InputError(
                Fault(f"the shares are {', '.join(map(str, self.shares))}", where="Known",
                      rule="There is one positive share for every column of prior probabilities")
            )  # fmt: skip

    def needs(self, name: str) -> tuple[str, ...]:
        """Return the column of labels, or those of evidence."""
        return tuple(self.columns) or (name,)

    def read(self, name: str, columns: Columns) -> Described:
        """Return an item whose outcomes are the evidence for each named type, with blanks between."""
        if self.columns:
            rows = np.column_stack([finite_numbers(name, column, columns) for column in self.columns])
            if len(self.shares):
                rows = rows / np.asarray(self.shares, dtype=np.float64)
            names: tuple[Label, ...] = tuple(self.columns)
        else:
            rows, names = self._from_labels(name, columns.get(name, where=f"item {name!r}"))
            rows = np.column_stack([rows, np.where(np.isnan(rows[:, 0]), np.nan, 0.0)])  # types without a name
        wrong = np.flatnonzero((rows < 0).any(axis=1) | (rows == 0).all(axis=1))
        if len(wrong):
            raise InputError(
                Fault(f"row {plain_label(columns.rows[wrong[0]])!r} allows no type", where=f"item {name!r}",
                      rule="Evidence is not negative, and positive for one type at least")
            )  # fmt: skip
        known = ~np.isnan(rows).any(axis=1)
        distinct, inverse = np.unique(rows[known], axis=0, return_inverse=True)
        codes = np.zeros(len(rows), dtype=np.int64)
        codes[known] = inverse.ravel() + 1
        labels = tuple(" ".join(repr(float(v)) for v in row) for row in distinct)
        return Described(Item.full(name, labels, Kind("known", tuple(map(str, names)))), codes)

    def _from_labels(self, name: str, column: pd.Series[Any]) -> tuple[Floats, tuple[Label, ...]]:
        """Return (N, L) 1 where a row may be of a named type, NaN where nothing is known, and the names."""
        sets = [_label_set(value) for value in column]
        found = sorted(set().union(*sets), key=label_order)
        names = tuple(plain_label(v) for v in self.labels) or tuple(found)
        faults = [
            Fault(f"label {label!r} is not declared", where=f"item {name!r}",
                  rule=f"The labels are {', '.join(map(repr, names))}", nearest=nearest(label, names))
            for label in found if label not in names
        ]  # fmt: skip
        if faults:
            raise InputError(*faults)
        rows = np.full((len(sets), len(names)), np.nan)
        for i, labels in enumerate(sets):
            if labels:
                rows[i] = [label in labels for label in names]
        return rows, names


def _label_set(value: Any) -> frozenset[Label]:
    """Return the labels of one cell: none, one, or those of a set, list or tuple."""
    if isinstance(value, set | frozenset | list | tuple):
        return frozenset(plain_label(v) for v in value)
    return frozenset() if pd.isna(value) else frozenset([plain_label(value)])
