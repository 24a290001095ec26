"""What decides that a cell is a write-in, an undervote, an overvote, unreadable, or a contest not on the ballot.

All readers ask this file. Formats differ in *where* such words stand, hence four questions:

- `meaning_in_place_of_a_name`: long and ES&S tables, where any other cell is a candidate's name;
- `meaning_of_a_code`: wide tables, where any other cell is a party;
- `write_in_name`: the names of choices in every vendor's file ("Write-in 2", "WRITE IN: ANN LEE");
- `truth_of`: columns of long tables that say whether a row is a vote.

Formats that say these things by fields of their own and not by words are read in their own files in `vendors/`:
Dominion JSON (`Overvotes`, `IsVote`, `WriteinIndex`), Hart (`Undervotes`, `Overvoted`, `WriteInData`), CDF (`Status`,
`IsWriteIn`), the 1, 0 and empty cells of Dominion and Clear Ballot tables (`mark_grid`), and the blank cell of an ES&S
table, which is a write-in where the ballot style has the contest (`ess/table`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .catalogue import INVALID, OVER, UNDER, WRITE_IN
from .party_names import fold

__all__ = ["NOT_ON_BALLOT", "NO_VOTES", "OTHER_PARTIES", "is_answer", "is_missing", "is_missing_code", "is_redaction",
           "is_straight_party", "is_total", "is_write_in_line", "may_be_of_all_precincts", "meaning_in_place_of_a_name",
           "meaning_of_a_code", "truth_of", "write_in_name"]  # fmt: skip

NOT_ON_BALLOT = -5
"""Meaning of a cell of a contest that the ballot did not have; no mark ever has it, since there is no mark then."""

_EVERYWHERE: Mapping[str, int] = {
    "blank": UNDER, "blanks": UNDER, "blankballot": UNDER, "blankcontest": UNDER, "votoenblanco": UNDER, "uv": UNDER,
    "noselection": UNDER, "noselections": UNDER, "noneselected": UNDER, "nochoice": UNDER, "notmarked": UNDER,
    "nomark": UNDER, "nomarks": UNDER, "unmarked": UNDER, "skipped": UNDER,
    "noselectionmade": UNDER, "nochoicemade": UNDER, "under": UNDER, "leftblank": UNDER, "didnotvote": UNDER,
    "abstain": UNDER, "abstained": UNDER, "abstention": UNDER, "subvoto": UNDER,
    "toomanyvotes": OVER, "toomanymarks": OVER, "ov": OVER, "over": OVER, "multiplevotes": OVER, "multiplemarks": OVER,
    **dict.fromkeys(("enblanco", "votosenblanco", "subvotos"), UNDER),
    **dict.fromkeys(("sobrevoto", "sobrevotos", "votoenexceso", "votosenexceso"), OVER),
    **dict.fromkeys(
        ("candidatoporescrito", "escrito", "escritoamano", "nominaciondirecta", "porescrito", "votoporescrito"),
        WRITE_IN,
    ),
    "crossover": OVER, "crossovervote": OVER, "crossovervotes": OVER, "crossvote": OVER, "crossvoted": OVER,
    "notqualified": WRITE_IN, "scattering": WRITE_IN, "scattered": WRITE_IN, "uwi": WRITE_IN, "wi": WRITE_IN,
    "noimage": WRITE_IN, "noimagefound": WRITE_IN, "noimageavailable": WRITE_IN, "imagenotfound": WRITE_IN,
    "imagenotavailable": WRITE_IN,
    "unresolved": INVALID, "unadjudicated": INVALID, "unreadable": INVALID, "illegible": INVALID,
    **dict.fromkeys(
        ("invalid", "invalidvote", "invalidballot", "spoiled", "spoilt", "spoiledvote", "spoiledballot", "void",
         "voided", "voidvote", "exhausted", "exhaustedballot", "votonulo"), INVALID,
    ),
}  # fmt: skip
"""Words, without blanks and as `fold` leaves them, that mean the same in every table. In long and ES&S tables no others
are read: "none", "off" or "other" may be a candidate's whole name there. A write-in field without an image is one; a
crossover vote, in a primary, is a mark in the columns of several parties, of which none counts."""
_UNDERVOTE = re.compile(
    r"(?:times|total|contest|numberof)?(?:under|non|un|not|no|blank)(?:vote[sd]?|voted)(?:contest|cast)?\d*"
)
"""An undervote, without blanks: "Under-Votes: 1", "Times Under Voted", "No vote cast", "Unvoted"."""
_OVERVOTE = re.compile(r"(?:times|total|contest|numberof)?over(?:vote[sd]?|voted)(?:contest)?\d*")
_NOT_COUNTED = (
    "adjudicated|all|blank|certified|combined|declared|image|invalid|line|miscellaneous|misc|official|other|pending|"
    "qualified|registered|rejected|resolved|scattered|scattering|totals?|unadjudicated|unassigned|uncertified|"
    "undeclared|unofficial|unprocessed|unqualified|unregistered|unresolved|valid"
)
_WRITE_IN_LINE = re.compile(rf"(?:{_NOT_COUNTED})*writeins?(?:candidate|name|vote)?s?(?:{_NOT_COUNTED})?[0-9]*")
"""A line of write-ins without a name, without blanks: "Write-in 2", "Uncertified Write In", "Unresolved Write-In"."""
_MISSING_CODES = frozenset({"missing", "na", "nan", "null", "nodata"})
"""Words of wide tables, without blanks and as `fold` leaves them, for a missing value."""
_CODES: Mapping[str, int] = {
    **dict.fromkeys(_MISSING_CODES, INVALID),
    "none": UNDER, "skip": UNDER, "rolloff": UNDER,
    "unseen": INVALID,
    "off": NOT_ON_BALLOT, "offballot": NOT_ON_BALLOT, "notonballot": NOT_ON_BALLOT, "notontheballot": NOT_ON_BALLOT,
    "": NOT_ON_BALLOT,
}  # fmt: skip
"""Further words of wide tables. The empty cell is one: a row of a wide table has a cell for every office."""
OTHER_PARTIES = frozenset({"other", "oth", "third", "other party", "third party", "3rd", "3rd party"})
"""Words of wide tables, folded, for any party but the two that are named."""
_TRUTH: Mapping[str, bool] = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "1.0", "x", "✓", "✔"), True),
    **dict.fromkeys(("si", "sí", "oui", "ja", "sim", "verdadero", "wahr", "vrai"), True),
    **dict.fromkeys(("nein", "non", "não", "nao", "falso", "falsch", "faux"), False),
    **dict.fromkeys(("vote", "voted", "selected", "marked", "counted", "valid", "chosen"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0", "0.0", "no vote", "unmarked", "unselected", "invalid"), False),
    **dict.fromkeys(("not voted", "not selected", "not marked", "not counted", "not valid", "not chosen"), False),
}
"""Words, in small letters, of a column that says yes or no of every row."""
_ANSWERS = frozenset(
    {"against", "approve", "approved", "disapprove", "for", "no", "oppose", "opposed", "reject", "rejected", "retain",
     "si", "support", "yes"}
)  # fmt: skip
_MISSING = frozenset({"NA", "N/A", "NaN", "nan", "NULL", "null", "None"})
"""What programs write for a missing value; "NONE" in capitals may be a choice."""
NO_VOTES = "(NO VOTES CAST)"
"""What EL155 has in place of a name on the one line of a voter who voted in no contest."""
_LONGEST_WORD = 40
"""Letters of the longest cell that is looked up in place of a name."""

_VALID = "certified|declared|official|qualified|registered|valid"
_WRITE_IN = re.compile(
    rf"^(?:(?:{_VALID})\s+)?write[\s-]*ins?\b[\s:.-]*(?:\(\d+\)|\d+)?\s*(.*)$", re.IGNORECASE
)
"""A write-in in front of a name: "Write-in: Ann Lee", "Qualified Write-In Ann Lee"."""
_WRITTEN = re.compile(r"(?:\((?:[a-z]+\s+)?(?:write[\s-]*in|w[/-]?i)\)|\bwrite[\s-]*in)$", re.IGNORECASE)
"""The mark of a write-in behind a name: "Ann Lee (Write-in)"."""
_WRITE_IN_EL155 = re.compile(r"^(W/I|WRITE[ -]?IN)\b", re.IGNORECASE)
_AROUND = " ():,-"
"""What may stand around the name of a write-in."""
_TOTALS = frozenset({"subtotal", "subtotals", "sum", "summary", "sums", "total", "totals"})
_BESIDE_TOTALS = frozenset(
    {
        "all", "ballot", "ballots", "candidate", "candidates", "cast", "city", "contest", "counted", "county",
        "countywide", "district", "election", "for", "grand", "in", "jurisdiction", "of", "office", "overall", "parish",
        "precinct", "precincts", "report", "state", "statewide", "sub", "the", "town", "township", "vote", "votes",
        "ward", "wide",
    }
)  # fmt: skip
"""Words beside which "total" is no part of a name, as it is in "Total Wine Road"."""
_COUNTED = frozenset({"ballots cast", "cards cast", "registered voters", "times cast", "voters registered", "turnout"})
"""Lines of reports of results that count voters or ballots."""
_OF_ALL_PRECINCTS = frozenset({"all", "county", "countywide", "county wide", "jurisdiction wide", "statewide"})
_STRAIGHT_PARTY = re.compile(r"\bstraight[\s-]*(party|ticket)|^party selector", re.IGNORECASE)
_REDACTED = re.compile(r"redact|suppress|withheld|confidential|^[*x-]+$|^n/?a$", re.IGNORECASE)


def meaning_in_place_of_a_name(cell: str, empty: int | None = None) -> int | None:
    """Return UNDER, OVER, WRITE_IN or INVALID for a cell that says so where names stand, None for a name.

    empty: what a cell without a letter or a digit means, where the format gives such cells a meaning.
    """
    if len(cell) > _LONGEST_WORD:
        return None
    word = fold(cell).replace(" ", "")
    if not word:
        return None if _in_another_script(cell) else empty
    if _UNDERVOTE.fullmatch(word) or _OVERVOTE.fullmatch(word):
        return OVER if "over" in word else UNDER
    return WRITE_IN if _WRITE_IN_LINE.fullmatch(word) else _EVERYWHERE.get(word)


def meaning_of_a_code(cell: object) -> int | None:
    """Return UNDER, OVER, WRITE_IN, INVALID or NOT_ON_BALLOT for a code that says so, None for a party."""
    text = str(cell)
    meaning = meaning_in_place_of_a_name(text)
    if meaning is not None or _in_another_script(text):
        return meaning
    return _CODES.get(fold(text).replace(" ", ""))


def _in_another_script(cell: str) -> bool:
    """Say whether a cell has letters and none that `fold` keeps."""
    return not fold(cell) and any(map(str.isalnum, cell))


def is_missing(cell: str) -> bool:
    """Say whether a cell is what programs write in place of a missing value: "NA", "NULL", "NaN"."""
    return cell in _MISSING


def is_missing_code(cell: str) -> bool:
    """Say whether a cell of a wide table is a word for a missing value, in any spelling: "n/a", "Missing"."""
    return fold(cell).replace(" ", "") in _MISSING_CODES


def is_answer(cell: str) -> bool:
    """Say whether a cell answers a question, and names no candidate: "YES", "Bonds, no", "Against".

    Examples
    --------
    >>> is_answer("YES"), is_answer("BONDS - NO"), is_answer("Noa Lee")
    (True, True, False)
    """
    words = fold(cell).split()
    return bool(words) and (words[0] in _ANSWERS or words[-1] in _ANSWERS)


def truth_of(cell: str) -> bool | None:
    """Return whether a cell says yes or no, None where it says neither."""
    return _TRUTH.get(cell.strip().casefold())


def write_in_name(choice: str) -> str | None:
    """Return None for a printed name, "" for a write-in without a name, else the name that was written in.

    Examples
    --------
    >>> write_in_name("Ann Lee"), write_in_name("Uncertified Write In"), write_in_name("WRITE IN: Ann Lee")
    (None, '', 'Ann Lee')
    """
    if meaning_in_place_of_a_name(choice) == WRITE_IN:
        return ""
    if match := _WRITE_IN.match(choice):
        return match.group(1).strip(_AROUND)
    behind = _WRITTEN.search(choice)
    name = choice[: behind.start()].strip(_AROUND) if behind else ""
    return name if any(map(str.isalnum, name)) else None


def is_write_in_line(name: str) -> bool:
    """Say whether a line of EL155 text is a write-in; what follows the word there is never a name."""
    return bool(_WRITE_IN_EL155.match(name))


def is_straight_party(contest: str) -> bool:
    """Say whether a contest is the straight-party vote (rule S11: a covariate, never an office)."""
    return bool(_STRAIGHT_PARTY.search(contest))


def is_total(cell: str) -> bool:
    """Say whether a cell is of a row that adds others up: "Grand total:", "County totals", "Precinct 1 Total".

    "SUM 12" and "SUM-00012" are none: three letters before a number are the code of a place or a batch.
    """
    words = re.findall(r"[^\W\d_]+", cell.casefold())
    if words == ["all", "precincts"] or " ".join(words) in _COUNTED:
        return True
    if words == ["sum"] and any(map(str.isdigit, cell)):
        return False
    return not _TOTALS.isdisjoint(words) and {*words} <= _TOTALS | _BESIDE_TOTALS


def may_be_of_all_precincts(cell: str) -> bool:
    """Say whether a cell in place of a precinct may stand for all of them: "All", "Countywide", or nothing."""
    return " ".join(re.findall(r"[^\W_]+", cell.casefold())) in {*_OF_ALL_PRECINCTS, ""}


def is_redaction(cell: str) -> bool:
    """Say whether a cell holds a word of redaction instead of a value."""
    return bool(_REDACTED.search(cell.strip()))
