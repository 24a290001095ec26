"""What the package asks of a membership model: who belongs to which type before the items are seen.

gamma (Q, W) are its parameters, with one column a type of every start as for families: they are block 0 of `Params`.
A membership model gives every profile a row of a prior (G, W), such as its group's or that of its covariates. Rows are
numbered within a shard, and what a shard says of gamma is reduced to statistics that add.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault
from ..families.protocol import Charted
from ..kernels.shard import Shard
from ..profiles import Profiles
from .design import Design
from .groups import Groups

__all__ = ["Membership", "PriorRows"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class PriorRows(NamedTuple):
    """The rows of the prior of a part of the profiles.

    row (U,): that of each profile; number: of rows G; covariates (G, Q): the columns that it depends on, or None.
    """

    row: NDArray[np.int32]
    number: int
    covariates: Floats | None = None


class Membership(Protocol):
    """A model of the types' prior probabilities."""

    @property
    def types(self) -> int:
        """Number of types K."""
        ...

    @property
    def pseudo(self) -> float:
        """Pseudo-count of its prior, 0 without one."""
        ...

    @property
    def common(self) -> bool:
        """Whether all profiles have the same prior."""
        ...

    @property
    def design(self) -> Design | Groups | None:
        """What the shares depend on: columns of covariates, or groups; None where they are the same for all rows."""
        ...

    @property
    def groups(self) -> Groups | None:
        """The groups that have shares of their own, None where there are none."""
        ...

    @property
    def levels(self) -> int | None:
        """Number of groups, or of levels of a column of very many, with blocks in its sums, else None."""
        ...

    def order(self, profiles: Profiles) -> Ints | None:
        """Return (U,) the order in which the profiles are placed, None where it is their own."""
        ...

    def coefficients(self, gamma: Floats) -> Floats:
        """Return (Q, K) coefficients of covariates of one start against its first type, (0, K) without any."""
        ...

    def from_shares(self, shares: Floats) -> Floats:
        """Return (Q, W) parameters with which all rows have the shares (S, K)."""
        ...

    def carry(self, gamma: Floats, before: Any) -> Floats:
        """Return (Q, W) parameters of another membership with the same columns, in the units of this one."""
        ...

    @property
    def charted(self) -> Charted | None:
        """Its coordinates for quasi-Newton steps, None where EM alone can be used."""
        ...

    def rows(self, parts: Sequence[Profiles]) -> list[PriorRows]:
        """For each part of the profiles the rows of the prior."""
        ...

    def prior(self, gamma: Floats, shard: Shard) -> Floats:
        """(G, W) prior probabilities of the types in the rows of a shard."""
        ...

    def statistics(self, gamma: Floats, shard: Shard, totals: Floats) -> Floats:
        """What the (G, W) expected totals of a shard say of gamma, in an array that adds over shards."""
        ...

    def mstep(self, gamma: Floats, stats: Floats) -> Floats:
        """Parameters that raise the expected log-likelihood, from the current ones."""
        ...

    def log_prior(self, gamma: Floats) -> Floats:
        """(S,) log prior density, 0 without a prior."""
        ...

    def even(self, starts: int) -> Floats:
        """Parameters (Q, S * K) under which all types are as probable."""
        ...

    def with_means(self, gamma: Floats, other: Floats) -> Floats:
        """Return gamma, with the mean shares of another where they do not follow from gamma alone."""
        ...

    def shares(self, gamma: Floats, stats: Floats | None = None) -> Floats:
        """(S, K) shares of the types, over all profiles where they depend on the row: for order and reports."""
        ...

    def read(self, written: Any) -> Floats:
        """Parameters (Q, K) that a user wrote down; raises InputError where they are none."""
        ...

    def faults(self, gamma: Floats) -> list[Fault]:
        """What makes an array (Q, W) of finite numbers no parameters."""
        ...

    def index(self, types: int) -> Ints:
        """(F, K) place of every free parameter in a vector, -1 where it is fixed, as for a reference type."""
        ...

    def to_free(self, gamma: Floats) -> Floats:
        """(F, W) free parameters."""
        ...

    def from_free(self, free: Floats) -> Floats:
        """(Q, W) parameters of (F, W) free ones."""
        ...

    def scores(self, gamma: Floats, shard: Shard) -> Floats:
        """(G, P, K) derivatives of the log prior of each type by the P free parameters, at one start's gamma."""
        ...

    def information(self, gamma: Floats, shard: Shard, totals: Floats) -> Floats:
        """(P, P) minus the second derivatives of the log prior, summed with (G, K) totals of one start."""
        ...
