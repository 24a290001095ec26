"""Unique rows with counts: weights, order, joining, cutting, aligning, and the way back to the input rows."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import blocs
from blocs.core.errors import InputError
from blocs.core.schema import Item, Schema
from blocs.model.mixture import Mixture
from blocs.profiles import Profiles, concat
from cases import Case, cases, random_params

seeds = st.integers(0, 2**32 - 1)


def same(a: Profiles, b: Profiles) -> None:
    """Both hold the same data."""
    assert a.schema == b.schema
    np.testing.assert_array_equal(a.codes, b.codes)
    np.testing.assert_allclose(a.counts, b.counts, rtol=1e-12)
    np.testing.assert_allclose(a.weights, b.weights, rtol=1e-12)


def message(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(InputError) as error:
        call(*arguments, **named)
    return str(error.value)


def part(case: Case, rows: Any) -> Case:
    """The case with the given rows, in that order."""
    rows = np.asarray(rows, dtype=int)
    return Case(
        case.table.iloc[rows].reset_index(drop=True),
        {name: [menus[i] for i in rows] for name, menus in case.menus.items()},
        case.outcomes,
        [case.rows[i] for i in rows],
        [case.weights[i] for i in rows],
    )


def told(case: Case) -> list[tuple[Any, ...]]:
    """Rows as tuples, without the answers that say nothing (menus of one option)."""
    return [tuple(None if a is None or len(a[0]) == 1 else a for a in row) for row in case.rows]


@given(case=cases())
def test_counts_are_those_of_a_counter(case: Case) -> None:
    profiles = case.profiles()
    counter: Counter[Any] = Counter()
    for row, n in zip(told(case), case.weights, strict=True):
        counter[row] += int(n)
    assert sorted(profiles.counts) == sorted(counter.values())
    for i, row in enumerate(told(case)):
        assert profiles.counts[profiles.index[i]] == counter[row]
    assert profiles.n == sum(case.weights)
    assert not profiles.design


@given(case=cases())
def test_rows_are_unique_and_in_lexicographic_order(case: Case) -> None:
    rows = [tuple(row) for row in case.profiles().codes.tolist()]
    assert rows == sorted(set(rows))


@given(case=cases())
def test_codes_say_what_the_rows_said(case: Case) -> None:
    profiles = case.profiles()
    for row, u in zip(told(case), profiles.index, strict=True):
        for answer, item, code in zip(row, profiles.schema.items, profiles.codes[u], strict=True):
            if answer is None:
                assert code == 0
                continue
            menu, outcome = item.codes[code - 1]
            assert item.outcomes[outcome] == answer[1]
            assert set(item.menu_labels(menu)) == set(answer[0])


@given(case=cases(weights="any"), seed=seeds, design=st.booleans())
def test_row_order_changes_nothing(case: Case, seed: int, design: bool) -> None:
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(case.rows))
    w = rng.uniform(0.2, 4, len(case.rows))
    more = [{"design_weights": w}, {"design_weights": w[order]}] if design else [{}, {}]
    a, b = case.profiles(**more[0]), part(case, order).profiles(**more[1])
    assert a.hash == b.hash
    assert a.weights.tobytes() == b.weights.tobytes()
    np.testing.assert_array_equal(a.index[order], b.index)


@given(case=cases(), seed=seeds)
def test_weight_three_is_three_copies(case: Case, seed: int) -> None:
    copies = np.repeat(np.arange(len(case.rows)), [int(n) for n in case.weights])
    once = part(case, copies)
    same(case.profiles(), Case(once.table, once.menus, once.outcomes, once.rows, [1.0] * len(copies)).profiles())


@given(case=cases(rows=10), seed=seeds)
def test_weight_zero_is_the_row_removed(case: Case, seed: int) -> None:
    """Even when the row has outcomes and menus that nobody else has."""
    keep = np.random.default_rng(seed).random(len(case.rows)) < 0.6
    keep[0] = True
    weights = np.where(keep, case.weights, 0.0)
    whole = Profiles.from_table(case.table, weights=weights, menus=case.menus or None, keep_empty=True)
    few = part(case, np.flatnonzero(keep))
    same(whole, Profiles.from_table(few.table, weights=few.weights, menus=few.menus or None, keep_empty=True))
    assert (whole.index[~keep] == -1).all()
    assert whole.account.steps[0].parts == {"used": keep.sum(), "set aside, weight zero": (~keep).sum()}


def test_weight_zero_rows_may_be_wrong() -> None:
    """An undeclared outcome, an unexplained menu and an outcome off its menu do no harm in rows that do not count."""
    table = {"a": ["yes", "no", "?"], "menu": ["both", "both", "none"], "w": [1, 1, 0]}
    profiles = Profiles.from_table(
        table, items=["a"], weights="w", levels={"a": ["no", "yes"]}, menus={"a": ("menu", {"both": {"no", "yes"}})}
    )
    assert profiles.index.tolist() == [1, 0, -1]


@given(case=cases(weights="any"), factor=st.floats(0.01, 100))
def test_design_weights_are_rescaled_to_the_number_of_rows(case: Case, factor: float) -> None:
    w = np.array(case.weights)
    levels = {f"q{j}": range(n) for j, n in enumerate(case.outcomes)}
    profiles = Profiles.from_table(
        case.table, menus=case.menus, levels=levels, design_weights=w * factor, keep_empty=True
    )
    assert profiles.design
    assert profiles.n == len(w)
    assert profiles.weights.sum() == pytest.approx(len(w), rel=1e-12)
    expected = np.bincount(profiles.index, w) * len(w) / w.sum()
    np.testing.assert_allclose(profiles.weights, expected, rtol=1e-11)
    np.testing.assert_array_equal(profiles.counts, np.bincount(profiles.index))


def test_frequencies_and_design_weights_together_by_hand() -> None:
    """Rows x, y, x with counts 2, 3, 5 and design weights 1, 2, 1: N = 10, scaled by 10 / 13."""
    profiles = Profiles.from_table({"a": list("xyx")}, weights=[2, 3, 5], design_weights=[1, 2, 1])
    assert profiles.counts.tolist() == [7, 3]
    np.testing.assert_allclose(profiles.weights, [70 / 13, 60 / 13])


@given(case=cases(weights="any"), parts=st.integers(1, 20))
def test_shards_cut_and_join(case: Case, parts: int) -> None:
    profiles = case.profiles(groups=None)
    shards = profiles.shards(parts)
    assert len(shards) == min(parts, len(profiles))
    assert max(map(len, shards)) - min(map(len, shards)) <= 1
    np.testing.assert_array_equal(np.vstack([s.codes for s in shards]), profiles.codes)
    assert not any(s.design for s in shards)
    same(concat(shards), profiles)


@given(case=cases(weights="any"), seed=seeds, parts=st.integers(1, 4), declared=st.booleans())
def test_concat_of_parts_is_the_whole(case: Case, seed: int, parts: int, declared: bool) -> None:
    """Whether or not every part has seen every outcome and menu."""
    cut = np.random.default_rng(seed).integers(0, parts, len(case.rows))
    pieces = [part(case, np.flatnonzero(cut == p)) for p in range(parts) if (cut == p).any()]
    order = np.concatenate([np.flatnonzero(cut == p) for p in range(parts)])

    def profiles(c: Case) -> Profiles:
        if declared:
            return c.profiles()
        return Profiles.from_table(c.table, weights=c.weights, menus=c.menus or None, keep_empty=True)

    whole, joined = profiles(part(case, order)), concat([profiles(c) for c in pieces])
    same(joined, whole)
    np.testing.assert_array_equal(joined.index, whole.index)
    assert len(joined.rows) == len(case.rows)
    assert set(joined.notes) == set(whole.notes)


@given(case=cases(weights="any"), seed=seeds)
def test_groups_cross_concat_shards_and_align(case: Case, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = len(case.rows)
    towns = rng.choice(np.array(["b", "a", None, 3], dtype=object), n)
    table = case.table.assign(town=towns, top=rng.choice(["R", "D"], n))
    items = list(case.table.columns)
    levels = {f"q{j}": range(k) for j, k in enumerate(case.outcomes)}

    def grouped(rows: Any) -> Profiles:
        rows = np.asarray(rows)
        menus = {name: [m[i] for i in rows] for name, m in case.menus.items()}
        weights = [case.weights[i] for i in rows]
        return Profiles.from_table(table.iloc[rows], items=items, weights=weights, menus=menus, levels=levels,
                                   groups=["town", "top"], keep_empty=True)  # fmt: skip

    whole = grouped(range(n))
    cells = whole.cells
    assert cells is not None
    np.testing.assert_allclose(np.bincount(cells.row, cells.counts, len(whole)), whole.counts)
    counter: Counter[Any] = Counter()
    for i in range(n):
        counter[whole.index[i], str(towns[i]), table["top"][i]] += case.weights[i]
    labels = cells.labels()
    names = ["None" if pd.isna(town) else str(town) for town in labels["town"]]
    mine = dict(zip(zip(cells.row, names, labels["top"], strict=True), cells.counts, strict=True))
    assert mine == pytest.approx(dict(counter))
    assert grouped(rng.permutation(n)).hash == whole.hash
    joined = concat([grouped(range((n + 1) // 2)), *([grouped(range((n + 1) // 2, n))] if n > 1 else [])])
    same(joined, whole)
    assert joined.cells is not None
    np.testing.assert_allclose(joined.cells.counts, cells.counts)
    assert joined.cells.table.to_csv() == cells.table.to_csv()
    shards = whole.shards(3)
    assert sum(s.cells.counts.sum() for s in shards if s.cells is not None) == pytest.approx(whole.n)
    assert all(s.cells.row.max() < len(s) for s in shards if s.cells is not None)
    other = concat(shards)
    assert other.cells is not None
    np.testing.assert_allclose(other.cells.counts, cells.counts)


def test_hash_of_measurements_does_not_depend_on_the_row_order() -> None:
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"x": rng.normal(size=50), "a": rng.choice(list("uv"), 50)})
    table.loc[:3, "x"] = np.nan
    kinds = {"x": blocs.Gaussian(["x"])}
    hashed = Profiles.from_table(table, kinds=kinds).hash
    assert Profiles.from_table(table.sample(frac=1, random_state=2), kinds=kinds).hash == hashed
    table.loc[9, "x"] += 1e-3
    assert Profiles.from_table(table, kinds=kinds).hash != hashed


def test_group_changes_the_hash() -> None:
    table = {"a": [1, 2, 1], "g": ["x", "x", "y"]}
    hashes = {Profiles.from_table(table, items=["a"], groups=g).hash for g in (None, "g")}
    hashes.add(Profiles.from_table(table | {"g": ["y", "x", "x"]}, items=["a"], groups="g").hash)
    assert len(hashes) == 2  # x, y on the same profile: swapping them is the same data
    hashes.add(Profiles.from_table(table | {"g": ["x", "y", "y"]}, items=["a"], groups="g").hash)
    assert len(hashes) == 3


@given(case=cases(weights="any"))
def test_align_to_the_own_schema_changes_nothing(case: Case) -> None:
    profiles = case.profiles()
    aligned = profiles.align(profiles.schema)
    same(aligned, profiles)
    assert aligned.hash == profiles.hash


@given(case=cases(weights="any"), seed=seeds, k=st.integers(1, 3))
def test_aligned_parts_have_the_likelihood_of_the_whole(case: Case, seed: int, k: int) -> None:
    """Parts that lack outcomes and menus are evaluated at the parameters of the whole: the parts' sum is the whole."""
    whole = Profiles.from_table(case.table, weights=case.weights, menus=case.menus or None)
    if not any(item.outcomes for item in whole.schema.items):
        return
    mixture = Mixture.of(whole.schema, k)
    params = random_params(mixture, whole, seed)
    total = 0.0
    for i in range(len(case.rows)):
        one = part(case, [i])
        single = Profiles.from_table(one.table, weights=one.weights, menus=one.menus or None)
        aligned = single.align(whole.schema)
        assert aligned.schema.names == whole.schema.names
        total += float(mixture.bind(aligned.schema).estep(params, aligned).loglik[0])
    assert total == pytest.approx(float(mixture.estep(params, whole).loglik[0]), rel=1e-10)


