"""The stream that all vendors' readers share: plain values in, batches of tables, an account and gathered faults out.

A reader turns its files into plain values: a `Record` (a ballot or card) or a `SetAside` (a record that is no ballot,
with the reason) for each record it meets, or `Records`, many of both by columns; a `Fault` for what is damaged; the
last value is an `Ending` with the catalogue. `batches` makes tables of the records, counts everything so that it adds
up, and raises the faults together.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...core.account import Account, Step
from ...core.errors import Fault, InputError, counted
from ..catalogue import RECORDS, VOTES, Catalogue
from .format import Batch, Contents, Stream

__all__ = ["MAX_FAULTS", "Ending", "Marks", "Record", "Records", "Row", "SetAside", "batches"]

MAX_FAULTS = 10
"""Faults gathered before reading stops."""


class Record(NamedTuple):
    """One ballot or card; `marks` holds flat triples contest, choice, rank, contest, choice, rank, ...

    ids: name -> the file's other ids; all records of a file have the same names.
    """

    voter: str | None
    precinct: str | None
    style: str | None
    straight_party: str | None
    marks: Sequence[int]
    ids: Mapping[str, str | None] = {}


class SetAside(NamedTuple):
    """One record read that is not a ballot, why ("aggregated redaction rows"), its id and the file's other ids."""

    reason: str
    voter: str | None = None
    ids: Mapping[str, str | None] = {}


