"""NIST SP 1500-103 common data format, JSON or XML, and Unisyn's exports, which have its shape.

A file, or a folder or zip of such files. A report is read twice, since its definitions may follow its ballots. One
record is one CVR. Its snapshot named by CurrentSnapshotId counts; in it a position is a vote when HasIndication is
yes and IsAllocable is not no. A vote that the straight-party device made carries IsGenerated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ....core.errors import Fault, InputError
from ....files.archive import Member, is_zip, members
from ....files.text import decoded
from ...catalogue import INVALID, OVER, UNDER, WRITE_IN, Reader, Reading
from ..catalogue_builder import Register
from ..records import Record, Row, reading
from .definitions import Terms
from .nodes import Node, ballots, many, one, word

__all__ = ["NIST_CDF"]

_VOTER = ("UniqueId", "BallotAuditId", "BallotPrePrintedId", "CurrentSnapshotId")
_ROOT = re.compile(r"<(?:\w+:)?CastVoteRecordReport[\s>]")
_RANKS = range(1, 1000)
_SUFFIXES = (".xml", ".json")
_LOOKED_AT = 5


class _NistCdf:
    """Reader of NIST CDF reports and Unisyn exports."""

    name = "cdf"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether a file, or one of the first in a folder or zip, is a report.

        Raises InputError for a zip that is damaged or hostile.
        """
        if not path.is_dir() and not is_zip(path):
            return _is_report(head)
        with members(path, _SUFFIXES) as files:
            return any(_is_report(_head(member)) for member in files[:_LOOKED_AT])

    def read(self, path: Path, *, chunk: int = 50_000) -> Reading:
        """Stream the ballots of a report, or of all reports of a folder or zip. Raises InputError while read."""
        register, others = Register(), list[str]()

        def finish() -> tuple[str, ...]:
            said = f"{len(others):,} files are no reports and were not read: {', '.join(others[:5])}."
            return (said,) if others else ()

        rows = _rows(path, register, others)
        return reading(register.catalogue, rows, where=path.name, chunk=chunk, unit="ballots", finish=finish)


NIST_CDF: Reader = _NistCdf()


def _is_report(head: bytes) -> bool:
    """Say whether a file begins as a CastVoteRecordReport, or as a JSON object with a list CVR of snapshots."""
    first = decoded(head.replace(b"\x00", b"")).lstrip("\ufeff")
    is_json = first.lstrip().startswith("{") and ("CVRSnapshot" in first or "CastVoteRecordReport" in first)
    return is_json or _ROOT.search(first) is not None


def _head(member: Member) -> bytes:
    with member.open() as source:
        return source.read(1 << 16)


def _rows(path: Path, register: Register, others: list[str]) -> Iterator[Row]:
    """Yield the ballots of every report; files that are none are added to `others`, unless they stand alone."""
    with members(path, _SUFFIXES) as files:
        for member in files:
            if len(files) > 1 and not _is_report(_head(member)):
                others.append(member.name)
                continue
            yield from _report(member, Terms(member, register))


def _report(member: Member, terms: Terms) -> Iterator[Row]:
    for position, cvr in enumerate(ballots(member), 1):
        where = f"{member.base}, CVR {position:,}"
        try:
            yield _row(cvr, terms, position) if isinstance(cvr, dict) else Fault("it is no object", where)
        except (LookupError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            yield Fault(str(error.args[0]), where, remedy="Export it again")
        except (TypeError, AttributeError) as error:
            yield Fault(f"it is not built as a CVR ({error})", where, remedy="Export it again")


def _row(cvr: Node, terms: Terms, position: int) -> Row:
    marks: list[int] = []
    generated: list[int] = []
    for listed in many(_snapshot(cvr), "CVRContest"):
        contest = terms.contest(one(listed, "ContestId"))
        marks += _contest(listed, contest, terms, generated)
    marks, lever = terms.register.without_lever(marks)
    unit = next((one(cvr, key) for key in ("BallotStyleUnitId", "PrecinctSplitId") if one(cvr, key)), "")
    voter = next((one(cvr, key) for key in _VOTER if one(cvr, key)), str(position))
    precinct, style = terms.units.get(unit, unit) or None, one(cvr, "BallotStyleId") or None
    return Record(voter, precinct, style, lever or terms.common_party(generated), marks)


def _snapshot(cvr: Node) -> Node:
    """Return the snapshot that counts. Raises LookupError without one."""
    snapshots: list[Node] = many(cvr, "CVRSnapshot")
    current = one(cvr, "CurrentSnapshotId")
    for snapshot in snapshots:
        if one(snapshot, "@id") == current:
            return snapshot
    if len(snapshots) == 1 and not current:
        return snapshots[0]
    raise LookupError(f"CurrentSnapshotId is {current!r}, and no CVRSnapshot has this ObjectId")


def _contest(listed: Node, contest: int, terms: Terms, generated: list[int]) -> list[int]:
    """Return the marks of one contest as flat triples; choices that the device made are added to `generated`."""
    marks: list[int] = []
    indicated = 0
    statuses = {str(status).strip().casefold() for status in many(listed, "Status")}
    if "invalidated-rules" in statuses:
        return [contest, INVALID, 1]
    ranked = False
    for selection in many(listed, "CVRContestSelection"):
        yes = [p for p in many(selection, "SelectionPosition") if word(p, "HasIndication") == "yes"]
        votes = [p for p in yes if word(p, "IsAllocable") != "no"]
        indicated += bool(yes)
        if not votes:
            continue
        choice = _choice(selection, votes, terms)
        ranks = [_rank(p, selection) for p in votes]
        ranked = ranked or any(ranks)
        for rank in dict.fromkeys(ranks):
            marks += (contest, choice, rank or 1)
        if any(word(p, "IsGenerated") in ("yes", "true") for p in votes):
            generated.append(choice)
    if ranked:
        terms.register.widen(contest, 1, max(marks[2::3]))
    over = "overvoted" in statuses or one(listed, "Overvotes") not in ("", "0")
    if over or (not marks and indicated > terms.votes(contest)):
        return marks if ranked and marks else [contest, OVER, 1]
    return marks or [contest, UNDER, 1]


def _choice(selection: Node, votes: list[Node], terms: Terms) -> int:
    number = one(selection, "ContestSelectionId")
    if not number and any("CVRWriteIn" in position for position in votes):
        return WRITE_IN
    return terms.choice(number)


def _rank(position: Node, selection: Node) -> int:
    """Return the rank of a position, 0 where it has none. Raises ValueError for one that is no number."""
    value: Any = one(position, "Rank") or one(selection, "Rank")
    if not value:
        return 0
    if not value.isdecimal() or len(value) > 3 or int(value) not in _RANKS:
        raise ValueError(f"Rank is {value!r}; a rank is a number from 1")
    return int(value)
