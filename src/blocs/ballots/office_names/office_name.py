"""The name of a contest, taken apart: office, district, seat and term."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..clean import clean
from ..party_names import fold
from .other_offices import QUESTIONS
from .places import (
    AT_LARGE,
    SPECIAL,
    Part,
    compass_district,
    fallback_number,
    first,
    found_districts,
    found_lengths,
    found_number,
    found_seats,
    found_terms,
    found_votes,
    named_district,
    without_number,
)
from .standard import (
    FILLERS,
    LEGISLATURE,
    LEGISLATURES,
    STATE_HOUSE,
    STATE_SENATE,
    US_HOUSE,
    is_legislature,
    is_party,
    standard_office,
)
from .words import CHAMBERS, STATE_CODES, STATE_WORDS, Token, tokens_of

__all__ = ["OfficeName", "district_of", "office_name", "without_votes"]

_COUNTED_COLUMN = re.compile(r"\.\.\.\d+$")
"""What R adds to a column whose name is there twice."""
_COLUMN_OF_CHOICE = re.compile(r"^choice_\d+_\d+:", re.IGNORECASE)
"""What Clear Ballot writes before the name of the contest."""
_CODE_BEFORE = re.compile(r"^[A-Za-z]{3,4}([0-9]{3})[\s.,:-]+(?=\S)")
"""A contest code before the name, as in "CNCL001 County Council District 1"."""
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_ALONE = re.compile(r"([(\[][^()\[\]]*[)\]])|[)\]]")
"""Brackets with what stands in them, or one that closes nothing."""
_CODE = re.compile(r"(?!(?:d|cd|hd|sd|ad|ld|no|pos|dist|dst|ward|seat|pct)[ .-]*\d)[a-z]{0,5}[ -]?\d+", re.IGNORECASE)
"""A contest code in brackets: "1731", "OFC002"; not "D 4", which is a district."""
_NUMBER_IN_BRACKETS = re.compile(r"[(\[]0?([1-9]|[1-9]\d|100)[)\]]")
"""The number of a legislative district, as Virginia writes it: "Member, House of Delegates (86)". Codes are longer."""
_FLORIDA_CODE = re.compile(r"\(([0-9]{2})([0-9]{3})[0-9]\)")
_FLORIDA_OFFICES = {"14": US_HOUSE, "24": STATE_SENATE, "26": STATE_HOUSE}
"""In Florida's codes of contests, such as "(140110)", two digits are the office and the next three the district."""
_BILL = re.compile(r"[ahs](?:b|r|ca|cr|jm|jr)[ .-]*\d+", re.IGNORECASE)
"""The number of a bill or resolution, which is no code: "Constitutional Amendment (SJR 5)"."""
_SEPARATORS = " ,;:-–—/|&#"
_KNOWN = CHAMBERS | FILLERS | STATE_WORDS | {
    "congress", "county", "district", "even", "legislative", "numbered", "odd", "place", "position", "post", "seat",
    "special", "state", "subdistrict", "us",
}  # fmt: skip
"""Words that are no place after which a district is called."""


@dataclass(frozen=True)
class OfficeName:
    """The name of a contest, taken apart.

    Parameters
    ----------
    raw : str
        The name as the file has it.
    office : str
        One of STANDARD, or the county's own words without district, seat, term and codes.
    district : str
        Number, letter or name of the district, without leading zeros; "0" where the name says that a legislative office
        is elected at large; "" where the name has none.
    seat : str
        Which of several seats the same voters fill: "2", "A", "at large"; "" where the name has none.
    term : str
        "special" for a special election or an unexpired term, else "".
    standard : bool
        Whether the office is one of STANDARD.
    """

    raw: str
    office: str
    district: str = ""
    seat: str = ""
    term: str = ""
    standard: bool = False

    @property
    def place(self) -> str:
        """District and seat in one: "14", "14A" for seat A of district 14, "14-2" for seat 2 of it."""
        if not self.seat or not self.district:
            return self.district or self.seat.upper()
        return self.district + (self.seat if self.seat.isalpha() and len(self.seat) == 1 else f"-{self.seat.upper()}")

    @property
    def part(self) -> str:
        """What sets contests apart that the same voters see: "seat A", "at large", "seat 2, special"; "" if nothing."""
        seat = self.seat if self.seat in ("", AT_LARGE) else f"seat {self.seat}"
        return ", ".join(word for word in (seat, self.term) if word)


