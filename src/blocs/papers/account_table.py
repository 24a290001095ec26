"""The account as a table for a paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.account import Account
from ..presentation import Column, Table

__all__ = ["account"]


def account(of: Account | Mapping[str, Any]) -> Table:
    """Return what became of every record, in counts that add up.

    Parameters
    ----------
    of : Account or mapping
        The account of ballots or profiles, or that of a saved fit (`fit.account`).

    Returns
    -------
    Table
        One row for each step and part, the largest part first; parts of 0 are left out. The remarks are the notes.
    """
    plain: Mapping[str, Any] = of.to_dict() if isinstance(of, Account) else of
    rows: list[tuple[Any, ...]] = []
    for step in plain.get("steps", ()):
        rows.append((step["name"], f"all {step['unit']}", step["total"]))
        parts = sorted(((n, part) for part, n in step["parts"].items() if n), reverse=True)
        rows += [(step["name"], part, n) for n, part in parts]
    columns = (Column("Step"), Column("Part"), Column("n", "count"))
    notes = tuple(plain.get("remarks", ()))
    return Table(columns, tuple(rows), "From the file to the analysis.", notes, 2, name="account")
