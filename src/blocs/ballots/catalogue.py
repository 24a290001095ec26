"""What every reader delivers, whatever the vendor: a catalogue and two tables, of records and of their marks.

A *record* is one row, sheet or session of a file (a card, in most formats). A record lists the contests it shows;
each contest shown has one row of VOTES for every option marked, or a single row that says why there is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from ..core.errors import Fault, InputError

__all__ = ["COVARIATES", "INVALID", "OVER", "RECORDS", "UNDER", "VOTES", "WRITE_IN", "Candidate", "Catalogue",
           "Contest"]  # fmt: skip

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
        ("straight_party", pa.string()),  # party of a straight-party vote, null without one
        ("set_aside", pa.string()),  # why the record is no ballot, null for a ballot; such a record has no votes
    ]
)
"""The columns of a table of records. Behind them stand the file's own ids, as text, under their own headings."""
COVARIATES = {"precinct": "precinct", "style": "style", "straight_party": "straight_party", "lever": "straight_party"}
"""Name by which users ask for a covariate -> column of RECORDS; "lever" is the older name of the straight party."""
MOST_VOTES = 10_000
"""Votes, and ranks, of a contest: no voter has more."""
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
    by (office "" or = name: to be read from the name); votes: how many options a voter may mark, 0 from readers that do
    not know it but name overvotes themselves; ranks: how many ranks a ranked contest offers, 1 when it is not ranked;
    county: of which export it is, where several are read.
    """

    name: str
    office: str = ""
    district: str = ""
    votes: int = 1
    ranks: int = 1
    county: str = ""

    def __post_init__(self) -> None:
        for number, words in ((self.votes, "votes are allowed"), (self.ranks, "ranks are offered")):
            if number > MOST_VOTES:
                raise InputError(Fault(f"{number:,} {words} in {self.name!r}", rule=f"{MOST_VOTES:,} are the most",
                                       remedy="The file is damaged; export it again"))  # fmt: skip


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


@dataclass(frozen=True)
class Catalogue:
    """Contests and candidates of a source; the votes name both by their position."""

    contests: tuple[Contest, ...] = ()
    candidates: tuple[Candidate, ...] = ()
