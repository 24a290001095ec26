"""Items that differ by group: fits of each group by themselves, tests item by item, recovery, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

import blocs
from blocs.membership import Groups
from blocs.profiles import Profiles

FINE = {"gain": 1e-10, "change": 1e-7, "starts": 3, "seed": 1}
ITEMS = list("abcde")
CHANCE = np.array([[0.9, 0.85, 0.8, 0.85, 0.9], [0.15, 0.2, 0.1, 0.2, 0.15]])


def answers(n: int = 1500, seed: int = 2) -> pd.DataFrame:
    """Two types, two parties: item e is answered otherwise by the first type of the second party."""
    rng = np.random.default_rng(seed)
    party = rng.choice(["DEM", "REP"], n)
    kind = (rng.random(n) > np.where(party == "DEM", 0.7, 0.5)).astype(int)
    chance = CHANCE[kind]
    chance[(kind == 0) & (party == "REP"), 4] = 0.5
    table = pd.DataFrame((rng.random((n, 5)) < chance).astype(int), columns=ITEMS)
    return table.assign(party=party)


TABLE = answers()


def made(table: pd.DataFrame = TABLE, **how: Any) -> Profiles:
    return Profiles.from_table(table, items=ITEMS, **{"covariates": "party", **how})


TEST = blocs.invariance_test(made(), 2, "party", **FINE)


def test_the_item_that_differs_is_found() -> None:
    p = TEST.items.set_index("item")["p"]
    assert p["e"] < 1e-6
    assert (p.drop("e") > 0.01).all()
    assert TEST.items["df"].tolist() == [2] * 5
    assert (TEST.together.item, TEST.together.df) == (None, 10)
    assert TEST.together.p == pytest.approx(chi2.sf(TEST.together.statistic, 10))
    table = TEST.table().query("item == 'e' and outcome == 1").set_index(["party", "type"])
    assert table.loc[("DEM", 1), "own"] == pytest.approx(0.9, abs=0.05)
    assert table.loc[("REP", 1), "own"] == pytest.approx(0.5, abs=0.07)
    assert 0.6 < table.loc[("REP", 1), "equal"] == table.loc[("DEM", 1), "equal"] < 0.85
    assert table["difference"].tolist() == (table["own"] - table["equal"]).tolist()
    lines = str(TEST).splitlines()
    assert lines[0] == "Equal probabilities by party, 2 types"
    assert lines[1].split()[:3] == ["all", "items", "LR"]
    assert len(lines) == 7


def test_all_items_free_is_each_group_by_itself() -> None:
    alone = blocs.fit_by_group(made(covariates=None, groups="party"), 2, "party", **FINE)
    assert TEST.together.free.loglik == pytest.approx(alone.loglik, abs=1e-6)
    assert TEST.together.free.n_parameters == alone.n_parameters
    assert TEST.equal.loglik == pytest.approx(blocs.fit(made(), 2, groups="party", **FINE).loglik, abs=1e-8)
    assert TEST.together.statistic == pytest.approx(2 * (alone.loglik - TEST.equal.loglik), abs=1e-5)


def test_a_fit_with_one_item_free_is_that_of_the_test() -> None:
    profiles = made()
    freed = blocs.items_by_group(profiles, "party", "e")
    assert freed.schema.names == ("a", "b", "c", "d", "e [party DEM]", "e [party REP]")
    assert freed.n == profiles.n
    assert freed.index is profiles.index
    assert (freed.codes[:, :4] == profiles.codes[:, :4]).all()
    assert ((freed.codes[:, 4] == 0) == (freed.codes[:, 5] > 0)).all()
    fit = blocs.fit(freed, 2, groups="party", **FINE)
    assert fit.loglik == pytest.approx(TEST.tests[4].free.loglik, abs=1e-6)
    errors = blocs.standard_errors(fit, freed)
    assert (errors.table()["flag"] == "").all()
    shares = errors.shares_by_group().query("type == 1").set_index("party")["share"]
    np.testing.assert_allclose(shares, [0.7, 0.5], atol=0.05)
    assert len(fit.posterior(freed)) == 1500


def test_menus_stay_with_the_groups_that_had_them() -> None:
    table = TABLE.assign(e=TABLE["e"].map({0: "x", 1: "y"}))
    table.loc[(table["party"] == "REP") & (TABLE["a"] == 1), "e"] = "z"
    menus = {"e": ("party", {"DEM": {"x", "y"}, "REP": {"x", "y", "z"}})}
    profiles = Profiles.from_table(table, items=ITEMS, menus=menus, covariates="party")
    freed = blocs.items_by_group(profiles, "party", ["e"])
    assert [item.outcomes for item in freed.schema.items[4:]] == [("x", "y"), ("x", "y", "z")]
    test = blocs.invariance_test(profiles, 2, "party", ["e"], **FINE)
    assert test.items["df"].tolist() == [2]  # 2 (1 + 2 - 2)
    assert test.together.statistic == test.tests[0].statistic
    own = test.table().set_index(["party", "outcome"])["own"]
    assert own["DEM"]["z"].isna().all()
    assert own["REP"]["z"].notna().all()


def test_of_one_type_the_test_is_that_of_a_table() -> None:
    test = blocs.invariance_test(made(), 1, "party", ["a"], **FINE)
    counts = pd.crosstab(TABLE["party"], TABLE["a"]).to_numpy(dtype=float)
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    assert test.tests[0].statistic == pytest.approx(2 * (counts * np.log(counts / expected)).sum(), abs=1e-6)
    assert test.tests[0].df == 1


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda: blocs.items_by_group(made(), "party", ITEMS),
         "items: no item is equal in all groups. An item that is equal links the types of one group with those of the "
         "others. Leave an item out, or use blocs.fit_by_group."),
        (lambda: blocs.items_by_group(made(), "party", "f"),
         "items: there is no item 'f'. The items are 'a', 'b', 'c', 'd', 'e'."),
        (lambda: blocs.items_by_group(made(), "party", []), "items: there are none. Name one or more."),
        (lambda: blocs.items_by_group(made(), "precinct", "a"),
         "groups: there is no column 'precinct'. The columns are 'party'. Name it among the covariates where the "
         "profiles are made."),
        (lambda: blocs.invariance_test(made(), 2, "party", ["f"]),
         "items: there is no item 'f'. The items are 'a', 'b', 'c', 'd', 'e'."),
        (lambda: blocs.invariance_test(made(TABLE[TABLE["party"] == "DEM"]), 2, "party"),
         "groups: there is one group, party DEM. Two or more are compared."),
        (lambda: blocs.invariance_test(made(), 2, "party", prior=1.0),
         "A test of equal probabilities is not available with a prior: it compares maxima of the likelihood of the "
         "rows."),
        (lambda: blocs.invariance_test(made(), 2, "party", "office"),
         "items: there is no item 'office'. The items are 'a', 'b', 'c', 'd', 'e'."),
        (lambda: blocs.invariance_test(made(), 2, "party", checkpoint="kept"),
         "A test of equal probabilities is not available with `checkpoint=`: a checkpoint is that of one fit, and the "
         "test makes several. Leave it out."),
        (lambda: blocs.invariance_test(made(TABLE.rename(columns={"party": "item"}), covariates="item"), 2, "item"),
         "groups: 'item' is another column of the tables by group. Their own columns are 'item', 'outcome', 'equal', "
         "'own', 'difference'. Rename the column."),
        (lambda: blocs.items_by_group(counts(), "party", "n"),
         "Probabilities that differ by group are for items of categories; item 'n' is poisson."),
        (lambda: blocs.invariance_test(counts(), 2, "party"),
         "A test of equal probabilities is not available for the poisson family (item 'n'), only for items of "
         "categories. Fit without the item."),
    ],
)  # fmt: skip
def test_what_is_not_available_is_refused(asked: Any, words: str) -> None:
    with pytest.raises((blocs.InputError, blocs.UnsupportedError)) as caught:
        asked()
    assert str(caught.value) == words


def counts() -> Profiles:
    table = TABLE.head(50).assign(n=np.arange(50) % 4)
    return Profiles.from_table(table, items=["a", "n"], covariates="party", kinds={"n": blocs.Poisson()})


def test_groups_without_an_answer_have_no_item() -> None:
    table = TABLE.assign(e=TABLE["e"].astype(object).where(TABLE["party"] == "DEM"))
    profiles = made(table)
    freed = Groups.of("party", profiles).divided(profiles, ["e"])
    assert freed.schema.names == ("a", "b", "c", "d", "e [party DEM]")
    assert blocs.invariance_test(profiles, 2, "party", ["e"], starts=2, seed=1).tests[0].df == 0


def test_it_prints_which_items_were_tested() -> None:
    one = blocs.invariance_test(made(), 1, "party", "a", starts=1)  # a name is one item, not its letters
    assert [line.strip().split("  ")[0] for line in str(one).splitlines()[1:]] == ["a"]
    assert one.together.statistic == one.tests[0].statistic
    two = blocs.invariance_test(made(), 1, "party", ["a", "b"], starts=1)
    assert [line.strip().split("  ")[0] for line in str(two).splitlines()[1:]] == ["these 2 items", "a", "b"]
