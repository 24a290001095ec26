"""What types did on the menus they had: naive sums of posteriors, laws, and a real ward with published difficulties."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import blocs
from blocs.ballots.reports.as_cast import as_cast
from blocs.core.errors import InputError
from blocs.profiles import split
from naive import posteriors

WARD = "ess/madison_wi_ward9_2018_general.csv"
MENUS = [("a", "s", "x"), ("a", "s"), ("a", "x")]
"""Both parties stood, own party alone, other party alone."""


def table_of(seed: int, rows: int = 60) -> tuple[pd.DataFrame, dict[str, list[set[str]]]]:
    """Return answers to three items on menus that differ from row to row, groups and weights, some answers missing."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"top": rng.choice(["D", "R"], rows), "place": rng.choice(["p", "q", "r"], rows),
                          "n": rng.integers(1, 5, rows)})  # fmt: skip
    menus: dict[str, list[set[str]]] = {}
    for item in ("u", "v", "w"):
        menu = [MENUS[m] for m in rng.choice(3, rows, p=[0.6, 0.2, 0.2])]
        menus[item] = [set(options) for options in menu]
        answer = np.array([rng.choice(options) for options in menu], dtype=object)
        answer[rng.random(rows) < 0.1] = None
        frame[item] = pd.Series(answer, dtype=object)
    return frame, menus


def fitted(seed: int, types: int = 2) -> tuple[pd.DataFrame, dict[str, list[set[str]]], Any, Any]:
    frame, menus = table_of(seed)
    profiles = blocs.Profiles.from_table(
        frame, items=["u", "v", "w"], weights="n", menus=menus, groups=["top", "place"]
    )
    return frame, menus, profiles, blocs.fit(profiles, types, starts=2, seed=seed)


@pytest.mark.parametrize("by", [None, "top", ["place", "top"], []])
def test_it_is_the_sum_of_posteriors_row_by_row(by: Any) -> None:
    frame, menus, profiles, fit = fitted(3)
    labels = {item.name: list(item.outcomes) for item in fit.schema.items}
    probability = fit.table().set_index(["type", "item", "outcome"])["probability"]
    pi = fit.shares.tolist()
    mu = [[[probability[k, item, o] for o in labels[item]] for item in labels] for k in (1, 2)]
    rows = [
        [None if r[item] is None else (tuple(labels[item].index(o) for o in labels[item] if o in menus[item][i]),
                                       labels[item].index(r[item]))
         for item in labels]
        for i, r in enumerate(frame.to_dict("records"))
    ]  # fmt: skip
    names = ["top"] if by is None else [by] if isinstance(by, str) else by
    naive: dict[tuple[Any, ...], float] = defaultdict(float)
    for i, (r, zeta) in enumerate(zip(frame.to_dict("records"), posteriors(pi, mu, rows), strict=True)):
        for item in labels:
            if r[item] is not None:
                menu = "|".join(o for o in labels[item] if o in menus[item][i])
                for k in (0, 1):
                    naive[(k + 1, *(r[name] for name in names), item, menu, r[item])] += r["n"] * zeta[k]
    expected = fit.expected(profiles, by)
    assert list(expected.columns) == ["type", *names, "item", "menu", "outcome", "expected", "share"]
    found = expected.set_index(["type", *names, "item", "menu", "outcome"])["expected"].to_dict()
    assert {key for key, value in found.items() if value > 0} <= set(naive)
    assert {key: naive.get(key, 0.0) for key in found} == pytest.approx(found, rel=1e-9, abs=1e-12)
    assert set(naive) <= set(found)


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from([1, 2, 3]))
def test_laws(seed: int, types: int) -> None:
    """Over types it adds up to the observed counts; the shares of each menu add up to 1."""
    frame, menus, profiles, fit = fitted(seed, types)
    expected = fit.expected(profiles, "top")
    blocks = expected.groupby(["type", "top", "item", "menu"])["share"].sum(min_count=1).dropna()
    assert np.allclose(blocks, 1)
    over_types = expected.groupby(["top", "item", "menu", "outcome"])["expected"].sum()
    names = {item.name: [str(o) for o in item.outcomes] for item in profiles.schema.items}
    observed: dict[tuple[str, ...], float] = defaultdict(float)
    for i, r in enumerate(frame.to_dict("records")):
        for item, outcomes in names.items():
            if r[item] is not None:
                observed[r["top"], item, "|".join(o for o in outcomes if o in menus[item][i]), r[item]] += r["n"]
    assert {key: observed.get(key, 0.0) for key in over_types.index} == pytest.approx(over_types.to_dict(), rel=1e-9)
    assert sum(observed.values()) == pytest.approx(over_types.sum())


