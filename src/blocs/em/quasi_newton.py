"""Acceleration: quasi-Newton steps in coordinates where EM's own metric is flat, and EM's step where one fails.

Coordinates (formulas: "Faster than EM"). With y = sqrt(probability) the complete-data information is 4 n times the
identity, so EM is gradient ascent with a known metric, and a probability of 0 is an ordinary point where the gradient
vanishes: nothing need be clipped and no logarithm stalls. Each family gives its own chart (angles for a binomial's
probability, the root of a Poisson rate); limited-memory BFGS starts from the complete-data metric. A step that would
lower the likelihood is replaced by the EM step, so likelihood never falls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnsupportedError, named
from ..families import Charted
from ..kernels import quasi
from ..model.mixture import Mixture, Params, Stats
from .curvature import DENSE, Curvature
from .loop import PlainEM, Stepper, Update, replace_starts

__all__ = ["STEPPERS", "QuasiNewton", "stepper"]

Floats = NDArray[np.float64]

WARMUP = 3
"""EM steps before the first quasi-Newton step."""
RADIUS = 0.1
"""Largest trust radius: how far a coordinate may move in one step, times its size if that is above 1."""
SUFFICIENT = 1e-4
"""Part of the predicted gain that an accepted step brings at least (Armijo's condition)."""
FLAT = 1e-13
"""A gradient per observation that is rounding error."""
ROUNDING = 4e-15
"""Relative rounding error of a log-likelihood."""


class QuasiNewton:
    """BFGS in the families' charts, for all starts at once.

    Its arrays hold what is known at the last accepted parameters of every start: point (S, P) in the coordinates, em
    (the EM step from there), ascent (S, P) gradient and metric (S, P) inverse information per observation, value (S,).
    predicted (S,) is the gain of the last step per observation, by_em (S,) whether that step was EM's, radius (S,) of
    trust; curvature: what was learned of the curvature.
    """

    def __init__(self, mixture: Mixture) -> None:
        _charts(mixture)
        self.mixture = mixture
        self.iterations = 0
        self.em: Params
        self.radius: Floats

    @np.errstate(over="ignore", invalid="ignore")  # a probability of 1e-300 that rows need: EM's step is taken
    def __call__(self, params: Params, stats: Stats, value: Floats) -> Update:
        """Return the quasi-Newton step, or EM's where it is safer, and whether the last step is accepted."""
        n = stats.totals.reshape(params.starts, params.types).sum(axis=1)
        em = self.mixture.mstep(params, stats)
        point = _chart(self.mixture, params)
        ascent, metric = _gradient(self.mixture, params, stats)
        ascent, metric = ascent / n[:, None], metric * n[:, None]  # per observation
        self.iterations += 1
        if self.iterations == 1:
            self._begin(point, em, ascent, metric, value)
            return Update(em, em, np.ones(params.starts, dtype=bool), np.full(params.starts, np.inf))
        rounding = ROUNDING * np.abs(self.value)
        accepted = self.by_em | (value >= self.value - rounding + SUFFICIENT * n * self.predicted)
        adapted = np.where(accepted, np.minimum(RADIUS, 2 * self.radius), self.radius / 4)
        self.radius = np.where(self.by_em, self.radius, adapted)
        gain = np.where(accepted, value - self.value, 0.0)
        self._update(accepted, point, em, ascent, metric, value)
        following, remaining = self._step(n, accepted)
        norm = _gradient_norm(self.mixture, self.em, self.point, self.ascent, self.metric)
        # curvature has been measured, or no gradient is left
        reliable = (self.curvature.pairs >= WARMUP) | (norm <= FLAT)
        return Update(following, em, accepted, np.where(reliable, np.maximum(remaining, gain), np.inf), norm)

    def keep(self, which: NDArray[np.int64]) -> None:
        """Drop the starts that are not at these positions."""
        for name in ("point", "ascent", "metric", "value", "predicted", "by_em", "radius"):
            setattr(self, name, getattr(self, name)[which])
        self.em = self.em.take(which)
        self.curvature.keep(which)

    def _begin(self, point: Floats, em: Params, ascent: Floats, metric: Floats, value: Floats) -> None:
        starts = len(point)
        self.point, self.em, self.ascent, self.metric, self.value = point, em, ascent, metric, value.copy()
        # near a singular covariance the frame changes from step to step, and a matrix would remember others
        turned = any(chart.turned for chart in _charts(self.mixture))
        self.curvature = Curvature(starts, point.shape[1], self._turn, 0 if turned else DENSE)
        self.predicted, self.by_em = np.zeros(starts), np.ones(starts, dtype=bool)
        self.radius = np.full(starts, RADIUS)

    def _update(
        self, accepted: NDArray[np.bool_], point: Floats, em: Params, ascent: Floats, metric: Floats, value: Floats
    ) -> None:
        """Move the starts that accepted the step; keep its pair where the likelihood is concave along it."""
        self.curvature.remember(accepted, point, point - self.point, self.ascent - ascent, metric)
        self.point, self.ascent, self.metric = (
            np.where(accepted[:, None], new, old)
            for new, old in ((point, self.point), (ascent, self.ascent), (metric, self.metric))
        )
        self.value = np.where(accepted, value, self.value)
        self.em = replace_starts(self.em, em, accepted)

    def _turn(self, point: Floats, v: Floats, back: bool) -> Floats:
        return _turn(self.mixture, self.em, point, v, back)

    def _step(self, n: Floats, accepted: NDArray[np.bool_]) -> tuple[Params, Floats]:
        """Return the next parameters of every start and its projected remaining gain in log-likelihood."""
        direction, rate = self.curvature.direction(self.point, self.ascent, self.metric)
        remaining = np.where(rate >= 0, 0.5 * n * rate, np.inf)
        trial = np.empty_like(direction)
        em_point = _chart(self.mixture, self.em)
        scale, em_length = quasi.reach(direction, self.point, em_point, self.radius, trial)
        # where EM's own step is long the optimum is far and the gradient misleads: EM's step is taken
        use = accepted & (rate > 0) & (self.iterations > WARMUP) & (em_length <= RADIUS)
        self.predicted, self.by_em = np.where(use, rate * scale, 0.0), ~use
        return replace_starts(self.em, _unchart(self.mixture, self.em, trial), use), remaining


def _charts(mixture: Mixture) -> tuple[Charted, ...]:
    """Return the coordinates of every block; raise UnsupportedError naming the models without."""
    if mixture.charts is None:
        uncharted = [type(part).__name__ for part in mixture.parts if part.charted is None]
        raise UnsupportedError(
            f"The quasi-Newton step is not available for {', '.join(uncharted)}: the family has no chart. "
            'Fit with accelerate="auto" or "none".'
        )
    return mixture.charts


def _chart(mixture: Mixture, params: Params) -> Floats:
    """Return (S, P) coordinates."""
    each = zip(_charts(mixture), params.columns(), strict=True)
    return params.vector_of([chart.chart(theta) for chart, theta in each])


def _unchart(mixture: Mixture, like: Params, y: Floats) -> Params:
    """Return the parameters at (S, P) coordinates."""
    each = zip(_charts(mixture), like.like(y).columns(), strict=True)
    return like.from_columns(chart.unchart(coordinates) for chart, coordinates in each)


def _gradient(mixture: Mixture, params: Params, stats: Stats) -> tuple[Floats, Floats]:
    """Return (S, P) gradient of the log-likelihood in the coordinates and inverse complete-data information."""
    totals = stats.totals.reshape(params.starts, params.types) + mixture.membership.pseudo
    # a type nobody is expected in has no curvature; the floor keeps its (zero) steps finite
    floor = np.repeat(1e-9 * totals.sum(axis=1), params.types)
    gradients, metrics = [], []
    for chart, theta, own in zip(_charts(mixture), params.columns(), mixture.statistics(stats), strict=True):
        gradient, curvature = chart.slope(theta, own)
        gradients.append(gradient)
        metrics.append(1 / np.maximum(curvature, floor))
    return params.vector_of(gradients), params.vector_of(metrics)


def _turn(mixture: Mixture, like: Params, point: Floats, v: Floats, back: bool) -> Floats:
    """Return (S, P) directions in the frame where the complete-data information is diagonal, or back from it."""
    charts = _charts(mixture)
    if not any(chart.turned for chart in charts):
        return v
    each = zip(charts, like.like(point).columns(), like.like(v).columns(), strict=True)
    return like.vector_of([chart.turn(y, direction, back) for chart, y, direction in each])


def _gradient_norm(mixture: Mixture, like: Params, point: Floats, gradient: Floats, metric: Floats) -> Floats:
    """Return (S,) norm of the gradient: by log-odds of probabilities and log-rates, by standard errors elsewhere."""
    each = zip(_charts(mixture), like.like(point).columns(), like.like(np.sqrt(metric)).columns(), strict=True)
    size = like.vector_of([errors if chart.turned else chart.unit(y) for chart, y, errors in each])
    turned = _turn(mixture, like, point, gradient, False)
    return np.asarray(np.abs(turned * size).max(axis=1, initial=0.0))


def _auto(mixture: Mixture) -> Stepper:
    """Quasi-Newton where every family has a chart, EM elsewhere."""
    return PlainEM(mixture) if mixture.charts is None else QuasiNewton(mixture)


STEPPERS: dict[str, Callable[[Mixture], Any]] = {"auto": _auto, "quasi-newton": QuasiNewton, "none": PlainEM}
"""Steppers by the name that `blocs.fit(accelerate=)` knows."""


def stepper(name: str, mixture: Mixture) -> Stepper:
    """Return the stepper of that name; raise InputError with the nearest one if there is none."""
    made: Stepper = named(STEPPERS, name, "accelerate", "accelerator", "accelerators")(mixture)
    return made
