"""How a column of numbers is described: counts behind codes (Binomial, Multinomial, Poisson, ...), or measurements.

A description reads its columns into an item with a code book (the values behind the codes, as labels) and one code a
row; kernels see only codes. Measurements (Gaussian) have no codes: their values are kept row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, counted
from ..core.lazy import lazy_import
from ..core.schema import Item, Kind, Label, plain_label
from .frames import Columns
from .known import Known
from .numeric import Described, finite_numbers, names_of, whole_numbers

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["Binomial", "Described", "Description", "Gaussian", "Known", "Multinomial", "Poisson", "Values"]

Floats = NDArray[np.float64]
COVARIANCES = ("full", "tied", "diag", "tied-diag", "spherical")


class Description(Protocol):
    """How one item is made from columns of a table."""

    def needs(self, name: str) -> tuple[str, ...]:
        """Return the columns that the item called `name` is made of."""
        ...

    def read(self, name: str, columns: Columns) -> Described:
        """Return the item and its codes; raise InputError with all faults of its columns."""
        ...


@dataclass(frozen=True)
class Binomial:
    """A column of successes in a number of independent trials.

    Parameters
    ----------
    trials : int or str
        The number of trials, the same for all rows, or the column that holds it.

    Raises
    ------
    InputError
        If trials are neither a whole number, 1 or more, nor a text.

    Notes
    -----
    p_k(s | t) = C(t, s) φ_k^s (1 - φ_k)^(t - s), with one success probability φ_k for each type. A row without trials
    is missing. Source: docs/formulas_families.md, "Binomial".

    Examples
    --------
    >>> import blocs
    >>> profiles = blocs.Profiles.from_table({"heads": [5, 9, 5]}, kinds={"heads": blocs.Binomial(trials=10)})
    >>> profiles.schema.item("heads").outcomes
    ('5/10', '9/10')
    """

    trials: int | str

    def __post_init__(self) -> None:
        if isinstance(self.trials, str):
            return
        number = isinstance(self.trials, Real) and not isinstance(self.trials, bool)
        if not (number and float(self.trials).is_integer() and self.trials >= 1):
            rule = "It is one whole number, 1 or more, or the name of the column that holds the trials of each row"
            raise InputError(Fault(f"it is {self.trials!r}", argument="trials", rule=rule))
        object.__setattr__(self, "trials", int(self.trials))

    def needs(self, name: str) -> tuple[str, ...]:
        """Return the column of successes, and that of trials."""
        return (name, self.trials) if isinstance(self.trials, str) else (name,)

    def read(self, name: str, columns: Columns) -> Described:
        """Return an item whose outcomes are 'successes/trials'."""
        successes = whole_numbers(name, name, columns)
        if isinstance(self.trials, str):
            trials = whole_numbers(name, self.trials, columns)
        else:
            trials = np.full(len(columns), float(self.trials))
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
        # a row without trials is missing
        pairs = np.column_stack([successes, np.where(trials == 0, np.nan, trials)])
        return _coded(name, Kind("binomial", read=(("trials", self.trials),)), pairs, "/")


@dataclass(frozen=True)
class Multinomial:
    """Count vectors: several columns of counts that share the trials of a row.

    Parameters
    ----------
    columns : sequence of str
        One column for each cell, two or more. A row's total is its number of trials; it may differ from row to row.

    Notes
    -----
    p_k(x) = (Σ_i x_i)! / Π_i x_i! · Π_i p_ki^(x_i), with cell probabilities p_k1, ..., p_kI that add to 1. A row of
    zeros is missing. Source: docs/formulas_families.md, "Multinomial".

    Examples
    --------
    >>> import blocs
    >>> table = {"red": [2, 0, 1], "blue": [1, 3, 2]}
    >>> profiles = blocs.Profiles.from_table(table, kinds={"balls": blocs.Multinomial(["red", "blue"])})
    >>> profiles.schema.item("balls").outcomes
    ('0 3', '1 2', '2 1')
    """

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
                Fault(f"it has {counted(len(self.columns), 'column')}", where=f"item {name!r}",
                      rule="A count vector has 2 or more columns")
            )  # fmt: skip
        counts = np.column_stack([whole_numbers(name, column, columns) for column in self.columns])
        counts[counts.sum(axis=1) == 0] = np.nan
        return _coded(name, Kind("multinomial", tuple(self.columns)), counts, " ")


@dataclass(frozen=True)
class Values:
    """A column of numbers that have a probability each, under a family of your own.

    Parameters
    ----------
    family : str
        The name of the family in `blocs.families.FAMILIES`.
    whole : bool
        Whether the numbers are counts 0, 1, 2, ...
    options : tuple of (str, value) pairs
        Settings of the family.
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
        position, distinct = pd.factorize(numbers)
        kind = Kind(self.family, options=self.options, read=(("whole", self.whole),))
        item = Item.full(name, tuple(plain_label(v) for v in distinct), kind)
        return Described(*_ordered(item, position))


