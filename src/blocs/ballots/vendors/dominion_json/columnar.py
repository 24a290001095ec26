"""Whole Dominion JSON files at once: decoded into columns by DuckDB and flattened with arrays.

The records are equal, session by session, to what `sessions` makes of them one at a time, at a multiple of the speed.

`flat_rows` answers None wherever the file is out of the ordinary (ids that are not numbers, fields missing, a contest
shown twice, ids that no manifest knows): the slow way then reads it and words the faults.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...catalogue import INVALID, OVER, UNDER
from ..catalogue_builder import STRAIGHT_PARTY
from ..records import Marks, Records
from .manifests import Manifests

__all__ = ["FOLDER", "IDS", "WITHOUT_VERSION", "flat_rows"]

_MARK = dict.fromkeys(("CandidateId", "PartyId", "Rank", "WriteinIndex"), "BIGINT") | {"IsVote": "BOOLEAN"}
_CONTEST = {"Id": "BIGINT", "Overvotes": "BIGINT", "OutstackConditionIds": ["BIGINT"], "Marks": [_MARK]}
_VERSION = {
    "PrecinctPortionId": "BIGINT",
    "BallotTypeId": "BIGINT",
    "IsCurrent": "BOOLEAN",
    "Cards": [{"Contests": [_CONTEST]}],
    "Contests": [_CONTEST],
}
WITHOUT_VERSION = "without a current version"
"""Why a session is no ballot of which neither version is current."""
IDS = ("TabulatorId", "BatchId", "RecordId")
"""Numbers that together name a session."""
FOLDER = r"(?s)^.*[/\\]"
"""The folder that the images of a session lay in, before their name."""
_OTHERS = {"CountingGroupId": "BIGINT", "ImageMask": "VARCHAR"}
_SESSION = dict.fromkeys(IDS, "BIGINT") | _OTHERS | {"Original": _VERSION, "Modified": _VERSION}
_SHAPE = json.dumps({"Sessions": [_SESSION]})


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """Return the database that decodes; opening one costs more than decoding a small file."""
    return duckdb.connect(config={"threads": 1})


class _Unusual(Exception):
    """The file needs the slow way."""


def flat_rows(files: Sequence[tuple[str, bytes]], manifests: Manifests) -> tuple[Records, Manifests] | None:
    """Return the records of some CvrExport files and the manifests with what the marks add to them.

    files: name and content of each, the name being part of the key of sessions without a RecordId.
    Returns None when the files must be read one session at a time.
    """
    try:
        texts = pa.array([content.removeprefix(BOM_UTF8) for _, content in files], pa.binary()).cast(pa.string())
        with _database().cursor() as con:
            query = "select json_transform(t, ?) as file from texts x(t)"
            con.register("texts", pa.table({"t": texts}))
            table = con.sql(query, params=[_SHAPE]).to_arrow_table()
        lists = _whole(pc.struct_field(_whole(table["file"].combine_chunks()), "Sessions"))
        return _records(_whole(lists.flatten()), manifests, _places(files, lists))
    except (duckdb.Error, pa.ArrowException, UnicodeDecodeError, LookupError, OverflowError, _Unusual):
        return None


def _places(files: Sequence[tuple[str, bytes]], lists: Any) -> Any:
    """Return the file and the position in it of every session, as text."""
    numbers = [np.arange(1, length + 1) for length in _lengths(lists)]
    names = np.repeat(np.arange(len(files)), [len(of) for of in numbers])
    position = pa.array(np.concatenate(numbers) if numbers else np.zeros(0, np.int64)).cast(pa.string())
    return pc.binary_join_element_wise(pa.array([name for name, _ in files]).take(pa.array(names)), position, "#")


def _records(sessions: Any, manifests: Manifests, places: Any) -> tuple[Records, Manifests]:
    version, is_current = _current(sessions)
    triples, of, manifests = _triples(version, manifests)
    contest, choice, rank = triples.T
    kept = is_current[of]
    marks = Marks(of, contest.astype(np.int32), choice.astype(np.int32), rank.astype(np.int16)).take(kept)
    ids = {name: pc.struct_field(sessions, name).cast(pa.string()) for name in IDS}
    tabulator, batch, record = ids.values()
    if tabulator.null_count or batch.null_count:
        raise _Unusual
    straight_parties = _straight_parties(version, manifests)
    parties = [straight_parties.get(i) for i in range(len(sessions))] if straight_parties else [None] * len(sessions)
    current = pa.array(is_current)
    precincts = _named(manifests.precinct, pc.struct_field(version, "PrecinctPortionId"))
    styles = _named(manifests.style, pc.struct_field(version, "BallotTypeId"))
    columns = {
        "voter": pc.coalesce(pc.binary_join_element_wise(tabulator, batch, record, "-"), places),
        "precinct": pc.if_else(current, precincts, None),
        "style": pc.if_else(current, styles, None),
        "straight_party": pc.if_else(current, pa.array(parties, pa.string()), None),
        "set_aside": pc.if_else(current, None, WITHOUT_VERSION).cast(pa.string()),
        **ids,
        "CountingGroup": _named(manifests.counting_group, pc.struct_field(sessions, "CountingGroupId")),
        "ImageMask": pc.replace_substring_regex(pc.struct_field(sessions, "ImageMask"), FOLDER, ""),
    }
    return Records(columns, marks), manifests


def _current(sessions: Any) -> tuple[Any, Any]:
    """Return the version of every session that counts, and whether it has one."""
    original, modified = pc.struct_field(sessions, "Original"), pc.struct_field(sessions, "Modified")
    first = pc.struct_field(_whole(original), "IsCurrent")
    second = pc.struct_field(modified, "IsCurrent")
    if first.null_count or second.null_count != modified.null_count:
        raise _Unusual
    first, second = _array(first), _array(second.fill_null(False))
    if first.all():
        return original, first
    both = pa.concat_arrays([original, modified])
    return both.take(pa.array(np.arange(len(first)) + len(first) * (~first & second))), first | second


def _listed(version: Any) -> tuple[Any, Any]:
    """Return the contests listed on the cards of all sessions, and the session of each."""
    cards, contests = pc.struct_field(version, "Cards"), pc.struct_field(version, "Contests")
    if cards.null_count == len(cards):  # the layout of releases up to 5.2
        return _whole(_whole(contests).flatten()), _array(pc.list_parent_indices(contests))
    if cards.null_count:
        raise _Unusual
    on_card = _whole(pc.struct_field(_whole(cards.flatten()), "Contests"))
    of = _array(pc.list_parent_indices(cards))[_array(pc.list_parent_indices(on_card))]
    return _whole(on_card.flatten()), of


def _triples(version: Any, manifests: Manifests) -> tuple[Any, Any, Manifests]:
    """Return the marks of all sessions as (rows, 3) of contest, choice, rank, the session of each, and manifests."""
    listed, of = _listed(version)
    manifests, contest = _positions(manifests, _whole(pc.struct_field(listed, "Id")))
    kept = contest != STRAIGHT_PARTY
    shown = np.sort(of[kept] * (len(manifests.contests) + 1) + contest[kept])
    if (shown[1:] == shown[:-1]).any():
        raise _Unusual  # a contest shown twice in a session
    votes = _votes(listed, contest, manifests)
    number = np.bincount(votes.parent, minlength=len(contest))
    ranked = np.isin(contest, list(manifests.ranked))
    over = _array(pc.struct_field(listed, "Overvotes").fill_null(0)) != 0
    no_vote = np.where(number == 0, UNDER, 0)
    no_vote[over & ~(ranked & (number > 0))] = OVER
    no_vote[_invalid(listed, manifests)] = INVALID
    length = np.where(no_vote != 0, 1, number)
    out = np.ones((length.sum(), 3), np.int64)
    out[:, 0] = np.repeat(contest, length)
    no_vote_of_row = np.repeat(no_vote, length)
    out[:, 1] = no_vote_of_row
    counted = no_vote[votes.parent] == 0
    out[no_vote_of_row == 0, 1] = votes.choice[counted]
    out[no_vote_of_row == 0, 2] = np.where(ranked[votes.parent], votes.rank, 1)[counted]
    kept = out[:, 0] != STRAIGHT_PARTY
    return out[kept], np.repeat(of, length)[kept], votes.manifests


class _Votes(NamedTuple):
    """Marks that are votes in valid contests: choice, rank, position of the listed contest; the manifests then."""

    choice: Any
    rank: Any
    parent: Any
    manifests: Manifests


def _votes(listed: Any, contest: Any, manifests: Manifests) -> _Votes:
    lists = _whole(pc.struct_field(listed, "Marks"))
    marks, parent = _whole(lists.flatten()), _array(pc.list_parent_indices(lists))
    vote = _array(_whole(pc.struct_field(marks, "IsVote"))) & ~_invalid(listed, manifests)[parent]
    marks, parent = marks.filter(pa.array(vote)), parent[vote]
    fields = {name: pc.struct_field(marks, name) for name in _MARK}
    ranked = np.isin(contest[parent], list(manifests.ranked))
    rank = _array(fields["Rank"].fill_null(0)).astype(np.int64)
    if ranked.any() and not ((rank[ranked] >= 1) & (rank[ranked] < 1000)).all():
        raise _Unusual
    if fields["Rank"].null_count or fields["CandidateId"].null_count:
        raise _Unusual
    candidate, party = _array(fields["CandidateId"]), _array(fields["PartyId"].fill_null(0))
    written = _array(fields["WriteinIndex"].is_valid())
    manifests, choice = _choices(manifests, (contest[parent], candidate, party, written))
    return _Votes(choice, rank, parent, manifests)


def _invalid(listed: Any, manifests: Manifests) -> Any:
    """Return (listed contests,) bool, whether a condition makes the contest invalid."""
    conditions = pc.struct_field(listed, "OutstackConditionIds")
    invalid = np.zeros(len(listed), bool)
    if manifests.invalid and len(conditions):
        hit = np.isin(_array(conditions.flatten().fill_null(-1)), list(manifests.invalid))
        invalid[_array(pc.list_parent_indices(conditions))[hit]] = True
    return invalid


def _straight_parties(version: Any, manifests: Manifests) -> dict[int, str | None]:
    """Return the straight-party vote of each session that shows that contest; manifests: with all choices of marks."""
    listed, of = _listed(version)
    _, contest = _positions(manifests, pc.struct_field(listed, "Id"))
    at = np.flatnonzero(contest == STRAIGHT_PARTY)
    if not len(at):
        return {}
    shown = listed.take(pa.array(at))
    votes = _votes(shown, contest[at], manifests)
    single = np.bincount(votes.parent, minlength=len(at)) == 1
    single &= _array(pc.struct_field(shown, "Overvotes").fill_null(0)) == 0
    once = np.bincount(of[at], minlength=len(version))[of[at]] == 1
    choice_of = dict(zip(votes.parent.tolist(), votes.choice.tolist(), strict=True))
    return {int(of[at[i]]): manifests.straight_party([choice_of[i]]) for i in np.flatnonzero(single & once).tolist()}


def _positions(manifests: Manifests, ids: Any) -> tuple[Manifests, Any]:
    """Return the position of the contest of each id; new ones are numbered in the order of first appearance."""
    encoded = ids.dictionary_encode()
    positions = []
    for number in encoded.dictionary.to_pylist():
        manifests, position = manifests.with_contest(number)
        positions.append(position)
    return manifests, np.array(positions, np.int64)[np.asarray(encoded.indices)]


def _choices(manifests: Manifests, keys: Sequence[Any]) -> tuple[Manifests, Any]:
    """Return the choice of each mark, looked up once for every distinct (contest, CandidateId, PartyId, written in).

    keys: the four columns.
    """
    code = np.zeros(len(keys[0]), np.int64)
    for column in keys:
        encoded = pa.array(column).dictionary_encode()
        code = code * max(1, len(encoded.dictionary)) + np.asarray(encoded.indices)
    encoded = pa.array(code).dictionary_encode()
    numbers = np.asarray(encoded.indices)
    first = np.zeros(len(encoded.dictionary), np.int64)
    first[numbers[::-1]] = np.arange(len(numbers))[::-1]
    choices = np.zeros(len(first), np.int64)
    for at, row in enumerate(first.tolist()):
        contest, candidate, party, written = (column[row].item() for column in keys)
        mark = {"CandidateId": candidate, "PartyId": party} | ({"WriteinIndex": 0} if written else {})
        manifests, choices[at] = manifests.with_choice(contest, mark)
    return manifests, choices[numbers]


def _named(function: Callable[[Any], str | None], numbers: Any) -> Any:
    """Return the name of each number, null for null."""
    encoded = numbers.dictionary_encode()
    names = pa.array([function(number) for number in encoded.dictionary.to_pylist()], pa.string())
    return names.take(encoded.indices)


def _array(values: Any) -> Any:
    return values.to_numpy(zero_copy_only=False)


def _lengths(lists: Any) -> list[int]:
    lengths: list[int] = pc.list_value_length(lists).to_pylist()
    return lengths


def _whole(values: Any) -> Any:
    """Return values that must have no nulls among them."""
    if values.null_count:
        raise _Unusual
    return values
