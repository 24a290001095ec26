"""Answers of a survey table: which cells are empty, which answers only look so, and which of them look alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from ..core.distinct import factorize
from ..core.errors import Fault, InputError
from ..core.missing_codes import looks_missing

__all__ = ["Answers", "answers_of", "look_alike", "refuse_alike", "remarks"]

_MISSING_NUMBERS = {-1, -7, -8, -9, -77, -88, -97, -98, -99, -999, -9999}
"""Numbers that surveys write for a missing answer, where no other answer is negative."""


class Answers(NamedTuple):
    """A column: its distinct answers that are text and that are numbers, in order of appearance, and empty cells."""

    words: list[str]
    numbers: list[float]
    empty: int


def answers_of(frame: pd.DataFrame, names: Sequence[str]) -> dict[str, Answers]:
    """Return the answers of some columns of a table."""
    return {name: _answers(frame[name]) for name in names}


def _answers(column: pd.Series[Any]) -> Answers:
    if column.dtype.kind == "f" and column.nunique() > 1000:
        return Answers([], [], int(column.isna().sum()))
    try:
        place, distinct = factorize(column)
    except TypeError:  # lists and the like of nested Parquet, which are no answers: `Profiles` refuses them
        return Answers([], [], int(column.isna().sum()))
    numbers = [value for value in distinct if isinstance(value, int | float) and not isinstance(value, bool)]
    return Answers([value for value in distinct if isinstance(value, str)], numbers, int((place < 0).sum()))


def refuse_alike(answers: Mapping[str, Answers], where: str) -> None:
    """Raise InputError for columns where two answers differ only in the blanks around them, or a cell is blank."""
    faults = []
    for name, (words, _, _) in answers.items():
        blank = next((word for word in words if not word.strip()), None)
        if blank is not None:
            faults.append(Fault(f"a cell holds blanks alone: {blank!r}", where=f"{where}, column {name!r}",
                                rule="An empty cell is missing, any other is an answer",
                                remedy="Empty the cell"))  # fmt: skip
        plain = set(words)
        faults += [
            Fault(f"{word.strip()!r} and {word!r} differ only in blanks", where=f"{where}, column {name!r}",
                  rule="They would be two answers", remedy="Take the blanks away")
            for word in words
            if word != word.strip() and word.strip() in plain and word.strip()
        ]  # fmt: skip
    if faults:
        raise InputError(*faults)


def remarks(answers: Mapping[str, Answers], missing: Sequence[object] = ()) -> tuple[str, ...]:
    """Return the sentences that an account says of the cells of items: how many are missing, and answers that look so.

    missing: the codes that were declared to mean a missing cell.
    """
    gaps = ", ".join(f"{of.empty:,} of {name!r}" for name, of in answers.items() if of.empty)
    declared = f" and cells with {' or '.join(map(repr, missing))}" if missing else ""
    sentences = [f"Empty cells{declared}, missing at random: {gaps}."] if gaps else []
    return (*sentences, *look_alike(answers, "Answers"))


def look_alike(answers: Mapping[str, Answers], noun: str) -> tuple[str, ...]:
    """Return the sentences on cells that only look missing; noun: what those of a column are called."""
    sentences = []
    for name, (words, numbers, _) in answers.items():
        like = [repr(word) for word in sorted(words) if looks_missing(word)]
        codes = sorted(number for number in numbers if number < 0)
        if codes and set(codes) <= _MISSING_NUMBERS:
            like += [f"'{code:g}'" for code in codes]
        if like:
            sentences.append(f"{noun} of {name!r} that other programs take for missing: {', '.join(like)}. Here only "
                             "empty cells are, and the codes that --missing lists.")  # fmt: skip
    return tuple(sentences)
