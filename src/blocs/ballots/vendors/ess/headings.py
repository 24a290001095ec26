"""Headings of an ES&S table: which columns are contests, which slot or rank of one, and which are no contests at all.

Vote-for-N contests repeat their heading, or leave the headings behind the first blank. Ranked ones number them:
"Mayor Choice 2 (50)", "Mayor Choice 2 of 5 Citywide (226916)", "Governor 2nd Choice". "Mayor 2nd" and "Mayor Column 2"
may be a rank or a district: they are ranks where the names of the first one come again. Where a name of "Council 1"
stands in "Council 2" too, nothing says whether they are ranks, or several votes in one contest: `undecided` lists them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import NamedTuple

from ...mark_words import is_answer, meaning_in_place_of_a_name
from ...office_names import NOT_STANDARD, office_name
from ...office_names.places import found_districts, found_seats
from ...office_names.words import tokens_of
from ...party_names import fold

__all__ = [
    "NUMBERED", "Column", "apart", "as_exported", "columns", "is_id_heading", "may_ask",
    "names_a_contest", "undecided",
]  # fmt: skip

NUMBERED = ("ranks", "votes", "contests")
"""What columns can be whose headings differ in one number and whose names come again: see `undecided`."""

_ENGLISH = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_SPANISH = ("primera", "segunda", "tercera", "cuarta", "quinta", "sexta")
_ORDINALS = {word: n for words in (_ENGLISH, _SPANISH) for n, word in enumerate(words, 1)}
_CARDINALS = {word: n for n, word in enumerate(
    ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 1)}  # fmt: skip
_CHOICE = r"(?:choice|rank(?:ing)?|pref(?:erence|erencia)?|rcv|opci[oó]n)"
_RANK = re.compile(
    rf"(?<![^\W_])(?:{_CHOICE}[\s_-]*(?:no\.?|number|\#)?[\s_]*(?P<number>\d{{1,2}}|{'|'.join(_CARDINALS)})"
    r"(?:\s*of\s*\d{1,2})?"
    rf"|(?P<ordinal>\d{{1,2}}(?=st|nd|rd|th)|{'|'.join(_ORDINALS)})(?:st|nd|rd|th)?[\s_-]+{_CHOICE})(?![^\W_])",
    re.IGNORECASE,
)
_ORDINAL = re.compile(
    rf"(?<![\s,:_-])[\s,:_-]+(?P<ordinal>\d{{1,2}}(?=st|nd|rd|th)|{'|'.join(_ORDINALS)})(?:st|nd|rd|th)?"
    r"(?=\s*(?:\(\d+\)\s*)?$)",
    re.IGNORECASE,
)
"""The end of a heading that may number a rank: "Mayor 2nd"."""
_NUMBER = re.compile(
    r"(?<![^\W_])[(\[]?(?:(?:ch|col|column|no|number)\.?[\s_-]*)?\#?(?P<number>\d{1,2})(?:\s*of\s*\d{1,2})?[)\].:]?"
    r"(?![^\W_])",
    re.IGNORECASE,
)
"""Any number in a heading, which may be a rank: "Mayor - 2", "Mayor (Column 2)", "2. Mayor", "Mayor 2 of 5"."""
_ORDER = re.compile(
    r"(?<![^\W_])(?:choices?|rank(?:ed|ing|s)?|pref(?:erence)?|rcv|irv|column|col|ch)(?![^\W_]|s)", re.IGNORECASE
)
"""A word that says that numbers in a heading are ranks."""
_CODE = re.compile(r"\s*\(\d+(?:\s*of\s*\d+)?\)\s*$")
"""A number in brackets at the end of a heading: the code of a contest, or of a rank of it, or "(1 of 3)"."""
_NOBODY = re.compile(r"no ?(?:body|candidates?|one)\b|none\b|vacant\b", re.IGNORECASE)
_EMPTY = re.compile(r"[(\[]\s*[)\]]")
_THINGS = (
    "absentee|adjudicated|adjudication|audit|ballot|batch|box|card|category|channel|counter|counting|county|crossover|"
    "cvr|date|day|device|duplicated|early|election|equipment|exception|file|hash|image|imprint|imprinted|jurisdiction|"
    "language|location|machine|method|municipality|operator|original|page|party|political|poll|polling|precinct|"
    "provisional|record|remade|remaining|reporting|results|scan|scanner|sequence|serial|session|sheet|side|signature|"
    "site|split|spoiled|style|tabulation|tabulator|time|timestamp|town|township|type|unit|village|vote|voter|voting|"
    "ward|write-in"
)
_PARTS = (
    "cent(?:er|re)|code|count|exception|format|group|guid|uuid|id|ids|identifier|key|mode|name|no|num|number|path|place|portion|"
    "position|report|status"
)
_ID = re.compile(rf"(?:unknown column|(?:{_THINGS})s?(?:[ _./#-]+(?:{_THINGS}|{_PARTS}|[0-9]+)s?)*\.?)", re.IGNORECASE)
_IS = re.compile(r"(?:is|was|has)[ _.]\w+", re.IGNORECASE)
"""What a ballot is: "Is Absentee"."""
_ATTRIBUTE = re.compile(r".*[ _.](?:code|colou?r|description|guid|id|label|name|type)", re.IGNORECASE)
"""What some part of it is called: "Ballot Color"; and the place, whose words are those of offices too."""
_OF_A_PLACE = re.compile(r".*(?:city|county|district|town|village|ward)[ _.](?:code|id|name|type)", re.IGNORECASE)


class Column(NamedTuple):
    """One column of votes: its position, its contest's heading, and the rank it holds (0 when it is not ranked)."""

    position: int
    heading: str
    rank: int


