"""How a column of numbers is described: counts behind codes (Binomial, Multinomial, Poisson, ...), or measurements.

A description reads its columns into an item with a code book (the values behind the codes, as labels) and one code a
row; kernels see only codes. Measurements (Gaussian) have no codes: their values are kept row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .errors import Fault, InputError, nearest
from .frames import Columns
from .schema import Item, Kind, Label, label_order, plain_label

__all__ = ["Binomial", "Described", "Description", "Gaussian", "Known", "Multinomial", "Poisson", "Values"]

Floats = NDArray[np.float64]
COVARIANCES = ("full", "tied", "diag", "spherical")


class Described(NamedTuple):
    """What a description read: the item; codes (N,) int, 0 where missing; values (N, D) of measurements, or None."""

    item: Item
    codes: NDArray[np.int64]
    values: Floats | None = None


class Description(Protocol):
    """How one item is made from columns of a table."""

    def needs(self, name: str) -> tuple[str, ...]:
        """Columns that the item called `name` is made of."""
        ...

    def read(self, name: str, columns: Columns) -> Described:
        """Return the item and its codes; raise InputError with every fault found."""
        ...


@dataclass(frozen=True)
class Binomial:
    """A column of successes. trials: the number of trials, the same for all rows, or the column that has it."""

    trials: int | str

    def needs(self, name: str) -> tuple[str, ...]:
        """Return the column of successes, and that of trials."""
        return (name, self.trials) if isinstance(self.trials, str) else (name,)

    def read(self, name: str, columns: Columns) -> Described:
        """Return an item whose outcomes are 'successes/trials'."""
        successes = whole_numbers(name, name, columns)
        if isinstance(self.trials, str):
            trials = whole_numbers(name, self.trials, columns)
        elif self.trials >= 1:
            trials = np.full(len(columns), float(self.trials))
        else:
            raise InputError(Fault(f"{self.trials} trials", where=f"item {name!r}", rule="At least 1"))
        wrong = np.flatnonzero(successes > trials)
        if len(wrong):
            row = wrong[0]
            raise InputError(
                Fault(
                    f"row {plain_label(columns.rows[row])!r} has {successes[row]:.0f} successes in "
                    f"{trials[row]:.0f} trials",
                    where=f"item {name!r}", rule="There are no more successes than trials",
                )
            )  # fmt: skip
        # no trials say nothing: missing
        pairs = np.column_stack([successes, np.where(trials == 0, np.nan, trials)])
        return _coded(name, Kind("binomial"), pairs, "/")


@dataclass(frozen=True)
class Multinomial:
    """Count vectors: one column a cell. A row's total is the number of trials; it may differ from row to row."""

    columns: Sequence[str]

    def needs(self, name: str) -> tuple[str, ...]:
        """Return the columns of the cells."""
        return tuple(self.columns)

    def read(self, name: str, columns: Columns) -> Described:
        """Return an item whose outcomes are the counts, with blanks between them."""
        if len(self.columns) < 2:
            raise InputError(
                Fault(f"it has {len(self.columns)} columns", where=f"item {name!r}",
                      rule="A count vector has 2 or more")
            )  # fmt: skip
        counts = np.column_stack([whole_numbers(name, column, columns) for column in self.columns])
        counts[counts.sum(axis=1) == 0] = np.nan
        return _coded(name, Kind("multinomial", tuple(self.columns)), counts, " ")


@dataclass(frozen=True)
class Values:
    """A column of numbers with a probability each, under the family of that name (families.FAMILIES).

    whole: whether they are counts 0, 1, 2, ...; options: settings of the family.
    """

    family: str
    whole: bool = True
    options: tuple[tuple[str, Label], ...] = ()

    def needs(self, name: str) -> tuple[str, ...]:
        """Return the column itself."""
        return (name,)

    def read(self, name: str, columns: Columns) -> Described:
        """Return an item whose outcomes are the numbers."""
        numbers = (whole_numbers if self.whole else finite_numbers)(name, name, columns)
        found, uniques = pd.factorize(numbers)
        item = Item.full(name, tuple(plain_label(v) for v in uniques), Kind(self.family, options=self.options))
        return Described(*_ordered(item, found))


def Poisson() -> Values:
    """Describe a column of counts 0, 1, 2, ... as Poisson."""
    return Values("poisson")