@lru_cache(maxsize=1 << 14)
def office_name(name: str) -> OfficeName:
    """Return office, district, seat and term of the name of a contest.

    Parameters
    ----------
    name : str
        The name as the file has it.

    Returns
    -------
    OfficeName
        What its wording says. Nothing is invented: a name without a district has none.

    Notes
    -----
    Case, dots, blanks, line breaks, contest codes in brackets and the words "vote for" make no difference. The
    wordings are in `standard` and `places`.

    Examples
    --------
    >>> office_name("STATE SENATOR, 19th Senatorial Dist. (Vote for 1)").place
    '19'
    >>> [office_name(name).office for name in ("U.S. Rep Dist. 4", "Governor/Lt. Governor", "County Council Dist 3")]
    ['US HOUSE', 'GOVERNOR', 'County Council']
    >>> office_name("Legislative District 14 State Representative, Position A").part
    'seat A'
    """
    text = _without_codes(name)
    head, tail = _around_votes(text)
    tokens, behind = tokens_of(head), tokens_of(tail)
    districts = found_districts(tokens) or found_districts(behind)
    seats = found_seats(tokens) or found_seats(behind)
    terms = found_terms(tokens) or found_terms(behind)
    bare = _apart_from(tokens, [*found_terms(tokens), *found_lengths(tokens)])  # whose office is that of the name
    district = first(found_districts(bare) or found_districts(behind))
    of_office = _apart_from(bare, found_seats(bare))  # "House District 31 Seat A"
    district = district or fallback_number(of_office)
    standard = standard_office([token.word for token in (of_office if district else bare)], district)
    if not standard and district and is_legislature([token.word for token in of_office]):
        return OfficeName(name, LEGISLATURE, district, first(seats), first(terms))
    if not standard:
        return _in_own_words(name, head, districts, seats, terms)
    term = first(terms or _said_special(tokens))
    if standard not in LEGISLATURES:
        return OfficeName(name, standard, term=term, standard=True)
    if standard == US_HOUSE and district in ("I", "V", "X"):  # whose districts have no letters
        district = {"I": "1", "V": "5", "X": "10"}[district]
    elif standard == US_HOUSE:
        district = district or compass_district(of_office)
    else:
        district = _named_district(of_office) or district
    seat = first(seats) or _letter_of_seat(bare) or (_number_of_seat(bare) if standard == STATE_HOUSE else "")
    if seat == AT_LARGE:
        district, seat = district or "0", ""
    elif not district:  # a seat without a district is one
        district, seat = seat, ""
    return OfficeName(name, standard, district or _district_of_code(name, standard), seat, term, standard=True)


def district_of(name: OfficeName, district: str) -> str:
    """Return the district of a contest whose name was read, where the file has a district beside the name as well.

    One of the six offices has the district of its name, or else the number in the file's words ("12TH CONG"), so that
    it is the same in every county; any other office has the file's words.
    """
    if not name.standard:
        return district or name.place
    if name.office not in LEGISLATURES:
        return ""
    return name.place or fallback_number(tokens_of(district)) or district


def _without_codes(name: str) -> str:
    """Return the text of a name without the codes of programs and "(vote for 1)"."""
    text = _COUNTED_COLUMN.sub("", _COLUMN_OF_CHOICE.sub("", clean(name)))
    if " " not in text:
        text = re.sub(r"[._]+", " ", text)
    text = _CODE_BEFORE.sub("", text)
    while (shorter := _BRACKETS.sub(_unless_code, text)) != text:
        text = shorter
    return " ".join(text.split())


def _district_of_code(name: str, office: str) -> str:
    """Return the district that brackets or the code of a contest say, "" without one."""
    if number := _NUMBER_IN_BRACKETS.search(name):
        return number[1]
    before, florida = _CODE_BEFORE.match(clean(name)), _FLORIDA_CODE.search(name)
    if before:
        return before[1].lstrip("0")
    return florida[2].lstrip("0") if florida and _FLORIDA_OFFICES.get(florida[1]) == office else ""


def _unless_code(bracket: re.Match[str]) -> str:
    """Return brackets as they are, or a blank where they hold a code, "vote for", or nothing."""
    inside = bracket[1].strip()
    tokens = tokens_of(inside)
    votes = found_votes(tokens)
    others = len(tokens) - sum(part.end - part.begin for part in votes)
    code = _CODE.fullmatch(inside) and not _BILL.fullmatch(inside)
    return " " if not others or code else bracket[0]


def _around_votes(text: str) -> tuple[str, str]:
    """Return what stands before the words "vote for 1" and what behind.

    Behind them stands no name but a candidate's, if anything. All is before where nothing else is.
    """
    tokens = tokens_of(text)
    votes = found_votes(tokens)
    if not votes:
        return text, ""
    begin, end = tokens[votes[0].begin].start, tokens[votes[0].end - 1].end
    before, behind = text[:begin].strip(_SEPARATORS), text[end:].strip(_SEPARATORS)
    return (before, behind) if fold(before) else (behind, "")


