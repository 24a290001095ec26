"""How a column of numbers is described: counts behind codes (Binomial, Multinomial, Poisson, ...), or measurements.

A description reads its columns into an item with a code book (the values behind the codes, as labels) and one code a
row; kernels see only codes. Measurements (Gaussian) have no codes: their values are kept row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError
from ..core.lazy import later
from ..core.schema import Item, Kind, Label, plain_label
from .frames import Columns
from .known import Known
from .numeric import Described, finite_numbers, names_of, whole_numbers

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = later("pandas")

__all__ = ["Binomial", "Described", "Description", "Gaussian", "Known", "Multinomial", "Poisson", "Values"]

Floats = NDArray[np.float64]
COVARIANCES = ("full", "tied", "diag", "spherical")


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

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", names_of(self.columns))

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
        object.__setattr__(self, "columns", names_of(self.columns))
        if self.covariance not in COVARIANCES:
            raise InputError(
                Fault(f"there is no covariance {self.covariance!r}", argument="covariance",
                      rule=f"They are {', '.join(map(repr, COVARIANCES))}")
            )  # fmt: skip
        if not (self.floor > 0 and self.ridge >= 0):
            raise InputError(
                Fault(f"the floor is {self.floor!r} and the ridge {self.ridge!r}", argument="covariance",
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
        values = np.empty((len(columns), len(self.columns)))
        for j, column in enumerate(self.columns):
            values[:, j] = finite_numbers(name, column, columns)
        return Described(Item.full(name, (), self.kind), np.zeros(len(values), dtype=np.uint8), values)


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
