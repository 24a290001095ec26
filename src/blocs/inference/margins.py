"""Average changes of the shares of the types with each covariate, and their derivatives by the coefficients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

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

__all__ = ["Margin", "distinct_rows", "margin_table", "margins", "stated_effects"]

Floats = NDArray[np.float64]
NEAR = 1e-5
"""Part of the range of a number within which its derivatives are taken."""


class Margin(NamedTuple):
    """A mean change of the shares.

    covariate: a column of numbers, or a level; change: what it is compared with; effect (K,): on the shares; slopes
    (K, m): by the coefficients of the types from the second.
    """

    covariate: str
    change: str
    effect: Floats
    slopes: Floats


def distinct_rows(covariates: Covariates, weights: Floats) -> tuple[Covariates, Floats]:
    """Return the distinct rows of the covariates of (U,) profiles, and the (G,) weight of each."""
    used, row = covariates.in_use()
    return used, np.bincount(row, weights, len(used.values)).astype(np.float64)


def margins(design: Design, covariates: Covariates, weights: Floats, theta: Floats, types: int) -> list[Margin]:
    """Return the mean change of each share over rows of covariates.

    design: the formula; covariates, weights: G distinct rows and the (G,) weight of each; theta ((K - 1) Q,):
    coefficients of centred and scaled columns, type by type. For a number v it is the mean of d pi_k / d v with its
    products, for a level the mean of the difference between all rows at that level and all at the first, everything
    else as it is. A number that the formula makes steps of, as in C(v > 3), has no derivative: its difference is that
    between all rows at its largest and all at its smallest value.
    """
    if types == 1:
        return []
    w = weights / weights.sum()
    gamma = np.concatenate([np.zeros((1, len(design.columns))), theta.reshape(types - 1, -1)])
    out = []
    for name, levels in design.levels:
        rows, of_rows = (covariates, w) if levels is None else _but(design, covariates, w, name)
        for term, change, part in _parts(design, rows, name, levels):
            out.append(Margin(term, change, *part(gamma, of_rows)))
    return out


def _but(design: Design, covariates: Covariates, weights: Floats, name: str) -> tuple[Covariates, Floats]:
    """Return the rows that differ in another column of the formula than this one, with the weights of all like them."""
    own = [covariates.names.index(other) for other in design.names if other != name]
    _, first, place = np.unique(covariates.values[:, own], axis=0, return_index=True, return_inverse=True)
    rows = replace(covariates, values=covariates.values[first])
    return rows, np.bincount(place.ravel(), weights, len(first)).astype(np.float64)


def margin_table(
    found: Sequence[Margin], error: Callable[[int, float, Floats], tuple[float, float, float, str]]
) -> pd.DataFrame:
    """Return covariate, change, type, effect, se, z, p, low, high, flag.

    error: from a type from 0, an effect and its slopes to se, low, high and flag.
    """
    rows = [
        (of.covariate, of.change, k + 1, effect, *error(k, effect, slope))
        for of in found
        for k, (effect, slope) in enumerate(zip(of.effect.tolist(), of.slopes, strict=True))
    ]
    names = ["covariate", "change", "type", "effect"]
    table = pd.DataFrame(rows, columns=[*names, "se", "low", "high", "flag"])
    return with_tests(table, "effect", [*names, "se", "z", "p", "low", "high", "flag"])


def stated_effects(table: pd.DataFrame) -> pd.Series[float]:
    """Return the effects of a table of margins that have a value to print: NaN where there is a flag.

    With a type on the boundary a change can be of any size. A table without the column flag has none.
    """
    if "flag" not in table:
        return table["effect"]
    return table["effect"].where(table["flag"].fillna("") == "")


class _Derivative(NamedTuple):
    """x (G, Q): the columns, and how they move with a number."""

    x: Floats
    move: Floats

    def __call__(self, gamma: Floats, weights: Floats) -> tuple[Floats, Floats]:
        """Return the mean effect (K,) over rows of (G,) weights, and its derivatives (K, m)."""
        p = _shares(self.x, gamma)
        eta = self.move @ gamma.T
        change = p * (eta - (p * eta).sum(axis=1, keepdims=True))
        one = np.eye(len(gamma))[None, :, 1:] - p[:, None, 1:]  # [k = j] - pi_j
        by_x = change[:, :, None] * one - p[:, :, None] * change[:, None, 1:]
        return weights @ change, _mean(by_x, self.x, weights) + _mean(p[:, :, None] * one, self.move, weights)


class _Difference(NamedTuple):
    """x, against (G, Q): the columns at a level and at the first."""

    x: Floats
    against: Floats

    def __call__(self, gamma: Floats, weights: Floats) -> tuple[Floats, Floats]:
        """Return the mean effect (K,) over rows of (G,) weights, and its derivatives (K, m)."""
        ends = []
        for x in self:
            p = _shares(x, gamma)
            one = p[:, :, None] * (np.eye(len(gamma))[None, :, 1:] - p[:, None, 1:])
            ends.append((weights @ p, _mean(one, x, weights)))
        (p, slopes), (before, slopes_before) = ends
        return p - before, slopes - slopes_before


def _mean(slopes: Floats, x: Floats, weights: Floats) -> Floats:
    """Return (K, m) the sum over rows of weights (G,) times slopes (G, K, K - 1) times columns (G, Q)."""
    each = (slopes * weights[:, None, None]).reshape(len(x), -1)
    return np.asarray((each.T @ x).reshape(slopes.shape[1], -1))


def _parts(
    design: Design, covariates: Covariates, name: str, levels: tuple[Label, ...] | None
) -> Iterator[tuple[str, str, _Derivative | _Difference]]:
    v = covariates.names.index(name)
    own, values = covariates.levels[v], covariates.values

    def at(value: Any) -> Floats:
        moved = values.copy()
        moved[:, v] = value
        return design.matrix(replace(covariates, values=moved))

    if levels is None:
        number = values[:, v]
        least, most = float(number.min()), float(number.max())
        if design.stepped(name):  # 0 nearly everywhere, its derivative says nothing
            yield f"{name}[{most:g}]", f"against {least:g}", _Difference(at(most), at(least))
            return
        step = (most - least) or 1.0
        if design.straight(name):  # the difference is the derivative, whatever the step
            below, above = number, number + step
        else:  # no number outside those of the rows, of which a logarithm or a spline may know nothing
            below, above = np.maximum(number - NEAR * step, least), np.minimum(number + NEAR * step, most)
        move = (at(above) - at(below)) / (above - below)[:, None]
        yield name, "one more unit", _Derivative(design.matrix(covariates), move)
        return
    first = design.references.get(name, levels[0])
    before = at(_value(first, own))
    for level in levels:
        if level != first:
            yield f"{name}[{level}]", f"against {first}", _Difference(at(_value(level, own)), before)


def _value(level: Label, levels: Sequence[Label] | None) -> float:
    """Return how rows of covariates have a level: a number as it is, else by its position."""
    return float(level) if levels is None else levels.index(level)


def _shares(x: Floats, gamma: Floats) -> Floats:
    eta = x @ gamma.T
    eta = np.exp(eta - eta.max(axis=1, keepdims=True))
    return np.asarray(eta / eta.sum(axis=1, keepdims=True))
