"""Groups: the labels of the groups that have shares of their own, and how many observations each has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, counted, missing_columns, nearest, taken_columns
from ..core.schema import Label
from ..profiles import Covariates, Profiles, crossed
from ..profiles.group_items import divided_items

__all__ = ["TAKEN", "Groups", "with_groups"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
TAKEN = ("n", "type", "share", "se", "low", "high", "flag")
"""Columns that tables of shares by group have beside those of the groups."""
LISTED = 5
"""Groups that are not known and are named one by one."""


@dataclass(frozen=True)
class Groups:
    """The G groups of the rows that were fitted, by one or more columns of their covariates.

    Parameters
    ----------
    names : tuple of str
        The columns.
    labels : tuple of tuple
        The labels of each group, one a column; in the order of the levels, numbers rising.
    counts, weights : tuple of float
        Observations of each group, and the sums of their weights.
    """

    names: tuple[str, ...]
    labels: tuple[tuple[Label, ...], ...]
    counts: tuple[float, ...]
    weights: tuple[float, ...]

    @classmethod
    def of(cls, names: str | Sequence[str], profiles: Profiles, argument: str = "groups") -> Groups:
        """Return the groups of profiles; argument: that names their columns, for errors.

        Raises InputError for columns that are none of the covariates of the profiles, or taken.
        """
        listed = (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))
        known = () if profiles.covariates is None else profiles.covariates.names
        if not listed:
            raise InputError(Fault("there is no column", argument=argument, remedy="Name one, or leave it out"))
        absent = [name for name in listed if name not in known]
        if profiles.covariates is None or absent:
            there = [name for name in absent if profiles.cells is not None and name in profiles.cells.table.columns]
            remedy = "Name it among the covariates where the profiles are made"
            if there:
                remedy += f", or make covariates of its groups: blocs.profiles.group_covariates(profiles, {there})"
            raise InputError(*missing_columns(absent, argument, known, remedy=remedy))
        if faults := taken_columns(listed, argument, TAKEN):
            raise InputError(*faults)
        covariates, row = profiles.covariates.in_use()
        columns = [known.index(name) for name in listed]
        values, group = np.unique(covariates.values[:, columns], axis=0, return_inverse=True)
        of_profile = group.ravel()[row]
        counts, weights = (np.bincount(of_profile, n, len(values)) for n in (profiles.counts, profiles.weights))
        labels = _labels(values, [covariates.levels[v] for v in columns])
        return cls(listed, labels, tuple(counts.tolist()), tuple(weights.tolist()))

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def parts(self) -> Floats:
        """(G,) part of the weight of all observations that each group has."""
        weights = np.array(self.weights)
        return np.asarray(weights / weights.sum())

    def numbers(self, covariates: Covariates | None) -> Ints:
        """Return (R,) the group of each of the distinct rows of covariates.

        Raises InputError for columns that are not there, and for groups that were not fitted.
        """
        known = () if covariates is None else covariates.names
        if covariates is None or (absent := [name for name in self.names if name not in known]):
            remedy = ("The types' shares depend on it: name it among the covariates where the profiles are made, or "
                      "make group columns covariates with blocs.profiles.group_covariates")  # fmt: skip
            absent = list(self.names) if covariates is None else absent
            raise InputError(*missing_columns(absent, "profiles", known, remedy=remedy))
        columns = [known.index(name) for name in self.names]
        values, group = np.unique(covariates.values[:, columns], axis=0, return_inverse=True)
        labels = _labels(values, [covariates.levels[v] for v in columns])
        number = [self._number.get(label, -1) for label in labels]
        if unknown := [label for label, at in zip(labels, number, strict=True) if at < 0]:
            raise InputError(self._unknown(unknown))
        return np.array(number, dtype=np.int64)[group.ravel()]

    def crossed(self, covariates: Covariates) -> tuple[Ints]:
        """Return (R,) the group of each of the distinct rows of covariates, as `Design.crossed`."""
        return (self.numbers(covariates),)

    def pairs(self, g: int) -> tuple[tuple[str, Label], ...]:
        """Return the columns of a group with its labels."""
        return tuple(zip(self.names, self.labels[g], strict=True))

    def divided(self, profiles: Profiles, items: Sequence[str]) -> Profiles:
        """Return profiles in which each of some items is one item for each group, missing elsewhere."""
        each = tuple(self.pairs(g) for g in range(len(self)))
        return divided_items(profiles, dict.fromkeys(items, each))

    def word(self, g: int) -> str:
        """Return a group in one word, such as "precinct 12" or "precinct 12, party REP"."""
        return ", ".join(f"{name} {label}" for name, label in self.pairs(g))

    def alike(self, other: object) -> bool:
        """Whether another has the same groups, whatever the number of their observations."""
        return isinstance(other, Groups) and (self.names, self.labels) == (other.names, other.labels)

    def to_plain(self) -> dict[str, Any]:
        """Return it as plain data for JSON."""
        return {"columns": list(self.names), "labels": [list(label) for label in self.labels],
                "counts": list(self.counts), "weights": list(self.weights)}  # fmt: skip

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Groups:
        """Return what `to_plain` described; ValueError, KeyError or TypeError where it is none."""
        counts, weights = (tuple(map(float, data[name])) for name in ("counts", "weights"))
        out = cls(tuple(map(str, data["columns"])), tuple(map(tuple, data["labels"])), counts, weights)
        numbers = np.array([counts, weights])
        if not out.names or any(len(label) != len(out.names) for label in out.labels) or len(out._number) < len(out):
            raise ValueError("the labels of the groups do not fit their columns")
        if numbers.shape != (2, len(out)) or not (np.isfinite(numbers).all() and (numbers > 0).all()):
            raise ValueError("the groups do not each have a positive number of observations")
        return out

    @cached_property
    def _number(self) -> dict[tuple[Label, ...], int]:
        return {label: g for g, label in enumerate(self.labels)}

    def _unknown(self, labels: Sequence[tuple[Label, ...]]) -> Fault:
        """Return the fault of groups that were not fitted."""
        written = [", ".join(map(repr, label)) for label in labels]
        more = f" and {len(written) - LISTED:,} more" if len(written) > LISTED else ""
        known = [", ".join(map(repr, label)) for label in self.labels]
        return Fault(
            f"the fit knows nothing of {'; '.join(written[:LISTED])}{more} in {', '.join(map(repr, self.names))}",
            argument="profiles", rule=f"It has shares of {counted(len(self), 'group')}",
            nearest=nearest(written[0], known), remedy="Leave these rows out",
        )  # fmt: skip


def _labels(values: Floats, levels: Sequence[tuple[Label, ...] | None]) -> tuple[tuple[Label, ...], ...]:
    """Return the labels of (G, V) values: levels by position, numbers as they are, whole ones as int."""
    columns = [_column(column, own) for column, own in zip(values.T.tolist(), levels, strict=True)]
    return tuple(zip(*columns, strict=True))


def _column(values: Sequence[float], levels: tuple[Label, ...] | None) -> list[Label]:
    if levels is not None:
        return [levels[int(at)] for at in values]
    return [int(value) if value.is_integer() else value for value in values]


def with_groups(
    profiles: Profiles, membership: str | None, groups: str | Sequence[str] | None, argument: str = "groups"
) -> tuple[Profiles, tuple[str, ...] | None]:
    """Return profiles whose groups are covariates, and the columns of the groups: None for the same shares for all.

    argument: that names the columns, for errors. Raises InputError for another membership than "by_group", and where no
    or several columns may be meant.
    """
    if membership not in (None, "by_group"):
        raise InputError(
            Fault(f"it is {membership!r}", argument="membership", nearest=nearest(str(membership), ["by_group"]),
                  rule="The only choice is 'by_group', shares by group; without it shares are the same for all rows, "
                       "or depend on `covariates=`")
        )  # fmt: skip
    if groups is not None:
        listed = (groups,) if isinstance(groups, str) else tuple(dict.fromkeys(groups))
        return crossed(profiles, listed), listed
    if membership is None:
        return profiles, None
    own = () if profiles.covariates is None else profiles.covariates.names
    cells = () if profiles.cells is None else profiles.cells.names
    known = tuple(dict.fromkeys((*own, *cells)))
    if len(known) != 1:
        what, remedy = "the profiles have no groups", "Name a column as `groups=` where the profiles are made"
        if known:
            what, remedy = f"there are the columns {', '.join(map(repr, known))}", "Name one or more with `groups=`"
        raise InputError(Fault(what, argument="membership", rule="Each group has shares of its own", remedy=remedy))
    return crossed(profiles, known), known
