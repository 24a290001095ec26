"""ES&S table, CSV or workbook: `Cast Vote Record, Precinct, Ballot Style`, then a column for each vote of each contest.

A cell holds the name chosen, `undervote`, `overvote` or `write-in:`. A blank cell means that the row does not show the
contest, or held the image of a write-in (`ess/sheets` tells them apart). Only names that got a vote are known. The
table is gone through once for its names and patterns of blanks, then read; what fits into memory is parsed once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ....core.errors import Fault, InputError, counted, nearest
from ....files.text_table import Cells, TextTable
from ....tables.column_roles import known_columns
from ...catalogue import INVALID, OVER, UNDER, WRITE_IN
from ...clean import LONGEST, clean
from ...mark_words import (
    NOT_ON_BALLOT,
    is_answer,
    is_missing,
    is_redaction,
    is_straight_party,
    meaning_in_place_of_a_name,
    meaning_of_a_code,
)
from ...name_and_party import name_and_parties, style_of
from ..catalogue_builder import STRAIGHT_PARTY, PartialCatalogue
from ..records import Marks
from ..table_format import NoContestsError, Parsed, read_past, table_format
from ..table_rows import Block, Header, Verdict, blocks, id_columns
from .headings import (
    Column,
    apart,
    as_exported,
    columns,
    contest_by_contest,
    is_id_heading,
    may_ask,
    names_a_contest,
    undecided,
)
from .joined_names import refuse_joined_names
from .numbered import meanings_of_numbered, read_as
from .sheets import Group, Pattern, Patterns, Shown, pattern_of, shown_columns

__all__ = ["ESS"]

BLANKS = {"write-in": WRITE_IN, "undervote": UNDER, "off": None}
"""What a blank cell can be taken for where its row shows the contest; "off": that the row does not show it."""
_KEY = "cast vote record"
_ROLES = {"voter": _KEY, "precinct": "precinct", "style": "ballot style"}
_BEHIND = re.compile(r"\s+(?:number|no\.?|id|name|#)$")
"""What may stand behind the headings of ids: "Cast Vote Record Number", "Precinct Name"."""
_HEADER_WITHIN = 10
_SUMMARY = re.compile(r"(grand\s+)?totals?\b|sum\b|count\b", re.IGNORECASE)
_NUMBERED = re.compile(r"\d\S*")
"""A Cast Vote Record number, in tables where most rows have one."""
_WORDS = re.compile(r"(?<![A-Za-z])[A-Za-z]{3,}\W*\s|\s\W*[A-Za-z]{3,}")
"""Words that stand apart, as in "Ballots cast: 3" and "Page 1 of 2", and not in "HC 001" or "D12-34"."""
_WITHOUT_KEY = "rows without a Cast Vote Record number"
_NUMBERS = re.compile(r"[0-9][0-9 .,:/-]*(?:T[0-9:.+-]*Z?|[AP]\.?M\.?)?", re.IGNORECASE)
"""Numbers, dates and times."""
_MANY = 50
"""Filled cells from which a column is no contest if more than half of them differ."""
_SAME_IN_ALL = 10
"""Rows from which a column is no contest that has the same word in each of them, under a heading that names none."""
_WORDS_KEPT = 50_000
"""Distinct cells of a column that are remembered; a contest has fewer."""
_BYTES_KEPT = 1 << 26
"""What the cells of a table that are kept between the two passes may take; a larger table is parsed again."""
_NO_MARK = -9
"""Stands for a cell without a mark."""


def _is_table(table: TextTable) -> bool:
    """Say whether Cast Vote Record heads a column, and no others the office and the candidate, as in a long table."""
    headers = ([clean(cell) for cell in row if len(cell) <= LONGEST] for row in table.first[:_HEADER_WITHIN])
    header = next((row for row in headers if any(_position([_folded(cell)], _KEY) == 0 for cell in row)), None)
    return header is not None and not (known_columns("office", header) and known_columns("candidate", header))


@dataclass(frozen=True)
class _FirstLook:
    """What the rows of a table hold, before any of them is judged.

    words: position -> the distinct cells of a column, cleaned, without blanks; filled: position -> how many cells are
    not blank; patterns: of all columns behind the ids; cells: all rows by columns, None where they are too many to keep
    or are not read so.
    """

    words: Mapping[int, tuple[str, ...]]
    filled: Mapping[int, int]
    patterns: Patterns
    cells: Sequence[Cells] | None

    def is_id(self, position: int, heading: str) -> bool:
        """Say whether a column is no contest: by its heading, or by what it holds."""
        words, filled = self.words[position], self.filled[position]
        if not heading or (is_id_heading(heading) and not (may_ask(heading) and any(map(is_answer, words)))):
            return bool(heading)
        if any(meaning_in_place_of_a_name(word) is not None for word in words):
            return False
        if words and all(_NUMBERS.fullmatch(word) for word in words):
            return not names_a_contest(heading)
        if len(words) == 1 and filled == sum(self.patterns.values()) >= _SAME_IN_ALL:
            return not (names_a_contest(heading) or is_straight_party(heading) or _votes(words[0]))
        return filled >= _MANY and 2 * len(words) > filled


def _votes(word: str) -> bool:
    """Say whether a cell is a vote by itself: it answers a question, or has the party of a candidate."""
    return is_answer(word) or bool(name_and_parties(word)[1])


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
    first = _first_look(header, candidates, is_ballot)
    ranked = {column.position for column in columns(candidates, table.name, first.words) if column.rank}
    others = {h: p for p, h in reversed(candidates.items()) if p not in ranked and first.is_id(p, h)}
    of_votes = {p: h for p, h in candidates.items() if p not in others.values()}
    meaning = meanings_of_numbered(numbered, of_votes, first.words, table.name)
    votes = columns(of_votes, _stem(table), first.words, meaning)
    if not votes:
        raise NoContestsError(
            Fault("no column of votes stands behind the ids", f"{table.name}, row {header.line}",
                  "Contests head the columns behind Cast Vote Record, Precinct and Ballot Style")
        )  # fmt: skip
    catalogue, contests = _contests(votes, first.words, catalogue)
    catalogue, meanings = _meanings(contests, first.words, catalogue, table.name)
    shown = shown_columns(_of_columns(first.patterns, list(candidates), [c.position for c in votes]), len(votes))
    header = replace(header, needed=votes[-1].position + 1, ids={**header.ids, **id_columns(others)})
    undervoted = frozenset(
        contest for contest, of in contests.items()
        if any(meanings[c.position, word] == UNDER for c in of for word in first.words[c.position])
    )  # fmt: skip
    reading = _Reading(header, votes, contests, meanings, shown, BLANKS[blank], is_ballot, undervoted)
    remarks = read_past(table.name, above) + _remarks(table, shown, BLANKS[blank], meanings, others)
    remarks += read_as(meaning, of_votes, first.words, table.name) if numbered else ()
    may_be_named = (*undecided(of_votes, first.words), *apart(of_votes, first.words))
    return Parsed(header, reading.verdict, catalogue, remarks, first.cells, may_be_named)


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


def _first_look(header: Header, candidates: Mapping[int, str], is_ballot: Callable[[str], bool]) -> _FirstLook:
    words: dict[int, dict[str, None]] = {position: {} for position in candidates}
    filled, patterns, kept = Counter[int](), Patterns(), list[Cells]()
    fits = True
    for block in blocks(header):
        fits = fits and block.lines is None and sum(c.nbytes for c in (*kept, block.cells)) <= _BYTES_KEPT
        kept = [*kept, block.cells] if fits else []
        rows = np.flatnonzero(block.where(header.key, is_ballot, plain=True))
        cells = np.zeros((len(rows), len(candidates)), bool)
        for column, position in enumerate(candidates):
            texts, at = block.words(position)
            cleaned, at = [_word(text) for text in texts], at[rows]
            cells[:, column] = np.array([bool(text) for text in cleaned], bool)[at]
            filled[position] += int(cells[:, column].sum())
            met = np.bincount(at, minlength=len(cleaned)) > 0
            if len(words[position]) < _WORDS_KEPT:
                words[position] |= {text: None for text, is_met in zip(cleaned, met, strict=True) if text and is_met}
        groups, numbers = _groups(block, header)
        distinct, number = _patterns(groups, numbers[rows], cells)
        for pattern, times in zip(distinct, np.bincount(number).tolist(), strict=True):
            patterns[pattern] += times
    return _FirstLook({p: tuple(of) for p, of in words.items()}, filled, patterns, kept if fits else None)


@lru_cache(maxsize=1 << 14)
def _word(cell: str) -> str:
    """Return what a cell says, "" for a blank one and for what programs write in its place ("NaN", "not on ballot")."""
    word = clean(cell)
    off = any(map(str.isalpha, word)) and meaning_of_a_code(word) == NOT_ON_BALLOT  # "***" is withheld
    return "" if is_missing(word) or off else word


def _groups(block: Block, header: Header) -> tuple[Sequence[Group], NDArray[np.int64]]:
    """Return the distinct styles (precincts where there are none) and precincts, and the number of each row's."""
    precinct = header.roles.get("precinct")
    (styles, style), (precincts, of_precinct) = (
        block.words(column) if column is not None else ([""], np.zeros(len(block), np.int64))
        for column in (header.roles.get("style", precinct), precinct)
    )  # fmt: skip
    pairs, numbers = np.unique(style * len(precincts) + of_precinct, return_inverse=True)
    cleaned = [[clean(word) for word in words] for words in (styles, precincts)]
    return [(cleaned[0][at], cleaned[1][p]) for at, p in (divmod(i, len(precincts)) for i in pairs.tolist())], numbers


