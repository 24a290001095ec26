"""Average changes of the shares of the types with each covariate, and their derivatives by the coefficients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.lazy import lazy_import
from ..core.schema import Label
from ..membership import Design
from ..profiles import Covariates
from .coefficient_tests import with_tests

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["Margin", "margin_table", "margins"]

Floats = NDArray[np.float64]


class Margin(NamedTuple):
    """A mean change of the shares.

    term: a column of numbers, or a level against the first; change (K,): of the shares; slopes (K, m): by the
    coefficients of the types from the second.
    """

    term: str
    change: Floats
    slopes: Floats


def margins(design: Design, covariates: Covariates, weights: Floats, theta: Floats, types: int) -> list[Margin]:
    """Return the mean change of each share over rows of covariates.

    design: the formula; covariates: of (R,) weighted rows; theta ((K - 1) Q,): coefficients of centred and scaled
    columns, type by type. For a number v it is the mean of d pi_k / d v with its products, for a level the mean of the
    difference between all rows at that level and all at the first, everything else as it is.
    """
    if types == 1:
        return []
    used, row = covariates.in_use()
    w = np.bincount(row, weights, len(used.values))
    w = w / w.sum()
    gamma = np.concatenate([np.zeros((1, len(design.columns))), theta.reshape(types - 1, -1)])
    out = []
    for name, levels in design.levels:
        for term, part in _parts(design, used, name, levels):
            change, slopes = part(gamma)
            out.append(Margin(term, w @ change, np.einsum("g,gkm->km", w, slopes)))
    return out


def margin_table(
    found: Sequence[Margin], error: Callable[[int, float, Floats], tuple[float, float, float, str]]
) -> pd.DataFrame:
    """Return term, type, change, se, z, p, low, high, flag of changes.

    error: from a type from 0, a change and its slopes to se, low, high and flag.
    """
    rows = [
        (of.term, k + 1, change, *error(k, change, slope))
        for of in found
        for k, (change, slope) in enumerate(zip(of.change.tolist(), of.slopes, strict=True))
    ]
    table = pd.DataFrame(rows, columns=["term", "type", "coefficient", "se", "low", "high", "flag"])
    out = with_tests(table.assign(odds_ratio=np.nan)).rename(columns={"coefficient": "change"})
    return out[["term", "type", "change", "se", "z", "p", "low", "high", "flag"]]


class _Derivative(NamedTuple):
    """x (G, Q): the columns, and how they move with a number."""

    x: Floats
    move: Floats

    def __call__(self, gamma: Floats) -> tuple[Floats, Floats]:
        p = _shares(self.x, gamma)
        eta = self.move @ gamma.T
        change = p * (eta - (p * eta).sum(axis=1, keepdims=True))
        one = np.eye(len(gamma))[None, :, 1:] - p[:, None, 1:]  # [k = j] - pi_j
        by_x = change[:, :, None] * one - p[:, :, None] * change[:, None, 1:]
        by_move = p[:, :, None] * one
        slopes = by_x[..., None] * self.x[:, None, None, :] + by_move[..., None] * self.move[:, None, None, :]
        return change, slopes.reshape(len(p), len(gamma), -1)


class _Difference(NamedTuple):
    """x, against (G, Q): the columns at a level and at the first."""

    x: Floats
    against: Floats

    def __call__(self, gamma: Floats) -> tuple[Floats, Floats]:
        ends = []
        for x in self:
            p = _shares(x, gamma)
            one = p[:, :, None] * (np.eye(len(gamma))[None, :, 1:] - p[:, None, 1:])
            ends.append((p, (one[..., None] * x[:, None, None, :]).reshape(len(p), len(gamma), -1)))
        (p, slopes), (before, slopes_before) = ends
        return p - before, slopes - slopes_before


def _parts(
    design: Design, covariates: Covariates, name: str, levels: tuple[Label, ...] | None
) -> Iterator[tuple[str, _Derivative | _Difference]]:
    v = covariates.names.index(name)
    own, values = covariates.levels[v], covariates.values
    if levels is None:
        x, step = design.matrix(covariates), float(np.ptp(values[:, v])) or 1.0
        further = values.copy()
        further[:, v] += step  # columns are linear in every number: the difference is the derivative
        yield name, _Derivative(x, (design.matrix(replace(covariates, values=further)) - x) / step)
        return

    def at(level: Label) -> Floats:
        moved = values.copy()
        moved[:, v] = float(level) if own is None else own.index(level)
        return design.matrix(replace(covariates, values=moved))

    for level in levels[1:]:
        yield f"{name}[{level}]", _Difference(at(level), at(levels[0]))


def _shares(x: Floats, gamma: Floats) -> Floats:
    eta = x @ gamma.T
    eta = np.exp(eta - eta.max(axis=1, keepdims=True))
    return np.asarray(eta / eta.sum(axis=1, keepdims=True))
