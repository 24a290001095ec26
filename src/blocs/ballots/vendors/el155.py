"""ES&S EL155 text (iVotronic): fixed columns, one line for each vote; `*` marks the first line of a voter.

Only votes are listed: abstention and "not on the ballot" look the same here (rule S2 tells them apart later), and
overvotes are impossible. A precinct's name stands in the page headings. Names of one person on the lines of several
parties differ by invisible trailing bytes, and are one candidate.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from ...core.errors import Fault
from ...files.archive import Member
from ...files.copies import copies
from ...files.export import Export
from ...files.text import decoded, lines_of
from ..catalogue import WRITE_IN
from ..clean import clean
from ..mark_words import NO_VOTES, is_write_in_line, meaning_in_place_of_a_name
from .catalogue_builder import STRAIGHT_PARTY, PartialCatalogue
from .format import BATCH, Format, Stream
from .records import Ending, Record, Row, batches
from .table_format import copied, not_read

__all__ = ["EL155"]

_VOTE = re.compile(r"^(\d{7})[ ]{1,6}(\d{1,5}) ([* ])\s{1,6}(\d{0,5})(?=\s)")
_SUFFIXES = (".txt", ".lst", ".prn", ".asc", ".gz", "el155")
_FILES_LOOKED_AT = 5
_USUAL, _VOTERS = 0.01, 100
"""Share of the voters of a ballot style below which an end at a contest is unusual, and voters needed to judge it."""
_NAME, _CONTEST = slice(20, 59), slice(59, None)
_PAGE = re.compile(r"\s*RUN DATE:.*?PRECINCT\s+(\d+)\s*-\s*(?:(.*?)\s+ELECTION ID|(.*?)(?:\s{2,}|$))", re.IGNORECASE)
_IDLE = re.compile(r"^\s*$|^RUN DATE|^VOTR|PRECINCT TOTALS|^\s*(PAGE|REPORT-EL155|CAST VOTE RECORD)\b", re.IGNORECASE)


def _recognises(export: Export) -> bool:
    """Say whether the page heading VOTR. B/I CANDIDATES RECEIVING A VOTE, or vote lines, stand at the beginning."""
    return any(map(_is_report, export.ending(*_SUFFIXES)[:_FILES_LOOKED_AT]))


def _read(export: Export, *, chunk: int = BATCH) -> Stream:
    """Read the voters of the reports of an export, plain or gzipped."""
    return batches(_rows(export), where=export.name, chunk=chunk, unit="voters")


EL155 = Format(
    "el155",
    "fixed columns, * at the first row of a voter",
    (b"EL155", b"BALLOT STYLE", b"RUN DATE"),
    _recognises,
    _read,
)


def _is_report(file: Member) -> bool:
    first = decoded(file.head)
    return "CANDIDATES RECEIVING A VOTE" in first or sum(bool(_VOTE.match(t)) for t in first.splitlines()[:50]) > 3


class _VoteLine(NamedTuple):
    """One line of a voter: whether it is the first, the ballot style, the page's precinct, candidate and contest."""

    first: bool
    style: str
    precinct: str | None
    name: str
    contest: str


def _rows(export: Export) -> Iterator[Row | Ending]:
    """Gather the lines of each voter, report by report."""
    catalogue, voters, remarks = PartialCatalogue(), 0, list[str]()
    reports = [file for file in export.files if export.alone or _is_report(file)]
    same = copies(reports)
    for file in reports:
        if file.name in same:
            continue
        pending, ends = list[_VoteLine](), Counter[tuple[str, str]]()
        for line in _lines(file):
            if isinstance(line, Fault):
                yield line
                continue
            if line.first and pending:
                row, catalogue = _record(voters, pending, catalogue)
                yield row
                ends[pending[-1].style, pending[-1].contest] += 1
                pending = []
            voters += line.first
            pending.append(line)
        if pending:
            row, catalogue = _record(voters, pending, catalogue)
            yield row
            remarks += _unusual_end(file.name, pending[-1], ends)
    others = [file.name for file in export.files if file not in reports]
    remarks += [*catalogue.uncertain_parties(), *not_read(others), *copied(same)]
    yield Ending(catalogue.catalogue(), tuple(remarks), votes_only=True)


