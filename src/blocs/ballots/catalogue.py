"""Ballots: what every reader delivers, whatever the vendor — a catalogue and a long table of marks.

A *record* is one row, sheet or session of a file (a card, in most formats). A record lists the contests it shows;
each contest shown has one mark row for every option marked, or a single row that says why there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from ..core.account import Account

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "INVALID", "OVER", "RECORDS", "UNDER", "VOTES", "WRITE_IN", "Candidate", "Catalogue", "Chunk", "Contest", "Reader",
    "Reading",
]  # fmt: skip

UNDER = -1
"""Choice of a contest that was shown and left blank."""
OVER = -2
"""Choice of a contest with more marks than votes allowed, where the file says so and hides the marks."""
WRITE_IN = -3
"""Choice of a write-in without a printed name."""
INVALID = -4
"""Choice of a contest that was shown but cannot be read: redacted, invalid, a sheet that is not held (UNSEEN)."""

RECORDS = pa.schema(
    [
        ("record", pa.int64()),  # running number in the file(s), from 0
        ("voter", pa.string()),  # the file's own id of the ballot; equal ids are one ballot only if link= says so
        ("precinct", pa.string()),
        ("style", pa.string()),  # ballot style or type
        ("lever", pa.string()),  # party of a straight-party vote, null without one
    ]
)
VOTES = pa.schema(
    [
        ("record", pa.int64()),
        ("contest", pa.int32()),  # position in Catalogue.contests
        ("choice", pa.int32()),  # position in Catalogue.candidates, or UNDER, OVER, WRITE_IN, INVALID
        ("rank", pa.int16()),  # 1 = first choice; 1 everywhere in contests that are not ranked
    ]
)


@dataclass(frozen=True)
class Contest:
    """One contest as the file names it.

    name: the file's words, the unique key together with `district`; office and district: what the coding groups
    by (office = name until a table says otherwise); votes: how many options a voter may mark; ranks: how many
    ranks a ranked contest offers, 1 when it is not ranked.
    """

    name: str
    office: str = ""
    district: str = ""
    votes: int = 1
    ranks: int = 1


@dataclass(frozen=True)
class Candidate:
    """One option of one contest.

    contest: position in Catalogue.contests; parties: as in the file, () if it does not say, several under fusion;
    printed: False for qualified or free write-ins, which never make a race contested.
    """

    contest: int
    name: str
    parties: tuple[str, ...] = ()
    printed: bool = True


@dataclass
class Catalogue:
    """Contests and candidates of a source; complete once its chunks have been read to the end."""

    contests: list[Contest] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)


@dataclass(frozen=True)
class Chunk:
    """A bounded part of the stream: tables of the schemas RECORDS and VOTES."""

    records: pa.Table
    votes: pa.Table


@dataclass
class Reading:
    """A source being read: `chunks` is consumed once; `catalogue` and `account` are final when it ends.

    absence_only: the file lists votes alone, so that a contest without a mark was left blank or was not on the ballot
    (EL155): rule S2 decides, since no UNDER is ever delivered.
    """

    catalogue: Catalogue
    chunks: Iterator[Chunk]
    account: Account = field(default_factory=Account)
    absence_only: bool = False


class Reader(Protocol):
    """One vendor's format, one module: `recognises` looks at content, `read` streams it."""

    name: str

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether the file or folder at `path`, beginning with `head`, is of this format."""
        ...

    def read(self, path: Path, *, chunk: int = 50_000) -> Reading:
        """Open `path` and stream it in chunks of at most `chunk` records."""
        ...
