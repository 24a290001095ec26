"""Reduce: all rows of one voter to one mark per item, in one group-by of small numbers.

Portable verbs only (when/then, min, max, sum, group_by), no strings, no self-join. Nearly every voter has one row per
item at most: then the sum of the shares of the rows is the answer (see packing). For the others the key of an option
holds all that the rules need:

    key = (contest * LINES + line) * 256 + mark        line: the person, numbered within the contest
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from ...tables.relations import Frame, attach
from ..ballots import Plan
from .mark import (
    BOTH,
    CLASH,
    DROPPED,
    FIRST,
    MARKS,
    MIXED,
    NO_MAJORITY,
    OFF,
    OTHER,
    OVERVOTED,
    SECOND,
    SPREAD,
    UNDERVOTED,
    UNREADABLE,
)  # fmt: skip
from .packing import SLOTS, pack_names, packed

__all__ = ["KINDS", "LINES", "MARKS", "SINGLE", "SPAN", "reduce_rows", "reduce_several", "sum_rows"]

Expr = nw.Expr
SINGLE = {"one", "ranked"}
"""Kinds of items in which a single row is the mark of the voter."""
LINES = 256
"""Numbers of persons that a key can hold."""
SPAN = LINES * MARKS
"""Keys of one contest lie in one span of this length."""


def sum_rows(rows: Frame, by: Sequence[str], plan: Plan, carried: Sequence[str]) -> Frame:
    """Return one row per voter by sums alone: `by`, `pack_0`, ..., the `packing.row_counts` and `carried`.

    Right only for voters with one row at most in every item, which the row counts tell; three small columns a voter
    instead of two for each item.
    """
    return rows.group_by(*by).agg(*_sums(plan, "pack"), *(nw.col(name).max() for name in carried))


def reduce_several(
    rows: Frame, by: Sequence[str], plan: Plan, carried: Sequence[str], *, counts: pd.DataFrame
) -> Frame:
    """Return what `reduce_rows` does, of the voters alone who have one of some `packing.row_counts`."""
    sums = sum_rows(rows, by, plan, ())
    voters = sums.join(attach(counts, sums), on=counts.columns.tolist(), how="semi").select(*by)
    return reduce_rows(rows.join(voters, on=list(by), how="semi"), by, plan, carried)


def reduce_rows(rows: Frame, by: Sequence[str], plan: Plan, carried: Sequence[str]) -> Frame:
    """Return one row per voter: `by`, `pack_0`, ..., and the largest value of each `carried` column.

    rows: one row per mark, with columns `item`, `key`, `allowed`, those of `packing.shares` and, for ranked items,
    `rank`.
    """
    wanted = [expr for j, kind in enumerate(plan.kinds) for expr in KINDS[kind][0](j)]
    grouped = rows.group_by(*by).agg(*_sums(plan, "sum"), *wanted, *(nw.col(name).max() for name in carried))
    marks = [KINDS[kind][1](j, fused) for j, (kind, fused) in enumerate(zip(plan.kinds, plan.fused, strict=True))]
    packs = [
        nw.when(_plain(plan)).then(nw.col(f"sum_{i}").cast(nw.Int64)).otherwise(whole).alias(name)
        for i, (name, whole) in enumerate(zip(pack_names(len(marks)), packed(marks), strict=True))
    ]
    return grouped.select(*by, *packs, *carried)


def _sums(plan: Plan, name: str) -> list[Expr]:
    runs = range(len(pack_names(len(plan.kinds))))
    shares = [nw.col(f"share_{i}").sum().alias(f"{name}_{i}") for i in runs]
    return [*shares, *(nw.col(f"unit_{i}").sum().alias(f"rows_{i}") for i in runs), nw.col("coded").sum()]


def _plain(plan: Plan) -> Expr:
    """Whether the voter has one row at most in every item, and no item needs more than the mark of that row."""
    if not set(plan.kinds) <= SINGLE:
        return nw.lit(False)
    shown: Any = nw.lit(0)
    for j in range(len(plan.kinds)):
        shown = shown + nw.when(nw.col(f"low_{j}").is_null()).then(nw.lit(0)).otherwise(nw.lit(1))
    plain: Expr = nw.col("coded") == shown
    return plain


def _has_rows(j: int, number: int) -> Expr:
    """Whether the voter has so many rows in item j, by remainders of whole numbers."""
    packed_rows, unit = nw.col(f"rows_{j // SLOTS}").cast(nw.Int64), MARKS ** (j % SLOTS)
    below = packed_rows % unit if unit > 1 else nw.lit(0)
    has_rows: Expr = packed_rows % (unit * MARKS) - below == number * unit
    return has_rows


def _of(j: int, value: Expr) -> Expr:
    of_item: Expr = nw.when(nw.col("item") == j).then(value)
    return of_item


def _one_aggregates(j: int) -> list[Expr]:
    key = nw.col("key")
    return [_of(j, key).max().alias(f"high_{j}"), _of(j, key).min().alias(f"low_{j}")]


def _one_mark(j: int, fused: bool) -> Expr:
    """Rule S7 for vote-for-one: one row is that mark; several are one person's lines (fusion), or an overvote.

    An undervote is no mark: neither beside another undervote nor beside one mark.
    """
    high, low = nw.col(f"high_{j}"), nw.col(f"low_{j}")
    one_mark = (high == low) if fused else (high == low) & _has_rows(j, 1)
    same = one_mark | ((low % SPREAD == UNDERVOTED) & ((high == low) | _has_rows(j, 2)))
    return _otherwise(high, low, nw.when(same).then(high % MARKS).otherwise(_instead(high, OVERVOTED)))


def _otherwise(high: Expr, low: Expr, mark: Expr) -> Expr:
    clash = nw.when((high != low) & (high - high % SPAN != low - low % SPAN)).then(nw.lit(CLASH)).otherwise(mark)
    unreadable = (high % SPREAD == UNREADABLE) | (low % SPREAD == UNREADABLE)
    readable = nw.when(unreadable).then(_instead(high, UNREADABLE)).otherwise(clash)
    dropped = nw.when(high % SPREAD == DROPPED).then(high % MARKS).otherwise(readable)
    return nw.when(high.is_null()).then(nw.lit(OFF)).otherwise(dropped)


def _instead(high: Expr, status: int) -> Expr:
    return high % MARKS - high % SPREAD + status


_RANKS = 64
"""A rank behind every real one, for rows without a mark."""
_WIDE = 2**48
"""More than any key: a rank times _WIDE plus a key holds both."""


def _ranked_aggregates(j: int) -> list[Expr]:
    """Largest and smallest key at the first rank that holds a mark (rule S9), by two minima."""
    key = nw.col("key").cast(nw.Int64)
    first = nw.when(key % SPREAD == UNDERVOTED).then(nw.lit(_RANKS)).otherwise(nw.col("rank")).cast(nw.Int64)
    return [
        _of(j, first * _WIDE + key).min().alias(f"low_{j}"),
        _of(j, first * _WIDE + (_WIDE - 1 - key)).min().alias(f"turned_{j}"),
    ]


def _ranked_mark(j: int, fused: bool) -> Expr:
    low = nw.col(f"low_{j}") % _WIDE
    high = _WIDE - 1 - nw.col(f"turned_{j}") % _WIDE
    return _otherwise(high, low, nw.when(high == low).then(high % MARKS).otherwise(_instead(high, OVERVOTED)))


def _many_aggregates(j: int) -> list[Expr]:
    key, status = nw.col("key"), nw.col("key") % SPREAD

    def number(name: str, which: Expr) -> Expr:
        one = nw.when((nw.col("item") == j) & which).then(nw.lit(1)).otherwise(nw.lit(0))
        return one.sum().cast(nw.Int64).alias(f"{name}_{j}")

    return [
        *_one_aggregates(j),
        _of(j, nw.col("allowed")).max().alias(f"allowed_{j}"),
        number("first", status == FIRST),
        number("second", status == SECOND),
        number("both", status == BOTH),
        number("marks", (status >= FIRST) & (status < OVERVOTED)),
        number("over", status == OVERVOTED),
        number("unreadable", (status == UNREADABLE) & (key >= 0)),
    ]


def _many(j: int, decided: Expr) -> Expr:
    high, low, marks = nw.col(f"high_{j}"), nw.col(f"low_{j}"), nw.col(f"marks_{j}")
    under = nw.when(marks == 0).then(_instead(high, UNDERVOTED)).otherwise(decided)
    too_many = (nw.col(f"over_{j}") > 0) | (marks > nw.col(f"allowed_{j}"))
    over = nw.when(too_many).then(_instead(high, OVERVOTED)).otherwise(under)
    unreadable = nw.col(f"unreadable_{j}") > 0
    return _otherwise(high, low, nw.when(unreadable).then(_instead(high, UNREADABLE)).otherwise(over))


def _chosen(high: Expr, first: Expr, second: Expr, both: Expr, rest: Expr) -> Expr:
    """Return the mark of the side that was chosen; both: for a choice on either side; rest: the mark without a side."""
    side = nw.when(second).then(_instead(high, SECOND)).otherwise(rest)
    side = nw.when(first).then(_instead(high, FIRST)).otherwise(side)
    return nw.when(both).then(_instead(high, BOTH)).otherwise(side)


def _majority_mark(j: int, fused: bool) -> Expr:
    """Rule S8, `majority`: the side of more than half of the voter's marks, if there is one."""
    high, marks, both = nw.col(f"high_{j}"), nw.col(f"marks_{j}"), nw.col(f"both_{j}")
    of_first, of_second = nw.col(f"first_{j}"), nw.col(f"second_{j}")
    first, second = (of_first + both) * 2 > marks, (of_second + both) * 2 > marks
    others = (marks - of_first - of_second - both) * 2 > marks
    rest = nw.when(others).then(_instead(high, OTHER)).otherwise(_instead(high, NO_MAJORITY))
    return _many(j, _chosen(high, first, second, first & second, rest))


def _any_mark(j: int, fused: bool) -> Expr:
    """Rule S8, `any`: marks for both parties are MIXED (a split for either side), else the one party marked."""
    high = nw.col(f"high_{j}")
    first, second = nw.col(f"first_{j}") > 0, nw.col(f"second_{j}") > 0
    both = (nw.col(f"both_{j}") > 0) & ~first & ~second
    one = _chosen(high, first, second, both, _instead(high, OTHER))
    return _many(j, nw.when(first & second).then(_instead(high, MIXED)).otherwise(one))


KINDS: dict[str, tuple[Callable[[int], list[Expr]], Callable[[int, bool], Expr]]] = {
    "one": (_one_aggregates, _one_mark),
    "ranked": (_ranked_aggregates, _ranked_mark),
    "majority": (_many_aggregates, _majority_mark),
    "any": (_many_aggregates, _any_mark),
}
"""How the rows of one voter in one item become a mark: aggregates of the group-by, then an expression of them."""
