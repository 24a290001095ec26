"""Shares of types by group, without those of small groups, and tests of them; as tables and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..core.errors import counted
from ..core.limits import LEAST_CELL
from ..core.summary import p_number
from .printer import Printer

if TYPE_CHECKING:
    import pandas as pd

    from ..inference.shares_test import SharesTest

__all__ = ["groups_json", "shares_test_json", "show_groups", "show_shares_test"]

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
        withheld = counted(few, "group")
        printer.text(f"Withheld: {withheld}, so that none stands for fewer than {LEAST_CELL} observations.")
    further = len(rows) // number - len(first)
    if further > 0:
        printer.text(f"{counted(further, 'further group is', 'further groups are')} in the output of --json.")
    printer.text()


def shares_test_json(test: SharesTest) -> dict[str, Any]:
    """Return a test of shares as a document."""
    return {"tests": test.table().to_dict("records"), "notes": list(test.notes)}


def show_shares_test(printer: Printer, test: SharesTest) -> None:
    """Print a test of shares: a row for each term, with how far it moved the types."""
    rows = [
        [row["term"], f"{row['statistic']:,.2f}", str(row["df"]), p_number(row["p"]),
         f"{100 * row['moved']:.2f}"]
        for row in test.table().to_dict("records")
    ]  # fmt: skip
    printer.title("Same shares of the types without: likelihood-ratio tests")
    if rows:
        printer.table(["", "LR", "df", "p", "types moved, %"], rows)
    for note in test.notes:
        printer.text(f"Note: {note}")
    if rows:
        printer.text("Types moved: the share of answers that would have to differ from a fit without.")
    printer.text()


def _number(n: float) -> str:
    return "" if n != n else f"{round(n):,}"


def _cell(row: dict[Any, Any]) -> str:
    if row["share"] != row["share"]:
        return ""
    error = row.get("se", float("nan"))
    return f"{100 * row['share']:.1f}" + (f" ({100 * error:.1f})" if error == error else "")
