"""Starts on a subsample: the same optimum with few iterations over all rows, every value one of all rows."""

from __future__ import annotations

import signal
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.em import distances, multistart
from blocs.em.batches import StartResult
from blocs.em.loop import Progress
from blocs.profiles import Profiles


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[StartResult]:
    """Where the starts of the last fit ended."""
    ends: list[StartResult] = []
    run = multistart.Multistart.run

    def recorded(self: multistart.Multistart) -> list[StartResult]:
        ends[:] = run(self)
        return list(ends)

    monkeypatch.setattr(multistart.Multistart, "run", recorded)
    return ends


def measured(rows: int = 3000) -> Profiles:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(rows, 2)) + 3 * rng.integers(4, size=rows)[:, None] * [1.0, 0.4]
    return Profiles.from_table(pd.DataFrame(x, columns=["a", "b"]), kinds={"x": blocs.Gaussian(["a", "b"])})


def coded(rows: int = 3000, types: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    z, p = rng.integers(types, size=rows), rng.dirichlet(np.full(3, 0.7), (types, 7))
    table = pd.DataFrame({f"q{j}": [rng.choice(3, p=p[k, j]) for k in z] for j in range(7)})
    table["rare"] = np.where(np.arange(rows) < 8, [f"r{i % 8}" for i in range(rows)], "often")
    return table


@pytest.mark.slow
@pytest.mark.parametrize("make", [measured, lambda: Profiles.from_table(coded())], ids=["measured", "coded"])
def test_the_same_optimum_with_few_iterations_over_all_rows(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = make()
    whole = blocs.fit(profiles, 4, starts=12, finish=6)
    monkeypatch.setattr(distances, "SUBSAMPLE_ROWS", 600)
    assert len(profiles) > 600
    subsampled = blocs.fit(profiles, 4, starts=12, finish=6)
    assert subsampled.loglik == pytest.approx(whole.loglik, abs=1e-3)
    assert subsampled.status == "converged"
    assert subsampled.hits >= 6
    assert subsampled.starts["iterations"].sum() < 0.5 * whole.starts["iterations"].sum()
    assert subsampled.trace[0] > whole.trace[0]
    again = blocs.fit(profiles, 4, starts=12, finish=6, jobs=2)
    assert again.params.vector().tobytes() == subsampled.params.vector().tobytes()
    assert again.ends == subsampled.ends


def test_every_value_is_one_of_all_rows(ends: list[StartResult], monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = Profiles.from_table(coded())
    monkeypatch.setattr(distances, "SUBSAMPLE_ROWS", 300)
    statuses, moved = set(), 0
    for exchange in (False, True):
        fit = blocs.fit(profiles, 6, starts=16, most=16, finish=3, exchange=exchange, steps=25)
        statuses |= {end.status for end in ends}
        moved += sum(end.arrived is not None for end in ends)
        at = {end.number: end for end in ends}
        for end in ends:
            if end.duplicate_of is not None:
                assert (end.value, end.loglik) == (at[end.duplicate_of].value, at[end.duplicate_of].loglik)
                continue
            value = profiles.weights @ fit.mixture.posterior(end.params, profiles)[0]
            assert end.loglik == pytest.approx(value, rel=1e-12)
            assert end.trace[-1] == pytest.approx(value, rel=1e-12)
            assert (np.diff(end.trace) >= -1e-9).all()
        assert fit.hits == sum(end.best and end.arrived is None for end in fit.ends)
        assert all(e.arrived is None or 3 * fit.loglik < e.arrived < fit.loglik for e in fit.ends)
    assert statuses >= {"duplicate", "stopped_short"}
    assert moved > 0


def test_every_start_goes_on_where_all_are_to_be_finished(
    ends: list[StartResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distances, "SUBSAMPLE_ROWS", 300)
    blocs.fit(Profiles.from_table(coded()), 3, starts=5, most=5, finish=5)
    assert [end.status for end in ends] == ["converged"] * 5
    assert all(end.gradient is not None and end.gradient <= 1e-8 for end in ends)


def test_ctrl_c_on_the_subsample_keeps_the_best_on_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = Profiles.from_table(coded())
    monkeypatch.setattr(distances, "SUBSAMPLE_ROWS", 300)
    seen: list[Progress] = []

    def watch(progress: Progress) -> None:
        seen.append(progress)
        if len(seen) == 5:
            signal.raise_signal(signal.SIGINT)

    found = blocs.fit(profiles, 4, starts=6, jobs=1, watch=watch)
    assert seen[0].stage == "starts on a subsample of rows"
    assert seen[0].numbers == ()
    assert found.status == "interrupted"
    assert found.loglik == pytest.approx(found.score(profiles), rel=1e-12)


def test_starts_of_ones_own_begin_on_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = Profiles.from_table(coded())
    before = blocs.fit(profiles, 3, starts=2)
    monkeypatch.setattr(distances, "SUBSAMPLE_ROWS", 300)
    again = blocs.fit(profiles, 3, init=before)
    assert again.trace[0] == pytest.approx(before.loglik, rel=1e-12)
    assert again.loglik == pytest.approx(before.loglik, abs=1e-6)


def test_the_order_of_the_rows_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distances, "SUBSAMPLE_ROWS", 300)
    table = coded()
    one, two = (blocs.fit(Profiles.from_table(t), 3, starts=4) for t in (table, table.iloc[::-1]))
    assert one.params.vector().tobytes() == two.params.vector().tobytes()
    assert one.ends == two.ends


def labelled(rows: int, labels: int) -> Profiles:
    """Four types of unequal size, the first rows of each with their name."""
    rng = np.random.default_rng(1)
    z, p = rng.choice(4, rows, p=[0.4, 0.3, 0.2, 0.1]), rng.dirichlet(np.full(3, 0.7), (4, 12))
    answers = (rng.random((rows, 1, 12)) > p.cumsum(axis=2)[z].transpose(0, 2, 1)).sum(axis=1)
    table = pd.DataFrame(answers, columns=[f"q{j}" for j in range(12)])
    table["known"] = pd.Series([None] * rows, dtype=object)
    for k, name in enumerate("ABCD"):
        table.loc[np.flatnonzero(z == k)[:labels], "known"] = name
    return Profiles.from_table(table, kinds={"known": blocs.Known(tuple("ABCD"))})


@pytest.mark.slow
@pytest.mark.parametrize("labels", [1, 40])
def test_a_few_labels_name_the_types(labels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under other names the same types are worth nearly as much, and on rows without labels just as much."""
    profiles = labelled(6000, labels)
    whole = blocs.fit(profiles, 4, starts=10)
    monkeypatch.setattr(distances, "SUBSAMPLE_ROWS", 800)
    for seed in range(3):
        fit = blocs.fit(profiles, 4, starts=10, finish=5, seed=seed)
        assert fit.loglik == pytest.approx(whole.loglik, abs=1e-6)
        named = fit.table().query("item == 'known' and probability == 1").set_index("outcome")["type"]
        found = [fit.shares[named[name]] for name in "ABCD"]
        assert found == pytest.approx([0.4, 0.3, 0.2, 0.1], abs=0.03)


def test_known_rows_are_a_stratum_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = labelled(6000, 40)
    mixture = blocs.Mixture.of(profiles.schema, 4)
    labelled_rows = distances.labelled_rows(mixture, profiles)
    for size, few in ((800, 160), (100, 100)):  # all of them, or a sample of them
        monkeypatch.setattr(distances, "SUBSAMPLE_ROWS", size)
        part = distances.subsample(mixture, profiles, 0)
        known = distances.labelled_rows(mixture, part)
        assert few / 2 < known.sum() <= few
        share = profiles.weights[labelled_rows].sum() / profiles.weights.sum()
        assert part.weights[known].sum() / part.weights.sum() == pytest.approx(share, rel=1e-12)
        assert part.weights.sum() == pytest.approx(size, rel=1e-12)


@pytest.mark.parametrize(
    ("kind", "values"),
    [(blocs.Poisson(), [2.0, 40.0]), (blocs.Binomial(50), [2.0, 40.0]), (blocs.Gaussian("n"), [0.1, 0.2])],
    ids=["poisson", "binomial", "gaussian"],
)
def test_an_item_that_few_rows_answer(kind: Any, values: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distances, "SUBSAMPLE_ROWS", 300)
    table = coded(800, types=3).assign(n=np.nan)
    table.loc[[10, 700], "n"] = values
    profiles = Profiles.from_table(table, kinds={"n": kind})
    assert len(profiles) > 300
    for seed in range(4):
        fit = blocs.fit(profiles, 2, starts=2, most=2, seed=seed)
        assert fit.score(profiles) == pytest.approx(fit.loglik, rel=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("digits", [0, 8], ids=["ties", "no ties"])
def test_the_order_of_measured_rows_says_nothing(digits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distances, "SUBSAMPLE_ROWS", 400)
    rng = np.random.default_rng(2)
    z = rng.integers(3, size=1200)
    table = pd.DataFrame({"a": (rng.normal(size=1200) + z).round(digits), "b": rng.normal(size=1200) - 2 * z})
    found = []
    for seed in range(3):
        frame = table.sample(frac=1, random_state=seed)
        profiles = Profiles.from_table(frame, kinds={"x": blocs.Gaussian(["a", "b"])})
        found.append(blocs.fit(profiles, 4, starts=4, most=4).loglik)
    assert found == pytest.approx([found[0]] * 3, abs=1e-6)


@pytest.mark.slow
def test_the_best_is_finished_and_none_ends_below_where_it_arrived(
    ends: list[StartResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distances, "SUBSAMPLE_ROWS", 60)
    moved = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(600, 2)) + 2.0 * rng.normal(size=(4, 2))[rng.integers(4, size=600)]
        profiles = Profiles.from_table(pd.DataFrame(x, columns=["a", "b"]), kinds={"x": blocs.Gaussian(["a", "b"])})
        fit = blocs.fit(profiles, 4, starts=8, most=8, finish=1, seed=seed)
        assert fit.status == "converged"
        assert all(end.arrived is None or end.arrived <= end.loglik for end in ends)
        moved += sum(end.arrived is not None for end in ends)
    assert moved > 0


@pytest.mark.parametrize("rows", [300, 10_000])
def test_no_start_takes_more_iterations(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distances, "SUBSAMPLE_ROWS", rows)
    seen: list[Progress] = []
    blocs.fit(Profiles.from_table(coded()), 4, starts=6, steps=30, accelerate="none", jobs=1, watch=seen.append)
    assert max(progress.step for progress in seen) == 30


def test_moves_are_tried_from_starts_that_a_few_iterations_do_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distances, "SUBSAMPLE_ROWS", 300)
    fit = blocs.fit(Profiles.from_table(coded()), 6, starts=16, most=16, steps=60, accelerate="none")
    assert any(end.arrived is not None for end in fit.ends)
