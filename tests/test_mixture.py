"""The E-step, the M-step and the kernels against plain loops and enumeration."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import naive
from blocs.core.errors import InputError
from blocs.core.schema import Item, Schema
from blocs.model.mixture import KERNELS, Mixture, Params
from blocs.profiles import Profiles
from cases import Case, cases, in_loops, random_params, told

kernels = pytest.mark.parametrize("kernel", sorted(KERNELS))
seeds = st.integers(0, 2**32 - 1)
types = st.integers(1, 4)


def known(case: Case) -> Profiles:
    profiles = case.profiles()
    assume(any(len(item.outcomes) for item in profiles.schema.items))
    return profiles


@kernels
@given(case=cases(weights="any"), k=types, seed=seeds)
def test_loglik_and_posteriors_are_those_of_plain_loops(kernel: str, case: Case, k: int, seed: int) -> None:
    profiles = known(case)
    mixture = Mixture.of(profiles.schema, k, kernel=kernel)
    params = random_params(mixture, profiles, seed)
    pi, mu = in_loops(mixture, params, case.outcomes)
    rows = told(case, mixture)
    expected = naive.loglik(pi, mu, rows, case.weights)
    assert float(mixture.estep(params, profiles).loglik[0]) == pytest.approx(expected, rel=1e-11)
    loglik, zeta = mixture.posterior(params, profiles)
    assert float(profiles.weights @ loglik) == pytest.approx(expected, rel=1e-11)
    np.testing.assert_allclose(zeta[profiles.index], naive.posteriors(pi, mu, rows), rtol=1e-10, atol=1e-14)


@kernels
@given(case=cases(weights="any"), k=types, seed=seeds)
def test_m_steps_from_products_are_those_from_their_posteriors(kernel: str, case: Case, k: int, seed: int) -> None:
    profiles = known(case)
    mixture, rng = Mixture.of(profiles.schema, k, kernel=kernel), np.random.default_rng(seed)
    zeta, gone = rng.dirichlet(np.ones(k), len(profiles)), int(rng.integers(k))
    by, own = 0.1 + rng.random((2, len(profiles), 3))
    whole = by[:, :, None] * zeta[:, None, :]
    for instead in (None, (gone, own)):
        if instead is not None:
            whole[:, :, gone] = own
        made = mixture.from_products(profiles, zeta, by, instead).vector()
        expected = mixture.from_posteriors(profiles, whole.reshape(len(profiles), -1)).vector()
        np.testing.assert_allclose(made, expected, rtol=1e-7, atol=1e-9)


@kernels
@given(case=cases(weights="any", rows=8), k=st.integers(1, 3), seed=seeds)
def test_em_step_is_that_of_plain_loops(kernel: str, case: Case, k: int, seed: int) -> None:
    profiles = known(case)
    mixture = Mixture.of(profiles.schema, k, kernel=kernel)
    params = random_params(mixture, profiles, seed)
    new = mixture.mstep(params, mixture.estep(params, profiles))
    rows = told(case, mixture)
    pi, mu = naive.em_step(*in_loops(mixture, params, case.outcomes), rows, case.weights)
    mine_pi, mine_mu = in_loops(mixture, new, case.outcomes)
    np.testing.assert_allclose(mine_pi, pi, rtol=1e-10)
    before = naive.posteriors(*in_loops(mixture, params, case.outcomes), rows)
    for j in range(len(case.outcomes)):
        for i in range(k):
            counts = naive.expected_choices(before, rows, case.weights, i, j)
            # mu itself may be undetermined or at the boundary, which naive only creeps up to; the maximum is one
            found, best = naive.choice_value(mine_mu[i][j], counts), naive.choice_value(mu[i][j], counts)
            assert found >= best - 1e-10 * (1 + abs(best))
            assert found <= best + 1e-2


@kernels
@given(case=cases(), k=types, starts=st.integers(1, 3), seed=seeds)
def test_expected_totals_sum_to_n(kernel: str, case: Case, k: int, starts: int, seed: int) -> None:
    """And the expected counts of every item, missing included, too."""
    profiles = known(case)
    mixture = Mixture.of(profiles.schema, k, kernel=kernel)
    stats = mixture.estep(random_params(mixture, profiles, seed, starts), profiles)
    np.testing.assert_allclose(stats.totals.reshape(starts, k).sum(axis=1), sum(case.weights), rtol=1e-12)
    offsets = profiles.schema.offsets
    for j in range(len(case.outcomes)):
        by_start = stats.counts[offsets[j] : offsets[j + 1]].sum(axis=0).reshape(starts, k).sum(axis=1)
        np.testing.assert_allclose(by_start, sum(case.weights), rtol=1e-12)


@kernels
@given(case=cases(weights="any"), k=types, seed=seeds, parts=st.integers(1, 20))
def test_shards_add_up(kernel: str, case: Case, k: int, seed: int, parts: int) -> None:
    profiles = known(case)
    mixture = Mixture.of(profiles.schema, k, kernel=kernel)
    task = mixture.task(random_params(mixture, profiles, seed, 2))
    whole = task(*mixture.place(profiles))
    shards = [task(shard) for shard in mixture.place(profiles, parts)]
    assert len(shards) == min(parts, len(profiles))
    total = sum(shards[1:], shards[0])
    for name in ("loglik", "totals", "counts"):
        np.testing.assert_allclose(getattr(total, name), getattr(whole, name), rtol=1e-12, atol=1e-13)


@given(case=cases(weights="any"), k=types, seed=seeds, starts=st.integers(1, 3))
def test_compiled_is_plain(case: Case, k: int, seed: int, starts: int) -> None:
    profiles = known(case)
    found = []
    for kernel in ("plain", "compiled"):
        mixture = Mixture.of(profiles.schema, k, kernel=kernel)
        params = random_params(mixture, profiles, seed, starts)
        found.append((mixture.estep(params, profiles), mixture.posterior(params.take(slice(0, 1)), profiles)))
    (plain, (rows, zeta)), (fast, (fast_rows, fast_zeta)) = found
    for name in ("loglik", "totals", "counts"):
        np.testing.assert_allclose(getattr(fast, name), getattr(plain, name), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(fast_rows, rows, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(fast_zeta, zeta, rtol=1e-9, atol=1e-14)


@kernels
@given(case=cases(), k=st.integers(2, 4), seed=seeds)
def test_starts_side_by_side_are_starts_alone(kernel: str, case: Case, k: int, seed: int) -> None:
    profiles = known(case)
    mixture = Mixture.of(profiles.schema, k, kernel=kernel)
    both = random_params(mixture, profiles, seed, 2)
    stats = mixture.estep(both, profiles)
    after = mixture.mstep(both, stats)
    for s in range(2):
        alone = both.take(slice(s, s + 1))
        mine = mixture.estep(alone, profiles)
        np.testing.assert_allclose(stats.take([s], k).loglik, mine.loglik, rtol=1e-13)
        np.testing.assert_allclose(
            after.take(slice(s, s + 1)).vector(), mixture.mstep(alone, mine).vector(), rtol=1e-9, atol=1e-12
        )


@given(case=cases(), k=st.integers(2, 4), seed=seeds)
def test_relabelling_types_relabels_everything(case: Case, k: int, seed: int) -> None:
    profiles = known(case)
    mixture = Mixture.of(profiles.schema, k)
    params = random_params(mixture, profiles, seed)
    order = np.random.default_rng(seed).permutation(k)
    other = Params.of(params.shares[:, order], tuple(b[:, :, order] for b in params.families))
    stats, turned = mixture.estep(params, profiles), mixture.estep(other, profiles)
    np.testing.assert_allclose(turned.loglik, stats.loglik, rtol=1e-12)
    np.testing.assert_allclose(turned.counts, stats.counts[:, order], rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(
        mixture.mstep(other, turned).shares, mixture.mstep(params, stats).shares[:, order], rtol=1e-10
    )


@kernels
@given(case=cases(items=3, rows=6), k=types, seed=seeds)
def test_probabilities_of_all_possible_rows_sum_to_one(kernel: str, case: Case, k: int, seed: int) -> None:
    """Enumerate every row that the menus of one input row allow, and let the package evaluate each."""
    profiles = known(case)
    schema = profiles.schema
    mixture = Mixture.of(schema, k, kernel=kernel)
    params = random_params(mixture, profiles, seed)
    for u in range(len(profiles)):
        choices = []
        for item, code in zip(schema.items, profiles.codes[u], strict=True):
            menu = -1 if code == 0 else item.codes[code - 1][0]
            choices.append([c for c, (m, _) in enumerate(item.codes, 1) if m == menu] or [0])
        grid = np.array(np.meshgrid(*choices, indexing="ij")).reshape(len(choices), -1).T
        every = Profiles(schema, grid.astype(np.uint8), np.ones(len(grid)), np.ones(len(grid)))
        loglik, _ = mixture.posterior(params, every)
        assert math.fsum(np.exp(loglik)) == pytest.approx(1.0, rel=1e-12)


def test_probabilities_on_a_menu_are_renormalised_over_that_menu() -> None:
    """mu = (.2, .3, .5): on {0, 2} the probabilities are 2/7 and 5/7, by hand."""
    item = Item("office", (0, 1, 2), ((0, 1, 2), (0, 2), (0, 1)))
    mixture = Mixture.of(Schema((item,)), 1)
    table = mixture.table(Params.of(np.ones((1, 1)), (np.array([0.2, 0.3, 0.5]).reshape(3, 1, 1),)))
    np.testing.assert_allclose(table[:, 0], [1, 0.2, 0.3, 0.5, 2 / 7, 5 / 7, 2 / 5, 3 / 5])


@kernels
def test_two_thousand_items_of_probability_1e_12_do_not_underflow(kernel: str) -> None:
    """Two rows: one of all-rare answers, log-likelihood about -55,262 by plain logs, and one common row."""
    rng = np.random.default_rng(5)
    items, k = 2_000, 3
    schema = Schema(tuple(Item.full(f"q{j}", (0, 1)) for j in range(items)))
    mixture = Mixture.of(schema, k, kernel=kernel)
    rare = np.exp(rng.uniform(math.log(1e-12), math.log(2e-12), (items, k)))
    block = np.stack([1 - rare, rare], axis=1).reshape(2 * items, 1, k)
    params = Params.of(np.array([[0.5, 0.3, 0.2]]), (block,))
    codes = np.array([[2] * items, [1] * items, [0, 2] * (items // 2)], dtype=np.uint8)
    profiles = Profiles(schema, codes, np.ones(3), np.ones(3))
    loglik, zeta = mixture.posterior(params, profiles)
    mu = [[[1 - rare[j, i], rare[j, i]] for j in range(items)] for i in range(k)]
    for u in range(3):
        row = [None if c == 0 else ((0, 1), int(c) - 1) for c in codes[u]]
        logs = naive.log_joint([0.5, 0.3, 0.2], mu, row)
        top = max(logs)
        expected = top + math.log(math.fsum(math.exp(v - top) for v in logs))
        assert loglik[u] == pytest.approx(expected, rel=1e-10)
        np.testing.assert_allclose(zeta[u], [math.exp(v - expected) for v in logs], rtol=1e-6, atol=1e-300)
    assert loglik[0] < -50_000


@kernels
def test_impossible_row_has_loglik_minus_infinity(kernel: str) -> None:
    schema = Schema((Item.full("a", (0, 1)), Item.full("b", (0, 1))))
    mixture = Mixture.of(schema, 2, kernel=kernel)
    block = np.array([[1.0, 0.5], [0.0, 0.5], [0.5, 1.0], [0.5, 0.0]]).reshape(4, 1, 2)
    profiles = Profiles(schema, np.array([[1, 1], [2, 2]], dtype=np.uint8), np.ones(2), np.ones(2))
    loglik, zeta = mixture.posterior(Params.of(np.array([[0.5, 0.5]]), (block,)), profiles)
    assert loglik[0] == pytest.approx(math.log(0.5 * 0.5 + 0.5 * 0.5))
    assert loglik[1] == -np.inf
    assert zeta[1].tolist() == [0.0, 0.0]


def test_one_type_is_exact(two_types: object) -> None:
    """K = 1: each item's shares of its own answers, in one step, and the multinomial log-likelihood by hand."""
    data = two_types.drop(columns="kind")
    profiles = Profiles.from_table(data)
    mixture = Mixture.of(profiles.schema, 1)
    start = random_params(mixture, profiles, 1)
    params = mixture.mstep(start, mixture.estep(start, profiles))
    expected = 0.0
    for name in data:
        counts = data[name].dropna().value_counts()
        expected += math.fsum(n * math.log(n / counts.sum()) for n in counts)
    assert float(mixture.estep(params, profiles).loglik[0]) == pytest.approx(expected, rel=1e-13)
    assert params.shares.tolist() == [[1.0]]
    assert float(mixture.estep(start, profiles).loglik[0]) < expected - 1  # the start was not the answer


