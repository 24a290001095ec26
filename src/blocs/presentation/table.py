"""Table: what a table for a paper holds, whatever form it is written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import Fault, InputError
from ..core.lazy import lazy_import
from .numbers import is_missing, printed

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = lazy_import("pandas")

__all__ = ["Column", "Table"]


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    name : str
        Its heading; "" for none.
    kind : str
        What its cells are, which decides how they are printed; see `blocs.presentation.printed`.
    digits : int
        Decimals of a column of the kind "number".
    spanner : str
        The heading above this column and those beside it that have the same one.
    flat : str
        What stands for both headings in forms that have one line of them; by default the spanner and the name.
    """

    name: str
    kind: str = "text"
    digits: int = 2
    spanner: str = ""
    flat: str = ""

    @property
    def heading(self) -> str:
        """Both headings in one line, for forms without spanners."""
        return self.flat or f"{self.spanner} {self.name}".strip()


@dataclass(frozen=True)
class Table:
    """A table for a paper.

    Attributes
    ----------
    columns : tuple of Column
        The first `labels` of them say what a row is about.
    rows : tuple of tuple
        One value a column: text, numbers as they are (shares from 0 to 1), None where there is none.
    caption : str
        What stands above the table.
    notes : tuple of str
        Sentences that stand below it.
    labels : int
        Number of columns of labels; they are row headers.
    bold : frozenset of (int, int)
        Positions (row, column) of the cells that are printed bold.
    marks : mapping of int to str
        Position of a row -> signs such as "*" that are printed behind its first label; the row is printed in grey, and
        a note says why.
    name : str
        A short name, for sheets of workbooks and labels of LaTeX.

    Raises
    ------
    InputError
        If a row has not one cell for each column.

    Examples
    --------
    >>> table = Table((Column("Type"), Column("Share", "share")), ((1, 0.7), (2, 0.3)), "Shares, per cent.")
    >>> print(table.to_markdown())
    **Shares, per cent.**
    <BLANKLINE>
    | Type | Share |
    |:---|---:|
    | 1 | 70.0 |
    | 2 | 30.0 |
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    caption: str = ""
    notes: tuple[str, ...] = ()
    labels: int = 1
    bold: frozenset[tuple[int, int]] = frozenset()
    marks: Mapping[int, str] = field(default_factory=dict)
    name: str = "table"

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise InputError(Fault(f"it has {len(row)} cells", where=f"row {number} of the table",
                                       rule=f"There is one for each of the {len(self.columns)} columns"))  # fmt: skip

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self.to_html()

    @property
    def spanned(self) -> bool:
        """Whether any column has a spanner."""
        return any(column.spanner for column in self.columns)

    def spanners(self) -> list[tuple[str, int, int]]:
        """Return the headings above the columns from left to right: (text, first column, number of columns)."""
        out: list[tuple[str, int, int]] = []
        for i, column in enumerate(self.columns):
            if out and column.spanner and out[-1][0] == column.spanner:
                out[-1] = (column.spanner, out[-1][1], out[-1][2] + 1)
            else:
                out.append((column.spanner, i, 1))
        return out

    def printed(self) -> list[list[str]]:
        """Return the cells as they are printed, a list for each row, marks included."""
        cells = []
        for number, row in enumerate(self.rows):
            texts = [self._cell(value, column) for value, column in zip(row, self.columns, strict=True)]
            if texts and number in self.marks:
                texts[0] += self.marks[number]
            cells.append(texts)
        return cells

    def _cell(self, value: Any, column: Column) -> str:
        """Return a cell as it is printed; of a column of text, an empty one stays empty."""
        if column.kind == "text" and is_missing(value):
            return ""
        return printed(value, column.kind, column.digits)

    def to_frame(self) -> pd.DataFrame:
        """Return the values as they are, for further computation.

        Returns
        -------
        DataFrame
            One column a column of the table, under both headings; shares from 0 to 1; NaN where there is none; where
            rows have marks, they are in the last column, "mark".
        """
        rows = [[None if is_missing(value) else value for value in row] for row in self.rows]
        frame = pd.DataFrame(rows, columns=[column.heading for column in self.columns])
        return frame.assign(mark=[self.marks.get(i, "") for i in range(len(rows))]) if self.marks else frame

    def to_text(self, width: int | None = None) -> str:
        """Return the table as plain text.

        Parameters
        ----------
        width : int, optional
            Characters a line; columns that do not fit follow below. None for any width.

        Returns
        -------
        str
            Caption, table and notes.
        """
        from .text import to_text

        return to_text(self, width)

    def to_markdown(self) -> str:
        """Return the table in Markdown, with a row of pipes for each row.

        Returns
        -------
        str
            Caption, table and notes.
        """
        from .markdown import to_markdown

        return to_markdown(self)

    def to_latex(self) -> str:
        r"""Return the table in LaTeX.

        Returns
        -------
        str
            A `table` environment with caption, `tabular` and notes, or a `longtable` of more than 45 rows; the first
            line names the packages that it needs (booktabs; xcolor where rows are grey). All text is escaped.
        """
        from .latex import to_latex

        return to_latex(self)

    def to_html(self) -> str:
        """Return the table in HTML.

        Returns
        -------
        str
            A `table` element with caption, column and row headers with their scope, and a paragraph of notes. Nothing
            else: no style, no script. All text is escaped.
        """
        from .html import to_html

        return to_html(self)

    def to_csv(self) -> str:
        """Return the values in CSV: numbers as they are, neither rounded nor in per cent; no caption, no notes.

        Returns
        -------
        str
            One line for the headings and one for each row.
        """
        return str(self.to_frame().to_csv(index=False, lineterminator="\n"))

    def save(self, path: str | Path) -> None:
        """Write the table to a file; the ending of its name says the form.

        Parameters
        ----------
        path : str or Path
            A name that ends in .csv, .csv.gz, .docx, .html, .md, .tex, .txt or .xlsx. The file is written whole or not
            at all.

        Raises
        ------
        InputError
            For other endings, and if the file cannot be written.
        """
        from .save import save_tables

        save_tables([self], path)
