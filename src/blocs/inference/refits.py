"""Refits: a model fitted again to other counts, from given parameters; for bootstrap tests and cross-validation."""

from __future__ import annotations

from threading import Event
from typing import NamedTuple

import numpy as np

from ..em.loop import StoppingRule, run_em
from ..em.quasi_newton import stepper
from ..engines import Serial
from ..model.mixture import Mixture, Params
from ..profiles import Profiles

__all__ = ["Refit", "refit"]

RULE = StoppingRule(gain=1e-4, change=1e-3, gradient=1e-6)
"""Statistics of replicates and held-out log-likelihoods need fewer digits than estimates."""
INSIDE = 0.01
"""Part of the way from the start to the data as a whole: probabilities of 0 could not move otherwise."""


class Refit(NamedTuple):
    """Parameters of one start, their log-likelihood, and whether the iterations converged."""

    params: Params
    loglik: float
    converged: bool


def refit(mixture: Mixture, start: Params, profiles: Profiles, interrupt: Event | None = None) -> Refit:
    """Return the model fitted to profiles of its own schema from one or more starts, the best of them.

    Parameters
    ----------
    mixture : Mixture
        The model; profiles with fewer outcomes or menus keep its schema.
    start : Params
        S starts, such as the fit to other counts. They begin a little inside the parameter space.
    profiles : Profiles
        The rows, in the schema of the mixture.
    interrupt : threading.Event, optional
        When it is set the iterations end, and the result has not converged.

    Returns
    -------
    Refit
    """
    overall = mixture.overall(profiles)
    inside = mixture.toward(start, overall.take(np.zeros(start.starts, dtype=np.int64)), INSIDE)
    end = run_em(mixture, Serial(), mixture.place(profiles), inside, RULE, stepper("auto", mixture),
                 interrupt=interrupt)  # fmt: skip
    best = int(end.value.argmax())
    return Refit(end.params.take(slice(best, best + 1)), float(end.loglik[best]), end.status[best] == "converged")
