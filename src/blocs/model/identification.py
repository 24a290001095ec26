"""Whether the data can tell the types apart at all (002 §3.3): free parameters against what the data can speak of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..families import Gaussian, Known, Parametric
from ..profiles import Profiles
from .mixture import Family, Mixture, Params

__all__ = ["coinciding", "information_rank", "too_many"]

Floats = NDArray[np.float64]
ALIKE = 1e-3


def too_many(mixture: Mixture) -> bool:
    """Return whether there are more free parameters than free cell probabilities of the whole table of outcomes.

    Then a continuum of parameters gives every cell the same probability, and no data can choose among them. With one
    flip per draw there is one free cell probability, and two coins have three parameters.
    """
    cells = 1.0
    for family in mixture.families:
        if isinstance(family, Known):
            return False  # labelled rows speak of each type by itself
        for item in family.items:
            cells *= 1.0 + family.cells(item)
    return mixture.free > cells - 1


def coinciding(mixture: Mixture, params: Params) -> tuple[tuple[int, int], ...]:
    """Return the pairs of types (numbered from 0) that have the same parameters in every item: one type too many."""
    pairs = []
    for k in range(mixture.types):
        for other in range(k + 1, mixture.types):
            if all(
                _alike(family, block[:, 0, k], block[:, 0, other])
                for family, block in zip(mixture.families, params.blocks, strict=True)
            ):
                pairs.append((k, other))
    return tuple(pairs)


def _alike(family: object, a: Floats, b: Floats) -> bool:
    if isinstance(family, Known) or not len(a):
        return True
    size = np.maximum(np.maximum(np.abs(a), np.abs(b)), 1.0) if isinstance(family, Parametric | Gaussian) else 1.0
    return bool((np.abs(a - b) <= ALIKE * size).all())


def information_rank(mixture: Mixture, params: Params, profiles: Profiles) -> tuple[int, int]:
    """Return (rank, free): the rank of the information about the free parameters, and how many there are.

    The information is the sum over profiles of n_u s_u s_u', s_u the score, by central differences of the rows'
    log-likelihood along every direction that keeps probabilities summing to 1. For small models and data: it costs
    two E-steps a parameter.
    """
    vector = params.vector()[0]
    moves = _directions(mixture, params)
    scores = np.empty((len(profiles), len(moves)))
    for i, move in enumerate(moves):
        up, down = (
            mixture.posterior(params.like((vector + sign * 1e-6 * move)[None]), profiles)[0] for sign in (1, -1)
        )
        scores[:, i] = (up - down) / 2e-6
    weighted = scores * np.sqrt(profiles.weights)[:, None]
    size = np.sqrt((weighted**2).sum(axis=0))
    values = np.linalg.svd(weighted / np.where(size > 0, size, 1.0), compute_uv=False)
    return int((values > 1e-5 * max(values[0], 1e-300)).sum()), mixture.free


def _directions(mixture: Mixture, params: Params) -> list[Floats]:
    """Return one direction in the vector of parameters for every free one, interior to the simplexes."""
    k = mixture.types
    moves: list[Floats] = []
    length = params.vector().shape[1]

    def add(places: list[tuple[int, float]]) -> None:
        move = np.zeros(length)
        for place, step in places:
            move[place] += step
        moves.append(move)

    for t in range(1, k):
        add([(0, -1.0), (t, 1.0)])
    first = k
    for family, block in zip(mixture.families, params.blocks, strict=True):
        for group in _groups(family):
            for t in range(k):
                at = [first + row * k + t for row in group]
                values = [block[row, 0, t] for row in group]
                base = int(np.argmax(values))
                if len(group) == 1:
                    add([(at[0], 1.0)])
                else:
                    for i, place in enumerate(at):
                        if i != base:
                            add([(at[base], -1.0), (place, 1.0)])
        first += len(block) * k
    return moves


def _groups(family: Family) -> list[list[int]]:
    """Return rows of parameters that sum to 1, or single rows."""
    if isinstance(family, Known):
        return []
    groups, row = [], 0
    if isinstance(family, Gaussian):
        return [[i] for i in range(family.size)]
    for item in family.items:
        m = len(family.names(item)) if isinstance(family, Parametric) else len(item.outcomes)
        simplex = not isinstance(family, Parametric) or family.free_of(item) == m - 1
        rows = list(range(row, row + m))
        groups += [rows] if simplex else [[r] for r in rows]
        row += m
    return groups
