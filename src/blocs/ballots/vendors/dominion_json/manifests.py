"""The manifests of a Dominion JSON export: which contest, candidate, party, precinct and condition an id stands for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ....core.errors import Fault, InputError
from ....files.archive import Member
from ....files.json_objects import document
from ...catalogue import WRITE_IN, Candidate, Catalogue, Contest
from ...clean import clean
from ...mark_words import is_straight_party, write_in_name
from ...name_and_party import with_parties
from ...party_names import fold
from ..catalogue_builder import STRAIGHT_PARTY

__all__ = ["Manifests", "is_manifest", "read_manifests"]

_NAMES = ("Contest", "Candidate", "Party", "District", "PrecinctPortion", "BallotType", "CountingGroup",
          "OutstackCondition")  # fmt: skip
_FILES = {f"{name}Manifest.json".casefold(): name for name in _NAMES}
_FIRST_PARTY = -10
"""Choice of the first party of the straight-party contest; the others have -11, -12, ..."""
Entries = Mapping[str, list[dict[str, Any]]]
"""Manifest -> its entries; a manifest that is not there is absent."""


@dataclass(frozen=True)
class Manifests:
    """What ids mean, and what the marks add to it: it never changes, and answers with one that knows more.

    contests, candidates: of the catalogue; ranked: positions of ranked contests; invalid: ids of the conditions that
    make a contest invalid; names: manifest -> id -> name; contest_of, choice_of: id -> position; without a manifest
    the key of a choice is (contest, id); straight_parties: choice -> party of the straight-party contest; marked:
    choice -> ids of the parties that marks gave it; missing: manifests that the export came without.
    """

    contests: tuple[Contest, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    ranked: frozenset[int] = frozenset()
    invalid: frozenset[Any] = frozenset()
    names: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)
    contest_of: Mapping[Any, int] = field(default_factory=dict)
    choice_of: Mapping[Any, int] = field(default_factory=dict)
    straight_parties: Mapping[int, str] = field(default_factory=dict)
    marked: Mapping[int, frozenset[Any]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    def with_contest(self, number: Any) -> tuple[Manifests, int]:
        """Return the position of a contest, STRAIGHT_PARTY for the straight-party contest, and manifests that have it.

        Raises LookupError for an id that the manifest of contests lacks.
        """
        position = self.contest_of.get(number)
        if position is not None:
            return self, position
        if "Contest" not in self.missing:
            raise LookupError(f"ContestManifest.json has no contest with Id {number!r}")
        position = len(self.contests)
        contests = (*self.contests, Contest(f"Contest {number}", f"Contest {number}", votes=0))
        return replace(self, contests=contests, contest_of={**self.contest_of, number: position}), position

    def with_choice(self, contest: int, mark: Any) -> tuple[Manifests, int]:
        """Return the position of the candidate a mark names, or WRITE_IN, and manifests that have what it says.

        Raises LookupError for an id that the manifest of candidates lacks.
        """
        number, manifests = mark.get("CandidateId"), self
        choice = self.choice_of.get(number)
        if choice is None:
            manifests, choice = self._with_candidate(contest, number, mark)
        party = mark.get("PartyId")
        if party and party not in manifests.marked.get(choice, ()):
            parties = manifests.marked.get(choice, frozenset()) | {party}
            manifests = replace(manifests, marked={**manifests.marked, choice: parties})
        return manifests, choice

    def precinct(self, number: Any) -> str | None:
        """Return the name of a precinct portion, its id without a manifest."""
        return _name(self.names, "PrecinctPortion", number)

    def style(self, number: Any) -> str | None:
        """Return the name of a ballot type, its id without a manifest."""
        return _name(self.names, "BallotType", number)

    def counting_group(self, number: Any) -> str | None:
        """Return the name of a counting group, its id without a manifest."""
        return _name(self.names, "CountingGroup", number)

    def straight_party(self, choices: list[int]) -> str | None:
        """Return the party of a straight-party vote, None without exactly one."""
        return self.straight_parties.get(choices[0]) if len(choices) == 1 else None

    def catalogue(self) -> Catalogue:
        """Return contests and candidates; a candidate without a party has those of its marks.

        Where no candidate of a contest has a party, parties are looked for in the names.
        """
        candidates = [self._with_party(i, candidate) for i, candidate in enumerate(self.candidates)]
        of_contest = defaultdict[int, list[int]](list)
        for i, candidate in enumerate(candidates):
            of_contest[candidate.contest].append(i)
        named, _ = with_parties({
            contest: [(candidates[i].name, candidates[i].parties) for i in of] for contest, of in of_contest.items()
        })  # fmt: skip
        for contest, of in of_contest.items():
            for i, (name, parties) in zip(of, named[contest], strict=True):
                candidates[i] = replace(candidates[i], name=name, parties=parties)
        return Catalogue(self.contests, tuple(candidates))

    def remarks(self) -> tuple[str, ...]:
        """Return what the account says of manifests that are not there."""
        files = ", ".join(f"{name}Manifest.json" for name in self.missing)
        return (f"Read without {files}.",) if files else ()

    def _with_party(self, choice: int, candidate: Candidate) -> Candidate:
        if candidate.parties or choice not in self.marked:
            return candidate
        names = sorted(_name(self.names, "Party", number) or "" for number in self.marked[choice])
        return replace(candidate, parties=tuple(names))

    def _with_candidate(self, contest: int, number: Any, mark: Any) -> tuple[Manifests, int]:
        """Take in a candidate that no manifest names."""
        if "WriteinIndex" in mark:
            return self, WRITE_IN
        if number is None:
            raise KeyError("CandidateId")
        if "Candidate" not in self.missing:
            raise LookupError(f"CandidateManifest.json has no candidate with Id {number!r}")
        choice = self.choice_of.get((contest, number))
        if choice is not None:
            return self, choice
        choice = len(self.candidates)
        candidates = (*self.candidates, Candidate(contest, f"Candidate {number}"))
        return replace(self, candidates=candidates, choice_of={**self.choice_of, (contest, number): choice}), choice


def is_manifest(member: Member) -> bool:
    """Say whether a file is one of the manifests or the export's configuration."""
    return member.base.casefold().endswith(("manifest.json", "configuration.json"))


