"""How often tests reject a true hypothesis at 5 %, over hundreds of simulated data sets. Slow."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import blocs
from test_iia import profiles_of, two_kinds
from test_menu_shares import drawn

pytestmark = pytest.mark.study


def four_items(n: int, seed: int) -> blocs.Profiles:
    """Two types of four items, with a tenth of the cells missing."""
    rng = np.random.default_rng(seed)
    kind = rng.random(n) < 0.6
    answers = (rng.random((n, 4)) < np.where(kind[:, None], 0.8, 0.25)).astype(object)
    answers[rng.random((n, 4)) < 0.1] = None
    return blocs.Profiles.from_table(pd.DataFrame(answers, columns=list("abcd")))


def rejected(p: list[float]) -> float:
    return float((np.array(p) <= 0.05).mean())


def test_bootstrap_of_goodness_of_fit_and_of_pairs() -> None:
    """120 data sets, 39 replicates each: p is as good as uniform on 1/40, ..., 1."""
    whole, pairs = [], []
    for seed in range(120):
        profiles = four_items(400, seed)
        fit = blocs.fit(profiles, 2, starts=3, jobs=1)
        whole.append(blocs.goodness_of_fit(fit, profiles, 39, seed=seed).bootstrap_p)
        pairs += blocs.bivariate_residuals(fit, profiles, 39, seed=seed)["p"].tolist()
    assert 0.01 <= rejected(whole) <= 0.1
    assert 0.03 <= rejected(pairs) <= 0.07
    assert np.mean(pairs) == pytest.approx(0.5, abs=0.05)


def test_test_of_iia_and_its_power() -> None:
    """400 data sets in which IIA holds, 60 in which it does not."""
    ratio, score = ([blocs.iia_test(profiles_of(two_kinds(1500, seed, 0.0)), 2, kind=kind, starts=2, jobs=1).p
                     for seed in range(400)] for kind in ("lr", "wald"))  # fmt: skip
    assert 0.03 <= rejected(ratio) <= 0.075
    assert 0.025 <= rejected(score) <= 0.085
    found = [blocs.iia_test(profiles_of(two_kinds(1500, seed, 0.3)), 2, starts=2, jobs=1).p for seed in range(60)]
    assert rejected(found) > 0.8


def test_bootstrap_of_the_test_of_iia() -> None:
    """120 data sets of 300 voters, 39 replicates each: p is as good as uniform on 1/40, ..., 1."""
    p = [blocs.iia_test(profiles_of(two_kinds(300, seed, 0.0)), 2, starts=3, jobs=1, bootstrap=39).bootstrap_p
         for seed in range(120)]  # fmt: skip
    assert 0.01 <= rejected(p) <= 0.1
    assert np.mean(p) == pytest.approx(0.5, abs=0.08)


def test_shares_by_menu() -> None:
    """200 data sets of 2,000 voters with equal shares."""
    p = []
    for seed in range(200):
        data = drawn(2000, seed, 0.0)
        p.append(blocs.menu_shares_test(blocs.fit(data, 3, starts=2, jobs=1), data).p)
    assert 0.02 <= rejected(p) <= 0.09


def test_shares_by_menu_with_districts_that_differ() -> None:
    """Districts with shares of their own, apart from any menu: rows say that menus matter, clusters do not."""
    rows, clusters = [], []
    for seed in range(60):
        data = districts(60, 100, seed)
        fit = blocs.fit(data, 2, starts=2, jobs=1)
        rows.append(blocs.menu_shares_test(fit, data).p)
        clusters.append(blocs.menu_shares_test(fit, data, "district").p)
    assert rejected(rows) > 0.25
    assert rejected(clusters) <= 0.15


def districts(number: int, voters: int, seed: int) -> blocs.Profiles:
    """Districts whose shares of two types vary by themselves; half of them have less on the menu of one item."""
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(number), voters)
    kind = rng.random(len(place)) < rng.beta(6, 4, number)[place]
    chances = np.where(kind[:, None], [0.8, 0.15, 0.05], [0.2, 0.3, 0.5])
    table = pd.DataFrame({f"q{j}": (rng.random(len(place))[:, None] > chances.cumsum(axis=1)).sum(axis=1)
                          for j in range(5)}).assign(district=place)  # fmt: skip
    small = place % 2 == 0
    two = chances[:, 2] / chances[:, [0, 2]].sum(axis=1)
    table.loc[small, "q0"] = np.where(rng.random(len(place)) < two, 2, 0)[small]
    menus = {"q0": ("district", {d: {0, 2} if d % 2 == 0 else {0, 1, 2} for d in range(number)})}
    return blocs.Profiles.from_table(table, items=[f"q{j}" for j in range(5)], menus=menus, groups="district")
