"""What the ids of a NIST CDF report mean: its contests, selections, parties and units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ....core.errors import Fault, InputError, nearest
from ....files.archive import Member
from ...catalogue import WRITE_IN
from ...clean import clean
from ...mark_words import is_straight_party
from ...name_and_party import with_parties
from ..catalogue_builder import STRAIGHT_PARTY, PartialCatalogue
from .nodes import Node, definitions, ids, is_yes, many, name_of_type, one

__all__ = ["Definitions", "common_party", "read_definitions"]


@dataclass(frozen=True)
class Definitions:
    """The definitions of one report.

    contests: id -> position in the catalogue; choices: (id of the contest, id of the selection) -> position, since
    two contests may have selections of one id; units: id -> name.
    """

    contests: Mapping[str, int]
    choices: Mapping[tuple[str, str], int]
    units: Mapping[str, str]

    def contest(self, number: str) -> int:
        """Return the position of a contest. Raises LookupError."""
        if number not in self.contests:
            like = _like(number, self.contests)
            raise LookupError(f"ContestId is {number!r}, and Election defines no such contest{like}")
        return self.contests[number]

    def choice(self, contest: str, number: str) -> int:
        """Return the position of a selection of a contest, both by their ids, or WRITE_IN. Raises LookupError."""
        if (contest, number) not in self.choices:
            like = _like(number, [selection for of, selection in self.choices if of == contest])
            known = f"Election defines no such selection of ContestId {contest!r}{like}"
            raise LookupError(f"ContestSelectionId is {number!r}, and {known}")
        return self.choices[contest, number]


def read_definitions(member: Member, catalogue: PartialCatalogue) -> tuple[Definitions, PartialCatalogue]:
    """Return the definitions of a report, and the catalogue with its contests and selections too.

    catalogue: of the reports before it, since all reports of a zip share one. Raises InputError when the definitions
    cannot be read or define no contest.
    """
    nodes = definitions(member)
    units = {one(u, "@id"): clean(one(u, "Name")) for u in nodes["GpUnit"] if isinstance(u, dict)}
    parties = {
        one(p, "@id"): clean(one(p, "Abbreviation") or one(p, "Name")) for p in nodes["Party"] if isinstance(p, dict)
    }
    contests: dict[str, int] = {}
    choices: dict[tuple[str, str], int] = {}
    for election in nodes["Election"]:
        if not isinstance(election, dict):
            continue
        candidates = {one(c, "@id"): c for c in many(election, "Candidate") if isinstance(c, dict)}
        entries = [entry for entry in many(election, "Contest") if isinstance(entry, dict)]
        printed = {n: _printed(entry, candidates, parties) for n, entry in enumerate(entries)}
        printed |= with_parties({n: of for n, of in printed.items() if not _is_straight_party(entries[n])})[0]
        for n, entry in enumerate(entries):
            catalogue, contest = _with_contest(entry, catalogue)
            number = one(entry, "@id")
            if contests.setdefault(number, contest) != contest:
                raise InputError(_defined_twice(f"the contest {number!r}", member))
            for selection in _selections(entry):
                choice = WRITE_IN
                if not is_yes(selection, "IsWriteIn"):
                    catalogue, choice = catalogue.with_choice(contest, *printed[n].pop(0))
                key = number, one(selection, "@id")
                if choices.setdefault(key, choice) != choice:
                    raise InputError(_defined_twice(f"the selection {key[1]!r} of the contest {number!r}", member))
    if not contests:
        raise InputError(
            Fault("no Election defines a Contest", member.label, "Ballots name contests by ids that Election defines",
                  remedy="Export the report with its definitions")
        )  # fmt: skip
    return Definitions(contests, choices, units), catalogue


def _defined_twice(what: str, member: Member) -> Fault:
    return Fault(f"{what} is defined twice, with other words", member.label, "An id is of one thing",
                 remedy="Export each election by itself")  # fmt: skip


def common_party(choices: Sequence[int], catalogue: PartialCatalogue) -> str | None:
    """Return the one party that all these candidates stand for, None without it."""
    parties = [set(catalogue.persons[c].parties) for c in choices if c >= 0]
    shared = set.intersection(*parties) if parties else set()
    return next(iter(shared)) if len(shared) == 1 else None


def _with_contest(entry: Node, catalogue: PartialCatalogue) -> tuple[PartialCatalogue, int]:
    if _is_straight_party(entry):
        return catalogue, STRAIGHT_PARTY
    number = one(entry, "@id")
    votes = one(entry, "VotesAllowed") or one(entry, "NumberElected")
    allowed = int(votes) if votes.isdecimal() and len(votes) < 4 else 1
    return catalogue.with_contest(clean(one(entry, "Name")) or number, votes=max(1, allowed), key=number)


def _is_straight_party(entry: Node) -> bool:
    return name_of_type(entry) == "PartyContest" or is_straight_party(clean(one(entry, "Name")))


def _selections(entry: Node) -> list[Node]:
    return [selection for selection in many(entry, "ContestSelection") if isinstance(selection, dict)]


def _printed(
    entry: Node, candidates: Mapping[str, Node], parties: Mapping[str, str]
) -> list[tuple[str, tuple[str, ...]]]:
    """Return the names and parties of the selections of a contest that are no write-ins."""
    printed = [selection for selection in _selections(entry) if not is_yes(selection, "IsWriteIn")]
    return [_named(selection, _is_straight_party(entry), candidates, parties) for selection in printed]


def _named(
    selection: Node, straight_party: bool, candidates: Mapping[str, Node], parties: Mapping[str, str]
) -> tuple[str, tuple[str, ...]]:
    """Return the name of a selection and its parties; in the straight-party contest the name is the party."""
    people = [candidates[number] for number in ids(selection, "CandidateIds") if number in candidates]
    if straight_party:
        own = [parties.get(number, number) for number in ids(selection, "PartyIds")]
        return " / ".join(own) or _name(selection, people, candidates), ()
    numbers = [n for p in people[:1] for n in ids(p, "PartyId")] + ids(selection, "EndorsementPartyIds")
    names = tuple(dict.fromkeys(parties[n] for n in numbers if n in parties))
    return _name(selection, people, candidates), names


def _name(selection: Node, people: list[Node], candidates: Mapping[str, Node]) -> str:
    """Say a selection's name: its candidates', or its own words, or those of the candidate its words point to."""
    if people:
        return " / ".join(clean(one(p, "Name")) or one(p, "@id") for p in people)
    words = one(selection, "Selection")
    own = one(candidates[words], "Name") if words in candidates else words
    return clean(own) or one(selection, "@id")


def _like(number: str, known: Iterable[str]) -> str:
    close = nearest(number, known)
    return f" (nearest: {close!r})" if close else ""