def _unusual_end(file: str, last: _VoteLine, ends: Counter[tuple[str, str]]) -> list[str]:
    """Return a remark where the last voter of a file ends at a contest where few of its ballot style do.

    A report that was cut off between two lines is a whole one by its form; only this shows that votes may be missing.
    """
    of_style = sum(count for (style, _), count in ends.items() if style == last.style)
    same = ends[last.style, last.contest]
    if of_style < _VOTERS or same >= _USUAL * of_style:
        return []
    return [f"The last vote of {file} is for {last.contest!r}, where {same:,} of the {of_style:,} other voters of "
            f"ballot style {last.style} end: if the file was cut off, votes and voters are missing."]  # fmt: skip


def _lines(file: Member) -> Iterator[_VoteLine | Fault]:
    """Yield the lines of votes, and a fault for every line that is neither a vote nor a heading."""
    with file.open() as raw:
        yield from _judged_lines(lines_of(raw, file.label), file.label)


def _judged_lines(raw_lines: Iterator[str], where: str) -> Iterator[_VoteLine | Fault]:
    precinct: str | None = None
    voter: tuple[str, ...] = ()
    for number, line in enumerate(raw_lines, 1):
        text = line.rstrip("\r\n").lstrip("\f")
        vote = _VOTE.match(text)
        if vote is None:
            page = _PAGE.match(text)
            precinct = clean(page[2] or page[3] or "") if page else precinct
            if not page and not _IDLE.search(text):
                yield _no_vote(where, number, text)
            continue
        of_line = vote.group(1), vote.group(2)
        voter = of_line if vote.group(3) == "*" else voter
        if not voter:
            yield Fault("the first vote has no * before it", f"{where}, line {number}",
                        "The first line of each voter is marked with *",
                        remedy="The file may have lost its beginning")  # fmt: skip
            return
        if voter != of_line:
            yield Fault(f"VOTR. and B/I are {' and '.join(of_line)}, and those of the voter are {' and '.join(voter)}",
                        f"{where}, line {number}", "The first line of each voter is marked with *",
                        remedy="The file may have lost lines")  # fmt: skip
            continue
        if text[vote.end() : _NAME.start].strip() or text[_CONTEST][:1].strip():
            yield Fault(f"{text[vote.end() :].strip()[:60]!r} does not stand in its columns", f"{where}, line {number}",
                        f"The candidate stands from column {_NAME.start + 1} to {_NAME.stop}, the contest behind a "
                        "blank",
                        remedy="Export the report again, unchanged by hand")  # fmt: skip
            continue
        yield _VoteLine(vote.group(3) == "*", vote.group(2), precinct, clean(text[_NAME]), clean(text[_CONTEST]))


def _record(number: int, votes: list[_VoteLine], catalogue: PartialCatalogue) -> tuple[Record, PartialCatalogue]:
    """Return the record of one voter, and the catalogue with the contests and candidates that the lines name."""
    marks: list[int] = []
    for line in votes:
        if line.name == NO_VOTES:
            continue
        catalogue, contest = catalogue.with_contest(line.contest)
        choice = meaning_in_place_of_a_name(line.name)
        if choice is None and is_write_in_line(line.name):
            choice = WRITE_IN
        if choice is None:
            catalogue, choice = catalogue.with_text(contest, line.name)
        before = zip(marks[::3], marks[1::3], strict=True)
        if choice < 0 or (contest, choice) not in before:  # a name has one vote, on the lines of whatever parties
            marks += (contest, choice, 1)
    # overvotes are impossible, so votes given is a floor of the votes allowed
    for contest, given in Counter(marks[::3]).items():
        if contest != STRAIGHT_PARTY and given > 1:
            catalogue = catalogue.with_limits(contest, given)
    others, straight_party = catalogue.without_straight_party(marks)
    return Record(str(number), votes[0].precinct, votes[0].style, straight_party, others), catalogue


def _no_vote(file: str, number: int, text: str) -> Fault:
    return Fault(
        f"{text[:60]!r} is neither a vote nor a heading",
        f"{file}, line {number}",
        "A vote line holds VOTR., B/I, * for a new voter, the candidate's number, the candidate and the contest",
        remedy="Export the report again, unchanged by hand",
    )