def _patterns(
    groups: Sequence[Group], numbers: NDArray[np.int64], filled: NDArray[np.bool_]
) -> tuple[list[Pattern], NDArray[np.int64]]:
    """Return the distinct patterns of some rows, and the number of each row's pattern among them.

    groups, numbers: the distinct groups and the number of each row's; filled: (rows, columns).
    """
    weights = np.random.default_rng(0).integers(1, 1 << 63, filled.shape[1] + 1, dtype=np.uint64)
    keys = filled.astype(np.uint64) @ weights[1:] + numbers.astype(np.uint64) * weights[0]
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    return [pattern_of(groups[numbers[row]], filled[row]) for row in first], number


def _of_columns(patterns: Patterns, columns: Sequence[int], kept: Sequence[int]) -> Patterns:
    """Return patterns of some of their columns alone."""
    at = [columns.index(position) for position in kept]
    fewer = Patterns()
    for (group, bits), rows in patterns.items():
        filled = np.unpackbits(np.frombuffer(bits, np.uint8), count=len(columns)).astype(bool)
        fewer[pattern_of(group, filled[at])] += rows
    return fewer


def _contests(
    votes: Sequence[Column], words: Mapping[int, Sequence[str]], catalogue: PartialCatalogue
) -> tuple[PartialCatalogue, dict[int, tuple[Column, ...]]]:
    """Return the contests as a catalogue, and position of a contest -> its columns."""
    contests: dict[int, tuple[Column, ...]] = {}
    alike: dict[str, list[Column]] = {}
    for column in votes:
        alike.setdefault(column.heading.casefold(), []).append(column)
    for same in alike.values():
        for number, of in enumerate(contest_by_contest(same, words)):
            ranks = [column.rank for column in of]
            catalogue, contest = catalogue.with_contest(
                of[0].heading, votes=1 if all(ranks) else len(ranks), ranks=max(1, *ranks), key=str(number or "")
            )
            contests[contest] = (*contests.get(contest, ()), *of)
    return catalogue, contests


