"""Optima: which results are one and the same optimum, whatever the order of their types."""

from __future__ import annotations

import numpy as np

from ..model.mixture import Mixture, Params
from ..profiles import Profiles

__all__ = ["divergence", "same_value"]


def same_value(a: float, b: float) -> bool:
    """Whether two values are those of one optimum, up to what the stopping rule and rounding leave."""
    return bool(abs(a - b) <= 1e-3 + 1e-12 * max(abs(a), abs(b)))


def divergence(mixture: Mixture, profiles: Profiles, a: Params, b: Params) -> float:
    raise NotImplementedError
