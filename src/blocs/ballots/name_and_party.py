"""Parties out of candidates' names: "DEM Ann Lee", "ANN LEE (DEM)", "Ann Lee (I) (Rep)", "Ann Lee - REP".

Only known words are parties (see `party_names.PARTIES`): capitals before a name may be a first name ("JOHN SMITH
(DEM)") or an answer to a question ("FOR THE TAX LEVY").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeVar

from .mark_words import meaning_in_place_of_a_name
from .party_letters import is_bare, lettered, without_letter
from .party_names import PARTY_CODES, fold, is_party_in_brackets, is_party_word
from .party_phrases import without_phrase

__all__ = ["Style", "name_and_parties", "style_of", "styles_of", "uncertain_parties",
           "with_parties"]  # fmt: skip

_BEFORE = re.compile(r"^([A-Z]{2,4})(?:\s*[:/_–—-]\s*|\s+)(?=\S)")
_WORD_BEFORE = re.compile(r"^(?:([A-Za-z]{3,12})\s*(?::|\s[–—-])\s*|[(\[{<]([A-Za-z]{3,12})[)\]}>]\s*)(?=\S)")
"""A word with a mark behind it or in brackets, before a name: "Democratic - Ann Lee", "[Dem] Ann Lee"."""
_FULL_WORD = r"Democratic[ -]Farmer[ -]Labor|Dem(?:ocratic)?[ -](?:NPL|DFL)|Democrat(?:ic)?|Republican|Libertarian"
_FULL_WORD_BEFORE = re.compile(
    rf"^({_FULL_WORD})\s+(?:[–—-]\s+)?(?!(?:party|ticket|electors?|slate)\b)(?=\S)", re.IGNORECASE
)
"""The whole name of a party before a name, of which none is the first name of a person: "Democratic Ann Lee"."""
_LETTER_BEFORE = re.compile(r"^[(\[{<]([A-Z])[)\]}>]\s*(?=\S)")
"""A letter in brackets before a name, "(D) Ann Lee": a party where the contest has D and R so, or letters behind."""
_BRACKETS = re.compile(r"\s*[(\[{<]([^()\[\]{}<>]{1,40})[)\]}>]\s*$")
_BEHIND = re.compile(
    r"(?:\s+[|–—-]\s*([A-Za-z]{1,12})|\s*[,;]\s*([A-Za-z]{4,12})|\s*[,;/|_–—-]\s*([A-Z]{3})|\s+([A-Z]{3}))$"
)
"""A party behind a name; behind a comma no letter alone, which may be an initial ("Lee, R")."""
_SEVERAL_BEFORE = re.compile(r"^([A-Z]{2,4}(?:\s*/\s*[A-Z]{2,4})+)(?:\s*[:–—-]\s*|\s+)(?=\S)")
_SEVERAL_BEHIND = re.compile(r"(?:\s*[,;|–—-]\s*|\s+)([A-Z]{3}(?:\s*/\s*[A-Z]{1,4})+)$")
_SLASH = re.compile(r"\s*/\s*")
"""Codes with slashes between them: "DEM/WFP Ann Lee", of which all are known, and "Ann Lee DEM/WF", the first."""
_BETWEEN = re.compile(r"\s*[,/]\s*|\s+[–—-]\s+")
"""What stands between the parties in one pair of brackets: "(DEM, WFP)"."""
_MARK = re.compile(r"[,;–—-]")
_INCUMBENT = re.compile(r"^(?:i|inc|incumbent|\*)\.?$", re.IGNORECASE)
_LETTERS = frozenset("DRLG")
_FULL_WORD_BEHIND = re.compile(
    rf"(?<=[\w.])\s*[\s,;–—-]\s*({_FULL_WORD})(?:\s+(?:Party|nominee|candidate))*$",
    re.IGNORECASE,
)
"""The same behind a name, in words that are no names of persons: "Ann Lee Democratic", "Ann Lee, Republican Party"."""
_NO_FIRST_WORDS = frozenset({"elect", "farmer", "national", "social", "socialist", "socialists", "straight", "vote"})
_NO_LAST_WORDS = frozenset({"a", "and", "any", "every", "for", "of", "or", "the"})
"""Words with which no name of a person begins, or ends: "Social Democratic", "Vote for a Republican"."""
_NAMES_TOO = frozenset({"CON", "LIB", "NON", "UNA"})
"""Codes that are names of persons as well: "CON DOYLE"."""


_SMALL_BEFORE = re.compile(r"^([A-Za-z][a-z]{2})\.?(?:\s*[:–—-]\s*|\s+)(?=\S)")
_SMALL_BEHIND = re.compile(r"(?:\s+[iI])?\s*[\s,;|–—-]\s*([A-Za-z][a-z]{2})\.?$")
"""Codes in small letters, "Dem Ann Lee", "dem Ann Lee" and "Ann Lee i Rep": parties where names of the contest have Dem
and Rep so, since "Rep" alone may be a title."""


class Style(NamedTuple):
    """How the names of a contest carry parties.

    letters: as letters, "(D)" and "(R)", so that "(I)" means independent, and not incumbent; codes: as codes without
    brackets beside the name, so that "CON LEE" may be a Conservative called Lee; lettered: as letters without brackets,
    one of `party_letters.LETTERED`, or ""; small_before, small_behind: as codes in small letters, "Dem" and "Rep", on
    that side of the name.
    """

    letters: bool = False
    codes: bool = False
    lettered: str = ""
    small_before: bool = False
    small_behind: bool = False


_PLAIN = Style()
_K = TypeVar("_K", bound=Hashable)


def style_of(names: Iterable[str]) -> Style:
    """Return how the names of a contest carry parties."""
    names = [name for name in names if meaning_in_place_of_a_name(name) is None]
    brackets = (_BRACKETS.search(name) for name in names)
    before = {found.group(1) for found in map(_LETTER_BEFORE.match, names) if found}  # "(D) None of these" has no (R)
    letters = {"D", "R"} <= before or any(found.group(1).strip() in _LETTERS for found in brackets if found)
    beside = (found.group(found.lastindex or 0) for name in names for found in _beside(name) if found)
    codes = any(word in PARTY_CODES - _NAMES_TOO for word in beside)
    return Style(
        letters, codes, lettered(names, _code_beside),
        *({"dem", "rep"} <= {found.group(1).casefold() for name in names if (found := pattern.search(name))}
          for pattern in (_SMALL_BEFORE, _SMALL_BEHIND)),
    )  # fmt: skip


def styles_of(contests: Mapping[_K, Iterable[str]]) -> dict[_K, Style]:
    """Return how the names of each contest of a file carry parties.

    Letters without a mark beside them, in one contest of a file whose other names carry parties otherwise, are
    initials.
    """
    names = {contest: list(of) for contest, of in contests.items()}
    styles = {contest: style_of(of) for contest, of in names.items()}
    bare = Counter(style.lettered for style in styles.values() if is_bare(style.lettered))
    if bare.total() == 1 and any(
        name_and_parties(name, styles[contest])[1]
        for contest, of in names.items() if not is_bare(styles[contest].lettered)
        for name in of
    ):  # fmt: skip
        return {c: style._replace(lettered="") if is_bare(style.lettered) else style for c, style in styles.items()}
    return styles


def uncertain_parties(contests: Mapping[str, Style]) -> tuple[str, ...]:
    """Say in the account in which contest the letters read as parties may be initials; contests: name -> its style."""
    bare = [contest for contest, style in contests.items() if is_bare(style.lettered)]
    if len(bare) != 1:  # several contests with a D and an R beside all names are no chance
        return ()
    return (f"{bare[0]}: the letters beside all names, D and R among them, were read as parties. If they are initials, "
            "give the parties of the candidates as a table.",)  # fmt: skip


def with_parties(
    contests: Mapping[_K, Sequence[tuple[str, tuple[str, ...]]]],
) -> tuple[dict[_K, list[tuple[str, tuple[str, ...]]]], dict[_K, Style]]:
    """Return the names and parties of the candidates of each contest, and how the names carry parties.

    Parties are looked for in the names of the contests in which no candidate has one beside the name.
    """
    without = {contest: [name for name, _ in of] for contest, of in contests.items() if not any(p for _, p in of)}
    styles = styles_of(without)
    return {
        contest: [name_and_parties(name, styles[contest]) for name, _ in of] if contest in styles else [*of]
        for contest, of in contests.items()
    }, styles


def _code_beside(name: str) -> str:
    """Return the code of a party that stands beside a name, "" without one."""
    codes = (str(found.group(found.lastindex or 0)) for found in _beside(name) if found)
    return next((code for code in codes if code in PARTY_CODES - _NAMES_TOO), "")


def _beside(name: str) -> tuple[re.Match[str] | None, re.Match[str] | None]:
    return _BEFORE.match(name), _BEHIND.search(name)


@lru_cache(maxsize=1 << 14)
def name_and_parties(text: str, style: Style = _PLAIN) -> tuple[str, tuple[str, ...]]:
    """Split what stands in place of a name into the name and its party, () where it names none.

    style: how the other names of the contest carry parties.

    Examples
    --------
    >>> name_and_parties("DEM Ann Lee"), name_and_parties("BRIAN KEMP (I) (Rep)")
    (('Ann Lee', ('DEM',)), ('BRIAN KEMP', ('REP',)))
    >>> name_and_parties("JOHN SMITH (DEM)"), name_and_parties("FOR THE TAX LEVY")
    (('JOHN SMITH', ('DEM',)), ('FOR THE TAX LEVY', ()))
    """
    text = text.strip("*;,| ") or text  # the mark of an incumbent, and stray ones
    name, parties = _without_brackets(text, style.letters)
    if parties:
        return name, parties
    name, parties = _without_several_codes(text)
    if parties:
        return name, parties
    before, behind = _beside(text)
    codes = PARTY_CODES if style.codes else PARTY_CODES - _NAMES_TOO
    if before and before.group(1) in codes:
        return text[before.end() :], (before.group(1),)
    before = _SMALL_BEFORE.match(text) if style.small_before else None
    if before and before.group(1).upper() in PARTY_CODES:
        return text[before.end() :], (before.group(1).upper(),)
    found = _SMALL_BEHIND.search(text) if style.small_behind else None
    if found and found.start() and found.group(1).upper() in PARTY_CODES:
        return text[: found.start()], (found.group(1).upper(),)
    before = _WORD_BEFORE.match(text)
    word = (before.group(1) or before.group(2)) if before else ""
    if before and _is_party(word, style.letters):
        return text[before.end() :], (word.upper(),)
    before = _FULL_WORD_BEFORE.match(text) or (_LETTER_BEFORE.match(text) if style.letters else None)
    if before and is_party_word(before.group(1)) and _may_be_person(text[before.end() :], text):
        return text[before.end() :], (before.group(1).upper(),)
    found = _FULL_WORD_BEHIND.search(text)
    if found and _may_be_person(text[: found.start()], text):
        return text[: found.start()], (found.group(1).upper(),)
    name, party = without_phrase(text)
    if party and _may_be_person(name, text):
        return name, (party.upper(),)
    name, letter = without_letter(text, style.lettered) if style.lettered else (text, "")
    if letter:
        return name, (letter,)
    word = next((group for group in behind.groups() if group), "") if behind else ""
    bare = behind is not None and behind.group(4) is not None
    if behind and behind.start() and (word in codes if bare else is_party_word(word)):
        return _without_codes(text[: behind.start()], (word.upper(),))
    return text, ()


def _without_several_codes(text: str) -> tuple[str, tuple[str, ...]]:
    """Take codes with slashes between them from the beginning or the end of a name."""
    if (found := _SEVERAL_BEFORE.match(text)) and all(word in PARTY_CODES for word in _SLASH.split(found.group(1))):
        return text[found.end() :], tuple(_SLASH.split(found.group(1)))
    found = _SEVERAL_BEHIND.search(text)
    words = tuple(_SLASH.split(found.group(1))) if found else ()
    if found and found.start() and words[0] in PARTY_CODES and not _NAMES_TOO.issuperset(words):
        return _without_codes(text[: found.start()], words)
    return text, ()


def _without_codes(name: str, parties: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Take further codes from the end of a name behind which codes stood: "Ann Lee DEM, WFP"."""
    found = _BEHIND.search(name)
    word = (found.group(3) or found.group(4) or "") if found else ""
    if found and found.start() and word in PARTY_CODES - _NAMES_TOO:
        return _without_codes(name[: found.start()], (word, *parties))
    return name, parties


