"""Split-and-merge moves: every start ends as high as EM from the same start or higher, and never in a spike."""

from __future__ import annotations

import signal

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.em import distances, local_search, multistart, resamplings
from blocs.em.initialization import METHODS
from blocs.em.insertion import CENTRES, insertions, replacements
from blocs.em.loop import Progress
from blocs.em.optima import same_value
from blocs.em.split_merge import splits
from blocs.model.mixture import Mixture, Params
from blocs.profiles import Profiles


def table_of(seed: int, rows: int = 600, types: int = 5, items: int = 8, sharp: float = 0.4) -> pd.DataFrame:
    """Rows of several types with few sharp items each: many poor optima."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(types, rows, p=rng.dirichlet(np.full(types, 5.0)))
    p = rng.dirichlet(np.full(3, sharp), (types, items))
    drawn = [[int(rng.choice(3, p=p[k, j])) for j in range(items)] for k in kind]
    return pd.DataFrame(drawn, columns=[f"q{j}" for j in range(items)])


@pytest.fixture(scope="module")
def crowded() -> Profiles:
    return Profiles.from_table(table_of(3))


def optimum(profiles: Profiles, types: int, seed: int = 0) -> tuple[Mixture, Params]:
    found = blocs.fit(profiles, types, starts=1, seed=seed, exchange=False)
    return found.mixture, found.params


def test_every_pair_of_types_is_a_candidate_and_every_row_stays_possible(crowded: Profiles) -> None:
    mixture, params = optimum(crowded, 4)
    made = splits(mixture, crowded, params, np.random.default_rng(1))
    assert made.starts == 4 * 3
    np.testing.assert_allclose(made.shares.sum(axis=1), 1, atol=1e-12)
    for s in range(made.starts):
        one = made.take(slice(s, s + 1))
        assert np.isfinite(mixture.posterior(one, crowded)[0]).all()
        kept = np.isclose(one.shares, params.shares, rtol=0.25).sum()
        assert not np.allclose(one.shares, params.shares, atol=1e-3), "a candidate is not the optimum it leaves"
        assert kept <= 4
    shares = made.shares.reshape(4, 3, 4)  # (dissolved, which of the others is split, type)
    for gone in range(4):
        for s, split in enumerate(k for k in range(4) if k != gone):
            both = shares[gone, s, gone] + shares[gone, s, split]
            whole = params.shares[0, split] + params.shares[0, gone]
            assert params.shares[0, split] * 0.99 < both < whole * 1.01, "halves come of the split type"


def test_insertions_and_replacements_change_one_type_and_every_row_stays_possible(crowded: Profiles) -> None:
    mixture, params = optimum(crowded, 4)
    for move in (insertions, replacements):
        made, again, other = (move(mixture, crowded, params, np.random.default_rng(seed)) for seed in (1, 1, 2))
        assert made.starts == 4 * CENTRES
        assert made.vector().tobytes() == again.vector().tobytes()
        assert not np.allclose(made.vector(), other.vector()), "other random numbers give other candidates"
        np.testing.assert_allclose(made.shares.sum(axis=1), 1, atol=1e-12)
        for s in range(made.starts):
            assert np.isfinite(mixture.posterior(made.take(slice(s, s + 1)), crowded)[0]).all()
    kept = np.abs(made.families[0] - params.families[0]).max(axis=0) < 2 * 1e-3  # (candidate, type)
    assert (kept.sum(axis=1) == 3).all(), "a replacement leaves the other types as they are"


def test_resamplings_move_every_type_by_its_sampling_error(crowded: Profiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """The share of a type is a mean of posteriors: its spread over bootstrap samples is known."""
    monkeypatch.setattr(resamplings, "SAMPLES", 300)
    mixture, params = optimum(crowded, 3)
    made = resamplings.resamplings(mixture, crowded, params, np.random.default_rng(1))
    assert made.starts == 2 * 300
    zeta = mixture.posterior(params, crowded)[1]
    n = crowded.weights.sum()
    variance = crowded.weights @ (zeta - params.shares[0]) ** 2 / n
    for part, rows in ((made.shares[:300], n), (made.shares[300:], n / 4)):
        np.testing.assert_allclose(part.sum(axis=1), 1, atol=1e-12)
        np.testing.assert_allclose(part.mean(axis=0), params.shares[0], atol=0.01)
        np.testing.assert_allclose(part.std(axis=0), np.sqrt(variance / rows), rtol=0.2)
    assert np.isfinite(mixture.posterior(made.take(slice(599, 600)), crowded)[0]).all()


def test_resamplings_are_the_same_for_copies_of_measured_rows_in_any_order() -> None:
    x = np.random.default_rng(2).normal(size=40)
    kinds = {"x": blocs.Gaussian(["x"])}
    few = Profiles.from_table({"x": x, "n": np.arange(40) % 3 + 1}, items=[], kinds=kinds, weights="n")
    copies = np.random.default_rng(3).permutation(np.repeat(x, np.arange(40) % 3 + 1))
    many = Profiles.from_table({"x": copies}, items=[], kinds=kinds)
    mixture = Mixture.of(many.schema, 2)
    params = blocs.fit(many, 2, starts=1, most=1, exchange=False).params
    one, other = (resamplings.resamplings(mixture, rows, params, np.random.default_rng(4)) for rows in (few, many))
    np.testing.assert_allclose(one.shares, other.shares, atol=1e-9)


def test_a_small_type_between_others_is_found_by_an_insertion_and_by_no_split() -> None:
    """Two clear types and a few rows of a third that lie between them: a split of one type does not gather them."""
    rng = np.random.default_rng(4)
    x = np.concatenate([rng.normal(0, 1, (150, 2)), rng.normal(6, 1, (150, 2)), rng.normal(3, 0.15, (12, 2))])
    data = Profiles.from_table(pd.DataFrame(x, columns=["a", "b"]), kinds={"x": blocs.Gaussian(["a", "b"])})
    found = [blocs.fit(data, 3, starts=4, most=4, seed=seed) for seed in range(5)]
    best = max(fit.loglik for fit in found)
    assert all(fit.loglik == pytest.approx(best, abs=1e-3) for fit in found)
    assert found[0].shares.iloc[-1] * found[0].n == pytest.approx(12, abs=2)


def test_no_start_ends_lower_than_plain_em(crowded: Profiles) -> None:
    lower = higher = moved = 0
    for types in (3, 5):
        given = {"starts": 25, "finish": 25, "most": 25, "seed": 4}
        plain = blocs.fit(crowded, types, accelerate="none", exchange=False, **given).starts["loglik"]
        found = blocs.fit(crowded, types, **given)
        lower += int((found.starts["loglik"] < plain - 1e-6).sum())
        higher += int((found.starts["loglik"] > plain + 1e-3).sum())
        moved += int(found.starts["arrived"].notna().sum())
        assert found.hits + found.moved == found.starts["best"].sum()
        assert (found.starts["loglik"] >= found.starts["arrived"].fillna(-np.inf)).all()
    assert lower == 0
    assert higher > 0
    assert moved > 0, "the data have poor optima, or this test shows nothing"


def test_with_a_prior_the_best_is_that_of_the_posterior(crowded: Profiles) -> None:
    found = blocs.fit(crowded, 5, starts=25, most=25, seed=4, prior=3.0)
    ends = found.starts
    assert found.hits + found.moved == ends["best"].sum()
    same = ends.loc[ends["best"], "loglik"]
    assert same.to_numpy() == pytest.approx(found.loglik, abs=0.1)  # its likelihood need not be the highest
    assert found.hits == (ends["best"] & ends["arrived"].isna()).sum()


def test_the_iterations_from_a_poor_optimum_are_reported_in_full(crowded: Profiles) -> None:
    found = blocs.fit(crowded, 5, starts=25, most=25, seed=4)
    moved = found.starts.query("arrived == arrived").iloc[0]
    alone = blocs.fit(crowded, 5, starts=25, most=25, seed=4, exchange=False)
    before = alone.starts.iloc[int(moved["start"])]
    assert moved["arrived"] == pytest.approx(before["loglik"], abs=1e-9)
    assert moved["iterations"] > before["iterations"]
    assert alone.starts["arrived"].isna().all()
    assert alone.moved == 0
    assert found.hits == sum(same_value(end.loglik, found.loglik) and end.arrived is None for end in found.ends)
    assert found.moved > 0
    assert found.loglik >= alone.loglik - 1e-9
    assert (np.diff(found.trace) >= -1e-8).all()
    assert found.gradient is not None
    assert found.gradient <= 1e-8


def test_a_better_optimum_than_any_start_found() -> None:
    """Two starts alone end in poor optima; their moves find what a hundred starts find."""
    data = Profiles.from_table(table_of(11, types=6, items=10))
    many = blocs.fit(data, 6, starts=100, most=100, exchange=False).loglik
    poor = [s for s in range(20) if blocs.fit(data, 6, starts=2, most=2, seed=s, exchange=False).loglik < many - 0.5]
    assert len(poor) >= 3
    better = [blocs.fit(data, 6, starts=2, most=2, seed=s).loglik for s in poor]
    assert sum(value > many - 1e-3 for value in better) >= 0.8 * len(poor)


def test_the_same_bits_for_any_threads_order_of_rows_and_company(crowded: Profiles) -> None:
    one, two = (blocs.fit(crowded, 5, starts=12, most=12, seed=4, jobs=jobs) for jobs in (1, 2))
    assert one.ends == two.ends
    assert one.params.vector().tobytes() == two.params.vector().tobytes()
    assert one.starts["arrived"].notna().any()
    shuffled = Profiles.from_table(table_of(3).sample(frac=1, random_state=1))
    assert blocs.fit(shuffled, 5, starts=12, most=12, seed=4).ends == one.ends
    more = blocs.fit(crowded, 5, starts=20, most=20, seed=4)
    assert [e.arrived is None for e in more.ends[:12]] == [e.arrived is None for e in one.ends]
    np.testing.assert_allclose([e.loglik for e in more.ends[:12]], [e.loglik for e in one.ends], atol=1e-6)


def test_where_data_are_large_moves_are_tried_from_the_best_only(
    crowded: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multistart, "SHORT", 30)
    monkeypatch.setattr(multistart, "LARGE", 0)
    found = blocs.fit(crowded, 5, starts=25, most=25, seed=4, finish=5)
    ends = found.starts.query("status == 'converged'")
    assert (found.starts["status"] == "stopped_short").any()
    alone = blocs.fit(crowded, 5, starts=25, most=25, seed=4, finish=5, exchange=False)
    best = alone.starts.query("status == 'converged'")["loglik"].max()
    for end in ends.itertuples():
        before = alone.starts.iloc[end.start]["loglik"]
        assert same_value(before, best) or end.loglik == before


def test_a_start_drawn_from_some_rows_knows_the_categories_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    table = table_of(5, rows=400, types=2)
    table["rare"] = np.where(np.arange(400) < 12, [f"r{i % 12}" for i in range(400)], rng.choice(["a", "b"], 400))
    table["x"] = rng.normal(size=400)
    monkeypatch.setattr(distances, "SUBSAMPLE_ROWS", 60)
    for kinds in ({}, {"x": blocs.Gaussian("x")}):
        data = Profiles.from_table(table[[*table.columns[:8], "rare", *kinds]], kinds=kinds)
        for method in METHODS:
            found = blocs.fit(data, 2, starts=3, method=method)
            assert found.n == 400
            assert found.status == "converged"


@pytest.mark.parametrize("prior", [0.0, 0.5])
def test_two_types_labels_and_priors(crowded: Profiles, prior: float) -> None:
    table = table_of(3)
    table["known"] = [0 if i < 15 else 1 if i < 25 else None for i in range(len(table))]
    data = Profiles.from_table(table, kinds={"known": blocs.Known((0, 1))})
    for profiles, types in ((crowded, 2), (data, 4)):
        with_moves, without = (
            blocs.fit(profiles, types, starts=6, most=6, prior=prior, exchange=moves) for moves in (True, False)
        )
        assert with_moves.loglik >= without.loglik - 1e-6 or prior
        assert with_moves.status == "converged"


@pytest.mark.slow
def test_no_move_leads_into_a_spike() -> None:
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.normal(0, 1, 200), rng.normal(5, 1, 150), np.full(4, 9.0)])  # four equal rows
    data = Profiles.from_table(pd.DataFrame({"x": x}), kinds={"x": blocs.Gaussian("x")})
    for seed in range(6):
        alone = blocs.fit(data, 3, starts=1, most=1, seed=seed, exchange=False)
        found = blocs.fit(data, 3, starts=1, most=1, seed=seed)
        assert found.loglik >= alone.loglik - 1e-9
        assert ("singular" in found.flags) <= ("singular" in alone.flags)


def test_given_starts_stay_where_they_converge(crowded: Profiles) -> None:
    poor = blocs.fit(crowded, 5, starts=1, most=1, seed=4, exchange=False)
    again = blocs.fit(crowded, 5, init=poor)
    assert again.loglik == pytest.approx(poor.loglik, abs=1e-6)
    assert again.ends[0].arrived is None


def test_no_moves_from_starts_that_have_not_converged(crowded: Profiles) -> None:
    found = blocs.fit(crowded, 5, starts=5, steps=6)
    assert set(found.starts["status"]) == {"step_limit"}
    assert found.starts["arrived"].isna().all()


def test_ctrl_c_during_moves_keeps_the_best(crowded: Profiles) -> None:
    seen: list[Progress] = []

    def watch(progress: Progress) -> None:
        if progress.stage:
            seen.append(progress)
            if len(seen) == 1:
                signal.raise_signal(signal.SIGINT)

    found = blocs.fit(crowded, 5, starts=12, most=12, seed=4, jobs=1, watch=watch)
    assert len(seen) >= 1
    assert seen[0].stage == "moves of types"
    assert seen[0].numbers == ()
    assert found.status == "interrupted"
    alone = blocs.fit(crowded, 5, starts=12, most=12, seed=4, exchange=False)
    assert found.loglik >= alone.loglik - 1e-9


def test_trials_fall_in_number() -> None:
    few = [few for _, few in local_search.TRIALS]
    assert few == sorted(few, reverse=True)
