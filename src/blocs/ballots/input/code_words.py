"""Meanings given to the cells of a wide table: any word may be a party, so that misspelt words are told apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

from ...core.errors import Fault
from ..mark_words import OTHER_PARTIES, meaning_of_a_code
from ..party_names import PARTIES, fold, is_party_word, party_name, party_names
from ..party_slips import slip_of

__all__ = ["double_meanings", "misspelt_meanings", "plain_code"]

_WORDS = ("none", "blank", "abstain", "undervote", "overvote", "write-in", "unseen", "missing", "invalid",
          "not on ballot", "off", "other", "third")  # fmt: skip
"""Words for the meaning of a cell."""
_NO_PARTY = frozenset({"no", "non"})
"""Spellings of no party, folded, which are also the begin of words for no vote."""
_CUT = 2
"""Letters of the shortest word that is taken to be cut off."""
_COMMON = ("DEM", "REP")
"""Parties of whose short names, too, one letter makes a slip; of others it makes the code of another party."""
_LONG_NAME = 5
"""Letters of the shortest name that is compared with those of the other known parties."""
_LONG = 6
"""Letters of a word from which two changes are a misspelling of it; of a shorter word, one is."""


def misspelt_meanings(codes: Iterable[Mapping[Any, Any] | None]) -> list[Fault]:
    """Return a fault for each meaning that is nearly a word for one, and is neither such a word nor a known party."""
    given = {
        (str(cell), str(word)): None for cells in codes for cell, word in (cells or {}).items() if word is not None
    }
    return [
        Fault(f"the cell {cell!r} means {word!r}", argument="codes",
              rule=f"A meaning is a party or one of {', '.join(_WORDS[:-1])}", nearest=nearest,
              remedy=f"If a party has this name, write '{word} party'")
        for cell, word in given
        if (nearest := _nearly(word))
    ]  # fmt: skip


def double_meanings(codes: Mapping[Any, Any] | None) -> list[Fault]:
    """Return a fault for each cell that two codes give different meanings, such as 1 and "1"."""
    meanings: dict[str, dict[str, None]] = {}
    for cell, word in (codes or {}).items():
        meanings.setdefault(plain_code(cell), {})[str(word)] = None
    return [
        Fault(f"the cell {cell!r} means {' and '.join(map(repr, words))}", argument="codes",
              rule="A cell has one meaning")
        for cell, words in meanings.items()
        if len(words) > 1
    ]  # fmt: skip


def plain_code(value: Any) -> str:
    """Return a code as text, a whole number without decimals: 1 and 1.0 are one code."""
    text = str(value)
    return text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text


def _nearly(word: str) -> str:
    """Return the word or party that was meant, "" for a word that is known, for a party and for one far from all."""
    plain = fold(word).replace(" ", "")
    if meaning_of_a_code(word) is not None or plain in OTHER_PARTIES:
        return ""
    if plain in _NO_PARTY:
        return "none"
    if is_party_word(word) or not party_names(word):
        return ""
    return next(filter(None, map(_slip, word.split("/"))), "") or _misspelt(word, plain)


def _slip(word: str) -> str:
    """Return the party whose name a word has but for one letter, "" for none."""
    common = [*_COMMON, *(party for party in PARTIES if party and len(fold(word)) >= _LONG_NAME)]
    slip = slip_of(party_name(word), dict.fromkeys(common, ()))
    return slip[0] if slip else ""


def _misspelt(word: str, plain: str) -> str:
    """Return the word of _WORDS that another one nearly is, or is the begin of; "" for none."""
    if word.isupper() and len(word) < 4:  # the code of a party
        return ""
    words = {meant: fold(meant).replace(" ", "") for meant in _WORDS}
    if cut := [meant for meant, letters in words.items() if len(plain) >= _CUT and letters.startswith(plain)]:
        return cut[0]
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