def test_align_reorders_items_and_outcomes_and_keeps_the_way_back() -> None:
    fitted = Profiles.from_table({"a": list("xyz"), "b": [1, 2, 3]})
    new = Profiles.from_table({"b": [3, 1, 3], "a": ["z", "y", None], "w": [1, 0, 2]}, items=["b", "a"], weights="w")
    aligned = new.align(fitted.schema)
    assert aligned.schema.names == ("a", "b")
    assert aligned.schema.item("a").outcomes == ("x", "y", "z")
    rows = [None if u < 0 else aligned.codes[u].tolist() for u in aligned.index]
    assert rows == [[3, 3], None, [0, 3]]
    assert aligned.counts[aligned.index[[0, 2]]].tolist() == [1, 2]
    assert [tuple(r) for r in aligned.codes.tolist()] == sorted(tuple(r) for r in aligned.codes.tolist())


def test_align_refuses_what_the_fit_does_not_know() -> None:
    schema = Profiles.from_table({"senate": ["D", "R"], "house": ["D", "R"], "dead": [None, None]}).schema
    new = Profiles.from_table({"senat": ["D", "R"], "house": ["D", "Lib"], "dead": [1, 2]})
    assert message(new.align, schema) == (
        "4 faults:\n"
        "  - item 'senat' is not in the fit. Its items are 'senate', 'house', 'dead'. Nearest match: senate. "
        "Leave it out.\n"
        "  - item 'house': outcome 'Lib' was not seen when the model was fitted. Its outcomes are 'D', 'R'. "
        "Recode it, or make it missing.\n"
        "  - item 'dead': outcome 1 was not seen when the model was fitted. It had no outcome to learn from. "
        "Recode it, or make it missing.\n"
        "  - item 'dead': outcome 2 was not seen when the model was fitted. It had no outcome to learn from. "
        "Recode it, or make it missing."
    )