def test_type_with_share_zero_stays_empty_and_harms_nobody(two_types: object) -> None:
    profiles = Profiles.from_table(two_types.drop(columns="kind"))
    two, three = Mixture.of(profiles.schema, 2), Mixture.of(profiles.schema, 3)
    params = random_params(two, profiles, 3)
    wide = Params.of(np.array([[*params.shares[0], 0.0]]), tuple(np.repeat(b, [1, 2], axis=2) for b in params.families))
    a, b = two.estep(params, profiles), three.estep(wide, profiles)
    np.testing.assert_allclose(b.loglik, a.loglik, rtol=1e-13)
    assert b.totals[0, 2] == 0
    after = three.mstep(wide, b)
    assert after.shares[0, 2] == 0
    assert np.isfinite(after.vector()).all()


def test_number_of_free_parameters_by_hand() -> None:
    schema = Schema((Item.full("a", (0, 1, 2)), Item.full("b", (0,)), Item("c", (0, 1, 2), ((0, 1), (0, 2)))))
    assert Mixture.of(schema, 3).free == 2 + 3 * (2 + 0 + 2)


def test_items_absent_from_new_data_are_missing(two_types: object) -> None:
    """Posteriors with three of six items are those of a naive row with the other three missing."""
    data = two_types.drop(columns="kind")
    profiles = Profiles.from_table(data)
    mixture = Mixture.of(profiles.schema, 2)
    params = random_params(mixture, profiles, 8)
    part = Profiles.from_table(data[["office2", "office4", "office5"]]).align(profiles.schema)
    pi, mu = in_loops(mixture, params, [3] * 6)
    loglik, zeta = mixture.bind(part.schema).posterior(params, part)
    full = (0, 1, 2)
    rows = [[(full, int(r[c])) if c in ("office2", "office4", "office5") and r[c] is not None else None for c in data]
            for r in data.to_dict("records")]  # fmt: skip
    np.testing.assert_allclose(zeta[part.index], naive.posteriors(pi, mu, rows), rtol=1e-10)
    assert float(part.weights @ loglik) == pytest.approx(naive.loglik(pi, mu, rows, [1.0] * len(rows)), rel=1e-12)


