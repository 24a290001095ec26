"""bootstrap: published spreads, the same estimates as plain refits of resampled tables, laws, and refusals."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.core import interrupts
from blocs.core.errors import UnsupportedError
from blocs.core.schema import Item, Schema
from blocs.em import many
from blocs.em.loop import Progress
from blocs.engines import Serial
from blocs.inference.alignment import aligned
from blocs.inference.resampling import ByPart
from errors_support import FINE, Problem, Shared, published
from test_same_bits import table

ITEMS = ["a", "b", "c", "d"]


def small(n: int = 300, seed: int = 2) -> pd.DataFrame:
    """Two types, three items of two and three outcomes, and clusters."""
    rng = np.random.default_rng(seed)
    two = rng.random(n) < 0.4
    p = np.where(two, 0.85, 0.15)
    frame = pd.DataFrame({name: (rng.random(n) < p).astype(int) for name in "abd"})
    frame["c"] = rng.choice(3, size=n) * (rng.random(n) < p)
    return frame.assign(g=rng.integers(12, size=n), w=rng.choice([0.5, 1.0, 2.0], size=n))


@pytest.mark.parametrize("kind", ["nonparametric", "parametric"])
def test_published_spreads(shared_data: Shared, kind: str) -> None:
    number = published(shared_data)[f"bootstrap_se.values_{kind}"]["value"]
    frame = pd.read_csv(shared_data("lca/values.csv"))
    profiles = blocs.Profiles.from_table(frame, items=list(frame.columns[:4]))
    boot = blocs.bootstrap(blocs.fit(profiles, 2, **FINE), profiles, number["B"], kind, seed=1)
    first = boot.table().groupby(["type", "item"], sort=False).first()
    np.testing.assert_allclose(boot.shares()["se"], number["sd_shares"], rtol=0.1)
    np.testing.assert_allclose(first["se"], np.ravel(number["sd_mu0"]), rtol=0.1)
    for column, quantile in (("low", "q025"), ("high", "q975")):
        got = [*boot.shares()[column], *first[column]]
        np.testing.assert_allclose(got, number[quantile], atol=0.03)
    assert boot.kind == f"{kind} bootstrap, 2,000 replicates"
    assert 0 < boot.hit_boundary < 2000
    assert boot.notes[-1] == (
        f"In {boot.hit_boundary:,} of 2,000 replicates an estimate is at 0 or 1 that is not there in the fit: the "
        "intervals are more to be relied on than the standard errors."
    )


def plain(fit: blocs.Fit, rows: list[dict[str, Any]], weights: list[float]) -> blocs.Fit:
    """The fit again from its estimates to a table that is written out."""
    levels = {item.name: list(item.outcomes) for item in fit.schema.items}
    profiles = blocs.Profiles.from_table(pd.DataFrame(rows), items=ITEMS, design_weights=weights, levels=levels)
    start = fit.mixture.toward(fit.params, fit.mixture.overall(profiles), 0.01)
    return blocs.fit(profiles, fit.types, init=start, gain=1e-9, change=1e-7)


def test_replicates_are_plain_refits_of_tables_that_are_drawn() -> None:
    """Observations drawn by a multinomial of the counts, whole clusters, and rows that keep their sampling weights."""
    frame = small()
    for roles, cluster in (({}, None), ({}, frame["g"]), ({"design_weights": "w", "groups": "g"}, "g")):
        profiles = blocs.Profiles.from_table(frame, items=ITEMS, **roles)
        fit = blocs.fit(profiles, 2, **FINE)
        boot = blocs.bootstrap(fit, profiles, 6, cluster=cluster, seed=9)
        index = np.asarray(profiles.index)
        for b in range(6):
            rng = np.random.default_rng([9, b])
            if cluster is None:
                counts = rng.multinomial(len(frame), profiles.counts / len(frame))
                first = [int(np.flatnonzero(index == u)[0]) for u in range(len(profiles))]
                drawn = [first[u] for u in range(len(profiles)) for _ in range(counts[u])]
            else:
                times = rng.multinomial(12, np.full(12, 1 / 12))
                drawn = [i for i in range(len(frame)) for _ in range(times[frame["g"][i]])]
            rows = frame.iloc[drawn].to_dict("records")
            again = plain(fit, rows, [row["w"] if roles else 1.0 for row in rows])
            orders = [again.params.relabel(order).vector() for order in ([0, 1], [1, 0])]
            nearest = min(orders, key=lambda one: float(np.abs(one - fit.params.vector()).sum()))
            assert boot.params.take([b]).vector() == pytest.approx(nearest, abs=2e-4)
            if not roles:
                assert boot.loglik[b] == pytest.approx(again.loglik, rel=1e-7)


def test_sampling_weights_of_a_profile_that_differ() -> None:
    """One item, so that estimates are weighted means: the spread is that of drawing single rows."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"a": (rng.random(400) < 0.3).astype(int), "w": rng.choice([0.2, 1.0, 5.0], size=400)})
    profiles = blocs.Profiles.from_table(frame, items=["a"], design_weights="w")
    boot = blocs.bootstrap(blocs.fit(profiles, 1), profiles, 4000)
    a, w = frame["a"].to_numpy(), frame["w"].to_numpy()
    rows = rng.integers(400, size=(4000, 400))
    means = (a[rows] * w[rows]).sum(axis=1) / w[rows].sum(axis=1)
    assert boot.table()["se"].iloc[1] == pytest.approx(means.std(), rel=0.06)
    robust = blocs.standard_errors(boot.fit, profiles).table()["se"].iloc[1]
    assert boot.table()["se"].iloc[1] == pytest.approx(robust, rel=0.06)
    equal = blocs.Profiles.from_table(frame.assign(w=3.0), items=["a"], design_weights="w")
    without = blocs.Profiles.from_table(frame, items=["a"])
    one, other = (blocs.bootstrap(blocs.fit(of, 1), of, 50).table() for of in (equal, without))
    pd.testing.assert_frame_equal(one, other, rtol=1e-9)


