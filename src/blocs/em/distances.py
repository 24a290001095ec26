"""Distances between rows, whatever their items hold: what starts by centres and split types need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model.mixture import Mixture
from ..profiles import Profiles
from ..profiles.draws import drawn_in_each, drawn_places, drawn_times

__all__ = ["Distances", "draw_rows", "draw_samples", "known_types", "labelled_rows", "subsample"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
TRIALS = 5
"""Rows tried as the next centre of numbers; the one that leaves least distance is taken."""
SHARPNESS = 2.0
"""How fast posteriors fall with the squared distance of numbers."""
KMEANS_ITERATIONS = 20
"""Iterations of k-means, at most, that improve the centres of numbers."""
SUBSAMPLE_ROWS = 20_000
"""Rows of a subsample: as many are used where a start is drawn or a move of types is tried."""


@dataclass(frozen=True)
class Distances:
    """What distances between rows are measured by.

    Parameters
    ----------
    codes : (U, J') int
        Codes of the categories.
    points : (U, Q) float
        Numbers and measurements, each item scaled to variance 1.
    """

    codes: NDArray[Any]
    points: Floats

    @cached_property
    def complete(self) -> bool:
        """Whether no category is missing."""
        return bool((self.codes != 0).all())

    @classmethod
    def of(cls, mixture: Mixture, profiles: Profiles) -> Distances:
        """Return the categories and numbers of the rows."""
        features = [
            family.features(mixture.part(i, profiles), profiles.weights) for i, family in enumerate(mixture.families)
        ]
        categorical = [codes for codes, _ in features if codes.shape[1]]
        codes = categorical[0] if len(categorical) == 1 else np.hstack([profiles.codes[:, :0], *categorical])
        return cls(codes, np.hstack([np.zeros((len(profiles), 0)), *(points for _, points in features)]))

    @property
    def trials(self) -> int:
        """Rows tried as the next centre, of which one is taken."""
        return TRIALS if self.points.shape[1] else 1

    def differences(self, centres: int | Ints) -> Floats:
        """Return (..., U) number of categories that differ from those of rows; a missing one differs by a half."""
        codes, of_centres = self.codes, self.codes[centres][..., None, :]
        if self.complete:
            return np.asarray((codes != of_centres).sum(axis=-1), dtype=np.float64)
        answered = (codes != 0) & (of_centres != 0)
        return np.asarray(((codes != of_centres) & answered).sum(axis=-1) + 0.5 * (~answered).sum(axis=-1))

    def squares(self, centres: Ints) -> Floats:
        """Return (C, U) squared distances of the numbers from those of rows (C,)."""
        return np.asarray([((self.points - self.points[centre]) ** 2).sum(axis=1) for centre in centres])

    def memberships(self, profiles: Profiles, weights: Floats, draws: Floats, known: Floats | None = None) -> Floats:
        """Return (S, U, groups) posteriors that fall with the distance from centres far from one another (k-modes++).

        A centre is a row drawn in proportion to weight x squared distance from the centres before it. The distance is
        the number of items answered differently (a missing one counts half) and that of numbers in units of their
        spread. weights: (S, U), or (U,) for all; draws: (S, groups, `trials`) uniform random numbers. known (U,
        groups): probabilities of the rows' groups where they are known; then the centre of a group is a row known to
        belong to it.
        """
        starts, groups, trials = draws.shape
        weights = np.ascontiguousarray(np.broadcast_to(weights, (starts, len(profiles))))  # sums go along the rows
        order = None if profiles.values is None else _ascending(profiles)
        distance = np.empty((starts, len(profiles), groups))
        probability, nearest, each = weights, np.full(weights.shape, np.inf), np.arange(starts)
        centres = np.zeros((starts, groups), dtype=np.int64)
        for k in range(groups):
            allowed = probability if known is None else probability * _of_group(known, k)
            allowed = np.where(allowed.sum(axis=1, keepdims=True) > 0, allowed, weights)
            if order is None:
                rows = drawn_in_each(allowed, draws[:, k])
            else:
                rows = order[drawn_in_each(allowed[:, order], draws[:, k])]
            differences = self.differences(rows)
            squares = differences**2
            if trials > 1:
                squares += self.squares(rows.ravel()).reshape(squares.shape)
            to_nearest, best = np.minimum(nearest[:, None], squares), np.zeros(starts, dtype=np.int64)
            if trials > 1:
                best = (weights[:, None] * to_nearest).sum(axis=2).argmin(axis=1)
            centres[:, k], nearest = rows[each, best], to_nearest[each, best]
            distance[:, :, k] = differences[each, best]
            probability = weights * nearest
        if trials > 1:
            means = [self.from_means(*of_start) for of_start in zip(centres, weights, strict=True)]
            distance += SHARPNESS * np.array(means)
        zeta = np.exp(-(distance - distance.min(axis=2, keepdims=True)))
        if known is not None:
            zeta = np.where((zeta * known).sum(axis=2, keepdims=True) > 0, zeta * known, known)
        return np.asarray(zeta / zeta.sum(axis=2, keepdims=True))

    def from_means(self, centres: Ints, weights: Floats) -> Floats:
        """Return (U, K) squared distances of the numbers from the means of k-means that begins at these rows."""
        means = self.points[centres]
        square = (self.points**2).sum(axis=1, keepdims=True)
        for _ in range(KMEANS_ITERATIONS):
            products = np.einsum("uq,kq->uk", self.points, means, optimize=False)  # a BLAS would choose the last digits
            nearest = (square - 2 * products + (means**2).sum(axis=1)).argmin(axis=1)
            totals = np.bincount(nearest, weights, len(means))
            sums = [np.bincount(nearest, weights * column, len(means)) for column in self.points.T]
            new = np.where(totals[:, None] > 0, np.array(sums).T / np.where(totals > 0, totals, 1.0)[:, None], means)
            if np.allclose(new, means, rtol=0, atol=1e-6):
                break
            means = new
        return np.asarray([((self.points - mean) ** 2).sum(axis=1) for mean in means]).T


def _of_group(known: Floats, k: int) -> Floats:
    """Return (U,) known probability of group k, of rows that can be of no other group where there are some."""
    alone = (known[:, k] > 0) & ((known > 0).sum(axis=1) == 1)
    return np.where(alone, known[:, k], 0.0) if alone.any() else known[:, k]


def subsample(mixture: Mixture, profiles: Profiles, seed: int) -> Profiles:
    """Return the profiles, or a subsample of very many, whose weights are in proportion to those of all rows.

    Rows whose types are known are a stratum of their own, as a few of them name the types of all.
    """
    if len(profiles) <= SUBSAMPLE_ROWS:
        return profiles
    rng = np.random.default_rng([seed, 0, 1])  # not that of a start
    labelled = labelled_rows(mixture, profiles)
    rows, weights = np.zeros(0, dtype=np.int64), np.zeros(0)
    for stratum in (labelled, ~labelled):
        if not stratum.any():
            continue
        in_stratum = profiles.weights if stratum.all() else np.where(stratum, profiles.weights, 0.0)
        if stratum.sum() <= SUBSAMPLE_ROWS:
            drawn = np.flatnonzero(stratum)
            each = in_stratum[drawn]
        else:
            drawn, times = np.unique(draw_rows(profiles, in_stratum, rng, SUBSAMPLE_ROWS), return_counts=True)
            each = times * (in_stratum.sum() / SUBSAMPLE_ROWS)
        rows, weights = np.append(rows, drawn), np.append(weights, each)
    weights *= SUBSAMPLE_ROWS / profiles.weights.sum()
    return profiles.take(rows, weights)


def draw_rows(profiles: Profiles, probability: Floats, rng: np.random.Generator, size: int) -> Ints:
    """Return `size` rows drawn with probabilities in proportion to the given numbers.

    Rows with measurements are sorted first, so that a row of weight 3 and three copies draw alike, in any order of the
    rows.
    """
    if profiles.values is None:
        return drawn_places(probability, rng.random(size))
    order = _ascending(profiles)
    return np.asarray(order[drawn_places(probability[order], rng.random(size))])


def draw_samples(
    profiles: Profiles, probability: Floats, rng: np.random.Generator, size: int, samples: int
) -> Ints:
    """Return (U, samples) how often each row is among `size` rows that are drawn as `draw_rows` draws them."""
    draws = rng.random((size, samples))
    if profiles.values is None:
        return drawn_times(probability, draws)
    order, times = _ascending(profiles), np.empty((len(profiles), samples), dtype=np.int64)
    times[order] = drawn_times(probability[order], draws)
    return times


def _ascending(profiles: Profiles) -> Ints:
    """Return the order of the rows by the first measurement, which is that of all columns unless there are ties."""
    values = np.asarray(profiles.values)
    order = np.argsort(values[:, 0], kind="stable")
    if (np.diff(values[order, 0]) > 0).all():
        return np.asarray(order)
    return np.lexsort([*profiles.codes.T, *values.T[::-1]])


def labelled_rows(mixture: Mixture, profiles: Profiles) -> NDArray[np.bool_]:
    """Return (U,) whether something is known of each row's type."""
    labelled = np.zeros(len(profiles), dtype=bool)
    for i, family in enumerate(mixture.families):
        if family.names_types:
            labelled |= mixture.part(i, profiles).codes.any(axis=1)
    return labelled


def known_types(mixture: Mixture, profiles: Profiles) -> Floats | None:
    """Return (U, K) probabilities of the rows' known types, None when no item says anything about them."""
    probabilities = None
    for i, family in enumerate(mixture.families):
        if family.names_types:
            table, first = family.table(family.flat(mixture.types)), 0
            for item, codes in zip(family.items, mixture.part(i, profiles).codes.T, strict=True):
                rows = table[first + codes.astype(np.int64)]
                probabilities = rows if probabilities is None else probabilities * rows
                first += item.size
    return probabilities
