"""What the rest of the package asks of an outcome distribution: no more than this, and nothing else.

Symbols: M parameters of one type, theta (M, W) with one column a type (of every start); R statistics, the expected
counts of C codes or the moments of measurements; F free parameters of one type. `Coded` (families/coded.py) has most
members for families of codes, `Parametric` (families/parametric.py) nearly all.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault
from ..core.schema import Item, Label
from ..kernels.shard import Shard

__all__ = ["Charted", "Density", "Description", "Edge", "Family", "FreeParameter", "Part", "missing_members"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Part(NamedTuple):
    """Some rows of a family's own items: codes (n, J) int, 0 for missing; values (n, D) measurements, NaN for missing,
    D = 0 where the items have codes."""

    codes: NDArray[Any]
    values: Floats


class Description(NamedTuple):
    """One line about the types: item, its name; value, (W,).

    outcome: whose probability it is, for `Fit.table`; parameter: its name, for `Fit.parameters`. One of them is None,
    or neither, where a parameter is the probability of an outcome.
    """

    item: str
    value: Floats
    outcome: Label | None = None
    parameter: str | None = None


class Edge(NamedTuple):
    """A parameter on the edge of its range: its row in theta, its column, and which edge.

    kind: "lower", "upper" (a probability of 0 or 1, a rate of 0, a bound), "floor" (a covariance at the floor that the
    user gave it), or "singular" (a covariance that only a guard keeps from being singular: it describes no type).
    """

    row: int
    column: int
    kind: str


class FreeParameter(NamedTuple):
    """What a free parameter is: of which item, and its name.

    outcome, against: where it is the log-odds of one outcome's probability against another's, these two; the log-odds
    of an item against one outcome follow one another. scale, shift: shift + scale times it is in the units of the data.
    positive: whether that is positive, as a variance is.
    """

    item: str
    name: str
    outcome: Label | None = None
    against: Label | None = None
    scale: float = 1.0
    shift: float = 0.0
    positive: bool = False


class Density(Protocol):
    """A density of measurements at given parameters, as the E-step uses it."""

    @property
    def rows(self) -> int:
        """Number of rows R of its statistics."""
        ...

    def log_density(self, part: Shard, out: Floats) -> None:
        """Add the (n, W) log-densities of the rows of a shard to `out`."""
        ...

    def moments(self, part: Shard, zeta: Floats, out: Floats) -> None:
        """Add the statistics of (n, W) weighted posteriors to `out`, (R, W)."""
        ...


class Charted(Protocol):
    """Coordinates y (M, W) of parameters in which quasi-Newton steps are made (formulas: "Faster than EM")."""

    @property
    def turned(self) -> bool:
        """Whether `turn` leads to another frame, in which gradients are measured by standard errors."""
        ...

    def chart(self, theta: Floats) -> Floats:
        """Coordinates (M, W) of parameters."""
        ...

    def unchart(self, y: Floats) -> Floats:
        """Parameters at any coordinates."""
        ...

    def slope(self, theta: Floats, stats: Floats) -> tuple[Floats, Floats]:
        """(M, W) gradient of the expected log-likelihood in the coordinates, and its complete-data curvature."""
        ...

    def turn(self, y: Floats, v: Floats, back: bool) -> Floats:
        """(M, W) directions in the frame where the curvature is diagonal, or back from it."""
        ...

    def unit(self, y: Floats) -> Floats:
        """(M, W) how far a coordinate moves with one unit of a log-odds or log-rate; not used where `turned`."""
        ...


class Family(Protocol):
    """An outcome distribution over some items; every array has one column a type (of every start)."""

    @property
    def items(self) -> tuple[Item, ...]:
        """The items it describes: all with codes, or one with measurements."""
        ...

    @property
    def pseudo(self) -> float:
        """Pseudo-count of its prior, 0 without one."""
        ...

    @property
    def symbol(self) -> str:
        """Symbol of its parameters in a diagram, empty where none is estimated."""
        ...

    @property
    def words(self) -> str:
        """What its items are, in a few words."""
        ...

    @property
    def underflows(self) -> bool:
        """Whether codes may be less probable than the smallest number: its logarithms are used then."""
        ...

    @property
    def names_types(self) -> bool:
        """Whether its items say what is known of a row's type, so that types have names."""
        ...

    @property
    def charted(self) -> Charted | None:
        """Its coordinates for quasi-Newton steps, None where EM alone can be used."""
        ...

    def bind(self, items: tuple[Item, ...]) -> Family:
        """The same family for the same items of other data: with other menus, values or units."""
        ...

    def with_types(self, types: int) -> Family:
        """The same family in a mixture of K types: they may share parameters."""
        ...

    # Probabilities

    def table(self, theta: Floats) -> Floats:
        """(C, W) probability of every code of the items, 1 for MISSING."""
        ...

    def log_table(self, theta: Floats) -> Floats:
        """(C, W) log-probability of every code of the items, 0 for MISSING."""
        ...

    def density(self, theta: Floats, first: int) -> Density | None:
        """Density of measurements, whose columns begin at `first` in the values of a shard; None for codes."""
        ...

    @property
    def rows(self) -> int:
        """Number of rows R of its statistics."""
        ...

    # Estimation

    def mstep(self, theta: Floats, stats: Floats) -> Floats:
        """Parameters that raise the expected log-likelihood of (R, W) statistics, from the current ones."""
        ...

    def log_prior(self, theta: Floats) -> Floats:
        """(W,) log prior density, 0 without a prior."""
        ...

    def flat(self, types: int) -> Floats:
        """Parameters (M, K) that M-steps can begin from; raises InputError where the items do not fit K types."""
        ...

    def start(self, stats: Floats, rng: np.random.Generator, width: int, centres: Part | None = None) -> Floats:
        """Random parameters (M, width); stats (R, 1) are the data's own; centres: `width` rows where means begin."""
        ...

    def features(self, part: Part, weights: Floats) -> tuple[NDArray[Any], Floats]:
        """How rows differ: codes (n, J') that agree or not, and points (n, Q) whose squared distance counts."""
        ...

    # Words

    def read(self, item: Item, written: Any, types: int) -> Floats:
        """Parameters (m, K) of one item that a user wrote down; raises InputError where they are none."""
        ...

    def faults(self, theta: Floats) -> list[Fault]:
        """What makes an array (M, W) of finite numbers no parameters."""
        ...

    def describe(self, theta: Floats) -> list[Description]:
        """The parameters in the units of the data."""
        ...

    def describe_statistics(self, theta: Floats, stats: Floats) -> list[Description]:
        """The statistics (R, W) by name, in the units of the data; theta: the parameters that the E-step used.

        The name is in `parameter`.
        """
        ...

    def carry(self, theta: Floats, other: Family) -> Floats:
        """Parameters of `other`, the same family bound to other data, in the units of this one."""
        ...

    def draw(self, theta: Floats, part: Part, types: Ints, rng: np.random.Generator) -> tuple[Family, Part]:
        """New rows like those of the part, of the given types (n,): each with its row's menus and missing cells.

        Returns the family bound to items that have the new values too, and the rows.
        """
        ...

    # Inference

    def index(self, types: int) -> Ints:
        """(F, K) place of every free parameter in a vector: equal where types share it, -1 where it is fixed."""
        ...

    def free_parameters(self) -> list[FreeParameter]:
        """What each of the F free parameters is."""
        ...

    def to_free(self, theta: Floats) -> Floats:
        """(F, W) free parameters, such as log-odds, of (M, W) parameters."""
        ...

    def from_free(self, free: Floats) -> Floats:
        """(M, W) parameters of (F, W) free ones."""
        ...

    def scores(self, theta: Floats, part: Part) -> Floats:
        """(n, F, W) derivatives of the log-probability of each row by the free parameters."""
        ...

    def information(self, theta: Floats, part: Part, zeta: Floats) -> Floats:
        """(F, F, W) minus the second derivatives of the log-probabilities, summed with weights zeta (n, W)."""
        ...

    def holding(self, item: str, outcome: Label, column: int, value: float) -> Family:
        """The same family with the probability of an outcome under one type (column) held at a value.

        Its M-step and its coordinates keep it. Raises UnsupportedError where a family does not have that.
        """
        ...

    def edges(self, theta: Floats) -> list[Edge]:
        """Parameters on the edge of their range, where derivatives do not describe the likelihood."""
        ...

    def collapsed(self, theta: Floats, rows: Floats) -> Flags:
        """(S, K) which types of (S, K) expected rows have a likelihood that says nothing of the data: spikes."""
        ...


def missing_members(family: object) -> list[str]:
    """Return the members of the protocol that an object lacks."""
    members = [name for name in vars(Family) if not name.startswith("_")]
    return [name for name in members if not hasattr(family, name)]
