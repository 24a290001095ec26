"""Formats that are tables: which tables of an export are of a vendor, and reading them one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ...core.errors import Fault, InputError, counted
from ...files.copies import copies
from ...files.export import Export
from ...files.text_table import Cells, TextTable
from .catalogue_builder import PartialCatalogue
from .format import BATCH, Format, Stream
from .records import Ending, Row, batches
from .row_copies import RowCopies, Seen
from .table_rows import Block, Header, Verdict, row_hashes, table_records

__all__ = ["NoContestsError", "Parsed", "copied", "not_read", "read_past", "table_format"]

_NAMED = 5
"""Files that are named in the account where several were not read."""
_SHOWN = 60
"""Letters of a title that are shown in the account."""


@dataclass(frozen=True)
class Parsed:
    """What the header of a table says.

    header: the roles of its columns; judge: what the rows of a block are; catalogue: that of the tables before with
    the contests and candidates of this one; remarks: sentences for the account; cells: all rows, where they were kept;
    numbered: as in `Contents`.
    """

    header: Header
    judge: Callable[[Block], Verdict] = field(repr=False)
    catalogue: PartialCatalogue
    remarks: tuple[str, ...] = ()
    cells: Sequence[Cells] | None = field(default=None, repr=False)
    numbered: tuple[str, ...] = ()


class NoContestsError(InputError):
    """The header of a table of this format has no contest: it is a list of ballots, or another report."""


def table_format(
    name: str,
    looks: str,
    hints: tuple[bytes, ...],
    is_table: Callable[[TextTable], bool],
    parse: Callable[..., Parsed],
    options: tuple[str, ...] = (),
) -> Format:
    """Return a format whose files are tables.

    name, looks, hints, options: as in `Format`; is_table: whether a table is of this format, by its first rows; parse:
    the header of a table, to which the catalogue of the tables before it is given, and the options by name. It raises
    InputError for a table that is none of this format, NoContestsError for one that may be left out among others.
    """

    def recognises(export: Export) -> bool:
        return any(map(is_table, export.tables))

    def read(export: Export, *, chunk: int = BATCH, **given: Any) -> Stream:
        tables = [table for table in export.tables if is_table(table)] or list(export.tables)
        if not tables:
            empty = export.alone and not export.files[0].head.strip()
            what = "the file is empty" if empty else "there is no table in it"
            raise InputError(Fault(what, export.name, f"It is read as {name}: {looks}"))
        rows = _rows(export, tables, partial(parse, **given))
        return batches(rows, where=export.name, chunk=chunk, unit="rows")

    return Format(name, looks, hints, recognises, read, options)


def _rows(
    export: Export, tables: list[TextTable], parse: Callable[[TextTable, PartialCatalogue], Parsed]
) -> Iterator[Row | Ending]:
    catalogue, remarks, numbered, read = PartialCatalogue(), tuple[str, ...](), tuple[str, ...](), set[str]()
    without: NoContestsError | None = None
    seen: dict[tuple[tuple[str, ...], ...], Seen] = {}
    same = copies([file for file in export.files if any(table.is_of(file) for table in tables)])
    twice = {table.name for file in export.files if file.name in same for table in tables if table.is_of(file)}
    others = [table for table in export.tables if table not in tables]
    for table in tables:
        if table.name in twice:
            continue
        try:
            parsed = parse(table, catalogue)
        except NoContestsError as error:
            without = without or error
            continue
        _refuse_rows_without_header(parsed.header, others)
        catalogue, remarks = parsed.catalogue, remarks + parsed.remarks
        numbered += parsed.numbered
        read.add(table.name)
        before = seen.get(parsed.header.rows, Seen()) if len(tables) > 1 else None
        row_copies = RowCopies(before, partial(row_hashes, parsed.header, parsed.cells))
        yield from table_records(parsed.header, parsed.judge, catalogue, row_copies, parsed.cells)
        seen[parsed.header.rows] = row_copies.seen
    if without and not read:
        raise without
    sheets = {table.name for table in export.tables}
    no_tables = [file.name for file in export.files if not any(name.startswith(file.label) for name in sheets)]
    unread = [table.name.removeprefix(f"{export.name}/") for table in export.tables if table.name not in read | twice]
    remarks = (*remarks, *not_read([*unread, *no_tables]), *copied(same))
    yield Ending(catalogue.catalogue(), remarks, numbered=numbered)


def _refuse_rows_without_header(header: Header, others: Sequence[TextTable]) -> None:
    """Refuse tables that go on with the rows of one, as a long table does on a second sheet or in a second file."""
    faults = [
        Fault(f"it has rows like those of {header.table.name}, but no header", table.name,
              "Every sheet and file of ballots begins with the header",
              remedy="Write the header above its rows, or take it out if it holds no ballots")
        for table in others
        if _goes_on(header, [row for row in table.first if any(row)])
    ]  # fmt: skip
    if faults:
        raise InputError(*faults[:10])


def _goes_on(header: Header, rows: Sequence[Sequence[str]]) -> bool:
    """Say whether rows have as many cells as a table, all of them with a number where its key is."""
    fits = all(header.needed <= len(row) <= header.width for row in rows)
    return bool(rows) and fits and all(any(map(str.isdigit, row[header.key])) for row in rows)


def not_read(names: list[str]) -> tuple[str, ...]:
    """Say in the account which files, or sheets of a workbook, were not read since they are none of this format."""
    if not names:
        return ()
    return (f"Not read, since they hold no ballots of this format: {_listed(names)}.",)


def read_past(where: str, above: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Say in the account which lines stand above the header of a table: its title, the day of the export."""
    titles = [" ".join(filter(None, row))[:_SHOWN] for row in above if any(row)]
    if not titles:
        return ()
    return (f"{where}: read past {counted(len(titles), 'line')} above the header: {_listed(titles)}.",)


def copied(same: Mapping[str, str]) -> tuple[str, ...]:
    """Say in the account which files were not read since others have the same content: name -> name of the other."""
    if not same:
        return ()
    names = [f"{name} (copy of {other})" for name, other in same.items()]
    return (f"Not read, since another file is the same: {_listed(names)}.",)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
