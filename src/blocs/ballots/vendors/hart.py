"""Hart Verity XML: one small file for each sheet, in a folder or a zip of thousands.

A contest listed is on the sheet; `Undervotes` says how many votes were not used; `Overvoted` lists every option
marked, none of which counts. A ranked option's `Value` has one digit a rank. Parties and options that nobody marked
are not in the files; how many votes a contest allows is learned from votes and undervotes together.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...core.errors import Fault
from ...files.archive import Member, is_zip, members
from ...files.text import decoded
from ...files.xml_elements import Element, elements, kids, local, text
from ..catalogue import OVER, UNDER, WRITE_IN, Reader, Reading
from ..clean import clean
from .catalogue_builder import LEVER, Register
from .records import Record, Row, reading

__all__ = ["HART"]

_LOOKED_AT = 5


class _Hart:
    """Reader of Hart Verity sheets."""

    name = "hart"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether a file, or one of the first in a folder or zip, is a Cvr element.

        Raises InputError for a zip that is damaged or hostile.
        """
        if not path.is_dir() and not is_zip(path):
            return _is_sheet(head)
        with members(path, ".xml") as files:
            return any(_is_sheet(_head(member)) for member in files[:_LOOKED_AT])

    def read(self, path: Path, *, chunk: int = 50_000) -> Reading:
        """Stream the sheets of a folder, zip or file. Raises InputError, at once or while read."""
        register = Register()
        return reading(register.catalogue, _rows(path, register), where=path.name, chunk=chunk, unit="sheets")


HART: Reader = _Hart()


def _head(member: Member) -> bytes:
    with member.open() as source:
        return source.read(4096)


def _is_sheet(head: bytes) -> bool:
    first = decoded(head[:4096].replace(b"\x00", b""))
    return "<Cvr" in first and "CastVoteRecordReport" not in first and ("CVRDesign" in first or "<Contests" in first)


def _rows(path: Path, register: Register) -> Iterator[Row]:
    with members(path, ".xml") as files:
        for member in files:
            with member.open() as source:
                for root in elements(source, depth=1):
                    yield _row(root, register, member.base)


def _row(sheet: Element, register: Register, file: str) -> Row:
    if local(sheet) != "Cvr":
        rule = "Each file of a Hart export is one Cvr element"
        return Fault(f"it is a {local(sheet)} element", file, rule, remedy="Move the file away")
    if not kids(sheet, "Contests"):
        return Fault(
            "there are no Contests",
            file,
            "A sheet lists the contests printed on it",
            remedy="Export it again",
        )
    marks: list[int] = []
    for listed in kids(kids(sheet, "Contests")[0], "Contest"):
        name = clean(text(listed, "Name"))
        if not name:
            return Fault("a Contest has no Name", file, "Each Contest has a Name", remedy="Export it again")
        contest = register.contest(name, key=text(listed, "Id"))
        votes = _votes(listed, contest, register)
        if votes is None:
            return Fault(
                f"a Value in {name!r} is not made of 0 and 1",
                file,
                "A Value is 1, or one digit a rank",
                remedy="Export it again",
            )
        marks += votes
    marks, lever = register.without_lever(marks)
    splits = kids(sheet, "PrecinctSplit")
    precinct = clean(text(splits[0], "Name")) if splits else ""
    return Record(text(sheet, "CvrGuid") or file, precinct or None, None, lever, marks)


def _votes(listed: Element, contest: int, register: Register) -> list[int] | None:
    """Return the marks of one contest as flat triples, None where a Value is malformed."""
    options = [option for group in kids(listed, "Options") for option in kids(group, "Option")]
    marks: list[int] = []
    for option in options:
        value = text(option, "Value") or "1"
        if not set(value) <= {"0", "1"} or len(value) > 999:
            return None
        choice = _choice(option, contest, register)
        register.widen(contest, 1, len(value))
        for rank, digit in enumerate(value, 1):
            if digit == "1":
                marks += (contest, choice, rank)
    ranked = contest != LEVER and register.catalogue.contests[contest].ranks > 1
    if kids(listed, "Overvoted") and not ranked:
        return [contest, OVER, 1]
    undervotes = text(listed, "Undervotes")
    if not ranked and not kids(listed, "InvalidStraightPartyVote"):
        register.widen(
            contest, len(options) + (int(undervotes) if undervotes.isdecimal() and len(undervotes) < 3 else 0)
        )
    return marks or [contest, UNDER, 1]


def _choice(option: Element, contest: int, register: Register) -> int:
    name = clean(text(option, "Name"))
    return register.choice(contest, name) if name and not kids(option, "WriteInData") else WRITE_IN
