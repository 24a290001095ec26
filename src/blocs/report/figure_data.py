"""Tables of the figures, as one page shows them: the script draws from their cells, so that picture and table agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from json import dumps
from typing import TYPE_CHECKING, Any, NamedTuple

from ..ballots.reports.as_cast import of_both_parties
from ..core.top_party import TOP
from ..papers import fit_criteria
from ..presentation import Column, Table
from ..presentation.numbers import in_a_bar, is_missing, printed

if TYPE_CHECKING:
    import pandas as pd

    from ..inference.shown_shares import ShownShares

__all__ = ["FEW", "LEAST", "MOVED", "NOT_REACHED", "OUTCOMES", "OWN", "DataTable", "called", "cast_tables",
           "criteria_table", "group_table", "item_tables", "model_tables", "pair_table", "share_table",
           "start_table"]  # fmt: skip

LEAST = 30
"""Expected voters below which a row has no shares."""
FEW = 5
"""Expected voters with all outcomes on their menu, below which a probability of the model is extrapolated."""
OUTCOMES = {"split": "Split", "abstain": "Left blank", "other": "Other", "straight": "Straight"}
"""Outcomes of ballots in the order of the bars, and their words."""
IN_BARS = ("split", "abstain")
"""Outcomes whose numbers are printed in bars."""
STOOD = {"own": "own party only", "other": "other party only", "neither": "neither party"}
"""Who stood where not both did."""
OWN, MOVED, NOT_REACHED = "by its own iterations", "led there by moves", "not reached"
"""How a start came to the best optimum, if it did. Only the first is a replication: moves lead from one to another."""

class DataTable(NamedTuple):
    """A table whose cells a figure draws.

    name: of the tables that one figure draws together; table: what it has; keys: name of each column in the script;
    facts: further texts for all rows, such as the type that they are of.
    """

    name: str
    table: Table
    keys: tuple[str, ...]
    facts: Mapping[str, str] = {}


def cast_tables(cast: pd.DataFrame, names: Sequence[str], labels: Mapping[str, str], one: bool) -> Iterator[DataTable]:
    """Give a table a type: what its voters did where both parties stood, or where only one did.

    cast: what `ballots.reports.as_cast` returned, with the ends low and high of the interval of the split votes, and
    of_type, the voters of the type and party in all offices; one: whether to show the races of one party; names: of
    the types. The column before the interval is the share that split less that of all types together.
    """
    rows = cast[(cast["stood"] != "both") if one else (cast["stood"] == "both")].sort_values(TOP, kind="stable")
    key = [TOP, "office", "stood"]
    split = (rows["split"].fillna(0) * rows["voters"]).groupby([rows[name] for name in key]).sum()
    whole = (split / rows.groupby(key)["voters"].sum()).to_dict()
    columns = [Column("Office"), Column("Voters of"), *([Column("Stood")] if one else []), Column("Voters", "expected"),
               *(Column(f"{word}, %", "share") for word in OUTCOMES.values()),
               Column("Split, less all types, points", "points"), Column("Split, 95 % from", "share"),
               Column("to", "share")]  # fmt: skip
    keys = ("office", "top", *(["stood"] if one else []), "voters", *OUTCOMES, "difference", "low", "high")
    fixed = ("In the 95 % intervals the types are fixed. —: no interval, as fewer than half a voter is expected who "
             "split, or who did not.")  # fmt: skip
    for k, name in enumerate(names, start=1):
        cells = []
        for row in rows[rows["type"] == k].to_dict("records"):
            enough = row["voters"] >= LEAST
            shown = [row[o] if enough else None for o in (*OUTCOMES, "low", "high")]
            less = None if shown[0] is None else shown[0] - whole[tuple(row[of] for of in key)]
            stood = [STOOD.get(row["stood"], "")] if one else []
            cells.append((labels[row["office"]], row[TOP], *stood, row["voters"], *shown[:-2], less, *shown[-2:]))
        if cells:
            where = "where only one party stood" if one else "where both parties stood"
            few = f"A row of fewer than {LEAST} expected voters has no shares."
            table = Table(tuple(columns), tuple(cells), f"{name}: how its voters voted {where}.",
                          (few, fixed) if any(row[-7:] == (None,) * 7 for row in cells) else (fixed,))  # fmt: skip
            of_type = dict(zip(rows.loc[rows["type"] == k, TOP], rows.loc[rows["type"] == k, "of_type"], strict=True))
            voters = {str(top): printed(number, "expected") for top, number in of_type.items()}
            yield DataTable("one" if one else "both", table, keys, {
                "type": str(k), "title": name, "tops": dumps(voters), "inbars": _in_bars(cells, keys)})


def model_tables(
    table: pd.DataFrame, names: Sequence[str], labels: Mapping[str, str]
) -> tuple[list[DataTable], list[str]]:
    """Return a table a type with the model's probabilities of all outcomes, and the offices that are left out.

    table: what `Fit.table(profiles)` returned. An office is left out where no type had enough voters with the choice.
    """
    known = "observed" in table
    both = of_both_parties(table)
    enough = both & (table["observed"] >= FEW if known else table["probability"].notna())
    kept = enough.groupby(table["item"], sort=False).any()
    by_party = TOP in table
    columns = [Column("Office"), *([Column("Voters of")] if by_party else []),
               *(Column(f"{word}, %", "share") for word in OUTCOMES.values()),
               *([Column("Voters who had the choice", "expected"), Column("Rests on")] if known else [])]  # fmt: skip
    keys = ("office", *(["top"] if by_party else []), *OUTCOMES, *(["observed", "rests"] if known else []))
    out = []
    for k, name in enumerate(names, start=1):
        of_type, cells = table[table["type"] == k], []
        for where, rows in of_type.groupby([TOP, "item"] if by_party else ["item"], sort=False):
            *party, item = map(str, where)
            if not kept[item]:
                continue
            p = rows.set_index("outcome")["probability"]
            number = float(rows["observed"].iloc[0]) if known and both[rows.index[0]] else 0.0
            rests = [number, "extrapolated" if number < FEW else "voters"] if known else []
            cells.append((labels[item], *party, *(p.get(o) for o in OUTCOMES), *rests))
        caption = f"{name}: the model's probabilities of a choice among all outcomes."
        out.append(DataTable("model", Table(tuple(columns), tuple(cells), caption), keys,
                             {"type": str(k), "title": name, "inbars": _in_bars(cells, keys)}))  # fmt: skip
    return out, [labels[str(item)] for item, shown in kept.items() if not shown]


def _in_bars(cells: Sequence[tuple[Any, ...]], keys: Sequence[str]) -> str:
    """Return the numbers in the bars of each row of a table, as JSON: what the cells print is rounded already."""
    at = [keys.index(outcome) for outcome in IN_BARS]
    return dumps([["" if is_missing(row[i]) else in_a_bar(row[i]) for i in at] for row in cells])


def item_tables(table: pd.DataFrame, names: Sequence[str], labels: Mapping[str, str]) -> Iterator[DataTable]:
    """Give a table a type of answers: the probability of every outcome, with its interval where there is one."""
    errors = "low" in table
    columns = [Column("Item"), Column("Outcome"), Column("Probability, %", "share"),
               *([Column("95 % from", "share"), Column("to", "share")] if errors else [])]  # fmt: skip
    keys = ("item", "outcome", "p", *(["low", "high"] if errors else []))
    values = ["probability", *(["low", "high"] if errors else [])]
    for k, name in enumerate(names, start=1):
        rows = table[table["type"] == k].to_dict("records")
        cells = tuple((labels[row["item"]], str(row["outcome"]), *(row[v] for v in values)) for row in rows)
        shown = Table(tuple(columns), cells, f"{name}: probabilities of the outcomes.", labels=2)
        yield DataTable("items", shown, keys, {"type": str(k), "title": name})


def called(by: str) -> str:
    """Return a group column in words."""
    return "party at the top" if by == TOP else by.replace("_", " ")


def group_table(shares: ShownShares, by: str, names: Sequence[str], name: str, unit: str) -> DataTable:
    """Return the shares of all types by group, one row a group."""
    types = range(1, len(names) + 1)
    columns = [Column(called(by).capitalize()), Column(f"{unit}s".capitalize(), "count")]
    keys = ["group", "n"]
    for k in types:
        columns += [Column(f"Type {k}, %", "share"), Column("from", "share"), Column("to", "share")]
        keys += [f"share{k}", f"low{k}", f"high{k}"]
    cells = []
    for group, rows in shares.table.groupby("group", sort=False):
        each = rows[["share", "low", "high"]].to_numpy().ravel().tolist()
        cells.append((str(group), int(rows["n"].iloc[0]), *each))
    notes = ("From, to: the 95 % interval, with the types held fixed.", shares.remark(unit))
    table = Table(tuple(columns), tuple(cells), f"Shares of the types by {called(by)}.", tuple(filter(None, notes)))
    return DataTable(name, table, tuple(keys))


def share_table(shares: pd.DataFrame, kind: str) -> DataTable:
    """Return the shares of the types with standard errors and intervals; shares: of `StandardErrors` or `Bootstrap`."""
    columns = (Column("Type"), Column("Share, %", "share"), Column("Standard error, points", "share"),
               Column("95 % from", "share"), Column("to", "share"))  # fmt: skip
    cells = tuple((f"Type {row['type']}", row["share"], row["se"], row["low"], row["high"])
                  for row in shares.to_dict("records"))  # fmt: skip
    return DataTable("shares", Table(columns, cells, "Shares of the types.", (f"Standard errors: {kind}.",)),
                     ("type", "share", "se", "low", "high"))  # fmt: skip


def criteria_table(comparison: pd.DataFrame, name: str) -> DataTable:
    """Return the table of fit criteria; comparison: what `blocs.compare` returned."""
    table = fit_criteria(comparison)
    return DataTable(name, table, tuple(column.name.replace(" ", "_") for column in table.columns))


def start_table(starts: pd.DataFrame) -> DataTable:
    """Return where every start ended, the best first; starts: `Fit.starts`."""
    columns = (Column("Rank"), Column("Log-likelihood", "number", 4), Column("Iterations", "count"), Column("Status"),
               Column("Best optimum"))  # fmt: skip
    how = starts["arrived"].isna().map({True: OWN, False: MOVED}).where(starts["best"], NOT_REACHED)
    rows = starts.assign(how=how).sort_values("loglik", ascending=False, kind="stable").to_dict("records")
    cells = tuple((str(rank), row["loglik"], row["iterations"], row["status"], row["how"])
                  for rank, row in enumerate(rows, start=1))  # fmt: skip
    return DataTable("starts", Table(columns, cells, "Where the starts ended."),
                     ("rank", "loglik", "iterations", "status", "best"))  # fmt: skip


def pair_table(pairs: pd.DataFrame, labels: Mapping[str, str]) -> DataTable:
    """Return the bivariate residuals; pairs: what `blocs.bivariate_residuals` returned."""
    columns = (Column("First"), Column("Second"), Column("X2", "number"), Column("df", "count"),
               Column("BVR", "number"))  # fmt: skip
    cells = tuple((labels[row["item_a"]], labels[row["item_b"]], row["x2"], row["df"], row["bvr"])
                  for row in pairs.to_dict("records"))  # fmt: skip
    notes = ("BVR: the X2 of the two-way table of a pair, by degree of freedom. It has no chi-square distribution, as "
             "the types were fitted to the same data.",)  # fmt: skip
    return DataTable("pairs", Table(columns, cells, "How the types describe pairs, the worst first.", notes, labels=2),
                     ("first", "second", "x2", "df", "bvr"))  # fmt: skip
