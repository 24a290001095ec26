"""separation: which coefficients of covariates are infinite, as where a level of a column has no observation of a type.

There the shares of some rows are 0 or 1, and the information about the shares, of types as if they were known, is
nothing in some directions of the coefficients.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from ..kernels import levels
from .level_softmax import LevelSoftmax
from .softmax import Softmax

__all__ = ["LEAST", "directions_away", "separated"]

Floats = NDArray[np.float64]
LEAST = 1e-3
"""Information if the types were known, in observations, below which a parameter is on the boundary."""
PART = 1e-6
"""Part of a squared slope in directions without information, above which a coefficient is infinite."""


def separated(membership: Softmax, stats: Floats, least: float) -> dict[str, tuple[int, ...]]:
    """Return the columns whose coefficients are infinite -> the part of every type, numbered by its first type from 0.

    The log-odds between types of different parts are infinite. stats: the sums of one start, as
    `Softmax.statistics`; least: `LEAST`, or less where the weights of rows are less than 1.
    """
    if membership.types == 1:
        return {}
    if membership.levels is not None:
        return _by_level(cast("LevelSoftmax", membership), stats, least)
    design, others = membership.design, membership.types - 1
    away = directions_away(membership.information_in(stats), least)
    if not away.shape[1]:
        return {}
    moved = np.einsum("qr,krm->kqm", design.units, away.reshape(others, len(design.columns), -1))
    size = (design.units**2).sum(axis=1)
    parts = {name: _parts(moved[:, q], float(size[q])) for q, name in enumerate(design.columns)}
    return {name: part for name, part in parts.items() if any(part)}


def directions_away(information: Floats, least: float) -> Floats:
    """Return (P, m) the directions of a (P, P) matrix in which it is less than `least`, none where it is so in none."""
    try:
        np.linalg.cholesky(information - least * np.eye(len(information)))
    except np.linalg.LinAlgError:
        value, direction = np.linalg.eigh(information)
        return np.asarray(direction[:, value < least])
    return np.zeros((len(information), 0))


def _parts(moved: Floats, size: float) -> tuple[int, ...]:
    """Return the part of each type, whose coefficients against the first move by (K - 1, m) in the directions.

    size: the squared slope of a coefficient by the parameters.
    """
    each, first = np.concatenate([np.zeros((1, moved.shape[1])), moved]), list[int]()
    for k in range(len(each)):
        slope = [size * (2 if k and j else 1) for j in range(k)]
        alike = [j for j in range(k) if ((each[k] - each[j]) ** 2).sum() <= PART * slope[j]]
        first.append(first[alike[0]] if alike else k)
    return tuple(first)


def _by_level(membership: LevelSoftmax, stats: Floats, least: float) -> dict[str, tuple[int, ...]]:
    """Return the same from the blocks of the levels: first of each by itself, then of the others without them."""
    design, others, at = membership.design, membership.types - 1, membership.design.at_others
    of = levels.parts_of(stats, len(at), membership.types)
    block = of.levels[:, 1:, 1:]
    border = of.border[:, :, 1:, 1:].transpose(0, 3, 2, 1).reshape(len(block), others, -1)
    value, direction = np.linalg.eigh((block + block.transpose(0, 2, 1)) / 2)
    none = value < least * membership.squared_moves[:, None]
    inverse = np.where(none, 0.0, 1 / np.where(none, 1.0, value))
    back = np.einsum("gkm,gm,gjm,gjc->gkc", direction, inverse, direction, border)  # a level's log-odds by the others
    rest = of.information[:, :, 1:, 1:].transpose(3, 0, 2, 1).reshape(2 * (len(at) * others,))
    away = directions_away(rest - np.einsum("gkc,gkd->cd", border, back), least)
    if not (none.any() or away.shape[1]):
        return {}
    own, follow = direction * none[:, None, :], -back @ away
    moved = away.reshape(others, len(at), away.shape[1])
    scale, centre = np.array(design.scale)[at, None], np.array(design.centre)[at, None]
    at_zero = follow[0] - (moved * centre / scale).sum(axis=1)  # of the intercept, where the other columns are 0
    out = {design.columns[q]: _parts(moved[:, i], 1.0) for i, q in enumerate(at.tolist())}
    out[design.columns[0]] = _parts(np.concatenate([own[0], at_zero], axis=1), 1.0)
    for g, q in enumerate(design.at_levels.tolist(), 1):
        out[design.columns[q]] = _parts(np.concatenate([own[g], own[0], follow[g] - follow[0]], axis=1), 1.0)
    return {name: out[name] for name in design.columns if any(out[name])}
