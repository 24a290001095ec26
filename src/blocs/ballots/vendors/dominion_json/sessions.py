"""Dominion Democracy Suite JSON: sessions in CvrExport*.json beside manifests, as a folder, a zip or one file.

One record is one session. `Original` or `Modified` counts, whichever has `IsCurrent`; releases up to 5.2 list
`Contests` right below it, later ones below `Cards`. Names come from the manifests; without them the ids stand in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ....core.errors import Fault
from ....files.archive import Member, is_zip, members
from ....files.json_objects import WHOLE, items
from ...catalogue import INVALID, OVER, UNDER, Reader, Reading
from ..records import Aside, Record, Row, reading
from .columnar import flat_rows
from .manifests import LEVER, Manifests, is_manifest, manifests

__all__ = ["DOMINION_JSON"]

_EXPORT = re.compile(r"cvrexport.*\.json$", re.IGNORECASE)
_SESSIONS = b'"Sessions"'
_RANKS = range(1, 1000)
_BATCH = 1 << 23


class _DominionJson:
    """Reader of Dominion JSON exports."""

    name = "dominion-json"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Say whether a file holds `Sessions`, or a folder or zip a CvrExport file or one that does.

        Raises InputError for a zip that is damaged or hostile.
        """
        if path.is_dir() or is_zip(path):
            with members(path, ".json") as files:
                return bool(_exports(files))
        return head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") and _SESSIONS in head

    def read(self, path: Path, *, chunk: int = 50_000) -> Reading:
        """Stream the sessions of a folder, zip or file, file by file. Raises InputError, at once or while read."""
        with members(path, ".json") as files:
            known = manifests([*files, *_beside(path)])
        return reading(
            known.catalogue,
            _rows(path, known),
            where=path.name,
            chunk=chunk,
            unit="sessions",
            finish=known.finish,
        )


DOMINION_JSON: Reader = _DominionJson()


def _beside(path: Path) -> list[Member]:
    """Find the manifests that lie beside a single file."""
    if path.is_dir() or is_zip(path):
        return []
    with members(path.parent, ".json") as files:
        return [f for f in files if "/" not in f.name and is_manifest(f) and f.name != path.name]


def _exports(files: list[Member]) -> list[Member]:
    """Choose the files that hold sessions: by name, else by what they begin with."""
    named = [f for f in files if _EXPORT.match(f.base)]
    return named or [f for f in files if not is_manifest(f) and _has_sessions(f)]


def _has_sessions(member: Member) -> bool:
    with member.open() as source:
        return _SESSIONS in source.read(4096)


def _rows(path: Path, known: Manifests) -> Iterator[Row]:
    with members(path, ".json") as files:
        for batch in _batches(_exports(files) if len(files) > 1 else files):
            rows = flat_rows([(m.base, _text(m)) for m in batch], known) if batch[0].size <= WHOLE else None
            yield from rows if rows is not None else _one_by_one(batch, known)


def _batches(files: list[Member]) -> Iterator[list[Member]]:
    """Put small files together, as counties export them by the ten thousand."""
    batch: list[Member] = []
    for member in files:
        if batch and sum(m.size for m in batch) + member.size > _BATCH:
            yield batch
            batch = []
        batch.append(member)
    if batch:
        yield batch


def _text(member: Member) -> bytes:
    with member.open() as source:
        return source.read(WHOLE + 1)


def _one_by_one(batch: list[Member], known: Manifests) -> Iterator[Row]:
    for member in batch:
        for position, session in enumerate(items(member, "Sessions"), 1):
            yield _row(session, known, member.base, position)


def _row(session: Any, known: Manifests, file: str, position: int) -> Row:
    try:
        current = session["Original"]
        if not current["IsCurrent"]:
            current = session.get("Modified")
            if current is None or not current["IsCurrent"]:
                return Aside("without a current version")
        marks, lever = _marks(current, known)
        record_id = session.get("RecordId")
        if isinstance(record_id, int):
            voter = f"{session['TabulatorId']}-{session['BatchId']}-{record_id}"
        else:  # "X" or null: the file and the place in it are the only key there is
            voter = f"{file}#{position}"
        precinct = known.precinct(current.get("PrecinctPortionId"))
        return Record(voter, precinct, known.style(current.get("BallotTypeId")), lever, marks)
    except KeyError as error:
        return _fault(file, position, f"there is no {error.args[0]}")
    except (TypeError, AttributeError, ValueError, OverflowError) as error:
        return _fault(file, position, f"it is not built as a session ({error})")
    except LookupError as error:
        return _fault(file, position, str(error))


def _marks(current: Any, known: Manifests) -> tuple[list[int], str | None]:
    """Return the marks of all cards of a session as flat triples, and the straight-party vote."""
    marks: list[int] = []
    levers: list[int] = []
    seen: dict[int, list[int]] = {}
    for card in current.get("Cards", (current,)):
        for listed in card["Contests"]:
            contest = known.contest(listed["Id"])
            triples = _contest(listed, contest, known)
            if contest == LEVER:
                levers += triples[1::3]
            elif contest not in seen:
                seen[contest] = triples
            elif seen[contest] != triples:  # shown twice with different votes: neither can be believed
                seen[contest] = [contest, INVALID, 1]
    for triples in seen.values():
        marks += triples
    return marks, known.lever_name(levers)


def _contest(listed: Any, contest: int, known: Manifests) -> list[int]:
    """Return the marks of one contest that a card lists: votes, or why there are none."""
    conditions = listed.get("OutstackConditionIds")
    if conditions and not known.invalid.isdisjoint(conditions):
        return [contest, INVALID, 1]
    triples: list[int] = []
    ranked = contest in known.ranked
    for mark in listed["Marks"]:
        if not isinstance(mark["IsVote"], bool):
            raise ValueError(f"IsVote is {mark['IsVote']!r}")
        if mark["IsVote"]:
            rank = mark["Rank"] if ranked else 1
            if rank not in _RANKS:
                raise ValueError(f"Rank is {rank!r}")
            triples += (contest, known.choice(contest, mark), rank)
    if listed.get("Overvotes") and not (ranked and triples):
        return [contest, OVER, 1]
    return triples or [contest, UNDER, 1]


def _fault(file: str, position: int, what: str) -> Fault:
    return Fault(
        what,
        f"{file}, session {position:,}",
        "A session holds TabulatorId, BatchId and Original with IsCurrent and its Contests, each with Id and Marks",
        remedy="The file is damaged or of another kind; export it again",
    )
