"""Distinct marks of a long table: its contests, its candidates, and what each distinct row of keys stands for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from ...core.errors import Fault, InputError
from ...core.natural_order import natural_order
from ..catalogue import INVALID, Candidate, Catalogue, Contest
from ..clean import clean
from ..mark_words import is_missing, meaning_in_place_of_a_name, write_in_name
from ..name_and_party import with_parties
from ..office_names import as_number
from ..party_names import fold, one_spelling, party_names
from ..rank_words import rank_of
from ..vote_limits import vote_limits, votes_of

__all__ = ["catalogue_of", "cleaned", "whole_numbers"]

_NAMES = ("office", "district", "candidate", "party", "magnitude", "rank")
"""Roles whose cells are names or numbers that a person may have typed."""

_ORDER = ("us president", "president", "governor", "us senate", "us house", "state senate", "state house")
"""Ballot order of the offices of a table that has none."""


def cleaned(marks: pd.DataFrame, roles: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    """Return the distinct marks with the names of contests, candidates and parties as `clean` leaves them.

    "  ADA ADAMS ", "ADA ADAMS" and "Ada Adams" are one name. Places keep their names, which may be those of folders.
    Districts that differ in leading zeros ("007", "7") are one, as in the names of contests. Ranks in words, such as
    "1st choice", and votes allowed in words, such as "vote for two", become numbers.
    """
    names = {roles[role][0] for role in _NAMES if role in roles}
    cells = {name: marks[name].map(_one_spelling(marks[name].unique())) for name in names}
    for district in roles.get("district", ()):
        cells[district] = cells[district].map(_one_number(cells[district].unique()))
    for rank in roles.get("rank", ()):
        cells[rank] = cells[rank].map({cell: str(rank_of(cell) or cell) for cell in cells[rank].unique()})
    for votes in roles.get("magnitude", ()):
        cells[votes] = cells[votes].map({cell: str(votes_of(cell) or cell) for cell in cells[votes].unique()})
    return marks.assign(**cells)


def _one_spelling(cells: Iterable[str]) -> dict[str, str]:
    """Return cell -> the one of its cleaned spellings, which differ in case alone, that counts."""
    words = {cell: clean(cell) for cell in cells}
    alike = defaultdict[str, set[str]](set)
    for word in words.values():
        alike[word.casefold()].add(word)
    spelling = {folded: one_spelling(of) for folded, of in alike.items()}
    return {cell: spelling[word.casefold()] for cell, word in words.items()}


def _one_number(cells: Iterable[str]) -> dict[str, str]:
    """Return cell -> the shortest of the cells that are the same number, with the same letter behind it."""
    shortest: dict[str, str] = {}
    for cell in sorted(cells, key=len):
        shortest.setdefault(as_number(cell.casefold()), cell)
    return {cell: shortest[as_number(cell.casefold())] for cell in cells}


def catalogue_of(
    marks: pd.DataFrame, roles: Mapping[str, tuple[str, ...]], named: Mapping[str, str], where: str
) -> tuple[Catalogue, list[int], list[int]]:
    """Return contests and candidates, and for each distinct mark its contest and its choice.

    marks: what `cleaned` returns; roles: role -> columns; named: column -> what to call it in a fault; where: what to
    call the table there.
    """
    state, office, district, magnitude, rank = (
        roles.get(role, ("",))[0] for role in ("state", "office", "district", "magnitude", "rank")
    )
    keys = [c for c in (state, office, district) if c]
    distinct = sorted(
        marks[keys].drop_duplicates().itertuples(index=False, name=None),
        key=lambda values: (*_order(values[keys.index(office)]), *map(natural_order, values)),
    )
    votes = _largest(marks, keys, magnitude, "{} votes are allowed", "Votes allowed", _place(magnitude, named, where))
    ranks = _largest(marks, keys, rank, "the rank is {}", "Ranks", _place(rank, named, where))
    contests: list[Contest] = []
    position: dict[tuple[str, ...], int] = {}
    for values in distinct:
        cells = dict(zip(keys, values, strict=True))
        name = ", ".join(cells[c] for c in (office, district, state) if c and cells[c])
        position[values] = len(contests)
        allowed = votes[values] if magnitude else vote_limits(cells[office])[1]
        contests.append(Contest(name, cells[office], cells.get(district, ""), allowed, ranks.get(values, 1)))
    contest_of = [position[values] for values in marks[keys].itertuples(index=False, name=None)]
    party = roles.get("party", ("",))[0]
    labels = list(marks[party]) if party else [""] * len(marks)
    candidates, choices = _candidates(contest_of, list(marks[roles["candidate"][0]]), labels)
    return Catalogue(tuple(contests), candidates), contest_of, choices


def _order(office: str) -> tuple[int, Any]:
    """Return what to sort an office by: the six that everybody has first, the others in natural order."""
    known = fold(office)
    return (_ORDER.index(known) if known in _ORDER else len(_ORDER)), natural_order(office)


def _candidates(
    contest_of: Sequence[int], cells: Sequence[str], labels: Sequence[str]
) -> tuple[tuple[Candidate, ...], list[int]]:
    """Return the candidates, in the order of contests and names, and the choice of each distinct mark.

    Parties are looked for in the names of contests in which none stands in a column (see `name_and_party`).

    contest_of, cells, labels: contest, cell of the candidate and cell of the party of each distinct mark.
    """
    # the contest has a row, so that it was on the ballot; a cell that says nothing is a mark that cannot be read
    meaning_of = {cell: _meaning(cell) for cell in dict.fromkeys(cells)}
    beside: dict[int, dict[str, dict[str, None]]] = {}
    for contest, cell, label in zip(contest_of, cells, labels, strict=True):
        meaning = meaning_of[cell]
        if isinstance(meaning, str):
            beside.setdefault(contest, {}).setdefault(meaning, {}).update(dict.fromkeys(party_names(label)))
    named, _ = with_parties({c: [(name, tuple(of)) for name, of in names.items()] for c, names in beside.items()})
    name_of = {(c, text): name for c, of in named.items() for text, (name, _) in zip(beside[c], of, strict=True)}
    parties: dict[tuple[int, str], dict[str, None]] = {}
    for contest, of in named.items():
        for name, own in of:
            parties.setdefault((contest, name), {}).update(dict.fromkeys(own))
    marks = [(contest, meaning_of[cell], cell) for contest, cell in zip(contest_of, cells, strict=True)]
    printed = {(contest, name_of[contest, m]) for contest, m, cell in marks if isinstance(m, str) and m == cell}
    position = {key: i for i, key in enumerate(sorted(parties))}
    candidates = tuple(Candidate(*key, tuple(parties[key]), key in printed) for key in position)
    choices = [position[contest, name_of[contest, m]] if isinstance(m, str) else m for contest, m, _ in marks]
    return candidates, choices


def _meaning(cell: str) -> str | int:
    """Return the name of a candidate, which is another than the cell for one that was written in; or why none is."""
    if is_missing(cell):
        return INVALID
    meaning = meaning_in_place_of_a_name(cell, empty=INVALID)
    return meaning if meaning is not None else write_in_name(cell) or cell


def _largest(
    marks: pd.DataFrame, keys: list[str], column: str, what: str, noun: str, where: str
) -> dict[tuple[str, ...], int]:
    """Return contest -> the largest whole number that its rows give in a column, where a blank cell is 1.

    what, noun: the wrong cell ({}), and what such numbers are called, in words.
    """
    if not column:
        return {}
    number = whole_numbers(marks[column])
    wrong = marks[number.isna()]
    if len(wrong):
        row = wrong.iloc[0]
        raise InputError(
            Fault(f"{what.format(repr(row[column]))} in {', '.join(row[keys])}", where=where,
                  rule=f"{noun} are whole numbers from 1",
                  remedy="Correct the column, or leave it blank for 1")
        )  # fmt: skip
    largest = marks.assign(_n=number).groupby(keys)["_n"].max()
    return {key if isinstance(key, tuple) else (key,): int(n) for key, n in largest.items()}


def _place(column: str, named: Mapping[str, str], where: str) -> str:
    return f"{where}, column {named.get(column, column)!r}"


def whole_numbers(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return cells of text as whole numbers from 1, 1 where they are blank, NaN where they are neither."""
    number = pd.to_numeric(cells.replace("", "1"), errors="coerce")
    return number.where((number >= 1) & (number % 1 == 0))
