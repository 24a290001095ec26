"""Ballots whose types depend on covariates or groups: from a ballot's profile and labels to its profile with these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..ballots.coding.trace import shown_name
from ..core.top_party import TOP
from ..profiles import Profiles
from ..profiles.group_covariates import covariates_by_cell

if TYPE_CHECKING:
    import pyarrow as pa

    from ..ballots import Coded

__all__ = ["BallotCovariates"]

Ints = NDArray[np.int64]


class BallotCovariates:
    """Coded ballots with some of their group columns as covariates.

    profiles: that differ by the covariates, too; keep: the columns that `follow` must give beside its own.

    Raises InputError for columns that are no groups of the coded ballots.
    """

    def __init__(self, coded: Coded, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.keep = tuple(name for name in names if name != TOP)
        self.profiles: Profiles
        self.profiles, place = covariates_by_cell(coded.profiles, self.names)
        cells = coded.profiles.cells
        assert cells is not None
        group, table = cells.by(self.names)
        labels = [[_plain(value) for value in table[name]] for name in self.names]
        self._number = {label: g for g, label in enumerate(zip(*labels, strict=True))}
        self._groups = len(table)
        key, first = np.unique(cells.row * self._groups + group, return_index=True)
        self._keys, self._places = key, place[first]

    def place(self, rows: pa.Table) -> Ints:
        """Return the profile of each row that `follow` gave, -1 where it lacks a covariate or was set aside."""
        columns = [rows[TOP if name == TOP else shown_name(name)].to_pylist() for name in self.names]
        labels = zip(*([_plain(value) for value in column] for column in columns), strict=True)
        group = np.array([self._number.get(label, -1) for label in labels], dtype=np.int64)
        profile = rows["profile"].fill_null(-1).to_numpy()
        key = profile * self._groups + group
        at = np.minimum(np.searchsorted(self._keys, key), len(self._keys) - 1)
        there = (profile >= 0) & (group >= 0) & (self._keys[at] == key)
        return np.where(there, self._places[at], -1)


def _plain(value: Any) -> Any:
    """Return a label by which equal ones are found: None for all that is missing, 20 and 20.0 alike."""
    return None if value is None or value != value else value
