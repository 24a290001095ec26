"""How the climb hurries: a quasi-Newton step in coordinates where EM's own metric is flat, EM itself when it fails.

Coordinates (formulas: "Faster than EM"). With y = sqrt(probability) the complete-data information is 4 n times the
identity, so EM is gradient ascent with a known metric, and a probability of 0 is an ordinary point where the slope
vanishes: nothing need be clipped and no logarithm stalls. Each family gives its own chart (angles for a binomial's
probability, the root of a Poisson rate); limited-memory BFGS starts from the complete-data metric. A step that would
lower the likelihood is replaced by the EM step, so likelihood never falls.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import UnsupportedError, named
from ..families import Charted
from ..kernels import quasi
from ..model.mixture import Mixture, Params, Stats
from .loop import Move, Plain, Stepper, merge

__all__ = ["STEPPERS", "QuasiNewton", "stepper"]

Floats = NDArray[np.float64]

MEMORY = 80  # pairs of step and gradient change; flat optima of models with too many types need as many
FIRST = 20  # room for pairs at the beginning
WARM = 3  # EM steps before the first quasi-Newton step
REACH = 0.1  # no coordinate moves further than this in one step, times its size if that is above 1; less after a fall
FLAT = 1e-13  # a gradient per observation that is rounding error
NOISE = 4e-15  # relative rounding error of a log-likelihood


class QuasiNewton:
    """Limited-memory BFGS in the families' charts, for all starts at once."""

    def __init__(self, mixture: Mixture) -> None:
        _charts(mixture)
        self.mixture = mixture
        self.passes = 0
        self.em: Params
        self.reach: Floats

    @np.errstate(over="ignore", invalid="ignore")  # a probability of 1e-300 that rows need: EM's step is taken
    def __call__(self, params: Params, stats: Stats, value: Floats) -> Move:
        """Return the quasi-Newton step, or EM's where it is safer, and whether the last step rose."""
        n = float(stats.totals.sum()) / params.starts
        em = self.mixture.mstep(params, stats)
        point = _chart(self.mixture, params)
        slope, metric = _slope(self.mixture, params, stats)
        slope, metric = slope / n, metric * n  # per observation
        self.passes += 1
        if self.passes == 1:
            self._begin(point, em, slope, metric, value)
            return Move(em, em, np.ones(params.starts, dtype=bool), np.full(params.starts, np.inf))
        noise = NOISE * np.abs(self.value)
        rose = self.by_em | (value >= self.value - noise + 1e-4 * n * self.promise)
        tried = np.where(rose, np.minimum(REACH, 2 * self.reach), self.reach / 4)
        self.reach = np.where(self.by_em, self.reach, tried)
        gain = np.where(rose, value - self.value, 0.0)
        self._remember(rose, point, em, slope, metric, value)
        following, left = self._step(n, rose)
        gradient = _steepness(self.mixture, self.em, self.point, self.slope, self.metric)
        known = (self.pairs >= WARM) | (gradient <= FLAT)  # curvature has been seen, or there is no slope left
        return Move(following, em, rose, np.where(known, np.maximum(left, gain), np.inf), gradient)

    def keep(self, which: NDArray[np.int64]) -> None:
        """Forget the starts that are not at these positions."""
        for name in ("point", "slope", "metric", "value", "s", "y", "rho", "pairs", "promise", "by_em", "reach"):
            setattr(self, name, getattr(self, name)[which])
        self.em = self.em.take(which)

    def _begin(self, point: Floats, em: Params, slope: Floats, metric: Floats, value: Floats) -> None:
        starts, width = point.shape
        self.point, self.em, self.slope, self.metric, self.value = point, em, slope, metric, value.copy()
        self.s, self.y = np.zeros((starts, FIRST, width)), np.zeros((starts, FIRST, width))
        self.rho, self.pairs = np.zeros((starts, FIRST)), np.zeros(starts, dtype=np.int64)
        self.promise, self.by_em = np.zeros(starts), np.ones(starts, dtype=bool)
        self.reach = np.full(starts, REACH)

    def _remember(
        self, up: NDArray[np.bool_], point: Floats, em: Params, slope: Floats, metric: Floats, value: Floats
    ) -> None:
        """Take the starts that rose to their new points; keep the pair where the likelihood curves down along it."""
        s, y = point - self.point, self.slope - slope
        s_there, y_there = (_turn(self.mixture, self.em, point, v, False) for v in (s, y))
        size = np.sqrt((s_there**2 / metric).sum(axis=1) * (y_there**2 * metric).sum(axis=1))
        self._make_room()
        quasi.remember(up, s, y, size, self.s, self.y, self.rho, self.pairs)
        self.point, self.slope, self.metric = (
            np.where(up[:, None], new, old)
            for new, old in ((point, self.point), (slope, self.slope), (metric, self.metric))
        )
        self.value = np.where(up, value, self.value)
        self.em = merge(self.em, em, up)

    def _make_room(self) -> None:
        """Double the room for pairs, up to MEMORY, before the first start would overwrite its oldest."""
        room = self.s.shape[1]
        if room < MEMORY and self.pairs.max(initial=0) >= room:
            more = min(room, MEMORY - room)
            self.s, self.y = (np.pad(a, ((0, 0), (0, more), (0, 0))) for a in (self.s, self.y))
            self.rho = np.pad(self.rho, ((0, 0), (0, more)))

    def _step(self, n: float, rose: NDArray[np.bool_]) -> tuple[Params, Floats]:
        """Return where every start goes next and the log-likelihood it still expects to gain."""
        turn = partial(_turn, self.mixture, self.em, self.point)
        way, rise = quasi.direction(self.slope, self.metric, self.s, self.y, self.rho, self.pairs, turn)
        left = np.where(rise >= 0, 0.5 * n * rise, np.inf)
        there = np.empty_like(way)
        scale, leap = quasi.reach(way, self.point, _chart(self.mixture, self.em), self.reach, there)
        crawling = leap <= REACH  # far from an optimum EM leaps where a slope misleads
        quick = rose & (rise > 0) & (self.passes > WARM) & crawling
        trial = _unchart(self.mixture, self.em, there)
        self.promise, self.by_em = np.where(quick, rise * scale, 0.0), ~quick
        return merge(self.em, trial, quick), left


