"""Joint items: a direct effect of two items on each other; counts, residuals, margins, menus, missing cells, faults."""

from __future__ import annotations

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