def test_on_full_menus_the_shares_are_the_probabilities_once_em_has_converged(two_types: pd.DataFrame) -> None:
    profiles = blocs.Profiles.from_table(two_types.drop(columns="kind"))
    fit = blocs.fit(profiles, types=2, starts=5)
    both = fit.expected(profiles).merge(fit.table(), on=["type", "item", "outcome"])
    assert len(both) == 2 * 6 * 3
    assert both["share"].to_numpy() == pytest.approx(both["probability"].to_numpy(), abs=1e-4)
    fewer = fit.expected(blocs.Profiles.from_table(two_types[["office2"]]))  # than the items of the fit
    assert set(fewer["item"]) == {"office2"}
    assert fewer["expected"].sum() == pytest.approx(two_types["office2"].notna().sum())


def test_observed_says_how_many_had_the_full_menu() -> None:
    frame, menus, profiles, fit = fitted(5)
    table = fit.table(profiles)
    assert list(table.columns) == ["type", "item", "outcome", "probability", "observed"]
    full = [len(menu) == 3 and answer is not None for menu, answer in zip(menus["u"], frame["u"], strict=True)]
    of_item = table[table["item"] == "u"].drop_duplicates("type")["observed"]
    assert of_item.sum() == pytest.approx(frame.loc[full, "n"].sum())
    assert "observed" not in fit.table()
    less = fit.table(blocs.Profiles.from_table({"u": ["a", "s"]}, menus={"u": {"a", "s"}}))
    assert less["observed"].eq(0).all()  # not all outcomes, and not all items, of the fit


def test_counts_and_measurements_have_no_rows() -> None:
    profiles = blocs.Profiles.from_table({"a": ["x", "y", "x"], "n": [1, 4, 0], "z": [0.1, 2.0, 1.0]},
                                         kinds={"n": blocs.Poisson(), "z": blocs.Gaussian(["z"])})  # fmt: skip
    fit = blocs.fit(profiles, types=1)
    assert set(fit.expected(profiles)["item"]) == {"a"}
    numbers = blocs.Profiles.from_table({"n": [1, 4, 0]}, kinds={"n": blocs.Poisson()})
    assert len(blocs.fit(numbers, types=1).expected(numbers)) == 0


def test_sampling_weights_are_those_of_the_likelihood() -> None:
    table = {"a": ["x", "y", "x"], "w": [1.0, 2.0, 3.0]}
    profiles = blocs.Profiles.from_table(table, design_weights="w")
    expected = blocs.fit(profiles, types=1).expected(profiles)
    assert expected["expected"].tolist() == pytest.approx([2.0, 1.0])
    assert expected["share"].tolist() == pytest.approx([4 / 6, 2 / 6])


def test_groups_that_are_not_there_are_refused() -> None:
    profiles = blocs.Profiles.from_table({"a": [0, 1, 1], "place": ["p", "q", "q"]}, groups="place")
    fit = blocs.fit(profiles, types=1)
    with pytest.raises(InputError) as caught:
        fit.expected(profiles, by="palce")
    assert str(caught.value) == "by: there is no column 'palce'. The columns are 'place'. Nearest match: place."
    with pytest.raises(InputError) as caught:
        fit.expected(pd.DataFrame({"a": [0, 1]}))  # type: ignore[arg-type]
    assert str(caught.value) == (
        "profiles: it is a DataFrame. Profiles are unique rows of a data set. Make them with "
        "Profiles.from_table(table) or code(ballots)."
    )


