"""Dominion Democracy Suite JSON: sessions in CvrExport*.json beside manifests, as a folder, a zip or one file.

One record is one session. `Original` or `Modified` counts, whichever has `IsCurrent`; releases up to 5.2 list
`Contests` right below it, later ones below `Cards`. Names come from the manifests; without them the ids stand in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from ....core.errors import Fault
from ....core.natural_order import natural_order
from ....files.archive import Member, member_on_disk
from ....files.copies import copies
from ....files.export import Export
from ....files.json_objects import WHOLE, array_items
from ...catalogue import INVALID, OVER, UNDER
from ..catalogue_builder import STRAIGHT_PARTY
from ..format import BATCH, Format, Stream
from ..records import Ending, Record, Row, SetAside, batches
from ..table_format import copied, not_read
from .columnar import FOLDER, IDS, WITHOUT_VERSION, flat_rows
from .manifests import Manifests, is_manifest, read_manifests

__all__ = ["DOMINION_JSON"]

_EXPORT = re.compile(r"cvrexport.*\.json$", re.IGNORECASE)
_SESSIONS = b'"Sessions"'
_RANKS = range(1, 1000)
_GROUP = 1 << 23
"""Bytes of small files that are read together."""


def _recognises(export: Export) -> bool:
    """Say whether a file holds `Sessions`, or one of several is called CvrExport or does.

    Raises InputError for a file that is damaged.
    """
    if export.alone:
        head = export.files[0].head
        return head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") and _SESSIONS in head
    return bool(_exports(export))


def _read(export: Export, *, chunk: int = BATCH) -> Stream:
    """Read the manifests, then the sessions, file by file."""
    manifests = read_manifests([*_manifests(export), *_beside(export)])
    return batches(_rows(export, manifests), where=export.name, chunk=chunk, unit="sessions")


def _within(export: Export) -> tuple[str, ...]:
    """Return the folders and zips of an export, if each has manifests and sessions, and the manifests differ."""
    manifests = [file.name for file in export.ending(".json") if is_manifest(file)]
    different = Counter(file.base.casefold() for file in _manifests(export))
    of_manifests, of_sessions = (
        {name.split("/", 1)[0] if "/" in name else "" for name in names}
        for names in (manifests, [file.name for file in _exports(export)])
    )
    several = max(different.values(), default=0) > 1 and "" not in of_sessions and of_manifests == of_sessions
    return tuple(sorted(of_sessions, key=natural_order)) if several else ()


DOMINION_JSON = Format(
    "dominion-json",
    "Sessions in CvrExport*.json",
    (b'"Sessions"', b'"Original"', b'"IsCurrent"'),
    _recognises,
    _read,
    within=_within,
)


def _manifests(export: Export) -> list[Member]:
    """Return the manifests of an export, without copies in other folders."""
    files = [file for file in export.ending(".json") if is_manifest(file)]
    same = copies(files)
    return [file for file in files if file.name not in same]


def _beside(export: Export) -> list[Member]:
    """Find the manifests that lie beside a single file."""
    if not export.alone:
        return []
    beside = sorted(p for p in export.path.parent.iterdir() if p.name != export.path.name and p.is_file())
    return [file for path in beside if is_manifest(file := member_on_disk(path))]


def _exports(export: Export) -> list[Member]:
    """Choose the files that hold sessions: by name, else by what they begin with."""
    files = export.ending(".json")
    if export.alone:
        return list(files)
    named = [f for f in files if _EXPORT.match(f.base)]
    return named or [f for f in files if not is_manifest(f) and _SESSIONS in f.head[:4096]]


def _rows(export: Export, manifests: Manifests) -> Iterator[Row | Ending]:
    exports = _exports(export)
    same = copies(exports)
    files = [file for file in exports if file.name not in same]
    for group in _groups(files):
        flat = flat_rows([(m.base, _text(m)) for m in group], manifests) if group[0].size <= WHOLE else None
        if flat is not None:
            records, manifests = flat
            yield records
            continue
        for member in group:
            for position, session in enumerate(array_items(member, "Sessions"), 1):
                row, manifests = _row(session, manifests, member.base, position)
                yield row
    names = {file.name for file in exports}
    others = [f.name for f in export.files if f.name not in names and not is_manifest(f)]
    yield Ending(manifests.catalogue(), (*manifests.remarks(), *not_read(others), *copied(same)))


def _groups(files: list[Member]) -> Iterator[list[Member]]:
    """Put small files together, as counties export them by the ten thousand."""
    group: list[Member] = []
    for member in files:
        if group and sum(m.size for m in group) + member.size > _GROUP:
            yield group
            group = []
        group.append(member)
    if group:
        yield group


def _text(member: Member) -> bytes:
    with member.open() as source:
        return source.read(WHOLE + 1)


def _row(session: Any, manifests: Manifests, file: str, position: int) -> tuple[Row, Manifests]:
    """Return the record of a session, or its fault, and the manifests with what its marks add to them."""
    try:
        current, ids = session["Original"], _ids(session, manifests)
        if not current["IsCurrent"]:
            current = session.get("Modified")
            if current is None or not current["IsCurrent"]:
                return SetAside(WITHOUT_VERSION, _voter(session, file, position), ids), manifests
        marks, straight_party, after = _marks(current, manifests)
        voter = _voter(session, file, position)
        precinct = manifests.precinct(current.get("PrecinctPortionId"))
        style = manifests.style(current.get("BallotTypeId"))
        return Record(voter, precinct, style, straight_party, marks, ids), after
    except KeyError as error:
        return _fault(file, position, f"there is no {error.args[0]}"), manifests
    except (TypeError, AttributeError, ValueError, OverflowError) as error:
        return _fault(file, position, f"it is not built as a session ({error})"), manifests
    except LookupError as error:
        return _fault(file, position, str(error)), manifests


def _voter(session: Any, file: str, position: int) -> str:
    record_id = session.get("RecordId")
    if isinstance(record_id, int):
        return f"{session['TabulatorId']}-{session['BatchId']}-{record_id}"
    return f"{file}#{position}"  # "X" or null: the file and the place in it are the only key there is


def _ids(session: Any, manifests: Manifests) -> dict[str, str | None]:
    """Return the file's own ids of a session; a RecordId that is no number says nothing."""
    numbers = {name: session.get(name) for name in IDS}
    ids = {name: str(number) if isinstance(number, int) else None for name, number in numbers.items()}
    mask = session.get("ImageMask")
    return {
        **ids,
        "CountingGroup": manifests.counting_group(session.get("CountingGroupId")),
        "ImageMask": re.sub(FOLDER, "", mask) if isinstance(mask, str) else None,
    }


