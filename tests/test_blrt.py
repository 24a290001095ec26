"""blrt: replicates against plain fits of each, sequential stopping, failed starts, its size, and refusals."""

from __future__ import annotations

import math
from dataclasses import replace
from threading import Event
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

import blocs
from blocs.core import interrupts
from blocs.em import many
from blocs.inference import blrt as blrt_file
from blocs.inference.blrt import blrt_of
from blocs.inference.replicate_ratios import RatioSimulation
from blocs.inference.simulated_tables import Simulation
from errors_support import Problem

Floats = np.ndarray


def binary(n: int, types: int, seed: int, items: int = 6) -> blocs.Profiles:
    """Answers of 1, 2 or 3 types that are well apart."""
    rng = np.random.default_rng(seed)
    p = np.array([np.full(items, 0.85), np.full(items, 0.2), np.where(np.arange(items) % 2, 0.9, 0.1)])[:types]
    kind = rng.choice(types, size=n, p=np.array([5, 3, 2])[:types] / sum((5, 3, 2)[:types]))
    answers = (rng.random((n, items)) < p[kind]).astype(int)
    return blocs.Profiles.from_table({f"q{j}": answers[:, j] for j in range(items)})


def ratio_simulation(profiles: blocs.Profiles, types: int, seed: int = 0, starts: int = 24) -> RatioSimulation:
    null, other = (blocs.fit(profiles, k, seed=1, jobs=1) for k in (types - 1, types))
    simulation = Simulation.of(null.mixture, null.params, profiles, "It", seed)
    return RatioSimulation(simulation, null.params, other.mixture, other.params, starts, 1, Event())


def ratios(of: RatioSimulation, number: int) -> Floats:
    return np.concatenate([part.lr for part in of.ratios(number)])


