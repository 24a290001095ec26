"""Simplices under constraints: which cells have a given value, which are equal, and what is most likely under them.

A simplex is the probabilities of one item under one type. Its cells have a given value, share a label with others, or
are free. Simplices that share a label make a group. With the mass r that given values leave, a simplex of a group is

    r = sum of the labels' probabilities + the mass of the free cells,

and the maximum of an expected log-likelihood has a closed form where all simplices of a group have the same labels,
each as often, and the same r: the mass of the free cells is then the same in all (formulas: "Constraints").
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pattern", "Simplex", "margins"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Simplex(NamedTuple):
    """The probabilities of one item under one type.

    item: position of the item; type: from 0; rows: of its outcomes in mu; value (L,): given ones, NaN elsewhere; label
    (L,): number of the label, -1 without one; group: number of its group; pair: how many outcomes both parts of a joint
    item have that are independent, or None.
    """

    item: int
    type: int
    rows: slice
    value: Floats
    label: Ints
    group: int
    pair: tuple[int, int] | None = None

    @property
    def mass(self) -> float:
        """What the given values leave, r."""
        return 1.0 - float(np.nansum(self.value)) if np.isnan(self.value).any() else 0.0

    @property
    def free(self) -> Ints:
        """Positions of the free cells."""
        return np.flatnonzero(np.isnan(self.value) & (self.label < 0))

    @property
    def labels(self) -> list[int]:
        """Numbers of its labels, in ascending order."""
        return sorted({*self.label[self.label >= 0].tolist()})

    @property
    def determined(self) -> bool:
        """Whether nothing is estimated: given values leave one cell, or none."""
        return not self.labels and len(self.free) < 2

    def times(self, label: int) -> int:
        """Return how many cells have a label."""
        return int((self.label == label).sum())


@dataclass(frozen=True, eq=False)
class Pattern:
    """The simplices of some items under K types, and what the labels are called: `pattern_of` makes it."""

    types: int
    simplices: tuple[Simplex, ...]
    names: tuple[str, ...]

    @cached_property
    def _cells(self) -> tuple[Ints, Floats, Ints, Ints]:
        """For each cell, (M * K,) with the type fastest: its simplex, its given value or NaN, its label, its group."""
        rows = max((simplex.rows.stop for simplex in self.simplices), default=0)
        shape = (rows, self.types)
        number, label, group = (np.full(shape, -1, dtype=np.int64) for _ in range(3))
        value = np.full(shape, np.nan)
        for s, simplex in enumerate(self.simplices):
            at = simplex.rows, simplex.type
            number[at], value[at], label[at], group[at] = s, simplex.value, simplex.label, simplex.group
        return number.ravel(), value.ravel(), label.ravel(), group.ravel()

    @cached_property
    def given(self) -> NDArray[np.bool_]:
        """(M, K) bool, which probabilities are not estimated: given values, and what they leave for one free cell."""
        out = ~np.isnan(self._cells[1]).reshape(-1, self.types)
        for simplex in self.simplices:
            if simplex.determined:
                out[simplex.rows, simplex.type] = True
        return out

    @cached_property
    def fixed(self) -> NDArray[np.bool_]:
        """(M, K) bool, which probabilities have a given value."""
        return ~np.isnan(self._cells[1]).reshape(-1, self.types)

    @cached_property
    def _of_simplices(self) -> tuple[Ints, Floats]:
        """(simplices,) group, and (groups,) mass."""
        group = np.array([simplex.group for simplex in self.simplices], dtype=np.int64)
        mass = np.zeros(int(group.max(initial=-1)) + 1)
        for simplex in self.simplices:
            mass[simplex.group] = simplex.mass
        return group, mass

    @cached_property
    def _of_labels(self) -> tuple[Ints, Floats]:
        """(labels,) group, and how many cells of each simplex of the group have the label."""
        group, times = np.zeros(len(self.names), dtype=np.int64), np.ones(len(self.names))
        for simplex in self.simplices:
            for label in simplex.labels:
                group[label], times[label] = simplex.group, simplex.times(label)
        return group, times

    def split(self, columns: Floats) -> Floats:
        """Return (M, S * K) as (M * K, S)."""
        return columns.reshape(len(columns), -1, self.types).transpose(0, 2, 1).reshape(len(columns) * self.types, -1)

    def joined(self, cells: Floats) -> Floats:
        """Inverse of `split`."""
        each = cells.reshape(-1, self.types, cells.shape[1]).transpose(0, 2, 1)
        return np.ascontiguousarray(each).reshape(len(each), -1)

    def maximum(self, counts: Floats, otherwise: Floats) -> Floats:
        """Return the (M, W) probabilities that maximise sum counts log mu under the constraints; counts (M, W).

        otherwise (M, W): probabilities under the constraints, which stay where there are no counts.
        """
        c, old = self.split(counts), self.split(otherwise)
        number, value, label, group = self._cells
        of_label, of_free, of_group = self._sums(c)
        own, mass = self._of_simplices
        total = of_group + _added(of_free, own, len(mass))
        some = np.where(total > 0, total, 1.0)
        labelled, times = self._of_labels
        tied = mass[labelled, None] * of_label / times[:, None] / some[labelled]
        rest = (mass[:, None] * _added(of_free, own, len(mass)) / some)[own][number]
        before = _added(np.where(self._is_free[:, None], old, 0.0), number, len(own))[number]
        among, cells = of_free[number], self._free_cells[number]
        part = np.where(before > 0, old / np.where(before > 0, before, 1.0), 1.0 / cells[:, None])
        part = np.where(among > 0, c / np.where(among > 0, among, 1.0), part)
        out = np.where((label >= 0)[:, None], tied[label] if len(tied) else 0.0, rest * part)
        out = np.where(total[group] > 0, out, old)
        mu = self.joined(np.where(np.isnan(value)[:, None], out, np.nan_to_num(value)[:, None]))
        for simplex, at in self._independent:
            a, b = margins(mu[at], simplex)
            mu[at] = (a[:, None] * b).reshape(mu[at].shape)
        return mu

    @property
    def _independent(self) -> list[tuple[Simplex, tuple[slice, slice]]]:
        """The simplices whose two parts are independent, and where they are in mu."""
        return [(s, (s.rows, slice(s.type, None, self.types))) for s in self.simplices if s.pair]

    def slope(self, mu: Floats, counts: Floats) -> tuple[Floats, Floats]:
        """Return (M, W) gradient of the expected log-likelihood by y where mu = maximum(y^2), and its curvature."""
        p, c = self.split(mu), self.split(counts)
        number, value, label, group = self._cells
        of_label, of_free, of_group = self._sums(c)
        own, mass = self._of_simplices
        size = np.bincount(own, minlength=len(mass)).astype(np.float64)
        free = _added(of_free, own, len(mass))
        r = np.where(mass > 0, mass, 1.0)
        mean = (of_group + free) / (size * r)[:, None]
        rest = _added(np.where(self._is_free[:, None], p, 0.0), number, len(own))
        safe = np.where(rest > 0, rest, 1.0)
        labelled, times = self._of_labels
        theta = np.zeros_like(of_label)
        theta[label[label >= 0]] = p[label >= 0]
        tied = of_label / np.where(theta > 0, (size[labelled] * times)[:, None] * theta, 1.0)
        among = (free / size[:, None])[own] / safe - of_free / safe
        ratio = c / np.where(p > 0, p, 1.0)
        slopes = np.where((label >= 0)[:, None], tied[label] if len(tied) else 0.0, among[number] + ratio) - mean[group]
        here = np.isnan(value)[:, None]
        gradient = self.joined(np.where(here, 2 * np.sqrt(p) * slopes, 0.0))
        for simplex, at in self._independent:
            (a, b), (of_a, of_b) = margins(mu[at], simplex), margins(counts[at], simplex)
            ratio = (of_a / np.where(a > 0, a, 1.0))[:, None] + of_b / np.where(b > 0, b, 1.0)
            gradient[at] = 2 * np.sqrt(mu[at]) * (ratio.reshape(mu[at].shape) - 2 * of_a.sum(axis=0))
        return gradient, self.joined(np.where(here, 4 * mean[group], 1.0))

    @cached_property
    def _is_free(self) -> NDArray[np.bool_]:
        number, value, label, _ = self._cells
        return np.isnan(value) & (label < 0) & (number >= 0)

    @cached_property
    def _free_cells(self) -> Floats:
        """(simplices,) number of free cells, at least 1."""
        return np.array([max(1, len(simplex.free)) for simplex in self.simplices], dtype=np.float64)

    def _sums(self, c: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the counts by label, those of the free cells by simplex, and those of labels by group."""
        number, _, label, _ = self._cells
        of_label = _added(c[label >= 0], label[label >= 0], len(self.names))
        of_free = _added(np.where(self._is_free[:, None], c, 0.0), number, len(self.simplices))
        return of_label, of_free, _added(of_label, self._of_labels[0], len(self._of_simplices[1]))


def margins(cells: Floats, simplex: Simplex) -> tuple[Floats, Floats]:
    """Return the sums (L_a, S) and (L_b, S) of the cells (L_a L_b, S) of a joint item over the other part."""
    assert simplex.pair is not None
    table = cells.reshape(*simplex.pair, -1)
    return table.sum(axis=1), table.sum(axis=0)


def _added(values: Floats, number: Ints, size: int) -> Floats:
    """Return (size, S) sums of the rows of (n, S) values by their number, in the order of the rows."""
    out = np.zeros((size, values.shape[1]))
    np.add.at(out, number, values)
    return out
