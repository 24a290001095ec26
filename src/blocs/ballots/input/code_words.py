"""Meanings given to the cells of a wide table: any word may be a party, so that misspelt words are told apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

from ...core.errors import Fault
from ..mark_words import OTHER_PARTIES, meaning_of_a_code
from ..party_names import fold, is_party_word, party_names

__all__ = ["misspelt_meanings"]

_WORDS = ("none", "blank", "abstain", "undervote", "overvote", "write-in", "unseen", "invalid", "not on ballot",
          "other", "third")  # fmt: skip
"""Words for the meaning of a cell, of four letters and more."""
_LONG = 6
"""Letters of a word from which two changes are a misspelling of it; of a shorter word, one is."""


def misspelt_meanings(codes: Iterable[Mapping[Any, Any] | None]) -> list[Fault]:
    """Return a fault for each meaning that is nearly a word for one, and is neither such a word nor a known party."""
    given = {
        (str(cell), str(word)): None for cells in codes for cell, word in (cells or {}).items() if word is not None
    }
    return [
        Fault(f"the cell {cell!r} means {word!r}", argument="codes",
              rule=f"A meaning is a party or one of {', '.join(_WORDS[:-1])}, off", nearest=nearest,
              remedy=f"If a party has this name, write '{word} party'")
        for cell, word in given
        if (nearest := _nearly(word))
    ]  # fmt: skip


def _nearly(word: str) -> str:
    """Return the word that was meant, "" for a word that is known, for a party and for one that is far from all."""
    plain = fold(word).replace(" ", "")
    known = meaning_of_a_code(word) is not None or plain in OTHER_PARTIES
    if known or is_party_word(word) or not party_names(word) or (word.isupper() and len(word) < 4):
        return ""
    words = {meant: fold(meant).replace(" ", "") for meant in _WORDS}
    distance = {meant: _distance(plain, letters) for meant, letters in words.items()}
    near = [meant for meant in _WORDS if distance[meant] <= 1 + (len(words[meant]) >= _LONG)]
    return min(near, key=lambda meant: distance[meant], default="")


def _distance(a: str, b: str) -> int:
    """Return how many letters are put in, left out, changed, or swapped with the next one, to make b of a."""
    cost = {(i, 0): i for i in range(len(a) + 1)} | {(0, j): j for j in range(len(b) + 1)}
    for i, j in product(range(1, len(a) + 1), range(1, len(b) + 1)):
        changed = cost[i - 1, j - 1] + (a[i - 1] != b[j - 1])
        cost[i, j] = min(cost[i - 1, j] + 1, cost[i, j - 1] + 1, changed)
        if i > 1 and j > 1 and a[i - 2 : i] == b[j - 1] + b[j - 2]:
            cost[i, j] = min(cost[i, j], cost[i - 2, j - 2] + 1)
    return cost[len(a), len(b)]