def _meanings(
    contests: Mapping[int, Sequence[Column]],
    words: Mapping[int, Sequence[str]],
    catalogue: PartialCatalogue,
    where: str,
) -> tuple[PartialCatalogue, dict[tuple[int, str], int]]:
    """Return the catalogue with all candidates, and what each distinct cell of each column means."""
    meanings: dict[tuple[int, str], int] = {}
    refuse_joined_names(contests, words, where)
    for contest, of in contests.items():
        style = style_of(word for column in of for word in words[column.position])
        for column in of:
            for word in words[column.position]:
                choice = meaning_in_place_of_a_name(word)
                if choice is None and is_redaction(word) and word.casefold() != "x":  # which may be a name
                    choice = INVALID
                if choice is None:
                    name, parties = name_and_parties(word, style) if contest != STRAIGHT_PARTY else (word, ())
                    catalogue, choice = catalogue.with_choice(contest, name, parties)
                meanings[column.position, word] = choice
    return catalogue, meanings


def _remarks(
    table: TextTable, shown: Shown, blank: int | None, meanings: Mapping[tuple[int, str], int], others: Iterable[str]
) -> tuple[str, ...]:
    """Say which columns are no contests by their cells, and what became of blank cells. others: headings of ids."""
    remarks = []
    if by_cells := [heading for heading in others if not is_id_heading(heading)]:
        remarks.append(f"{table.name}: no contests, by their cells (numbers alone, one word in all rows, or hardly any "
                       f"cell twice): {', '.join(by_cells)}.")  # fmt: skip
    if shown.blanks:
        read_as = {WRITE_IN: "write-ins", UNDER: "undervotes", None: "contests that are not on the ballot"}[blank]
        cells = counted(shown.blanks, "blank cell")
        remarks.append(f"{table.name}: {cells} in contests that the row shows {_was(shown.blanks)} read as {read_as}.")
        if blank == WRITE_IN and UNDER not in meanings.values():
            remarks.append(f"{table.name}: no cell says undervote; if blank cells do, read them so (`blank=`).")
    if shown.elsewhere:
        cells = counted(shown.elsewhere, "cell")
        remarks.append(f"{table.name}: {cells} {_was(shown.elsewhere)} blank in a contest that no row of the precinct "
                       "fills; the rows do not show it.")  # fmt: skip
    if shown.sheets:
        rows = counted(shown.sheets, "row")
        remarks.append(f"{table.name}: {rows} {'has' if shown.sheets == 1 else 'have'} contests of the ballot style "
                       "blank that stand on another sheet; the rows do not show them.")  # fmt: skip
    return tuple(remarks)


def _was(number: int) -> str:
    return "was" if number == 1 else "were"


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
        groups, numbers = _groups(block, self.header)
        distinct, number = _patterns(groups, numbers, filled.T)
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