def test_expand_gives_one_row_per_input_row_with_its_label() -> None:
    table = pd.DataFrame({"a": ["x", "y", "x"], "w": [1, 0, 2]}, index=["r1", "r2", "r3"])
    profiles = Profiles.from_table(table, items=["a"], weights="w")
    out = profiles.expand(np.array([[0.25, 0.75]]))
    expected = pd.DataFrame([[0.25, 0.75], [np.nan, np.nan], [0.25, 0.75]], index=["r1", "r2", "r3"])
    pd.testing.assert_frame_equal(out, expected)
    bare = Profiles.from_codes(profiles.schema, profiles.codes, profiles.counts)
    assert bare.expand(np.array([0.5])).shape == (1, 1)


def test_to_long_is_table_1_of_the_seed() -> None:
    """Voter 1 has all options at office 1 and takes 2, cannot split at office 2, cannot go straight at office 3."""
    contested, no_split, no_straight = {0, 1, 2}, {0, 2}, {0, 1}
    profiles = Profiles.from_table(
        {"j1": [2, 0, 1], "j2": [2, 0, 1], "j3": [1, 0, 2]},
        menus={
            "j1": [contested, no_straight, contested],
            "j2": [no_split, contested, contested],
            "j3": [no_straight, contested, contested],
        },
    )
    first = int(profiles.index[0])
    long = profiles.to_long()
    voter = long[long["profile"] == first].drop(columns=["profile", "count"]).values.tolist()
    assert voter == [
        ["j1", "0|1|2", 0, False],
        ["j1", "0|1|2", 1, False],
        ["j1", "0|1|2", 2, True],
        ["j2", "0|2", 0, False],
        ["j2", "0|2", 1, pd.NA],
        ["j2", "0|2", 2, True],
        ["j3", "0|1", 0, False],
        ["j3", "0|1", 1, True],
        ["j3", "0|1", 2, pd.NA],
    ]
    assert long["count"].tolist() == [1.0] * 27
    assert long.columns.tolist() == ["profile", "item", "menu", "option", "chosen", "count"]


