"""Joint items: a direct effect of two items on each other; counts, residuals, margins, menus, missing cells, faults."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import blocs


def dependent(n: int = 1500) -> pd.DataFrame:
    """Two types, five items, and b that copies a for a quarter of the rows whatever their type."""
    rng = np.random.default_rng(8)
    z = rng.random(n) < 0.6
    frame = pd.DataFrame({name: (rng.random(n) < np.where(z, 0.85, 0.15)).astype(int) for name in "abcde"})
    frame["b"] = np.where(rng.random(n) < 0.25, frame["a"], frame["b"])
    return frame


def two_way(fit: blocs.Fit, item: str) -> np.ndarray:
    """The probabilities of the pairs of outcomes over all types."""
    own = fit.table().query("item == @item")
    return np.array(own["probability"].to_numpy().reshape(fit.types, -1).T @ fit.shares.to_numpy())


def test_a_direct_effect_takes_the_residual_away() -> None:
    frame = dependent()
    profiles = blocs.Profiles.from_table(frame)
    fit = blocs.fit(profiles, 2, starts=5, seed=1)
    worst = blocs.bivariate_residuals(fit, profiles).iloc[0]
    assert (worst["item_a"], worst["item_b"]) == ("a", "b")
    assert worst["bvr"] > 8
    joint = blocs.joint_items(profiles, [("a", "b")])
    assert joint.schema.names == ("a & b", "c", "d", "e")
    again = blocs.fit(joint, 2, starts=5, seed=1)
    assert again.n_parameters == fit.n_parameters + 2  # of each type one odds ratio
    assert again.loglik > fit.loglik + 10
    observed = pd.crosstab(frame["a"], frame["b"], normalize="all").to_numpy().ravel()
    assert two_way(again, "a & b") == pytest.approx(observed, abs=1e-4)
    assert blocs.bivariate_residuals(again, joint)["bvr"].max() < 3
    margins = blocs.joint_margins(again)
    assert margins["item"].unique().tolist() == ["a", "b", "c", "d", "e"]
    sums = margins.groupby(["type", "item"])["probability"].sum()
    assert sums.to_numpy() == pytest.approx(np.ones(10))
    pairs = again.table().query("item == 'a & b' and type == 1").set_index("outcome")["probability"]
    of_a = margins.query("item == 'a' and type == 1").set_index("outcome")["probability"]
    assert of_a["1"] == pytest.approx(pairs["1 & 0"] + pairs["1 & 1"])
    assert len(again.posterior(joint)) == len(frame)


def test_likelihood_is_that_of_pairs_written_as_one_column() -> None:
    """The naive way: the pair as a column of text."""
    frame = dependent(300)
    frame["n"] = 1 + np.arange(300) % 3
    joint = blocs.joint_items(blocs.Profiles.from_table(frame, list("abcde"), weights="n"), [("a", "b")])
    text = frame.assign(ab=frame["a"].astype(str) + " & " + frame["b"].astype(str))
    naive = blocs.fit(blocs.Profiles.from_table(text, ["ab", *"cde"], weights="n"), 2, starts=3, seed=1)
    fit = blocs.fit(joint, 2, starts=3, seed=1)
    assert fit.loglik == pytest.approx(naive.loglik, abs=1e-6)
    assert fit.table()["probability"].to_numpy() == pytest.approx(naive.table()["probability"].to_numpy(), abs=1e-4)


def test_menus_multiply_and_half_missing_rows_are_counted() -> None:
    table = {"a": ["x", "y", "x", "x", None], "b": ["u", "v", "v", "u", "u"], "c": [0, 1, 1, 0, 1]}
    menus = {"a": [{"x", "y"}, {"x", "y", "z"}] * 2 + [{"x", "y"}]}
    profiles = blocs.Profiles.from_table(table, menus=menus)
    joint = blocs.joint_items(profiles, [("a", "b")])
    item = joint.schema.items[0]
    assert {frozenset(item.menu_labels(m)) for m in range(2)} == {
        frozenset(f"{a} & {b}" for a in of_a for b in "uv") for of_a in ("xy", "xyz")
    }
    assert joint.notes[-1] == (
        "items 'a' and 'b': 1 observation with one of the two missing have none in the joint item"
    )
    rows = np.asarray(joint.codes)[np.asarray(joint.index)]
    labels = [None if code == 0 else item.outcomes[item.codes[code - 1][1]] for code in rows[:, 0]]
    assert labels == ["x & u", "y & v", "x & v", "x & u", None]
    fit = blocs.fit(joint, 1)
    assert fit.status == "converged"
    assert blocs.joint_margins(fit)["item"].unique().tolist() == ["a", "b", "c"]


def test_rows_that_are_equal_without_half_of_a_pair_are_one() -> None:
    """The same profiles as those of a table whose column is the pair, with groups, sampling weights and covariates."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({name: rng.choice([0, 1, None], 120, p=[0.4, 0.4, 0.2]) for name in "abc"})
    frame["g"], frame["x"], frame["w"] = rng.integers(3, size=120), rng.integers(2, size=120), rng.random(120).round(2)
    half = frame["a"].isna() | frame["b"].isna()
    pairs = frame["a"].astype(str) + " & " + frame["b"].astype(str)
    text = frame.assign(ab=pairs.where(~half, None))
    text.loc[half & frame["c"].isna(), "c"] = frame.loc[half & frame["c"].isna(), "c"] = 1
    for more in ({}, {"groups": "g"}, {"groups": "g", "design_weights": "w"}, {"covariates": ["x"], "groups": "g"}):
        joint = blocs.joint_items(blocs.Profiles.from_table(frame, list("abc"), **more), [("a", "b")])
        whole = blocs.Profiles.from_table(text, ["ab", "c"], **more)
        assert len(joint) == len(whole)
        assert (joint.codes == whole.codes).all()
        assert (joint.index == whole.index).all()
        assert joint.weights == pytest.approx(whole.weights)
        assert joint.squares == pytest.approx(whole.squares)
        if joint.cells is not None and whole.cells is not None:
            assert (joint.cells.row == whole.cells.row).all()
            assert (joint.cells.group == whole.cells.group).all()
            assert joint.cells.weights == pytest.approx(whole.cells.weights)
        if joint.covariates is not None and whole.covariates is not None:
            assert (joint.covariates.row == whole.covariates.row).all()


