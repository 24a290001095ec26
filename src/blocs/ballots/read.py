"""Readers: which format a file is, by its content, and `read_cvr` that reads any of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.errors import Fault, InputError, nearest
from ..files.atomic import existing
from ..files.text import head, require_whole
from ..tables.relations import Progress, Store, open_store
from ..tables.table_files import columns_of, is_long, is_table, numbered, table_of, with_rows
from ..tables.unrecognised import unknown_format
from .ballots import Ballots
from .candidate_file import read_parties
from .input.load_records import hold
from .input.long import read_long
from .input.wide import Codes, read_wide
from .vendors import VENDORS

__all__ = ["FORMATS", "read_cvr", "recognise"]

LOOKS = {
    "dominion-csv": ("a row of ids from CvrNumber on", (b"CvrNumber", b"TabulatorNum", b"Vote For=")),
    "ess": ("a header Cast Vote Record, Precinct, Ballot Style", (b"Cast Vote Record", b"Ballot Style")),
    "dominion-json": ("Sessions in CvrExport*.json", (b'"Sessions"', b'"Original"', b'"IsCurrent"')),
    "clearballot": ("headers Choice_<id>_<n>:<contest>:...", (b"Choice_", b"BallotID", b"RowNumber")),
    "hart": ("XML with Cvr and Contests", (b"<Cvr", b"<Contests", b"hartintercivic")),
    "el155": ("fixed columns, * at the first row of a voter", (b"EL155", b"BALLOT STYLE", b"RUN DATE")),
    "cdf": ("CastVoteRecordReport in XML or JSON, Unisyn too", (b"CastVoteRecordReport", b"CVRSnapshot")),
}
"""What each vendor's reader looks for, in words, and strings that hint at it."""
_BY_NAME = {reader.name: reader for reader in VENDORS}
TABLES = {
    "long": "a table with one row per mark: columns for the voter, the office and the candidate",
    "wide": "a table with one row per voter and one column per office, named by `offices=`",
}
FORMATS = (*_BY_NAME, *TABLES)
_HEAD = 1 << 16


def read_cvr(
    path: Any,
    parties: Any = None,
    format: str | None = None,
    link: str | Sequence[str] | None = None,
    *,
    columns: Mapping[str, str | Sequence[str]] | None = None,
    offices: Sequence[str] | None = None,
    weights: str | None = None,
    codes: Codes | None = None,
    districts: Mapping[str, str] | None = None,
    drop_joined: bool = False,
    memory: str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Ballots:
    """Return the ballots of a file or folder of any known format, or of a table.

    path: file, folder (vendor's files, or parquet with state=.../county_name=... folders), or a pandas, Polars,
    pyarrow, DuckDB, PySpark or ibis table; parties: candidate table (CSV file or frame), see `candidate_table`;
    format: one of FORMATS, recognised by content when not given; link: columns of the records (such as "voter") whose
    equal values make one ballot, for files with one record per card. For long tables: columns (role -> column),
    drop_joined. For wide tables: offices (columns), weights, codes (cell -> party or outcome), districts. memory: what
    the database may use, such as "2GB"; threads; progress: called with a task and the share done.

    Raises InputError for a file that is not recognised, with what was looked for, and for every fault in it.
    """
    store = open_store(memory, threads, progress)
    table = read_parties(parties) if parties is not None else None
    if format is not None and format not in FORMATS:
        raise InputError(_no_format(format))
    if isinstance(path, str | Path):
        file = existing(path)
        name = format or recognise(file, store, wide=offices is not None)
        where = file.name
    else:
        name = format or ("wide" if offices is not None else "long")
        where = "table"
        if name in _BY_NAME:
            raise InputError(Fault(f"a table in memory is not a file of format {name!r}", argument="format",
                                   rule="Tables are 'long' or 'wide'"))  # fmt: skip
    _refuse_options(name, {"link": link}, tuple(_BY_NAME))
    _refuse_options(name, {"columns": columns, "drop_joined": drop_joined or None}, ("long",))
    _refuse_options(name, {"offices": offices, "weights": weights, "codes": codes, "districts": districts}, ("wide",))
    on_disk, store = isinstance(path, str | Path), replace(store, where=where)
    if on_disk and name in TABLES and file.is_file():
        require_whole(file)
    if name in _BY_NAME:
        read = hold(_BY_NAME[name].read(file), store, link)
    elif name == "long":
        read = read_long(table_of(file, store) if on_disk else path, store, columns,
                         drop_joined=drop_joined, foldered=on_disk and file.is_dir(), where=where)  # fmt: skip
    else:
        frame = numbered(table_of(file, store), store, where) if on_disk else with_rows(path)
        read = read_wide(frame, store, list(offices or ()), weights=weights, codes=codes,
                         districts=districts, where=where, file=file if on_disk else None)  # fmt: skip
    return replace(read, parties=table, format=name)


def recognise(path: Path, store: Store, wide: bool = False) -> str:
    """Return the format of a file or folder by what is in it; wide: whether the caller named columns of offices.

    Raises InputError that says what was looked for and what the file looks nearest to.
    """
    first = head(path, _HEAD) if path.is_file() else b""
    for name, reader in _BY_NAME.items():
        if reader.recognises(path, first):
            return name
    table = is_table(path, first)
    if table and wide:
        return "wide"
    found = columns_of(path, store) if table else ()
    if table and is_long(found):
        return "long"
    known = {**{name: what for name, (what, _) in LOOKS.items()}, **TABLES}
    formats = "; ".join(f"{name} ({what})" for name, what in known.items())
    raise InputError(unknown_format(path, first, found, LOOKS, formats))


def _no_format(name: str) -> Fault:
    return Fault(f"no format is called {name!r}", argument="format", rule=f"The formats are {', '.join(FORMATS)}",
                 nearest=nearest(name, FORMATS))  # fmt: skip


def _refuse_options(name: str, options: Mapping[str, Any], formats: Sequence[str]) -> None:
    """Refuse options that the format does not have, instead of ignoring them."""
    if name in formats:
        return
    faults = [
        Fault(f"the format {name!r} has no such option", argument=option, rule=f"It is for {', '.join(formats)}")
        for option, value in options.items()
        if value is not None
    ]
    if faults:
        raise InputError(*faults)
