"""Shares of types by group as a table and as JSON, without those of small groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..core.errors import counted
from .printer import Printer

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MINIMUM", "groups_json", "show_groups"]

MINIMUM = 10
"""Observations of a group below which its shares are withheld."""
_MOST_GROUPS = 40
"""Groups that are printed; --json has all."""


def groups_json(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return shares by group as a document, null where they are withheld."""
    rows: Any = table.astype(object).where(table.notna(), None).to_dict("records")
    return list(rows)


def show_groups(printer: Printer, table: pd.DataFrame, names: Sequence[str], types: Sequence[str]) -> None:
    """Print the shares of the types in every group, with standard errors in brackets where the table has them."""
    printer.title(f"Shares of the types by {', '.join(names)}, %{' (standard error)' if 'se' in table else ''}")
    rows: list[dict[Any, Any]] = table.to_dict("records")
    number = len(types)
    first = range(0, min(len(rows), _MOST_GROUPS * number), number)
    shown = [[*(str(rows[i][name]) for name in names), _number(rows[i]["n"]), *map(_cell, rows[i : i + number])]
             for i in first]  # fmt: skip
    printer.table([*names, "n", *types], shown, left=len(names))
    few = int(table["share"].isna().sum()) // number
    if few:
        printer.text(f"Withheld: {counted(few, 'group')}, so that none stands for fewer than {MINIMUM} observations.")
    further = len(rows) // number - len(first)
    if further > 0:
        printer.text(f"{counted(further, 'further group is', 'further groups are')} in the output of --json.")
    printer.text()


def _number(n: float) -> str:
    return "" if n != n else f"{round(n):,}"


def _cell(row: dict[Any, Any]) -> str:
    if row["share"] != row["share"]:
        return ""
    error = row.get("se", float("nan"))
    return f"{100 * row['share']:.1f}" + (f" ({100 * error:.1f})" if error == error else "")