def test_rows_in_another_order_give_the_same_bits() -> None:
    frame, menus, profiles, fit = fitted(8)
    order = np.random.default_rng(1).permutation(len(frame))
    moved = blocs.Profiles.from_table(frame.iloc[order], items=["u", "v", "w"], weights="n", groups=["top", "place"],
                                      menus={item: [of[i] for i in order] for item, of in menus.items()})  # fmt: skip
    assert fit.expected(moved, ["top", "place"]).equals(fit.expected(profiles, ["top", "place"]))


def test_parts_of_a_split_add_up_and_keep_what_they_are() -> None:
    _, _, profiles, fit = fitted(4)
    parts = split(profiles, "place")
    assert list(parts) == ["p", "q", "r"]
    assert sum(part.n for part in parts.values()) == profiles.n
    assert all(set(part.cells.table["place"]) == {place} for place, part in parts.items() if part.cells is not None)
    whole = fit.expected(profiles, ["place"])
    for place, part in parts.items():
        of_part = fit.expected(part, []).set_index(["type", "item", "menu", "outcome"])["expected"]
        of_whole = whole[whole["place"] == place].set_index(["type", "item", "menu", "outcome"])["expected"]
        assert of_part.to_dict() == pytest.approx(of_whole.to_dict())


@pytest.fixture(scope="module")
def ward(request: pytest.FixtureRequest) -> Any:
    data: Callable[[str], Path] = request.getfixturevalue("shared_data")
    coded = blocs.code_rows(blocs.read_cvr(data(WARD)), top="Governor")
    return coded, blocs.fit(coded.profiles, types=3)


def test_a_race_of_one_party_as_cast_and_by_the_model(ward: Any) -> None:
    """Assembly: the model has 1.1 % of Type 1 leave it blank; of its 254 voters of the other party 97.4 % did."""
    coded, fit = ward
    office = "STATE HOUSE"
    model = fit.table(coded.profiles).set_index(["type", "item", "outcome"])
    assert round(100 * model["probability"][1, office, "abstain"], 1) == 1.1
    assert model["observed"][1, office, "abstain"] == 0
    cast = as_cast(fit.expected(coded)).set_index(["type", "top", "office"])
    row = cast.loc[(1, "REP", office)]
    assert (row["stood"], round(row["voters"]), round(100 * row["abstain"], 1)) == ("other", 254, 97.4)
    assert cast.loc[(1, "DEM", office), "stood"] == "own"
    assert cast.loc[(1, "DEM", "Attorney General"), "stood"] == "both"


def test_as_cast_and_the_model_differ_in_nineteen_of_the_ward_s_cells(ward: Any) -> None:
    """Cells of type, top party, office, and split or left blank: 96, of which 19 differ by more than 10 points."""
    coded, fit = ward
    cast, model = as_cast(fit.expected(coded)), fit.table().set_index(["type", "item", "outcome"])["probability"]
    gaps = [
        abs((0.0 if np.isnan(row[outcome]) else row[outcome]) - model[row["type"], row["office"], outcome])
        for row in cast.to_dict("records")
        for outcome in ("split", "abstain")
    ]
    assert (sum(gap > 0.1 for gap in gaps), len(gaps), round(100 * max(gaps), 1)) == (19, 96, 96.4)


def test_as_cast_adds_up(ward: Any) -> None:
    coded, fit = ward
    cast = as_cast(fit.expected(coded))
    assert np.allclose(cast[["abstain", "split", "straight", "other"]].sum(axis=1), 1)
    voters = cast.groupby(["top", "office"])["voters"].sum()
    assert voters.unstack("top").round(6).drop_duplicates().to_numpy().tolist() == [[1788.0, 506.0]]
    for _, rows in cast.groupby("type"):
        assert rows["stood"].tolist() == ["both"] * 8 + ["own"] * 4 + ["other"] * 4
