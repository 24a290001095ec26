"""Hart Verity XML: one small file for each sheet, in a folder or a zip of thousands.

A contest listed is on the sheet; `Undervotes` says how many votes were not used; `Overvoted` lists every option
marked, none of which counts. A ranked option's `Value` has one digit a rank. Parties and options that nobody marked
are not in the files; how many votes a contest allows is learned from votes and undervotes together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from ...core.errors import Fault
from ...files.archive import Member
from ...files.copies import copies
from ...files.export import Export
from ...files.text import decoded
from ...files.xml_elements import Element, child_text, children, elements, local_name
from ..catalogue import OVER, UNDER, WRITE_IN
from ..clean import clean
from ..mark_words import truth_of
from .catalogue_builder import STRAIGHT_PARTY, PartialCatalogue
from .format import BATCH, Format, Stream
from .record_copies import Identified, without_copies
from .records import Ending, Record, Row, batches
from .row_copies import Seen
from .table_format import copied, not_read

__all__ = ["HART"]

_FILES_LOOKED_AT = 5
_OF_A_SHEET = ("BatchNumber", "BatchSequence", "SheetNumber")


def _recognises(export: Export) -> bool:
    """Say whether one of the first files is a Cvr element. Raises InputError for a file that is damaged."""
    return any(_is_sheet(file.head) for file in export.ending(".xml")[:_FILES_LOOKED_AT])


def _read(export: Export, *, chunk: int = BATCH) -> Stream:
    """Read the sheets of an export."""
    return batches(_rows(export), where=export.name, chunk=chunk, unit="sheets")


HART = Format(
    "hart",
    "XML with Cvr and Contests",
    (b"<Cvr", b"<Contests", b"hartintercivic"),
    _recognises,
    _read,
    ids=(b"CvrGuid",),
)


def _is_sheet(head: bytes) -> bool:
    first = decoded(head[:4096].replace(b"\x00", b""))
    return "<Cvr" in first and "CastVoteRecordReport" not in first and ("CVRDesign" in first or "<Contests" in first)


def _rows(export: Export) -> Iterator[Row | Ending]:
    sheets = export.ending(".xml")
    same = copies(sheets, HART.ids)
    state = _State()
    files = [file for file in sheets if file.name not in same]
    again = partial(_identified, files, export.alone, _State())
    for row in without_copies(_identified(files, export.alone, state), again, "exact copies of an earlier sheet"):
        if not isinstance(row, Seen):
            yield row
    others = [file.name for file in export.files if file.name not in state.read | same.keys()]
    yield Ending(state.catalogue.catalogue(), (*state.catalogue.uncertain_parties(), *not_read(others), *copied(same)))


@dataclass
class _State:
    """What is known when some files have been read: the catalogue, and which files are sheets."""

    read: set[str] = field(default_factory=set)
    catalogue: PartialCatalogue = field(default_factory=PartialCatalogue)


def _identified(files: Sequence[Member], alone: bool, state: _State) -> Iterator[Identified]:
    for file in files:
        with file.open() as source:
            for root in elements(source, depth=1):
                if local_name(root) == "Cvr" or alone:
                    row, state.catalogue = _row(root, state.catalogue, file.base)
                    state.read.add(file.name)
                    others = tuple(child_text(root, name) for name in _OF_A_SHEET)
                    yield Identified(row, child_text(root, "CvrGuid"), others)


def _row(sheet: Element, catalogue: PartialCatalogue, file: str) -> tuple[Row, PartialCatalogue]:
    """Return what a sheet is, and the catalogue with the contests and candidates that it shows."""
    if local_name(sheet) != "Cvr":
        rule = "Each file of a Hart export is one Cvr element"
        return Fault(f"it is a {local_name(sheet)} element", file, rule, remedy="Move the file away"), catalogue
    if not children(sheet, "Contests"):
        rule = "A sheet lists the contests printed on it"
        return Fault("there are no Contests", file, rule, remedy="Export it again"), catalogue
    marks: list[int] = []
    for listed in children(children(sheet, "Contests")[0], "Contest"):
        name = clean(child_text(listed, "Name"))
        if not name:
            fault = Fault("a Contest has no Name", file, "Each Contest has a Name", remedy="Export it again")
            return fault, catalogue
        catalogue, contest = catalogue.with_contest(name, key=child_text(listed, "Id"))
        catalogue, votes = _votes(listed, contest, catalogue)
        if votes is None:
            what, rule = f"a Value in {name!r} is not made of 0 and 1", "A Value is 1, or one digit a rank"
            return Fault(what, file, rule, remedy="Export it again"), catalogue
        marks += votes
    others, straight_party = catalogue.without_straight_party(marks)
    splits = children(sheet, "PrecinctSplit")
    precinct = clean(child_text(splits[0], "Name")) if splits else ""
    voter = child_text(sheet, "CvrGuid") or file
    return Record(voter, precinct or None, None, straight_party, others), catalogue


def _votes(listed: Element, contest: int, catalogue: PartialCatalogue) -> tuple[PartialCatalogue, list[int] | None]:
    """Return the marks of one contest as flat triples, None where a Value is malformed; the catalogue has them."""
    options = [option for group in children(listed, "Options") for option in children(group, "Option")]
    marks: list[int] = []
    for option in options:
        value = child_text(option, "Value") or "1"
        if not set(value) <= {"0", "1"} or len(value) > 999:
            return catalogue, None
        catalogue, choice = _choice(option, contest, catalogue)
        catalogue = catalogue.with_limits(contest, 1, len(value))
        for rank, digit in enumerate(value, 1):
            if digit == "1":
                marks += (contest, choice, rank)
    ranked = contest != STRAIGHT_PARTY and catalogue.contests[contest].ranks > 1
    if _says(listed, "Overvoted") and not ranked:
        return catalogue, [contest, OVER, 1]
    if not ranked and not _says(listed, "InvalidStraightPartyVote"):
        catalogue = catalogue.with_limits(contest, len(options) + _undervotes(listed))
    return catalogue, marks or [contest, UNDER, 1]


def _says(listed: Element, name: str) -> bool:
    """Say whether a contest has an element that stands for true: an empty one, and none that says false or 0."""
    return bool(children(listed, name)) and truth_of(child_text(listed, name)) is not False


def _undervotes(listed: Element) -> int:
    number = child_text(listed, "Undervotes")
    return int(number) if number.isdecimal() and len(number) < 3 else 0


def _choice(option: Element, contest: int, catalogue: PartialCatalogue) -> tuple[PartialCatalogue, int]:
    name = clean(child_text(option, "Name"))
    if not name or children(option, "WriteInData"):
        return catalogue, WRITE_IN
    return catalogue.with_text(contest, name)
