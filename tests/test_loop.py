"""The EM loop: likelihood never falls, what is reported is returned, weights and menus cost nothing in truth."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import naive
from blocs.core.errors import InputError
from blocs.em import simplices
from blocs.em.initialization import METHODS, draw
from blocs.em.loop import EMResult, StoppingRule, run_em
from blocs.em.quasi_newton import stepper
from blocs.engines import Serial, Threads
from blocs.model.mixture import Mixture, Params
from blocs.profiles import Profiles
from cases import Case, cases, in_loops, random_params, told

seeds = st.integers(0, 2**32 - 1)


def run(
    profiles: Profiles, types: int, params: Params | None = None, prior: float = 0.0, shards: int = 1,
    engine: Any = None, method: str = "mixed", starts: int = 4, seed: int = 1, **rule: Any,
) -> tuple[Mixture, EMResult]:  # fmt: skip
    mixture = Mixture.of(profiles.schema, types, prior)
    if params is None:
        params = draw(method, mixture, profiles, seed, range(starts))
    engine = engine or Serial()
    placed = engine.place(mixture.place(profiles, shards))
    return mixture, run_em(mixture, engine, placed, params, StoppingRule(**rule))


def county(seed: int, n: int = 1500) -> tuple[pd.DataFrame, dict[str, list[set[int]]], np.ndarray, np.ndarray]:
    """Voters of two types, five offices of three outcomes, uncontested races; table, menus, true mu (5, 3, 2), type."""
    rng = np.random.default_rng(seed)
    mu = np.array([[[0.1, 0.1, 0.8], [0.3, 0.5, 0.2]]] * 5).transpose(0, 2, 1)
    kind = (rng.random(n) < 0.3).astype(int)
    table: dict[str, list[int]] = {}
    menus: dict[str, list[set[int]]] = {}
    for j in range(5):
        sets = [({0, 1, 2}, {0, 2}, {0, 1})[m] for m in rng.choice(3, n, p=[0.6, 0.25, 0.15])]
        votes = []
        for i, menu in enumerate(sets):
            p = np.array([mu[j, option, kind[i]] if option in menu else 0.0 for option in range(3)])
            votes.append(int(rng.choice(3, p=p / p.sum())))
        table[f"office{j}"], menus[f"office{j}"] = votes, sets
    return pd.DataFrame(table), menus, mu, kind


@pytest.mark.slow
@pytest.mark.parametrize("accelerate", ["auto", "none"])
def test_many_iterations_in_one_call_are_those_of_as_many_calls(
    accelerate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, menus, _, _ = county(4, 300)
    profiles = Profiles.from_table(table, menus=menus)
    mixture = Mixture.of(profiles.schema, 3)
    params, placed = draw("mixed", mixture, profiles, 2, range(5)), mixture.place(profiles)
    ends = []
    for worth in (0, 10**9):
        monkeypatch.setattr(simplices, "WORTH", worth)
        calls: list[Any] = []
        how = stepper(accelerate, mixture)
        ends.append(run_em(mixture, Serial(), placed, params, StoppingRule(), how, calls.append))
        longest = int(ends[-1].iterations.max())
        assert len(calls) < longest
    together, apart = ends
    for name in ("loglik", "value", "iterations", "change", "gradient"):
        np.testing.assert_array_equal(getattr(together, name), getattr(apart, name), err_msg=name)
    assert (together.status, together.trace) == (apart.status, apart.trace)
    np.testing.assert_array_equal(together.params.rows(), apart.params.rows())


@pytest.mark.parametrize("steps", [0, 1, 2, 20])
def test_many_iterations_in_one_call_end_at_the_limit(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    table, menus, _, _ = county(4, 300)
    profiles = Profiles.from_table(table, menus=menus)
    mixture = Mixture.of(profiles.schema, 3)
    params, placed = draw("mixed", mixture, profiles, 2, range(5)), mixture.place(profiles)
    for worth in (0, 10**9):
        monkeypatch.setattr(simplices, "WORTH", worth)
        found = run_em(mixture, Serial(), placed, params, StoppingRule(steps=steps), stepper("auto", mixture))
        assert found.iterations.tolist() == [max(1, steps)] * 5  # the first iteration gives the values of the start


@pytest.mark.parametrize("method", METHODS)
@given(case=cases(weights="any", rows=30), k=st.integers(1, 4), seed=seeds, prior=st.sampled_from([0.0, 0.0, 0.3, 1.0]))
def test_likelihood_never_falls_at_any_step_of_any_start(
    method: str, case: Case, k: int, seed: int, prior: float
) -> None:
    """Menus, holes, real weights, every start method, more types than rows; with a prior the log posterior."""
    profiles = case.profiles()
    _, found = run(profiles, k, prior=prior, method=method, starts=3, seed=seed, steps=40)
    for s, trace in enumerate(found.trace):
        falls = np.diff(trace)
        assert (falls >= -1e-10 * (1 + abs(trace[0]))).all(), (s, trace)
        assert len(trace) == found.iterations[s]
    assert np.isfinite(found.params.vector()).all()


@given(case=cases(weights="any", rows=20), k=st.integers(1, 3), seed=seeds, steps=st.integers(1, 6))
def test_reported_loglik_is_that_of_the_returned_parameters(case: Case, k: int, seed: int, steps: int) -> None:
    profiles = case.profiles()
    assume(any(item.outcomes for item in profiles.schema.items))
    mixture, found = run(profiles, k, starts=2, seed=seed, steps=steps)
    for s in range(2):
        pi, mu = in_loops(mixture, found.params, case.outcomes, s)
        rows = told(case, mixture)
        possible = [all(naive.answer_probability(mu[i][j], a) >= 0 if a is None or sum(mu[i][j][o] for o in a[0]) > 0
                        else False for i in range(k) for j, a in enumerate(row)) for row in rows]  # fmt: skip
        assume(all(possible))
        assert found.loglik[s] == pytest.approx(naive.loglik(pi, mu, rows, case.weights), rel=1e-10)
        assert found.value[s] == found.trace[s][-1]


def test_the_parameters_of_the_step_before_have_another_loglik(two_types: pd.DataFrame) -> None:
    """The control of the test above: off by one step would be seen."""
    profiles = Profiles.from_table(two_types.drop(columns="kind"))
    mixture, found = run(profiles, 2, starts=1, steps=5)
    _, before = run(profiles, 2, starts=1, steps=4)
    assert float(mixture.estep(found.params, profiles).loglik[0]) == pytest.approx(found.loglik[0], rel=1e-13)
    assert float(mixture.estep(before.params, profiles).loglik[0]) < found.loglik[0] - 1e-3


def test_menus_profiles_and_weights_together_are_the_rows_one_by_one() -> None:
    """The combination that clusterCVR forbids: compressed with menus and weights = every voter a row, to 1e-10."""
    table, menus, _, _ = county(1, 600)
    rng = np.random.default_rng(2)
    n_u = rng.integers(1, 4, len(table))
    together = Profiles.from_table(table, weights=n_u, menus=menus)
    rows = np.repeat(np.arange(len(table)), n_u)
    schema = together.schema
    codes = together.codes[together.index[rows]]
    alone = Profiles(schema, codes, np.ones(len(rows)), np.ones(len(rows)))
    assert len(alone) > 2 * len(together)
    mixture = Mixture.of(schema, 2)
    params = random_params(mixture, together, 3)
    _, a = run(together, 2, params, steps=60, gain=1e-12)
    _, b = run(alone, 2, params, steps=60, gain=1e-12)
    np.testing.assert_allclose(a.loglik, b.loglik, rtol=1e-12)
    np.testing.assert_allclose(a.params.vector(), b.params.vector(), atol=1e-10)
    np.testing.assert_allclose(a.trace[0], b.trace[0], rtol=1e-12)


def test_truth_comes_back_and_the_start_was_not_the_truth() -> None:
    table, menus, mu, kind = county(4, 6000)
    profiles = Profiles.from_table(table, menus=menus)
    mixture = Mixture.of(profiles.schema, 2)
    params = draw("probabilities", mixture, profiles, 1, range(6))
    _, found = run(profiles, 2, params)
    best = int(np.argmax(found.value))

    def error(p: Params, s: int) -> float:
        both = [np.abs(p.families[0][:, s].reshape(5, 3, 2)[..., order] - mu).max() for order in ([0, 1], [1, 0])]
        return float(min(both))

    assert error(found.params, best) < 0.06
    assert all(error(params, s) > 0.3 for s in range(6))
    assert min(found.params.shares[best]) == pytest.approx(kind.mean(), abs=0.04)
    truth = Params.of(np.array([[0.7, 0.3]]), (mu.reshape(15, 1, 2),))
    assert found.loglik[best] > float(mixture.estep(truth, profiles).loglik[0])
    wrong = Params.of(np.array([[0.7, 0.3]]), (np.full((15, 1, 2), 1 / 3),))
    assert found.loglik[best] > float(mixture.estep(wrong, profiles).loglik[0]) + 100


def test_ignoring_the_menus_gives_wrong_answers() -> None:
    """A negative control: take the menus away and the estimates of uncontested races are off."""
    table, _, mu, _ = county(4, 6000)
    profiles = Profiles.from_table(table)
    _, found = run(profiles, 2, method="probabilities", starts=6)
    block = found.params.families[0][:, int(np.argmax(found.value))].reshape(5, 3, 2)
    assert min(np.abs(block[..., order] - mu).max() for order in ([0, 1], [1, 0])) > 0.08


def test_relabelled_start_ends_in_the_relabelled_answer(two_types: pd.DataFrame) -> None:
    profiles = Profiles.from_table(two_types.drop(columns="kind"))
    mixture = Mixture.of(profiles.schema, 3)
    params = random_params(mixture, profiles, 9)
    order = [2, 0, 1]
    turned = Params.of(params.shares[:, order], tuple(b[:, :, order] for b in params.families))
    _, a = run(profiles, 3, params, steps=200)
    _, b = run(profiles, 3, turned, steps=200)
    np.testing.assert_allclose(a.params.shares[:, order], b.params.shares, atol=1e-8)
    np.testing.assert_allclose(a.loglik, b.loglik, rtol=1e-12)


def test_row_order_changes_no_bit(two_types: pd.DataFrame) -> None:
    data = two_types.drop(columns="kind")
    _, a = run(Profiles.from_table(data), 3)
    _, b = run(Profiles.from_table(data.sample(frac=1, random_state=1)), 3)
    assert a.params.vector().tobytes() == b.params.vector().tobytes()
    assert a.trace == b.trace


def test_threads_are_serial_bit_for_bit(two_types: pd.DataFrame) -> None:
    profiles = Profiles.from_table(two_types.drop(columns="kind"))
    _, a = run(profiles, 3, shards=7)
    for jobs in (2, 5):
        _, b = run(profiles, 3, shards=7, engine=Threads(jobs))
        assert a.params.vector().tobytes() == b.params.vector().tobytes()
        assert a.trace == b.trace


def test_starts_are_independent_of_their_company(two_types: pd.DataFrame) -> None:
    """Start 2 ends at the same optimum alone and beside the others."""
    profiles = Profiles.from_table(two_types.drop(columns="kind"))
    mixture = Mixture.of(profiles.schema, 2)
    params = draw("mixed", mixture, profiles, 3, range(5))
    _, together = run(profiles, 2, params)
    _, alone = run(profiles, 2, params.take(slice(2, 3)))
    assert together.loglik[2] == pytest.approx(alone.loglik[0], abs=1e-6)
    np.testing.assert_allclose(together.params.vector()[2], alone.params.vector()[0], atol=1e-4)


def test_converged_means_that_more_iterations_gain_nothing(two_types: pd.DataFrame) -> None:
    profiles = Profiles.from_table(two_types.drop(columns="kind"))
    _, found = run(profiles, 2)
    assert set(found.status) == {"converged"}
    _, again = run(profiles, 2, found.params, steps=3000, gain=1e-13, change=1e-12)
    assert (again.loglik - found.loglik < 1e-4).all()
    assert (again.loglik >= found.loglik - 1e-9).all()


def test_step_limit_is_a_status(two_types: pd.DataFrame) -> None:
    profiles = Profiles.from_table(two_types.drop(columns="kind"))
    _, found = run(profiles, 2, steps=3)
    assert found.status == ["step_limit"] * 4
    assert found.iterations.tolist() == [3] * 4


def test_an_interrupt_keeps_the_parameters_so_far(two_types: pd.DataFrame) -> None:
    profiles = Profiles.from_table(two_types.drop(columns="kind"))
    mixture = Mixture.of(profiles.schema, 2)
    stop = threading.Event()
    engine = Serial()
    seen: list[int] = []

    def watch(progress: Any) -> None:
        seen.append(progress.step)
        stop.set()

    params = draw("mixed", mixture, profiles, 1, range(3))
    rule = StoppingRule(gain=1e-13, change=1e-13)
    found = run_em(mixture, engine, mixture.place(profiles), params, rule, None, watch, stop)
    assert set(found.status) == {"interrupted"}
    assert seen == [1, found.iterations.max()]
    np.testing.assert_allclose(mixture.estep(found.params, profiles).loglik, found.loglik, rtol=1e-12)


@pytest.mark.parametrize("rows", [1, 2])
def test_more_types_than_profiles(rows: int) -> None:
    """The best that can be is every profile explained as often as it occurs."""
    profiles = Profiles.from_table({"a": [0, 1][:rows], "b": [0, 1][:rows]}, weights=[3, 5][:rows])
    _, found = run(profiles, 5, starts=6)
    n = profiles.counts
    assert found.loglik.max() == pytest.approx(float(n @ np.log(n / n.sum())), abs=1e-5)
    np.testing.assert_allclose(found.params.shares.sum(axis=1), 1.0)


def test_constant_items_and_rows_without_answers_change_nothing(two_types: pd.DataFrame) -> None:
    data = two_types.drop(columns="kind")
    plain = Profiles.from_table(data)
    empty = pd.DataFrame({name: [None] * 7 for name in data}, dtype=object)
    more = Profiles.from_table(pd.concat([data, empty]).assign(same="x", gone=None))
    assert more.n == plain.n + 7
    assert more.notes == ("Item 'gone' is missing in every row; it says nothing about types.",)
    mixture = Mixture.of(plain.schema, 2)
    params = random_params(mixture, plain, 5)
    wide = Params.of(params.shares, (np.concatenate([params.families[0], np.ones((1, 1, 2))]),))
    _, a = run(plain, 2, params, gain=1e-10, change=1e-9)
    _, b = run(more, 2, wide, gain=1e-10, change=1e-9)
    assert a.loglik[0] == pytest.approx(b.loglik[0], abs=1e-7)
    np.testing.assert_allclose(a.params.families[0], b.params.families[0][:-1], atol=1e-5)
    assert Mixture.of(more.schema, 2).free == mixture.free


def test_only_rows_without_answers() -> None:
    profiles = Profiles.from_table({"a": [None, None], "b": [None, None]})
    assert len(profiles) == 1
    _, found = run(profiles, 2, starts=2)
    np.testing.assert_allclose(found.loglik, 0.0, atol=1e-12)


def test_map_estimate_of_one_type_by_hand() -> None:
    """Counts 6 and 0 with pseudo-count 1/2: (6.5, 0.5) / 7; log-likelihood without the prior's part."""
    profiles = Profiles.from_table({"a": [1] * 6}, levels={"a": [0, 1]})
    _, found = run(profiles, 1, prior=0.5, starts=1)
    np.testing.assert_allclose(found.params.families[0][:, 0, 0], [0.5 / 7, 6.5 / 7])
    assert found.loglik[0] == pytest.approx(6 * np.log(6.5 / 7))
    assert found.value[0] == pytest.approx(6 * np.log(6.5 / 7) + 0.5 * np.log(6.5 / 7) + 0.5 * np.log(0.5 / 7))


