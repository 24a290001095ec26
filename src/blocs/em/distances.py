"""How far apart rows are, whatever their items hold: what starts by centres need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model.mixture import Mixture
from ..profiles import Profiles

__all__ = ["Nearness", "evidence", "labelled", "pick", "sample"]

Floats = NDArray[np.float64]
TRIALS = 5
"""Rows tried as the next centre of numbers; the one that leaves least distance is taken."""
SHARP = 2.0
"""How fast posteriors fall with the squared distance of numbers."""
ROUNDS = 20
"""Rounds of k-means that settle the centres of numbers."""
PART = 65_536
"""Rows whose chances are added up at a time."""
ENOUGH = 20_000
"""Rows that tell enough: as many are looked at where a start is drawn or an exchange of types is tried."""


@dataclass(frozen=True)
class Nearness:
    """codes (U, J') of the categories; points (U, Q): numbers and measurements, each item scaled to variance 1."""

    codes: NDArray[Any]
    points: Floats

    @cached_property
    def complete(self) -> bool:
        """Whether no category is missing."""
        return bool((self.codes != 0).all())

    @classmethod
    def of(cls, mixture: Mixture, profiles: Profiles) -> Nearness:
        """Return what tells the rows apart."""
        each = [
            family.features(mixture.part(i, profiles), profiles.weights) for i, family in enumerate(mixture.families)
        ]
        plain = [codes for codes, _ in each if codes.shape[1]]
        codes = plain[0] if len(plain) == 1 else np.hstack([profiles.codes[:, :0], *plain])
        return cls(codes, np.hstack([np.zeros((len(profiles), 0)), *(points for _, points in each)]))

    def differences(self, centre: int) -> Floats:
        """Return (U,) number of categories that differ from row `centre`; a missing one differs by a half."""
        codes, here = self.codes, self.codes[centre]
        if self.complete:
            return np.asarray((codes != here).sum(axis=1), dtype=np.float64)
        known = (codes != 0) & (here != 0)
        return np.asarray(((codes != here) & known).sum(axis=1) + 0.5 * (~known).sum(axis=1))

    def squares(self, centre: int) -> Floats:
        """Return (U,) squared distance of the numbers from row `centre`."""
        return np.asarray(((self.points - self.points[centre]) ** 2).sum(axis=1))

    def memberships(
        self, profiles: Profiles, weights: Floats, rng: np.random.Generator, groups: int, known: Floats | None = None
    ) -> Floats:
        """Return (U, groups) posteriors that fall with the distance from centres far from one another (k-modes++).

        A centre is a row drawn in proportion to weight x squared distance from the centres before it. The distance is
        the number of items answered differently, evenly for missing items, and that of numbers in units of their
        spread. known (U, groups): what is known of the rows' groups; a row known to be of a group is its centre.
        """
        distance = np.empty((len(weights), groups))
        chance, nearest_gap = weights.copy(), np.full(len(weights), np.inf)
        centres = np.zeros(groups, dtype=np.int64)
        numbers = self.points.shape[1] > 0
        for k in range(groups):
            allowed = chance if known is None else chance * _own(known, k)
            tried = pick(profiles, allowed if allowed.sum() > 0 else weights, rng, TRIALS if numbers else 1)
            away = [self.differences(c) for c in tried.tolist()]
            squares = [a**2 + self.squares(c) if numbers else a**2 for a, c in zip(away, tried.tolist(), strict=True)]
            gaps = [np.minimum(nearest_gap, square) for square in squares]
            best = int(np.argmin([(weights * gap).sum() for gap in gaps])) if len(gaps) > 1 else 0
            centres[k], nearest_gap, distance[:, k] = tried[best], gaps[best], away[best]
            chance = weights * nearest_gap
        if numbers:
            distance += SHARP * self.settled(centres, weights)
        zeta = np.exp(-(distance - distance.min(axis=1, keepdims=True)))
        if known is not None:
            zeta = np.where((zeta * known).sum(axis=1, keepdims=True) > 0, zeta * known, known)
        return np.asarray(zeta / zeta.sum(axis=1, keepdims=True))

    def settled(self, centres: NDArray[np.int64], weights: Floats) -> Floats:
        """Return (U, K) squared distances of the numbers from means that began at rows and moved by k-means."""
        means = self.points[centres]
        square = (self.points**2).sum(axis=1, keepdims=True)
        for _ in range(ROUNDS):
            nearest = (square - 2 * self.points @ means.T + (means**2).sum(axis=1)).argmin(axis=1)
            mass = np.bincount(nearest, weights, len(means))
            sums = [np.bincount(nearest, weights * column, len(means)) for column in self.points.T]
            moved = np.where(mass[:, None] > 0, np.array(sums).T / np.where(mass > 0, mass, 1.0)[:, None], means)
            if np.allclose(moved, means, rtol=0, atol=1e-6):
                break
            means = moved
        return np.asarray([((self.points - mean) ** 2).sum(axis=1) for mean in means]).T


def _own(known: Floats, k: int) -> Floats:
    """Return (U,) how much rows speak for group k: rows of that group alone where there are some."""
    alone = (known[:, k] > 0) & ((known > 0).sum(axis=1) == 1)
    return np.where(alone, known[:, k], 0.0) if alone.any() else known[:, k]


def sample(mixture: Mixture, profiles: Profiles, seed: int) -> Profiles:
    """Return the profiles, or a random part of very many, whose weights are in proportion to those of all rows.

    Rows of which something is known are a part of their own, as a few of them name the types of all.
    """
    if len(profiles) <= ENOUGH:
        return profiles
    rng = np.random.default_rng([seed, 0, 1])  # not that of a start
    told = labelled(mixture, profiles)
    rows, weights = np.zeros(0, dtype=np.int64), np.zeros(0)
    for these in (told, ~told):
        here = np.where(these, profiles.weights, 0.0)
        if these.sum() <= ENOUGH:
            drawn = np.flatnonzero(these)
            each = here[drawn]
        else:
            drawn, times = np.unique(pick(profiles, here, rng, ENOUGH), return_counts=True)
            each = times * (here.sum() / ENOUGH)
        rows, weights = np.append(rows, drawn), np.append(weights, each)
    weights *= ENOUGH / profiles.weights.sum()
    values = None if profiles.values is None else profiles.values[rows]
    return Profiles(profiles.schema, profiles.codes[rows], weights, weights, values=values)


def pick(profiles: Profiles, chance: Floats, rng: np.random.Generator, size: int) -> NDArray[np.int64]:
    """Return `size` rows drawn with the given chances.

    Measurements are looked up in rising order, so that a row of weight 3 and three copies draw alike, in any order of
    the rows.
    """
    if profiles.values is None:
        return _places(chance, rng.random(size))
    order = _rising(profiles)
    return np.asarray(order[_places(chance[order], rng.random(size))])


def _rising(profiles: Profiles) -> NDArray[np.int64]:
    """Return the order of the rows by the first measurement, which is that of all columns unless there are ties."""
    values = np.asarray(profiles.values)
    order = np.argsort(values[:, 0], kind="stable")
    if (np.diff(values[order, 0]) > 0).all():
        return np.asarray(order)
    return np.lexsort([*profiles.codes.T, *values.T[::-1]])


def _places(chance: Floats, draws: Floats) -> NDArray[np.int64]:
    """Return where draws from [0, 1) fall in (U,) chances, which need not sum to 1; part by part, in little room."""
    starts = np.arange(0, len(chance), PART)
    ends = np.cumsum(np.add.reduceat(chance, starts))
    level = draws * ends[-1]
    part = np.minimum(np.searchsorted(ends, level, side="right"), len(ends) - 1)
    places = np.empty(len(draws), dtype=np.int64)
    for i in np.unique(part):
        here, first = part == i, starts[i]
        within = np.cumsum(chance[first : first + PART])
        found = np.searchsorted(within, level[here] - (ends[i - 1] if i else 0.0), side="right")
        places[here] = first + np.minimum(found, len(within) - 1)
    return places


def labelled(mixture: Mixture, profiles: Profiles) -> NDArray[np.bool_]:
    """Return (U,) of which rows something is known about their type."""
    known = np.zeros(len(profiles), dtype=bool)
    for i, family in enumerate(mixture.families):
        if family.names_types:
            known |= mixture.part(i, profiles).codes.any(axis=1)
    return known


def evidence(mixture: Mixture, profiles: Profiles) -> Floats | None:
    """Return (U, K) what is known about the rows' types, None when nothing is."""
    found = None
    for i, family in enumerate(mixture.families):
        if family.names_types:
            table, first = family.table(family.flat(mixture.types)), 0
            for item, codes in zip(family.items, mixture.part(i, profiles).codes.T, strict=True):
                rows = table[first + codes.astype(np.int64)]
                found = rows if found is None else found * rows
                first += item.size
    return found
