"""Distinct marks of a long table: its contests, its candidates, and what each distinct row of keys stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ...core.errors import Fault, InputError
from ...tables.relations import Frame, Store, gather
from ..catalogue import INVALID, OVER, UNDER, WRITE_IN, Candidate, Catalogue, Contest
from ..party_names import fold, party_names

__all__ = ["catalogue_of", "distinct_marks"]

_TOKENS = {
    "undervote": UNDER, "under vote": UNDER, "undervotes": UNDER, "blank": UNDER,
    "overvote": OVER, "over vote": OVER, "overvotes": OVER,
    "writein": WRITE_IN, "write in": WRITE_IN, "not qualified": WRITE_IN, "": INVALID,
}  # fmt: skip
"""What is written in place of a candidate's name, folded."""
_ORDER = ("us president", "president", "governor", "us senate", "us house", "state senate", "state house")
"""Ballot order of the offices of a table that has none."""


def distinct_marks(
    raw: Frame, keys: Sequence[str], voter: Sequence[str], store: Store
) -> tuple[pd.DataFrame, list[nw.Expr]]:
    """Return the distinct rows of `keys` as text, with `_votes` (how often) and `_nameless` (rows without a voter),
    and the expressions that make text of the keys in the rows themselves.

    Text is grouped as it stands and whole numbers as numbers: making text of every row costs more than the grouping.
    """
    kinds = raw.collect_schema()
    plain = {name for name in keys if kinds[name] == nw.String or kinds[name].is_integer()}
    known = nw.col(voter[0]).count() if voter else nw.len()
    tally = raw.select(*(nw.col(k) if k in plain else _text(k) for k in keys), *voter[:1]).group_by(*keys)
    found = gather(tally.agg(nw.len().alias("_votes"), known.alias("_known")), store, "reading the contests")
    texts = [nw.col(k) if kinds[k] == nw.String and not found[k].null_count else _text(k) for k in keys]
    words = {k: pc.fill_null(pc.cast(found[k], pa.string()), "") for k in keys}
    frame = pa.table({**words, "_votes": found["_votes"], "_known": found["_known"]}).to_pandas()
    frame = frame.groupby(list(keys), sort=True, as_index=False).sum()
    return frame.assign(_nameless=frame["_votes"] - frame.pop("_known")), texts


def _text(name: str) -> nw.Expr:
    return nw.col(name).cast(nw.String).fill_null("").alias(name)


def catalogue_of(
    found: pd.DataFrame, roles: Mapping[str, tuple[str, ...]], where: str
) -> tuple[Catalogue, list[int], list[int]]:
    """Return contests and candidates, and for each distinct mark its contest and its choice."""
    state, office, district, magnitude = (
        roles.get(role, ("",))[0] for role in ("state", "office", "district", "magnitude")
    )
    contest_of = [c for c in (state, office, district) if c]
    distinct = found[contest_of].drop_duplicates()
    rank = distinct[office].map(lambda o: _ORDER.index(fold(o)) if fold(o) in _ORDER else len(_ORDER))
    distinct = distinct.assign(_rank=rank).sort_values(["_rank", office, *contest_of], ignore_index=True)
    votes = _magnitudes(found, contest_of, magnitude, where)
    contests: list[Contest] = []
    position: dict[tuple[str, ...], int] = {}
    for values in distinct[contest_of].itertuples(index=False, name=None):
        said = dict(zip(contest_of, values, strict=True))
        told = ", ".join(said[c] for c in (office, district, state) if c and said[c])
        position[values] = len(contests)
        contests.append(Contest(told, said[office], said.get(district, ""), votes.get(values, 1)))
    of_row = [position[values] for values in found[contest_of].itertuples(index=False, name=None)]
    candidates, choices = _candidates(found, of_row, roles["candidate"][0], roles.get("party", ("",))[0])
    return Catalogue(contests, candidates), of_row, choices


def _candidates(found: pd.DataFrame, of_row: list[int], name: str, party: str) -> tuple[list[Candidate], list[int]]:
    """Return the candidates, in the order of contests and names, and the choice of each distinct mark."""
    parties: dict[tuple[int, str], dict[str, None]] = {}
    choices: list[int | tuple[int, str]] = []
    for c, person, label in zip(of_row, found[name], found[party] if party else [""] * len(found), strict=True):
        token = _TOKENS.get(fold(person)) if len(person) < 16 else None
        if token is not None:
            choices.append(token)
            continue
        parties.setdefault((c, person), {}).update(dict.fromkeys(party_names(label)))
        choices.append((c, person))
    numbered = {key: i for i, key in enumerate(sorted(parties))}
    candidates = [Candidate(c, person, tuple(parties[c, person])) for c, person in numbered]
    return candidates, [numbered[c] if isinstance(c, tuple) else c for c in choices]


def _magnitudes(found: pd.DataFrame, contest_of: list[str], column: str, where: str) -> dict[tuple[str, ...], int]:
    if not column:
        return {}
    number = pd.to_numeric(found[column].replace("", "1"), errors="coerce")
    wrong = found[number.isna() | (number < 1) | (number % 1 > 0)]
    if len(wrong):
        row = wrong.iloc[0]
        raise InputError(
            Fault(f"{row[column]!r} votes are allowed in {', '.join(row[contest_of])}",
                  where=f"{where}, column {column!r}", rule="Votes allowed are whole numbers from 1",
                  remedy="Correct the column, or leave it blank for 1")
        )  # fmt: skip
    largest = found.assign(_n=number).groupby(contest_of)["_n"].max()
    return {key if isinstance(key, tuple) else (key,): int(n) for key, n in largest.items()}
