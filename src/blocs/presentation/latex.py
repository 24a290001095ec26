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
    '"': r"\textquotedbl{}", "[": "{[}", "]": "{]}", "`": r"\textasciigrave{}",
    "\N{MINUS SIGN}": "$-$", "≈": r"$\approx$", "≥": r"$\geq$", "≤": r"$\leq$", "∞": r"$\infty$", "×": r"$\times$",
    "²": r"$^2$", "χ": r"$\chi$", "†": r"\dag{}", "‡": r"\ddag{}", "\N{EM DASH}": "---", "\N{EN DASH}": "--",
    "’": "'", "“": "``", "”": "''", "\N{NO-BREAK SPACE}": "~",
}  # fmt: skip
"""Letters that LaTeX takes for commands, or that its fonts may lack -> what prints them. Brackets after a line end
would be taken for an argument of it."""


def escaped(text: str) -> str:
    """Return a text as LaTeX prints it, in one line."""
    return "".join(_ESCAPES.get(letter, letter) for letter in " ".join(text.split(None)) if letter.isprintable())


def to_latex(table: Table) -> str:
    """Return a `table` environment; the first line names the packages."""
    packages = "booktabs, xcolor" if table.marks else "booktabs"
    spec = "".join("l" if c.kind == "text" or i < table.labels else "r" for i, c in enumerate(table.columns))
    label = re.sub(r"[^a-z0-9]+", "-", table.name.casefold()).strip("-")
    lines = [f"% packages: {packages}", r"\begin{table}[htbp]", r"\centering"]
    lines += [rf"\caption{{{escaped(table.caption)}}}"] if table.caption else []
    lines += [rf"\label{{tab:{label}}}", rf"\begin{{tabular}}{{{spec}}}", r"\toprule", *_header(table), r"\midrule"]
    lines += [_row(table, r, cells) for r, cells in enumerate(without_repeats(table))]
    lines += [r"\bottomrule", r"\end{tabular}"]
    if table.notes:
        notes = " ".join(escaped(note) for note in table.notes)
        lines += ["", r"\medskip", r"\begin{minipage}{\linewidth}\footnotesize", notes, r"\end{minipage}"]
    return "\n".join([*lines, r"\end{table}", ""])


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
