"""`read_cvr`: which format a file is, by its content, and reading any of them.

`ballots/vendors/` says what each vendor's format looks like; here stand the two tables that any program can write.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ..core.account import Account
from ..core.errors import Fault, InputError, nearest
from ..files.archive import Member, member_on_disk
from ..files.atomic import existing
from ..files.copies import copies
from ..files.export import open_export
from ..files.regular import regular
from ..files.text import open_ended, require_whole
from ..tables.database_errors import in_words
from ..tables.relations import Progress, Store, open_store
from ..tables.table_files import is_table, stored_with_row_numbers, table_of, with_row_numbers
from .ballots import Ballots
from .candidate_file import read_parties
from .input.inner_tables import on_disk
from .input.load_records import load_records
from .input.long import read_long
from .input.long_cells import long_cells_named
from .input.long_exports import long_tables, read_long_file
from .input.recognise import TABLES, VENDOR_OF, recognise
from .input.several_exports import several
from .input.wide import Codes, read_wide
from .input.wide_files import wide_table
from .vendors import VENDORS
from .vendors.ess.numbered import not_numbered
from .vendors.format import Contents, Stream
from .vendors.table_format import copied, not_read

__all__ = ["FORMATS", "read_cvr", "recognise"]

FORMATS = (*VENDOR_OF, *TABLES)
_BY_LINES = ("dominion-csv", "ess", "clearballot", "el155", "long", "wide")
"""Formats in which a file that is cut off may still be one; JSON and XML are not."""
_OPTIONS = {"link": tuple(VENDOR_OF), "columns": ("long",), "drop_joined": ("long",), "offices": ("wide",),
            "weights": ("wide",), "codes": ("wide",), "districts": ("wide",)} | {
                option: tuple(vendor.name for vendor in VENDORS if option in vendor.options)
                for option in {option for vendor in VENDORS for option in vendor.options}
            }  # fmt: skip
"""Option of `read_cvr` -> formats that have it."""


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
    blank: str | None = None,
    numbered: str | Mapping[str, str] | None = None,
    memory: str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Ballots:
    """Return the ballots of a file or folder of any known format, or of a table in memory.

    Parameters
    ----------
    path : str, Path or table
        A file; a folder of a vendor's files, or of Parquet files in folders named ``state=...`` and
        ``county_name=...``; or a pandas, Polars, pyarrow, DuckDB, PySpark or ibis table. A list of vendors' files,
        folders and long tables is read as one: each is a county, which ``county`` in `groups` names, and contests that
        several counties share are one contest.
    parties : str, Path or table, optional
        The candidate table, a CSV file or a frame: see `candidate_table`.
    format : str, optional
        One of `FORMATS`. Without it the format is recognised by the content of the file, never by its name.
    link : str or sequence of str, optional
        Vendors' files: columns of the records, such as ``"voter"``, whose equal values make one ballot, for files
        with one record per card.
    columns : mapping of str, optional
        Long tables: role -> column, where the columns have other names than the usual ones. The roles are state,
        county, voter (one column or several), precinct, office, district, candidate, party, magnitude, style,
        straight_party, rank (of a choice, from 1) and is_vote (whether the row is a vote); ``()`` for a role that no
        column has.
    offices : sequence of str, optional
        Wide tables: the columns of the offices, in the order of the ballot.
    weights : str, optional
        Wide tables: the column with the number of voters of each row, whole numbers from 0.
    codes : mapping, optional
        Wide tables: cell -> party, or one of the words "none", "overvote", "write-in", "other", "off" (not on the
        ballot) and "unseen"; the cell ``"*"`` stands for all that are not listed. One mapping for all offices, or
        office -> mapping.
    districts : mapping of str, optional
        Wide tables: office -> column that tells the contests of the office apart.
    drop_joined : bool
        Long tables: whether to leave out the places whose sheets were joined by nearest row.
    blank : str, optional
        ES&S tables: what a blank cell means in a contest that its row shows, ``"write-in"`` (the image of one, the
        default), ``"undervote"``, or ``"off"`` (not on the ballot).
    numbered : str or mapping of str, optional
        ES&S tables: what columns are whose headings differ in a number, such as "Council 1" and "Council 2":
        ``"ranks"``, ``"votes"`` (several in one contest) or ``"contests"``. One word is for those that have a name in
        common, which are refused without it, or for all where none have; ``{"Council": "ranks"}`` is for any contest.
    memory : str, optional
        What the database may use, such as ``"2GB"``; without it, 80 % of the machine.
    threads : int, optional
        At most so many threads of the database; without it, all.
    progress : callable, optional
        Called with the name of a task and the share of it that is done, 0 to 1.

    Returns
    -------
    Ballots
        Ballots read and catalogued, to be coded by `code`. Its account says what became of every record.

    Raises
    ------
    InputError
        For a file that is not recognised, with what was looked for, and for every fault of the file or the options.

    Examples
    --------
    >>> import pandas as pd
    >>> marks = pd.DataFrame({"voter": [1, 1, 2, 2], "office": ["President", "Sheriff"] * 2,
    ...                       "candidate": ["Ann", "Cy", "Bob", "UNDERVOTE"], "party": ["DEM", "DEM", "REP", ""]})
    >>> ballots = read_cvr(marks)
    >>> [contest.name for contest in ballots.catalogue.contests]
    ['President', 'Sheriff']
    >>> [candidate.name for candidate in ballots.catalogue.candidates]
    ['Ann', 'Bob', 'Cy']
    """
    is_file = isinstance(path, str | Path)
    ordered = is_file and (format == "wide" or offices is not None)  # rows of a wide file are named by their lines
    store = open_store(memory, threads, progress, keep_order=ordered)
    candidates = read_parties(parties) if parties is not None else None
    if format is not None and format not in FORMATS:
        raise InputError(_no_format(format))
    own = {"blank": blank, "numbered": numbered}
    others = {"link": link, "columns": columns, "drop_joined": drop_joined or None, "offices": offices,
              "weights": weights, "codes": codes, "districts": districts}  # fmt: skip
    files = [Path(one) for one in (path if isinstance(path, list | tuple) else [path] if is_file else [])]
    with in_words(_name_of(path)), long_cells_named(files):
        if isinstance(path, list | tuple):
            ballots = _read_several([regular(existing(one)) for one in path], format, store, link, own | others)
        else:
            one = regular(existing(path)) if is_file else path
            within = _exports_within(one, format) if is_file else ()
            ballots = (_read_several(within, format, store, link, own | others) if within
                       else _read_one(one, format, store, own | others))  # fmt: skip
    return replace(ballots, parties=candidates)


def _exports_within(path: Path, format: str | None) -> tuple[Path, ...]:
    """Return the folders and zips in a folder that are exports of their own, since each has other manifests."""
    if not path.is_dir() or is_table(path, b""):
        return ()
    with open_export(path) as export:
        return tuple(
            path / inner
            for name, vendor in VENDOR_OF.items()
            if format in (None, name) and vendor.within and vendor.recognises(export)
            for inner in vendor.within(export)
        )


def _read_one(path: Any, format: str | None, store: Store, options: dict[str, Any]) -> Ballots:
    """Return the ballots of one file or folder, or of a table in memory."""
    file = path if isinstance(path, Path) else None
    name = format or _recognised(file, options, store)
    _refuse_options(name, options)
    store = replace(store, where=_name_of(path))
    if name in VENDOR_OF:
        if file is None:
            raise InputError(_no_file(name))
        own = {option: options[option] for option in VENDOR_OF[name].options}
        with open_export(file) as export:
            stream = _with_known_contests(VENDOR_OF[name].read(export, **_given(own)), options["numbered"])
            ballots = load_records(stream, store, options["link"])
    elif name == "long":
        ballots = (_read_long(file, store, options) if file else
                   read_long(path, store, options["columns"], drop_joined=bool(options["drop_joined"])))  # fmt: skip
    elif file is None:
        ballots = _wide(with_row_numbers(path), None, store, options)
    else:
        ballots = _read_wide_file(file, store, options)
    cut = _cut_off([file], [name]) if file else Account()
    return replace(ballots, format=name, account=ballots.account + cut)


def _read_wide_file(file: Path, store: Store, options: dict[str, Any]) -> Ballots:
    """Return the ballots of a wide table, which may be the one of a container."""
    inner, others = wide_table(file)
    store = replace(store, where=inner.name)
    with on_disk(inner, store) as path:
        if path.is_file():
            require_whole(path)
        rows = stored_with_row_numbers(table_of(path, store), store, store.where)
        ballots = _wide(rows, path, store, options)
    cut = open_ended(path, inner.name) if path != file else ()
    return replace(ballots, account=ballots.account + Account(remarks=(*not_read([*others]), *cut)))


def _wide(rows: Any, file: Path | None, store: Store, options: dict[str, Any]) -> Ballots:
    return read_wide(rows, store, list(options["offices"] or ()), weights=options["weights"], codes=options["codes"],
                     districts=options["districts"], where=store.where, file=file)  # fmt: skip


def _name_of(path: Any) -> str:
    """Return what to call a file, several of them or a table in memory in faults."""
    if isinstance(path, list | tuple):
        return f"{len(path)} files"
    return Path(path).name if isinstance(path, str | Path) else "table"


def _read_several(
    files: Sequence[Path],
    format: str | None,
    store: Store,
    link: str | Sequence[str] | None,
    options: Mapping[str, Any],
) -> Ballots:
    """Return the ballots of several exports as those of one; each may be of another vendor."""
    _refuse_twice(files)
    formats = [format or recognise(file, store, columns=options["columns"]) for file in files]
    same = _copies(files, formats)
    remarks = Account(remarks=copied(same))
    kept = [(file, name) for file, name, label in zip(files, formats, _names(files), strict=True) if label not in same]
    files, formats = [file for file, _ in kept], [name for _, name in kept]
    faults = [
        Fault(f"it is a table of the format {name!r}", where=file.name,
              rule="Several files are exports of vendors, or long tables", remedy="Put the tables into one")
        for file, name in kept
        if name == "wide"
    ]  # fmt: skip
    if not files:
        faults = [Fault("no file is named", argument="path", rule="One at least is needed")]
    if faults:
        raise InputError(*faults)
    _refuse_options(formats[0], {o: v for o, v in options.items() if not set(formats) & set(_OPTIONS[o])})
    streams, tables = dict[str, Callable[[], Stream]](), list[str]()
    for label, file, name in zip(_labels(files), files, formats, strict=True):
        if name == "long":
            found = long_tables(file, options)
            of_file = found.streams(store, options, label)
            remarks, tables = remarks + Account(remarks=found.remarks), [*tables, *of_file]
            streams |= of_file
        else:
            own = {o: v for o, v in options.items() if o in VENDOR_OF[name].options}
            streams[label] = partial(_stream, file, name, own)
    stream = _with_known_contests(several(streams), options.get("numbered"))
    ballots = load_records(stream, replace(store, where=_name_of(files)), link, tables)
    listed = ", ".join(dict.fromkeys(formats))
    return replace(ballots, format=listed, account=ballots.account + _cut_off(files, formats) + remarks)


def _read_long(file: Path, store: Store, options: Mapping[str, Any]) -> Ballots:
    """Return the ballots of one long table, or of all in a container, of which each is a county."""
    found = long_tables(file, options)
    if len(found.files) == 1:
        ballots = read_long_file(found.files[0], store, options)
    else:
        streams = found.streams(store, options)
        ballots = load_records(several(streams), replace(store, where=file.name), tables=[*streams])
    return replace(ballots, account=ballots.account + Account(remarks=found.remarks))


def _copies(files: Sequence[Path], formats: Sequence[str]) -> dict[str, str]:
    """Return the name of each file that is a copy of another -> the name of that one; folders are not compared."""
    same, members = dict[str, str](), defaultdict[str, list[Member]](list)
    for file, label, name in zip(files, _names(files), formats, strict=True):
        if file.is_file():
            members[name].append(member_on_disk(file, label))
    for name, of_format in members.items():
        same |= copies(of_format, VENDOR_OF[name].ids if name in VENDOR_OF else ())
    return same


def _names(files: Sequence[Path]) -> list[str]:
    """Return the name of each file, or their paths where two names are alike."""
    names = [file.name for file in files]
    return names if len(set(names)) == len(names) else [file.as_posix() for file in files]


def _cut_off(files: Sequence[Path], formats: Sequence[str]) -> Account:
    """Return a remark on each file of lines that ends within one."""
    by_lines = [file for file, name in zip(files, formats, strict=True) if name in _BY_LINES]
    return Account(remarks=tuple(remark for file in by_lines for remark in open_ended(file)))


def _stream(file: Path, name: str, options: Mapping[str, Any]) -> Stream:
    with open_export(file) as export:
        yield from VENDOR_OF[name].read(export, **_given(options))


def _with_known_contests(stream: Stream, numbered: str | Mapping[str, str] | None) -> Stream:
    """Yield a stream; raise InputError at its end for each contest of `numbered=` that none of its files has."""
    for value in stream:
        if isinstance(value, Contents) and isinstance(numbered, Mapping):
            faults = not_numbered(numbered, value.numbered)
            if faults:
                raise InputError(*faults)
        yield value


def _refuse_twice(files: Sequence[Path]) -> None:
    """Refuse a file that is named twice, by whatever path, or lies in a folder that is read too."""
    places: dict[Path, Path] = {}
    faults = []
    for file in files:
        if places.setdefault(file.resolve(), file) is not file:
            faults.append(Fault(f"{file.name!r} is named twice", argument="path", rule="Each file is read once"))
    for place, file in places.items():
        folders = [places[above] for above in place.parents if above in places]
        faults += [
            Fault(f"{file.name!r} is in {folder.name!r}, which is read too", argument="path",
                  rule="Each file is read once")
            for folder in folders
        ]  # fmt: skip
    if faults:
        raise InputError(*faults)


def _labels(files: Sequence[Path]) -> list[str]:
    """Return a name for each file: its own without the ending, the whole one or its path where two are alike."""
    stems = [file.stem for file in files]
    return stems if len(set(stems)) == len(stems) else _names(files)


def _recognised(file: Path | None, options: Mapping[str, Any], store: Store) -> str:
    """Return the format of a file by its content, and of a table in memory by what it comes with."""
    wide = options["offices"] is not None
    if file is not None:
        return recognise(file, store, wide=wide, columns=options["columns"])
    return "wide" if wide else "long"


def _no_format(name: str) -> Fault:
    return Fault(f"no format is called {name!r}", argument="format", rule=f"The formats are {', '.join(FORMATS)}",
                 nearest=nearest(name, FORMATS))  # fmt: skip


def _no_file(name: str) -> Fault:
    return Fault(f"a table in memory is not a file of format {name!r}", argument="format",
                 rule="Tables are 'long' or 'wide'")  # fmt: skip


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    return {option: value for option, value in options.items() if value is not None}


def _refuse_options(name: str, options: Mapping[str, Any]) -> None:
    """Refuse options that the format does not have, instead of ignoring them."""
    faults = [
        Fault(f"the format {name!r} has no such option", argument=option,
              rule=f"It is for {', '.join(_OPTIONS[option])}")
        for option, value in options.items()
        if value is not None and name not in _OPTIONS[option]
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)
