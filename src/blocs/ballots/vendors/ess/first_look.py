"""The first look at an ES&S table: what its columns hold and which cells are blank together, before rows are judged."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ....files.text_table import Cells
from ...clean import clean
from ...mark_words import (
    NOT_ON_BALLOT,
    is_answer,
    is_missing,
    is_straight_party,
    meaning_in_place_of_a_name,
    meaning_of_a_code,
)
from ...name_and_party import name_and_parties
from ..table_rows import Block, Header, blocks
from .headings import is_id_heading, may_ask, names_a_contest
from .same_heading import NAME, NamedTogether, named_together, under_one_heading, vote_in
from .sheets import Group, Pattern, Patterns, pattern_of

__all__ = ["FirstLook", "first_look", "groups_of", "of_columns", "patterns_of"]

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


@dataclass(frozen=True)
class FirstLook:
    """What the rows of a table hold, before any of them is judged.

    words: position -> the distinct cells of a column, cleaned, without blanks; filled: position -> how many cells are
    not blank; patterns: of all columns behind the ids; together: which columns under one heading have names together;
    cells: all rows by columns, None where they are too many to keep or are not read so; numbered: position -> the first
    row with a number there whose other cells are numbers too, position -> cell.
    """

    words: Mapping[int, tuple[str, ...]]
    filled: Mapping[int, int]
    patterns: Patterns
    together: NamedTogether
    cells: Sequence[Cells] | None
    numbered: Mapping[int, Mapping[int, str]]

    def sums(self, votes: Collection[int]) -> dict[int, str]:
        """Return a row that has numbers where the other rows have names, {} without one; votes: columns of votes."""
        named = [p for p in votes if self._has_names(p)]
        row = next((self.numbered[p] for p in named if p in self.numbered), {})
        return {p: row[p] for p in named if p in row}

    def _has_names(self, position: int) -> bool:
        """Say whether a column has names, and not the numbers of candidates, beside which "undervote" is no name."""
        words = self.words[position]
        names = [word for word in words if vote_in(word) == NAME and not _NUMBERS.fullmatch(word)]
        return bool(names) and len(names) >= sum(_NUMBERS.fullmatch(word) is not None for word in words)

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


def first_look(header: Header, candidates: Mapping[int, str], is_ballot: Callable[[str], bool]) -> FirstLook:
    """Go through the rows of a table once; candidates: position -> heading of the columns that may be contests."""
    words: dict[int, dict[str, None]] = {position: {} for position in candidates}
    filled, patterns, kept = Counter[int](), Patterns(), list[Cells]()
    together = {of: named_together(np.zeros((0, len(of)), np.uint8)) for of in under_one_heading(candidates)}
    number_of = {position: column for column, position in enumerate(candidates)}
    repeated = set(chain.from_iterable(together))
    fits, numbered = True, dict[int, dict[int, str]]()
    for block in blocks(header):
        fits = fits and block.lines is None and sum(c.nbytes for c in (*kept, block.cells)) <= _BYTES_KEPT
        kept = [*kept, block.cells] if fits else []
        rows = np.flatnonzero(block.where(header.key, is_ballot, plain=True) & ~block.totals(header))
        cells, votes = (np.zeros((len(rows), len(candidates)), kind) for kind in (bool, np.uint8))
        words_too = np.zeros(len(rows), bool)
        for column, position in enumerate(candidates):
            texts, at = block.words(position)
            cleaned, at = [_word(text) for text in texts], at[rows]
            cells[:, column] = np.array([bool(text) for text in cleaned], bool)[at]
            if position in repeated:
                votes[:, column] = np.array([vote_in(text) for text in cleaned], np.uint8)[at]
            words_too |= np.array([bool(text) and not _NUMBERS.fullmatch(text) for text in cleaned], bool)[at]
            filled[position] += int(cells[:, column].sum())
            met = np.bincount(at, minlength=len(cleaned)) > 0
            if len(words[position]) < _WORDS_KEPT:
                words[position] |= {text: None for text, is_met in zip(cleaned, met, strict=True) if text and is_met}
        for column, position in enumerate(candidates):
            of_numbers = rows[~words_too & cells[:, column]][:1].tolist() if position not in numbered else []
            for row in map(block.row, of_numbers):
                numbered[position] = {p: _word(row[p]) for p in candidates if _word(row[p])}
        groups, numbers = groups_of(block, header)
        distinct, number = patterns_of(groups, numbers[rows], cells)
        for pattern, times in zip(distinct, np.bincount(number).tolist(), strict=True):
            patterns[pattern] += times
        for of, rows_of in together.items():
            rows_of.update(named_together(votes[:, [number_of[position] for position in of]]))
    distinct_words = {position: tuple(of) for position, of in words.items()}
    return FirstLook(distinct_words, filled, patterns, together, kept if fits else None, numbered)


@lru_cache(maxsize=1 << 14)
def _word(cell: str) -> str:
    """Return what a cell says, "" for a blank one and for what programs write in its place ("NaN", "not on ballot")."""
    word = clean(cell)
    off = any(map(str.isalpha, word)) and meaning_of_a_code(word) == NOT_ON_BALLOT  # "***" is withheld
    return "" if is_missing(word) or off else word


def groups_of(block: Block, header: Header) -> tuple[Sequence[Group], NDArray[np.int64]]:
    """Return the distinct styles (precincts where there are none) and precincts, and the number of each row's."""
    precinct = header.roles.get("precinct")
    (styles, style), (precincts, of_precinct) = (
        block.words(column) if column is not None else ([""], np.zeros(len(block), np.int64))
        for column in (header.roles.get("style", precinct), precinct)
    )  # fmt: skip
    pairs, numbers = np.unique(style * len(precincts) + of_precinct, return_inverse=True)
    cleaned = [[clean(word) for word in words] for words in (styles, precincts)]
    return [(cleaned[0][at], cleaned[1][p]) for at, p in (divmod(i, len(precincts)) for i in pairs.tolist())], numbers


def patterns_of(
    groups: Sequence[Group], numbers: NDArray[np.int64], filled: NDArray[np.bool_]
) -> tuple[list[Pattern], NDArray[np.int64]]:
    """Return the distinct patterns of some rows, and the number of each row's pattern among them.

    groups, numbers: the distinct groups and the number of each row's; filled: (rows, columns).
    """
    weights = np.random.default_rng(0).integers(1, 1 << 63, filled.shape[1] + 1, dtype=np.uint64)
    keys = filled.astype(np.uint64) @ weights[1:] + numbers.astype(np.uint64) * weights[0]
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    return [pattern_of(groups[numbers[row]], filled[row]) for row in first], number


def of_columns(patterns: Patterns, columns: Sequence[int], kept: Sequence[int]) -> Patterns:
    """Return patterns of some of their columns alone."""
    at = [columns.index(position) for position in kept]
    fewer = Patterns()
    for (group, bits), rows in patterns.items():
        filled = np.unpackbits(np.frombuffer(bits, np.uint8), count=len(columns)).astype(bool)
        fewer[pattern_of(group, filled[at])] += rows
    return fewer
