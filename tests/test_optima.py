"""Which starts ended at one optimum: by what the data see, not by values alone, and never by the names of the types."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.em.batches import StartResult
from blocs.em.optima import at_best, best_of, divergences, same_value
from blocs.model.mixture import Mixture, Params
from blocs.profiles import Profiles


def result(number: int, params: Params, value: float, duplicate_of: int | None = None) -> StartResult:
    return StartResult(number, params, value, value, 1, "converged", (value,), duplicate_of=duplicate_of)


@pytest.fixture(scope="module")
def fitted() -> tuple[Profiles, Mixture, Params, float]:
    rng = np.random.default_rng(2)
    kind = rng.integers(3, size=400)
    p = rng.dirichlet(np.ones(3), (3, 5))
    table = pd.DataFrame({f"q{j}": [rng.choice(3, p=p[k, j]) for k in kind] for j in range(5)})
    profiles = Profiles.from_table(table)
    fit = blocs.fit(profiles, 3, starts=10, seed=1)
    return profiles, fit.mixture, fit.params, fit.loglik


def test_values_within_what_the_stopping_rule_leaves() -> None:
    assert same_value(-1000.0, -1000.0009)
    assert not same_value(-1000.0, -1000.0011)
    assert same_value(-1e8, -1e8 - 0.0009)
    assert not same_value(-1e8, -1e8 - 0.1), "a tenth of a unit is a difference, however large the data are"


def test_the_divergence_is_that_of_its_formula(fitted: tuple[Profiles, Mixture, Params, float]) -> None:
    profiles, mixture, params, _ = fitted
    other = mixture.random(profiles, np.random.default_rng(0))
    mine, yours = (mixture.posterior(p, profiles)[0] for p in (params, other))
    by_hand = sum(w * (a - b) ** 2 / 2 for w, a, b in zip(profiles.weights, mine, yours, strict=True))
    assert divergences(mixture, profiles, params, [other], profiles.n)[0] == pytest.approx(by_hand, rel=1e-12)
    twice = divergences(mixture, profiles, params, [other], 2 * profiles.n)[0]
    assert twice == pytest.approx(2 * by_hand, rel=1e-12)


def test_near_an_optimum_it_is_what_the_move_loses() -> None:
    """One type: the model holds, and the divergence of a small move is the loss of log-likelihood."""
    rng = np.random.default_rng(3)
    profiles = Profiles.from_table(pd.DataFrame(rng.integers(0, 2, (5000, 4)), columns=list("abcd")))
    mixture = Mixture.of(profiles.schema, 1)
    best = mixture.overall(profiles)
    moved = Params((best.membership, best.families[0] + np.tile([0.004, -0.004], 4)[:, None, None]))
    loss = float(mixture.estep(best, profiles).loglik[0] - mixture.estep(moved, profiles).loglik[0])
    assert loss > 0.1
    assert divergences(mixture, profiles, best, [moved], profiles.n)[0] == pytest.approx(loss, rel=0.1)


def test_other_names_of_the_types_are_one_optimum(fitted: tuple[Profiles, Mixture, Params, float]) -> None:
    profiles, mixture, params, value = fitted
    results = [result(0, params, value), result(1, params.relabel([2, 0, 1]), value), result(2, params, value, 1)]
    assert at_best(mixture, profiles, results, profiles.n) == {0, 1, 2}


def test_one_value_at_other_parameters_is_another_optimum(fitted: tuple[Profiles, Mixture, Params, float]) -> None:
    profiles, mixture, params, value = fitted
    other = mixture.random(profiles, np.random.default_rng(0))
    results = [result(0, params, value), result(1, other, value - 1e-4), result(2, other, value - 1e-4, 1)]
    assert best_of(results).number == 0
    assert at_best(mixture, profiles, results, profiles.n) == {0}


def test_two_optima_of_one_value_are_two() -> None:
    """Exchange items a and b, and c and d: the data stay the same, their two best optima change places."""
    rng = np.random.default_rng(8)
    half = rng.integers(0, 2, (40, 4))
    table = pd.DataFrame(np.concatenate([half, half[:, [1, 0, 3, 2]]]), columns=list("abcd"))
    profiles = Profiles.from_table(table)
    fit = blocs.fit(profiles, 2, starts=200, most=200, exchange=False, gain=1e-10, change=1e-7)
    tops = [end for end in fit.ends if same_value(end.loglik, fit.loglik)]
    block = fit.params.families[0]
    mirrored = Params((fit.params.membership, block[[2, 3, 0, 1, 6, 7, 4, 5]]))
    assert fit.mixture.estep(mirrored, profiles).loglik[0] == pytest.approx(fit.loglik, abs=1e-9)
    apart = divergences(fit.mixture, profiles, fit.params, [mirrored], profiles.n)[0]
    assert apart > 0.1, "the data have two best optima, or this test shows nothing"
    assert 0 < fit.hits < len(tops), "of the starts with the best value some are at the other optimum"


def test_a_ridge_is_one_optimum() -> None:
    """More parameters than the table has cells: starts end at other parameters and at one fit of the table."""
    profiles = Profiles.from_table({"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "n": [30, 10, 15, 25]}, weights="n")
    fit = blocs.fit(profiles, 3, starts=20, most=20)
    assert "not_identified" in fit.flags
    assert fit.hits + fit.moved == 20


def test_what_is_counted_is_what_starts_did_by_themselves(fitted: tuple[Profiles, Mixture, Params, float]) -> None:
    profiles, _, _, _ = fitted
    fit = blocs.fit(profiles, 5, starts=20, most=20, seed=3)
    assert fit.hits == sum(end.best and end.arrived is None for end in fit.ends)
    assert fit.moved == sum(end.best and end.arrived is not None for end in fit.ends)
    assert ("best_once" in fit.flags) == (fit.hits < 2)
    alone = blocs.fit(profiles, 5, starts=20, most=20, seed=3, exchange=False)
    by_themselves = sum(same_value(end.loglik, fit.loglik) for end in alone.ends)
    assert fit.hits == by_themselves, "no start is counted that would not have come there without moves"
