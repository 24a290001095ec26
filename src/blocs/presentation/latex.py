"""A table in LaTeX, with the rules of booktabs. Text is escaped letter by letter, so that any name can be printed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .latex_layout import Layout, layout
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

MOST_LINES = 45
"""Lines that fit on a page."""
SMALL = [r"\footnotesize", r"\setlength{\tabcolsep}{3pt}"]


def escaped(text: str) -> str:
    """Return a text as LaTeX prints it, in one line."""
    return "".join(_ESCAPES.get(letter, letter) for letter in " ".join(text.split(None)) if letter.isprintable())


def to_latex(table: Table) -> str:
    """Return a `table` environment, or a `longtable` where the rows do not fit on a page; first the packages."""
    cells = without_repeats(table)
    laid = layout(table, cells)
    long = laid.lines * len(laid.blocks) > MOST_LINES
    packages = [*(["array"] if laid.wrapped else []), "booktabs", *(["longtable"] if long else []),
                *(["xcolor"] if table.marks else [])]  # fmt: skip
    label = re.sub(r"[^a-z0-9]+", "-", table.name.casefold()).strip("-")
    caption = [rf"\caption{{{escaped(table.caption)}}}"] if table.caption else []
    blocks = [_block(table, laid, cells, columns) for columns in laid.blocks]
    if long:  # the headings come again on every page
        lines = [r"\begingroup", *SMALL] if laid.small else []
        for i, (spec, head, rows) in enumerate(blocks):
            names = [rf"{''.join(caption)}\label{{tab:{label}}} \\"] if i == 0 else []
            lines += [rf"\begin{{longtable}}{{{spec}}}", *names, *head, r"\endhead", *rows, r"\bottomrule",
                      r"\end{longtable}"]  # fmt: skip
        end = [*([r"\endgroup"] if laid.small else []), *_notes(table)]
    else:
        lines = [r"\begin{table}[htbp]", r"\centering", *caption, rf"\label{{tab:{label}}}"]
        lines += SMALL if laid.small else []
        for i, (spec, head, rows) in enumerate(blocks):
            lines += ["", r"\medskip"] if i else []
            lines += [rf"\begin{{tabular}}{{{spec}}}", *head, *rows, r"\bottomrule", r"\end{tabular}"]
        end = [*(["", r"\medskip", *_notes(table)] if table.notes else []), r"\end{table}"]
    return "\n".join([f"% packages: {', '.join(packages)}", *lines, *end, ""])


def _block(
    table: Table, laid: Layout, cells: Sequence[Sequence[str]], columns: Sequence[int]
) -> tuple[str, list[str], list[str]]:
    """Return the specification of the columns of one block, its headings and its rows."""
    spec = ""
    for c in columns:
        if c in laid.wrapped:
            spec += rf">{{\raggedright\arraybackslash\hspace{{0pt}}}}p{{{laid.wrapped[c]:.0f}pt}}"
        else:
            spec += "l" if table.columns[c].kind == "text" or c < table.labels else "r"
    head = [r"\toprule", *_header(table, columns), r"\midrule"]
    return spec, head, [_row(table, r, of, columns) for r, of in enumerate(cells)]


def _notes(table: Table) -> list[str]:
    if not table.notes:
        return []
    text = " ".join(escaped(note) for note in table.notes)
    return [r"\noindent\begin{minipage}{\linewidth}\footnotesize", text, r"\end{minipage}"]


def _header(table: Table, columns: Sequence[int]) -> list[str]:
    """Return the lines of the headings: spanners with a rule below each, then the columns."""
    names = " & ".join(escaped(table.columns[c].name) for c in columns) + r" \\"
    spans = [
        (text, [place for place, c in enumerate(columns) if first <= c < first + number])
        for text, first, number in table.spanners()
    ]
    if not any(text and places for text, places in spans):
        return [names]
    above, rules = [], []
    for text, places in spans:
        if not places:
            continue
        above += [rf"\multicolumn{{{len(places)}}}{{c}}{{{escaped(text)}}}"] if text else [""] * len(places)
        rules += [rf"\cmidrule(lr){{{places[0] + 1}-{places[-1] + 1}}}"] if text else []
    return [" & ".join(above) + r" \\", " ".join(rules), names]


def _row(table: Table, number: int, cells: Sequence[str], columns: Sequence[int]) -> str:
    out = []
    for column in columns:
        text = escaped(cells[column])
        text = rf"\textbf{{{text}}}" if (number, column) in table.bold else text
        out.append(rf"\textcolor{{gray}}{{{text}}}" if number in table.marks and text else text)
    return " & ".join(out) + r" \\"