@pytest.mark.slow
def test_parametric_replicates_have_the_menus_and_missing_items_of_the_data() -> None:
    """Spread against that of refits of data drawn row by row, with another generator."""
    problem = Problem(n=500)
    profiles = problem.profiles()
    fit = blocs.fit(profiles, 2, **FINE)
    boot = blocs.bootstrap(fit, profiles, 200, "parametric", seed=4)
    rng, estimates = np.random.default_rng(8), []
    p = {(j, k): fit.table().query(f"item == 'q{j}' and type == {k + 1}")["probability"].to_numpy()
         for j, k in product(range(4), range(2))}  # fmt: skip
    for _ in range(60):
        other = Problem(n=500)
        kinds = rng.choice(2, size=len(problem.rows), p=fit.shares)
        for j in range(4):
            column = []
            for row, k in zip(problem.rows, kinds, strict=True):
                menu = None if row[j] is None else list(row[j][0])
                among = None if menu is None else p[j, k][menu] / p[j, k][menu].sum()
                column.append(None if menu is None else int(rng.choice(menu, p=among)))
            other.frame[f"q{j}"] = column
        other.menus = problem.menus
        drawn = other.profiles()
        again = blocs.fit(drawn, 2, init=fit.mixture.toward(fit.params, fit.mixture.overall(profiles), 0.01))
        estimates.append(again.params.vector()[0] if again.schema.names == fit.schema.names else None)
    order = aligned(fit.mixture, fit.params, boot.params, profiles)[0].vector()
    spread = np.std(np.array(estimates), axis=0)
    np.testing.assert_allclose(order.std(axis=0), spread, rtol=0.35, atol=0.01)
    assert boot.table().shape == blocs.standard_errors(fit, profiles).table().shape


