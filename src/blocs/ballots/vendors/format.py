"""What a vendor's format is, and what reading one of its files gives: batches of two Arrow tables, then the contents.

    with open_export(path) as export:
        *batches, contents = FORMAT.read(export)

The names of contests and candidates, the votes allowed and the account are complete only when the last record has been
read. So they are not there before: they are the last value of the stream, and nothing that was handed out changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa

from ...core.account import Account
from ...files.export import Export
from ..catalogue import Catalogue

__all__ = ["BATCH", "Batch", "Contents", "Format", "Stream"]

BATCH = 50_000
"""Records of a batch, where nobody asks for fewer."""


@dataclass(frozen=True)
class Batch:
    """A bounded part of an export: tables of the schemas RECORDS, with the file's ids behind, and VOTES."""

    records: pa.Table
    votes: pa.Table


@dataclass(frozen=True)
class Contents:
    """What the batches of a file mean, known when all of them are read.

    catalogue: its contests and candidates, which the votes name by position; account: every record of the file,
    delivered or set aside; votes_only: whether the file lists votes alone, so that a contest without a mark was left
    blank or was not on the ballot (EL155). Then no UNDER is ever delivered, and rule S2 decides; numbered: contests
    that `numbered=` may name.
    """

    catalogue: Catalogue
    account: Account
    votes_only: bool = False
    numbered: tuple[str, ...] = ()


Stream: TypeAlias = Iterator[Batch | Contents]
"""Any number of Batch values and, as the last value, one Contents."""


@dataclass(frozen=True)
class Format:
    """One vendor's format: all that the rest of the package knows of it.

    name: what `format=` calls it; looks: what it looks like, in words, for the message that a file is not recognised;
    hints: bytes of a file that hint at it; recognises: whether an export is of this format, by its content; read:
    (export, chunk) -> its batches of at most `chunk` records and its contents. Reading raises InputError with the
    faults of the files, at the first value or later; files that are none of this format are named in the account.
    options: of `read_cvr` that this format has alone, which `read` takes by name. ids: names of the ids of ballots,
    where a file may be one ballot: equal files without them may be two ballots with the same votes. within: returns
    the names of the folders and zips in a folder that are exports of their own, none where it is one export.
    """

    name: str
    looks: str
    hints: tuple[bytes, ...]
    recognises: Callable[[Export], bool]
    read: Callable[..., Stream]
    options: tuple[str, ...] = ()
    ids: tuple[bytes, ...] = ()
    within: Callable[[Export], tuple[str, ...]] | None = None
