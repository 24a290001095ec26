"""The compiled kernel says what the plain one says, with and without tables, and both what a loop over numbers says."""

from __future__ import annotations

import math

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blocs.core.schema import Item, Schema
from blocs.engines import Serial, Threads
from blocs.kernels import compiled, lanes, plain
from blocs.kernels.passes import CHUNK
from blocs.kernels.plan import MANY, SAMPLE, find, trivial
from blocs.kernels.shard import StartWeights
from blocs.model.mixture import Mixture
from blocs.profiles import Profiles

CLOSE = {"rtol": 1e-10, "atol": 1e-11}  # weights add up to thousands, so sums near 0 are only so good


def case(seed, u, sizes, types, starts, groups=1, extreme=0.0, sort=True):
    """Random codes, tables and weights; extreme: the share of probabilities that are tiny or zero."""
    rng = np.random.default_rng(seed)
    codes = np.column_stack([rng.integers(0, size, u) for size in sizes]).astype(np.uint8)
    if sort:
        codes = np.unique(codes, axis=0)
    u = len(codes)
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    table = rng.random((offsets[-1], types * starts))
    hit = rng.random(table.shape) < extreme
    table[hit] = rng.choice([0.0, 1e-300, 1e-150, 1e-12], hit.sum())
    table[offsets[:-1]] = 1.0
    prior = rng.dirichlet(np.ones(types), (groups, starts)).reshape(groups, -1)
    group = rng.integers(0, groups, u).astype(np.int32)
    return codes, offsets, table, prior, group, types, rng.integers(1, 5, u).astype(float)


def loop(codes, offsets, table, prior, group, types, weights):
    """The E-step of one start as anybody would write it down."""
    loglik, totals, counts = 0.0, np.zeros_like(prior), np.zeros_like(table)
    for u, row in enumerate(codes):
        joint = [prior[group[u], k] for k in range(types)]
        for j, code in enumerate(row):
            joint = [joint[k] * table[offsets[j] + code, k] for k in range(types)]
        loglik += weights[u] * math.log(sum(joint))
        for k in range(types):
            zeta = weights[u] * joint[k] / sum(joint)
            totals[group[u], k] += zeta
            for j, code in enumerate(row):
                counts[offsets[j] + code, k] += zeta
    return loglik, totals, counts


def agree(got, expected):
    for name, a, b in zip(plain.Sums._fields, got, expected, strict=True):
        np.testing.assert_allclose(a, b, **CLOSE, err_msg=name)


@pytest.mark.parametrize("kernel", [plain, compiled])
@pytest.mark.parametrize("groups", [1, 3])
def test_expect_is_the_loop(kernel, groups):
    data = case(1, 40, (4, 3, 2, 5), 3, 1, groups)
    sums = kernel.expect(*data)
    loglik, totals, counts = loop(*data)
    assert sums.loglik[0] == pytest.approx(loglik, rel=1e-12)
    np.testing.assert_allclose(sums.totals, totals, rtol=1e-12)
    np.testing.assert_allclose(sums.counts, counts, rtol=1e-12, atol=1e-14)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    u=st.integers(1, 300),
    sizes=st.lists(st.integers(1, 6), min_size=1, max_size=9),
    types=st.integers(1, 19),
    starts=st.integers(1, 18),
    groups=st.integers(1, 4),
    extreme=st.sampled_from([0.0, 0.0, 0.3, 0.95]),
    sort=st.booleans(),
    share=st.sampled_from([1, 4, 16, 10**6]),
)
def test_compiled_is_plain(seed, u, sizes, types, starts, groups, extreme, sort, share):
    data = case(seed, u, sizes, types, starts, groups, extreme, sort)
    codes, offsets, _, _, group, _, weights = data
    with np.errstate(invalid="ignore"):
        expected = plain.expect(*data)
    agree(compiled.expect(*data), expected)
    plan = find(codes, offsets, group, groups, types, share=share)
    agree(compiled.expect(*data, plan), expected)
    loglik, zeta = compiled.posterior(*data[:-1])
    a, b = plain.posterior(*data[:-1])
    np.testing.assert_allclose(loglik, a, **CLOSE)
    np.testing.assert_allclose(zeta, b, **CLOSE)
    weighted = zeta * weights[:, None]
    counts = plain.scatter(codes, offsets, weighted)
    np.testing.assert_allclose(compiled.scatter(codes, offsets, weighted), counts, **CLOSE)
    by = np.random.default_rng(seed).random((len(codes), 3))
    products = plain.scatter(codes, offsets, np.hstack([weighted * column[:, None] for column in by.T]))
    for kernel in (plain, compiled):
        np.testing.assert_allclose(kernel.scatter(codes, offsets, weighted, by), products, **CLOSE)


