"""A table in HTML: caption, headers with their scope, no style and no script; and tables as a page of their own."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .table import Table

__all__ = ["to_html", "to_page"]

_STYLE = """\
body { font: 16px/1.4 serif; margin: 2em auto; max-width: 75em; padding: 0 1em; color: #111; background: #fff; }
div { overflow-x: auto; }
table { border-collapse: collapse; border-top: 2px solid; border-bottom: 2px solid; margin: 1.5em 0 .5em;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: bold; padding-bottom: .4em; }
thead { border-bottom: 1px solid; vertical-align: bottom; }
th, td { padding: .15em .6em; text-align: right; }
th { font-weight: normal; }
th[scope=row], td.text, thead th.text { text-align: left; }
th[scope=colgroup] { text-align: center; border-bottom: 1px solid; }
tr.marked { color: #666; }
.notes { font-size: 85%; max-width: 70em; }
"""


def to_html(table: Table) -> str:
    """Return a `table` element and a paragraph of notes."""
    caption = f"<caption>{escape(table.caption)}</caption>\n" if table.caption else ""
    body = "\n".join(_row(table, r, cells) for r, cells in enumerate(table.printed()))
    notes = f'\n<p class="notes">{escape(" ".join(table.notes))}</p>' if table.notes else ""
    return (f'<table class="blocs">\n{caption}<thead>\n{_header(table)}\n</thead>\n<tbody>\n{body}\n</tbody>\n</table>'
            f"{notes}")  # fmt: skip


def _header(table: Table) -> str:
    """Return the rows of headings; one that has no spanner above it stands in the lower row."""
    texts = [' class="text"' if column.kind == "text" else "" for column in table.columns]
    each = zip(table.columns, texts, strict=True)
    names = "".join(
        f'<th scope="col"{text}>{escape(column.name)}</th>' if column.name else "<td></td>" for column, text in each
    )
    if not table.spanned:
        return f"<tr>{names}</tr>"
    above = "".join(
        f'<th scope="colgroup" colspan="{number}">{escape(text)}</th>' if text else "<td></td>"
        for text, _, number in table.spanners()
    )
    return f"<tr>{above}</tr>\n<tr>{names}</tr>"


def _row(table: Table, number: int, cells: list[str]) -> str:
    out = []
    for c, (cell, column) in enumerate(zip(cells, table.columns, strict=True)):
        text = escape(cell)
        text = f"<strong>{text}</strong>" if (number, c) in table.bold else text
        if c < table.labels:
            out.append(f'<th scope="row">{text}</th>')
        else:
            out.append(f'<td class="text">{text}</td>' if column.kind == "text" else f"<td>{text}</td>")
    marked = ' class="marked"' if number in table.marks else ""
    return f"<tr{marked}>{''.join(out)}</tr>"


def to_page(tables: Sequence[Table]) -> str:
    """Return tables as one page, which loads nothing."""
    title = escape(tables[0].caption or tables[0].name)
    parts = "\n".join(f'<div tabindex="0" role="group" aria-label="{escape(of.caption or of.name)}">\n{to_html(of)}\n'
                      "</div>" for of in tables)  # fmt: skip
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<style>\n{_STYLE}</style>\n</head>\n<body>\n{parts}\n</body>\n</html>\n")  # fmt: skip
