"""Tables as relations: in DuckDB inside this process, or in any other frame where the user keeps it.

Everything relational is written with narwhals expressions, so the same function runs on a DuckDB
relation, a Polars lazy frame or a PySpark frame. Only this file knows which is which.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillRunning
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd
import pyarrow as pa

from ..core.errors import Fault, InputError
from ..core.limits import MOST_THREADS
from ..files.scratch import scratch
from .database_errors import in_words

__all__ = ["Frame", "Progress", "Store", "attach", "create_table", "gather", "open_store", "partial_progress",
           "query_of", "relation", "stream"]  # fmt: skip

Frame = nw.LazyFrame[Any]
"""A lazy relation of any backend."""
Progress = Callable[[str, float], None]
"""Called with the name of a task and the share of it that is done, 0..1."""


class _Spill:
    """A folder for what does not fit into memory, gone with the last store that has it."""

    def __init__(self) -> None:
        made = scratch()
        self.folder = made.folder
        weakref.finalize(self, made.remove)


@dataclass(frozen=True, eq=False)
class Store:
    """One embedded DuckDB database, its progress hook and what to call its table; its spill folder goes with it.

    source: the table itself, where it lies on disk, in which the column of a damaged cell is looked for.
    """

    con: duckdb.DuckDBPyConnection
    progress: Progress | None = None
    where: str = "table"
    source: duckdb.DuckDBPyRelation | None = None
    _spill: _Spill = field(default_factory=_Spill, repr=False)

    @property
    def folder(self) -> Path:
        """A folder for temporary files, nobody else's, which is there as long as the database is used."""
        return self._spill.folder


def open_store(
    memory: str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    *,
    keep_order: bool = False,
) -> Store:
    """Return an empty database in memory that spills to a temporary folder.

    Parameters
    ----------
    memory : str, optional
        Limit such as "2GB", by default DuckDB's own (80 % of the machine).
    threads : int, optional
        At most so many, by default all.
    progress : callable, optional
        Called while a query runs.
    keep_order : bool
        Whether rows of a file come in the order of the file, which costs memory. It is set once, here, for as long as
        the database lives.

    Raises
    ------
    InputError
        When a limit cannot be read.
    """
    con = duckdb.connect(":memory:")
    store = Store(con, progress)
    con.execute(f"set preserve_insertion_order = {str(keep_order).lower()}")
    with suppress(duckdb.InvalidInputException):  # in a notebook without ipywidgets, which the database wants to draw
        con.execute("set enable_progress_bar = true")
        con.execute("set enable_progress_bar_print = false")
    con.execute("set temp_directory = ?", [store.folder.as_posix()])
    _limit(con, "memory_limit", memory, "memory", "Write a number with a unit, such as '2GB' or '800MB'")
    _limit(con, "threads", threads, "threads", f"Give a whole number from 1 to {MOST_THREADS:,}")
    return store


def _limit(con: duckdb.DuckDBPyConnection, name: str, value: str | int | None, argument: str, rule: str) -> None:
    if value is None:
        return
    refusal = InputError(Fault(f"cannot use {value!r} as a limit", argument=argument, rule=rule))
    if str(value).lstrip().startswith("-"):  # to the database a negative limit is none
        raise refusal
    if isinstance(value, int) and value > MOST_THREADS:
        raise refusal
    try:
        con.execute(f"set {name} = ?", [value])
        con.execute("select 1").fetchall()  # a limit of 0GB can be set, and then nothing runs
    except duckdb.Error:
        raise refusal from None


def relation(frame: Any, store: Store) -> Frame:
    """Return any table as a lazy relation: eager ones move into `store`, lazy ones stay where they are.

    Parameters
    ----------
    frame : table
        A pandas, pyarrow, Polars (eager or lazy), DuckDB, PySpark or ibis table.
    store : Store
        The database that takes a table in memory.

    Raises
    ------
    InputError
        For anything else.

    Examples
    --------
    >>> relation(pd.DataFrame({"office": ["Mayor"]}), open_store()).collect_schema().names()
    ['office']
    """
    try:
        table = nw.from_native(frame)
    except TypeError:
        raise InputError(
            Fault(
                f"a table of type {type(frame).__name__} cannot be read",
                rule="Tables are pandas, Polars, pyarrow, DuckDB relations, PySpark and ibis tables",
            )
        ) from None
    if isinstance(table, nw.LazyFrame):
        return table
    return nw.from_native(store.con.from_arrow(table.to_arrow()))


