"""Tables of a fit for a paper: probabilities by type, other parameters, shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..core.errors import counted
from ..presentation import Column, Table, printed

if TYPE_CHECKING:
    import pandas as pd

    from .fit_result import Fit
    from .summary import ErrorTables

__all__ = ["parameters", "probabilities", "shares", "type_headings"]

NO_ERROR = "—: no standard error; the estimate is at 0 or 1, nothing is estimated, or the data do not say."
"""The note on cells without a standard error."""


def type_headings(fit: Fit) -> list[str]:
    """Return the name of each type with its share: Type 1 (72.0 %)."""
    return [f"Type {k} ({printed(share, 'share')} %)" for k, share in fit.shares.items()]


def probabilities(fit: Fit, errors: ErrorTables | None = None, labels: Mapping[str, str] | None = None) -> Table:
    """Return the probability of every outcome in every type as a table for a paper.

    Parameters
    ----------
    fit : Fit
        The fit.
    errors : StandardErrors or Bootstrap, optional
        Adds a column of standard errors beside each type.
    labels : mapping of str to str, optional
        Item -> what it is called in the table.

    Returns
    -------
    Table
        A row for each item and outcome, a column for each type; shares from 0 to 1.
    """
    table = fit.table() if errors is None else errors.table()
    rows = _side_by_side(table, "outcome", "probability", labels)
    columns = (Column("Item"), Column("Outcome"), *_columns(fit, errors, Column("", "share")))
    notes = ["Per cent. Percentages in the headings: estimated shares of the types.", *_of_errors(errors, rows)]
    if fit.design is not None:
        notes.append("The shares of the types are means over the rows.")
    caption = f"Conditional item probabilities of the model with {counted(fit.types, 'type')} (N = {fit.n:,.0f})."
    return Table(columns, rows, caption, tuple(notes), 2, name="probabilities")


def parameters(fit: Fit, errors: ErrorTables | None = None, labels: Mapping[str, str] | None = None) -> Table:
    """Return rates, means and variances of every type as a table for a paper; arguments as of `probabilities`."""
    if errors is None:
        table = fit.parameters()
    else:
        table = errors.parameters()
        table = table[table["item"].isin(fit.parameters()["item"])]
    rows = _side_by_side(table, "parameter", "value", labels)
    columns = (Column("Item"), Column("Parameter"), *_columns(fit, errors, Column("", "number", 3)))
    notes = ("In the units of the data.", *_of_errors(errors, rows))
    caption = f"Counts and measurements: parameters of {counted(fit.types, 'type')} (N = {fit.n:,.0f})."
    return Table(columns, rows, caption, notes, 2, name="parameters")


def shares(fit: Fit, errors: ErrorTables | None = None) -> Table:
    """Return the shares of the types as a table for a paper, with standard errors and intervals where they are given.

    Parameters
    ----------
    fit : Fit
        The fit.
    errors : StandardErrors or Bootstrap, optional
        Adds standard errors and 95 per cent intervals.

    Returns
    -------
    Table
        A row for each type.
    """
    caption = f"Estimated shares of {counted(fit.types, 'type')} (N = {fit.n:,.0f})."
    if errors is None:
        rows = tuple((str(k), share) for k, share in fit.shares.items())
        return Table((Column("Type"), Column("Share", "share")), rows, caption, ("Per cent.",), name="shares")
    table = errors.shares()[["type", "share", "se", "low", "high"]]
    rows = tuple((str(row["type"]), *list(row.values())[1:]) for row in table.to_dict("records"))
    columns = (Column("Type"), Column("Share", "share"), Column("SE", "share"),
               *(Column(name, "share", spanner="95 % CI") for name in ("low", "high")))  # fmt: skip
    return Table(columns, rows, caption, ("Per cent.", *_of_errors(errors, rows)), name="shares")


def _columns(fit: Fit, errors: ErrorTables | None, like: Column) -> list[Column]:
    """Return the columns of the types: one each, or estimate and standard error under one heading."""
    headings = type_headings(fit)
    if errors is None:
        return [Column(heading, like.kind, like.digits) for heading in headings]
    return [
        Column(name, like.kind, like.digits, heading) for heading in headings for name in ("Estimate", "SE")
    ]  # fmt: skip


def _side_by_side(
    table: pd.DataFrame, label: str, value: str, labels: Mapping[str, str] | None
) -> tuple[tuple[Any, ...], ...]:
    """Return a row for each item and label with the values of all types; a parameter that all share stands in each."""
    names = [value, "se"] if "se" in table else [value]
    types = sorted(set(table["type"]) - {0})
    cells: dict[tuple[Any, Any], dict[int, list[float]]] = {}
    for row in table.to_dict("records"):
        cells.setdefault((row["item"], row[label]), {})[row["type"]] = [row[name] for name in names]
    empty = [None] * len(names)
    return tuple(
        ((labels or {}).get(item, item), str(of), *(x for k in types for x in by_type.get(k, by_type.get(0, empty))))
        for (item, of), by_type in cells.items()
    )


def _of_errors(errors: ErrorTables | None, rows: tuple[tuple[Any, ...], ...]) -> list[str]:
    """Return what a reader should know of standard errors."""
    if errors is None:
        return []
    missing = any(isinstance(value, float) and value != value for row in rows for value in row)
    return [f"SE: standard error ({errors.kind}).", *([NO_ERROR] if missing else []), *errors.notes]