@pytest.mark.parametrize("types", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_ratios_are_those_of_plain_fits_of_each_table(types: int) -> None:
    profiles = binary(150, types - 1, 3)
    of = ratio_simulation(profiles, types)
    found, plain = ratios(of, 40), []
    for _, rows, counts in of.simulation.tables(40):
        for b in range(counts.shape[1]):
            there = np.flatnonzero(counts[:, b])
            drawn = rows.take(there, counts[there, b])
            assert drawn.n == 150
            less, more = (blocs.fit(drawn, k, starts=20, seed=2, jobs=1).loglik for k in (types - 1, types))
            plain.append(2 * (more - less))
    difference = found - np.array(plain)
    assert (np.abs(difference) < 0.02).mean() >= 0.85  # a few best optima are found by one of the two only
    assert np.abs(difference.mean()) < 0.03 * np.mean(plain)
    assert np.quantile(found, 0.9) == pytest.approx(np.quantile(plain, 0.9), abs=0.1)
    assert (found >= 0).all()


def test_a_clear_type_is_found_and_one_too_many_is_not() -> None:
    profiles = binary(400, 2, 5)
    test = blocs.blrt(profiles, 2, 199, jobs=2)
    null, alternative = blocs.fit(profiles, 1), blocs.fit(profiles, 2)
    assert test.lr == pytest.approx(2 * (alternative.loglik - null.loglik), rel=1e-9)
    assert (test.p, test.n, test.exceed, test.asked) == (1 / 200, 199, 0, 199)
    assert (test.null.types, test.alternative.types) == (1, 2)
    more = blocs.blrt(profiles, 3, 199)
    assert more.exceed == 20
    assert more.n < 199
    assert more.p == 20 / more.n
    interval = binomtest(20, more.n).proportion_ci(0.95, "exact")
    assert (more.low, more.high) == pytest.approx((interval.low, interval.high), rel=1e-9)
    assert more.notes[0] == "Simulation stopped after 20 replicates as large as observed."
    assert str(more).splitlines()[:4] == [
        "Bootstrap likelihood-ratio test of 2 against 3 types",
        f"  likelihood ratio  {more.lr:,.4f}",
        f"  replicates        {more.n}, mean {more.mean:,.2f}, 95 % point {more.point_95:,.2f}",
        "  as large          20",
    ]
    assert set(more.to_dict()) == {"types", "lr", "p", "n", "exceed", "low", "high", "asked", "refitted", "failed",
                                   "mean", "point_95", "notes"}  # fmt: skip


def test_it_stops_at_the_replicate_where_20_are_as_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was drawn beside it: the replicates behind it do not count."""
    profiles = binary(150, 1, 3)
    null, alternative = (blocs.fit(profiles, k, seed=1, jobs=1) for k in (1, 2))
    every = ratios(ratio_simulation(profiles, 2), 128)
    lr = 2 * (alternative.loglik - null.loglik)
    last = int(np.flatnonzero(every >= lr - 0.01)[19]) + 1
    test = blrt_of(null, alternative, profiles, 500)
    assert (test.n, test.exceed, test.p) == (last, 20, 20 / last)
    assert test.mean == pytest.approx(every[:last].mean(), rel=1e-12)
    for number in (last, last - 1):  # the last replicate that was asked for
        whole = blrt_of(null, alternative, profiles, number)
        b = int((every[:number] >= lr - 0.01).sum())
        assert (whole.n, whole.exceed, whole.p) == (number, b, (b + 1) / (number + 1))
    monkeypatch.setattr(many, "TOGETHER", 40)
    monkeypatch.setattr(many, "CELLS", 0)
    again = blrt_of(null, alternative, profiles, 500, jobs=2)
    assert again.to_dict() == test.to_dict()
    assert blrt_of(null, alternative, profiles, 500, seed=1).mean != test.mean


def test_replicates_that_failed_do_not_count() -> None:
    fit = blocs.fit(binary(60, 1, 1), 1)
    drawn = np.array([1.0, np.nan, 3.0, 4.0])
    test = blrt_file._result(3.0, drawn, 4, 1, fit, fit)
    assert (test.n, test.exceed, test.p, test.failed, test.refitted) == (3, 2, 3 / 4, 1, 1)
    assert "1 replicate could not be fitted and did not count." in test.notes
    interrupted = blrt_file._result(3.0, drawn, 9, 0, fit, fit)
    assert "The test was interrupted." in interrupted.notes


def test_a_ratio_below_zero_is_fitted_again() -> None:
    """Three types that begin where all are alike get no further than one: worse than two types."""
    of = ratio_simulation(binary(200, 2, 5), 3, starts=0)
    alike = of.other.overall(binary(200, 2, 5))
    parts = list(replace(of, estimates=alike).ratios(30))
    assert sum(part.refitted for part in parts) == 30
    found = np.concatenate([part.lr for part in parts])
    assert (found >= 0).all()
    good = ratios(ratio_simulation(binary(200, 2, 5), 3), 30)
    assert found.mean() == pytest.approx(good.mean(), rel=0.4)


def test_tables_have_the_menus_and_missing_items_of_the_data() -> None:
    problem = Problem(n=300)
    profiles = problem.profiles()
    of = ratio_simulation(profiles, 2, seed=3)
    patterns = of.simulation.patterns
    for which, rows, counts in of.simulation.tables(200):
        assert len(which) == counts.shape[1]
        own = blocs.inference.fitted_rows.patterns_of(rows)
        assert own.menus.tolist() == patterns.menus.tolist()
        for b in range(counts.shape[1]):
            assert np.bincount(own.number, counts[:, b]).tolist() == patterns.n.tolist()
    test = blocs.blrt(profiles, 2, 49)
    assert test.p == 1 / 50


def test_long_rows_are_drawn_on_fewer_tables_at_a_time() -> None:
    """Where no row comes twice, many tables on the same rows would be mostly zeros."""
    rng = np.random.default_rng(1)
    profiles = blocs.Profiles.from_table({f"q{j}": rng.integers(4, size=60) for j in range(12)})
    of = ratio_simulation(profiles, 2)
    parts = list(of.simulation.tables(30))
    assert [b for which, _, _ in parts for b in which] == list(range(30))
    assert max(len(rows) for _, rows, _ in parts) <= 4 * 60


def test_compare_tests_each_number_of_types_against_one_less() -> None:
    profiles = binary(300, 2, 5)
    table = blocs.compare(profiles, [1, 2, 3, 5], starts=5, jobs=1, blrt=99)
    one = blocs.blrt(profiles, 2, 99, starts=5, jobs=1)
    assert table["blrt_p"].iloc[1] == one.p == 0.01
    assert table["blrt_p"].iloc[2] > 0.05
    assert table["blrt_p"].isna().tolist() == [True, False, False, True]
    assert blocs.compare(profiles, [1, 2], starts=5, jobs=1)["blrt_p"].isna().all()
    reasons = blocs.recommend(table).reasons
    p = table["blrt_p"].iloc[2]
    assert f"The bootstrap likelihood-ratio test does not reject 2 types against 3 (p = {p:.4f}), too." in reasons
    reasons = blocs.recommend(table.iloc[:2]).reasons
    assert "The bootstrap likelihood-ratio test rejects 1 type against 2 (p = 0.0100)." in reasons


def test_an_interrupted_test_keeps_what_is_done() -> None:
    profiles = binary(300, 2, 5)
    null, alternative = (blocs.fit(profiles, k, seed=1, jobs=1) for k in (1, 2))
    seen: list[int] = []

    def each(done: int) -> None:
        seen.append(done)
        interrupts._running[0].set()

    test = blrt_of(null, alternative, profiles, 999, each=each)
    assert seen == [128]
    assert (test.n, test.p) == (128, 1 / 129)
    assert test.notes == ("The test was interrupted.",)


def test_what_has_no_test_is_refused_by_name() -> None:
    table = {"a": [0, 0, 1, 1], "b": [0, 1, 1, 1], "w": [1.0, 2.0, 1.0, 1.0], "n": [3, 1, 0, 2]}
    profiles = blocs.Profiles.from_table(table, items=["a", "b"])

    def refused(*args: Any, **settings: Any) -> str:
        with pytest.raises(blocs.BlocsError) as caught:
            blocs.blrt(*args, **settings)
        return str(caught.value)

    assert refused(profiles, 1) == "types: it is 1. It is a whole number, 2 or more."
    assert refused(profiles, 2, 0) == "replicates: it is 0. It is a whole number, 1 or more."
    assert refused(profiles, 2, prior=1) == (
        "The bootstrap likelihood-ratio test is not available for fits with a prior: it compares likelihoods at their "
        "maxima. Leave out prior=."
    )
    weighted = blocs.Profiles.from_table(table, items=["a", "b"], design_weights="w")
    sampling = (
        "The bootstrap likelihood-ratio test is not available with sampling weights: it needs numbers of observations."
    )
    assert refused(weighted, 2) == sampling
    counts = blocs.Profiles.from_table(table, items=["n"], kinds={"n": blocs.Poisson()})
    assert refused(counts, 2) == (
        "The bootstrap likelihood-ratio test is not available for the poisson family (item 'n'), only for items of "
        "categories. Fit without the item."
    )
    fit = blocs.fit(profiles, 1)
    worse = replace(blocs.fit(profiles, 2), loglik=fit.loglik - 1)
    with pytest.raises(blocs.InputError) as caught:
        blrt_of(fit, worse, profiles, 9)
    assert str(caught.value) == (
        "starts: the fit of 2 types has a lower log-likelihood than that of 1. One type more fits at least as well. "
        "Give more starts."
    )
    with pytest.raises(blocs.InputError) as none:
        blocs.compare(profiles, [1, 2], blrt=0)
    assert str(none.value) == "blrt: it is 0. It is a whole number, 1 or more."
    with pytest.raises(blocs.UnsupportedError) as unsupported:
        blocs.compare(weighted, [1, 2], blrt=9)
    assert str(unsupported.value) == sampling


@pytest.mark.study
@pytest.mark.parametrize("types", [1, 2])
def test_a_true_number_of_types_is_rejected_as_often_as_the_level_says(types: int) -> None:
    """300 data sets; a test of size 5 per cent is outside of these bounds once in 400."""
    rejected = []
    for seed in range(300):
        profiles = binary(200, types, 1000 + seed)
        null, alternative = (blocs.fit(profiles, k, starts=10, seed=1, jobs=1) for k in (types, types + 1))
        rejected.append(blrt_of(null, alternative, profiles, 99, seed=seed, jobs=1).p <= 0.05)
    assert abs(np.mean(rejected) - 0.05) < 3 * math.sqrt(0.05 * 0.95 / 300), np.mean(rejected)


def test_frequencies_are_copies_of_rows() -> None:
    """The test is the same for rows and for their numbers."""
    frame = pd.DataFrame({"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "c": [0, 0, 1, 1], "n": [40, 10, 10, 90]})
    by_number = blocs.blrt(blocs.Profiles.from_table(frame, weights="n"), 2, 50)
    rows = frame.loc[frame.index.repeat(frame["n"]), ["a", "b", "c"]]
    assert blocs.blrt(blocs.Profiles.from_table(rows), 2, 50).to_dict() == by_number.to_dict()