def _marks(current: Any, manifests: Manifests) -> tuple[list[int], str | None, Manifests]:
    """Return the marks of all cards of a session as flat triples, the straight-party vote, and the manifests."""
    straight_choices: list[int] = []
    shown: dict[int, list[int]] = {}
    for card in current.get("Cards", (current,)):
        for listed in card["Contests"]:
            manifests, contest = manifests.with_contest(listed["Id"])
            triples, manifests = _contest(listed, contest, manifests)
            if contest == STRAIGHT_PARTY:
                straight_choices += triples[1::3]
            elif contest not in shown:
                shown[contest] = triples
            elif shown[contest] != triples:  # shown twice with different votes: neither can be believed
                shown[contest] = [contest, INVALID, 1]
    marks = [number for triples in shown.values() for number in triples]
    return marks, manifests.straight_party(straight_choices), manifests


def _contest(listed: Any, contest: int, manifests: Manifests) -> tuple[list[int], Manifests]:
    """Return the marks of one contest that a card lists: votes, or why there are none."""
    conditions = listed.get("OutstackConditionIds")
    if conditions and not manifests.invalid.isdisjoint(conditions):
        return [contest, INVALID, 1], manifests
    triples: list[int] = []
    ranked = contest in manifests.ranked
    for mark in listed["Marks"]:
        if not isinstance(mark["IsVote"], bool):
            raise ValueError(f"IsVote is {mark['IsVote']!r}")
        if mark["IsVote"]:
            rank = mark["Rank"] if ranked else 1
            if rank not in _RANKS:
                raise ValueError(f"Rank is {rank!r}")
            manifests, choice = manifests.with_choice(contest, mark)
            triples += (contest, choice, rank)
    if listed.get("Overvotes") and not (ranked and triples):
        return [contest, OVER, 1], manifests
    return triples or [contest, UNDER, 1], manifests


def _fault(file: str, position: int, what: str) -> Fault:
    return Fault(
        what,
        f"{file}, session {position:,}",
        "A session holds TabulatorId, BatchId and Original with IsCurrent and its Contests, each with Id and Marks",
        remedy="The file is damaged or of another kind; export it again",
    )
