"""Marks as columns of a relation: one row for each voter by looking up every cell."""

from __future__ import annotations

from dataclasses import dataclass, field

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
            book = book.assign(**{f"mark_{j}": (book["key"] % MARKS).astype("int64")})
            on = ["cell", "district"] if district else ["cell"]
            small = attach(book[[*on, f"mark_{j}"]].rename(columns={c: f"_{c}" for c in on}), rows)
            rows = rows.with_columns(as_text(column, "_cell"), *([as_text(district, "_district")] if district else []))
            rows = rows.join(small, on=[f"_{c}" for c in on], how="inner").drop([f"_{c}" for c in on])
            mark_of[j] = nw.col(f"mark_{j}")
        marks = [mark_of.get(j, nw.lit(0)) for j in range(len(plan.kinds))]
        packs = [pack.alias(f"pack_{i}") for i, pack in enumerate(packed(marks))]
        voters = (nw.col(self.weights) if self.weights else nw.lit(1)).cast(nw.Int64).alias("voters")
        return rows.select(*self.ids, *packs, voters, *covariates)


def as_text(column: str, name: str) -> nw.Expr:
    """Return the column as text, empty where it is null."""
    return nw.col(column).cast(nw.String).fill_null("").alias(name)
