"""Covariance matrices of estimates from sums of scores: inverse information, outer product of scores, sandwich."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["NONE", "Spectrum", "spectrum"]

Floats = NDArray[np.float64]
NONE = 1e-5
"""Share of the information of known types, below which the data have none (as in model.identification)."""
ROUNDING = 1e-12
"""Relative size of an eigenvalue of the information of known types that is rounding error."""


class Spectrum(NamedTuple):
    """Information beside that of known types: directions Z (p, r) with Z' C Z = 1 and Z' I Z diagonal.

    share (r,), ascending: the part of the information of known types that the data have in each direction; 1 where the
    types are as good as known, 0 or below where the data cannot tell parameters apart, or the point is no maximum.
    """

    share: Floats
    directions: Floats

    @property
    def null(self) -> Floats:
        """(p, q) directions of which the data say nothing."""
        return self.directions[:, self.share <= NONE]

    @property
    def inverse(self) -> Floats:
        """(p, p) inverse of the information in the other directions."""
        some = self.share > NONE
        z = self.directions[:, some] / np.sqrt(self.share[some])
        return np.asarray(z @ z.T)


def spectrum(information: Floats, complete: Floats) -> Spectrum:
    """Return the directions of (p, p) information, measured by that of known types."""
    size = np.sqrt(np.maximum(np.diagonal(complete), np.finfo(np.float64).tiny))
    value, vector = np.linalg.eigh(complete / np.outer(size, size))
    some = value > ROUNDING * max(float(value.max(initial=0.0)), 1.0)
    white = vector[:, some] / np.sqrt(value[some]) / size[:, None]
    within = white.T @ information @ white
    share, turned = np.linalg.eigh(0.5 * (within + within.T))
    return Spectrum(share, white @ turned)
