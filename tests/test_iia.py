"""Test of IIA: published values, a two-way table by hand, freed menus as items, and a violation that is found."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

import blocs
from blocs.core.errors import InputError, UnsupportedError
from blocs.core.schema import Item
from blocs.inference.fitted_rows import FittedRows, rows_of
from blocs.inference.iia_score import as_pooled
from blocs.inference.menu_items import with_menu_items
from blocs.model.mixture import Mixture, Params
from blocs.model.scores import from_free_vector, to_free_vector
from blocs.results.start_end import StartEnd

ITEMS = [f"y{j}" for j in range(1, 6)]


@pytest.fixture(scope="module")
def iia_true(shared_data: Callable[[str], pd.DataFrame]) -> blocs.Profiles:
    table = pd.read_csv(shared_data("inference/iia_true.csv"), dtype={f"m{j}": str for j in range(1, 6)})
    menus = {f"y{j}": [{int(c) for c in menu} for menu in table[f"m{j}"]] for j in range(1, 6)}
    return blocs.Profiles.from_table(table, items=ITEMS, menus=menus, groups="district")


@pytest.mark.parametrize("types", [1, 2])
def test_published_values(types: int, iia_true: blocs.Profiles, shared_data: Callable[[str], pd.DataFrame]) -> None:
    told = {n["id"]: n["value"] for n in json.loads(shared_data("inference/numbers.json").read_text())["numbers"]}
    test, expected = blocs.iia_test(iia_true, types, starts=5, seed=1, jobs=1), told[f"iia_true_K{types}.iia_test"]
    assert test.loglik_pooled == pytest.approx(expected["loglik_pooled"], abs=1e-3)
    assert test.loglik_menus == pytest.approx(expected["loglik_menu_specific"], abs=1e-3)
    assert (test.statistic, test.df) == (pytest.approx(expected["LR"], abs=2e-3), expected["df"])
    assert test.p == pytest.approx(expected["p"], rel=5e-3)
    assert test.items["item"].tolist() == list(expected["per_office"])
    for row in test.items.to_dict("records"):
        office = expected["per_office"][row["item"]]
        assert (row["statistic"], row["df"]) == (pytest.approx(office["LR"], abs=2e-3), office["df"])
        assert row["p"] == pytest.approx(office["p"], rel=5e-3)
    pooled = told[f"iia_true_K{types}.pooled"]
    assert test.pooled.loglik == pytest.approx(pooled["loglik"], abs=1e-3)
    np.testing.assert_allclose(test.pooled.shares, pooled["shares"], atol=2e-4)


def house(n: tuple[int, ...], seed: int | None = None) -> blocs.Profiles:
    """Votes for one office: D, R and none where both stood, D and none where one did."""
    table = {"house": ["D", "R", "none", "D", "none"], "stood": ["both", "both", "both", "one", "one"], "n": n}
    menus = {"house": ("stood", {"both": {"D", "R", "none"}, "one": {"D", "none"}})}
    return blocs.Profiles.from_table(table, items=["house"], menus=menus, weights="n")


def test_with_one_type_it_is_the_test_of_a_two_way_table() -> None:
    """Odds of D against none, where both stood and where one did: the likelihood-ratio statistic of 2 x 2 counts."""
    test = blocs.iia_test(house((500, 400, 100, 70, 30)), types=1)
    counts = np.array([[500, 100], [70, 30]], dtype=float)
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    lr = 2 * float((counts * np.log(counts / expected)).sum())
    assert (test.statistic, test.df) == (pytest.approx(lr, abs=1e-6), 1)
    assert test.p == pytest.approx(chi2.sf(lr, 1))
    assert test.items["untested"].tolist() == ["R"]
    rows = test.overall.set_index(["menu", "outcome"])
    assert rows["full"].tolist() == [True, True, True, False, False]
    assert rows.loc[("D|none", "D"), "share"] == pytest.approx(0.7)
    assert rows.loc[("D|none", "D"), "iia"] == pytest.approx(570 / 700, abs=1e-6)
    assert rows.loc[("D|none", "none"), "difference"] == pytest.approx(0.3 - 130 / 700, abs=1e-6)
    assert rows.loc[("D|R|none", "R"), "observed"] == pytest.approx(400)
    assert str(test) == (
        "IIA within 1 type: likelihood-ratio test\n"
        f"  all items  LR {lr:.2f}, 1 degree of freedom, p = {test.p:.4f}\n"
        f"  house      LR {lr:.2f}, 1 degree of freedom, p = {test.p:.4f}\n"
        "  note       house: not tested for R, which stands on one menu only."
    )


def test_menus_become_items_and_rows_stay_rows(iia_true: blocs.Profiles) -> None:
    freed = with_menu_items(iia_true, ["y3", "y5"])
    assert freed.schema.names == ("y1", "y2", "y3 (1|2)", "y3 (0|2)", "y3 (0|1|2)", "y4", "y5 (1|2)", "y5 (0|2)",
                                  "y5 (0|1|2)")  # fmt: skip
    assert len(freed) == len(iia_true)
    answered = (freed.codes[:, 2:5] > 0).sum(axis=1)
    assert answered.tolist() == [1] * len(freed)
    long, wide = iia_true.to_long(), freed.to_long()
    a = long[(long["item"] == "y3") & (long["chosen"].fillna(False))]
    b = wide[wide["item"].str.startswith("y3") & (wide["chosen"].fillna(False))]
    assert a["option"].tolist() == b["option"].tolist()
    assert len(np.unique(freed.codes, axis=0)) == len(freed)


def two_kinds(n: int, seed: int, extra: float) -> pd.DataFrame:
    """Two types of voter; where only one party stood, `extra` of those who would have split leave the race blank."""
    rng = np.random.default_rng(seed)
    kind = rng.random(n) < 0.6
    chances = np.where(kind[:, None], [0.8, 0.15, 0.05], [0.25, 0.5, 0.25])
    table = {f"o{j}": (rng.random(n)[:, None] > chances.cumsum(axis=1)).sum(axis=1) for j in range(5)}
    table["stood"] = rng.random(n) < 0.5
    remaining = chances[:, [0, 2]] / chances[:, [0, 2]].sum(axis=1, keepdims=True)
    blank = remaining[:, 1] + extra * chances[:, 1]
    lone = np.where(rng.random(n) < blank, 2, 0)
    table["o4"] = np.where(table["stood"], table["o4"], lone)
    return pd.DataFrame(table)


def profiles_of(table: pd.DataFrame) -> blocs.Profiles:
    menus = {"o4": ("stood", {True: {0, 1, 2}, False: {0, 2}})}
    return blocs.Profiles.from_table(table, items=[f"o{j}" for j in range(5)], menus=menus)


def test_a_violation_is_found_and_shown() -> None:
    true, false = (profiles_of(two_kinds(4000, 3, extra)) for extra in (0.0, 0.5))
    fine, broken = (blocs.iia_test(p, 2, starts=4, jobs=1) for p in (true, false))
    assert fine.p > 0.05
    assert broken.p < 1e-6
    assert (broken.df, broken.items["untested"].tolist()) == (2, ["1"])
    rows = broken.overall.set_index(["full", "outcome"])["difference"]
    assert rows[False, 2] > 0.05  # more blank than IIA says where one stood
    assert rows[False, 2] == pytest.approx(-rows[False, 0])
    table = broken.table
    assert table["type"].tolist() == [1] * 5 + [2] * 5
    assert table.groupby(["type", "menu"], sort=False)["share"].sum().tolist() == pytest.approx([1.0] * 4)
    assert table.groupby(["type", "menu"], sort=False)["iia"].sum().tolist() == pytest.approx([1.0] * 4)
    second = table[(table["type"] == 2) & (table["full"])]
    assert second["share"].tolist() == pytest.approx([0.25, 0.5, 0.25], abs=0.06)  # types go together
    data = broken.to_dict()
    assert json.loads(json.dumps(data, allow_nan=False))["df"] == 2
    assert len(data["table"]) == 10


def test_the_likelihood_ratio_is_never_negative_and_has_more_freedom_item_by_item(iia_true: blocs.Profiles) -> None:
    some = blocs.iia_test(iia_true, 2, items=["y4"], starts=2, jobs=1)
    assert some.items["item"].tolist() == ["y4"]
    assert (some.statistic, some.df) == (some.items["statistic"][0], 4)
    assert some.statistic == pytest.approx(2.9576, abs=2e-3)
    assert math.isfinite(some.p)


def naive_score(rows: FittedRows, item: Item, cluster: np.ndarray | None) -> tuple[float, int]:
    """Scores by differences of log-likelihoods, voter by voter, net of a regression on those of the pooled model."""
    freed = with_menu_items(rows.profiles, [item.name])
    mixture = Mixture.of(freed.schema, rows.mixture.types)
    params = as_pooled(mixture, rows, [item])

    def scores(of: Mixture, at: Params, data: blocs.Profiles) -> np.ndarray:
        vector = to_free_vector(of, at)[0]
        steps = 1e-5 * np.eye(len(vector))
        return np.column_stack([
            (of.posterior(from_free_vector(of, (vector + step)[None], at), data)[0]
             - of.posterior(from_free_vector(of, (vector - step)[None], at), data)[0]) / 2e-5 for step in steps
        ])  # fmt: skip

    cells = rows.profiles.cells
    voters = np.repeat(cells.row, cells.counts.astype(int))
    old, new = (scores(*of)[voters] for of in ((rows.mixture, rows.params, rows.profiles), (mixture, params, freed)))
    net = new - old @ np.linalg.lstsq(old, new, rcond=1e-9)[0]
    values, vectors = np.linalg.eigh(net.T @ net)
    along = net @ vectors[:, values > 0.1]  # directions without information are 1e-5 and less
    if cluster is not None:
        along = np.array([along[cluster == c].sum(axis=0) for c in np.unique(cluster)])
    total = along.sum(axis=0)
    return float(total @ np.linalg.solve(along.T @ along, total)), along.shape[1]


@pytest.mark.parametrize("clustered", [False, True])
def test_the_score_form_is_that_of_differences_voter_by_voter(clustered: bool, iia_true: blocs.Profiles) -> None:
    test = blocs.iia_test(iia_true, 2, kind="wald", cluster="district" if clustered else None, starts=3, jobs=1)
    rows = rows_of(test.pooled, iia_true)
    cells = iia_true.cells
    cluster = np.repeat(cells.group, cells.counts.astype(int)) if clustered else None
    for row in test.items.to_dict("records"):
        statistic, df = naive_score(rows, iia_true.schema.item(row["item"]), cluster)
        assert (row["statistic"], row["df"]) == (pytest.approx(statistic, rel=2e-3), df)
        assert row["p"] == pytest.approx(chi2.sf(statistic, 4), rel=1e-2)
    assert test.clusters == (12 if clustered else None)
    assert test.by_menu is test.loglik_menus is None


def test_the_pooled_parameters_are_a_point_of_the_freed_model(iia_true: blocs.Profiles) -> None:
    fit = blocs.fit(iia_true, 2, starts=3, jobs=1)
    rows, tested = rows_of(fit, iia_true), [iia_true.schema.item(name) for name in ("y3", "y4", "y5")]
    freed = with_menu_items(iia_true, ["y3", "y4", "y5"])
    mixture = Mixture.of(freed.schema, 2)
    loglik, zeta = mixture.posterior(as_pooled(mixture, rows, tested), freed)
    np.testing.assert_allclose(loglik, rows.loglik, rtol=1e-12)
    np.testing.assert_allclose(zeta, rows.zeta, rtol=1e-9)


def test_the_score_form_is_near_the_likelihood_ratio(iia_true: blocs.Profiles) -> None:
    ratio, score = (blocs.iia_test(iia_true, 2, kind=kind, starts=3, jobs=1) for kind in ("lr", "wald"))
    assert score.df == ratio.df == 12
    assert score.statistic == pytest.approx(ratio.statistic, rel=0.1)
    assert score.items["statistic"].tolist() == pytest.approx(ratio.items["statistic"].tolist(), rel=0.15)
    a, b = (test.overall.set_index(["item", "menu", "outcome"]) for test in (ratio, score))
    assert np.abs(a["share"] - b["share"]).max() < 0.02
    assert a["observed"].tolist() == pytest.approx(b["observed"].tolist(), abs=1e-3)  # what was observed is the same
    broken = blocs.iia_test(profiles_of(two_kinds(4000, 3, 0.5)), 2, kind="wald", starts=4, jobs=1)
    assert broken.p < 1e-6
    assert str(score).splitlines()[0] == "IIA within 2 types: score test at the pooled fit"


def test_with_few_clusters_there_is_no_overall_test(iia_true: blocs.Profiles) -> None:
    test = blocs.iia_test(iia_true, 2, kind="wald", cluster="district", starts=3, jobs=1)
    assert (test.df, test.p, math.isnan(test.statistic)) == (12, None, True)
    assert test.items["p"].notna().all()
    assert test.notes[-2:] == (
        "There are 12 clusters: with fewer than 40 p is not to be relied on.",
        "There is no test with as many degrees of freedom as clusters, or more.",
    )
    assert "all items  no test, 12 degrees of freedom\n" in str(test)


def refused(question: Callable[[], object]) -> str:
    with pytest.raises((InputError, UnsupportedError)) as caught:
        question()
    return str(caught.value)


def test_notes_that_are_alike_are_one(iia_true: blocs.Profiles) -> None:
    test = blocs.iia_test(iia_true, 2, starts=3, seed=1)
    names = list(test.items["item"])
    once = (StartEnd(0, test.pooled.loglik, 9, "converged", True),
            StartEnd(1, test.pooled.loglik - 9, 9, "converged", False))
    assert test.by_menu is not None
    fits = {name: replace(getattr(test, name), ends=once) for name in ("pooled", "by_menu")}
    alike = replace(test, items=test.items.assign(untested="split"), **fits)
    assert f"{', '.join(names)}: not tested for split, which stands on one menu only." in alike.notes
    assert (
        "The pooled fit and the fit menu by menu: fewer than two starts reached the best log-likelihood by their own "
        "iterations, and there may be a better one; use more starts."
    ) in alike.notes
    assert len(alike.notes) == len(set(alike.notes)) and len(names) > 1


def test_what_is_refused(iia_true: blocs.Profiles) -> None:
    plain = blocs.Profiles.from_table({"a": [0, 1, 1]})
    assert refused(lambda: blocs.iia_test(plain, 1)) == (
        "profiles: no item has menus that can be compared. IIA says something where two outcomes stand on several "
        "menus."
    )
    assert refused(lambda: blocs.iia_test(iia_true, 1, items=["y1", "y33"])) == (
        "2 faults:\n"
        "  - items: 'y1' has no menus that can be compared. Items that have are 'y3', 'y4', 'y5'.\n"
        "  - items: 'y33' has no menus that can be compared. Items that have are 'y3', 'y4', 'y5'. Nearest match: y3."
    )
    assert refused(lambda: blocs.iia_test(iia_true, 1, items=[])) == "items: there are none. Name one or more."
    assert refused(lambda: blocs.iia_test(iia_true, 1, kind="walt")) == (
        "kind: there is no test 'walt'. The tests are 'lr', 'wald'. Nearest match: wald."
    )
    assert refused(lambda: blocs.iia_test(iia_true, 1, cluster="district")) == (
        "A likelihood-ratio test of IIA cannot be clustered: it takes rows as independent. Use kind='wald', or leave "
        "out the cluster."
    )
    assert refused(lambda: blocs.iia_test(iia_true, 1, kind="wald", cluster="distrct")) == (
        "cluster: there is no column 'distrct'. The columns are 'district'. Nearest match: district."
    )
    assert refused(lambda: blocs.iia_test(iia_true, 1, prior=1)) == (
        "The test of IIA is not available with a prior: it compares maxima of the likelihood. Use prior=0."
    )
    table = {"a": ["x", "y", "x", "z"], "m": [0, 0, 1, 1], "w": [1.0, 2.0, 1.0, 1.5]}
    menus = {"a": ("m", {0: "xyz", 1: "xz"})}
    design = blocs.Profiles.from_table(table, items=["a"], menus=menus, design_weights="w")
    assert refused(lambda: blocs.iia_test(design, 1)) == (
        "The test of IIA is not available with sampling weights: it needs numbers of observations."
    )
