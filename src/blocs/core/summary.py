"""A summary of an object in a few lines, as text and as a table for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

__all__ = ["Summary", "listed", "p_number", "p_value"]


LEAST_P = 0.0001
"""Smallest p-value that is printed as a number."""


class Summary(NamedTuple):
    """A title, and rows of a name and what it is."""

    title: str
    rows: Sequence[tuple[str, str]]

    def text(self) -> str:
        """Return one line for the title and one for each row, the names in a column."""
        width = max((len(name) for name, _ in self.rows), default=0)
        return "\n".join([self.title, *(f"  {name:<{width}}  {value}" for name, value in self.rows)])

    def html(self) -> str:
        """Return a table of two columns, with the title above."""
        rows = "".join(
            f'<tr><th style="text-align:left">{escape(name)}</th><td style="text-align:left">{escape(value)}</td></tr>'
            for name, value in self.rows
        )
        return f"<table><caption>{escape(self.title)}</caption>{rows}</table>"


def listed(names: Sequence[object], most: int, between: str = ", ") -> str:
    """Return the names in one text; the ones behind the first `most` are counted."""
    further = f" and {len(names) - most:,} more" if len(names) > most else ""
    return between.join(map(str, names[:most])) + further


def p_value(p: float | None) -> str:
    """Return a p-value in words, "" where there is none: p = 0.0312, p < 0.0001."""
    number = p_number(p)
    return f"p {number[0]} {number[1:]}" if number.startswith("<") else number and f"p = {number}"


def p_number(p: float | None) -> str:
    """Return a p-value for a column of p-values, "" where there is none: 0.0312, <0.0001.

    Examples
    --------
    >>> [p_number(p) for p in (0.03124, 0.0001, 0.00009, None, float("nan"))]
    ['0.0312', '0.0001', '<0.0001', '', '']
    >>> [p_value(p) for p in (0.03124, 0.00009, None)]
    ['p = 0.0312', 'p < 0.0001', '']
    """
    if p is None or p != p:
        return ""
    return f"{p:.4f}" if p >= LEAST_P else f"<{LEAST_P:.4f}"
