"""Rows of a long table and the distinct marks in them: a CSV file is read once, any other table as a relation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ...tables.csv_blocks import NotPlainError, csv_blocks
from ...tables.csv_header import csv_columns
from ...tables.database_errors import in_words
from ...tables.relations import Frame, Store, gather
from ...tables.row_numbers import RowNumbers
from ...tables.sql_text import literal, quoted

__all__ = ["MARK", "Marks", "marks_of_csv", "marks_of_relation"]

INSERT = 500_000
"""Rows that are put into the database at once: small portions cost more."""
_TABLE = "long_marks"
MARK = "_mark"
"""Column of the number of a distinct mark, in rows that were read from a CSV file and in what is made of them."""


class Marks(NamedTuple):
    """Rows of marks, and the distinct marks.

    rows: the relation, with `keys`, the voter and the columns that are carried along; keys: its columns that identify
    a distinct mark; distinct: one row per distinct mark with the columns that describe it as text, `_votes` (rows that
    have it), `_nameless` (rows of these without a voter) and `keys`, sorted by what describes it.
    """

    rows: Frame
    keys: tuple[str, ...]
    distinct: pd.DataFrame


def marks_of_relation(
    rows: Frame, described: Sequence[str], keys: Sequence[str], voter: Sequence[str], carried: Sequence[str],
    store: Store,
) -> Marks:  # fmt: skip
    """Return the marks of any table.

    described: columns that describe a mark; keys: those of them by which a row is found again; voter: columns of the
    voter that are no keys; carried: other columns that voters have.

    Text is grouped as it stands and whole numbers as numbers: making text of every row costs more than the grouping.
    """
    types = rows.collect_schema()
    grouped_as_is = {name for name in described if types[name] == nw.String or types[name].is_integer()}
    with_voter = nw.col(voter[0]).count() if voter else nw.len()
    small = rows.select(*(nw.col(k) if k in grouped_as_is else _text(k) for k in described), *voter[:1])
    query = small.group_by(*described).agg(nw.len().alias("_votes"), with_voter.alias("_known"))
    found = gather(query, store, "reading the contests")
    texts = [nw.col(k) if types[k] == nw.String and not found[k].null_count else _text(k) for k in keys]
    words = {k: pc.fill_null(pc.cast(found[k], pa.string()), "") for k in described}
    frame = pa.table({**words, "_votes": found["_votes"], "_known": found["_known"]}).to_pandas()
    frame = frame.groupby(list(described), sort=True, as_index=False).sum()
    frame["_nameless"] = frame["_votes"] - frame.pop("_known")
    others = [name for name in dict.fromkeys((*voter, *carried)) if name not in keys]
    return Marks(rows.select(*texts, *others), tuple(keys), frame)


def _text(name: str) -> nw.Expr:
    return nw.col(name).cast(nw.String).fill_null("").alias(name)


def marks_of_csv(
    file: Path, named: Mapping[str, str], described: Sequence[str], voter: Sequence[str], carried: Sequence[str],
    store: Store,
) -> Marks | None:  # fmt: skip
    """Return the marks of a CSV file, which is read once; None where the file is not plain (see `csv_blocks`).

    named: column -> its name in the file; the others as in `marks_of_relation`. The rows lie in the database, with the
    number of the mark, the voter as text and numbers in place of the words that are carried.
    """
    numbers, words = RowNumbers(), {name: RowNumbers() for name in carried if name not in voter}
    types = {MARK: "integer", **dict.fromkeys(voter, "varchar"), **dict.fromkeys(words, "integer")}
    columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in types.items())
    store.con.execute(f"create table {_TABLE} ({columns})")
    nameless, waiting = Counter[int](), list[pa.Table]()
    try:
        with in_words(store.where):
            for block in _blocks(file, named, voter, [*described, *words], store):
                coded = {name: block[named[name]].combine_chunks() for name in (*described, *words)}
                number = numbers.add([coded[name] for name in described])
                if voter and block[named[voter[0]]].null_count:
                    nameless.update(number[block[named[voter[0]]].is_null().to_numpy()].tolist())
                new = {MARK: number, **{name: block[named[name]] for name in voter},
                       **{name: words[name].add([coded[name]]) for name in words}}  # fmt: skip
                waiting.append(pa.table(new))
                if sum(map(len, waiting)) >= INSERT:
                    _insert(waiting, store)
                    waiting = []
            _insert(waiting, store)
    except NotPlainError:
        store.con.execute(f"drop table {_TABLE}")
        return None
    frame = pd.DataFrame(numbers.rows, columns=list(described)).assign(
        _votes=numbers.counts, _nameless=[nameless[i] for i in range(len(numbers.rows))],
        **{MARK: np.arange(len(numbers.rows), dtype=np.int32)},
    )  # fmt: skip
    texts = [*map(quoted, (MARK, *voter)), *(_word(name, numbers, store) for name, numbers in words.items())]
    rows = nw.from_native(store.con.sql(f"select {', '.join(texts)} from {_TABLE}")).lazy()
    return Marks(rows, (MARK,), frame.sort_values(list(described), ignore_index=True))


def _insert(tables: list[pa.Table], store: Store) -> None:
    if tables:
        store.con.from_arrow(pa.concat_tables(tables)).insert_into(_TABLE)


def _blocks(
    file: Path, named: Mapping[str, str], text: Sequence[str], coded: Sequence[str], store: Store
) -> Iterator[pa.Table]:
    names, delimiter = csv_columns(file)
    report = store.progress
    blocks = csv_blocks(
        file, names, delimiter, [named[name] for name in text], [named[name] for name in coded],
        threads=store.con.sql("select current_setting('threads')").fetchall()[0][0],
        progress=None if report is None else lambda share: report("reading the file", share),
    )  # fmt: skip
    return (block.rows for block in blocks)


def _word(name: str, numbers: RowNumbers, store: Store) -> str:
    """Return the expression that makes words of the numbers in a column, null where a cell was empty."""
    variable = f"words of {name}"
    store.con.execute(f"set variable {quoted(variable)} = ?", [[word or None for (word,) in numbers.rows]])
    return f"getvariable({literal(variable)})[{quoted(name)} + 1] as {quoted(name)}"
