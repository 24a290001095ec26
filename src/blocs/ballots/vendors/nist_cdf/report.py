"""NIST SP 1500-103 common data format, JSON or XML, and Unisyn's exports, which have its shape.

A file, or a folder or zip of such files. A report is read twice, since its definitions may follow its ballots. One
record is one CVR. Its snapshot named by CurrentSnapshotId counts; in it a position is a vote when HasIndication is
yes, IsAllocable is not no and NumberVotes is not 0. A vote that a straight-party vote made carries IsGenerated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

from ....core.errors import Fault, InputError
from ....files.archive import Member
from ....files.copies import copies
from ....files.export import Export
from ....files.text import decoded
from ...catalogue import INVALID, OVER, UNDER, WRITE_IN
from ..catalogue_builder import STRAIGHT_PARTY, PartialCatalogue
from ..format import BATCH, Format, Stream
from ..record_copies import Identified, without_copies
from ..records import Ending, Record, Row, batches
from ..row_copies import Seen
from ..table_format import copied, not_read
from .definitions import Definitions, common_party, read_definitions
from .nodes import Node, ballots, is_yes, many, one, word

__all__ = ["NIST_CDF"]

_IDS = ("UniqueId", "BallotAuditId", "BallotPrePrintedId")
_OF_A_SHEET = ("BatchId", "BatchSequenceId", "BallotSheetId", "CreatingDeviceId", "ElectionId")
_VOTER = (*_IDS, "CurrentSnapshotId")
_ROOT = re.compile(r"<(?:\w+:)?CastVoteRecordReport[\s>]")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]')
_OF_A_REPORT = frozenset(('"CVR"', '"ReportGeneratingDeviceIds"'))
"""Keys that a report in JSON has at its top; a file about reports has one inside."""
_RANKS = range(1, 1000)
_SUFFIXES = (".xml", ".json")
_FILES_LOOKED_AT = 5


def _recognises(export: Export) -> bool:
    """Say whether one of the first files is a report. Raises InputError for a file that is damaged."""
    return any(_is_report(file.head) for file in export.ending(*_SUFFIXES)[:_FILES_LOOKED_AT])


def _read(export: Export, *, chunk: int = BATCH) -> Stream:
    """Read the ballots of all reports of an export."""
    return batches(_rows(export), where=export.name, chunk=chunk, unit="ballots")


NIST_CDF = Format(
    "cdf",
    "CastVoteRecordReport in XML or JSON, Unisyn too",
    (b"CastVoteRecordReport", b"CVRSnapshot"),
    _recognises,
    _read,
    ids=tuple(name.encode() for name in _IDS),
)


def _is_report(head: bytes) -> bool:
    """Say whether a file begins as a CastVoteRecordReport, or as a JSON object with a list CVR of snapshots."""
    first = decoded(head.replace(b"\x00", b"")).lstrip("\ufeff")
    return _is_object(first) if first.lstrip().startswith("{") else _ROOT.search(first) is not None


def _is_object(first: str) -> bool:
    """Say whether JSON is a report at its top, by its beginning."""
    depth, before = 0, ""
    for token in map(re.Match.group, _TOKEN.finditer(first)):
        depth += (token in "{[") - (token in "}]")
        if depth == 1 and (token in _OF_A_REPORT or (before == '"@type"' and token.endswith('CastVoteRecordReport"'))):
            return True
        before = token
    return False


def _rows(export: Export) -> Iterator[Row | Ending]:
    """Yield the ballots of every report; files that are none are named in the account, unless they stand alone."""
    catalogue = PartialCatalogue()
    reports = [file for file in export.files if export.alone or _is_report(file.head)]
    same = copies(reports, NIST_CDF.ids)
    seen = Seen() if len(reports) > 1 else None
    for file in reports:
        if file.name in same:
            continue
        defined, catalogue = read_definitions(file, catalogue)
        report = _Report(file, defined, catalogue)
        again = partial(_identified, replace(report))
        for row in without_copies(_identified(report), again, "exact copies of an earlier ballot", seen):
            if not isinstance(row, Seen):
                yield row
            elif seen is not None:
                seen = row
        catalogue = report.catalogue
    names = {file.name for file in reports}
    others = [file.name for file in export.files if file.name not in names]
    yield Ending(catalogue.catalogue(), (*not_read(others), *copied(same)))


@dataclass
class _Report:
    """A file, its definitions, and the catalogue as far as it has been read."""

    file: Member
    defined: Definitions
    catalogue: PartialCatalogue


def _identified(report: _Report) -> Iterator[Identified]:
    for position, cvr in enumerate(ballots(report.file), 1):
        row, report.catalogue = _judged(cvr, report.defined, report.catalogue, report.file, position)
        number = next((one(cvr, key) for key in _IDS if one(cvr, key)), "") if isinstance(row, Record) else ""
        yield Identified(row, number, tuple(one(cvr, key) for key in _OF_A_SHEET) if number else ())


def _judged(
    cvr: Any, defined: Definitions, catalogue: PartialCatalogue, member: Member, position: int
) -> tuple[Row, PartialCatalogue]:
    """Return the record of a CVR, or the fault that it has."""
    where = f"{member.label}, CVR {position:,}"
    if not isinstance(cvr, dict):
        return Fault("it is no object", where), catalogue
    try:
        return _row(cvr, defined, catalogue, position)
    except (LookupError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        return Fault(str(error.args[0]), where, remedy="Export it again"), catalogue
    except (TypeError, AttributeError) as error:
        return Fault(f"it is not built as a CVR ({error})", where, remedy="Export it again"), catalogue


def _row(cvr: Node, defined: Definitions, catalogue: PartialCatalogue, position: int) -> tuple[Row, PartialCatalogue]:
    """Return the record of a CVR, and the catalogue with as many ranks as its contests turn out to have."""
    marks: list[int] = []
    generated: list[int] = []
    for listed in _contests_of(_snapshot(cvr)):
        contest = defined.contest(one(listed, "ContestId"))
        shown = _contest(listed, contest, defined, catalogue)
        catalogue = catalogue.with_limits(contest, 1, shown.ranks)
        marks += shown.marks
        generated += shown.generated
    others, straight_party = catalogue.without_straight_party(marks)
    unit = next((one(cvr, key) for key in ("BallotStyleUnitId", "PrecinctSplitId") if one(cvr, key)), "")
    voter = next((one(cvr, key) for key in _VOTER if one(cvr, key)), str(position))
    precinct, style = defined.units.get(unit, unit) or None, one(cvr, "BallotStyleId") or None
    straight_party = straight_party or common_party(generated, catalogue)
    return Record(voter, precinct, style, straight_party, others), catalogue


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


def _contests_of(snapshot: Node) -> list[Node]:
    """Return what a snapshot shows of each contest; one that it lists twice, as on two sides, has the votes of both."""
    listed: dict[str, Node] = {}
    for contest in many(snapshot, "CVRContest"):
        before = listed.setdefault(one(contest, "ContestId"), contest)
        if before is not contest:
            both = {key: [*many(before, key), *many(contest, key)] for key in ("CVRContestSelection", "Status")}
            listed[one(contest, "ContestId")] = {**contest, **before, **both}
    return [*listed.values()]


class _Shown(NamedTuple):
    """What a ballot shows of one contest: flat triples, the largest rank, choices that a straight-party vote made."""

    marks: list[int]
    ranks: int = 1
    generated: tuple[int, ...] = ()


def _contest(listed: Node, contest: int, defined: Definitions, catalogue: PartialCatalogue) -> _Shown:
    statuses = {str(status).strip().casefold() for status in many(listed, "Status")}
    if "invalidated-rules" in statuses:
        return _Shown([contest, INVALID, 1])
    number = one(listed, "ContestId")
    selections = [_selection(selection, number, defined) for selection in many(listed, "CVRContestSelection")]
    votes = [(s.choice, rank or 1) for s in selections for rank in dict.fromkeys(s.ranks)]
    lines = [vote for vote in dict.fromkeys(votes) if vote[0] >= 0]  # one person may have two lines (fusion)
    marks = [n for choice, rank in (*lines, *(v for v in votes if v[0] < 0)) for n in (contest, choice, rank)]
    ranked = any(any(s.ranks) for s in selections)
    ranks = max(marks[2::3]) if ranked else 1
    generated = tuple(s.choice for s in selections if s.generated)
    allowed = 1 if contest == STRAIGHT_PARTY else catalogue.contests[contest].votes
    over = "overvoted" in statuses or one(listed, "Overvotes") not in ("", "0")
    if over or (not marks and sum(s.indicated for s in selections) > allowed):
        return _Shown(marks if ranked and marks else [contest, OVER, 1], ranks, generated)
    return _Shown(marks or [contest, UNDER, 1], ranks, generated)


class _Selection(NamedTuple):
    """One selection of a contest: whether it is marked, its choice, the rank of each vote (0: none), its origin."""

    indicated: bool
    choice: int = WRITE_IN
    ranks: tuple[int, ...] = ()
    generated: bool = False


def _selection(selection: Node, contest: str, defined: Definitions) -> _Selection:
    positions = many(selection, "SelectionPosition")
    whole = one(selection, "TotalNumberVotes")
    if not positions and whole not in ("", "0"):
        positions = [{"HasIndication": "yes", "NumberVotes": whole}]
    if not all(one(position, "HasIndication") for position in positions):
        raise LookupError("a SelectionPosition has no HasIndication, which says whether it is marked")
    marked = [p for p in positions if is_yes(p, "HasIndication")]
    votes = [p for p in marked if word(p, "IsAllocable") not in ("no", "false", "0") and word(p, "NumberVotes") != "0"]
    if several := next((one(p, "NumberVotes") for p in votes if one(p, "NumberVotes") not in ("", "1")), ""):
        raise ValueError(f"NumberVotes is {several!r}; a mark is one vote, and cumulative votes are not read")
    if not votes:
        return _Selection(bool(marked))
    choice = _choice(selection, votes, contest, defined)
    ranks = tuple(_rank(p, selection) for p in votes)
    return _Selection(True, choice, ranks, any(is_yes(p, "IsGenerated") for p in votes))


def _choice(selection: Node, votes: list[Node], contest: str, defined: Definitions) -> int:
    number = one(selection, "ContestSelectionId")
    if not number and any("CVRWriteIn" in position for position in votes):
        return WRITE_IN
    return defined.choice(contest, number)


def _rank(position: Node, selection: Node) -> int:
    """Return the rank of a position, 0 where it has none. Raises ValueError for one that is no number."""
    value: Any = one(position, "Rank") or one(selection, "Rank")
    if not value:
        return 0
    if not value.isdecimal() or len(value) > 3 or int(value) not in _RANKS:
        raise ValueError(f"Rank is {value!r}; a rank is a number from 1")
    return int(value)
