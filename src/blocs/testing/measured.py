"""The laws of `testing.check_family` for a block of measurements, whose outcomes are real numbers and not codes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.schema import Schema
from ..families import Gaussian
from ..membership import Shares
from ..model.mixture import Mixture, Params
from ..profiles import Profiles

__all__ = ["check_measured"]

Floats = NDArray[np.float64]
TYPES = 3


def check_measured(family: Gaussian, seed: int = 0) -> None:
    """Assert the laws of a distribution of measurements. Raises AssertionError naming the law."""
    trial = _Trial(family, np.random.default_rng(seed))
    _starts_are_valid(trial)
    _densities_integrate_to_one(trial)
    _columns_are_types(trial)
    _mstep_never_lowers_q(trial)
    _statistics_add(trial)
    _parameters_survive_json(trial)
    _free_parameters_are_the_rank(trial)
    _truth_is_recovered(trial)


class _Trial:
    """A family for TYPES types in units of the data, and data drawn for it."""

    def __init__(self, family: Gaussian, rng: np.random.Generator) -> None:
        schema = Schema(family.items)
        self.family = replace(family, types=TYPES)
        families: tuple[Any, ...] = (self.family,)
        self.mixture = Mixture(schema, TYPES, families, ((0,),), Shares(TYPES))
        self.rng, self.d = rng, family.dimension

    def profiles(self, values: Floats, counts: Floats | None = None) -> Profiles:
        """Rows of measurements."""
        n = np.ones(len(values)) if counts is None else counts
        return Profiles(self.mixture.schema, np.zeros((len(values), 1), dtype=np.uint8), n, n, values=values)

    def values(self, rows: int = 400, holes: float = 0.1) -> Floats:
        """Rows of several blobs, some cells missing."""
        kind = self.rng.integers(TYPES, size=rows)
        x = self.rng.normal(size=(rows, self.d)) + self.rng.normal(size=(TYPES, self.d))[kind]
        x[self.rng.random(x.shape) < holes] = np.nan
        return x * self.family._scale + self.family._units[0]

    def params(self) -> Params:
        """Random parameters: an M-step from random posteriors."""
        zeta = self.rng.dirichlet(np.full(TYPES, 0.3), size=400)
        return self.mixture.from_posteriors(self.profiles(self.values()), zeta)

    def log_density(self, params: Params, values: Floats) -> Floats:
        """(n, TYPES) log-densities."""
        out = np.zeros((len(values), TYPES))
        self.family.block(params.blocks[0][:, 0], 0).log_density(self.mixture._shard(self.profiles(values)), out)
        return out


def _starts_are_valid(trial: _Trial) -> None:
    start, flat = trial.family.start(trial.rng.normal(size=(TYPES, trial.d)), TYPES), trial.family.flat(TYPES)
    assert start.shape == flat.shape == (trial.family.size, TYPES), f"starts are valid: shape {start.shape}"
    assert np.isfinite(start).all(), "starts are valid: a parameter is not finite"


def _densities_integrate_to_one(trial: _Trial) -> None:
    """By draws from a wide normal; a row without any known cell has density 1."""
    params, wide = trial.params(), 2.5
    z = trial.rng.normal(size=(200_000, trial.d))
    family = trial.family
    own = -0.5 * (z**2).sum(axis=1) - trial.d * np.log(wide * np.sqrt(2 * np.pi)) - np.log(family._scale).sum()
    logs = trial.log_density(params, wide * z * family._scale + family._units[0])
    total = np.exp(logs - own[:, None]).mean(axis=0)
    assert np.allclose(total, 1.0, atol=0.05), f"densities integrate to 1: they give {total}"
    gone = trial.log_density(params, np.full((2, trial.d), np.nan))
    assert (gone == 0.0).all(), "a missing row has density 1: it has another"


def _columns_are_types(trial: _Trial) -> None:
    params, order = trial.params(), trial.rng.permutation(TYPES)
    profiles = trial.profiles(trial.values())
    moved = Params(params.shares[:, order], (params.blocks[0][:, :, order],))
    a, b = (trial.mixture.mstep(p, trial.mixture.estep(p, profiles)).blocks[0] for p in (params, moved))
    assert np.allclose(b, a[:, :, order], 1e-8, 1e-10), "permuting types permutes the M-step: it does not"


def _mstep_never_lowers_q(trial: _Trial) -> None:
    """Also with missing cells, where the expected log-likelihood falls short of the observed one by an entropy."""
    for holes in (0.0, 0.2):
        profiles, params = trial.profiles(trial.values(holes=holes)), trial.params()
        low = -np.inf
        for _ in range(10):
            kept = params.vector().copy()
            stats = trial.mixture.estep(params, profiles)
            high = float(stats.loglik[0])
            rose = holes == 0 or high >= low - 1e-9 * (1 + abs(low))
            assert rose, f"an EM step never lowers L: it fell by {low - high:.3g}"
            after = trial.mixture.mstep(params, stats)
            assert np.array_equal(params.vector(), kept), "the M-step leaves its arguments alone: it changed them"
            if not holes:
                zeta = trial.mixture.posterior(params, profiles)[1]
                before, now = ((zeta * trial.log_density(p, _values(profiles))).sum() for p in (params, after))
                assert now >= before - 1e-9 * (1 + abs(before)), f"the M-step never lowers Q: by {before - now:.3g}"
            params, low = after, high


def _statistics_add(trial: _Trial) -> None:
    """Over parts of the data, at weights and copies, and where the data lie far from zero."""
    params, values = trial.params(), trial.values()
    weights = trial.rng.integers(1, 4, size=len(values))
    weighted = trial.profiles(values, weights.astype(np.float64))
    whole = trial.mixture.estep(params, weighted)
    parts = [trial.mixture.estep(params, shard) for shard in weighted.shards(3)]
    copies = trial.mixture.estep(params, trial.profiles(np.repeat(values, weights, axis=0)))
    for law, other in (("statistics add over parts", sum(parts[1:], parts[0])), ("weights are copies", copies)):
        for name in ("loglik", "totals", "counts"):
            a, b = getattr(whole, name), getattr(other, name)
            assert np.allclose(a, b, rtol=1e-10, atol=1e-9), f"{law}: {name} differs"


def _parameters_survive_json(trial: _Trial) -> None:
    params, values = trial.params(), trial.values()
    block = np.array(json.loads(json.dumps(params.blocks[0].tolist(), allow_nan=False)))
    back = Params(params.shares, (block,))
    same = np.array_equal(trial.log_density(back, values), trial.log_density(params, values))
    assert same, "parameters survive JSON: the density differs"
    theta = params.blocks[0][:, 0]
    again = trial.family.from_natural(*trial.family.natural(theta))
    assert np.allclose(again, theta, rtol=1e-9, atol=1e-9), "natural parameters lead back: they do not"


def _free_parameters_are_the_rank(trial: _Trial) -> None:
    """Move the statistics in every direction; the densities that M-steps answer with span as many as are free."""
    params, profiles = trial.params(), trial.profiles(trial.values(holes=0.0))
    stats = trial.mixture.estep(params, profiles)
    free = TYPES * trial.family.free + trial.family.shared
    points = trial.values(60 + free, holes=0.0)
    here = stats.counts[trial.mixture.statistic_rows[0]]
    answers = []
    for _ in range(free + 5):
        move = 1e-4 * here[0] * trial.rng.normal(size=here.shape)
        up, down = (trial.family.mstep(params.blocks[0][:, 0], here + sign * move) for sign in (1, -1))
        logs = [trial.log_density(Params(params.shares, (theta[:, None],)), points) for theta in (up, down)]
        answers.append((logs[0] - logs[1]).ravel())
    values = np.linalg.svd(np.array(answers), compute_uv=False)
    rank = int((values > 1e-5 * values[0]).sum())
    assert rank == free, f"free parameters are the rank: {free} are stated, the densities span {rank}"


def _truth_is_recovered(trial: _Trial) -> None:
    family, d = trial.family, trial.d
    far = 4.0 * np.array([[0.0] * d, [1.0] * d, [-1.0] + [1.0] * (d - 1)])
    kind = trial.rng.choice(TYPES, p=[0.5, 0.3, 0.2], size=6_000)
    x = trial.rng.normal(size=(6_000, d)) + far[kind]
    profiles = trial.profiles(x * family._scale + family._units[0])
    starts = Params.stack([trial.mixture.random(profiles, trial.rng) for _ in range(8)])

    def distance(params: Params, of: int) -> float:
        found = params.blocks[0][:d, of]
        return max(float(np.abs(found - row[:, None]).max(axis=0).min()) for row in far)

    params = starts
    for _ in range(200):
        params = trial.mixture.mstep(params, trial.mixture.estep(params, profiles))
    best = int(np.argmax(trial.mixture.estep(params, profiles).loglik))
    before, after = distance(starts, best), distance(params, best)
    assert before > 0.3, f"truth recovered: the start is already the truth (distance {before:.3g})"
    assert after <= 0.15, f"truth recovered: EM ended {after:.3g} from the truth, started {before:.3g} from it"


def _values(profiles: Profiles) -> Floats:
    return np.asarray(profiles.values)
