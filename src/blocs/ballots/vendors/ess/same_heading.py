"""Columns of an ES&S table under one heading: several votes in one contest, or contests of their own.

The votes of one contest fill its columns from the left, and a name that stands in one column comes in others too. So
columns that share no name are contests of their own where a row has a name in the later one and neither a name nor a
write-in in the earlier, or where many rows have names in both; a question has one answer. A heading that says "vote for
2" is one contest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...catalogue import UNDER, WRITE_IN
from ...mark_words import is_answer, meaning_in_place_of_a_name
from ...vote_limits import vote_limits
from .headings import Column

__all__ = ["NamedTogether", "are_questions", "contest_by_contest", "named_together", "perhaps_several",
           "under_one_heading", "vote_in"]  # fmt: skip

_ENOUGH = 20
"""Rows with names in columns that share none, from which that is no chance."""

NO_VOTE, WRITTEN, NAME = range(3)
"""What a cell under one heading has."""
Together = Counter[tuple[int, ...]]
"""What columns under one heading have, NO_VOTE, WRITTEN or NAME each -> how many rows."""
NamedTogether = Mapping[tuple[int, ...], Together]
"""Positions of the columns under one heading -> what they have together."""


def vote_in(cell: str) -> int:
    """Return what a cell has: NO_VOTE, WRITTEN or NAME."""
    meaning = meaning_in_place_of_a_name(cell) if cell else UNDER
    return NAME if meaning is None else WRITTEN if meaning == WRITE_IN else NO_VOTE


def under_one_heading(headings: Mapping[int, str]) -> list[tuple[int, ...]]:
    """Return the positions of the columns that share a heading; a blank one continues that to its left."""
    positions: dict[str, list[int]] = {}
    heading = ""
    for position, text in headings.items():
        heading = text.casefold() or heading
        positions.setdefault(heading, []).append(position)
    return [tuple(of) for heading, of in positions.items() if heading and len(of) > 1]


def named_together(votes: NDArray[np.uint8]) -> Together:
    """Return what columns have together; votes: (rows, columns), what each cell has."""
    keys = votes @ np.random.default_rng(0).integers(1, 1 << 63, votes.shape[1], dtype=np.uint64)
    _, first, rows = np.unique(keys, return_index=True, return_counts=True)
    return Counter({tuple(pattern): n for pattern, n in zip(votes[first].tolist(), rows.tolist(), strict=True)})


def contest_by_contest(
    same: Sequence[Column], words: Mapping[int, Iterable[str]], together: NamedTogether
) -> list[Sequence[Column]]:
    """Return columns with one heading, contest by contest."""
    if are_questions(same, words) and not any(column.rank for column in same):
        return [[column] for column in same]
    names = _names(same, words)
    parts = _parts(same, names)
    if len(parts) == 1:
        return [same]
    rows = together.get(tuple(column.position for column in same), Together())
    at = {column.position: i for i, column in enumerate(same)}
    numbers = [[at[column.position] for column in part] for part in parts]
    choices = max(len(of) for of in names.values()) > 1
    apart = choices and all(_apart(a, b, rows) for a, b in pairwise(numbers))
    return [*parts] if apart else [same]


def perhaps_several(of: Sequence[Column], words: Mapping[int, Iterable[str]]) -> bool:
    """Say whether the columns of one contest share no name, so that they may be several contests."""
    names = _names(of, words)
    return len(_parts(of, names)) > 1 and max(len(own) for own in names.values()) > 1


def are_questions(of: Iterable[Column], words: Mapping[int, Iterable[str]]) -> bool:
    """Say whether all that columns name are answers."""
    answers = set[str]().union(*_names([*of], words).values())
    return bool(answers) and all(map(is_answer, answers))


def _names(same: Sequence[Column], words: Mapping[int, Iterable[str]]) -> dict[int, set[str]]:
    return {c.position: {w.casefold() for w in words[c.position] if vote_in(w) == NAME} for c in same}


def _parts(same: Sequence[Column], names: Mapping[int, set[str]]) -> list[list[Column]]:
    """Part columns where none to the left shares a name with one to the right; a column without names parts nothing.

    Ranks of one contest, and columns whose heading tells the votes allowed, are together.
    """
    if any(column.rank for column in same) or vote_limits(same[0].heading)[1] > 1:
        return [[*same]]
    parts: list[list[Column]] = [[]]
    for number, column in enumerate(same):
        left = set[str]().union(*(names[c.position] for c in same[:number]))
        right = set[str]().union(*(names[c.position] for c in same[number:]))
        if left and names[column.position] and left.isdisjoint(right):
            parts.append([])
        parts[-1].append(column)
    return parts


def _apart(left: Sequence[int], right: Sequence[int], rows: Together) -> bool:
    """Say whether rows show that columns to the left and to the right are no votes of one contest."""
    most = [(max(row[i] for i in left), max(row[i] for i in right), n) for row, n in rows.items()]
    named = sum(n for a, b, n in most if a == b == NAME)
    return any(b == NAME and a == NO_VOTE for a, b, _ in most) or named >= _ENOUGH
