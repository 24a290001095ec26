"""Coordinates of all parameters for quasi-Newton steps, by the charts of the parts of a mixture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnsupportedError
from ..families import Charted
from ..kernels import simplices
from ..model.mixture import Mixture, Params, Stats

__all__ = ["Coordinates", "Look"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Look(NamedTuple):
    """What a quasi-Newton step sees of all starts at given parameters.

    em: the EM step; point, towards: (S, P) coordinates of the parameters and of the EM step; ascent: (S, P) gradient
    of the log-likelihood in the coordinates; metric: (S, P) inverse complete-data information; both per observation, of
    which there are n, (S,).
    """

    em: Params
    point: Floats
    towards: Floats
    ascent: Floats
    metric: Floats
    n: Floats


@dataclass(frozen=True)
class Coordinates:
    """Coordinates y (S, P) of the parameters of S starts of a mixture whose parts have charts."""

    mixture: Mixture
    charts: tuple[Charted, ...]

    @classmethod
    def of(cls, mixture: Mixture) -> Coordinates:
        """Return the coordinates of a mixture; raise UnsupportedError naming the parts without."""
        if mixture.charts is None:
            uncharted = [type(part).__name__ for part in mixture.parts if part.charted is None]
            raise UnsupportedError(
                f"The quasi-Newton step is not available for {', '.join(uncharted)}: the family has no chart. "
                'Fit with accelerate="auto" or "none".'
            )
        return cls(mixture, mixture.charts)

    @property
    def turned(self) -> bool:
        """Whether a part is turned."""
        return any(chart.turned for chart in self.charts)

    def look(self, params: Params, stats: Stats) -> Look:
        """Return what a step sees at parameters with these statistics."""
        n = stats.totals.reshape(params.starts, params.types).sum(axis=1)
        em = self.mixture.mstep(params, stats)
        ascent, metric = self.gradient(params, stats)
        point, towards = self.point(params), self.point(em)
        return Look(em, point, towards, ascent / n[:, None], metric * n[:, None], n)

    def point(self, params: Params) -> Floats:
        """Return (S, P) coordinates of parameters."""
        each = zip(self.charts, params.columns(), strict=True)
        return params.vector_of([chart.chart(theta) for chart, theta in each])

    def at(self, y: Floats, like: Params) -> Params:
        """Return the parameters at (S, P) coordinates."""
        each = zip(self.charts, like.like(y).columns(), strict=True)
        gamma, *thetas = (chart.unchart(coordinates) for chart, coordinates in each)
        return like.from_columns([self.mixture.membership.with_means(gamma, like.columns()[0]), *thetas])

    def parameters(self, y: Floats, em: Params, which: Bools) -> Params:
        """Return the parameters at coordinates (S, P) of the starts in which, (S,); of the others those of em."""
        return em.replaced(self.at(y, em), which)

    def gradient(self, params: Params, stats: Stats) -> tuple[Floats, Floats]:
        """Return (S, P) gradient of the log-likelihood in the coordinates and inverse complete-data information."""
        totals = stats.totals.reshape(params.starts, params.types) + self.mixture.membership.pseudo
        # a type nobody is expected in has no curvature; the floor keeps its (zero) steps finite
        floor = np.repeat(simplices.FLOOR * totals.sum(axis=1), params.types)
        gradients, metrics = [], []
        for chart, theta, own in zip(self.charts, params.columns(), self.mixture.statistics(stats), strict=True):
            gradient, curvature = chart.slope(theta, own)
            gradients.append(gradient)
            metrics.append(1 / np.maximum(curvature, floor))
        return params.vector_of(gradients), params.vector_of(metrics)

    def turn(self, like: Params, point: Floats, v: Floats, back: bool) -> Floats:
        """Return (S, P) directions in the frame where the complete-data information is diagonal, or back from it."""
        if not self.turned:
            return v
        each = zip(self.charts, like.like(point).columns(), like.like(v).columns(), strict=True)
        return like.vector_of([chart.turn(y, direction, back) for chart, y, direction in each])

    def size(self, like: Params, point: Floats, metric: Floats) -> Floats:
        """Return (S, P) what a turned gradient is multiplied by: the unit of a log-odds or rate, else errors."""
        each = zip(self.charts, like.like(point).columns(), like.like(np.sqrt(metric)).columns(), strict=True)
        return like.vector_of([errors if chart.turned else chart.unit(y) for chart, y, errors in each])
