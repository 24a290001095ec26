"""Do shares differ by menu? The bias of a fit where they do, and the score test that says so, and where they do not."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

import blocs
from blocs.core.errors import InputError, MismatchError, UnsupportedError
from blocs.inference.fitted_rows import menus_of
from blocs.model.scores import row_scores
from blocs.profiles import group_covariates
from blocs.simulation import District, Truth
from blocs.simulation.recovery import recover

SMALL = ("abstain", "straight")


def truth() -> Truth:
    """Three types over five offices, with shares .5, .3 and .2."""
    means = np.array([[0.05, 0.05, 0.88, 0.02], [0.1, 0.5, 0.38, 0.02], [0.5, 0.1, 0.38, 0.02]])
    drawn = np.random.default_rng(3).dirichlet
    probabilities = np.array([[drawn(80 * mean) for _ in range(5)] for mean in means])
    names = ("US SENATE", "US HOUSE", "GOVERNOR", "STATE SENATE", "STATE HOUSE")
    return Truth(pd.Series([0.5, 0.3, 0.2], index=[1, 2, 3], name="share"), names, probabilities)


def drawn(n: int, seed: int, away: float, districts: int = 2) -> blocs.Profiles:
    """Half of the districts have one party only in three offices; types are .5 .3 .2 overall, but other there."""
    model, move = truth(), away * np.array([0.3, -0.15, -0.15])
    full, alone = np.array([0.5, 0.3, 0.2]) - move, np.array([0.5, 0.3, 0.2]) + move
    offices = ("GOVERNOR", "STATE SENATE", "STATE HOUSE")
    parts = {
        f"{d:02d}": District(shares=alone, menus=dict.fromkeys(offices, SMALL)) if d % 2 else District(shares=full)
        for d in range(districts)
    }
    table = blocs.simulate(model, n, seed, districts=parts)
    outcomes = {"abstain", "split", "straight", "other"}
    menus = {name: set(SMALL) if district.menus else outcomes for name, district in parts.items()}
    return blocs.Profiles.from_table(table, items=list(model.offices), groups="district",
                                     menus=dict.fromkeys(offices, ("district", menus)))  # fmt: skip


def fitted(profiles: blocs.Profiles) -> blocs.Fit:
    return blocs.fit(profiles, 3, starts=4, seed=1, jobs=1)


def test_types_that_live_elsewhere_bias_the_fit_and_the_test_says_so() -> None:
    """200,000 voters, half of the districts uncontested in three offices, and of other composition."""
    same, other = drawn(200_000, 1, 0.0), drawn(200_000, 1, 1.0)
    fine, biased = fitted(same), fitted(other)
    assert recover(fine, truth()).largest_share_error < 0.01
    assert recover(fine, truth()).largest_error < 0.015
    assert recover(biased, truth()).largest_share_error > 0.03
    assert recover(biased, truth()).largest_error > 0.04
    assert biased.status == "converged" and biased.identified and biased.hits == 4  # nothing else says it
    assert blocs.menu_shares_test(fine, same).p > 0.05
    test = blocs.menu_shares_test(biased, other)
    assert test.p < 1e-10
    mean = test.shares.query("item == 'STATE HOUSE' and menu == 'abstain|straight'").set_index("type")["share"]
    assert mean[1] > biased.shares[1] + 0.1
    assert str(test) == (
        "Same shares of types on all menus: score test\n"
        f"  all items     {test.statistic:,.2f}, 2 degrees of freedom, p < 0.0001\n"
        f"  GOVERNOR      {test.statistic:,.2f}, 2 degrees of freedom, p < 0.0001\n"
        f"  STATE SENATE  {test.statistic:,.2f}, 2 degrees of freedom, p < 0.0001\n"
        f"  STATE HOUSE   {test.statistic:,.2f}, 2 degrees of freedom, p < 0.0001"
    )


@pytest.mark.slow
def test_a_diagnosis_says_so_too() -> None:
    data = drawn(20_000, 1, 1.0, districts=4)
    fit = fitted(data)
    found, test = blocs.diagnose(fit, data), blocs.menu_shares_test(fit, data)
    largest = (test.shares["share"] - test.shares["all"]).abs().max()
    assert found.menu_shares == {"statistic": test.statistic, "df": 2, "p": test.p, "clusters": None,
                                 "largest": pytest.approx(largest)}  # fmt: skip
    assert (
        f"The types have other shares on some menus (p < 0.0001, by up to {100 * largest:.1f} percentage points): "
        "shares and probabilities may be biased. `blocs iia` (in Python `menu_shares_test`) has the shares on each "
        "menu. Give groups shares of their own (`--by-group`, in Python `groups=`)."
    ) in found.verdict
    by = blocs.diagnose(fit, data, cluster="district")
    assert by.menu_shares["clusters"] == 4
    assert f"same shares on all menus                     score {by.menu_shares['statistic']:,.2f}" in str(by)
    own = group_covariates(data, ["district"])
    assert blocs.diagnose(blocs.fit(own, 3, init=fit, groups="district"), own).menu_shares is None


@pytest.fixture(scope="module")
def profiles() -> blocs.Profiles:
    return drawn(3000, 2, 0.2, districts=6)


@pytest.fixture(scope="module")
def fit(profiles: blocs.Profiles) -> blocs.Fit:
    return fitted(profiles)


def by_rows(fit: blocs.Fit, profiles: blocs.Profiles, item: str, cluster: str | None) -> tuple[float, int]:
    """Voter by voter: scores of the log-odds by menu, net of a regression on the scores of the parameters."""
    zeta = fit.evaluate(profiles).posterior
    scores = row_scores(fit.mixture, fit.params, profiles)
    menus = menus_of(profiles)[:, profiles.schema.names.index(item)]
    levels = np.unique(menus)[1:]
    added = np.concatenate([(menus == m)[:, None] * (zeta[:, 1:] - fit.params.shares[0, 1:]) for m in levels], axis=1)
    cells = profiles.cells
    voters = np.repeat(cells.row, cells.counts.astype(int))
    of_cluster = np.repeat(cells.group, cells.counts.astype(int))
    s, g = scores[voters], added[voters]
    e = g - s @ np.linalg.lstsq(s, g, rcond=1e-12)[0]
    if cluster is not None:
        e = np.array([e[of_cluster == c].sum(axis=0) for c in np.unique(of_cluster)])
    total = e.sum(axis=0)
    return float(total @ np.linalg.solve(e.T @ e, total)), len(total)


@pytest.mark.parametrize("cluster", [None, "district"])
def test_the_statistic_is_that_of_single_voters(
    cluster: str | None, fit: blocs.Fit, profiles: blocs.Profiles
) -> None:
    test = blocs.menu_shares_test(fit, profiles, cluster)
    for row in test.items.to_dict("records"):
        statistic, df = by_rows(fit, profiles, row["item"], cluster)
        assert (row["statistic"], row["df"], row["menus"]) == (pytest.approx(statistic, rel=1e-4), df, 2)
        assert row["p"] == pytest.approx(chi2.sf(statistic, df), rel=1e-3, abs=1e-12)
    assert test.clusters == (None if cluster is None else 6)
    assert bool(test.notes) == (cluster is not None)


def test_it_is_the_second_derivative_free_form_of_the_likelihood_ratio(profiles: blocs.Profiles) -> None:
    """Types known up to noise: shares by menu as an item of its own gives nearly the same statistic (one more item)."""
    table = {"menu": ["p", "p", "q", "q"], "kind": ["A", "B", "A", "B"], "n": [300, 300, 340, 260]}
    frame = pd.DataFrame(table).loc[np.repeat(range(4), table["n"])].reset_index(drop=True)
    for j in range(6):  # six perfect signs of the type, and one answer that has two menus
        frame[f"s{j}"] = frame["kind"]
    frame["vote"] = np.tile(["x", "y"], 600)
    offered = {"vote": ("menu", {"p": {"x", "y", "z"}, "q": {"x", "y"}})}
    frame.loc[0, "vote"] = "z"
    data = blocs.Profiles.from_table(frame, items=[*(f"s{j}" for j in range(6)), "vote"], menus=offered)
    test = blocs.menu_shares_test(blocs.fit(data, 2, starts=2), data)
    counts = np.array([[300, 300], [340, 260]], dtype=float)
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    x2 = float(((counts - expected) ** 2 / expected).sum())
    assert test.df == 1
    assert test.statistic == pytest.approx(x2, rel=0.05)


def test_missing_items_count_as_a_menu_and_shares_are_means_of_posteriors() -> None:
    table = {"a": [0, 0, 1, 1, 0, 1], "b": [0, 0, 1, 1, None, None], "c": [0, 1, 0, 1, 0, 1],
             "n": [400, 100, 100, 400, 300, 100]}  # fmt: skip
    data = blocs.Profiles.from_table(table, weights="n")
    fit = blocs.fit(data, 2, starts=3)
    test = blocs.menu_shares_test(fit, data)
    assert test.items["item"].tolist() == ["b"]
    assert test.shares["menu"].tolist() == ["0|1", "0|1", "missing", "missing"]
    assert test.shares["n"].tolist() == [1000, 1000, 400, 400]
    zeta, gone = fit.evaluate(data).posterior, menus_of(data)[:, 1] < 0
    mean = (data.counts[gone, None] * zeta[gone]).sum(axis=0) / 400
    assert test.shares["share"].tolist()[2:] == pytest.approx(mean.tolist())
    assert json.loads(json.dumps(test.to_dict()))["df"] == 1


def test_with_few_clusters_there_is_no_p_value_where_there_can_be_none() -> None:
    two = drawn(2000, 3, 0.3)
    test = blocs.menu_shares_test(fitted(two), two, cluster="district")
    assert (test.clusters, test.p) == (2, None) or test.df < 2
    assert test.notes[0] == "There are 2 clusters: with fewer than 40 p is not to be relied on."


def refused(question: Callable[[], object]) -> str:
    with pytest.raises((InputError, UnsupportedError, MismatchError)) as caught:
        question()
    return str(caught.value)


def test_what_is_refused(fit: blocs.Fit, profiles: blocs.Profiles) -> None:
    assert refused(lambda: blocs.menu_shares_test(fit, profiles, "distrct")) == (
        "cluster: there is no column 'distrct'. The columns are 'district'. Nearest match: district."
    )
    assert "which are other data" in refused(lambda: blocs.menu_shares_test(fit, drawn(3000, 4, 0.0)))
    plain = blocs.Profiles.from_table({"a": [0, 0, 1, 1], "b": [0, 0, 1, 0]})
    assert refused(lambda: blocs.menu_shares_test(blocs.fit(plain, 2), plain)) == (
        "profiles: all rows have the same menus. Shares are compared between menus of 30 observations or more."
    )
    assert refused(lambda: blocs.menu_shares_test(blocs.fit(plain, 1), plain)) == (
        "the fit has 1 type. Shares are compared of two or more types."
    )
    assert refused(lambda: blocs.menu_shares_test(blocs.fit(plain, 2, prior=1.0), plain)) == (
        "The test of shares by menu is not available for fits with a prior: it needs the maximum of the likelihood."
    )
    table = {"a": [0, 0, 1, 1], "b": [0, None, 1, 0], "w": [1.0, 2.0, 1.0, 1.5]}
    design = blocs.Profiles.from_table(table, items=["a", "b"], design_weights="w")
    assert refused(lambda: blocs.menu_shares_test(blocs.fit(design, 2), design)) == (
        "The test of shares by menu is not available with sampling weights: it needs numbers of observations."
    )


def test_districts_have_their_shares_and_menus() -> None:
    model = truth()
    parts = {"A": District(weight=3), "B": District(shares=[0.1, 0.1, 0.8], menus={"GOVERNOR": SMALL})}
    table = blocs.simulate(model, 40_000, 1, column="type", districts=parts)
    assert table.columns.tolist() == [*model.offices, "type", "district"]
    assert table["district"].value_counts(normalize=True).tolist() == pytest.approx([0.75, 0.25], abs=0.01)
    for label, shares in (("A", [0.5, 0.3, 0.2]), ("B", [0.1, 0.1, 0.8])):
        of = table[table["district"] == label]
        assert of["type"].value_counts(normalize=True).sort_index().tolist() == pytest.approx(shares, abs=0.015)
    alone = table[(table["district"] == "B") & (table["type"] == 3)]["GOVERNOR"]
    mu = model.probabilities[2, model.offices.index("GOVERNOR")]
    assert set(alone) == set(SMALL)
    assert (alone == "abstain").mean() == pytest.approx(mu[0] / (mu[0] + mu[2]), abs=0.02)  # IIA
    same = blocs.simulate(model, 500, 4, districts={"A": District()})
    assert same.equals(blocs.simulate(model, 500, 4, districts={"A": District()}))


def test_districts_that_cannot_be_are_refused() -> None:
    parts = {"A": District(weight=-1.0), "B": District(shares=[0.5, 0.5]), "C": District(menus={"GOVERNER": SMALL}),
             "D": District(menus={"GOVERNOR": ["abstain", "R"]})}  # fmt: skip
    assert refused(lambda: blocs.simulate(truth(), 10, districts=parts)) == (
        "4 faults:\n"
        "  - districts['A']: the weight is -1.0. It is a finite number, 0 or more.\n"
        "  - districts['B']: the shares are [0.5, 0.5]. They are 3 numbers, 0 or more, that sum to 1.\n"
        "  - districts['C']: no item is called 'GOVERNER'. The items are 'US SENATE', 'US HOUSE', 'GOVERNOR', "
        "'STATE SENATE', 'STATE HOUSE'. Nearest match: GOVERNOR.\n"
        "  - districts['D']: the menu of 'GOVERNOR' is ['R', 'abstain']. It holds one or more of ['abstain', 'other', "
        "'split', 'straight']."
    )
    assert refused(lambda: blocs.simulate(truth(), 10, districts={})) == (
        "districts: there are none of positive weight. Give at least one."
    )
    assert refused(lambda: blocs.simulate(truth(), 10, column="district", districts={"A": District()})) == (
        "districts: a column is called 'district'. That is the name of the column with the labels of the districts."
    )
