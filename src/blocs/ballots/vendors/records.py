"""The stream that all vendors' readers share: plain values in, batches of tables, an account and gathered faults out.

A reader turns its file into plain values, one for every record it meets: a `Record` (a ballot or card), a `SetAside`
(a record that is no ballot, with the reason) or a `Fault`; the last value is an `Ending` with the catalogue.
`batches` makes tables of the records, counts everything so that it adds up, and raises the faults together.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa

from ...core.account import Account, Step
from ...core.errors import Fault, InputError
from ..catalogue import RECORDS, VOTES, Catalogue
from .format import Batch, Contents, Stream

__all__ = ["MAX_FAULTS", "Ending", "Record", "Row", "SetAside", "batches"]

MAX_FAULTS = 10
"""Faults gathered before reading stops."""


class Record(NamedTuple):
    """One ballot or card; `marks` holds flat triples contest, choice, rank, contest, choice, rank, ..."""

    voter: str | None
    precinct: str | None
    style: str | None
    straight_party: str | None
    marks: Sequence[int]


class SetAside(NamedTuple):
    """One record read that is not a ballot, and why ("aggregated redaction rows")."""

    reason: str


class Ending(NamedTuple):
    """The last value of a reader: the complete catalogue, sentences for the account, whether it lists votes alone."""

    catalogue: Catalogue
    remarks: tuple[str, ...] = ()
    votes_only: bool = False


Row: TypeAlias = Record | SetAside | Fault


def batches(rows: Iterator[Row | Ending], *, where: str, chunk: int, unit: str) -> Stream:
    """Yield `rows` as batches of at most `chunk` records and, last, the contents of the file.

    where: the file's name, for faults; unit: what the vendor calls a record ("sessions"). Raises InputError when
    `chunk` is below 1, and when the rows hold faults or nothing at all.
    """
    if chunk < 1:
        raise InputError(Fault(f"chunk is {chunk}", "read", "A chunk holds at least 1 record"))
    delivered, straight, faults, ending = 0, 0, list[Fault](), Ending(Catalogue())
    set_aside, id_hashes, pending = Counter[str](), array("q"), list[Record]()
    for row in rows:
        if isinstance(row, Record):
            pending.append(row)
            straight += row.straight_party is not None
            if row.voter is not None:
                id_hashes.append(hash(row.voter))
        elif isinstance(row, SetAside):
            set_aside[row.reason] += 1
        elif isinstance(row, Ending):
            ending = row
        else:
            faults.append(row)
        if faults and (len(faults) >= MAX_FAULTS or len(pending) >= chunk):
            break
        if len(pending) >= chunk:
            yield _batch(pending, delivered)
            delivered, pending = delivered + len(pending), []
    if faults:
        raise InputError(*faults)
    if not delivered + len(pending):
        raise InputError(_no_ballots(set_aside, where))
    if pending:
        yield _batch(pending, delivered)
    delivered += len(pending)
    step = Step("Records read", unit, delivered + set_aside.total(), {"delivered": delivered, **set_aside})
    account = Account((step,), ending.remarks + _remarks(unit, straight, id_hashes))
    yield Contents(ending.catalogue, account, ending.votes_only)


def _no_ballots(set_aside: Counter[str], where: str) -> Fault:
    counts = "; ".join(f"{n:,} {reason}" for reason, n in set_aside.items())
    what = f"there are no ballots in it{f' ({counts})' if counts else ''}"
    return Fault(what, where, "One record at least is a ballot")


def _remarks(unit: str, straight: int, id_hashes: array[int]) -> tuple[str, ...]:
    """Say how many records carry a straight-party vote and how many repeat an id."""
    repeated = len(id_hashes) - len(np.unique(np.frombuffer(id_hashes, np.int64))) if id_hashes else 0
    sentences = [f"{straight:,} {unit} carry a straight-party vote." if straight else ""]
    sentences += [f"{repeated:,} {unit} repeat the id of an earlier one." if repeated else ""]
    return tuple(sentence for sentence in sentences if sentence)


def _batch(records: Sequence[Record], start: int) -> Batch:
    """Return the tables of some records, numbered from `start`."""
    number = np.arange(start, start + len(records), dtype=np.int64)
    values = (number, *list(zip(*records, strict=True))[:-1])
    columns = [pa.array(column, field.type) for column, field in zip(values, RECORDS, strict=True)]
    lengths = np.array([len(record.marks) for record in records], np.int64)
    flat = chain.from_iterable(record.marks for record in records)
    marks = np.fromiter(flat, np.int32, int(lengths.sum())).reshape(-1, 3)
    contest, choice, rank = (np.ascontiguousarray(marks[:, i]) for i in range(3))
    votes = [np.repeat(number, lengths // 3), contest, choice, rank.astype(np.int16)]
    return Batch(pa.table(columns, schema=RECORDS), pa.table(votes, schema=VOTES))
