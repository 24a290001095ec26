"""Tables of a comparison: criteria of the fits of several numbers of types, and where their starts ended."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ..core.errors import Fault, InputError, counted, missing_columns, named
from ..core.top_party import TOP
from ..presentation import Column, Table
from ..results.comparison_groups import comparisons_by, group_of, refuse_several

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["fit_criteria", "marked_fits", "starts"]

NEEDED = ("types", "n", "loglik", "parameters", "relative_entropy", "blrt_p", "hits", "converged", "starts",
          "smallest_share", "status", "flags")  # fmt: skip
SIGNS = {"lower": 1, "higher": -1}
"""Whether lower or higher values of the criteria are better -> their sign."""
MARKS = {"*": "did not converge", "†": "was not replicated", "‡": "is not identified"}
"""Mark of a row -> what it says of the fit."""
CRITERIA = ("AIC", "BIC", "aBIC", "CAIC", "AWE")
SIGNIFICANT = 0.05
INDICES, TESTS, SMALLEST = "Model fit indices", "LRTs", "Smallest class"
NOTE = (
    "Par = free parameters; LL = log-likelihood; % Converged, % Replicated = random starts that converged (or were "
    "left on the way to the optimum of a better start), and that reached the best log-likelihood by their own "
    "iterations{of}; aBIC = sample-size adjusted BIC; CAIC = consistent AIC; AWE = approximate weight of evidence, "
    "−2LL + 2 Par (ln n + 1.5); VLMR = Vuong-Lo-Mendell-Rubin test; BLRT = bootstrap likelihood ratio test{draws}, K "
    "against K − 1 classes; smallest class by estimated proportion. Bold = best value of a criterion."
)


def fit_criteria(
    table: pd.DataFrame, chosen: int | None = None, sign: str = "lower", draws: int | None = None
) -> Table:
    """Return the table of fit criteria that reviewers ask for.

    Parameters
    ----------
    table : DataFrame
        What `blocs.compare` returned, or the rows of one group of what `blocs.compare_by_group` returned.
    chosen : int, optional
        The number of types that you chose, for a sentence below the table: the program chooses none.
    sign : {"lower", "higher"}
        "lower": criteria as usual, -2 LL + penalty. "higher": 2 LL - penalty, as in some journals.
    draws : int, optional
        Number of replicates of the bootstrap likelihood ratio test, for the note.

    Returns
    -------
    Table
        One row for each number of types. The best value of a criterion is bold if a larger number of types was tried
        and the row has no mark; * did not converge, † was not replicated (one start reached it, or none), ‡ is not
        identified.

    Raises
    ------
    InputError
        If the table is not one of `blocs.compare`, has rows of several groups, or none for the number chosen.

    Examples
    --------
    >>> import blocs
    >>> answers = {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "c": [0, 0, 1, 1], "n": [90, 10, 10, 90]}
    >>> profiles = blocs.Profiles.from_table(answers, weights="n")
    >>> criteria = fit_criteria(blocs.compare(profiles, types=[1, 2], starts=4))
    >>> criteria.to_frame()[["Classes", "Par"]].to_dict("list")
    {'Classes': [1, 2], 'Par': [3, 7]}
    """
    direction = named(SIGNS, sign, "sign", "sign", "signs")
    records = _records(table)
    if chosen is not None and chosen not in [row["types"] for row in records]:
        raise InputError(Fault(f"there is no row for {chosen} types", argument="chosen",
                               rule=f"The table has {_numbers(row['types'] for row in records)}"))  # fmt: skip
    values = [_criteria(row, direction) for row in records]
    marks = {i: mark for i, row in enumerate(records) if (mark := _mark(row))}
    bold, remarks = _best(values, records, marks, direction)
    columns = (
        Column("Classes", "count"), Column("Par", "count"), Column("LL", "number"), Column("% Converged", "share"),
        Column("% Replicated", "share"), *(Column(name, "number", 2, INDICES, name) for name in CRITERIA),
        Column("Entropy", "number", 3), *(Column(name, "p", 0, TESTS, name) for name in ("VLMR p", "BLRT p")),
        Column("n", "count", spanner=SMALLEST), Column("%", "share", spanner=SMALLEST),
    )  # fmt: skip
    rows = tuple(
        (row["types"], row["parameters"], row["loglik"], row["converged"] / row["starts"], row["hits"] / row["starts"],
         *of, row["relative_entropy"], None, row["blrt_p"], row["smallest_share"] * row["n"], row["smallest_share"])
        for row, of in zip(records, values, strict=True)
    )  # fmt: skip
    place = {column.name: i for i, column in enumerate(columns)}
    cells = {(i, place[CRITERIA[c]]) for i, c in bold}
    cells |= {(i, place["BLRT p"]) for i in _last_rejected([row["blrt_p"] for row in records], marks)}
    first, last = records[0]["types"], records[-1]["types"]
    caption = f"Fit of models with {first} to {last} classes{_of_group(table)} (N = {records[0]['n']:,.0f})."
    notes = (_note(records, draws), *_not_run(records), *remarks, *_legend(marks), *_signs(direction), *_chosen(chosen))
    return Table(columns, rows, caption, notes, 1, frozenset(cells), marks,
                 _named("fit criteria", table))  # fmt: skip


def starts(table: pd.DataFrame) -> Table:
    """Return where the starts of each fit ended: the housekeeping table of reports on mixture models.

    Parameters
    ----------
    table : DataFrame
        What `blocs.compare` returned.

    Returns
    -------
    Table
        One row for each number of types: best log-likelihood, parameters, starts, how many converged and reached the
        best one, and the smallest type.

    Raises
    ------
    InputError
        If the table is not one of `blocs.compare`.
    """
    records = _records(table)
    pairs = [Column(name, kind, spanner=spanner) for spanner in ("Converged", "Replicated", SMALLEST)
             for name, kind in (("f", "count"), ("%", "share"))]  # fmt: skip
    columns = (Column("Model"), Column("Best LL", "number"), Column("Par", "count"), Column("Starts", "count"), *pairs)
    rows = tuple(
        (f"{row['types']}-class", row["loglik"], row["parameters"], row["starts"], row["converged"],
         row["converged"] / row["starts"], row["hits"], row["hits"] / row["starts"], row["smallest_share"] * row["n"],
         row["smallest_share"])
        for row in records
    )  # fmt: skip
    marks = {i: mark for i, row in enumerate(records) if (mark := _mark(row))}
    note = ("Converged: or left on the way to the optimum of a better start. Replicated: starts that reached the best "
            "log-likelihood by their own iterations. Smallest class by estimated proportion.")  # fmt: skip
    notes = (note, *_legend(marks))
    caption = f"Where the random starts ended{_of_group(table)}."
    return Table(columns, rows, caption, notes, marks=marks, name=_named("starts", table))


def marked_fits(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return what a fit of a comparison is called -> what its mark says, of the fits with one.

    Such as "3 types" -> ["is not identified"]; in a comparison by party, "3 types, voters of DEM". Raises InputError if
    the table is not one of `blocs.compare`.
    """
    marked = {}
    for one in comparisons_by(table).values() or [table]:
        for row in _records(one):
            if mark := _mark(row):
                name = f"{counted(row['types'], 'type')}{_of_group(one)}"
                marked[name] = [MARKS[letter] for letter in mark]
    return marked


