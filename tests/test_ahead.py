"""Of very many rows some go ahead: the same optimum with few passes over all rows, every value one of all rows."""

from __future__ import annotations

import signal
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs import nearness, search
from blocs.climber import End
from blocs.em import Progress
from blocs.profiles import Profiles


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[End]:
    """What the last search returned."""
    found: list[End] = []
    run = search.Search.run

    def seen(self: search.Search) -> list[End]:
        found[:] = run(self)
        return list(found)

    monkeypatch.setattr(search.Search, "run", seen)
    return found


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


@pytest.mark.parametrize("make", [measured, lambda: Profiles.from_table(coded())], ids=["measured", "coded"])
def test_the_same_optimum_with_few_passes_over_all_rows(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = make()
    whole = blocs.fit(profiles, 4, starts=12, finish=6)
    monkeypatch.setattr(nearness, "ENOUGH", 600)
    assert len(profiles) > 600
    ahead = blocs.fit(profiles, 4, starts=12, finish=6)
    assert ahead.loglik == pytest.approx(whole.loglik, abs=1e-3)
    assert ahead.status == "converged"
    assert ahead.hits >= 6
    assert ahead.starts["iterations"].sum() < 0.5 * whole.starts["iterations"].sum()
    assert ahead.trace[0] > whole.trace[0]
    again = blocs.fit(profiles, 4, starts=12, finish=6, jobs=2)
    assert again.params.vector().tobytes() == ahead.params.vector().tobytes()
    assert again.ends == ahead.ends


def test_every_value_is_one_of_all_rows(ends: list[End], monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = Profiles.from_table(coded())
    monkeypatch.setattr(nearness, "ENOUGH", 300)
    statuses, moved = set(), 0
    for exchange in (False, True):
        fit = blocs.fit(profiles, 6, starts=16, most=16, finish=3, exchange=exchange, steps=60)
        statuses |= {end.status for end in ends}
        moved += sum(end.arrived is not None for end in ends)
        at = {end.number: end for end in ends}
        for end in ends:
            if end.twin is not None:
                assert (end.value, end.loglik) == (at[end.twin].value, at[end.twin].loglik)
                continue
            value = profiles.weights @ fit.mixture.posterior(end.params, profiles)[0]
            assert end.loglik == pytest.approx(value, rel=1e-12)
            assert end.trace[-1] == pytest.approx(value, rel=1e-12)
            assert (np.diff(end.trace) >= -1e-9).all()
        assert fit.direct == sum(end.best and end.arrived is None for end in fit.ends)
        assert all(e.arrived is None or 3 * fit.loglik < e.arrived < fit.loglik for e in fit.ends)
    assert statuses >= {"duplicate", "stopped_short"}
    assert moved > 0


def test_every_start_goes_on_where_all_are_to_be_finished(ends: list[End], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearness, "ENOUGH", 300)
    blocs.fit(Profiles.from_table(coded()), 3, starts=5, most=5, finish=5)
    assert [end.status for end in ends] == ["converged"] * 5
    assert all(end.gradient is not None and end.gradient <= 1e-8 for end in ends)


def test_ctrl_c_ahead_keeps_the_best_on_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = Profiles.from_table(coded())
    monkeypatch.setattr(nearness, "ENOUGH", 300)
    seen: list[Progress] = []

    def watch(progress: Progress) -> None:
        seen.append(progress)
        if len(seen) == 5:
            signal.raise_signal(signal.SIGINT)

    found = blocs.fit(profiles, 4, starts=6, jobs=1, watch=watch)
    assert seen[0].stage == "starts on some of the rows"
    assert seen[0].numbers == ()
    assert found.status == "interrupted"
    assert found.loglik == pytest.approx(found.score(profiles), rel=1e-12)


def test_starts_of_ones_own_begin_on_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = Profiles.from_table(coded())
    before = blocs.fit(profiles, 3, starts=2)
    monkeypatch.setattr(nearness, "ENOUGH", 300)
    again = blocs.fit(profiles, 3, init=before)
    assert again.trace[0] == pytest.approx(before.loglik, rel=1e-12)
    assert again.loglik == pytest.approx(before.loglik, abs=1e-6)


def test_the_order_of_the_rows_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearness, "ENOUGH", 300)
    table = coded()
    one, two = (blocs.fit(Profiles.from_table(t), 3, starts=4) for t in (table, table.iloc[::-1]))
    assert one.params.vector().tobytes() == two.params.vector().tobytes()
    assert one.ends == two.ends
