"""Tables as a document (.docx), for those who write in a word processor: real tables, in the form of the page.

The file is a zip of a few XML parts (ECMA-376), written here without another package.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from .package import zipped
from .text import without_repeats

if TYPE_CHECKING:
    from .table import Table

__all__ = ["to_document"]

_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RULE = '<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="auto"/>'


def to_document(tables: Sequence[Table]) -> bytes:
    """Return a document with every table: its caption above, its notes below."""
    body = "".join(_paragraph(of.caption, bold=True) + _table(of) + _notes(of) for of in tables)
    package = "http://schemas.openxmlformats.org/package/2006"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    content = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return zipped({
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{content}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{relations}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{_MAIN}"><w:body>{body}<w:sectPr/></w:body></w:document>',
    })  # fmt: skip


def _notes(table: Table) -> str:
    return _paragraph(" ".join(table.notes), size=18) + _paragraph("")


def _table(table: Table) -> str:
    """Return a table with a rule above, below the headings, and at the end; its first rows come again on each page."""
    left = [column.kind == "text" or i < table.labels for i, column in enumerate(table.columns)]
    header = _row([_cell(c.name, of, below=True) for c, of in zip(table.columns, left, strict=True)], header=True)
    if table.spanned:
        above = [_cell(text, False, span=number, below=bool(text), centre=True) for text, _, number in table.spanners()]
        header = _row(above, header=True) + header
    rows = "".join(
        _row([
            _cell(cell, left[c], bold=(r, c) in table.bold, grey=r in table.marks) for c, cell in enumerate(cells)
        ])
        for r, cells in enumerate(without_repeats(table))
    )  # fmt: skip
    rules = "".join(_RULE.format(side=side, size=8) for side in ("top", "bottom"))
    grid = "<w:gridCol/>" * len(table.columns)
    return (f'<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/><w:tblBorders>{rules}</w:tblBorders></w:tblPr>'
            f"<w:tblGrid>{grid}</w:tblGrid>{header}{rows}</w:tbl>")  # fmt: skip


def _row(cells: list[str], header: bool = False) -> str:
    return f"<w:tr>{'<w:trPr><w:tblHeader/></w:trPr>' if header else ''}{''.join(cells)}</w:tr>"


def _cell(
    text: str, left: bool, *, span: int = 1, bold: bool = False, grey: bool = False, below: bool = False,
    centre: bool = False,
) -> str:  # fmt: skip
    wide = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    rule = f"<w:tcBorders>{_RULE.format(side='bottom', size=4)}</w:tcBorders>" if below else ""
    side = "left" if left else "center" if centre else "right"
    return f"<w:tc><w:tcPr>{wide}{rule}</w:tcPr>{_paragraph(text, bold=bold, grey=grey, side=side)}</w:tc>"


def _paragraph(text: str, *, bold: bool = False, grey: bool = False, size: int = 0, side: str = "left") -> str:
    plain = escape("".join(letter for letter in text if letter.isprintable()))
    looks = ("<w:b/>" if bold else "") + ('<w:color w:val="808080"/>' if grey else "")
    looks += f'<w:sz w:val="{size}"/>' if size else ""
    run = f'<w:r><w:rPr>{looks}</w:rPr><w:t xml:space="preserve">{plain}</w:t></w:r>' if plain else ""
    return f'<w:p><w:pPr><w:jc w:val="{side}"/></w:pPr>{run}</w:p>'