def _charts(mixture: Mixture) -> list[Charted]:
    """Return the coordinates of every family; raise UnsupportedError naming the families without."""
    plain = [type(family).__name__ for family in mixture.families if family.charted is None]
    if plain:
        raise UnsupportedError(
            f"The quasi-Newton step is not available for {', '.join(plain)}: the family has no chart. "
            'Fit with accelerate="auto" or "none".'
        )
    return [family.charted for family in mixture.families if family.charted is not None]


def _columns(block: Floats) -> Floats:
    return block.reshape(len(block), block.shape[1] * block.shape[2])


def _chart(mixture: Mixture, params: Params) -> Floats:
    """Return (S, P) coordinates."""
    blocks = [
        family.chart(_columns(b)).reshape(b.shape)
        for family, b in zip(_charts(mixture), params.blocks, strict=True)
    ]
    return Params(np.sqrt(params.shares), tuple(blocks)).vector()


def _unchart(mixture: Mixture, like: Params, y: Floats) -> Params:
    """Return the parameters at (S, P) coordinates."""
    at = like.like(y)
    shares = at.shares**2
    blocks = [
        family.unchart(_columns(b)).reshape(b.shape)
        for family, b in zip(_charts(mixture), at.blocks, strict=True)
    ]
    return Params(shares / shares.sum(axis=1, keepdims=True), tuple(blocks))


def _slope(mixture: Mixture, params: Params, stats: Stats) -> tuple[Floats, Floats]:
    """Return (S, P) gradient of the log-likelihood in the coordinates and inverse complete-data information."""
    c = stats.totals.sum(axis=0).reshape(params.shares.shape) + mixture.membership.pseudo
    n = c.sum(axis=1, keepdims=True)
    slopes, metrics = [], []
    for family, rows, block in zip(_charts(mixture), mixture.statistic_rows, params.blocks, strict=True):
        slope, curve = family.slope(_columns(block), stats.counts[rows])
        slopes.append(slope.reshape(block.shape))
        # a type nobody is expected in has no curvature; the floor keeps its (zero) steps finite
        metrics.append((1 / np.maximum(curve, 1e-9 * n.max())).reshape(block.shape))
    root = np.sqrt(params.shares)
    slope = Params(2 * (c - n * params.shares) / np.where(root > 0, root, 1.0), tuple(slopes)).vector()
    return slope, Params(np.repeat(1 / (4 * n), c.shape[1], axis=1), tuple(metrics)).vector()


def _turn(mixture: Mixture, like: Params, point: Floats, v: Floats, back: bool) -> Floats:
    """Return (S, P) directions in the frame where the complete-data information is diagonal, or back from it."""
    if not _turns(mixture):
        return v
    at, way = like.like(point), like.like(v)
    blocks = [
        family.turn(_columns(a), _columns(b), back).reshape(b.shape)
        for family, a, b in zip(_charts(mixture), at.blocks, way.blocks, strict=True)
    ]
    return Params(way.shares, tuple(blocks)).vector()


def _turns(mixture: Mixture) -> bool:
    """Whether some family's complete-data information is diagonal in a frame of its own only."""
    return any(family.turned for family in _charts(mixture))


def _steepness(mixture: Mixture, like: Params, point: Floats, slope: Floats, metric: Floats) -> Floats:
    """Return (S,) norm of the gradient: by relative change of probabilities and rates, by standard errors elsewhere."""
    if not _turns(mixture):
        return np.asarray(np.abs(slope * point).max(axis=1, initial=0.0) / 2)
    size = like.like(np.abs(point) / 2)
    own = like.like(np.sqrt(metric))
    blocks = [
        mine if family.turned else usual
        for family, usual, mine in zip(_charts(mixture), size.blocks, own.blocks, strict=True)
    ]
    there = _turn(mixture, like, point, slope, False)
    return np.asarray(np.abs(there * Params(size.shares, tuple(blocks)).vector()).max(axis=1, initial=0.0))


def _auto(mixture: Mixture) -> Stepper:
    """Quasi-Newton where every family has a chart, EM elsewhere."""
    every = all(family.charted is not None for family in mixture.families)
    return QuasiNewton(mixture) if every else Plain(mixture)


STEPPERS: dict[str, Callable[[Mixture], Any]] = {"auto": _auto, "quasi-newton": QuasiNewton, "none": Plain}
"""Steppers by name."""


def stepper(name: str, mixture: Mixture) -> Stepper:
    """Return the stepper of that name; raise InputError with the nearest one if there is none."""
    made: Stepper = named(STEPPERS, name, "accelerate", "accelerator", "accelerators")(mixture)
    return made
