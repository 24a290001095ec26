"""A second model of membership needs one file: shares by group go through fits of every kind unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

import blocs
from blocs.core.errors import Fault
from blocs.core.schema import Item, Kind, Schema
from blocs.em.initialization import METHODS, draw
from blocs.em.loop import StoppingRule, run_em
from blocs.em.quasi_newton import stepper
from blocs.em.split_merge import splits
from blocs.engines import Serial
from blocs.families.free_parameters import from_log_odds, log_odds
from blocs.membership import Membership, PriorRows, Shares
from blocs.model.identification import information_rank
from blocs.model.mixture import Mixture, Params
from blocs.model.parameter_checks import check_params
from blocs.model.scores import from_free_vector, row_scores, to_free_vector
from blocs.profiles import Profiles

GROUPS = 3
GROUP = Item.full("group", ("1 1", "1.0 1.0", "1.00 1.00"), Kind("known", ("a", "b")))
"""A code a group, and each as probable under all types: rows of a group differ in nothing but the prior."""


@dataclass(frozen=True)
class Grouped:
    """Shares of their own for the groups that the first item names; gamma (G, W). `pseudo` is not used."""

    types: int
    pseudo: float = 0.0
    common = False
    design = None
    groups = None
    turned = False

    def order(self, profiles: Profiles) -> None:
        return None

    def rows(self, parts: Sequence[Profiles]) -> list[PriorRows]:
        return [PriorRows(np.ascontiguousarray(part.codes[:, 0] - 1, dtype=np.int32), GROUPS) for part in parts]

    def _each(self, gamma: Any) -> Any:
        return gamma.reshape(GROUPS, -1, self.types)

    def prior(self, gamma: Any, shard: Any) -> Any:
        return gamma

    def statistics(self, gamma: Any, shard: Any, totals: Any) -> Any:
        return totals

    def mstep(self, gamma: Any, stats: Any) -> Any:
        c = self._each(stats) + self.pseudo
        return (c / c.sum(axis=2, keepdims=True)).reshape(gamma.shape)

    def log_prior(self, gamma: Any) -> Any:
        return np.zeros(gamma.shape[1] // self.types)

    def even(self, starts: int) -> Any:
        return np.full((GROUPS, starts * self.types), 1.0 / self.types)

    def with_means(self, gamma: Any, other: Any) -> Any:
        return gamma

    def shares(self, gamma: Any, stats: Any = None) -> Any:
        weights = np.ones(GROUPS) if stats is None else stats.sum(axis=1)
        return np.einsum("gsk,g->sk", self._each(gamma), weights / weights.sum())

    def read(self, written: Any) -> Any:
        return np.asarray(written, dtype=np.float64)

    def faults(self, gamma: Any) -> list[Fault]:
        return []

    @property
    def charted(self) -> Any:
        return self

    def chart(self, gamma: Any) -> Any:
        return np.sqrt(gamma)

    def unchart(self, y: Any) -> Any:
        c = self._each(y) ** 2
        return (c / c.sum(axis=2, keepdims=True)).reshape(y.shape)

    def slope(self, gamma: Any, stats: Any) -> Any:
        c, p = self._each(stats) + self.pseudo, self._each(gamma)
        n = c.sum(axis=2, keepdims=True)
        root = np.sqrt(p)
        slope = 2 * (c - n * p) / np.where(root > 0, root, 1.0)
        return slope.reshape(gamma.shape), np.broadcast_to(4 * n, p.shape).reshape(gamma.shape)

    def turn(self, y: Any, v: Any, back: bool) -> Any:
        return v

    def unit(self, y: Any) -> Any:
        return np.abs(y) / 2

    def index(self, types: int) -> Any:
        return np.where(np.arange(types) > 0, np.arange(types) - 1 + (types - 1) * np.arange(GROUPS)[:, None], -1)

    def to_free(self, gamma: Any) -> Any:
        odds = log_odds(np.moveaxis(self._each(gamma), 2, 0).reshape(self.types, -1))
        free = np.concatenate([np.zeros((1, odds.shape[1])), odds])
        return np.moveaxis(free.reshape(self.types, GROUPS, -1), 0, 2).reshape(gamma.shape)

    def from_free(self, free: Any) -> Any:
        odds = np.moveaxis(self._each(free), 2, 0).reshape(self.types, -1)
        p = from_log_odds(odds[1:] - odds[:1])
        return np.moveaxis(p.reshape(self.types, GROUPS, -1), 0, 2).reshape(free.shape)

    def scores(self, gamma: Any, shard: Any) -> Any:
        out = np.zeros((GROUPS, GROUPS * (self.types - 1), self.types))
        for g in range(GROUPS):
            rows = slice(g * (self.types - 1), (g + 1) * (self.types - 1))
            out[g, rows] = (np.eye(self.types) - gamma[g][:, None])[1:]
        return out

    def information(self, gamma: Any, shard: Any, totals: Any) -> Any:
        raise NotImplementedError


def grouped(n: int = 900) -> tuple[Profiles, Mixture, np.ndarray, np.ndarray]:
    """Three groups with shares of their own of two types."""
    rng = np.random.default_rng(2)
    group = rng.integers(GROUPS, size=n)
    z = (rng.random(n) < np.array([0.9, 0.5, 0.1])[group]).astype(int)
    table = {f"q{j}": (rng.random(n) < np.where(z, 0.85, 0.15)).astype(int) for j in range(5)}
    answers = Profiles.from_table(table | {"row": np.arange(n)}, items=[*table, "row"])
    codes = answers.codes[answers.index]
    items = (GROUP, *answers.schema.items[:5])
    profiles = Profiles(Schema(items), np.column_stack([group + 1, codes[:, :5]]).astype(np.uint8), *[np.ones(n)] * 2)
    mixture = replace(Mixture.of(profiles.schema, 2), membership=Grouped(2))
    return profiles, mixture, group, z


@pytest.mark.parametrize("accelerate", ["none", "auto", "quasi-newton"])
@pytest.mark.parametrize("shards", [1, 3])
def test_shares_by_group_are_found(accelerate: str, shards: int) -> None:
    profiles, mixture, group, z = grouped()
    starts = draw("mixed", mixture, profiles, 1, range(4))
    assert starts.blocks[0].shape == (GROUPS, 4, 2)
    placed = mixture.place(profiles, shards)
    result = run_em(mixture, Serial(), placed, starts, StoppingRule(), stepper(accelerate, mixture))
    assert result.status.count("converged") == 4
    assert all((np.diff(trace) >= -1e-7).all() for trace in result.trace)
    at = int(np.argmax(result.value))
    best = result.params.take(slice(at, at + 1))
    check_params(mixture, best)
    shares = best.membership[:, 0]
    first = int(np.argmax(shares[0]))
    truth = [z[group == g].mean() for g in range(GROUPS)]
    assert shares[:, first] == pytest.approx(truth, abs=0.08)
    assert not np.allclose(starts.membership, shares[:, None], atol=0.1)
    plain = Mixture.of(profiles.schema, 2)
    one = run_em(plain, Serial(), plain.place(profiles), draw("mixed", plain, profiles, 1, range(4)), StoppingRule())
    assert result.value.max() > one.value.max() + 10  # groups say more of the types than one share for all


def test_likelihood_is_that_of_every_group_by_itself() -> None:
    profiles, mixture, _, _ = grouped(300)
    params = draw("posteriors", mixture, profiles, 0, range(1))
    loglik, zeta = mixture.posterior(params, profiles)
    shares, group = params.membership[:, 0], profiles.codes[:, 0] - 1
    logs = np.zeros((len(profiles), 2))
    table, first = np.log(mixture.table(params)), mixture.schema.offsets[:-1]
    for j in range(profiles.codes.shape[1]):
        logs += table[first[j] + profiles.codes[:, j]]
    p = shares[group] * np.exp(logs)
    np.testing.assert_allclose(loglik, np.log(p.sum(axis=1)), rtol=1e-10)
    np.testing.assert_allclose(zeta, p / p.sum(axis=1, keepdims=True), rtol=1e-10)


def test_every_start_moves_and_inference_work_for_groups() -> None:
    profiles, mixture, _, _ = grouped(300)
    for method in METHODS:
        starts = draw(method, mixture, profiles, 0, range(2))
        np.testing.assert_allclose(starts.membership.sum(axis=2), 1.0)
    params = starts.take(slice(0, 1))
    moved = splits(mixture, profiles, params, np.random.default_rng(0))
    assert moved.membership.shape == (GROUPS, 2, 2)
    np.testing.assert_allclose(mixture.overall(profiles).membership.sum(axis=2), 1.0)
    assert mixture.free == GROUPS + Mixture.of(profiles.schema, 2).free - 1
    vector = to_free_vector(mixture, params)
    np.testing.assert_allclose(from_free_vector(mixture, vector, params).vector(), params.vector(), atol=1e-12)
    scores = row_scores(mixture, params, profiles)
    for p in range(GROUPS):
        move = 1e-5 * np.eye(vector.shape[1])[p]
        up, down = (mixture.posterior(from_free_vector(mixture, vector + s * move, params), profiles)[0]
                    for s in (1, -1))  # fmt: skip
        np.testing.assert_allclose(scores[:, p], (up - down) / 2e-5, rtol=1e-5, atol=1e-7)
    rank, free = information_rank(mixture, params, profiles)
    assert 0 < rank <= free


def test_shares_are_a_membership() -> None:
    shares: Membership = Shares(3, 0.5)
    gamma = np.array([[0.5, 0.3, 0.2, 0.1, 0.1, 0.8]])
    np.testing.assert_allclose(shares.from_free(shares.to_free(gamma)), gamma, rtol=1e-14)
    assert shares.index(3).tolist() == [[-1, 0, 1]]
    assert shares.charted is not None
    np.testing.assert_allclose(shares.charted.unchart(shares.charted.chart(gamma)), gamma, rtol=1e-14)
    step = shares.mstep(gamma, np.array([[3.0, 1, 0, 0, 0, 7]]))
    np.testing.assert_allclose(step, [[3.5 / 5.5, 1.5 / 5.5, 0.5 / 5.5, 0.5 / 8.5, 0.5 / 8.5, 7.5 / 8.5]])
    scores = shares.scores(gamma[:, :3], None)  # type: ignore[arg-type]
    np.testing.assert_allclose(np.einsum("gpk,gk->gp", scores, gamma[:, :3]), 0.0, atol=1e-15)  # E[score] = 0
    outer = np.einsum("gpk,gqk,gk->pq", scores, scores, gamma[:, :3])
    totals = 40 * gamma[:, :3]
    np.testing.assert_allclose(shares.information(gamma[:, :3], None, totals), 40 * outer)  # type: ignore[arg-type]


def test_a_fit_with_another_membership_is_refused_by_name() -> None:
    fit = blocs.fit(grouped(300)[0], 2, starts=1, most=1, seed=3)
    blocks = (np.repeat(fit.params.membership, GROUPS, axis=0), *fit.params.families)
    with pytest.raises(blocs.UnsupportedError) as caught:
        replace(fit, mixture=replace(fit.mixture, membership=Grouped(2)), params=Params(blocks))
    assert str(caught.value) == (
        "A Fit with the membership model Grouped is not available yet: its table and its file have one share for each "
        "type. Use Shares, GroupShares or Softmax."
    )


def test_a_fit_says_which_start_it_is() -> None:
    profiles, _, _, _ = grouped(300)
    fit = blocs.fit(profiles, 2, starts=6, seed=3)
    assert fit.best_start is not None
    end = next(end for end in fit.ends if end.start == fit.best_start)
    assert end.best
    assert end.loglik == pytest.approx(fit.loglik, abs=1e-6)
    saved = fit.to_dict()
    assert blocs.Fit.from_dict(saved).best_start == fit.best_start
    older = {key: value for key, value in saved.items() if key != "best_start"} | {"blocs_fit": 4}
    assert blocs.Fit.from_dict(older).best_start is None
