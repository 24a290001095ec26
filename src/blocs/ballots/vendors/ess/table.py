"""ES&S table, CSV or workbook: `Cast Vote Record, Precinct, Ballot Style`, then a column for each vote of each contest.

A cell holds the name chosen, `undervote`, `overvote` or `write-in:`. A blank cell means that the row does not show the
contest, or held the image of a write-in (`ess/sheets` tells them apart). Only names that got a vote are known. The
table is gone through once for its names and patterns of blanks, then read; what fits into memory is parsed once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ....core.errors import Fault, InputError, nearest
from ....files.text_table import TextTable
from ....tables.column_roles import known_columns
from ...catalogue import INVALID, OVER, UNDER, WRITE_IN
from ...clean import LONGEST, clean
from ...mark_words import is_redaction, meaning_in_place_of_a_name
from ...name_and_party import Style, name_and_parties, styles_of, uncertain_parties
from ..catalogue_builder import STRAIGHT_PARTY, PartialCatalogue
from ..records import Marks
from ..table_format import NoContestsError, Parsed, read_past, table_format
from ..table_rows import Block, Header, Verdict, id_columns
from .first_look import FirstLook, first_look, groups_of, of_columns, patterns_of
from .headings import Column, apart, as_exported, columns, undecided
from .joined_names import refuse_joined_names
from .numbered import meanings_of_numbered, read_as
from .remarks import of_one_heading, remarks_of
from .same_heading import contest_by_contest
from .sheets import Shown, shown_columns

__all__ = ["ESS"]

BLANKS = {"write-in": WRITE_IN, "undervote": UNDER, "off": None}
"""What a blank cell can be taken for where its row shows the contest; "off": that the row does not show it."""
_KEY = "cast vote record"
_ROLES = {"voter": _KEY, "precinct": "precinct", "style": "ballot style"}
_BEHIND = re.compile(r"\s+(?:number|no\.?|id|name|#)$")
"""What may stand behind the headings of ids: "Cast Vote Record Number", "Precinct Name"."""
_HEADER_WITHIN = 10
_SUMMARY = re.compile(r"(grand\s+)?totals?\b|(sum|count)\b(?!-)", re.IGNORECASE)
_NUMBERED = re.compile(r"\d\S*")
"""A Cast Vote Record number, in tables where most rows have one."""
_WORDS = re.compile(r"(?<![A-Za-z])[A-Za-z]{3,}\W*\s|\s\W*[A-Za-z]{3,}")
"""Words that stand apart, as in "Ballots cast: 3" and "Page 1 of 2", and not in "HC 001" or "D12-34"."""
_WITHOUT_KEY = "rows without a Cast Vote Record number"
_NO_MARK = -9
"""Stands for a cell without a mark."""


def _is_table(table: TextTable) -> bool:
    """Say whether Cast Vote Record heads a column, and no others the office and the candidate, as in a long table."""
    headers = ([clean(cell) for cell in row if len(cell) <= LONGEST] for row in table.first[:_HEADER_WITHIN])
    header = next((row for row in headers if any(_position([_folded(cell)], _KEY) == 0 for cell in row)), None)
    return header is not None and not (known_columns("office", header) and known_columns("candidate", header))


def _parse(
    table: TextTable,
    catalogue: PartialCatalogue,
    *,
    blank: str = "write-in",
    numbered: str | Mapping[str, str] | None = None,
) -> Parsed:
    if blank not in BLANKS:
        raise InputError(Fault(f"{blank!r} is no meaning of a blank cell", argument="blank",
                               rule=f"It is one of {', '.join(BLANKS)}", nearest=nearest(blank, BLANKS)))  # fmt: skip
    header, candidates, above = _header(table)
    is_ballot = _ballot_rows(table, header)
    first = first_look(header, candidates, is_ballot)
    ranked = {column.position for column in columns(candidates, table.name, first.words) if column.rank}
    others = {h: p for p, h in reversed(candidates.items()) if p not in ranked and first.is_id(p, h)}
    of_votes = {p: h for p, h in candidates.items() if p not in others.values() and (h or first.filled[p])}
    meaning = meanings_of_numbered(numbered, of_votes, first.words, table.name)
    votes = columns(of_votes, _stem(table), first.words, meaning)
    if not votes:
        raise NoContestsError(
            Fault("no column of votes stands behind the ids", f"{table.name}, row {header.line}",
                  "Contests head the columns behind Cast Vote Record, Precinct and Ballot Style")
        )  # fmt: skip
    _refuse_sums(first.sums([column.position for column in votes]), of_votes, table.name)
    catalogue, contests = _contests(votes, first, catalogue)
    catalogue, meanings = _meanings(contests, first.words, catalogue, table.name)
    shown = shown_columns(of_columns(first.patterns, list(candidates), [c.position for c in votes]), len(votes))
    header = replace(header, needed=votes[-1].position + 1, ids={**header.ids, **id_columns(others)})
    undervoted = frozenset(
        contest for contest, of in contests.items()
        if any(meanings[c.position, word] == UNDER for c in of for word in first.words[c.position])
    )  # fmt: skip
    reading = _Reading(header, votes, contests, meanings, shown, BLANKS[blank], is_ballot, undervoted)
    remarks = read_past(table.name, above) + remarks_of(table.name, shown, BLANKS[blank], meanings, others)
    styles = _styles(contests, first.words)
    remarks += uncertain_parties({contests[contest][0].heading: style for contest, style in styles.items()})
    remarks += of_one_heading(table.name, contests.values(), first.words)
    remarks += read_as(meaning, of_votes, first.words, table.name) if numbered else ()
    may_be_named = (*undecided(of_votes, first.words), *apart(of_votes, first.words))
    return Parsed(header, reading.verdict, catalogue, remarks, first.cells, may_be_named)


def _refuse_sums(row: Mapping[int, str], headings: Mapping[int, str], where: str) -> None:
    """Refuse a row that has numbers where all others have names, as a row of totals has."""
    cells = [f"{cell!r} in {headings[position]!r}" for position, cell in row.items()]
    if cells:
        raise InputError(
            Fault(f"a row has {', '.join(cells[:3])}, where others have names", where, "Every row is a ballot",
                  remedy="Take out rows of totals; if a number is a candidate, write a name")
        )  # fmt: skip


def _stem(table: TextTable) -> str:
    return table.name.rpartition(".")[0] or table.name


def _header(table: TextTable) -> tuple[Header, dict[int, str], list[tuple[str, ...]]]:
    """Return the header, position -> heading of the columns that may be contests, and the rows above the header."""
    above: list[tuple[str, ...]] = []
    for line, row in table.rows():
        headings = tuple(clean(cell) for cell in row)
        folded = list(map(_folded, headings))
        if _position(folded, _KEY) is not None:
            places = {role: _position(folded, name) for role, name in _ROLES.items()}
            roles = {role: place for role, place in places.items() if place is not None}
            last = max(roles.values())
            before = {h: p for p, h in enumerate(headings[:last]) if h and p not in roles.values()}
            candidates = as_exported(dict(enumerate(headings[last + 1 :], last + 1)))
            header = Header(table, line, (headings,), last + 1, roles["voter"], roles, id_columns(before))
            return header, candidates, above
        above.append(headings)
        if line >= _HEADER_WITHIN:
            break
    words = [heading for row in above for heading in row if heading]
    raise InputError(
        Fault("no column is headed Cast Vote Record", table.name, "An ES&S table begins with that heading",
              nearest("Cast Vote Record", words), "Export it again, or name the format it is in")
    )  # fmt: skip


def _folded(heading: str) -> str:
    """Return a heading in small letters, with blanks in place of the dots and underscores that programs write."""
    return " ".join(re.split(r"[\s._]+", heading.casefold())).strip()


def _position(folded: Sequence[str], name: str) -> int | None:
    """Return where a heading stands, as it is or with "Number" or the like behind it; None where it does not."""
    plain = [_BEHIND.sub("", heading) for heading in folded]
    return folded.index(name) if name in folded else plain.index(name) if name in plain else None


def _ballot_rows(table: TextTable, header: Header) -> Callable[[str], bool]:
    """Return what says of the cell of the Cast Vote Record number whether its row is a ballot.

    A row without a number is none, nor one that says "Total" there; but where the first rows have no numbers, none has.
    Where most of them have numbers, a row with other words there ("End of report") is none, unless they are withheld.
    """
    cells = [clean(row[header.key]) for row in table.first if len(row) > header.key]
    heading = header.rows[0][header.key]
    below = cells[cells.index(heading) + 1 :] if heading in cells else ["0"]
    filled = [cell for cell in below if cell]
    numbered = 2 * sum(_NUMBERED.fullmatch(cell) is not None for cell in filled) > len(filled)

    def is_ballot(cell: str) -> bool:
        key = clean(cell)
        of_words = _WORDS.search(key) or not any(letter.isdigit() for letter in key)
        if numbered and key and of_words and not is_redaction(key):
            return False
        return key.casefold() != heading.casefold() and not _SUMMARY.match(key) and (bool(key) or not filled)

    return is_ballot


def _contests(
    votes: Sequence[Column], first: FirstLook, catalogue: PartialCatalogue
) -> tuple[PartialCatalogue, dict[int, tuple[Column, ...]]]:
    """Return the contests as a catalogue, and position of a contest -> its columns."""
    contests: dict[int, tuple[Column, ...]] = {}
    alike: dict[str, list[Column]] = {}
    for column in votes:
        alike.setdefault(column.heading.casefold(), []).append(column)
    for same in alike.values():
        for number, of in enumerate(contest_by_contest(same, first.words, first.together)):
            ranks = [column.rank for column in of]
            catalogue, contest = catalogue.with_contest(
                of[0].heading, votes=1 if all(ranks) else len(ranks), ranks=max(1, *ranks), key=str(number or "")
            )
            contests[contest] = (*contests.get(contest, ()), *of)
    return catalogue, contests


def _styles(
    contests: Mapping[int, Sequence[Column]], words: Mapping[int, Sequence[str]]
) -> dict[int, Style]:
    """Return how the names of each contest carry parties."""
    return styles_of({c: [word for column in of for word in words[column.position]] for c, of in contests.items()})


def _meanings(
    contests: Mapping[int, Sequence[Column]],
    words: Mapping[int, Sequence[str]],
    catalogue: PartialCatalogue,
    where: str,
) -> tuple[PartialCatalogue, dict[tuple[int, str], int]]:
    """Return the catalogue with all candidates, and what each distinct cell of each column means."""
    meanings: dict[tuple[int, str], int] = {}
    refuse_joined_names(contests, words, where)
    styles = _styles(contests, words)
    for contest, of in contests.items():
        for column in of:
            for word in words[column.position]:
                choice = meaning_in_place_of_a_name(word)
                if choice is None and is_redaction(word) and word.casefold() != "x":  # which may be a name
                    choice = INVALID
                if choice is None:
                    name, parties = name_and_parties(word, styles[contest]) if contest != STRAIGHT_PARTY else (word, ())
                    catalogue, choice = catalogue.with_choice(contest, name, parties)
                meanings[column.position, word] = choice
    return catalogue, meanings


@dataclass(frozen=True)
class _Reading:
    """How the rows of a table are read.

    contests: position -> columns; meanings: of each distinct cell; blank: a value of BLANKS; is_ballot: whether a row
    with such a number is a ballot; undervoted: contests in which some cell says undervote.
    """

    header: Header
    votes: Sequence[Column]
    contests: Mapping[int, Sequence[Column]]
    meanings: Mapping[tuple[int, str], int]
    shown: Shown
    blank: int | None
    is_ballot: Callable[[str], bool]
    undervoted: frozenset[int]

    def verdict(self, block: Block) -> Verdict:
        """Return the marks of some rows, and those that are no ballots."""
        cells = np.stack([self._cells(block, column.position) for column in self.votes])
        blanks = self._shown(block, cells != _NO_MARK).T & (cells == _NO_MARK)
        number = {column.position: n for n, column in enumerate(self.votes)}
        at = {contest: [number[column.position] for column in of] for contest, of in self.contests.items()}
        alone = {contest: n[0] for contest, n in at.items() if len(n) == 1 and not self.votes[n[0]].rank}
        marks = [self._marks_of_single_columns(alone, cells, blanks)]
        for contest, n in at.items():
            if contest not in alone:
                marks += self._marks(contest, self.contests[contest], cells[n], blanks[n])
        ballots = block.where(self.header.key, self.is_ballot, plain=True)
        return Verdict(Marks.joined(marks), {_WITHOUT_KEY: ~ballots})

    def _cells(self, block: Block, position: int) -> NDArray[np.int32]:
        """Return what each cell of a column means, _NO_MARK for a blank one."""
        meanings = self.meanings
        choices: NDArray[np.int32] = block.each(
            position, lambda cell: meanings.get((position, clean(cell)), _NO_MARK), np.int32
        )
        return choices

    def _shown(self, block: Block, filled: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return (rows, columns), whether a row shows a column."""
        groups, numbers = groups_of(block, self.header)
        distinct, number = patterns_of(groups, numbers, filled.T)
        nothing = np.zeros(len(self.votes), bool)  # of rows that are no ballots
        columns = np.array([self.shown.columns.get(pattern, nothing) for pattern in distinct])
        return columns[number]

    def _marks_of_single_columns(
        self, alone: Mapping[int, int], cells: NDArray[np.int32], blanks: NDArray[np.bool_]
    ) -> Marks:
        """Return the marks of contests with one column, whose cells are the marks; alone: contest -> its column."""
        columns, contests = list(alone.values()), np.array([*alone], np.int32)
        choice = cells[columns].T.copy()
        if self.blank is not None:
            choice[blanks[columns].T] = self.blank
        rows, which = np.nonzero(choice != _NO_MARK)
        return Marks(rows, contests[which], choice[rows, which], np.ones(len(rows), np.int16))

    def _marks(
        self, contest: int, of: Sequence[Column], cells: NDArray[np.int32], blanks: NDArray[np.bool_]
    ) -> list[Marks]:
        """Return the marks of one contest; cells, blanks: (its columns, rows). Its columns make one answer."""
        ranked, choice = all(column.rank for column in of), cells.copy()
        if ranked and contest not in self.undervoted:  # a blank is a rank that was not used
            nothing = (cells == _NO_MARK).all(axis=0) & blanks.any(axis=0)
            choice[0, nothing] = UNDER
        elif self.blank is not None:
            choice[blanks] = self.blank
        no_vote = (choice == UNDER) | (choice == INVALID) | ((choice == OVER) & (not ranked))
        vote = (choice != _NO_MARK) & ~no_vote
        worst = np.where(no_vote, choice, 0).min(axis=0)  # INVALID before OVER before UNDER
        instead = np.isin(worst, (OVER, INVALID)) | ((worst == UNDER) & ~vote.any(axis=0))
        which, rows = np.nonzero(vote & ~instead)
        ranks, without = np.array([column.rank or 1 for column in of]), np.flatnonzero(instead)
        return [
            Marks.of_contest(contest, rows, choice[which, rows], ranks[which]),
            Marks.of_contest(contest, without, worst[without], 1),
        ]


ESS = table_format(
    "ess",
    "a header Cast Vote Record, Precinct, Ballot Style",
    (b"Cast Vote Record", b"Ballot Style"),
    _is_table,
    _parse,
    options=("blank", "numbered"),
)