class Marks(NamedTuple):
    """Marks of many records by columns: position of the record among them, in rising order, contest, choice, rank."""

    record: NDArray[np.int64]
    contest: NDArray[np.int32]
    choice: NDArray[np.int32]
    rank: NDArray[np.int16]

    @classmethod
    def of_contest(cls, contest: int, record: Any, choice: Any, rank: Any) -> Marks:
        """Return marks of one contest; rank: of each mark, or of all."""
        number = len(record)
        return cls(
            record,
            np.full(number, contest, np.int32),
            choice.astype(np.int32),
            np.broadcast_to(rank, number).astype(np.int16),
        )

    @classmethod
    def joined(cls, parts: Sequence[Marks]) -> Marks:
        """Return all marks in the order of their records, those of one record in the order of the parts.

        A part alone has its marks in that order already.
        """
        if len(parts) == 1:
            return parts[0]
        together = cls(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        return together.take(np.argsort(together.record, kind="stable"))

    def take(self, which: Any) -> Marks:
        """Return some of the marks."""
        return Marks(*(column[which] for column in self))


class Records(NamedTuple):
    """Many records at once. columns: those of RECORDS behind the number, and the file's own ids, as Arrow arrays."""

    columns: Mapping[str, Any]
    marks: Marks


class Ending(NamedTuple):
    """The last value of a reader: the complete catalogue, sentences for the account; the others as in `Contents`."""

    catalogue: Catalogue
    remarks: tuple[str, ...] = ()
    votes_only: bool = False
    numbered: tuple[str, ...] = ()


Row: TypeAlias = Record | SetAside | Records | Fault


def batches(rows: Iterator[Row | Ending], *, where: str, chunk: int, unit: str) -> Stream:
    """Yield `rows` as batches of at most `chunk` records and, last, the contents of the file.

    where: the file's name, for faults; unit: what the vendor calls a record ("sessions"). Raises InputError when
    `chunk` is below 1, and when the rows hold faults or no ballot at all.
    """
    if chunk < 1:
        raise InputError(Fault(f"chunk is {chunk}", "read", "A chunk holds at least 1 record"))
    faults, ending, tally, behind_fault = list[Fault](), Ending(Catalogue()), _Tally(unit), 0
    for value in _grouped(rows, chunk):
        if isinstance(value, Fault):
            faults.append(value)
        elif isinstance(value, Ending):
            ending = value
        elif not faults:
            yield from tally.batches(value, chunk)
        else:
            behind_fault += _length(value)
        if faults and (len(faults) >= MAX_FAULTS or behind_fault >= chunk):
            break
    if faults:
        raise InputError(*faults)
    if not tally.delivered:
        raise InputError(_no_ballots(tally.set_aside, where))
    yield Contents(ending.catalogue, tally.account(ending.remarks), ending.votes_only, ending.numbered)


def _grouped(rows: Iterator[Row | Ending], chunk: int) -> Iterator[Records | Fault | Ending]:
    """Put single records together, `chunk` at a time, by columns."""
    pending = list[Record | SetAside]()
    for row in rows:
        if isinstance(row, Record | SetAside):
            pending.append(row)
            if len(pending) < chunk:
                continue
        if pending:
            yield _by_columns(pending)
            pending = []
        if not isinstance(row, Record | SetAside):
            yield row
    if pending:
        yield _by_columns(pending)


def _by_columns(rows: Sequence[Record | SetAside]) -> Records:
    records = [row if isinstance(row, Record) else Record(row.voter, None, None, None, (), row.ids)
               for row in rows]  # fmt: skip
    reasons = [row.reason if isinstance(row, SetAside) else None for row in rows]
    values = (*list(zip(*records, strict=True))[:-2], reasons)
    columns = {name: pa.array(column, pa.string()) for name, column in zip(RECORDS.names[1:], values, strict=True)}
    columns |= {name: pa.array([record.ids[name] for record in records], pa.string()) for name in records[0].ids}
    lengths = np.array([len(record.marks) for record in records], np.int64)
    flat = chain.from_iterable(record.marks for record in records)
    marks = np.fromiter(flat, np.int32, int(lengths.sum())).reshape(-1, 3)
    contest, choice, rank = (np.ascontiguousarray(marks[:, i]) for i in range(3))
    record = np.repeat(np.arange(len(rows)), lengths // 3)
    return Records(columns, Marks(record, contest, choice, rank.astype(np.int16)))


class _Tally:
    """Counts of what was read, from which the account is made."""

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self.read = self.straight = 0
        self.set_aside = Counter[str]()
        self._id_hashes = array("q")

    @property
    def delivered(self) -> int:
        return self.read - self.set_aside.total()

    def batches(self, records: Records, chunk: int) -> Iterator[Batch]:
        """Count some records and yield them as batches."""
        number, reasons = _length(records), records.columns["set_aside"]
        self.set_aside.update(reasons.drop_null().to_pylist())
        self.straight += number - records.columns["straight_party"].null_count
        voters = records.columns["voter"].filter(reasons.is_null()).drop_null()
        self._id_hashes.extend(map(hash, voters.to_pylist()))
        for start in range(0, number, chunk):
            yield _batch(records, start, min(chunk, number - start), self.read)
        self.read += number

    def account(self, remarks: tuple[str, ...]) -> Account:
        """Return the account of all that was read."""
        step = Step("Records read", self.unit, self.read, {"delivered": self.delivered, **self.set_aside})
        hashes = np.frombuffer(self._id_hashes, np.int64) if self._id_hashes else np.zeros(0, np.int64)
        ordered = np.sort(hashes)
        repeated = int((ordered[1:] == ordered[:-1]).sum())
        one = self.unit.removesuffix("s")
        if self.straight:
            carry = "carries" if self.straight == 1 else "carry"
            remarks += (f"{counted(self.straight, one)} {carry} a straight-party vote.",)
        if repeated:
            repeat = "repeats" if repeated == 1 else "repeat"
            remarks += (f"{counted(repeated, one)} {repeat} the id of an earlier one.",)
        return Account((step,), remarks)


def _length(records: Records) -> int:
    return len(records.columns["set_aside"])


def _batch(records: Records, start: int, size: int, before: int) -> Batch:
    """Return the tables of `size` records from `start` on, numbered behind those `before`."""
    number = np.arange(start, start + size, dtype=np.int64)
    columns = {"record": pa.array(number + before)} | {n: c.slice(start, size) for n, c in records.columns.items()}
    first, last = np.searchsorted(records.marks.record, [start, start + size])
    marks = records.marks.take(slice(first, last))
    votes = [marks.record + before, *marks[1:]]
    return Batch(pa.table(columns), pa.table(votes, schema=VOTES))


def _no_ballots(set_aside: Counter[str], where: str) -> Fault:
    counts = "; ".join(f"{n:,} {reason}" for reason, n in set_aside.items())
    what = f"there are no ballots in it{f' ({counts})' if counts else ''}"
    return Fault(what, where, "One record at least is a ballot")