def test_em_steps_work_on_data_with_other_menus_and_absent_items(two_types: object) -> None:
    """An aligned data set can be fitted further: absent items keep their parameters."""
    data = two_types.drop(columns="kind")
    profiles = Profiles.from_table(data)
    mixture = Mixture.of(profiles.schema, 2)
    params = random_params(mixture, profiles, 8)
    part = Profiles.from_table(data[["office2"]].fillna(0), menus={"office2": {0, 1, 2}}).align(profiles.schema)
    bound = mixture.bind(part.schema)
    after = bound.mstep(params, bound.estep(params, part))
    np.testing.assert_array_equal(after.families[0][:3], params.families[0][:3])
    assert not np.allclose(after.families[0][3:6], params.families[0][3:6])


def test_types_below_one_are_refused() -> None:
    with pytest.raises(InputError) as error:
        Mixture.of(Schema((Item.full("a", (0, 1)),)), 0)
    assert str(error.value) == "types: 0 types. The number of types is 1 or more."


def test_unknown_kernel_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError) as error:
        Mixture.of(Schema((Item.full("a", (0, 1)),)), 1, kernel="compild")
    names = ", ".join(map(repr, KERNELS))
    assert str(error.value) == (
        f"kernel: there is no kernel 'compild'. The kernels are {names}. Nearest match: compiled."
    )
