"""Directions of the parameters in which the data have the least information, in named parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .kept_parameters import Kept
from .variances import NONE, Spectrum

__all__ = ["SEEN", "Direction", "directions", "note_on"]

Floats = NDArray[np.float64]
SHOWN = 3
"""Directions with the least information that are reported."""
PARTS = 4
"""Parameters that name a direction."""
SEEN = 0.1
"""Loading from which on a parameter is named."""


@dataclass(frozen=True)
class Direction:
    """A direction of the parameters: the share of the information of known types that the data have, and its parts.

    parts: (parameter, loading) with the largest loadings, in units of the standard errors with known types.
    """

    share: float
    parts: tuple[tuple[str, float], ...]


def directions(known: Spectrum, kept: Kept, complete: Floats) -> tuple[Direction, ...]:
    """Return the directions with the least information, the least first; complete: (p, p) that of known types."""
    size, out = np.sqrt(np.maximum(np.diagonal(complete), 0.0)), []
    for share, direction in zip(known.share[:SHOWN], known.directions.T[:SHOWN], strict=True):
        loading = direction * size
        loading /= max(float(np.sqrt((loading**2).sum())), np.finfo(np.float64).tiny)
        loading *= np.sign(loading[np.abs(loading).argmax()])
        top = np.argsort(-np.abs(loading), kind="stable")[:PARTS]
        out.append(Direction(float(share), tuple((kept.kept[i].words, float(loading[i])) for i in top)))
    return tuple(out)


def note_on(least: tuple[Direction, ...]) -> tuple[str, ...]:
    """Return a note where the data have next to no information in the first direction."""
    if not least or least[0].share > NONE:
        return ()
    parts = ", ".join(f"{loading:+.2f} {words}" for words, loading in least[0].parts if abs(loading) >= SEEN)
    return (f"The data say next to nothing in the direction {parts}.",)