@pytest.mark.parametrize("family", ["categories", "menus", "counts", "gaussian"])
def test_every_family_has_the_tables_of_standard_errors(family: str) -> None:
    profiles = table(family)
    fit = blocs.fit(profiles, 2, **FINE)
    boot, errors = blocs.bootstrap(fit, profiles, 60), blocs.standard_errors(fit, profiles)
    for name in ("shares", "table", "parameters"):
        got, wanted = getattr(boot, name)(), getattr(errors, name)()
        same = [column for column in wanted if column not in ("se", "low", "high", "flag")]
        pd.testing.assert_frame_equal(got[same], wanted[same])
        inside = (got["flag"] == "") & (wanted["flag"] == "")
        assert inside.any() or not len(got)
        ratio = got["se"][inside] / wanted["se"][inside]
        assert len(ratio) == 0 or 0.6 < ratio.median() < 1.6
        assert (got["low"][inside] <= got["high"][inside]).all()
    if family == "menus":
        by_menu = boot.table(by_menu=True)
        same = ["type", "item", "menu", "outcome", "probability"]
        pd.testing.assert_frame_equal(by_menu[same], errors.table(by_menu=True)[same])
    text = fit.summary(boot)
    assert "standard errors    nonparametric bootstrap, 60 replicates" in text
    assert len(max(text.splitlines(), key=len)) <= 80


def test_values_of_the_tables_are_those_of_the_replicates() -> None:
    """Rows of the tables against fits of each replicate that stand by themselves."""
    problem = Problem()
    profiles = problem.profiles()
    fit = blocs.fit(profiles, 2, **FINE)
    boot, errors = blocs.bootstrap(fit, profiles, 5), blocs.standard_errors(fit, profiles)
    for b in range(5):
        one = replace(fit, params=boot.params.take([b]))
        assert boot._of_outcomes[:, b] == pytest.approx(one.table()["probability"].to_numpy(), rel=1e-12)
        alone = replace(errors, fit=one)
        by_menu = alone.table(by_menu=True)["probability"]
        assert boot._of_menus[:, b] == pytest.approx(by_menu.to_numpy(), rel=1e-12)
    low, high = np.quantile(boot._of_outcomes, [0.025, 0.975], axis=1)
    assert boot.table()["low"].to_numpy() == pytest.approx(low)
    assert boot.table()["high"].to_numpy() == pytest.approx(high)
    odds = boot.parameters().query("item == 'q1'")
    p = boot._of_outcomes[[3, 4]]  # type 1, item q1
    which = 0 if "log-odds of 0" in odds["parameter"].iloc[0] else 1
    values = np.log(p[which]) - np.log(p[1 - which])
    assert odds["se"].iloc[0] == pytest.approx(values.std(ddof=1), rel=1e-9)


def test_results_do_not_depend_on_threads_batches_or_the_order_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = small()
    profiles = blocs.Profiles.from_table(frame, items=ITEMS)
    fit = blocs.fit(profiles, 2, **FINE)
    turned = blocs.Profiles.from_table(frame.sample(frac=1, random_state=1), items=ITEMS)
    for kind in ("nonparametric", "parametric"):
        first = blocs.bootstrap(fit, profiles, 150, kind)
        again = blocs.bootstrap(fit, turned, 150, kind, jobs=2)
        assert again.params.vector().tobytes() == first.params.vector().tobytes()
        with monkeypatch.context() as patch:
            patch.setattr(many, "TOGETHER", 7)
            patch.setattr(many, "CELLS", 0)
            again = blocs.bootstrap(fit, profiles, 150, kind, jobs=2)
        assert again.params.vector().tobytes() == first.params.vector().tobytes()
        other = blocs.bootstrap(fit, profiles, 150, kind, seed=1)
        assert other.params.vector().tobytes() != first.params.vector().tobytes()
    fewer = blocs.bootstrap(fit, profiles, 40)
    assert fewer.loglik.tolist() == blocs.bootstrap(fit, profiles, 150).loglik[:40].tolist()


