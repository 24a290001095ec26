"""The manifests of a Dominion JSON export: which contest, candidate, party, precinct and condition an id stands for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ....core.errors import Fault, InputError
from ....files.archive import Member
from ....files.json_objects import document
from ...catalogue import WRITE_IN, Candidate, Catalogue, Contest
from ...clean import clean, is_lever, write_in

__all__ = ["LEVER", "Manifests", "is_manifest", "manifests"]

LEVER = -1
"""Stands for the straight-party contest, which is no contest of the catalogue."""
_WANTED = {
    f"{name}Manifest.json".casefold(): name
    for name in (
        "Contest",
        "Candidate",
        "Party",
        "District",
        "PrecinctPortion",
        "BallotType",
        "OutstackCondition",
    )
}


def is_manifest(member: Member) -> bool:
    """Say whether a file is one of the manifests or the export's configuration."""
    return member.base.casefold().endswith(("manifest.json", "configuration.json"))


def manifests(files: Iterable[Member]) -> Manifests:
    """Read the manifests among `files`. Raises InputError when one is damaged or there are two of a kind."""
    lists: dict[str, list[dict[str, Any]]] = {}
    for member in files:
        name = _WANTED.get(member.base.casefold())
        if name is None:
            continue
        if name in lists:
            raise InputError(
                Fault(
                    f"there are two {member.base}",
                    member.name,
                    "One export has one of each manifest",
                    remedy="Read the exports one at a time",
                )
            )
        lists[name] = _listed(member)
    return Manifests(lists)


def _listed(member: Member) -> list[dict[str, Any]]:
    found = document(member)
    entries = found.get("List") if isinstance(found, dict) else None
    if not isinstance(entries, list) or not all(_sound(entry) for entry in entries):
        raise InputError(
            Fault(
                "it is not built as a manifest",
                member.name,
                'A manifest has a "List" of Description and Id',
                remedy="Export it again",
            )
        )
    return entries


def _sound(entry: object) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("Id"), int | str) and "Description" in entry


class Manifests:
    """What ids mean; grows a catalogue of its own where an export comes without manifests."""

    def __init__(self, lists: dict[str, list[dict[str, Any]]]) -> None:
        self.catalogue = Catalogue()
        self.ranked: set[int] = set()
        self.invalid = {e["Id"] for e in lists.get("OutstackCondition", ()) if e["Description"] == "InvalidContest"}
        self._named = {
            name: {e["Id"]: clean(str(e["Description"])) for e in entries} for name, entries in lists.items()
        }
        self._contests: dict[Any, int] = {}
        self._choices: dict[Any, int] = {}
        self._levers: dict[int, str] = {}
        self._party_ids: dict[int, set[Any]] = defaultdict(set)
        self._missing = tuple(n for n in ("Contest", "Candidate", "OutstackCondition") if n not in lists)
        for entry in lists.get("Contest", ()):
            self._add_contest(entry)
        for entry in lists.get("Candidate", ()):
            self._add_candidate(entry)

    def contest(self, number: Any) -> int:
        """Return the position of a contest, LEVER for the straight-party device. Raises LookupError."""
        try:
            return self._contests[number]
        except KeyError:
            if "Contest" not in self._missing:
                raise LookupError(f"ContestManifest.json has no contest with Id {number!r}") from None
        self._contests[number] = len(self.catalogue.contests)
        self.catalogue.contests.append(Contest(f"Contest {number}", f"Contest {number}"))
        return self._contests[number]

    def choice(self, contest: int, mark: Any) -> int:
        """Return the position of the candidate a mark names, or WRITE_IN. Raises LookupError."""
        number = mark.get("CandidateId")
        found = self._choices.get(number)
        if found is None:
            found = self._new_choice(contest, number, mark)
        party = mark.get("PartyId")
        if party:
            self._party_ids[found].add(party)
        return found

    def precinct(self, number: Any) -> str | None:
        """Return the name of a precinct portion, its id without a manifest."""
        return self._name("PrecinctPortion", number)

    def style(self, number: Any) -> str | None:
        """Return the name of a ballot type, its id without a manifest."""
        return self._name("BallotType", number)

    def lever_name(self, choices: list[int]) -> str | None:
        """Return the party of a straight-party vote, None without exactly one."""
        return self._levers.get(choices[0]) if len(choices) == 1 else None

    def finish(self) -> tuple[str, ...]:
        """Give candidates without a party those of their marks; return remarks for the account."""
        for choice, numbers in self._party_ids.items():
            if choice >= 0 and not self.catalogue.candidates[choice].parties:
                names = sorted(self._name("Party", n) or "" for n in numbers)
                self.catalogue.candidates[choice] = replace(self.catalogue.candidates[choice], parties=tuple(names))
        told = ", ".join(f"{name}Manifest.json" for name in self._missing)
        return (f"Read without {told}.",) if told else ()

    def _name(self, manifest: str, number: Any) -> str | None:
        if number is None:
            return None
        found = self._named.get(manifest, {}).get(number)
        return found if found is not None else f"Party {number}" if manifest == "Party" else str(number)

    def _add_contest(self, entry: dict[str, Any]) -> None:
        name = self._named["Contest"][entry["Id"]]
        if is_lever(name):
            self._contests[entry["Id"]] = LEVER
            return
        ranks = _whole(entry.get("NumOfRanks"))
        district = self._name("District", entry.get("DistrictId")) if "District" in self._named else None
        self._contests[entry["Id"]] = len(self.catalogue.contests)
        if ranks:
            self.ranked.add(len(self.catalogue.contests))
        votes = max(1, _whole(entry.get("VoteFor")))
        self.catalogue.contests.append(Contest(name, name, district or "", votes, max(1, ranks)))

    def _add_candidate(self, entry: dict[str, Any]) -> None:
        name = self._named["Candidate"][entry["Id"]]
        contest = self._contests.get(entry.get("ContestId"))
        if contest == LEVER:
            self._choices[entry["Id"]] = position = -len(self._levers) - 10
            self._levers[position] = name
        elif entry.get("Type") == "WriteIn" or (write_in(name) == "" and entry.get("Type") != "QualifiedWriteIn"):
            self._choices[entry["Id"]] = WRITE_IN
        elif contest is not None:
            printed = entry.get("Type") != "QualifiedWriteIn" and not entry.get("Disabled")
            affiliations = entry.get("Affiliations")
            numbers = affiliations if isinstance(affiliations, list) else []
            parties = tuple(self._name("Party", n) or "" for n in numbers)
            self._choices[entry["Id"]] = len(self.catalogue.candidates)
            self.catalogue.candidates.append(Candidate(contest, name, parties, printed))

    def _new_choice(self, contest: int, number: Any, mark: Any) -> int:
        """Take in a candidate that no manifest names."""
        if "WriteinIndex" in mark:
            return WRITE_IN
        if number is None:
            raise KeyError("CandidateId")
        if "Candidate" not in self._missing:
            raise LookupError(f"CandidateManifest.json has no candidate with Id {number!r}")
        key = (contest, number)
        if key not in self._choices:
            self._choices[key] = len(self.catalogue.candidates)
            self.catalogue.candidates.append(Candidate(contest, f"Candidate {number}"))
        return self._choices[key]


def _whole(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 1000 else 0
