"""What quasi-Newton steps have learned of the curvature: the last pairs of step and gradient change, then all of them.

Limited-memory BFGS is cheap, and enough for optima that are reached in some tens of steps. Where there are more types
than the data have the likelihood is nearly flat in many directions, and a memory that forgets needs several times as
many steps. So where there are not too many coordinates, a start whose memory is full goes on with the whole matrix,
which begins as what its pairs say.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..kernels import quasi

__all__ = ["DENSE", "MEMORY", "Curvature"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Turn = Callable[[Floats, Floats, bool], Floats]
"""From points (S, P) and directions there to the frame where the metric is diagonal, or back."""

MEMORY = 80
"""Pairs of step and gradient change at most."""
INITIAL = 20
"""Pairs that memory is reserved for at the beginning."""
DENSE = 256
"""Coordinates up to which a start gets a matrix when its memory is full: a step then costs as much as it did before."""


class Curvature:
    """The inverse curvature of S starts in P coordinates.

    s, y (R, m, P), rho (R, m) are the pairs, pairs (S,) how many there were, and rows (S,) where each start has its
    own: memory is not moved when starts end. place (S,) is where a start has its matrix in `matrices`, -1 without one.
    Matrices are those of the frame where the metric is diagonal, in its units. dense: coordinates up to which starts
    get one.
    """

    def __init__(self, starts: int, width: int, turn: Turn, dense: int = DENSE) -> None:
        self.s, self.y = np.zeros((starts, INITIAL, width)), np.zeros((starts, INITIAL, width))
        self.rho, self.pairs = np.zeros((starts, INITIAL)), np.zeros(starts, dtype=np.int64)
        self.rows, self.place = np.arange(starts), np.full(starts, -1)
        self.matrices = np.empty((0, width, width))
        self.turn, self.dense = turn, dense

    def keep(self, which: NDArray[np.int64]) -> None:
        """Drop the starts that are not at these positions."""
        self.pairs, self.rows, self.place = self.pairs[which], self.rows[which], self.place[which]

    def remember(self, rose: Bools, point: Floats, step: Floats, fall: Floats, metric: Floats) -> None:
        """Take in the step (S, P) and the fall of the gradient along it of the starts that rose.

        point: (S, P) where the starts are now; metric: (S, P) first guess of the inverse curvature there. A pair counts
        where the likelihood is concave along it.
        """
        root = np.sqrt(metric)
        step_in_units, fall_in_units = self.turn(point, step, False) / root, self.turn(point, fall, False) * root
        size = np.sqrt((step_in_units**2).sum(axis=1) * (fall_in_units**2).sum(axis=1))
        self._enlarge()
        quasi.remember(rose & (self.place < 0), step, fall, size, self.s, self.y, self.rho, self.pairs, self.rows)
        quasi.update(rose, step_in_units, fall_in_units, self.matrices, self.place, self.pairs)
        if step.shape[1] <= self.dense:
            self._write_out((self.place < 0) & (self.pairs >= MEMORY), point, root)

    def direction(self, point: Floats, gradient: Floats, metric: Floats) -> tuple[Floats, Floats]:
        """Return (S, P) directions of ascent from the points and (S,) their slopes, direction . gradient."""
        limited = np.where(self.place < 0, self.pairs, 0)  # those with a matrix are overwritten below

        def turn(v: Floats, back: bool) -> Floats:
            return self.turn(point, v, back)

        d, rate = quasi.direction(gradient, metric, self.s, self.y, self.rho, limited, self.rows, turn)
        dense = self.place >= 0
        if dense.any():
            root = np.sqrt(metric)
            in_units = quasi.times(turn(gradient, False) * root, self.matrices, self.place)
            d = np.where(dense[:, None], turn(in_units * root, True), d)
            rate = np.where(dense, (d * gradient).sum(axis=1), rate)
        return d, rate

    def _write_out(self, full: Bools, point: Floats, root: Floats) -> None:
        """Give the starts whose memory is full the matrices that their pairs lead to, from the oldest to the newest."""
        if not full.any():
            return
        self.place[full] = len(self.matrices) + np.arange(full.sum())
        self.matrices = np.concatenate([self.matrices, np.repeat(np.eye(point.shape[1])[None], full.sum(), axis=0)])
        counted = np.zeros_like(self.pairs)  # they were counted before
        for back in range(MEMORY, 0, -1):
            at = self.rows, (self.pairs - back) % MEMORY
            step, fall = self.turn(point, self.s[at], False) / root, self.turn(point, self.y[at], False) * root
            quasi.update(full, step, fall, self.matrices, self.place, counted)

    def _enlarge(self) -> None:
        """Double the memory for pairs, up to MEMORY, before the first start would overwrite its oldest."""
        size = self.s.shape[1]
        if size < MEMORY and self.pairs.max(initial=0) >= size:
            more = min(size, MEMORY - size)
            self.s, self.y = (np.pad(a, ((0, 0), (0, more), (0, 0))) for a in (self.s, self.y))
            self.rho = np.pad(self.rho, ((0, 0), (0, more)))