@pytest.mark.parametrize("types", [1, 3, 8, 9, 24])
@pytest.mark.parametrize("starts", [1, 2, 7, 8, 20])
def test_every_layout(types, starts):
    data = case(types * 100 + starts, 2000, (4, 4, 4, 4, 4, 4), types, starts)
    codes, offsets, _, _, group, _, _ = data
    agree(compiled.expect(*data, compiled.prepare(codes, offsets, group, 1, types)), plain.expect(*data))


@pytest.mark.parametrize("u", [1, 7, 8, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 13])
@pytest.mark.parametrize("types", [1, 2, 4, 8, 9, 17])
@pytest.mark.parametrize("starts", [1, 9])
@pytest.mark.parametrize("extreme", [0.0, 0.4])
def test_any_number_of_profiles(u, types, starts, extreme):
    """Also where unlikely profiles lie at both ends of a chunk, and with groups and weights."""
    codes, offsets, table, prior, group, _, weights = case(u + types, 3 * CHUNK, (6,) * 6, types, starts, 2, extreme)
    codes, group, weights = codes[:u], group[:u], weights[:u]
    data = codes, offsets, table, prior, group, types, weights
    with np.errstate(invalid="ignore"):
        expected = plain.expect(*data)
    agree(compiled.expect(*data, compiled.prepare(codes, offsets, group, 2, types)), expected)


@pytest.mark.parametrize(("share", "blocks"), [(1, 0), (20, 1), (40, 2), (100, 3), (400, 7)])
@pytest.mark.parametrize("types", [3, 11])
def test_any_number_of_blocks(share, blocks, types):
    data = case(3, 6000, (4,) * 8, types, 1)
    codes, offsets, _, _, group, _, _ = data
    plan = find(codes, offsets, group, 1, types, share)
    assert plan.others.shape[1] == blocks
    agree(compiled.expect(*data, plan), plain.expect(*data))


@pytest.mark.parametrize("starts", [1, 9])
@pytest.mark.parametrize("tables", [False, True])
def test_thousands_of_unlikely_items(starts, tables):
    """2,000 items of probability 1e-12: far below the smallest double, and one type far below the other."""
    u, items = 12, 2000
    rng = np.random.default_rng(3)
    codes = rng.integers(1, 3, (u, items)).astype(np.uint8)
    offsets = np.arange(items + 1, dtype=np.int64) * 3
    table = np.full((3 * items, 2 * starts), 1e-12)
    table[2::3] = 1.1e-12
    table[:, ::2] *= 1 + 1e-3 * rng.random((3 * items, starts))
    table[::3] = 1.0
    data = codes, offsets, table, np.full((1, 2 * starts), 0.5), np.zeros(u, np.int32), 2, np.ones(u)
    plan = find(*data[:2], data[4], 1, 2, share=1) if tables else None
    got, expected = compiled.expect(*data, plan), plain.expect(*data)
    np.testing.assert_allclose(got.loglik, expected.loglik, rtol=1e-12)
    np.testing.assert_allclose(got.counts, expected.counts, rtol=1e-9)


