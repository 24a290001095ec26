"""Menus per row: how they are given, what is pruned and named, what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from blocs.core.errors import InputError
from blocs.model.mixture import Mixture
from blocs.profiles import Profiles, concat

VOTES = [2, 0, 1, 2, 0]
MENUS = [{0, 1, 2}, {0, 2}, {0, 1}, {0, 2}, {0, 1, 2}]


def make(votes: list[Any], menus: Any, **more: Any) -> Profiles:
    return Profiles.from_table({"office": votes, "other": [0, 1] * (len(votes) // 2) + [0] * (len(votes) % 2)},
                               menus={"office": menus}, **more)  # fmt: skip


def message(votes: list[Any], menus: Any, **more: Any) -> str:
    with pytest.raises(InputError) as error:
        make(votes, menus, **more)
    return str(error.value)


def test_every_way_to_give_menus_gives_the_same() -> None:
    reference = make(VOTES, MENUS)
    assert reference.schema.item("office").menus == ((0, 2), (0, 1, 2), (0, 1))
    code = ["all", "own", "other", "own", "all"]
    book = {"all": [0, 1, 2], "own": (0, 2), "other": np.array([0, 1]), "unused": {7, 8}}
    table = {"office": VOTES, "other": [0, 1, 0, 1, 0], "menu": [sorted(m) for m in MENUS], "code": code}
    for frame in (table, pl.DataFrame(table)):
        for menus in (MENUS, [list(m) for m in MENUS], np.array([sorted(m) for m in MENUS], dtype=object), "menu",
                      ("code", book)):  # fmt: skip
            found = Profiles.from_table(frame, items=["office", "other"], menus={"office": menus})
            assert found.hash == reference.hash


def test_one_set_for_all_rows() -> None:
    for menu in ({0, 1, 2}, [0, 1, 2], (2, 1, 0), range(3)):
        item = make(VOTES, menu).schema.item("office")
        assert item.menus == ((0, 1, 2),)
        assert not item.plain


def test_menus_of_text_labels() -> None:
    item = make(["D", "none", "R"], [{"D", "none"}, {"D", "R", "none"}, {"R", "none"}]).schema.item("office")
    assert item.outcomes == ("D", "R", "none")
    assert {frozenset(item.menu_labels(m)) for m in range(3)} == {
        frozenset({"D", "none"}), frozenset({"D", "R", "none"}), frozenset({"R", "none"})
    }  # fmt: skip


def test_empty_menu_and_no_menu_mean_not_on_the_ballot() -> None:
    profiles = make([2, None, None, None, 0], [{0, 1, 2}, set(), None, {0, 2}, {0, 1, 2}])
    assert profiles.codes[profiles.index, 0].tolist() == [3, 0, 0, 0, 1]
    assert profiles.schema.item("office").menus == ((0, 1, 2),)  # nobody answered from {0, 2}


def test_option_on_a_menu_that_nobody_chose_stays() -> None:
    profiles = make([0, 2, 0], [{0, 1, 2}] * 3)
    assert profiles.schema.item("office").outcomes == (0, 1, 2)
    assert profiles.notes == ()


def test_declared_option_on_no_menu_is_pruned_and_named() -> None:
    profiles = make([0, 2, 0], [{0, 2}] * 3, levels={"office": [0, 1, 2]})
    assert profiles.schema.item("office").outcomes == (0, 2)
    assert profiles.notes == ("Item 'office': option 1 is on no menu; it has no parameter.",)
    assert Mixture.of(profiles.schema, 2).free == 1 + 2 * (1 + 1)


def test_option_only_ever_offered_alone_is_pruned_and_named() -> None:
    profiles = make([0, 2, 9, 9], [{0, 2}, {0, 2}, {9}, {9}])
    assert profiles.schema.item("office").outcomes == (0, 2)
    assert profiles.notes == ("Item 'office': option 9 was only ever offered alone; it says nothing about types.",)
    assert profiles.codes[profiles.index, 0].tolist() == [1, 2, 0, 0]


def test_answers_from_menus_of_one_option_say_nothing() -> None:
    profiles = make([0, 2, 0, 2], [{0, 2}, {0, 2}, {0}, {2}])
    assert profiles.schema.item("office").menus == ((0, 1),)
    assert profiles.codes[profiles.index, 0].tolist() == [1, 2, 0, 0]
    assert profiles.notes == ()


def test_item_of_one_option_menus_only() -> None:
    profiles = make([0, 0, 0], {0})
    assert profiles.schema.item("office").outcomes == ()
    assert profiles.notes == ("Item 'office': option 0 was only ever offered alone; it says nothing about types.",)
    assert Mixture.of(profiles.schema, 3).free == 2 + 3 * 1


@pytest.mark.parametrize("menus", [None, {"office": [{0, 1}, {0, 1}, set()]}])
def test_item_wholly_missing_is_pruned_and_named(menus: Any) -> None:
    profiles = Profiles.from_table({"office": [None] * 3, "other": [0, 1, 0]}, menus=menus)
    assert profiles.schema.item("office").outcomes == ()
    assert profiles.notes == ("Item 'office' is missing in every row; it says nothing about types.",)
    assert (profiles.codes[:, 0] == 0).all()


def test_notes_that_another_part_contradicts_are_dropped() -> None:
    a = make([0, 2], [{0, 2}] * 2, levels={"office": [0, 1, 2]})
    b = make([0, 1], [{0, 1}] * 2, levels={"office": [0, 1, 2]})
    c = make([None, None], [set()] * 2)
    assert len(a.notes) == len(b.notes) == len(c.notes) == 1
    assert concat([a, b, c]).notes == ()
    assert concat([a, c]).notes == a.notes


def test_menus_that_do_not_connect_are_refused() -> None:
    assert message([0, 1, 2, 3], [{0, 1}, {0, 1}, {2, 3}, {2, 3}]) == (
        "item 'office': its menus fall into 2 pieces that share no option: 0, 1 | 2, 3. Menus must connect, or the "
        "odds between the pieces are not identified. Make each piece an item of its own."
    )


def test_menus_that_connect_through_a_third_are_accepted() -> None:
    profiles = make([0, 1, 2, 3, 1], [{0, 1}, {0, 1}, {2, 3}, {2, 3}, {1, 2}])
    assert profiles.schema.item("office").outcomes == (0, 1, 2, 3)


def test_menus_that_do_not_connect_are_refused_when_parts_meet() -> None:
    a, b = make([0, 1], {0, 1}), make([2, 3], {2, 3})
    with pytest.raises(InputError) as error:
        concat([a, b])
    assert "fall into 2 pieces that share no option: 0, 1 | 2, 3" in str(error.value)


def test_outcome_not_on_its_menu() -> None:
    assert message([0, 1, 2, 1], [{0, 2}, {0, 2}, {0, 2}, {0, 2}]) == (
        "item 'office': row 1 chose 1 from a menu of 0, 2 (1 more row like it). An outcome must be on its row's menu. "
        "Correct the menus, or make the outcome missing."
    )
    assert message([0, 1], [{0, 1}, set()]) == (
        "item 'office': row 1 chose 1 from a menu of nothing. An outcome must be on its row's menu. "
        "Correct the menus, or make the outcome missing."
    )


def test_wrong_number_of_menus() -> None:
    assert message([0, 1], [{0, 1}]) == (
        "menus['office']: 1 menu for 2 rows. Give one set for all rows, or one set for each row."
    )


def test_menu_code_that_is_not_explained() -> None:
    with pytest.raises(InputError) as error:
        Profiles.from_table({"a": [0, 1], "m": ["all", "al"]}, items=["a"], menus={"a": ("m", {"all": {0, 1}})})
    assert str(error.value) == (
        "menus['a']: menu code 'al' is not explained. The codes given are 'all'. Nearest match: all."
    )


def test_menu_column_that_is_not_there() -> None:
    assert message([0, 1], "menu") == "menus['office']: there is no column 'menu'. The columns are 'office', 'other'."


def test_menu_with_a_missing_value() -> None:
    assert message([0, 1], [{0, 1}, {0, 1, None}]) == (
        "menus['office']: a menu holds a missing value. A menu is a set of outcomes. "
        "An item that was not on the ballot has an empty menu."
    )


def test_menu_with_an_outcome_that_is_not_declared() -> None:
    assert message([0, 1], {0, 1, 5}, levels={"office": [0, 1]}) == (
        "item 'office': outcome 5 is not declared. Its outcomes are 0, 1."
    )


def test_a_menu_that_is_none() -> None:
    with pytest.raises(InputError) as error:
        Profiles.from_table({"a": ["x", "y"]}, menus={"a": 3})
    assert str(error.value) == (
        "menus['a']: 3 is not a menu. Give one set of outcomes, one set for each row, the name of a column of sets, or "
        "(column, {value: set})."
    )


def test_columns_of_menus_are_no_items() -> None:
    """Without `items` every other column is one: not those that hold the menus, nor the codes of menus."""
    frame = pl.DataFrame({"a": ["x", "y"], "b": [1, 2], "am": [["x", "y"], ["x", "y", "z"]], "bm": ["all", "all"]})
    profiles = Profiles.from_table(frame, menus={"a": "am", "b": ("bm", {"all": {1, 2}})})
    assert profiles.schema.names == ("a", "b")
    assert profiles.schema.item("a").outcomes == ("x", "y", "z")