def test_to_long_leaves_missing_items_out() -> None:
    long = Profiles.from_table({"a": ["x", None, "y"], "b": [None, None, None]}).to_long()
    assert long["item"].unique().tolist() == ["a"]
    assert long.groupby("profile")["chosen"].sum().tolist() == [1, 1]


def test_more_columns_than_one_integer_key_holds() -> None:
    """2,000 binary items overflow a 64-bit key many times over; the rows stay apart and in order."""
    rng = np.random.default_rng(0)
    base = rng.integers(0, 2, (40, 2000))
    profiles = Profiles.from_table(base[rng.integers(0, 40, 300)])
    rows = [tuple(r) for r in profiles.codes.tolist()]
    assert rows == sorted(set(rows))
    assert len(rows) == len({tuple(r) for r in base.tolist()} & {tuple(c - 1 for c in r) for r in rows})
    assert profiles.n == 300


def test_item_of_three_hundred_outcomes_needs_two_bytes() -> None:
    profiles = Profiles.from_table({"a": list(range(300)), "b": [1] * 300})
    assert profiles.codes.dtype == np.uint16
    assert profiles.codes[:, 0].tolist() == list(range(1, 301))


def test_hash_survives_json() -> None:
    """Labels of all kinds come back as they were, so that a saved schema says the same."""
    schema = Profiles.from_table({"a": [1, "1", 2.5, True], "b": ["é", "?", None, "é"]}).schema
    assert Schema.from_dict(json.loads(json.dumps(schema.to_dict()))) == schema