def test_an_item_of_a_table_is_no_joint_item_whatever_it_is_called() -> None:
    table = {"Tea & coffee": ["yes & no", "no & no", "yes & yes", "no & yes"], "b": [0, 0, 1, 1], "c": [0, 1, 0, 1]}
    profiles = blocs.Profiles.from_table(table)
    rows = [{"item": "Tea & coffee", "type": 1, "outcome": "", "equals": "independent"}]
    with pytest.raises(blocs.InputError) as caught:
        blocs.fit(profiles, 1, constraints=rows)
    assert str(caught.value) == (
        "constraints: item 'Tea & coffee' is no joint item. 'independent' is for two different items that are one. "
        "Make it with blocs.joint_items."
    )
    joint = blocs.joint_items(profiles, [("b", "c")])
    fit = blocs.fit(joint, 1)
    again = blocs.Fit.from_dict(json.loads(json.dumps(fit.to_dict())))
    assert again.schema == fit.schema
    assert [item.joint for item in again.schema.items] == [None, (("b", ("0", "1")), ("c", ("0", "1")))]
    assert blocs.joint_margins(again)["item"].unique().tolist() == ["Tea & coffee", "b", "c"]


def test_parts_that_are_joined_stay_joint() -> None:
    """Also where they have other outcomes: then as the joint items of the whole."""
    table = {"a": list("xyxyzx"), "b": list("uuvvvu"), "c": [0, 1, 0, 1, 0, 1]}
    parts = [blocs.Profiles.from_table({name: column[rows] for name, column in table.items()})
             for rows in (slice(4), slice(4, 6))]  # fmt: skip
    for some in ([parts[0], parts[0]], parts):
        together = blocs.concat([blocs.joint_items(part, [("a", "b")]) for part in some])
        whole = blocs.joint_items(blocs.concat(some), [("a", "b")])
        assert together.schema == whole.schema
        assert (together.codes == whole.codes).all()
        assert (together.counts == whole.counts).all()


def test_joint_items_of_groups_have_the_margins_of_their_items() -> None:
    frame = dependent(200).assign(g=["P", "Q"] * 100)
    profiles = blocs.joint_items(blocs.Profiles.from_table(frame, list("abc"), covariates=["g"]), [("a", "b")])
    fit = blocs.fit(blocs.items_by_group(profiles, "g", ["a & b"]), 1)
    names = ["a [g P]", "b [g P]", "a [g Q]", "b [g Q]", "c"]
    assert blocs.joint_margins(fit)["item"].unique().tolist() == names
    p = blocs.joint_margins(fit).query("outcome == '1'").set_index("item")["probability"]
    assert p["b [g Q]"] == pytest.approx(frame.query("g == 'Q'")["b"].mean(), abs=1e-6)


def test_faults() -> None:
    profiles = blocs.Profiles.from_table({"a": [0, 1], "b": [0, 1], "c & d": [0, 1], "n": [1, 2]},
                                         kinds={"n": blocs.Poisson()})  # fmt: skip
    for pairs, message in (
        ([("a", "e")], "pairs: there is no item 'e'. The items are 'a', 'b', 'c & d', 'n'."),
        ([("a", "a")], "pairs: item 'a' is named 2 times. An item is in one pair at most."),
        ([("a", "c & d")], "pairs: a name has ' & ' in it: c & d. It stands between the two parts of joint names. "
                           "Rename it."),
        ([("a", "b", "n")], "pairs: it is [('a', 'b', 'n')]. Each pair is the names of two items."),
    ):  # fmt: skip
        with pytest.raises(blocs.InputError) as caught:
            blocs.joint_items(profiles, pairs)  # type: ignore[arg-type,list-item]
        assert str(caught.value) == message
    with pytest.raises(blocs.UnsupportedError) as unsupported:
        blocs.joint_items(profiles, [("a", "n")])
    assert str(unsupported.value) == "Joint items are of categories; item 'n' is poisson."
    with pytest.raises(blocs.UnsupportedError) as unsupported:
        blocs.joint_margins(blocs.fit(blocs.Profiles.from_table({"a": [0, 1]}), 1))
    assert str(unsupported.value) == (
        "Margins are available for fits of joint items: make them with blocs.joint_items first."
    )
