"""The figures of the page: which tables, which chart, its caption and what can be chosen."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ..core.errors import counted
from ..core.top_party import TOP
from ..presentation import printed
from ..presentation.numbers import IN_A_BAR, is_missing
from ..results.comparison_groups import group_of
from ..results.fit_result import Fit
from ..results.summary import Errors, reached_by
from . import charts
from .figure_data import (
    DataTable,
    called,
    cast_tables,
    criteria_table,
    item_tables,
    model_tables,
    pair_table,
    share_table,
    start_table,
)
from .markup import Choices, Figure
from .material import Lacking, Material

__all__ = ["cast_figure", "criteria_figure", "group_figure", "item_figure", "kind_of", "model_figure", "pair_figure",
           "share_figure", "start_figure"]  # fmt: skip

BOTH = ("How each type voted where both parties stood. Bars: share of the type's voters who split, left the office "
        "blank, voted for another party or voted straight, by party at the top of the ticket. Numbers: per cent, "
        f"printed from {IN_A_BAR}.")  # fmt: skip
ONE = ("How each type voted where only one party stood. Own party only: the voter could vote straight, for another "
       "party, or leave the office blank. Other party only: the voter could split, vote for another party, or leave it "
       "blank. These shares describe no choice between two parties.")  # fmt: skip
MODEL = "What the model says each type would have done had both parties stood in every race."
PALE = (" Pale with a dashed edge: fewer than 5 voters of the type had this choice; the value rests on the assumption "
        "that dropping a candidate does not change the ratio of the other choices.")  # fmt: skip
SORTS = {"ballot": "in the order of the ballot", "split": "the highest share of split votes first"}
MEASURES = {"share": "shares", "difference": "difference from all types",
            "interval": "split votes with 95 % intervals, types held fixed"}  # fmt: skip


def cast_figure(of: Material, cast: pd.DataFrame, one: bool) -> Figure | None:
    """Return what the types did where both parties stood, or where only one did; None where no office was such."""
    tables = list(cast_tables(cast, of.names, of.labels, one))
    if not tables:
        return None
    tops = sorted({str(top) for top in cast[TOP]})
    rows = max(len(table.table.rows) for table in tables) // max(len(tops), 1)
    types = len(of.names)
    specs = {"share": charts.bars(types, rows), "difference": charts.difference(types, rows),
             "interval": charts.split_dots(types, rows)}  # fmt: skip
    caption = ONE if one else f"{BOTH} {_how_found(of)}"
    return Figure("offices", tables, specs, caption, _extremes(tables, "split"), [
        _tops(tops),
        Choices("measure", "Numbers", MEASURES), Choices("sort", "Offices", SORTS),
        _types(of), _offices(of, tables),
    ], len(tops) * charts.height(types, rows))  # fmt: skip


def model_figure(of: Material) -> tuple[Figure, list[str]]:
    """Return the model's view of a choice among all outcomes, and the offices that are left out of it."""
    tables, left_out = model_tables(of.table, of.names, of.labels)
    tops = sorted({str(top) for top in of.table[TOP]}) if TOP in of.table else []
    rows = max(len(table.table.rows) for table in tables) // max(len(tops), 1)
    choices = [_tops(tops)] if tops else []
    pale = any("extrapolated" in row for each in tables for row in each.table.rows)
    specs = {"share": charts.bars(len(of.names), rows, extrapolated=True)}
    choices += [Choices("sort", "Offices", SORTS), _types(of), _offices(of, tables)]
    space = max(len(tops), 1) * charts.height(len(of.names), rows, across=2)
    figure = Figure("offices", tables, specs, MODEL + PALE * pale, _extremes(tables, "split"), choices, space)
    return figure, left_out


def item_figure(of: Material) -> Figure:
    """Return the probabilities of answers, with intervals where there are standard errors."""
    table = of.table if isinstance(of.errors, Lacking) else of.errors.table()
    tables = list(item_tables(table, of.names, of.labels))
    errors = "" if isinstance(of.errors, Lacking) else " Bars: 95 % intervals"
    errors += ("; probabilities at 0 or 1 have none." if bool(table["low"].isna().any()) else ".") if errors else ""
    caption = (f"Conditional item probabilities of the {counted(len(of.names), 'type')} (N = {of.fit.n:,.0f}). Points: "
               f"estimated probability of the outcome.{errors} Percentages: estimated shares of the types. "
               f"{_how_found(of)}")  # fmt: skip
    types, rows = len(of.names), len(tables[0].table.rows)
    return Figure("items", tables, {"share": charts.dots(types, rows, "Probability, %")}, caption,
                  _extremes(tables, "p"), [_types(of), _offices(of, tables, "Items shown")],
                  charts.height(types, rows))  # fmt: skip


def group_figure(of: Material, by: str, table: DataTable, remark: str) -> Figure:
    """Return the shares of the types by group, one panel a type, or one type alone; remark: what is not shown."""
    groups, types = len(table.table.rows), len(of.names)
    caption = (f"Share of each type in each group by {called(by)}, with 95 % intervals (types held fixed); the "
               f"number of {of.unit}s in brackets. The groups with the largest share of the first type drawn stand "
               f"first. {remark}")  # fmt: skip
    if groups > charts.MANY:
        caption += (f" Drawn: the {charts.MANY // 2} groups with the highest and with the lowest shares of it; where "
                    "one type is drawn alone, all groups are in the histogram below.")  # fmt: skip
    shares = [row[2] for row in table.table.rows]
    low, high = (printed(of_all, "share") for of_all in (min(shares), max(shares)))
    finding = f"The share of Type 1 lies between {low} and {high} % in {counted(groups, 'group')}."
    kinds = ({"": "all types"} if types > 1 else {}) | {str(k): name for k, name in enumerate(of.names, start=1)}
    specs = {"share": charts.groups(groups, of.unit),
             "every": charts.dots(types, min(groups, charts.MANY), f"Share of the group's {of.unit}s, %")}  # fmt: skip
    return Figure("groups", [table], specs, caption, finding, [Choices("kind", "Type", kinds)],
                  charts.height(types, min(groups, charts.MANY)))  # fmt: skip


