"""Any table gives the same profiles; every table that cannot be read says why."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import blocs
from blocs.core.errors import InputError
from blocs.profiles import Profiles

ROWS = [(1, "x", True), (2, "y", False), (1, "x", True), (None, "z", None), (2, None, False), (2, "y", False)]
PLAIN: dict[str, list[Any]] = {name: [row[j] for row in ROWS] for j, name in enumerate(("a", "b", "c"))}
POLARS = pl.DataFrame(PLAIN)
LEVELS = {"a": (1, 2), "b": ("x", "y", "z"), "c": (False, True)}


def message(**arguments: Any) -> str:
    with pytest.raises(InputError) as error:
        Profiles.from_table(**arguments)
    return str(error.value)


TABLES: dict[str, Callable[[], Any]] = {
    "pandas": lambda: pd.DataFrame(PLAIN),
    "pandas, index of text": lambda: pd.DataFrame(PLAIN, index=list("uvwxyz")),
    "pandas, shuffled index": lambda: pd.DataFrame(PLAIN, index=[5, 3, 1, 0, 2, 4]),
    "pandas, nullable": lambda: pd.DataFrame(PLAIN).convert_dtypes(),
    "pandas, categories": lambda: pd.DataFrame(PLAIN).astype({"b": pd.CategoricalDtype(["x", "y", "z"])}),
    "pandas, arrow": lambda: POLARS.to_arrow().to_pandas(types_mapper=pd.ArrowDtype),
    "Polars": lambda: POLARS,
    "Polars, lazy": lambda: POLARS.lazy(),
    "Polars, Categorical": lambda: POLARS.with_columns(pl.col("b").cast(pl.Categorical)),
    "Polars, Enum": lambda: POLARS.with_columns(pl.col("b").cast(pl.Enum(["x", "y", "z"]))),
    "pyarrow": lambda: POLARS.to_arrow(),
    "pyarrow, dictionary": lambda: pa.table(
        {"a": pa.array(PLAIN["a"]), "b": pa.array(PLAIN["b"]).dictionary_encode(), "c": pa.array(PLAIN["c"])}
    ),
    "DuckDB": lambda: duckdb.from_arrow(POLARS.to_arrow()),
    "numpy, objects": lambda: np.array(ROWS, dtype=object),
    "dict of lists": lambda: PLAIN,
    "dict of numpy": lambda: {name: np.array(column, dtype=object) for name, column in PLAIN.items()},
    "dict of pandas": lambda: {name: pd.Series(column, index=[9, 8, 7, 6, 5, 4]) for name, column in PLAIN.items()},
    "dict of Polars": lambda: {name: pl.Series(column) for name, column in PLAIN.items()},
    "dict of pyarrow arrays": lambda: {name: pa.array(column) for name, column in PLAIN.items()},
    "dict of chunks": lambda: {name: pa.chunked_array([column[:2], column[2:]]) for name, column in PLAIN.items()},
    "dict of pandas categories": lambda: PLAIN | {"b": pd.Categorical(PLAIN["b"])},
}


@pytest.mark.parametrize("kind", TABLES)
def test_every_kind_of_table_gives_the_same_profiles(kind: str) -> None:
    reference = Profiles.from_table(pd.DataFrame(PLAIN))
    profiles = Profiles.from_table(TABLES[kind](), items=["a", "b", "c"])
    assert {item.name: item.outcomes for item in profiles.schema.items} == LEVELS
    assert [type(v) for item in profiles.schema.items for v in item.outcomes] == [int] * 2 + [str] * 3 + [bool] * 2
    assert profiles.index.tolist() == [1, 3, 1, 0, 2, 3]
    assert profiles.hash == reference.hash


def test_different_tables_have_different_hashes() -> None:
    """The control of the test above."""
    one, other = {"a": [1, 2, 1]}, {"a": [1, 2, 2]}
    tables = [one, other, {"b": [1, 2, 1]}, {"a": [1, 2, 1, 1]}, {"a": ["1", "2", "1"]}]
    assert len({Profiles.from_table(t).hash for t in tables}) == 5


@pytest.mark.parametrize(
    ("column", "outcomes"),
    [
        ([3, 7, 7, 100], (3, 7, 100)),
        (["no", "yes", "no", ""], ("", "no", "yes")),
        ([0.5, 2.0, -1.0, 0.5], (-1, 0.5, 2)),
        ([True, False, True, True], (False, True)),
        ([1, "1", 2, "b"], (1, 2, "1", "b")),
        ([datetime.date(2024, 11, 5), datetime.date(2020, 11, 3)] * 2, ("2020-11-03", "2024-11-05")),
        ([2**60, 2**60 + 1, 2**60, 2**60], (2**60, 2**60 + 1)),
    ],
)
def test_labels_of_all_kinds(column: list[Any], outcomes: tuple[Any, ...]) -> None:
    profiles = Profiles.from_table({"a": column, "b": [1, 1, 2, 2]})
    assert profiles.schema.item("a").outcomes == outcomes


def test_large_integers_with_gaps_keep_apart() -> None:
    """As floats 2**60 and 2**60 + 1 would be one label."""
    column = [2**60, 2**60 + 1, None]
    pieces = {"a": pl.Series(column)}, {"a": pa.array(column)}
    for table in (pl.DataFrame({"a": column}), pa.table({"a": column}), *pieces):
        assert Profiles.from_table(table).schema.item("a").outcomes == (2**60, 2**60 + 1)


def test_integers_with_gaps_are_integers_in_pandas() -> None:
    assert Profiles.from_table(pd.DataFrame({"a": [1, None, 3]})).schema.item("a").outcomes == (1, 3)


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"a": pd.Categorical(["low", "high"], categories=["low", "mid", "high"])}),
        pl.DataFrame({"a": ["low", "high"]}, schema={"a": pl.Enum(["low", "mid", "high"])}),
        {"a": pd.Categorical(["low", "high"], categories=["low", "mid", "high"])},
        {"a": pl.Series(["low", "high"], dtype=pl.Enum(["low", "mid", "high"]))},
    ],
    ids=["pandas", "Polars", "dict of pandas", "dict of Polars"],
)
def test_levels_that_a_type_declares_give_the_order_and_those_in_no_row_are_named(table: Any) -> None:
    """As in any package that sees the cells alone: a level that no row has is no outcome and no parameter."""
    profiles = Profiles.from_table(table)
    assert profiles.schema.item("a").outcomes == ("low", "high")
    assert profiles.notes == ("Item 'a': outcome 'mid' is a level of the column, but in no row; it has no parameter.",)
    assert Profiles.from_table(table, levels={"a": ["low", "mid", "high"]}).schema.item("a").outcomes == (
        "low", "mid", "high",
    )  # fmt: skip


def test_levels_of_a_duckdb_enum() -> None:
    with duckdb.connect() as base:
        base.execute("create type size as enum ('low', 'mid', 'high')")
        relation = base.sql("select v::size as a from (values ('high'), (null), ('low')) t(v)")
        profiles = Profiles.from_table(relation)
        kept = Profiles.from_table(relation, keep_empty=True)
    assert profiles.schema.item("a").outcomes == ("low", "high")
    assert profiles.index.tolist() == [1, -2, 0]
    assert kept.codes[kept.index, 0].tolist() == [2, 0, 1]


def test_levels_that_are_only_a_dictionary_are_found_and_sorted() -> None:
    for table in (pl.DataFrame({"a": ["low", "high"]}, schema={"a": pl.Categorical}),
                  pa.table({"a": pa.array(["low", "high"]).dictionary_encode()})):  # fmt: skip
        assert Profiles.from_table(table).schema.item("a").outcomes == ("high", "low")


def test_items_may_be_a_subset_one_name_or_numbers() -> None:
    table = pd.DataFrame({"a": [1, 2], "b": [1, 2], 3: [1, 2]})
    assert Profiles.from_table(table, items=["b", "a"]).schema.names == ("b", "a")
    assert Profiles.from_table(table, items="a").schema.names == ("a",)
    assert Profiles.from_table(table, items=[3]).schema.names == ("3",)
    assert Profiles.from_table(np.array([[1, 2], [2, 2]])).schema.names == ("item1", "item2")


def test_unknown_column_names_the_nearest() -> None:
    assert message(frame=PLAIN | {"senate": PLAIN["a"]}, items=["a", "senat"]) == (
        "items: there is no column 'senat'. The columns are 'a', 'b', 'c', 'senate'. Nearest match: senate."
    )


def test_unknown_columns_of_every_role_are_told_together() -> None:
    assert message(frame=PLAIN, items=["a", "q"], groups="town", menus={"m": {1}}, levels={"l": [1]}) == (
        "4 faults:\n"
        "  - items: there is no column 'q'. The columns are 'a', 'b', 'c'.\n"
        "  - groups: there is no column 'town'.\n"
        "  - menus: there is no column 'm'. The columns are 'a', 'q'.\n"
        "  - levels: there is no column 'l'."
    )


def test_unknown_weights_column() -> None:
    assert message(frame=PLAIN, weights="d") == "weights: there is no column 'd'. The columns are 'a', 'b', 'c'."


def test_unknown_column_of_a_wide_table_does_not_list_them_all() -> None:
    table = {f"q{j}": [1, 2] for j in range(30)}
    assert message(frame=table, items=["q_3"]) == (
        "items: there is no column 'q_3'. The table has 30 columns. Nearest match: q3."
    )


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame([[1, 2, 3], [2, 1, 3]], columns=["a", "b", "a"]),
        pa.table([pa.array([1, 2]), pa.array([2, 1]), pa.array([3, 3])], names=["a", "b", "a"]),
    ],
    ids=["pandas", "pyarrow"],
)
def test_duplicated_column(table: Any) -> None:
    assert message(frame=table) == "column 'a' appears 2 times. Column names are unique. Rename or drop the copies."


def test_column_names_that_only_differ_in_type() -> None:
    assert message(frame={1: [1, 2], "1": [1, 2]}) == (
        "column '1' appears 2 times. Column names are unique. Rename or drop the copies."
    )


TEXTS = [["no", "yes, of course", "é😀", ""], ["yes, of course", "no ", " no", ""], ["no", "no", "é😀", ""]]


@pytest.mark.parametrize(
    "array",
    [
        np.array(TEXTS),
        np.asfortranarray(np.array(TEXTS)),
        np.array(TEXTS).astype(">U20"),
        np.array(TEXTS, dtype=object),
        np.repeat(np.array(TEXTS), 2, axis=1)[:, ::2],
    ],
    ids=["fixed width", "by columns", "another byte order", "objects", "every second column"],
)
def test_an_array_of_text_is_the_table_of_its_cells(array: Any) -> None:
    names = ["a", "b", "c", "d"]
    want = Profiles.from_table(pd.DataFrame(TEXTS, columns=names))
    got = Profiles.from_table(array, items=names)
    assert got.hash == want.hash


def test_cells_missing_in_an_array_of_objects() -> None:
    array = np.array([["a", None], ["b", np.nan], ["a", "x"], ["b", pd.NA]], dtype=object)
    frame = pd.DataFrame(array, columns=["item1", "item2"])
    assert Profiles.from_table(array).hash == Profiles.from_table(frame).hash


def test_an_array_of_text_without_rows() -> None:
    assert message(frame=np.empty((0, 2), dtype="U3")) == message(frame=pd.DataFrame({"item1": [], "item2": []}))


def test_duplicated_name_of_an_array() -> None:
    assert message(frame=np.ones((2, 2)), items=["a", "a"]) == (
        "column 'a' appears 2 times. Column names are unique. Rename or drop the copies."
    )


def test_item_listed_twice() -> None:
    assert message(frame=PLAIN, items=["a", "b", "a"]) == "items: item 'a' is listed 2 times. Items are unique."


def test_columns_of_different_length() -> None:
    assert message(frame={"a": [1, 2], "b": [1]}) == (
        "the columns differ in length: 'a' has 2, 'b' has 1. All columns have one value for each row."
    )


def test_tables_that_are_not_tables() -> None:
    assert message(frame=7) == (
        "a table of type int cannot be read. Tables are pandas, Polars, pyarrow, DuckDB relations, two-dimensional "
        "numpy arrays and dicts of columns."
    )
    assert message(frame=np.ones(3)) == "the array has 1 dimension. A table of items has two: rows and items."
    assert message(frame=np.ones((2, 2, 2))) == "the array has 3 dimensions. A table of items has two: rows and items."
    assert message(frame={"a": np.ones((2, 2))}) == "column 'a' has 2 dimensions. A column has one."
    assert message(frame=np.ones((2, 3)), items=["a"]) == "items: 1 name for 3 columns. One name for each column."


def test_no_items_and_no_rows() -> None:
    assert message(frame={"n": [1, 2]}, weights="n") == "items: there are no items. At least one column is needed."
    assert message(frame={"a": []}) == "the table has no rows with a positive weight. At least one is needed."


def test_cells_that_cannot_be_labels() -> None:
    assert message(frame={"a": [[1], [2]]}) == (
        "item 'a': a cell holds a list or another value that cannot be a label. "
        "Labels are text, numbers, true or false."
    )
    assert message(frame={"a": [1.0, float("inf")]}) == (
        "item 'a': a cell is infinite. Labels are text, finite numbers, true or false."
    )


def test_outcome_that_is_not_declared() -> None:
    assert message(frame={"a": ["yes", "nope", "no"]}, levels={"a": ["no", "yes"]}) == (
        "item 'a': outcome 'nope' is not declared. Its outcomes are 'no', 'yes'. Nearest match: no."
    )


def test_faults_of_several_items_are_told_together() -> None:
    assert message(frame={"a": [1, 9], "b": [2, 8]}, levels={"a": [1, 2], "b": [1, 2]}) == (
        "2 faults:\n"
        "  - item 'a': outcome 9 is not declared. Its outcomes are 1, 2.\n"
        "  - item 'b': outcome 8 is not declared. Its outcomes are 1, 2."
    )


def test_levels_declared_badly() -> None:
    assert message(frame={"a": [1, 2]}, levels={"a": [1, 2, 1]}) == (
        "levels['a']: outcome 1 is listed 2 times. Outcomes are unique."
    )
    assert message(frame={"a": [1, 2]}, levels={"a": []}) == (
        "levels['a']: no outcomes are declared. At least one is needed."
    )


@pytest.mark.parametrize("role", ["weights", "design_weights"])
def test_bad_weights(role: str) -> None:
    table = pd.DataFrame({"a": [1, 2, 1, 2]}, index=["r1", "r2", "r3", "r4"])
    rule = "Weights are finite and not negative. Give a weight of 0 to rows that should not count."
    assert message(frame=table, **{role: [1, -2, 1, -1]}) == (
        f"{role}: the weight of row 'r2' is -2, which is negative (1 more row like it). {rule}"
    )
    assert message(frame=table, **{role: [1, 1, float("nan"), 1]}) == (
        f"{role}: the weight of row 'r3' is missing, which is not a finite number. {rule}"
    )
    assert message(frame=table, **{role: [float("-inf"), -0.5, float("nan"), float("inf")]}) == (
        "2 faults:\n"
        f"  - {role}: the weight of row 'r1' is -inf, which is not a finite number (2 more rows like it). {rule}\n"
        f"  - {role}: the weight of row 'r2' is -0.5, which is negative. {rule}"
    )
    assert message(frame=table, **{role: ["1", "two", "1", "1"]}) == (
        f"{role}: the weight of row 'r2' is 'two', which is not a finite number. {rule}"
    )
    assert message(frame=table, **{role: [1, 2]}) == f"{role}: 2 weights for 4 rows. Give one weight for each row."
    assert message(frame=table, **{role: [0, 0, 0, 0]}) == (
        "the table has no rows with a positive weight. At least one is needed."
    )


@pytest.mark.parametrize("value", ["xyx", 1, None])
def test_a_column_of_a_dict_that_is_one_value(value: Any) -> None:
    with pytest.raises(InputError) as error:
        Profiles.from_table({"a": value})
    assert str(error.value) == f"column 'a' is the one value {value!r}. A column has one value for each row."


def test_menus_levels_and_kinds_are_given_item_by_item() -> None:
    with pytest.raises(InputError) as error:
        Profiles.from_table({"a": [1, 2]}, menus=[{1, 2}], levels=[1, 2], kinds="poisson")
    assert str(error.value) == (
        "3 faults:\n"
        "  - menus: it is a list. Give a mapping: {item: its menu or menus}.\n"
        "  - levels: it is a list. Give a mapping: {item: its outcomes}.\n"
        "  - kinds: it is a str. Give a mapping: {item: what its columns are}."
    )


def test_kinds_that_are_no_descriptions() -> None:
    with pytest.raises(InputError) as error:
        Profiles.from_table({"a": [1, 2], "b": [1, 2]}, kinds={"a": "poisson", "b": blocs.Poisson})
    rule = "Kinds are Binomial(trials), Multinomial(columns), Poisson(), Gaussian(columns) and Known()."
    assert str(error.value) == (
        f"2 faults:\n  - kinds['a']: it is 'poisson'. {rule}\n  - kinds['b']: it is Poisson itself, not called. {rule}"
    )


def test_profiles_are_shown_in_a_few_lines() -> None:
    table = {"a": ["x", "y", "x"], "g": [1, 1, 2], "long name": [0, 3, 4]}
    assert repr(Profiles.from_table(table, items=["a"], weights=[2, 1, 1])) == (
        "Profiles of 4 observations\n"
        "  distinct profiles  2\n"
        "  groups             none\n"
        "  weights            numbers of observations\n"
        "  items              1\n"
        "  - a                x, y"
    )
    kinds = {"long name": blocs.Binomial(4), "m": blocs.Gaussian(["long name", "g"])}
    menus = {"a": {"x", "y", "z"}}
    profiles = Profiles.from_table(table, items=["a"], menus=menus, design_weights=[2, 1, 1], groups="g", kinds=kinds)
    assert repr(profiles) == (
        "Profiles of 3 observations\n"
        "  distinct profiles  3\n"
        "  groups             2 by g\n"
        "  weights            sampling weights\n"
        "  items              3\n"
        "  - a                x, y, z; 1 menu\n"
        "  - long name        binomial, 3 values\n"
        "  - m                gaussian of long name, g"
    )
    assert repr(profiles.cells) == "<Cells: 3 of 2 groups by g>"


def test_many_items_and_outcomes_are_counted_and_notes_are_shown() -> None:
    table = {f"q{j:02}": list(range(10)) for j in range(13)}
    lines = repr(Profiles.from_table({**table, "empty": [None] * 10})).splitlines()
    assert lines[4:6] == [
        "  items              14",
        "  - q00              0, 1, 2, 3, 4, 5, 6, 7 and 2 more",
    ]
    assert lines[-2:] == [
        "  - ...              2 more",
        "  note               Item 'empty' is missing in every row; it says nothing about types.",
    ]


def test_a_notebook_shows_profiles_as_a_table() -> None:
    profiles = Profiles.from_table({"a": ["<x>", "y"]}, weights=[1, 2])
    left = 'style="text-align:left"'
    rows = [("distinct profiles", "2"), ("groups", "none"), ("weights", "numbers of observations"), ("items", "1"),
            ("- a", "&lt;x&gt;, y")]  # fmt: skip
    cells = "".join(f"<tr><th {left}>{name}</th><td {left}>{value}</td></tr>" for name, value in rows)
    assert profiles._repr_html_() == f"<table><caption>Profiles of 3 observations</caption>{cells}</table>"


def test_masked_cells_of_an_array_of_text_are_missing() -> None:
    """What stood behind the mask was read as an answer."""
    column = np.ma.MaskedArray(np.array(["x", "y", "x", "z"]), mask=[False, True, False, False])
    profiles = Profiles.from_table({"a": column, "b": np.array([1, 2, 1, 2])})
    assert profiles.schema.items[0].outcomes == ("x", "z")
