"""Names: one spelling for parties and persons, so that files and tables of different makers can meet."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

__all__ = ["PARTIES", "PARTY_CODES", "Spellings", "fold", "is_party_in_brackets", "is_party_word", "one_spelling",
           "party_name", "party_names", "person_of"]  # fmt: skip


class Spellings(NamedTuple):
    """How files write one party: codes in capitals that may stand beside a candidate's name, and folded words."""

    codes: tuple[str, ...]
    words: tuple[str, ...] = ()


PARTIES: Mapping[str, Spellings] = {
    "DEM": Spellings(
        ("DEM", "DFL"),
        ("d", "democrat", "democratic", "democratic farmer labor", "dem dfl", "democratic npl", "dem npl",
         "democratic nonpartisan league", "partido democrata"),
    ),
    "REP": Spellings(("REP", "GOP"), ("r", "republican", "partido republicano")),
    "LBT": Spellings(("LIB", "LBT"), ("l", "lbr", "libertarian", "lp")),
    "GRN": Spellings(("GRN", "GRE"), ("g", "green", "gp")),
    "IND": Spellings(("IND",), ("i", "independent", "nonpartisan independent")),
    "": Spellings(("NPA", "NPP", "NON", "NP"), ("", "no", "none", "nonpartisan", "no preference", "nan", "n a")),
}
"""Short name of a party -> its spellings; "" is no party. A party that is not here is its own name in capitals."""
_OTHER_CODES = (
    "AIP", "ALN", "AMP", "ASP", "CNP", "CON", "CRV", "CST", "GLC", "IAP", "IDP", "LMN", "LPN", "MTN", "MVC", "NLP",
    "PFP", "PNP", "PPD", "PSL", "REF", "SPP", "SWP", "UAF", "UNA", "UST", "UUP", "WCP", "WEP", "WFP", "WGR", "WOR",
)  # fmt: skip
"""Codes of parties that have no other spelling."""
_OTHER_NAMES = frozenset(
    {"american", "american independent", "american solidarity", "conservative", "constitution", "forward",
     "independence", "independent american", "legal marijuana now", "liberal", "liberty union", "natural law",
     "nonaffiliated", "no party affiliation", "no party preference", "pacific green", "peace and freedom",
     "progressive", "reform", "right to life", "serve america movement", "socialism and liberation",
     "socialist workers", "unaffiliated", "us taxpayers", "u s taxpayers", "women s equality", "working class",
     "working families"}
)  # fmt: skip
"""Whole names of further parties, folded, which mean one in brackets behind a candidate's name alone."""
PARTY_CODES = frozenset([*(code for spellings in PARTIES.values() for code in spellings.codes), *_OTHER_CODES])
"""Codes that mean a party, or none, where they stand beside the name of a candidate."""

_BY_SPELLING = {
    spelling: name
    for name, (codes, words) in PARTIES.items()
    for spelling in (*(code.casefold() for code in codes), *words)
}
_AROUND = {"party", "registered", "nominee", "candidate"}
"""Words around the name of a party that do not change it."""


def fold(text: object) -> str:
    """Return a name without case, accents, punctuation or repeated blanks, for comparison."""
    plain = unicodedata.normalize("NFKD", str(text))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    return " ".join(re.sub(r"[^0-9a-z]+", " ", plain).split())


def one_spelling(names: Iterable[str]) -> str:
    """Return the one of several spellings that counts, in whatever order they come: with small letters and capitals.

    >>> one_spelling(["ann lee", "ANN LEE", "Ann Lee"]), one_spelling(["for", "FOR"])
    ('Ann Lee', 'FOR')
    """
    return max(names, key=lambda name: (name not in (name.upper(), name.lower()), name == name.upper(), name))


@lru_cache(maxsize=1 << 14)
def person_of(name: str) -> str:
    """Return the name by which lines and rows of one person are found: folded, if no letter or digit is lost by that.

    In other scripts case, blanks and punctuation make no difference; accents may be letters, and do.

    >>> person_of("ANN  LEE") == person_of("Ánn Lee"), person_of("李 Lee") == person_of("黎 Lee")
    (True, False)
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    if not _of_another_script(plain):
        return fold(name) or name.strip()
    return " ".join("".join(" " if unicodedata.category(c)[0] in "PSZ" else c for c in plain).split())


def _of_another_script(text: str) -> bool:
    """Say whether a text has a letter or digit that `fold` drops; marks that are letters by name alone do not count."""
    letters = (c for c in unicodedata.normalize("NFKD", text).casefold() if not c.isascii() and c.isalnum())
    return any(unicodedata.category(c) != "Lm" for c in letters)  # "Lm": the okina of Hawaiian names, an apostrophe


def party_name(text: object) -> str:
    """Return the short name of a party ("DEM", "REP", ...), "" for nonpartisan and blank."""
    return _BY_SPELLING.get(_core(text), str(text).strip().upper())


def _core(text: object) -> str:
    return " ".join(word for word in fold(text).split() if word not in _AROUND)


def is_party_word(text: str) -> bool:
    """Say whether a word beside a name is known to mean a party: "Rep", "democratic", "R"."""
    return text.upper() in PARTY_CODES or _BY_SPELLING.get(_core(text), "") != ""


def is_party_in_brackets(text: str) -> bool:
    """Say whether words in brackets behind a name are known to mean a party: "Working Families" as well."""
    return is_party_word(text) or _core(text) in _OTHER_NAMES


def party_names(text: object) -> tuple[str, ...]:
    """Return the parties of a cell; several (fusion) are written with a slash, as in "DEM/WFP"."""
    if text is None or text != text:
        return ()
    names = (party_name(part) for part in str(text).split("/"))
    return tuple(dict.fromkeys(name for name in names if name))