def as_exported(headings: Mapping[int, str]) -> dict[int, str]:
    """Return position -> heading without what programs add where headings repeat or are blank.

    R writes "Council...5", and "...6" for a blank one, in columns 5 and 6; pandas "Council.1" behind "Council", and
    "Unnamed: 5" for column 6.

    Examples
    --------
    >>> as_exported({3: "Council", 4: "Council.1", 5: "Unnamed: 5", 6: "Measure 1.1"})
    {3: 'Council', 4: 'Council', 5: '', 6: 'Measure 1.1'}
    """
    plain: dict[int, str] = {}
    for position, heading in headings.items():
        heading = heading.removesuffix(f"...{position + 1}") if heading != f"Unnamed: {position}" else ""
        stem, dot, number = heading.rpartition(".")
        again = dot and number.isdigit() and list(plain.values()).count(stem) == int(number) > 0
        plain[position] = stem if again else heading
    return plain


def columns(
    headings: Mapping[int, str],
    alone: str,
    words: Mapping[int, Iterable[str]],
    numbered: Mapping[str, str] | None = None,
) -> list[Column]:
    """Return the vote columns of position -> heading.

    alone: the name of a contest that only has numbered choices; words: position -> the distinct cells of a column;
    numbered: contest of `undecided` or `apart` -> one of NUMBERED, what its columns are.
    """
    parted = {position: _parted(heading, _RANK.search(heading)) for position, heading in headings.items()}
    names = {position: _names(of) for position, of in words.items()}
    ranked = {contest for contest, of in _ranks(parted).items() if len(of) > 1 and not _all_answers(of, names)}
    of_contests, slots, numbered = _differing(_plain(headings)), set[int](), numbered or {}
    for contest, of in of_contests.items():
        meaning = numbered.get(contest, "ranks" if _are_ranks(of, headings, names) else "contests")
        if meaning != "contests":
            parted |= {position: (contest, rank) for rank, position in of.items()}
            ranked.add(contest)
        if meaning == "votes":
            slots.update(of.values())
    votes: list[Column] = []
    for position, heading in headings.items():
        contest, rank = parted[position]
        if position in slots:
            votes.append(Column(position, contest or alone, 0))
        elif rank and contest in ranked:
            votes.append(Column(position, contest or alone, rank))
        elif heading:
            votes.append(Column(position, heading, 0))
        elif votes and not votes[-1].rank:  # a blank heading: one more vote in the contest to its left
            votes.append(Column(position, votes[-1].heading, 0))
    return votes


def undecided(headings: Mapping[int, str], words: Mapping[int, Iterable[str]]) -> dict[str, list[str]]:
    """Return contest -> headings of columns that differ in one number, without a word of ranks, and share a name.

    Such columns are the ranks of one contest, or the votes of one in which several names may be marked; or they are
    contests of their own in which the same person stands.
    """
    return _without_order(headings, words, in_common=True)


def apart(headings: Mapping[int, str], words: Mapping[int, Iterable[str]]) -> dict[str, list[str]]:
    """Return contest -> headings of further columns that differ in one number: those that share no name.

    They are contests of their own, unless the user says otherwise.
    """
    return _without_order(headings, words, in_common=False)


def _without_order(
    headings: Mapping[int, str], words: Mapping[int, Iterable[str]], *, in_common: bool
) -> dict[str, list[str]]:
    names = {position: _names(of) for position, of in words.items()}
    return {
        contest: [headings[p] for p in of.values()] for contest, of in _differing(_plain(headings)).items()
        if _may_be_one_contest(of, names) and not _are_ranks(of, headings, names)
        and _share_a_name(of, names) == in_common
    }  # fmt: skip


def _plain(headings: Mapping[int, str]) -> dict[int, str]:
    """Return the headings that do not say themselves which rank they are."""
    return {p: heading for p, heading in headings.items() if not _parted(heading, _RANK.search(heading))[1]}


def _are_ranks(ranks: Mapping[int, int], headings: Mapping[int, str], names: Mapping[int, frozenset[str]]) -> bool:
    """Say whether headings speak of ranks and a name comes again, or end in ordinals and most names come again."""
    if not _may_be_one_contest(ranks, names):
        return False
    if all(_ORDER.search(headings[p]) for p in ranks.values()):
        return _share_a_name(ranks, names)
    return all(_ORDINAL.search(headings[p]) for p in ranks.values()) and _come_again(ranks, names)


