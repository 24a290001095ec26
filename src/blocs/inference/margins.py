"""Average marginal effects of covariates on the shares of the types, and their derivatives by the coefficients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..membership import Design
from ..profiles import Covariates

__all__ = ["Margin", "margins"]

Floats = NDArray[np.float64]
STEP = 1e-30
"""Imaginary part by which a coefficient moves: the derivatives are exact to rounding."""


class Margin(NamedTuple):
    """covariate; change: what it is compared with; effect (K,); slopes (K, Q, K): derivatives by the coefficients."""

    covariate: str
    change: str
    effect: Floats
    slopes: Floats


def margins(design: Design, gamma: Floats, covariates: Covariates, n: Floats) -> list[Margin]:
    """Return the effects of each covariate on the shares, averaged over the rows.

    Parameters
    ----------
    design : Design
        The columns of the formula.
    gamma : (Q, K) float
        Their coefficients, centred and scaled as they are.
    covariates : Covariates
        The G distinct rows.
    n : (G,) float
        Weight of each.

    Notes
    -----
    Of a number z: the mean of d pi_gk / dz. Of a level: the mean of pi_gk with all rows at that level, less that with
    all at the first; the other covariates stay.
    """
    out = []
    for covariate, change, effect in _effects(design, covariates, n / n.sum()):
        slopes = np.empty((gamma.shape[1], *gamma.shape))
        for place in np.ndindex(*gamma.shape):
            moved = gamma.astype(np.complex128)
            moved[place] += 1j * STEP
            slopes[(slice(None), *place)] = effect(moved).imag / STEP
        out.append(Margin(covariate, change, np.asarray(effect(gamma)), slopes))
    return out


def _effects(
    design: Design, covariates: Covariates, parts: Floats
) -> Iterator[tuple[str, str, Callable[[NDArray[Any]], NDArray[Any]]]]:
    """Give for each covariate, or level, its effect (K,) as a function of the coefficients (Q, K)."""
    x = design.matrix(covariates)
    for name, levels in design.levels:
        v = covariates.names.index(name)
        if levels is None:
            rise = design.matrix(_with(covariates, v, covariates.values[:, v] + 1.0)) - x  # linear in each covariate
            yield name, "one more unit", partial(_of_number, parts, x, rise)
            continue
        own = covariates.levels[v]
        values = [float(level) if own is None else float(own.index(level)) for level in levels]
        first, *others = (design.matrix(_with(covariates, v, np.full(len(x), value))) for value in values)
        for level, at in zip(levels[1:], others, strict=True):
            yield f"{name}[{level}]", f"against {levels[0]}", partial(_of_level, parts, at, first)


def _with(covariates: Covariates, v: int, column: Floats) -> Covariates:
    """Return the rows with other values of one covariate."""
    values = covariates.values.copy()
    values[:, v] = column
    return replace(covariates, values=values)


def _softmax(eta: NDArray[Any]) -> NDArray[Any]:
    p = np.exp(eta - eta.real.max(axis=1, keepdims=True))
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def _of_number(parts: Floats, x: Floats, rise: Floats, gamma: NDArray[Any]) -> NDArray[Any]:
    """Return (K,) mean derivatives of the shares where the columns rise so."""
    pi, change = _softmax(x @ gamma), rise @ gamma
    return np.asarray(parts @ (pi * (change - (pi * change).sum(axis=1, keepdims=True))))


def _of_level(parts: Floats, x: Floats, first: Floats, gamma: NDArray[Any]) -> NDArray[Any]:
    """Return (K,) differences of the mean shares with the columns of two levels."""
    return np.asarray(parts @ (_softmax(x @ gamma) - _softmax(first @ gamma)))
