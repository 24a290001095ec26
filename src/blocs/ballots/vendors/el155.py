"""ES&S EL155 text (iVotronic): fixed columns, one line for each vote; `*` marks the first line of a voter.

Only votes are listed: abstention and "not on the ballot" look the same here (rule S2 tells them apart later), and
overvotes are impossible. A precinct's name stands in the page headings. Names of one person on the lines of several
parties differ by invisible trailing bytes, and are one candidate. The straight-party line becomes the lever.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ...core.errors import Fault
from ...files.text import decoded, lines, open_bytes
from ..catalogue import Reader, Reading
from ..clean import clean
from .catalogue_builder import LEVER, Register
from .records import Record, Row, reading

__all__ = ["EL155"]

_VOTE = re.compile(r"^(\d{7})[ ]{1,6}(\d{1,5}) ([* ])\s{1,6}(\d{0,5})(?=\s)")
_NAME, _CONTEST = slice(20, 59), slice(59, None)
_PAGE = re.compile(r"\s*RUN DATE:.*?PRECINCT\s+(\d+)\s*-\s*(.*?)(?:\s{2,}|\s+ELECTION ID|$)")
_IDLE = re.compile(r"^\s*$|^RUN DATE|^VOTR|PRECINCT TOTALS|^\s*(PAGE|REPORT-EL155|CAST VOTE RECORD)\b", re.IGNORECASE)
_NOTHING = "(NO VOTES CAST)"
_WRITTEN = re.compile(r"^(W/I|WRITE[ -]?IN)\b", re.IGNORECASE)


class _El155:
    """Reader of EL155 reports."""

    name = "el155"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether the page heading VOTR. B/I CANDIDATES RECEIVING A VOTE, or vote lines, stand at the beginning."""
        if path.is_dir():
            return False
        if head[:2] == b"\x1f\x8b":
            head = _unzipped(path)
        first = decoded(head[: 1 << 16])
        return "CANDIDATES RECEIVING A VOTE" in first or sum(bool(_VOTE.match(t)) for t in first.splitlines()[:50]) > 3

    def read(self, path: Path, *, chunk: int = 50_000) -> Reading:
        """Stream the voters of a report, plain or gzipped. Raises InputError while it is read."""
        register = Register()
        result = reading(register.catalogue, _rows(path, register), where=path.name, chunk=chunk, unit="voters")
        result.absence_only = True
        return result


EL155: Reader = _El155()


def _unzipped(path: Path) -> bytes:
    with open_bytes(path) as raw:
        try:
            return raw.read(1 << 14)
        except (OSError, EOFError, zlib.error):
            return b""


def _rows(path: Path, register: Register) -> Iterator[Row]:
    """Gather the lines of each voter."""
    precinct, voters = None, 0
    voter: _Voter | None = None
    for number, line in enumerate(lines(path), 1):
        text = line.rstrip("\r\n").lstrip("\f")
        vote = _VOTE.match(text)
        if vote is None:
            page = _PAGE.match(text)
            precinct = clean(page.group(2)) if page else precinct
            if not page and not _IDLE.search(text):
                yield _fault(path.name, number, text)
            continue
        if vote.group(3) == "*":
            if voter is not None:
                yield voter.record(register)
            voters += 1
            voter = _Voter(str(voters), precinct, vote.group(2))
        if voter is None:
            yield Fault(
                "the first vote has no * before it",
                f"{path.name}, line {number}",
                "The first line of each voter is marked with *",
                remedy="The file may have lost its beginning",
            )
            return
        voter.add(text, register)
    if voter is not None:
        yield voter.record(register)


class _Voter:
    """The lines of one voter, as they come."""

    def __init__(self, voter: str, precinct: str | None, style: str) -> None:
        self.about = (voter, precinct, style)
        self.marks: list[int] = []

    def add(self, line: str, register: Register) -> None:
        name, heading = clean(line[_NAME]), clean(line[_CONTEST])
        if name == _NOTHING:
            return
        contest = register.contest(heading)
        choice = register.choice(contest, "write-in" if _WRITTEN.match(name) else name)
        self.marks += (contest, choice, 1)

    def record(self, register: Register) -> Row:
        # overvotes are impossible, so votes given is a floor of the votes allowed
        for contest, votes in Counter(self.marks[::3]).items():
            if contest != LEVER and votes > 1:
                register.widen(contest, votes)
        marks, lever = register.without_lever(self.marks)
        return Record(*self.about, lever, marks)


def _fault(file: str, number: int, text: str) -> Fault:
    return Fault(
        f"{text[:60]!r} is neither a vote nor a heading",
        f"{file}, line {number}",
        "A vote line holds VOTR., B/I, * for a new voter, the candidate's number, the candidate and the contest",
        remedy="Export the report again, unchanged by hand",
    )
