"""A table in LaTeX, with the rules of booktabs. Text is escaped letter by letter, so that any name can be printed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .text import without_repeats

if TYPE_CHECKING:
    from .table import Table

__all__ = ["escaped", "to_latex"]

_ESCAPES = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"$<$", ">": r"$>$", "|": r"\textbar{}",
    '"': r"\char34{}", "[": "{[}", "]": "{]}", "`": r"\textasciigrave{}",
    "\N{MINUS SIGN}": "$-$", "≈": r"$\approx$", "≥": r"$\geq$", "≤": r"$\leq$", "∞": r"$\infty$", "×": r"$\times$",
    "²": r"$^2$", "χ": r"$\chi$", "†": r"\dag{}", "‡": r"\ddag{}", "\N{EM DASH}": "---", "\N{EN DASH}": "--",
    "’": "'", "“": "``", "”": "''", "\N{NO-BREAK SPACE}": "~",
}  # fmt: skip
"""Letters that LaTeX takes for commands, or that its fonts may lack -> what prints them. Brackets after a line end
would be taken for an argument of it."""

MOST_ROWS = 45
"""Rows that fit on a page."""


def escaped(text: str) -> str:
    """Return a text as LaTeX prints it, in one line."""
    return "".join(_ESCAPES.get(letter, letter) for letter in " ".join(text.split(None)) if letter.isprintable())


def to_latex(table: Table) -> str:
    """Return a `table` environment, or a `longtable` where the rows do not fit on a page; first the packages."""
    long = len(table.rows) > MOST_ROWS
    packages = ["booktabs", *(["longtable"] if long else []), *(["xcolor"] if table.marks else [])]
    spec = "".join("l" if c.kind == "text" or i < table.labels else "r" for i, c in enumerate(table.columns))
    label = re.sub(r"[^a-z0-9]+", "-", table.name.casefold()).strip("-")
    caption = [rf"\caption{{{escaped(table.caption)}}}"] if table.caption else []
    head = [r"\toprule", *_header(table), r"\midrule"]
    rows = [_row(table, r, cells) for r, cells in enumerate(without_repeats(table))]
    if long:  # the headings come again on every page
        names = rf"{''.join(caption)}\label{{tab:{label}}} \\"
        lines = [rf"\begin{{longtable}}{{{spec}}}", names, *head, r"\endhead", *rows, r"\bottomrule",
                 r"\end{longtable}"]  # fmt: skip
        end = _notes(table)
    else:
        lines = [r"\begin{table}[htbp]", r"\centering", *caption, rf"\label{{tab:{label}}}",
                 rf"\begin{{tabular}}{{{spec}}}", *head, *rows, r"\bottomrule", r"\end{tabular}"]  # fmt: skip
        end = [*(["", r"\medskip", *_notes(table)] if table.notes else []), r"\end{table}"]
    return "\n".join([f"% packages: {', '.join(packages)}", *lines, *end, ""])


def _notes(table: Table) -> list[str]:
    if not table.notes:
        return []
    text = " ".join(escaped(note) for note in table.notes)
    return [r"\begin{minipage}{\linewidth}\footnotesize", text, r"\end{minipage}"]


def _header(table: Table) -> list[str]:
    """Return the lines of the headings: spanners with a rule below each, then the columns."""
    names = " & ".join(escaped(column.name) for column in table.columns) + r" \\"
    if not table.spanned:
        return [names]
    above, rules = [], []
    for text, first, number in table.spanners():
        above.append(rf"\multicolumn{{{number}}}{{c}}{{{escaped(text)}}}" if text else "")
        rules += [rf"\cmidrule(lr){{{first + 1}-{first + number}}}"] if text else []
    return [" & ".join(above) + r" \\", " ".join(rules), names]


def _row(table: Table, number: int, cells: list[str]) -> str:
    out = []
    for column, cell in enumerate(cells):
        text = escaped(cell)
        text = rf"\textbf{{{text}}}" if (number, column) in table.bold else text
        out.append(rf"\textcolor{{gray}}{{{text}}}" if number in table.marks and text else text)
    return " & ".join(out) + r" \\"
