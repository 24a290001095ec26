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

from ..core.errors import named
from ..kernels import quasi
from ..kernels.quasi import DENSE, NO_GRADIENT, RADIUS, WARMUP
from ..model.mixture import Mixture, Params, Stats
from .coordinates import Coordinates, Look
from .curvature import Curvature
from .loop import Compiled, PlainEM, Stepper, Update

__all__ = ["STEPPERS", "QuasiNewton", "stepper"]

Floats = NDArray[np.float64]

class QuasiNewton:
    """BFGS in the families' charts, for all starts at once.

    Its arrays have what is known at the last accepted parameters of every start: em is the EM step from there; known
    (4, S, P) has the point in the coordinates, where the EM step is, the gradient and the inverse information per
    observation; value (S,). predicted (S,) is the gain of the last step per observation, by_em (S,) whether that step
    was EM's, radius (S,) of trust; curvature: what was learned of the curvature.
    """

    def __init__(self, mixture: Mixture) -> None:
        self.coordinates = Coordinates.of(mixture)
        self.iterations = 0
        self.em: Params
        self.known: Floats
        self.curvature: Curvature

    @np.errstate(over="ignore", invalid="ignore")  # a probability of 1e-300 that rows need: EM's step is taken
    def __call__(self, params: Params, stats: Stats, value: Floats) -> Update:
        """Return the quasi-Newton step, or EM's where it is safer, and whether the last step is accepted."""
        look = self.coordinates.look(params, stats)
        self.iterations += 1
        if self.iterations == 1:
            self._begin(look, value)
            return Update(look.em, look.em, np.ones(params.starts, dtype=bool), np.full(params.starts, np.inf))
        step, fall = np.zeros(look.point.shape), np.zeros(look.point.shape)
        accepted, gain = np.empty(params.starts, dtype=bool), np.empty(params.starts)
        new = np.stack([look.point, look.towards, look.ascent, look.metric])
        quasi.accept(
            value, look.n, new, self.known, self.value, self.predicted, self.by_em, self.radius, step, fall, accepted,
            gain,
        )  # fmt: skip
        self.em = self.em.replaced(look.em, accepted)
        point, _, ascent, metric = self.known
        self.curvature.remember(accepted, point, step, fall, metric)
        following, remaining = self._step(look.n, accepted)
        slope = self.coordinates.turn(self.em, point, ascent, False)
        norm = np.abs(slope * self.coordinates.size(self.em, point, metric)).max(axis=1, initial=0.0)
        # curvature has been measured, or no gradient is left
        reliable = (self.curvature.pairs >= WARMUP) | (norm <= NO_GRADIENT)
        return Update(following, look.em, accepted, np.where(reliable, np.maximum(remaining, gain), np.inf), norm)

    def keep(self, which: NDArray[np.int64]) -> None:
        """Drop the starts that are not at these positions."""
        for name in ("value", "predicted", "by_em", "radius"):
            setattr(self, name, getattr(self, name)[which])
        self.known = np.ascontiguousarray(self.known[:, which])
        self.em = self.em.take(which)
        self.curvature.keep(which)

    def _begin(self, look: Look, value: Floats) -> None:
        starts, width = look.point.shape
        self.em, self.known = look.em, np.stack([look.point, look.towards, look.ascent, look.metric])
        self.value = value.copy()
        # near a singular covariance the frame changes from step to step, and a matrix would remember others
        turned = self.coordinates.turned
        self.curvature = Curvature(starts, width, self._turn if turned else None, 0 if turned else DENSE)
        self.predicted, self.by_em = np.zeros(starts), np.ones(starts, dtype=bool)
        self.radius = np.full(starts, RADIUS)

    def _turn(self, point: Floats, v: Floats, back: bool) -> Floats:
        return self.coordinates.turn(self.em, point, v, back)

    def _step(self, n: Floats, accepted: NDArray[np.bool_]) -> tuple[Params, Floats]:
        """Return the next parameters of every start and its projected remaining gain in log-likelihood."""
        point, towards, ascent, metric = self.known
        direction, rate = self.curvature.direction(point, ascent, metric)
        trial, remaining = np.empty(direction.shape), np.empty(len(n))
        # where EM's own step is long the optimum is far and the gradient misleads: EM's step is taken
        quasi.reach(
            direction, rate, n, point, towards, self.radius, accepted & (self.iterations > WARMUP), trial,
            self.predicted, self.by_em, remaining,
        )  # fmt: skip
        return self.coordinates.parameters(trial, self.em, ~self.by_em), remaining


def _auto(mixture: Mixture) -> Stepper:
    """Quasi-Newton where every family has a chart, EM elsewhere."""
    return PlainEM(mixture) if mixture.charts is None else QuasiNewton(mixture)


STEPPERS: dict[str, Callable[[Mixture], Any]] = {"auto": _auto, "quasi-newton": QuasiNewton, "none": PlainEM}
"""Steppers by the name that `blocs.fit(accelerate=)` knows."""


def stepper(name: str, mixture: Mixture) -> Stepper | Compiled:
    """Return the stepper of that name; raise InputError with the nearest one if there is none."""
    made: Callable[[Mixture], Stepper] = named(STEPPERS, name, "accelerate", "accelerator", "accelerators")
    return made(mixture) if mixture.simplices is None else Compiled(name != "none")
