"""The stream every vendor's reader shares: rows of a file in, bounded chunks, an account and collected faults out.

A reader turns its file into plain values, one for every record it meets: a `Record` (a ballot or card delivered),
an `Aside` (a record that is none, with the reason) or a `Fault`. `reading` batches the records into tables, counts
everything so that it adds up, and raises the faults together.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa

from ...core.account import Account, Step
from ...core.errors import Fault, InputError
from ..catalogue import RECORDS, VOTES, Catalogue, Chunk, Reading

__all__ = ["MAX_FAULTS", "Aside", "Record", "Row", "reading"]

MAX_FAULTS = 10
"""Faults gathered before reading stops."""


class Record(NamedTuple):
    """One ballot or card; `marks` holds flat triples contest, choice, rank, contest, choice, rank, ..."""

    voter: str | None
    precinct: str | None
    style: str | None
    lever: str | None
    marks: list[int]


class Aside(NamedTuple):
    """One record read that is not a ballot, and why ("aggregated redaction rows")."""

    reason: str


Row: TypeAlias = Record | Aside | Fault


def reading(
    catalogue: Catalogue,
    rows: Iterator[Row],
    *,
    where: str,
    chunk: int,
    unit: str = "records",
    finish: Callable[[], tuple[str, ...]] = tuple,
) -> Reading:
    """Return a Reading that batches `rows` into chunks of at most `chunk` records.

    where: the file's name, for faults; unit: what the vendor calls a record ("sessions"); finish: called when the
    rows have ended, completes the catalogue and returns remarks for the account. Raises InputError when `chunk` is
    below 1, and from the stream when the rows hold faults or nothing at all.
    """
    if chunk < 1:
        raise InputError(Fault(f"chunk is {chunk}", "read", "A chunk holds at least 1 record"))
    result = Reading(catalogue, iter(()))
    result.chunks = _chunks(result, rows, where, chunk, unit, finish)
    return result


def _chunks(
    result: Reading,
    rows: Iterator[Row],
    where: str,
    chunk: int,
    unit: str,
    finish: Callable[[], tuple[str, ...]],
) -> Iterator[Chunk]:
    delivered, aside, faults, levers = 0, Counter[str](), list[Fault](), 0
    keys, batch = array("q"), _Batch(0)
    for row in rows:
        if isinstance(row, Record):
            batch.add(row)
            levers += row.lever is not None
            if row.voter is not None:
                keys.append(hash(row.voter))
            if len(batch.voter) >= chunk and not faults:
                delivered += len(batch.voter)
                yield batch.tables()
                batch = _Batch(delivered)
        elif isinstance(row, Aside):
            aside[row.reason] += 1
        else:
            faults.append(row)
        if faults and (len(faults) >= MAX_FAULTS or len(batch.voter) >= chunk):
            break
    if faults:
        raise InputError(*faults)
    delivered += len(batch.voter)
    if not delivered:
        found = "; ".join(f"{n:,} {reason}" for reason, n in aside.items())
        raise InputError(
            Fault(
                f"there are no ballots in it{f' ({found})' if found else ''}",
                where,
                "One record at least is a ballot",
            )
        )
    remarks = finish() + _remarks(unit, levers, keys)
    step = Step("Records read", unit, delivered + aside.total(), {"delivered": delivered, **aside})
    result.account = Account((step,), remarks)
    if batch.voter:
        yield batch.tables()


def _remarks(unit: str, levers: int, keys: array[int]) -> tuple[str, ...]:
    """Say how many records carry a straight-party vote and how many repeat an id."""
    repeated = len(keys) - len(np.unique(np.frombuffer(keys, np.int64))) if keys else 0
    told = [f"{levers:,} {unit} carry a straight-party vote." if levers else ""]
    told += [f"{repeated:,} {unit} repeat the id of an earlier one." if repeated else ""]
    return tuple(text for text in told if text)


class _Batch:
    """Columns of the chunk being filled; the one place in the readers that grows in place."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.voter: list[str | None] = []
        self.precinct: list[str | None] = []
        self.style: list[str | None] = []
        self.lever: list[str | None] = []
        self.marks = array("i")
        self.lengths = array("i")

    def add(self, record: Record) -> None:
        voter, precinct, style, lever, marks = record
        self.voter.append(voter)
        self.precinct.append(precinct)
        self.style.append(style)
        self.lever.append(lever)
        self.marks.extend(marks)
        self.lengths.append(len(marks) // 3)

    def tables(self) -> Chunk:
        number = np.arange(self.start, self.start + len(self.voter), dtype=np.int64)
        columns = [number, self.voter, self.precinct, self.style, self.lever]
        records = pa.table([pa.array(c, t.type) for c, t in zip(columns, RECORDS, strict=True)], schema=RECORDS)
        marks = np.array(self.marks, np.int32).reshape(-1, 3)
        of = np.repeat(number, np.array(self.lengths, np.int32))
        contest, choice, rank = (np.ascontiguousarray(marks[:, i]) for i in range(3))
        votes = pa.table([of, contest, choice, rank.astype(np.int16)], schema=VOTES)
        return Chunk(records, votes)
