"""Laws of measurements, whose outcomes are real numbers: densities integrate to 1, EM rises, the truth is found."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..families import Part
from ..model.mixture import Params
from .trials import MeasuredTrial, log_rows

__all__ = ["before", "number_of_parameters", "trial", "truth_is_recovered"]

Floats = NDArray[np.float64]
trial = MeasuredTrial


def before(trial: MeasuredTrial, complete: bool) -> None:
    """Assert the laws of densities, M-steps and statistics."""
    _densities_integrate_to_one(trial)
    _mstep_never_lowers_q(trial)
    _statistics_add(trial)


def _densities_integrate_to_one(trial: MeasuredTrial) -> None:
    """By draws from a wide normal; a row without any known cell has density 1."""
    theta, wide, d = trial.theta(), 2.5, trial.columns
    z = trial.rng.normal(size=(200_000, d))
    own = -0.5 * (z**2).sum(axis=1) - d * np.log(wide * np.sqrt(2 * np.pi)) - np.log(trial.scale).sum()
    logs = log_rows(trial.family, theta, trial.of(wide * z))
    total = np.exp(logs - own[:, None]).mean(axis=0)
    assert np.allclose(total, 1.0, atol=0.05), f"densities integrate to 1: they give {total}"
    missing = log_rows(trial.family, theta, trial.of(np.full((2, d), np.nan)))
    assert (missing == 0.0).all(), "a missing row has density 1: it has another"


def _mstep_never_lowers_q(trial: MeasuredTrial) -> None:
    """Also with missing cells, where the expected log-likelihood falls short of the observed one by an entropy."""
    mixture = trial.mixture(trial.width)
    for holes in (0.0, 0.2):
        part, params = trial.part(holes=holes), trial.params(trial.theta())
        profiles, low = trial.profiles(part), -np.inf
        for _ in range(10):
            kept = params.vector().copy()
            stats = mixture.estep(params, profiles)
            high = float(stats.loglik[0])
            rose = holes == 0 or high >= low - 1e-9 * (1 + abs(low))
            assert rose, f"an EM step never lowers L: it fell by {low - high:.3g}"
            after = mixture.mstep(params, stats)
            assert np.array_equal(params.vector(), kept), "the M-step leaves its arguments alone: it changed them"
            if not holes:
                zeta = mixture.posterior(params, profiles)[1]
                thetas = (p.families[0][:, 0] for p in (params, after))
                before, now = ((zeta * log_rows(trial.family, theta, part)).sum() for theta in thetas)
                assert now >= before - 1e-9 * (1 + abs(before)), f"the M-step never lowers Q: by {before - now:.3g}"
            params, low = after, high


def _statistics_add(trial: MeasuredTrial) -> None:
    """Over parts of the data, at weights and copies, and where the data lie far from zero."""
    params, part, mixture = trial.params(trial.theta()), trial.part(), trial.mixture(trial.width)
    weights = trial.rng.integers(1, 4, size=len(part.values))
    weighted = trial.profiles(part, weights.astype(np.float64))
    whole = mixture.estep(params, weighted)
    parts = [mixture.estep(params, shard) for shard in weighted.shards(3)]
    repeated = Part(np.repeat(part.codes, weights, axis=0), np.repeat(part.values, weights, axis=0))
    copies = mixture.estep(params, trial.profiles(repeated))
    for law, other in (("statistics add over parts", sum(parts[1:], parts[0])), ("weights are copies", copies)):
        for name in ("loglik", "totals", "counts"):
            a, b = getattr(whole, name), getattr(other, name)
            assert np.allclose(a, b, rtol=1e-10, atol=1e-9), f"{law}: {name} differs"


def number_of_parameters(trial: MeasuredTrial, complete: bool) -> None:
    """Move the statistics in every direction; the densities that M-steps answer with span as many as are free."""
    theta = trial.theta()
    index = trial.family.index(trial.width)
    free = len(np.unique(index[index >= 0]))
    points, here = trial.part(60 + free, holes=0.0), trial.statistics(theta)
    answers = []
    for _ in range(free + 5):
        move = 1e-4 * here[0] * trial.rng.normal(size=here.shape)
        up, down = (log_rows(trial.family, trial.family.mstep(theta, here + sign * move), points) for sign in (1, -1))
        answers.append((up - down).ravel())
    values = np.linalg.svd(np.array(answers), compute_uv=False)
    rank = int((values > 1e-5 * values[0]).sum())
    assert rank == free, f"free parameters are the rank: {free} are stated, the densities span {rank}"


def truth_is_recovered(trial: MeasuredTrial, complete: bool, seed: int) -> None:
    """Assert that EM finds three types far apart, from starts that are not the truth."""
    d, mixture = trial.columns, trial.mixture(trial.width)
    far = 4.0 * np.array([[0.0] * d, [1.0] * d, [-1.0] + [1.0] * (d - 1)])
    kind = trial.rng.choice(3, p=[0.5, 0.3, 0.2], size=6_000)
    x = trial.rng.normal(size=(6_000, d)) + far[kind]
    profiles = trial.profiles(trial.of(x))
    starts = Params.stack([mixture.random(profiles, trial.rng) for _ in range(8)])

    def distance(params: Params, start: int) -> float:
        zeta = mixture.posterior(params.take(slice(start, start + 1)), profiles)[1]
        means = (zeta.T @ x) / zeta.sum(axis=0)[:, None]
        return max(float(np.abs(means - row).max(axis=1).min()) for row in far)

    params = starts
    for _ in range(200):
        params = mixture.mstep(params, mixture.estep(params, profiles))
    loglik = mixture.estep(params, profiles).loglik
    ended = np.flatnonzero(loglik >= loglik.max() - 1e-3)
    before, best = max((distance(starts, int(s)), int(s)) for s in ended)  # of those that end there, the farthest
    after = distance(params, best)
    assert before > 0.3, f"truth recovered: the start is already the truth (distance {before:.3g})"
    assert after <= 0.15, f"truth recovered: EM ended {after:.3g} from the truth, started {before:.3g} from it"
