"""Names: one spelling for parties, persons and offices, so that files and tables of different makers can meet."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["ALIASES", "fold", "party_name", "party_names", "split_district"]

ALIASES: dict[str, tuple[str, ...]] = {
    "DEM": (
        "d", "dem", "democrat", "democratic", "dfl", "democratic farmer labor", "dem dfl", "democratic npl",
        "partido democrata",
    ),
    "REP": ("r", "rep", "republican", "gop", "partido republicano"),
    "LBT": ("l", "lbt", "lbr", "lib", "libertarian", "lp"),
    "GRN": ("g", "grn", "gre", "green", "gp"),
    "IND": ("i", "ind", "independent", "nonpartisan independent"),
}  # fmt: skip
"""Spellings of the parties, as folded text; any other party is its own name in capitals."""

_BY_ALIAS = {alias: name for name, aliases in ALIASES.items() for alias in aliases}
_NOBODY = {"", "np", "npa", "no", "non", "none", "nonpartisan", "no preference", "npp", "nan", "n a"}
_AROUND = {"party", "registered", "nominee", "candidate"}
"""Words around the name of a party that do not change it."""
_DISTRICT = re.compile(
    r"[\s,;:\-(]*\b(?:district|dist\.?|distrito|seat|position|pos\.?|division|div\.?)"
    r"\s*(?:no\.?|number|#)?\s*([0-9]+[a-z]?|[a-z])\b\)?",
    re.IGNORECASE,
)
_CODE = re.compile(r"^[A-Z]{3,4}([0-9]{3})\s+(?=\S)")
"""A contest code before the name, as in "CNCL001 County Council District 1"."""


def fold(text: object) -> str:
    """Return a name without case, accents, punctuation or repeated blanks, for comparison."""
    plain = unicodedata.normalize("NFKD", str(text))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    return " ".join(re.sub(r"[^0-9a-z]+", " ", plain).split())


def party_name(text: object) -> str:
    """Return the short name of a party ("DEM", "REP", ...), "" for nonpartisan and blank."""
    folded = " ".join(word for word in fold(text).split() if word not in _AROUND)
    return "" if folded in _NOBODY else _BY_ALIAS.get(folded, str(text).strip().upper())


def party_names(text: object) -> tuple[str, ...]:
    """Return the parties of a cell; several (fusion) are written with a slash, as in "DEM/WFP"."""
    if text is None or text != text:
        return ()
    found = (party_name(part) for part in str(text).split("/"))
    return tuple(dict.fromkeys(name for name in found if name))


def split_district(contest: str) -> tuple[str, str]:
    """Return (office, district) of a contest's name: "State Senator District 27" is ("State Senator", "27").

    Without a district in the name, the whole name is the office. The district is only ever taken out of the name,
    never invented, so that two contests of one office on one ballot are found and refused.
    """
    coded = _CODE.match(contest)
    if coded:
        office, district = split_district(contest[coded.end() :])
        return office, district or coded.group(1)
    found = _DISTRICT.search(contest)
    if not found:
        return contest.strip(), ""
    rest = (contest[: found.start()] + " " + contest[found.end() :]).strip(" ,;:-")
    return (" ".join(rest.split()) or contest.strip()), found.group(1)