@pytest.mark.parametrize("starts", [1, 9])
@pytest.mark.parametrize("items", [5, 40, 900])
def test_types_that_fall_far_behind_and_come_back(starts, items):
    """Type 1 is ahead by 1e-200 an item at first, type 2 in the second half; some codes have probability 0."""
    rng = np.random.default_rng(items)
    codes = rng.integers(1, 4, (30, 2 * items)).astype(np.uint8)
    offsets = np.arange(2 * items + 1, dtype=np.int64) * 4
    table = rng.uniform(0.5, 1.0, (8 * items, 3 * starts))
    half = np.arange(8 * items) < 4 * items
    table[half, 1::3] *= 1e-200
    table[~half, ::3] *= 1e-200
    table[3::40, 2::3] = 0.0
    table[::4] = 1.0
    data = codes, offsets, table, np.full((1, 3 * starts), 1 / 3), np.zeros(30, np.int32), 3, np.ones(30)
    for plan in (None, find(*data[:2], data[4], 1, 3, share=1)):
        got, expected = compiled.expect(*data, plan), plain.expect(*data)
        np.testing.assert_allclose(got.loglik, expected.loglik, rtol=1e-12)
        # plain adds logarithms up to -800,000, which leaves it about 9 digits of a posterior
        np.testing.assert_allclose(got.counts, expected.counts, rtol=1e-8, atol=1e-12)
        assert (got.totals.reshape(starts, 3)[:, :2] > 1e-6).all()  # neither is lost


def test_impossible_profiles():
    """A profile no type allows has log-likelihood -inf and adds nothing; the others are as they were."""
    codes = np.array([[1, 1], [1, 2], [2, 1]], dtype=np.uint8)
    offsets = np.array([0, 3, 6])
    table = np.array([[1, 1], [0.5, 0.2], [0, 0], [1, 1], [0.5, 0.1], [0.5, 0.9]])
    data = codes, offsets, table, np.array([[0.4, 0.6]]), np.zeros(3, np.int32), 2, np.ones(3)
    for kernel in (plain, compiled):
        sums = kernel.expect(*data)
        assert sums.loglik[0] == -np.inf
        assert sums.totals.sum() == pytest.approx(2.0)
        loglik, zeta = kernel.posterior(*data[:-1])
        assert loglik[2, 0] == -np.inf
        np.testing.assert_array_equal(zeta[2], 0.0)


@pytest.mark.parametrize("starts", [1, 9])
@pytest.mark.parametrize("tables", [False, True])
def test_impossible_profiles_of_weight_0(starts, tables):
    """0 times minus infinity is no number: a profile that does not count adds 0, as if it were not there."""
    codes, offsets, table, prior, group, types, weights = case(7, 60, (3, 3, 3), 2, starts)
    table[offsets[1] + 2] = 0.0
    off = codes[:, 1] == 2
    weights[off] = 0.0
    data = codes, offsets, table, prior, group, types, weights
    there = codes[~off], offsets, table, prior, group[~off], types, weights[~off]
    for kernel in (plain, compiled):
        plan = kernel.prepare(codes, offsets, group, 1, types) if tables else None
        sums = kernel.expect(*data, plan)
        agree(sums, plain.expect(*there))
        assert np.isfinite(sums.loglik).all()


