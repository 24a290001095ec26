"""A mixture of the family on trial, used as the rest of the package does: it needs the protocol's members alone."""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray

from ..em.initialization import METHODS, draw
from ..em.loop import StoppingRule, run_em
from ..em.quasi_newton import stepper
from ..em.single_step import step
from ..em.split_merge import splits
from ..engines import Serial
from ..model.identification import coinciding, identified, information_rank
from ..model.mixture import Mixture, Params
from ..model.parameter_checks import check_params
from ..profiles import Profiles
from ..results.fit_result import Fit
from .trials import Trial

__all__ = ["check_in_use"]

Floats = NDArray[np.float64]


def check_in_use(trial: Trial) -> None:
    """Assert that the family can be fitted, stepped through, saved and asked questions."""
    mixture = trial.mixture(2)
    profiles = trial.profiles(trial.part(150))
    params = _fitted(mixture, profiles, trial.rng)
    check_params(mixture, params)
    one = step(mixture, params, profiles)
    assert len(one.parameters) and len(one.statistics), "a step lays parameters and statistics open: there are none"
    _asked(mixture, profiles, params)
    rank, free = information_rank(mixture, params, profiles)
    assert 0 <= rank <= free, f"the rank of the information is at most the number of parameters: {rank} of {free}"
    coinciding(mixture, params, profiles)
    identified(mixture, params, profiles)
    mixture.graph().svg()


def _fitted(mixture: Mixture, profiles: Profiles, rng: np.random.Generator) -> Params:
    """Return where the best start ends; iterations never lower the log-likelihood, with or without acceleration."""
    starts = Params.stack([draw(method, mixture, profiles, 0, range(1)) for method in METHODS])
    placed, best = mixture.place(profiles), starts.take(slice(0, 1))
    assert np.isfinite(starts.vector()).all(), "random starts are finite: one is not"
    for accelerate in ("none", "auto"):
        made = stepper(accelerate, mixture)
        ended = run_em(mixture, Serial(), placed, starts.take(slice(0, 2)), StoppingRule(steps=20), made)
        for trace in ended.trace:
            rises = np.diff(trace)
            law = f"iterations never lower the log-likelihood ({accelerate}): it fell by {-rises.min(initial=0.0):.3g}"
            assert (rises >= -1e-6).all(), law
        at = int(np.argmax(ended.value))
        best = ended.params.take(slice(at, at + 1))
    moved = splits(mixture, profiles, best, rng)
    assert np.isfinite(mixture.estep(moved, profiles).loglik).all(), "split-and-merge moves are possible: one is not"
    return best


def _asked(mixture: Mixture, profiles: Profiles, params: Params) -> None:
    """Assert that a fit can be saved and says the same of the data as the model does."""
    loglik = float(profiles.weights @ mixture.posterior(params, profiles)[0])
    fit = Fit(mixture, params, loglik, profiles.n, len(profiles), None, (), (), "converged", {}, "")
    assert len(fit.table()) + len(fit.parameters()) > 0, "a fit has a table or parameters: it has neither"
    assert isinstance(fit.flags, tuple), "a fit has flags: it has none"
    json.dumps(fit.to_dict(), allow_nan=False)
    assert abs(fit.score(profiles) - loglik) <= 1e-9 * (1 + abs(loglik)), "a fit scores its data: by another number"
    zeta = fit.posterior(profiles).to_numpy()
    assert np.allclose(zeta.sum(axis=1), 1.0), "posteriors of new rows sum to 1: they do not"