def create_table(query: str, name: str, store: Store) -> duckdb.DuckDBPyRelation:
    """Run a query once and return its rows as a table of the database under a name that the database does not have."""
    store.con.execute(f"create table {name} as {query}")
    return store.con.table(name)


def query_of(rows: duckdb.DuckDBPyRelation) -> str:
    """Return a relation as a part of a query: what stands behind "from"."""
    return f"({rows.sql_query()})"


def attach(small: pd.DataFrame, beside: Frame) -> Frame:
    """Return a small pandas table as a relation of the same backend as `beside`, so that the two can be joined."""
    native = nw.to_native(beside)
    name = beside.implementation.name
    if name not in _ATTACH:
        raise InputError(Fault(f"tables kept by {name} cannot be joined", rule=f"The engines are {', '.join(_ATTACH)}"))
    joined: Frame = nw.from_native(_ATTACH[name](pa.Table.from_pandas(small, preserve_index=False), native)).lazy()
    return joined


def _beside_duckdb(small: pa.Table, native: duckdb.DuckDBPyRelation) -> Any:
    try:
        return native.query("beside", "select * from small")  # finds the local `small`, on the relation's connection
    except duckdb.CatalogException:  # a Ctrl-C that arrives during the search is swallowed by it
        raise KeyboardInterrupt from None


def _beside_polars(small: pa.Table, native: Any) -> Any:
    import polars

    frame = polars.from_arrow(small)
    assert isinstance(frame, polars.DataFrame)
    return frame.lazy()


def _beside_spark(small: pa.Table, native: Any) -> Any:
    return native.sparkSession.createDataFrame(small.to_pandas())


def _beside_ibis(small: pa.Table, native: Any) -> Any:
    import ibis

    return ibis.memtable(small)


_ATTACH: dict[str, Callable[[pa.Table, Any], Any]] = {
    "DUCKDB": _beside_duckdb,
    "POLARS": _beside_polars,
    "PYSPARK": _beside_spark,
    "IBIS": _beside_ibis,
}


def gather(frame: Frame, store: Store, task: str) -> pa.Table:
    """Run a query and return its rows; report progress while it runs, stop it cleanly on Ctrl-C.

    Parameters
    ----------
    frame : lazy relation
        The query.
    store : Store
        Its progress hook, and what to call the table in faults.
    task : str
        What the query does, in the user's words, for the progress hook.

    Returns
    -------
    pyarrow.Table

    Raises
    ------
    InputError
        When the database cannot read the file behind the query to its end, or has too little memory.
    """
    if frame.implementation.name != "DUCKDB":
        return _collect(frame)
    with ThreadPoolExecutor(1) as pool:
        table: pa.Table = _waited_for(partial(_collect, frame), pool, store, task)
        _report(store, task, 1.0)
        return table


def stream(frame: Frame, store: Store, task: str, chunk: int) -> Iterator[pa.Table]:
    """Run a query as `gather` does, and yield its rows in tables of at most `chunk`, in bounded memory."""
    if frame.implementation.name != "DUCKDB":
        whole = _collect(frame)
        yield from (whole.slice(start, chunk) for start in range(0, len(whole), chunk))
        return
    native: Any = nw.to_native(frame)
    with ThreadPoolExecutor(1) as pool:
        batches = iter(_waited_for(partial(native.to_arrow_reader, chunk), pool, store, task))
        while (batch := _waited_for(partial(next, batches, None), pool, store, task)) is not None:
            yield pa.Table.from_batches([batch])


def partial_progress(store: Store, part: int, parts: int) -> Store:
    """Return the same database, with the progress of one of several equal parts reported as progress of the whole."""
    progress = store.progress
    if progress is None or parts == 1:
        return store
    return replace(store, progress=lambda task, share: progress(task, (part + share) / parts))


def _collect(frame: Frame) -> pa.Table:
    return frame.collect("pyarrow").to_native()


def _waited_for(work: Callable[[], Any], pool: ThreadPoolExecutor, store: Store, task: str) -> Any:
    """Return what `work` does with the database in another thread; report its progress, stop it on Ctrl-C."""
    running = pool.submit(work)
    try:
        with in_words(store.where, store.source):
            while True:
                try:
                    return running.result(timeout=0.2)
                except StillRunning:
                    _report(store, task, store.con.query_progress() / 100)
    except KeyboardInterrupt:
        store.con.interrupt()
        raise


def _report(store: Store, task: str, share: float) -> None:
    if store.progress is not None:
        store.progress(task, min(max(share, 0.0), 1.0))