def bits(sums, start, types):
    return [np.ascontiguousarray(x[..., start * types : start * types + types]).tobytes() for x in sums[1:]] + [
        sums.loglik[start].tobytes()
    ]


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    types=st.integers(1, 19),
    starts=st.integers(2, 18),
    extreme=st.sampled_from([0.0, 0.3, 0.95]),
    items=st.sampled_from([2, 6, 9, MANY + 3]),
    tables=st.booleans(),
    own=st.booleans(),
)
def test_a_start_gets_the_same_bits_beside_any_others(seed, types, starts, extreme, items, tables, own):
    """Whatever the layout: alone, with some others, in another order; unlikely rows and own weights included."""
    data = case(seed, 400, (3,) * items, types, starts, 2, extreme)
    codes, offsets, table, prior, group, _, weights = data
    plan = find(codes, offsets, group, 2, types, share=4) if tables else None
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 3, (starts, len(codes))).astype(float) if own else np.repeat(weights[None], starts, 0)

    def expect(which):
        columns = (np.array(which)[:, None] * types + np.arange(types)).ravel()
        w = StartWeights(rows, np.array(which)) if own else weights
        return compiled.expect(codes, offsets, table[:, columns], prior[:, columns], group, types, w, plan)

    every = expect(range(starts))
    for which in ([0], [starts - 1, 0], list(rng.permutation(starts)), list(rng.permutation(starts)[: starts // 2])):
        some = expect(which)
        for i, start in enumerate(which):
            assert bits(some, i, types) == bits(every, start, types)
    for start in range(starts):
        columns = slice(start * types, start * types + types)
        alone = table[:, columns], prior[:, columns], group, types, rows[start]
        agree([every[0][[start]], *(x[:, columns] for x in every[1:])], plain.expect(codes, offsets, *alone))
    if own:
        agree(every, plain.expect(*data[:-1], StartWeights(rows, np.arange(starts))))


def test_tables_are_smaller_than_the_data():
    codes, offsets, _, _, group, types, _ = case(5, 20_000, (3,) * 10, 4, 1)
    plan = find(codes, offsets, group, 1, types)
    assert plan.others.shape[1] <= 2
    assert plan.rows < len(codes) / 2
    assert trivial(codes, offsets, group, 1).rows == offsets[-1] + 1


def test_blocks_are_few_and_even():
    """Of 20 items of 3 the first are in runs, the others in a few blocks, none far larger than another."""
    for seed, u in enumerate([3000, 20_000, 65_536]):
        codes, offsets, _, _, group, _, _ = case(seed, u, (3,) * 20, 1, 1)
        plan = find(codes, offsets, group, 1, 8)
        sizes = [len(np.unique(block)) for block in plan.others.T]
        assert len(sizes) <= (3 if u > 10_000 else 4)
        assert max(sizes) <= SAMPLE
        assert max(sizes) <= 30 * min(sizes)
        assert len(plan.run_row) <= len(codes) / 16
        first = np.repeat(plan.run_row, np.diff(plan.run_start))
        for row, other in zip(range(0, u, 97), plan.others[::97], strict=False):
            found = sorted(code for start in [first[row], *other] for code in chain(plan, int(start)))
            assert found == [*(offsets[:-1] + codes[row]), offsets[-1]]


def chain(plan, row):
    """The codes that a table row is the product of."""
    if row < plan.leaves:
        return [row]
    at = row - plan.leaves
    return [*chain(plan, int(plan.left[at])), int(plan.right[at])]


def test_no_profiles():
    codes, offsets, table, prior, group, types, weights = case(5, 10, (3, 2), 2, 3)
    none = codes[:0], offsets, table, prior, group[:0], types, weights[:0]
    agree(compiled.expect(*none, find(codes[:0], offsets, group[:0], 1, 2)), plain.expect(*none))


def of_lanes(function, x):
    """Return the values of a function of lanes, eight numbers at a time."""

    @numba.njit
    def all_of(x, y):
        for i in range(0, len(x), 8):
            lanes.store(y, i, function(lanes.load(x, i)))

    y = np.empty_like(x)
    all_of(x, y)
    return y


def test_logarithm_of_lanes():
    x = np.concatenate([np.geomspace(1e-300, 1e300, 4000), 1 + np.geomspace(1e-16, 0.5, 400), np.ones(8)])
    np.testing.assert_allclose(of_lanes(lanes.logarithm, x), np.log(x), rtol=5e-16)


@pytest.mark.parametrize("starts", [1, 10])
def test_threads_give_the_same_bits(starts):
    schema = Schema(tuple(Item.full(f"q{j}", (0, 1, 2)) for j in range(8)))
    rng = np.random.default_rng(8)
    profiles = Profiles.from_codes(schema, rng.integers(0, 4, (6000, 8)), np.ones(6000))
    mixture = Mixture.of(schema, 3)
    params = mixture.random(profiles, rng)
    params = type(params).stack([mixture.random(profiles, rng) for _ in range(starts)])
    shards = mixture.place(profiles, 7)
    whole = mixture.estep(params, profiles)
    first = Serial().sum(mixture.task(params), shards)
    for jobs in (1, 2, 4):
        stats = Threads(jobs).sum(mixture.task(params), shards)
        for name in ("loglik", "totals", "counts"):
            assert getattr(stats, name).tobytes() == getattr(first, name).tobytes()
            np.testing.assert_allclose(getattr(stats, name), getattr(whole, name), rtol=1e-11)


def test_exponential_of_lanes():
    """Within an ulp or two from -700 on, and 0 below, for eight numbers at once."""
    ends = [0, 1, -1, 700, -700.1, -1e5, -1e300, -np.inf]
    x = np.concatenate([-np.geomspace(1e-300, 699.9, 4000), np.linspace(-2, 2, 3992), ends])
    y = of_lanes(lanes.exponential, x)
    np.testing.assert_allclose(y[:-4], np.exp(x[:-4]), rtol=5e-16, atol=0)
    assert not y[-4:].any()
