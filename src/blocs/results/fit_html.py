"""A fit as a table in a notebook: items in rows, types in columns."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["fit_html"]

MOST_ROWS = 60
"""Rows that are shown; a line says how many more there are."""


def fit_html(
    title: str, remarks: str, shares: NDArray[np.float64], table: pd.DataFrame, parameters: pd.DataFrame
) -> str:
    """Return the title and remarks, the shares (K,), and probabilities and parameters with one column a type."""
    kinds = "".join(f"<th>type {k}</th>" for k in range(1, len(shares) + 1))
    rows = [_row("share", "", shares)]
    for frame, name, value in ((table, "outcome", "probability"), (parameters, "parameter", "value")):
        for (item, label), values in frame.groupby(["item", name], sort=False)[value]:
            rows.append(_row(str(item), str(label), values.to_numpy(dtype=np.float64)))
    more = len(rows) - 1 - MOST_ROWS
    note = f"<p>{more:,} more rows are in <code>table()</code> and <code>parameters()</code>.</p>" if more > 0 else ""
    body = "".join(rows[: MOST_ROWS + 1])
    head = "".join(f"<p>{escape(text)}</p>" for text in (title, remarks) if text)
    return f"{head}<table><tr><th>item</th><th>outcome</th>{kinds}</tr>{body}</table>{note}"


def _row(item: str, label: str, values: NDArray[np.float64]) -> str:
    cells = "".join(f"<td>{value:.4g}</td>" if value == value else "<td></td>" for value in values)
    return f"<tr><td>{escape(item)}</td><td>{escape(label)}</td>{cells}</tr>"
