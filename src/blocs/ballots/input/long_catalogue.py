"""Distinct marks of a long table: its contests, its candidates, and what each distinct row of keys stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ...core.errors import Fault, InputError
from ...tables.relations import Frame, Store, gather
from ..catalogue import INVALID, Candidate, Catalogue, Contest
from ..mark_words import meaning_in_place_of_a_name
from ..party_names import fold, party_names

__all__ = ["catalogue_of", "distinct_marks"]

_ORDER = ("us president", "president", "governor", "us senate", "us house", "state senate", "state house")
"""Ballot order of the offices of a table that has none."""


def distinct_marks(
    rows: Frame, keys: Sequence[str], voter: Sequence[str], store: Store
) -> tuple[pd.DataFrame, list[nw.Expr]]:
    """Return the distinct rows of `keys` as text, with `_votes` (how often) and `_nameless` (rows without a voter),
    and the expressions that make text of the keys in the rows themselves.

    Text is grouped as it stands and whole numbers as numbers: making text of every row costs more than the grouping.
    """
    types = rows.collect_schema()
    grouped_as_is = {name for name in keys if types[name] == nw.String or types[name].is_integer()}
    with_voter = nw.col(voter[0]).count() if voter else nw.len()
    small = rows.select(*(nw.col(k) if k in grouped_as_is else _text(k) for k in keys), *voter[:1])
    query = small.group_by(*keys).agg(nw.len().alias("_votes"), with_voter.alias("_known"))
    distinct = gather(query, store, "reading the contests")
    texts = [nw.col(k) if types[k] == nw.String and not distinct[k].null_count else _text(k) for k in keys]
    words = {k: pc.fill_null(pc.cast(distinct[k], pa.string()), "") for k in keys}
    frame = pa.table({**words, "_votes": distinct["_votes"], "_known": distinct["_known"]}).to_pandas()
    frame = frame.groupby(list(keys), sort=True, as_index=False).sum()
    return frame.assign(_nameless=frame["_votes"] - frame.pop("_known")), texts


def _text(name: str) -> nw.Expr:
    return nw.col(name).cast(nw.String).fill_null("").alias(name)


def catalogue_of(
    marks: pd.DataFrame, roles: Mapping[str, tuple[str, ...]], where: str
) -> tuple[Catalogue, list[int], list[int]]:
    """Return contests and candidates, and for each distinct mark its contest and its choice.

    marks: what `distinct_marks` returns; roles: role -> columns; where: what to call the table in a fault.
    """
    state, office, district, magnitude = (
        roles.get(role, ("",))[0] for role in ("state", "office", "district", "magnitude")
    )
    keys = [c for c in (state, office, district) if c]
    distinct = marks[keys].drop_duplicates()
    rank = distinct[office].map(lambda o: _ORDER.index(fold(o)) if fold(o) in _ORDER else len(_ORDER))
    distinct = distinct.assign(_rank=rank).sort_values(["_rank", office, *keys], ignore_index=True)
    votes = _magnitudes(marks, keys, magnitude, where)
    contests: list[Contest] = []
    position: dict[tuple[str, ...], int] = {}
    for values in distinct[keys].itertuples(index=False, name=None):
        cells = dict(zip(keys, values, strict=True))
        name = ", ".join(cells[c] for c in (office, district, state) if c and cells[c])
        position[values] = len(contests)
        contests.append(Contest(name, cells[office], cells.get(district, ""), votes.get(values, 1)))
    contest_of = [position[values] for values in marks[keys].itertuples(index=False, name=None)]
    party = roles.get("party", ("",))[0]
    labels = list(marks[party]) if party else [""] * len(marks)
    candidates, choices = _candidates(contest_of, list(marks[roles["candidate"][0]]), labels)
    return Catalogue(tuple(contests), candidates), contest_of, choices


def _candidates(
    contest_of: Sequence[int], cells: Sequence[str], labels: Sequence[str]
) -> tuple[tuple[Candidate, ...], list[int]]:
    """Return the candidates, in the order of contests and names, and the choice of each distinct mark.

    contest_of, cells, labels: contest, cell of the candidate and cell of the party of each distinct mark.
    """
    # the contest has a row, so that it was on the ballot; a cell that says nothing is a mark that cannot be read
    meanings = [meaning_in_place_of_a_name(cell, empty=INVALID) for cell in cells]
    parties: dict[tuple[int, str], dict[str, None]] = {}
    for contest, name, label, meaning in zip(contest_of, cells, labels, meanings, strict=True):
        if meaning is None:
            parties.setdefault((contest, name), {}).update(dict.fromkeys(party_names(label)))
    position = {key: i for i, key in enumerate(sorted(parties))}
    candidates = tuple(Candidate(contest, name, tuple(parties[contest, name])) for contest, name in position)
    marks = zip(contest_of, cells, meanings, strict=True)
    choices = [position[contest, name] if meaning is None else meaning for contest, name, meaning in marks]
    return candidates, choices


def _magnitudes(marks: pd.DataFrame, keys: list[str], column: str, where: str) -> dict[tuple[str, ...], int]:
    """Return contest -> votes allowed, the largest that its rows give."""
    if not column:
        return {}
    number = pd.to_numeric(marks[column].replace("", "1"), errors="coerce")
    wrong = marks[number.isna() | (number < 1) | (number % 1 > 0)]
    if len(wrong):
        row = wrong.iloc[0]
        raise InputError(
            Fault(f"{row[column]!r} votes are allowed in {', '.join(row[keys])}",
                  where=f"{where}, column {column!r}", rule="Votes allowed are whole numbers from 1",
                  remedy="Correct the column, or leave it blank for 1")
        )  # fmt: skip
    largest = marks.assign(_n=number).groupby(keys)["_n"].max()
    return {key if isinstance(key, tuple) else (key,): int(n) for key, n in largest.items()}