def share_figure(shares: pd.DataFrame, kind: str) -> Figure:
    """Return the shares of the types with their intervals."""
    table = share_table(shares, kind)
    first = table.table.printed()[0]
    finding = f"Type 1 has {first[1]} % of all, with a 95 % interval from {first[3]} to {first[4]}."
    return Figure("shares", [table], {"share": charts.dots(0, len(shares), "Share of all, %")},
                  f"Shares of the types with 95 % intervals ({kind}).", finding)  # fmt: skip


def start_figure(fit: Fit) -> Figure:
    """Return the log-likelihoods at which the starts ended."""
    led = f"; moves led {fit.moved} more there" if fit.moved else ""
    finding = (f"{fit.hits} of {counted(len(fit.ends), 'start')} reached the best log-likelihood, "
               f"{printed(fit.loglik, 'number')}, by their own iterations{led}.")  # fmt: skip
    return Figure("starts", [start_table(fit.starts)], {"share": charts.starts()},
                  f"Where each start ended. {finding} A best value that several reached by their own iterations is "
                  "less likely to be a local optimum; starts that moves led there do not count.", finding)  # fmt: skip


def criteria_figure(comparison: pd.DataFrame, name: str) -> Figure:
    """Return the criteria by number of types, of all observations or of one group; name: of its table."""
    best = comparison["types"].iloc[comparison["bic"].to_numpy().argmin()]
    least, most = comparison["types"].min(), comparison["types"].max()
    group = group_of(comparison)
    of = "" if group is None else f" of {group[1]} voters"
    finding = f"BIC{of} is lowest at {counted(int(best), 'type')}, of {least} to {most}."
    return Figure("criteria", [criteria_table(comparison, name)], {"share": charts.criteria()},
                  f"Criteria by number of types{of}; smaller is better.", finding)  # fmt: skip


def pair_figure(of: Material, pairs: pd.DataFrame) -> Figure:
    """Return the bivariate residuals of all pairs of items."""
    worst = pairs.iloc[0]
    first, second = of.labels[worst["item_a"]], of.labels[worst["item_b"]]
    finding = (f"The pair that the types describe worst is {first} and {second}, with an X2 of "
               f"{printed(worst['bvr'], 'number')} by degree of freedom.")  # fmt: skip
    return Figure("pairs", [pair_table(pairs, of.labels)], {"share": charts.pairs(len(of.labels))},
                  "How far each pair of items is from what the types say: X2 by degree of freedom. The scale ends at "
                  "10.", finding)  # fmt: skip


def kind_of(errors: Errors) -> str:
    """Return what kind of standard errors they are, in words."""
    return str(getattr(errors, "kind", "bootstrap"))


def _how_found(of: Material) -> str:
    """Return how many observations, types and starts a figure rests on."""
    fit = of.first
    if fit is not of.fit:
        return f"{of.fit.n:,.0f} {of.unit}s; {counted(of.fit.types, 'type')} for each party at the top."
    return f"{fit.n:,.0f} {of.unit}s; {counted(fit.types, 'type')}, {reached_by(fit)}."


def _tops(tops: Sequence[str]) -> Choices:
    """Return whose voters are drawn: those of every party at the top at first."""
    every = {"": "all parties" if len(tops) > 2 else "both parties"} if len(tops) > 1 else {}
    return Choices("top", "Voters of", every | {top: f"{top} voters" for top in tops})


def _types(of: Material) -> Choices:
    return Choices("types", "Types", {str(k): f"Type {k}" for k in range(1, len(of.names) + 1)}, several=True)


def _offices(of: Material, tables: Sequence[DataTable], label: str = "Offices shown") -> Choices:
    """Return the offices or items of the tables, in the order of the ballot."""
    drawn = {str(row[0]) for table in tables for row in table.table.rows}
    names = [of.labels[name] for name in of.first.schema.names]
    return Choices("offices", label, {name: name for name in names if name in drawn}, several=True)


def _extremes(tables: Sequence[DataTable], key: str) -> str:
    """Return the highest and the lowest number of a column of shares, in a sentence."""
    column = tables[0].keys.index(key)
    cells = [
        (row[column], f"{of.facts['title'].partition(' (')[0]}, {', '.join(map(str, row[: _texts(of)]))}")
        for of in tables for row in of.table.rows if not is_missing(row[column])
    ]  # fmt: skip
    if not cells:
        return "No row has enough voters for shares."
    what = "probability" if key == "p" else "share of split votes"
    (low, least), (high, most) = min(cells), max(cells)
    return (f"The highest {what} is {printed(high, 'share')} % ({most}), the lowest {printed(low, 'share')} % "
            f"({least}).")  # fmt: skip


def _texts(of: DataTable) -> int:
    """Return the number of columns of text at the left of a table."""
    return next(i for i, column in enumerate(of.table.columns) if column.kind != "text")