def test_account_adds_up_and_speaks() -> None:
    profiles = Profiles.from_table({"a": [1, 2, 1], "w": [1, 0, 1]}, items=["a"], weights="w")
    assert profiles.account.paragraph() == "Rows read: 3 rows (2 used; 1 set aside, weight zero)."


def test_wrong_codes_are_refused() -> None:
    schema = Schema((Item.full("a", (0, 1)), Item.full("b", (0, 1, 2))))
    assert message(Profiles.from_codes, schema, [[1, 4], [3, 0], [-1, 3]], [1, 0, 2]) == (
        "3 faults:\n"
        "  - item 'a': code 3 in row 1. Its codes are 0 to 2.\n"
        "  - item 'b': code 4 in row 0. Its codes are 0 to 3.\n"
        "  - counts: the count of row 1 is 0.0. Counts are finite and positive."
    )
    assert message(Profiles.from_codes, schema, [[1, 2]], [1, 2]) == (
        "codes: the codes have shape (1, 2). One row for each count and one column for each item: (2, 2)."
    )
    assert message(Profiles.from_codes, schema, np.zeros((0, 2), int), []) == (
        "codes: there are no rows. At least one is needed."
    )


def test_concat_refuses_parts_of_different_items_or_groups() -> None:
    a = Profiles.from_table({"a": [1, 2], "g": [1, 2]}, items=["a"], groups="g")
    b = Profiles.from_table({"b": [1, 2]})
    assert message(concat, [a, b]) == (
        "2 faults:\n"
        "  - part 1 has items 'b'. All parts have the items of part 0: 'a'.\n"
        "  - part 1 is grouped by nothing. All parts have the groups of part 0: 'g'."
    )
    assert message(concat, []) == "there are no profiles to join. Give at least one."


def test_no_shards_are_refused() -> None:
    refused = message(Profiles.from_table({"a": [1, 2]}).shards, 0)
    assert refused == "shards: the number of shards is 0. It is 1 or more."
