"""Tiny versions of the kernel benchmarks, so that they cannot rot: `pytest benchmarks --benchmark-only`."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("pytest_benchmark")

from blocs.core.schema import Item, Schema
from blocs.kernels import compiled, plain
from blocs.model.mixture import Mixture, Params
from blocs.profiles import Profiles


def simulated(rows, items, outcomes, types, seed=5):
    """Rows of a mixture of well separated types."""
    rng = np.random.default_rng(seed)
    p = (0.9 * rng.dirichlet(np.full(outcomes, 0.5), (types, items)) + 0.1 / outcomes).cumsum(axis=-1)
    kind = rng.integers(0, types, rows)
    codes = np.column_stack(
        [1 + (rng.random(rows)[:, None] > p[kind, j, :-1]).sum(axis=1) for j in range(items)]
    )
    schema = Schema(tuple(Item.full(f"item {j}", tuple(range(outcomes))) for j in range(items)))
    return Profiles.from_codes(schema, codes, np.ones(rows))


def ready(rows, items, outcomes, types, starts):
    """An E-step and what it is applied to."""
    profiles = simulated(rows, items, outcomes, types)
    mixture, rng = Mixture.of(profiles.schema, types), np.random.default_rng(1)
    params = Params.stack([mixture.random(profiles, rng) for _ in range(starts)])
    return mixture, params, mixture.place(profiles)[0]


CASES = {
    "W2, tiny": (20_000, 20, 3, 8, 1),
    "W1, 20 starts": (5_000, 8, 3, 4, 20),
    "100 starts of a small table": (118, 7, 2, 3, 100),
}


@pytest.mark.parametrize("case", CASES)
def test_estep(benchmark, case):
    mixture, params, shard = ready(*CASES[case])
    stats = benchmark(mixture.task(params), shard)
    task = mixture.task(params)
    args = shard.codes, task.offsets, task.table, task.prior, shard.group, mixture.types, shard.weights
    np.testing.assert_allclose(stats.loglik, plain.expect(*args).loglik, rtol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_iteration(benchmark, case):
    mixture, params, shard = ready(*CASES[case])
    benchmark(lambda: mixture.mstep(params, mixture.task(params)(shard)))


def test_prepare(benchmark):
    mixture, _, shard = ready(*CASES["W2, tiny"])
    benchmark(compiled.prepare, shard.codes, mixture.schema.offsets, shard.group, 1, mixture.types)