def Poisson() -> Values:
    """Describe a column of counts 0, 1, 2, ... as Poisson.

    Returns
    -------
    Values
        The description, for `kinds=` of `Profiles.from_table`.

    Notes
    -----
    p_k(x) = λ_k^x e^(-λ_k) / x!, with one rate λ_k for each type. Source: docs/formulas_families.md, "Poisson".

    Examples
    --------
    >>> import blocs
    >>> profiles = blocs.Profiles.from_table({"calls": [0, 2, 0, 1]}, kinds={"calls": blocs.Poisson()})
    >>> profiles.schema.item("calls").outcomes
    (0, 1, 2)
    """
    return Values("poisson")


@dataclass(frozen=True)
class Gaussian:
    """Columns of measurements that are jointly normal within a type.

    Parameters
    ----------
    columns : sequence of str
        One or more columns of numbers; missing cells are allowed.
    covariance : {"full", "tied", "diag", "tied-diag", "spherical"}
        The covariances of the types: free; the same for all types; without correlations; without correlations and the
        same for all types (the default of Mplus' profile models); one variance for all columns.
    floor : float
        Smallest variance in any direction, as a share of the columns' own variances. Positive. The default only keeps
        the likelihood finite: a start that reaches it counts when no other start is left. With a larger floor the fit
        is the maximum under that constraint, and a type may be at it.
    ridge : float
        Added to the variances after each M-step, in the units of the data (scikit-learn's `reg_covar`). 0 is maximum
        likelihood.

    Raises
    ------
    InputError
        For an unknown covariance, a floor that is not positive and a negative ridge.

    Notes
    -----
    p_k(x) = N(x; μ_k, Σ_k). Rows with measurements are kept one by one, not as distinct profiles. Source:
    docs/formulas_families.md, "Gaussian".

    Examples
    --------
    >>> import blocs
    >>> kinds = {"body": blocs.Gaussian(["height", "weight"], covariance="diag")}
    >>> profiles = blocs.Profiles.from_table({"height": [170, 181.5], "weight": [65, None]}, kinds=kinds)
    >>> profiles.values
    array([[170. ,  65. ],
           [181.5,   nan]])
    """

    columns: Sequence[str]
    covariance: str = "full"
    floor: float = 1e-10
    ridge: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", names_of(self.columns))
        if self.covariance not in COVARIANCES:
            raise InputError(
                Fault(f"there is no covariance {self.covariance!r}", argument="covariance",
                      rule=f"The covariances are {', '.join(map(repr, COVARIANCES))}")
            )  # fmt: skip
        numbers = isinstance(self.floor, Real) and isinstance(self.ridge, Real)
        if not (numbers and 0 < self.floor < np.inf and 0 <= self.ridge < np.inf):
            raise InputError(
                Fault(f"the floor is {self.floor!r} and the ridge {self.ridge!r}", argument="covariance",
                      rule="The floor is a positive number, and the ridge one of 0 or more")
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
    complete = ~np.isnan(numbers).any(axis=1)
    distinct, inverse = np.unique(numbers[complete].astype(np.int64), axis=0, return_inverse=True)
    labels = tuple(between.join(map(str, row)) for row in distinct.tolist())
    codes = np.zeros(len(numbers), dtype=np.int64)
    codes[complete] = inverse.ravel() + 1
    return Described(Item.full(name, labels, kind), codes)


def _ordered(item: Item, position: NDArray[np.int64]) -> tuple[Item, NDArray[np.int64]]:
    """Return the item with its numbers in rising order, and codes (0 where `position` is -1)."""
    order = sorted(range(len(item.outcomes)), key=lambda i: float(item.outcomes[i]))
    code = np.zeros(len(order) + 1, dtype=np.int64)
    code[order] = np.arange(1, len(order) + 1)
    return Item.full(item.name, tuple(item.outcomes[i] for i in order), item.kind), code[position]
