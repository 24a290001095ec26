"""How many of the free parameters the probabilities of all possible rows determine: generic identification.

At almost all parameters the Jacobian of the probabilities has the same rank, the highest that it has anywhere
(it is a rational function of the parameters, or an analytic one). It is found by its rank at random parameters, over
rows drawn at random in the menus, totals and missing cells of the data; that the rows were drawn so does not matter, as
they stand for the possible ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core.blas import one_blas_thread
from ..profiles import Profiles
from .drawn_rows import drawn_rows, random_params, rows_for_draws
from .identified_in_parts import identified_in_parts
from .mixture import Mixture
from .rank import rank_of
from .scores import row_scores

__all__ = ["MOST", "structural_rank"]

Floats = NDArray[np.float64]
MOST = 3_000
"""Free parameters of a model whose rank is computed; of larger ones it is known where parts settle it."""
LARGE = 600
"""Free parameters from which on parts are tried first, and one set of random parameters has to do."""
DRAWS = 20
"""Rows drawn for each free parameter; equal ones count once."""
ROWS = 3
"""Distinct rows for each free parameter whose scores are computed."""
TRIALS = 3
"""Random parameters; the highest rank counts."""


def structural_rank(mixture: Mixture, profiles: Profiles) -> int | None:
    """Return the rank, at most the number of free parameters; None where neither parts nor all of it settle it."""
    if mixture.types == 1 or mixture.free == 0:
        return mixture.free
    with one_blas_thread():
        if mixture.free > LARGE and identified_in_parts(mixture, profiles):
            return mixture.free
        return _rank(mixture, profiles) if mixture.free <= MOST else None


def _rank(mixture: Mixture, profiles: Profiles) -> int:
    """Return the rank of all of it at random parameters."""
    best, rng = 0, np.random.default_rng(0)
    some = rows_for_draws(mixture, profiles, DRAWS * mixture.free, rng)
    for _ in range(TRIALS if mixture.free <= LARGE else 1):
        params, other = random_params(mixture, some, rng), random_params(mixture, some, rng)
        bound, rows = drawn_rows(mixture, params, other, some, ROWS * mixture.free + 50, rng)
        with np.errstate(all="ignore"):
            scores = row_scores(bound, params, rows)
        best = max(best, rank_of(scores))
        if best == mixture.free:
            break
    return best