def without_votes(name: str) -> str:
    """Return the name of a contest without the words that say how many names may be marked.

    Examples
    --------
    >>> without_votes("Council (Vote For=3)"), without_votes("Vote for 1: Mayor"), without_votes("Mayor")
    ('Council', 'Mayor', 'Mayor')
    """
    return re.sub(r"\s*[(\[]$", "", _around_votes(name)[0])


def _apart_from(tokens: Sequence[Token], parts: Sequence[Part]) -> list[Token]:
    return [token for i, token in enumerate(tokens) if not any(part.begin <= i < part.end for part in parts)]


def _named_district(tokens: Sequence[Token]) -> str:
    """Return the district of a legislature that has a name, such as "1 MIDDLESEX"; "" without one."""
    parties = {token.word for token in tokens if is_party(token.word)}
    return named_district(tokens, _KNOWN | parties)


def _letter_of_seat(tokens: Sequence[Token]) -> str:
    """Return the seat that stands as a letter behind the office: "Leg Dist 14 State Rep A", "Rep A, Dist 14"."""
    words = [token.word for token in tokens]
    for office, letter, behind in zip(words, words[1:], [*words[2:], ""], strict=False):
        of_district = not behind or behind in ("district", "legislative")
        if office in ("representative", "house", "senate") and letter in ("a", "b") and of_district:
            return letter.upper()
    return ""


def _number_of_seat(tokens: Sequence[Token]) -> str:
    """Return the seat that stands as a number behind the office, of a district that words name: "LD 31 State Rep 2"."""
    words = [token.word for token in tokens]
    apart = len(words) > 2 and words[-2] in ("representative", "house") and found_districts(tokens[:-1])
    return words[-1] if apart and words[-1] in ("1", "2", "3") else ""


def _said_special(tokens: Sequence[Token]) -> list[Part]:
    """One of the six offices has no other word "special" in its name than that of an election."""
    return [Part(i, i + 1, SPECIAL) for i, token in enumerate(tokens) if token.word in ("special", "especial")]


def _in_own_words(
    name: str, text: str, districts: Sequence[Part], seats: Sequence[Part], terms: Sequence[Part]
) -> OfficeName:
    """Return what is none of the six offices: the county's words without the parts that were read from them."""
    if not QUESTIONS.isdisjoint(token.word for token in tokens_of(text)):
        return OfficeName(name, text)
    of_district, of_seat = [part.value for part in districts], [part.value for part in seats]
    term = first(terms)
    while True:
        tokens = tokens_of(text)
        more = found_districts(tokens), found_seats(tokens), found_terms(tokens)
        if not any(more) and not of_seat:
            more = *found_number(tokens, of_district), []
        parts = [part for of_kind in more for part in of_kind]
        shorter = _without(text, tokens, parts)
        if not parts or not _says_office(shorter):
            text = _without(text, tokens, [*without_number(tokens, more[0]), *more[1]]) or text
            break
        text = shorter
        of_district += [part.value for part in more[0]]
        of_seat += [part.value for part in more[1]]
        term = term or first(more[2])
    return OfficeName(name, text.strip() or name.strip(), _several(of_district), _several(of_seat), term)


def _says_office(text: str) -> bool:
    """Say whether a text has a word that is neither a party nor a state: "DEM" of "District 3 - DEM" has none."""
    return any(not is_party(token.word) and token.word not in STATE_CODES for token in tokens_of(text))


def _several(values: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(values))


def _without(text: str, tokens: Sequence[Token], parts: Sequence[Part]) -> str:
    """Return the text without the words of the parts, and without the punctuation that is left alone."""
    removed = {i for part in parts for i in range(part.begin, part.end)}
    end = len(text)
    for i in sorted(removed, reverse=True):
        end = tokens[i].end if i + 1 not in removed else end
        if i - 1 not in removed:  # the first word of a run
            text = text[: tokens[i].start] + " " + text[end:]
    text = re.sub(r"[(\[][\W_]*[)\]]|(?<!\w)\.+", " ", text)
    text = re.sub(r"([,;:/–—-])(\s*[,;:/–—-])+", r"\1", text)
    text = re.sub(r"\s+([,;:])", r"\1", " ".join(text.split()))
    text = re.sub(r"[\s,;:]+([)\]])", r"\1", _ALONE.sub(lambda match: match[1] or "", text)).strip(_SEPARATORS)
    return text.rstrip("([").strip(_SEPARATORS)
