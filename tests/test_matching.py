"""Types of several fits matched: by all permutations, under new numbers, and how stable they are."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import blocs
from blocs.core.errors import InputError, UnsupportedError
from blocs.inference.matching import distances

YES = np.array([[0.9] * 6, [0.1] * 6, [0.9, 0.9, 0.9, 0.1, 0.1, 0.1]])


def people(shares: tuple[float, ...], n: int, seed: int) -> blocs.Profiles:
    rng = np.random.default_rng(seed)
    kind = rng.choice(3, n, p=shares)
    answers = np.where(rng.random((n, 6)) < YES[kind], "yes", "no")
    return blocs.Profiles.from_table(pd.DataFrame(answers, columns=[f"q{j}" for j in range(6)]))


def fitted(profiles: blocs.Profiles, types: int = 3, seed: int = 1) -> blocs.Fit:
    return blocs.fit(profiles, types, starts=5, seed=seed, jobs=1)


@pytest.fixture(scope="module")
def one() -> blocs.Fit:
    return fitted(people((0.5, 0.3, 0.2), 900, 1))


@pytest.fixture(scope="module")
def other() -> blocs.Fit:
    return fitted(people((0.15, 0.3, 0.55), 700, 2))


def test_the_distance_is_the_mean_share_of_answers_that_differ(one: blocs.Fit, other: blocs.Fit) -> None:
    a, b = (f.table().query("outcome == 'yes'").pivot(index="type", columns="item", values="probability").to_numpy()
            for f in (one, other))  # fmt: skip
    expected = [[float(np.abs(x - y).mean()) for y in b] for x in a]  # two outcomes: half of the sum is one difference
    np.testing.assert_allclose(distances(one, other), expected, rtol=1e-12)


def test_the_mapping_is_the_best_of_all(one: blocs.Fit, other: blocs.Fit) -> None:
    found, cost = blocs.match(one, other), distances(one, other)
    best = min(itertools.permutations(range(3)), key=lambda p: sum(cost[k, p[k]] for k in range(3)))
    assert found.mapping == {k + 1: best[k] + 1 for k in range(3)}
    assert found.mapping != {1: 1, 2: 2, 3: 3}  # the shares are the other way round
    assert found.distances == {k + 1: cost[k, best[k]] for k in range(3)}
    weights = [one.shares[k] + other.shares[found.mapping[k]] for k in (1, 2, 3)]
    assert found.distance == pytest.approx(np.average(list(found.distances.values()), weights=weights))
    assert found.distance < 0.1 < np.sort(cost.ravel())[3]


def test_relabelled_types_have_the_numbers_of_the_other_fit(one: blocs.Fit, other: blocs.Fit) -> None:
    mapping, distance = blocs.match(one, other)
    assert (mapping, distance) == (blocs.match(one, other).mapping, blocs.match(one, other).distance)
    again = one.relabel(mapping)
    assert one.relabel(blocs.match(one, other)).shares.equals(again.shares)
    assert blocs.match(again, other).mapping == {1: 1, 2: 2, 3: 3}
    profiles = people((0.5, 0.3, 0.2), 900, 1)
    for k, new in mapping.items():
        assert again.shares[new] == one.shares[k]
        np.testing.assert_allclose(again.posterior(profiles)[new], one.posterior(profiles)[k], rtol=1e-12)
        mine, theirs = (f.table().query(f"type == {number}")["probability"] for f, number in ((one, k), (again, new)))
        assert mine.tolist() == theirs.tolist()
    assert again.loglik == one.loglik
    again.check(profiles)
    back = again.relabel({new: k for k, new in mapping.items()})
    assert back.shares.equals(one.shares)
    assert back.table().equals(one.table())


def test_a_relabelled_fit_is_saved_as_it_is(one: blocs.Fit, tmp_path: Path) -> None:
    again = one.relabel({1: 3, 2: 1, 3: 2})
    again.save(tmp_path / "fit.json")
    loaded = blocs.load(tmp_path / "fit.json")
    assert loaded.shares.tolist() == again.shares.tolist()
    assert loaded.table().equals(again.table())


def test_fits_with_other_numbers_of_types_are_matched_as_far_as_there_are_pairs(one: blocs.Fit) -> None:
    two = fitted(people((0.5, 0.3, 0.2), 900, 1), 2)
    mapping = blocs.match(two, one).mapping
    assert list(mapping) == [1, 2]
    assert len(set(mapping.values())) == 2
    assert {k: m for m, k in blocs.match(one, two).mapping.items()} == mapping


def test_what_a_type_says_nothing_of_is_left_out() -> None:
    table = {"a": ["x", "x", "y", "y"], "b": [0, 0, 1, 1], "c": [0, 0, 1, 1], "d": ["u", "v", None, None],
             "n": [40, 30, 30, 20]}  # fmt: skip
    fit = fitted(blocs.Profiles.from_table(table, weights="n"), 2)
    assert fit.table()["probability"].isna().sum() == 2
    assert distances(fit, fit).round(6).tolist() == [[0, 1], [1, 0]]  # by a, b and c alone


@pytest.mark.slow
def test_stability_of_samples_and_of_a_type_too_many() -> None:
    fits = [fitted(people((0.5, 0.3, 0.2), 900, seed)) for seed in range(4)]
    table = blocs.stability(fits)
    assert table.columns.tolist() == ["type", "share", "share_min", "share_max", "distance", "distance_max", "nearest",
                                      "recovered"]  # fmt: skip
    assert table["recovered"].tolist() == [1.0, 1.0, 1.0]
    assert (table["distance_max"] < 0.1).all()
    assert np.allclose(table["nearest"], 0.4, atol=0.07)  # three of six items, .8 apart
    assert ((table["share_min"] <= table["share"]) & (table["share"] <= table["share_max"])).all()
    first = fits[0]
    for k in (1, 2, 3):
        shares = [f.shares[blocs.match(first, f).mapping[k]] for f in fits]
        assert (table["share_min"][k - 1], table["share_max"][k - 1]) == (min(shares), max(shares))
        apart = [blocs.match(first, f).distances[k] for f in fits[1:]]
        assert table["distance"][k - 1] == pytest.approx(np.mean(apart))
    many = blocs.stability([fitted(people((0.5, 0.3, 0.2), 900, seed), 5) for seed in range(4)])
    assert (many["recovered"] < 1).any()
    alone = blocs.stability([fitted(people((0.5, 0.3, 0.2), 900, seed), 1) for seed in range(2)])
    assert (alone["recovered"].tolist(), alone["nearest"].isna().tolist()) == ([1.0], [True])


def refused(question: Callable[[], object]) -> str:
    with pytest.raises((InputError, UnsupportedError)) as caught:
        question()
    return str(caught.value)


def test_what_is_refused(one: blocs.Fit) -> None:
    table = {"q0": ["yes", "no", "no"], "x": ["yes", "no", "no"], "n": [1, 2, 3]}
    less = blocs.fit(blocs.Profiles.from_table(table, items=["q0", "x"]), 1)
    assert refused(lambda: blocs.match(one, less)) == (
        "2 faults:\n"
        "  - other: the other fit lacks 'q1', 'q2', 'q3', 'q4', 'q5'. Types are matched by the same items. Fit the "
        "items that both have.\n"
        "  - other: the other fit also has 'x'. Types are matched by the same items. Fit the items that both have."
    )
    counts, categories = (
        blocs.fit(blocs.Profiles.from_table(table, items=["n"], kinds=kinds), 1)
        for kinds in ({"n": blocs.Poisson()}, None)
    )
    assert refused(lambda: blocs.match(counts, categories)) == (
        "other: item 'n' holds something else in the other fit. Types are matched by the same items, of the same "
        "columns. Fit the items that both have."
    )
    assert refused(lambda: blocs.stability([one])) == "fits: there is 1 fit. Give two or more."
    two = fitted(people((0.5, 0.3, 0.2), 900, 1), 2)
    assert refused(lambda: blocs.stability([one, one, two])) == "fits: fit 3 has 2 types. The first has 3."
    assert refused(lambda: one.relabel({1: 2, 2: 2, 3: 1})) == (
        "mapping: it is {1: 2, 2: 2, 3: 1}. It gives each of the 3 types one of the numbers 1 to 3."
    )
    assert refused(lambda: one.relabel([2, 1, 3])) == (
        "mapping: it is a list. It gives each type a number, as {1: 2, 2: 1} or blocs.match(fit, other)."
    )
    known = {"a": [0, 0, 1, 1], "label": ["L", None, "R", None]}
    named = blocs.fit(blocs.Profiles.from_table(known, items=["a"], kinds={"label": blocs.Known()}), 2)
    assert refused(lambda: named.relabel({1: 2, 2: 1})) == (
        "The types of this fit have names, by what is known of rows: they keep their order."
    )


@pytest.mark.slow
@pytest.mark.parametrize("covariance", ["full", "tied", "diag", "spherical"])
def test_counts_and_measurements_are_compared_by_their_distributions(covariance: str) -> None:
    """The Hellinger distance by its definition: sums over counts, an integral over the plane."""
    rng = np.random.default_rng(0)
    kind = rng.random(300) < 0.4
    table = pd.DataFrame({"c": rng.poisson(np.where(kind, 6, 1)), "x": rng.normal(np.where(kind, 2, -1), 1)})
    table["y"] = 0.5 * table["x"] + rng.normal(np.where(kind, -1, 1), 0.7)
    kinds = {"c": blocs.Poisson(), "m": blocs.Gaussian(["x", "y"], covariance=covariance)}
    fits = [blocs.fit(blocs.Profiles.from_table(table[rows], kinds=kinds), 2, starts=3, seed=1)
            for rows in (slice(0, 150), slice(150, 300))]  # fmt: skip
    values = [fit.parameters().set_index(["item", "parameter", "type"])["value"] for fit in fits]
    grid = np.linspace(-9, 9, 361)
    plane = np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1)
    expected = np.zeros((2, 2))
    for k, m in np.ndindex(2, 2):
        each = list(zip(values, (k + 1, m + 1), strict=True))
        roots = [np.sqrt(stats.poisson.pmf(np.arange(80), of["c", "rate", t])) for of, t in each]
        planes = [np.sqrt(density(of, t)(plane)) for of, t in each]
        apart = [(roots[0] - roots[1]) ** 2, (planes[0] - planes[1]) ** 2 * (grid[1] - grid[0]) ** 2]
        expected[k, m] = np.mean([np.sqrt(of.sum() / 2) for of in apart])
    np.testing.assert_allclose(distances(*fits), expected, atol=1e-6)
    assert blocs.match(fits[0], fits[0]).distance == pytest.approx(0, abs=1e-7)
    assert blocs.stability(fits)["recovered"].tolist() == [1.0, 1.0]


def density(values: Any, t: int) -> Any:
    """Return the normal density of type t of x and y."""

    def of(name: str) -> float:
        return float(values.get(("m", name, t), 0.0))

    across = of("covariance of x and y")
    covariance = [[of("variance of x"), across], [across, of("variance of y")]]
    return stats.multivariate_normal([of("mean of x"), of("mean of y")], covariance).pdf