def test_prior_keeps_probabilities_off_the_boundary(two_types: pd.DataFrame) -> None:
    data = two_types.drop(columns="kind").head(25)
    profiles = Profiles.from_table(data)
    _, free = run(profiles, 4)
    _, held = run(profiles, 4, prior=0.5)
    assert min(b.min() for b in free.params.families) < 1e-6
    assert min(b.min() for b in held.params.families) > 1e-3
    assert (held.loglik <= free.loglik.max() + 1e-6).all()


@settings(max_examples=5)
@given(seed=seeds)
def test_impossible_start_is_refused(seed: int) -> None:
    profiles = Profiles.from_table({"a": [0, 1], "b": [0, 1]})
    mixture = Mixture.of(profiles.schema, 2)
    good = random_params(mixture, profiles, seed)
    bad = Params.of(good.shares, (np.array([[1.0, 1], [0, 0], [1, 1], [0, 0]]).reshape(4, 1, 2),))
    with pytest.raises(InputError) as error:
        run(profiles, 2, Params.stack([good, bad]))
    assert str(error.value) == (
        "starting values: start 1 gives some rows probability 0 under all 2 types. Every row must be possible under "
        "some type. Avoid starting probabilities of exactly 0."
    )


def test_rule_out_of_range() -> None:
    with pytest.raises(InputError) as error:
        StoppingRule(gain=0.0, change=-1.0, steps=-1)
    assert str(error.value) == (
        "3 faults:\n"
        "  - stopping: gain is 0.0. It is positive.\n"
        "  - stopping: change is -1.0. It is positive.\n"
        "  - stopping: steps is -1. It is 0 or more."
    )


@pytest.mark.slow
def test_ten_thousand_rows_of_two_thousand_binary_items() -> None:
    """Two types far apart: no underflow, every row in its true type, parameters within sampling error."""
    rng = np.random.default_rng(0)
    kind = rng.random(10_000) < 0.4
    p = rng.uniform(0.2, 0.8, (2, 2000))
    data = (rng.random((10_000, 2000)) < p[kind.astype(int)]).astype(np.int8)
    profiles = Profiles.from_table(data)
    mixture, found = run(profiles, 2, starts=2, method="modes")
    best = int(np.argmax(found.loglik))
    assert np.isfinite(found.loglik[best])
    assert found.loglik[best] < -1e7
    _, zeta = mixture.posterior(found.params.take(slice(best, best + 1)), profiles)
    assigned = zeta[profiles.index].argmax(axis=1) == 1
    assert max((assigned == kind).mean(), (assigned != kind).mean()) == 1.0