def read_manifests(files: Iterable[Member]) -> Manifests:
    """Read the manifests among `files`. Raises InputError when one is damaged or there are two of a kind."""
    lists: dict[str, list[dict[str, Any]]] = {}
    for member in files:
        name = _FILES.get(member.base.casefold())
        if name is None:
            continue
        if name in lists:
            raise InputError(
                Fault(f"there are two {member.base}", member.name, "One export has one of each manifest",
                      remedy="Put each export into a folder of its own, and give the folders")
            )  # fmt: skip
        lists[name] = _entries(member)
    return _candidates(lists, _contests(lists, _named(lists)))


def _entries(member: Member) -> list[dict[str, Any]]:
    content = document(member)
    entries = content.get("List") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not all(_sound(entry) for entry in entries):
        raise InputError(
            Fault("it is not built as a manifest", member.name, 'A manifest has a "List" of Description and Id',
                  remedy="Export it again")
        )  # fmt: skip
    _refuse_ids_of_two(entries, member)
    return entries


def _refuse_ids_of_two(entries: Sequence[Mapping[str, Any]], member: Member) -> None:
    """Refuse a manifest in which an id stands for two things, so that nobody knows which of them a ballot means."""
    names: dict[Any, str] = {}
    for entry in entries:
        name = clean(str(entry["Description"]))
        first = names.setdefault(entry["Id"], name)
        if fold(first) != fold(name):
            raise InputError(
                Fault(f"Id {entry['Id']!r} stands for {first!r} and for {name!r}", member.name,
                      "An id stands for one thing", remedy="Export it again, unchanged by hand")
            )  # fmt: skip


def _sound(entry: object) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("Id"), int | str) and "Description" in entry


def _named(lists: Entries) -> Manifests:
    """Return the names of ids, the conditions that make a contest invalid, and which manifests are missing."""
    names = {name: {e["Id"]: clean(str(e["Description"])) for e in entries} for name, entries in lists.items()}
    conditions = lists.get("OutstackCondition", [])
    invalid = frozenset(e["Id"] for e in conditions if e["Description"] == "InvalidContest")
    missing = tuple(name for name in ("Contest", "Candidate", "OutstackCondition") if name not in lists)
    return Manifests(names=names, invalid=invalid, missing=missing)


def _contests(lists: Entries, manifests: Manifests) -> Manifests:
    """Return the manifests with the contests of their list."""
    contests, positions, ranked = list[Contest](), dict[Any, int](), set[int]()
    for entry in lists.get("Contest", []):
        name = manifests.names["Contest"][entry["Id"]]
        if is_straight_party(name):
            positions[entry["Id"]] = STRAIGHT_PARTY
            continue
        ranks = _whole(entry.get("NumOfRanks"))
        has_districts = "District" in manifests.names
        district = _name(manifests.names, "District", entry.get("DistrictId")) if has_districts else None
        positions[entry["Id"]] = len(contests)
        if ranks:
            ranked.add(len(contests))
        contests.append(Contest(name, name, district or "", max(1, _whole(entry.get("VoteFor"))), max(1, ranks)))
    return replace(manifests, contests=tuple(contests), contest_of=positions, ranked=frozenset(ranked))


def _candidates(lists: Entries, manifests: Manifests) -> Manifests:
    """Return the manifests with the candidates of their list, write-ins, and parties of the straight-party contest."""
    candidates, choices, straight_parties = list[Candidate](), dict[Any, int](), dict[int, str]()
    for entry in lists.get("Candidate", []):
        name, kind = manifests.names["Candidate"][entry["Id"]], entry.get("Type")
        contest = manifests.contest_of.get(entry.get("ContestId"))
        if contest == STRAIGHT_PARTY:
            choices[entry["Id"]] = _FIRST_PARTY - len(straight_parties)
            straight_parties[choices[entry["Id"]]] = name
        elif kind == "WriteIn" or (write_in_name(name) == "" and kind != "QualifiedWriteIn"):
            choices[entry["Id"]] = WRITE_IN
        elif contest is not None:
            printed = kind != "QualifiedWriteIn" and not entry.get("Disabled")
            affiliations = entry.get("Affiliations")
            numbers = affiliations if isinstance(affiliations, list) else []
            parties = tuple(_name(manifests.names, "Party", number) or "" for number in numbers)
            choices[entry["Id"]] = len(candidates)
            candidates.append(Candidate(contest, name, parties, printed))
    return replace(manifests, candidates=tuple(candidates), choice_of=choices, straight_parties=straight_parties)


def _name(names: Mapping[str, Mapping[Any, str]], manifest: str, number: Any) -> str | None:
    """Return what a manifest calls an id; without an entry, the id itself."""
    if number is None:
        return None
    name = names.get(manifest, {}).get(number)
    return name if name is not None else f"Party {number}" if manifest == "Party" else str(number)


def _whole(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 1000 else 0