def _records(table: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return the rows in the order of the numbers of types; raise InputError for what is no comparison."""
    columns = [str(name) for name in getattr(table, "columns", ())]
    faults = missing_columns(NEEDED, "", columns, where="table", remedy="Give the table that blocs.compare returns")
    if faults:
        raise InputError(*faults)
    if not len(table):
        raise InputError(Fault("there are no rows", where="table", rule="At least one number of types is needed"))
    refuse_several(table, "table")
    return list(table.sort_values("types").to_dict("records"))


def _of_group(table: pd.DataFrame) -> str:
    """Return of which group a comparison is, as a caption has it: ", voters of DEM"; "" where it is of all."""
    group = group_of(table)
    if group is None:
        return ""
    column, label = group
    return f", voters of {label}" if column == TOP else f", {column} {label}"


def _named(name: str, table: pd.DataFrame) -> str:
    """Return the name of a table, which no table of another group has."""
    group = group_of(table)
    return name if group is None else f"{name} {group[1]}"


def _criteria(row: dict[Any, Any], direction: int) -> list[float]:
    """Return AIC, BIC, aBIC, CAIC and AWE of a row."""
    n, p = row["n"], row["parameters"]
    penalties = (2, math.log(n), math.log((n + 2) / 24), math.log(n) + 1, 2 * (math.log(n) + 1.5))
    return [direction * (-2 * row["loglik"] + penalty * p) for penalty in penalties]


def _mark(row: dict[Any, Any]) -> str:
    flags = str(row["flags"]).split(", ")
    conditions = {"*": row["status"] != "converged", "†": row["types"] > 1 and row["hits"] < 2,
                  "‡": "not_identified" in flags}  # fmt: skip
    return "".join(mark for mark, holds in conditions.items() if holds)


def _best(
    values: Sequence[Sequence[float]], records: list[dict[Any, Any]], marks: dict[int, str], direction: int
) -> tuple[set[tuple[int, int]], list[str]]:
    """Return (row, criterion) of the best values that are bold, and a sentence on criteria whose best value is not."""
    bold, edge, marked, last = set(), [], [], len(values) - 1
    for c, name in enumerate(CRITERIA):
        row = min(range(len(values)), key=lambda i: direction * values[i][c])
        if row == last:
            edge.append(name)
        elif row in marks:
            marked.append(f"{name} ({records[row]['types']})")
        else:
            bold.add((row, c))
    most = records[-1]["types"]
    verb = "falling" if direction > 0 else "rising"
    remarks = [f"{', '.join(edge)}: still {verb} at {most}, the largest number tried, so not bold."] if edge else []
    remarks = [] if last == 0 else remarks
    remarks += [f"Best in a row with a mark, so not bold: {', '.join(marked)}."] if marked else []
    return bold, remarks


def _last_rejected(p: Sequence[float], marks: dict[int, str]) -> set[int]:
    """Return the row of the last p below .05 that one of .05 or more follows."""
    rejected = [i for i, (this, after) in enumerate(pairwise(p)) if this < SIGNIFICANT <= after and i not in marks]
    return {*rejected[-1:]}


def _note(records: list[dict[Any, Any]], draws: int | None) -> str:
    numbers = {row["starts"] for row in records if row["types"] > 1}
    of = f" (of {numbers.pop():,})" if len(numbers) == 1 else ""
    return NOTE.format(of=of, draws=f", {draws:,} draws at most" if draws else "")


def _not_run(records: list[dict[Any, Any]]) -> list[str]:
    without = all(row["blrt_p"] != row["blrt_p"] for row in records)
    return [f"Not run (—): VLMR{' and BLRT' if without else ''}."]


def _legend(marks: dict[int, str]) -> list[str]:
    used = {letter for mark in marks.values() for letter in mark}
    lines = [f"{letter} {text}" for letter, text in MARKS.items() if letter in used]
    return [f"Grey rows: {'; '.join(lines)}."] if lines else []


def _signs(direction: int) -> list[str]:
    return [] if direction > 0 else ["Criteria with the sign turned, 2LL − penalty: higher is better."]


def _chosen(chosen: int | None) -> list[str]:
    return [] if chosen is None else [f"The authors chose {chosen} classes."]


def _numbers(types: Any) -> str:
    return ", ".join(map(str, types))