@dataclass(frozen=True)
class Gaussian:
    """Columns of measurements, jointly normal within a type.

    columns: one or more; covariance: "full", "tied" (the same for all types), "diag" or "spherical"; floor: smallest
    variance in any direction, as a share of the columns' own variances (their scale is taken from the data); ridge:
    added to the variances after each M-step, in the units of the data (scikit-learn's reg_covar; 0: maximum
    likelihood).
    """

    columns: Sequence[str]
    covariance: str = "full"
    floor: float = 1e-6
    ridge: float = 0.0

    def __post_init__(self) -> None:
        if self.covariance not in COVARIANCES:
            raise InputError(
                Fault(f"there is no covariance {self.covariance!r}", where="covariance",
                      rule=f"They are {', '.join(map(repr, COVARIANCES))}")
            )  # fmt: skip
        if not (self.floor > 0 and self.ridge >= 0):
            raise InputError(
                Fault(f"the floor is {self.floor!r} and the ridge {self.ridge!r}", where="covariance",
                      rule="The floor is positive and the ridge 0 or more")
            )  # fmt: skip

    def needs(self, name: str) -> tuple[str, ...]:
        """Return the measured columns."""
        return tuple(self.columns)

    @property
    def kind(self) -> Kind:
        """The kind, in units that Profiles.from_codes replaces by the data's own."""
        options = (("covariance", self.covariance), ("floor", self.floor), ("ridge", self.ridge))
        return Kind("gaussian", tuple(map(str, self.columns)), ((0.0, 1.0),) * len(self.columns), options)

    def read(self, name: str, columns: Columns) -> Described:
        """Return an item without codes and its (N, D) values, NaN where missing."""
        if not self.columns:
            raise InputError(Fault("it has no columns", where=f"item {name!r}", rule="At least one is needed"))
        values = np.column_stack([finite_numbers(name, column, columns) for column in self.columns])
        return Described(Item.full(name, (), self.kind), np.zeros(len(values), dtype=np.int64), values)


@dataclass(frozen=True)
class Known:
    """What is known about a row's type: nothing (missing), its label, a set of labels, or evidence for every type.

    labels: names of the first types, in order; found and sorted when not given. columns: instead of labels, one
    column of numbers a type: the probability of what is known about the row if it were of that type, up to a factor
    (rows of a prior survey, a name classifier's likelihoods). The posterior multiplies it with shares and items.
    """

    labels: Sequence[Label] = ()
    columns: Sequence[str] = ()

    def needs(self, name: str) -> tuple[str, ...]:
        """Return the column of labels, or those of evidence."""
        return tuple(self.columns) or (name,)

    def read(self, name: str, columns: Columns) -> Described:
        """Return an item whose outcomes are the evidence for each named type, with blanks between."""
        if self.columns:
            rows = np.column_stack([finite_numbers(name, column, columns) for column in self.columns])
            names: tuple[Label, ...] = tuple(self.columns)
        else:
            rows, names = self._from_labels(name, columns.get(name, f"item {name!r}"))
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


def finite_numbers(item: str, name: str, columns: Columns) -> Floats:
    """Return one column as (N,) float, NaN where missing; raise InputError naming the first row that is no number."""
    column = columns.get(name, f"item {item!r}")
    numbers = pd.to_numeric(column, errors="coerce")
    values: Floats = np.array(numbers.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
    wrong = (np.isnan(values) & column.notna().to_numpy()) | np.isinf(values)
    _refuse(item, name, columns, wrong, "Its values are finite numbers")
    return values


def whole_numbers(item: str, name: str, columns: Columns) -> Floats:
    """As finite_numbers, for counts 0, 1, 2, ..."""
    values = finite_numbers(item, name, columns)
    wrong = ((values < 0) | (values != np.rint(values))) & ~np.isnan(values)
    _refuse(item, name, columns, wrong, "Counts are 0, 1, 2, ...")
    return values


def _refuse(item: str, name: str, columns: Columns, wrong: NDArray[np.bool_], rule: str) -> None:
    rows = np.flatnonzero(wrong)
    if len(rows):
        value = plain_label(columns.data[name].iloc[rows[0]])
        more = f" ({len(rows) - 1} more rows like it)" if len(rows) > 1 else ""
        row = plain_label(columns.rows[rows[0]])
        raise InputError(
            Fault(f"row {row!r} of column {name!r} is {value!r}{more}", where=f"item {item!r}", rule=rule)
        )


def _coded(name: str, kind: Kind, numbers: Floats, between: str) -> Described:
    """Number the distinct rows of whole numbers; rows with a NaN are missing."""
    known = ~np.isnan(numbers).any(axis=1)
    whole = numbers[known].astype(np.int64)
    distinct, inverse = np.unique(whole, axis=0, return_inverse=True)
    labels = tuple(between.join(map(str, row)) for row in distinct.tolist())
    codes = np.zeros(len(numbers), dtype=np.int64)
    codes[known] = inverse.ravel() + 1
    return Described(Item.full(name, labels, kind), codes)


def _ordered(item: Item, found: NDArray[np.int64]) -> tuple[Item, NDArray[np.int64]]:
    """Return the item with its numbers in rising order, and codes (0 where `found` is -1)."""
    order = sorted(range(len(item.outcomes)), key=lambda i: float(item.outcomes[i]))
    code = np.zeros(len(order) + 1, dtype=np.int64)
    code[order] = np.arange(1, len(order) + 1)
    return Item.full(item.name, tuple(item.outcomes[i] for i in order), item.kind), code[found]
