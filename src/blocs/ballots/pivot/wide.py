"""Marks as columns of a relation: one row for each voter by looking up every cell."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from functools import reduce

import narwhals as nw
import pandas as pd

from ...tables.relations import Frame, Store, attach
from ..ballots import Plan
from ..pivot.mark import MARKS
from ..pivot.packing import packed
from ..pivot.valid_votes import LINES, RESULT, VALID

__all__ = ["WideSource", "as_text"]


@dataclass(frozen=True)
class WideSource:
    """Marks as columns of a relation: `cells` says what each cell of each office means.

    rows: the relation; offices: (column, column of the district or None); cells: one table per office with the
    columns `cell`, `district`, `option`; weights: column of voters, None for one; ids, covariates: other columns.
    """

    rows: Frame = field(repr=False)
    offices: tuple[tuple[str, str | None], ...]
    cells: tuple[pd.DataFrame, ...] = field(repr=False)
    weights: str | None
    ids: tuple[str, ...]
    covariates: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The number of the row."""
        return self.ids

    def parts(self) -> tuple[WideSource]:
        """Return this source: a row is a voter, and nothing is grouped."""
        return (self,)

    def sums(self, plan: Plan, covariates: tuple[str, ...]) -> None:
        """Return nothing: `states` groups nothing either."""

    def states_by_counts(self, plan: Plan, covariates: tuple[str, ...], counts: pd.DataFrame) -> Frame:
        """Return `states`: there are no sums that it could complete."""
        return self.states(plan, covariates)

    def valid_votes(self, book: pd.DataFrame, store: Store) -> pd.DataFrame:
        """Return the votes that count: a cell is one mark, so that they are those of the options."""
        named = book.rename(columns={"_contest": "contest", "_code": "code"})
        state = (named["code"] // LINES).clip(upper=VALID)
        counts: pd.DataFrame = named.assign(state=state, later=0, ballots=named["votes"])[list(RESULT)]
        return counts

    def listed(self, plan: Plan, keep: tuple[str, ...]) -> tuple[Frame, tuple[str, ...]]:
        """Return one row per row of the table, and the columns that sort them."""
        return self.states(plan, keep), self.ids

    def states(self, plan: Plan, covariates: tuple[str, ...]) -> Frame:
        """Return one row per row of the table: each office's cell is looked up in a small table, nothing grouped."""
        item_of = dict(zip(plan.book["option"], plan.book["item"], strict=True))
        rows, mark_of = self.rows, {}
        for (column, district), cells in zip(self.offices, self.cells, strict=True):
            items = {int(item_of[option]) for option in cells["option"] if option >= 0} - {-1}
            if not items:
                continue
            j = items.pop()
            book = cells.merge(plan.book[["option", "key"]], on="option", how="left").fillna({"key": 0})
            book = book.assign(mark=(book["key"] % MARKS).astype("int64"))
            if district is None:
                mark_of[j] = _mark(column, book)
                continue
            small = book[["cell", "district", "mark"]].set_axis(["_cell", "_district", f"mark_{j}"], axis=1)
            rows = rows.with_columns(as_text(column, "_cell"), as_text(district, "_district"))
            rows = rows.join(attach(small, rows), on=["_cell", "_district"], how="inner").drop(["_cell", "_district"])
            mark_of[j] = nw.col(f"mark_{j}")
        marks = [mark_of.get(j, nw.lit(0)) for j in range(len(plan.kinds))]
        packs = [pack.alias(f"pack_{i}") for i, pack in enumerate(packed(marks))]
        voters = (nw.col(self.weights) if self.weights else nw.lit(1)).cast(nw.Int64).alias("voters")
        return rows.select(*self.ids, *packs, voters, *covariates)


def _mark(column: str, book: pd.DataFrame) -> nw.Expr:
    """Return the mark of each cell of a column; book: every `cell` that it has, with its `mark`.

    Marks are few, whatever the candidates. A join for each office would do as well, but a query of 100 joins takes the
    database minutes to plan.
    """
    text, of_mark = as_text(column, column), {mark: book["cell"][book["mark"] == mark] for mark in set(book["mark"])}
    chosen = [nw.when(text.is_in(cells.tolist())).then(nw.lit(mark)).otherwise(nw.lit(0))
              for mark, cells in sorted(of_mark.items())]  # fmt: skip
    return reduce(operator.add, chosen, nw.lit(0))


def as_text(column: str, name: str) -> nw.Expr:
    """Return the column as text, empty where it is null."""
    return nw.col(column).cast(nw.String).fill_null("").alias(name)