def is_id_heading(heading: str) -> bool:
    """Say whether a heading names something of a ballot that is no contest: "Tabulator CVR", "Batch", "Audit Number".

    Examples
    --------
    >>> is_id_heading("Tabulator CVR"), is_id_heading("Ballot Color"), is_id_heading("County Clerk")
    (True, True, False)
    """
    if _ID.fullmatch(heading) or _OF_A_PLACE.fullmatch(heading):
        return True
    return bool(_IS.fullmatch(heading) or _ATTRIBUTE.fullmatch(heading)) and not names_a_contest(heading)


def may_ask(heading: str) -> bool:
    """Say whether the heading of an id may be a question, if the cells are answers: "Change of County Name"."""
    return not (_ID.fullmatch(heading) or _IS.fullmatch(heading))


def names_a_contest(heading: str) -> bool:
    """Say whether a heading names an office or a question: where it does, cells that are numbers stand for candidates.

    A district alone is where the voter lives.

    Examples
    --------
    >>> names_a_contest("DEM Mayor Citywide (026916)"), names_a_contest("Proposition 1"), names_a_contest("Year")
    (True, True, False)
    >>> names_a_contest("Council District"), names_a_contest("Council District 4")
    (False, True)
    """
    name = office_name(heading)
    words = fold(heading).split()
    return (name.standard or not NOT_STANDARD.isdisjoint(words)) and words[-1] not in ("district", "ward", "code", "id")


def _differing(headings: Mapping[int, str]) -> dict[str, dict[int, int]]:
    """Return contest -> number -> column, for columns whose headings differ in one number.

    Numbers of districts and seats are none: "No candidate" may stand under each of them.
    """
    ranks: dict[str, dict[int, int]] = defaultdict(dict)
    for position, heading in headings.items():
        numbers = () if is_id_heading(heading) else (_ORDINAL.search(heading), *_NUMBER.finditer(heading))
        for contest, rank in (_parted(heading, number) for number in numbers if number):
            ranks[contest].setdefault(rank, position)
    return {contest: of for contest, of in ranks.items() if _of_one_place(of, headings)}


def _of_one_place(ranks: Mapping[int, int], headings: Mapping[int, str]) -> bool:
    """Say whether the headings of some columns name the same district and seat, or none."""
    tokens = [tokens_of(headings[position]) for position in ranks.values()]
    return len({tuple(part.value for part in (*found_districts(of), *found_seats(of))) for of in tokens}) == 1


def _parted(heading: str, ranked: re.Match[str] | None) -> tuple[str, int]:
    """Return the contest and the rank in a heading, 0 without one."""
    if ranked is None:
        return heading, 0
    ordinal = ranked.groupdict().get("ordinal")
    number = (ordinal or ranked.group("number")).casefold()
    words = _ORDINALS if ordinal else _CARDINALS
    rank = int(number) if number.isdigit() else words[number]
    contest = f"{heading[: ranked.start()].rstrip(' ,:_-')} {_CODE.sub('', heading[ranked.end() :]).strip(' ,:_-')}"
    return " ".join(_EMPTY.sub(" ", contest).split()), rank


def _ranks(parted: Mapping[int, tuple[str, int]]) -> Mapping[str, Mapping[int, int]]:
    """Return contest -> rank -> the column of that rank."""
    ranks: dict[str, dict[int, int]] = defaultdict(dict)
    for position, (contest, rank) in parted.items():
        if rank:
            ranks[contest].setdefault(rank, position)
    return ranks


def _names(words: Iterable[str]) -> frozenset[str]:
    """Return the cells of a column that are names and no words such as undervote."""
    return frozenset(word for word in words if meaning_in_place_of_a_name(word) is None)


def _all_answers(ranks: Mapping[int, int], names: Mapping[int, frozenset[str]]) -> bool:
    """Say whether numbered columns hold answers alone: "School Choice 1" and "School Choice 2" are two questions."""
    cells = frozenset[str]().union(*(names[position] for position in ranks.values()))
    return bool(cells) and all(map(is_answer, cells))


def _may_be_one_contest(ranks: Mapping[int, int], names: Mapping[int, frozenset[str]]) -> bool:
    """Say whether columns are numbered from 1, and are no questions."""
    return sorted(ranks) == [*range(1, len(ranks) + 1)] and len(ranks) > 1 and not _all_answers(ranks, names)


def _share_a_name(ranks: Mapping[int, int], names: Mapping[int, frozenset[str]]) -> bool:
    """Say whether a person stands in two numbered columns, as nobody does in two seats of one body."""
    persons = [{name for name in names[position] if not _NOBODY.match(name)} for position in ranks.values()]
    return any(one & other for one, other in combinations(persons, 2))


def _come_again(ranks: Mapping[int, int], names: Mapping[int, frozenset[str]]) -> bool:
    """Say whether numbered columns have most names in common, as the ranks of one contest have."""
    first = names[ranks[1]]
    return all(2 * len(first & names[position]) > min(len(first), len(names[position])) for position in ranks.values())
