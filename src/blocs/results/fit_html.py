"""A fit in a notebook: its numbers, and the table of its probabilities as for a paper."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from ..presentation import Table
from .paper_tables import parameters, probabilities, shares

if TYPE_CHECKING:
    from .fit_result import Fit

__all__ = ["fit_html"]

MOST_ROWS = 60
"""Rows of a table that are shown; a line says how many more there are."""


def fit_html(fit: Fit, title: str, remarks: str) -> str:
    """Return the title and remarks, then the probabilities and the other parameters; the shares where there are none.

    Of a long table the first rows are shown.
    """
    tables = [table for table in (probabilities(fit), parameters(fit)) if table.rows] or [shares(fit)]
    head = "".join(f"<p>{escape(text)}</p>" for text in (title, remarks) if text)
    return head + "".join(_shortened(table) for table in tables)


def _shortened(table: Table) -> str:
    more = len(table.rows) - MOST_ROWS
    if more <= 0:
        return table.to_html()
    note = f"<p>{more:,} more rows are in <code>table()</code> and <code>parameters()</code>.</p>"
    return replace(table, rows=table.rows[:MOST_ROWS]).to_html() + note
