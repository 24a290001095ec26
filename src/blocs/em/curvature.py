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
from ..kernels.quasi import DENSE, MEMORY

__all__ = ["Curvature"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Turn = Callable[[Floats, Floats, bool], Floats]
"""From points (S, P) and directions there to the frame where the metric is diagonal, or back."""

INITIAL = 20
"""Pairs that memory is reserved for at the beginning."""


class Curvature:
    """The inverse curvature of S starts in P coordinates.

    s, y (R, m, P), rho (R, m) are the pairs, pairs (S,) how many there were, and rows (S,) where each start has its
    own: memory is not moved when starts end. place (S,) is where a start has its matrix in `matrices`, -1 without one.
    Matrices are those of the frame where the metric is diagonal, in its units. dense: coordinates up to which starts
    get one.
    """

    def __init__(self, starts: int, width: int, turn: Turn | None = None, dense: int = DENSE) -> None:
        self.s, self.y = np.zeros((starts, INITIAL, width)), np.zeros((starts, INITIAL, width))
        self.rho, self.pairs = np.zeros((starts, INITIAL)), np.zeros(starts, dtype=np.int64)
        self.rows, self.place = np.arange(starts), np.full(starts, -1)
        self.matrices = np.empty((0, width, width))
        self.turn, self.dense = turn, dense

    def keep(self, which: NDArray[np.int64]) -> None:
        """Drop the starts that are not at these positions."""
        self.pairs, self.rows, self.place = self.pairs[which], self.rows[which], self.place[which]

    @property
    def known(self) -> quasi.Pairs:
        """What the kernels see, and write on."""
        return quasi.Pairs(self.s, self.y, self.rho, self.pairs, self.rows, self.matrices, self.place)

    def remember(self, rose: Bools, point: Floats, step: Floats, fall: Floats, metric: Floats) -> None:
        """Take in the step (S, P) and the fall of the gradient along it of the starts that rose.

        point: (S, P) where the starts are now; metric: (S, P) first guess of the inverse curvature there. A pair counts
        where the likelihood is concave along it.
        """
        most = self.pairs.max(initial=0)
        self._enlarge(most)
        quasi.remember(rose, step, fall, *self._in_frame(point, step, fall), metric, self.known)
        if most + 1 >= MEMORY and step.shape[1] <= self.dense:
            self._write_out((self.place < 0) & (self.pairs >= MEMORY), point, metric)

    def direction(self, point: Floats, gradient: Floats, metric: Floats) -> tuple[Floats, Floats]:
        """Return (S, P) directions of ascent from the points and (S,) their slopes, direction . gradient."""
        turn = self.turn
        at_point = None if turn is None else lambda v, back: turn(point, v, back)
        return quasi.direction(gradient, metric, self.known, at_point)

    def _in_frame(self, point: Floats, step: Floats, fall: Floats) -> tuple[Floats, Floats]:
        """Return step and fall in the frame in which the first guess is diagonal."""
        if self.turn is None:
            return step, fall
        turned = self.turn(point, step, False), self.turn(point, fall, False)
        return np.ascontiguousarray(turned[0]), np.ascontiguousarray(turned[1])

    def _write_out(self, full: Bools, point: Floats, metric: Floats) -> None:
        """Give the starts whose memory is full the matrices that their pairs lead to, from the oldest to the newest."""
        if not full.any():
            return
        self.place[full] = len(self.matrices) + np.arange(full.sum())
        self.matrices = np.concatenate([self.matrices, np.repeat(np.eye(point.shape[1])[None], full.sum(), axis=0)])
        counted = self.known._replace(n=np.zeros_like(self.pairs))  # they were counted before
        for back in range(MEMORY, 0, -1):
            at = self.rows, (self.pairs - back) % MEMORY
            step, fall = self.s[at], self.y[at]
            quasi.remember(full, step, fall, *self._in_frame(point, step, fall), metric, counted)

    def _enlarge(self, most: int) -> None:
        """Double the memory for pairs, up to MEMORY, before the start with most of them would overwrite its oldest."""
        size = self.s.shape[1]
        if size < MEMORY and most >= size:
            more = min(size, MEMORY - size)
            self.s, self.y = (np.pad(a, ((0, 0), (0, more), (0, 0))) for a in (self.s, self.y))
            self.rho = np.pad(self.rho, ((0, 0), (0, more)))
