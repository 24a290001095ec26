"""How a column of labels, or of evidence, says what is known about a row's type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, nearest
from ..core.lazy import lazy_import
from ..core.schema import Item, Kind, Label, label_order, plain_label
from .frames import Columns
from .numeric import Described, finite_numbers, names_of
from .rows import unique_values

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["Known"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Known:
    """What is known about a row's type: nothing (missing), its label, a set of labels, or evidence for every type.

    Parameters
    ----------
    labels : sequence, optional
        Names of the first types, in order. By default the labels of the column, sorted.
    columns : sequence of str, optional
        Instead of labels one column of numbers for each type: the probability of what is known about the row if it
        were of that type, up to a factor (rows of a prior survey, the likelihoods of a name classifier).
    shares : sequence of float, optional
        Where the columns hold prior probabilities *of* the types: the shares of the types where these were worked
        out, one for each column. The evidence is then probability / share.

    Raises
    ------
    InputError
        For labels that are one text, and shares that are not one positive number for each column.

    Notes
    -----
    The evidence a_uk is one more item with fixed probabilities, so that ζ_uk = π_k a_uk p_k(x_u) / Σ_l π_l a_ul
    p_l(x_u). A label, or a set of labels, is a_uk = 1 for the types it allows and 0 for the others. Nothing is
    estimated in a. Source: docs/formulas_families.md, "Known labels".

    Examples
    --------
    >>> import blocs
    >>> table = {"q": [1, 0, 1], "side": ["left", None, "right"]}
    >>> profiles = blocs.Profiles.from_table(table, kinds={"side": blocs.Known()})
    >>> profiles.schema.item("side").kind.parts
    ('left', 'right')
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
        evidence, names = self._from_columns(name, columns) if self.columns else self._from_labels(name, columns)
        wrong = np.flatnonzero((evidence < 0).any(axis=1) | (evidence == 0).all(axis=1))
        if len(wrong):
            raise InputError(
                Fault(f"row {plain_label(columns.rows[wrong[0]])!r} allows no type", where=f"item {name!r}",
                      rule="Evidence is not negative, and positive for one type at least")
            )  # fmt: skip
        distinct, codes = unique_values(evidence)
        labels = tuple(" ".join(repr(float(v)) for v in row) for row in distinct)
        shares = tuple(map(float, self.shares))
        read = (("columns", tuple(self.columns)), ("shares", shares)) if self.columns else (("labels", names),)
        return Described(Item.full(name, labels, Kind("known", tuple(map(str, names)), read=read)), codes)

    def _from_columns(self, name: str, columns: Columns) -> tuple[Floats, tuple[Label, ...]]:
        """Return (N, L) evidence for every type, NaN where a cell is missing, and the names of the types."""
        evidence = np.column_stack([finite_numbers(name, column, columns) for column in self.columns])
        if len(self.shares):
            evidence = evidence / np.asarray(self.shares, dtype=np.float64)
        return evidence, tuple(self.columns)

    def _from_labels(self, name: str, columns: Columns) -> tuple[Floats, tuple[Label, ...]]:
        """Return (N, L + 1) 1 where a row may be of a named type, NaN where nothing is known, and the names.

        The last column is 0: a row with a label is of no type without a name.
        """
        sets = [_label_set(value) for value in columns.get(name, where=f"item {name!r}")]
        present = sorted(set().union(*sets), key=label_order)
        names = tuple(plain_label(v) for v in self.labels) or tuple(present)
        faults = [
            Fault(f"label {label!r} is not declared", where=f"item {name!r}",
                  rule=f"The labels are {', '.join(map(repr, names))}", nearest=nearest(label, names))
            for label in present if label not in names
        ]  # fmt: skip
        if faults:
            raise InputError(*faults)
        evidence = np.full((len(sets), len(names) + 1), np.nan)
        for i, labels in enumerate(sets):
            if labels:
                evidence[i] = [*(label in labels for label in names), False]
        return evidence, names


def _label_set(value: Any) -> frozenset[Label]:
    """Return the labels of one cell: none, one, or those of a set, list or tuple."""
    if isinstance(value, set | frozenset | list | tuple):
        return frozenset(plain_label(v) for v in value)
    return frozenset() if pd.isna(value) else frozenset([plain_label(value)])
