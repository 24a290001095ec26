"""Cells of an ES&S table that have several names of their contest, which would be candidates of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ....core.errors import Fault, InputError
from ...party_names import is_party_word
from .headings import Column

__all__ = ["refuse_joined_names"]

_JOINED = re.compile(r"\s*[;|]\s*")
"""What stands between several names in one cell, of which one at least stands alone in another; a party is no name."""
_PERHAPS_JOINED = re.compile(r"\s*[,/&]\s*")
"""What may stand there, or in one name: all of the parts stand alone in other cells."""


def refuse_joined_names(
    contests: Mapping[int, Sequence[Column]], words: Mapping[int, Sequence[str]], where: str
) -> None:
    """Refuse a cell with several names of its contest: it would be a candidate of its own."""
    faults = []
    for of in contests.values():
        names = {word for column in of for word in words[column.position]}
        joined = [word for word in names if _are_joined(word, names)]
        if joined:
            faults.append(
                Fault(f"the cell {min(joined)!r} has several names", f"{where}, {of[0].heading!r}",
                      "A cell has one vote", remedy="Export the table with a column for each vote")
            )  # fmt: skip
    if faults:
        raise InputError(*faults)


def _are_joined(word: str, names: set[str]) -> bool:
    """Say whether a cell has several of the names of its contest."""
    parts = [part for part in _JOINED.split(word) if part and not is_party_word(part)]
    perhaps = [part for part in _PERHAPS_JOINED.split(word) if part]
    return (len(parts) > 1 and not names.isdisjoint(parts)) or (len(perhaps) > 1 and names.issuperset(perhaps))