def test_types_are_put_in_the_order_of_the_fit() -> None:
    for family in ("categories", "gaussian"):
        profiles = table(family)
        fit = blocs.fit(profiles, 3, starts=1, most=1, exchange=False)
        orders = [[0, 1, 2], [2, 0, 1], [1, 0, 2], [2, 1, 0]]
        mixed = type(fit.params).stack([fit.params.relabel(order) for order in orders])
        found, relabelled = aligned(fit.mixture, fit.params, mixed, profiles)
        assert relabelled.tolist() == [False, True, True, True]
        assert (found.vector() == fit.params.vector()).all()


def test_estimates_on_the_boundary_have_no_interval() -> None:
    """All replicates are there as well: an interval from 0 to 0 would be false."""
    frame = small().assign(c=lambda f: np.where(f["a"] == 1, 2, f["b"]))
    profiles = blocs.Profiles.from_table(frame, items=ITEMS)
    fit = blocs.fit(profiles, 2, **FINE)
    boot, errors = blocs.bootstrap(fit, profiles, 50), blocs.standard_errors(fit, profiles)
    at = errors.table()["flag"] == "boundary"
    assert at.any()
    assert (boot.table()["flag"][at] == "boundary").all()
    assert boot.table()[at][["se", "low", "high"]].isna().all(axis=None)
    assert boot.at_boundary == errors.at_boundary


def test_replicates_with_estimates_at_the_boundary_are_counted() -> None:
    """With menus: at 0 or 1 on every menu where there is a choice; one option alone says nothing."""
    rng = np.random.default_rng(8)
    two = rng.random(300) < 0.5
    frame = pd.DataFrame({name: (rng.random(300) < np.where(two, 0.9, 0.1)).astype(int) for name in "abd"})
    frame["c"] = np.where(rng.random(300) < np.where(two, 0.03, 0.5), 1, 0)
    lone = frame["c"].where(rng.random(300) < 0.7, 2)
    menus = {"c": [{2} if value == 2 else {0, 1} for value in lone]}
    menus["c"][0], lone.iloc[0] = {0, 1, 2}, 0
    profiles = blocs.Profiles.from_table(frame.assign(c=lone), items=ITEMS, menus=menus)
    fit = blocs.fit(profiles, 2, **FINE)
    boot = blocs.bootstrap(fit, profiles, 60)
    rows = boot.table(by_menu=True).query("item == 'c' and menu == '0|1' and outcome == 1 and flag == ''").index
    at = (boot._of_menus[rows] < 1e-6).any(axis=0)
    assert 0 < at.sum() < 60
    assert boot.hit_boundary >= at.sum()


def test_an_interrupted_bootstrap_keeps_what_is_done() -> None:
    frame = small()
    profiles = blocs.Profiles.from_table(frame, items=ITEMS)
    fit = blocs.fit(profiles, 2, **FINE)
    whole = blocs.bootstrap(fit, profiles, 300, "parametric", jobs=1)
    seen: set[int] = set()

    def watch(progress: Progress) -> None:
        seen.update(progress.numbers)
        if 128 in progress.numbers:
            interrupts._running[0].set()

    boot = blocs.bootstrap(fit, profiles, 300, "parametric", jobs=1, watch=watch)
    assert 128 <= boot.replicates <= 256
    assert boot.loglik[:128].tolist() == whole.loglik[:128].tolist()
    assert boot.notes[0] == f"The bootstrap was interrupted: {boot.replicates} of 300 replicates are done."
    assert seen == set(range(256))