def _without_brackets(text: str, letters: bool) -> tuple[str, tuple[str, ...]]:
    """Take parties in brackets, and the mark of an incumbent beside them, from the end of a name."""
    name, parties = text, tuple[str, ...]()
    for _ in range(2):
        found = _BRACKETS.search(name)
        if found is None or not found.start():
            break
        words = [word for word in _BETWEEN.split(found.group(1).strip()) if not _INCUMBENT.match(word) or letters]
        if not parties and words and _in_brackets(words[0], letters) and all(map(_may_be_party, words)):
            name, parties = name[: found.start()], tuple(word.upper() for word in words)
        elif _INCUMBENT.match(found.group(1).strip()):
            name = name[: found.start()]
        else:
            break
    return (name, parties) if parties else (text, ())


def _is_party(word: str, letters: bool) -> bool:
    """Say whether a word beside a name means a party; "I" means one where parties are letters."""
    return is_party_word(word) and (letters or word.upper() != "I")


def _in_brackets(word: str, letters: bool) -> bool:
    return _is_party(word, letters) or (word.upper() != "I" and is_party_in_brackets(word))


def _may_be_person(name: str, text: str) -> bool:
    """Say whether what is left of a text without the word of a party may be a person: not "Working Families"."""
    words = fold(name).split()
    if not words:
        return True  # in another script
    is_adjective = len(words) == 1 and text.casefold().endswith(" party") and not _MARK.search(text)
    no_person = is_adjective or words[0] in _NO_FIRST_WORDS or words[-1] in _NO_LAST_WORDS
    return not (no_person or is_party_in_brackets(name) or is_party_in_brackets(text))


def _may_be_party(word: str) -> bool:
    """Say whether a word in brackets with a known party may be one more: "WF", "Working Families"."""
    return bool(word) and not any(letter.isdigit() for letter in word)
