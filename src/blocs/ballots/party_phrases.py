"""Parties in several words beside names: "Democratic Party: Ann Lee", "Ann Lee, Working Families", "Green Party Ann".

A mark or the word "party" parts them; "Green Ann Lee" is a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .party_names import is_party_in_brackets, party_name

__all__ = ["without_phrase"]

_WORD = r"[^\W\d_][^\W\d_.]*"
_PHRASE = rf"{_WORD}(?:[ -]{_WORD}){{1,3}}"
_BEFORE = re.compile(rf"^(?P<party>{_PHRASE})\s*(?::|/|\s[|–—-]\s)\s*(?=\S)")
_BEHIND = re.compile(rf"(?<=\S)(?:\s+[|–—-]\s*|\s*[,;/]\s*)(?P<party>{_PHRASE})$")
_IN_BRACKETS = re.compile(r"^[(\[{<](?P<party>[^()\[\]{}<>]{3,40})[)\]}>]\s*(?=\S)")
_ONE_WORD = re.compile(rf"(?<=\S)\s*/\s*(?P<party>{_WORD})$")
_OF_ONE_WORD = frozenset({"DEM", "REP", "LBT"})
"""Parties whose whole name behind a slash is nobody's: "Ann Lee/Republican", unlike the running mate in "Lee/Green"."""
_PARTY = re.compile(r"\bparty\b", re.IGNORECASE)
_MOST_WORDS = 4


def without_phrase(text: str) -> tuple[str, str]:
    """Return a name without the party that stands beside it in words, and the party; "" where none does.

    Examples
    --------
    >>> without_phrase("Democratic Party: Ann Lee"), without_phrase("Ann Lee - Working Families")
    (('Ann Lee', 'Democratic'), ('Ann Lee', 'Working Families'))
    >>> without_phrase("Green Party Ann Lee"), without_phrase("Green, Al")
    (('Ann Lee', 'Green'), ('Green, Al', ''))
    """
    name, party = next(_parted(text), (text, ""))
    return name, re.sub(r" party$", "", party, flags=re.IGNORECASE)


def _parted(text: str) -> Iterator[tuple[str, str]]:
    for found in (_BEFORE.match(text), _IN_BRACKETS.match(text)):
        if found and is_party_in_brackets(found["party"]):
            yield text[found.end() :], found["party"]
    behind, one = _BEHIND.search(text), _ONE_WORD.search(text)
    if behind and is_party_in_brackets(behind["party"]):
        yield text[: behind.start()], behind["party"]
    if one and len(one["party"]) > 3 and party_name(one["party"]) in _OF_ONE_WORD:
        yield text[: one.start()], one["party"]
    yield from _beside_the_word_party(text)


def _beside_the_word_party(text: str) -> Iterator[tuple[str, str]]:
    """Yield a name of two words or more, and the party beside it that ends in the word "party"."""
    words = text.split()
    for at in range(1, min(_MOST_WORDS, len(words) - 2)):
        if _PARTY.fullmatch(words[at]) and is_party_in_brackets(" ".join(words[: at + 1])):
            yield " ".join(words[at + 1 :]), " ".join(words[: at + 1])
    if words and _PARTY.fullmatch(words[-1]):
        for n in range(min(_MOST_WORDS, len(words) - 2), 1, -1):
            if is_party_in_brackets(" ".join(words[-n:])):
                yield " ".join(words[:-n]), " ".join(words[-n:])
