"""Answers of a survey table: which cells are empty, which words only look so, and which answers look alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from ..core.errors import Fault, InputError

__all__ = ["refuse_alike", "remarks"]

_LIKE_MISSING = {"na", "n/a", "n.a.", "<na>", "#na", "#n/a", "nan", "-nan", "null", "none", "missing", ".", "-", "?"}
"""Words, in small letters, by which other programs mark a cell as missing."""


def refuse_alike(frame: pd.DataFrame, names: Sequence[str], where: str) -> None:
    """Raise InputError for columns where two answers differ only in the blanks around them, or a cell is blank."""
    faults = []
    for name in names:
        words = _words(frame[name])
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


def remarks(frame: pd.DataFrame, names: Sequence[str]) -> tuple[str, ...]:
    """Return the sentences that an account says of the cells of items: how many are empty, and words that look so."""
    empty = {name: int(frame[name].isna().sum()) for name in names}
    gaps = ", ".join(f"{n:,} of {name!r}" for name, n in empty.items() if n)
    sentences = [f"Empty cells, missing at random: {gaps}."] if gaps else []
    for name in names:
        words = [repr(word) for word in sorted(_words(frame[name])) if word.strip().casefold() in _LIKE_MISSING]
        if words:
            sentences.append(f"Answers of {name!r} that other programs take for missing: {', '.join(words)}. "
                             "Here only empty cells are.")  # fmt: skip
    return tuple(sentences)


def _words(column: pd.Series[Any]) -> list[str]:
    """Return the distinct answers of a column that are text, in order of appearance."""
    return [] if column.dtype.kind in "iufb" else [word for word in column.unique() if isinstance(word, str)]