def test_what_has_no_bootstrap_is_refused_by_name() -> None:
    frame = small()
    profiles = blocs.Profiles.from_table(frame, items=ITEMS, groups="g")
    fit = blocs.fit(profiles, 1)

    def refused(*args: Any, **settings: Any) -> str:
        with pytest.raises(blocs.BlocsError) as caught:
            blocs.bootstrap(*args, **settings)
        return str(caught.value)

    assert refused(fit, profiles, kind="wild") == (
        "kind: there is no kind of bootstrap 'wild'. The kinds of bootstraps are 'nonparametric', 'parametric'."
    )
    assert refused(fit, profiles, 1) == "replicates: it is 1. It is a whole number, 2 or more."
    assert refused(fit, profiles, jobs=0) == "jobs: it is 0. It is a whole number, 1 or more."
    assert refused(fit, profiles, kind="parametric", cluster="g") == (
        "cluster: clusters have no meaning for 'parametric'. Observations are drawn from the fit, one by one. Give "
        "kind='nonparametric', or leave it out."
    )
    assert refused(blocs.fit(profiles, 1, prior=1), profiles) == (
        "A bootstrap is not available for a fit with a prior, which is no maximum of the likelihood. Fit with "
        "prior=0; probabilities of 0 and 1 are taken out."
    )
    half = blocs.Profiles.from_table(frame.assign(n=1.5), items=ITEMS, weights="n")
    assert refused(blocs.fit(half, 1), half) == (
        "A bootstrap is not available for weights that are not whole numbers: it draws observations. Sampling weights "
        "are design_weights=."
    )
    counts = blocs.Profiles.from_table({"n": [1, 0, 3, 2]}, kinds={"n": blocs.Poisson()})
    assert refused(blocs.fit(counts, 1), counts, kind="parametric") == (
        "A parametric bootstrap is not available for the poisson family (item 'n'), only for items of categories. Fit "
        "without the item."
    )
    weighted = blocs.Profiles.from_table(frame, items=ITEMS, design_weights="w")
    assert refused(blocs.fit(weighted, 1), weighted, kind="parametric") == (
        "A parametric bootstrap is not available with sampling weights: it needs numbers of observations."
    )


def test_weights_that_are_drawn_part_by_part_are_one_multinomial() -> None:
    """Means, variances and covariances of the counts of profiles in three parts, as of one draw of all rows."""
    counts = np.array([40.0, 5.0, 15.0, 20.0, 10.0, 10.0])
    schema = Schema((Item.full("a", tuple(range(6))),))
    profiles = blocs.Profiles.from_codes(schema, np.arange(1, 7)[:, None], counts)
    parts, which = profiles.shards(3), range(20_000)
    drawn = ByPart(7, tuple(float(part.counts.sum()) for part in parts))
    weights = np.concatenate([drawn.of_part(s, part, which) for s, part in enumerate(parts)])
    shares = counts / 100
    assert (weights.sum(axis=0) == 100).all()
    np.testing.assert_allclose(weights.mean(axis=1), counts, atol=0.2)
    np.testing.assert_allclose(np.cov(weights), 100 * (np.diag(shares) - np.outer(shares, shares)), atol=0.8)
    np.testing.assert_array_equal(weights[2:4, 5:9], drawn.of_part(1, parts[1], range(5, 9)))


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda fit, of: blocs.bootstrap(fit, of, 9, "parametric", engine=Serial()),
         "A parametric bootstrap is not available on an engine. Leave out engine=."),
        (lambda fit, of: blocs.bootstrap(fit, of, 9, cluster=[0] * 6, engine=Serial()),
         "A bootstrap of clusters is not available on an engine. Leave out engine=."),
        (lambda fit, of: blocs.standard_errors(fit, of, cluster=[0] * 6, engine=Serial()),
         "Clustered standard errors are not available on an engine. Leave out engine=."),
    ],
)  # fmt: skip
def test_what_engines_do_not_compute_is_refused(ask: Any, message: str) -> None:
    profiles = blocs.Profiles.from_table({"a": [0, 0, 1, 1, 1, 0], "b": [0, 1, 1, 1, 0, 0]})
    with pytest.raises(UnsupportedError) as refused:
        ask(blocs.fit(profiles, 1), profiles)
    assert str(refused.value) == message
