"""What the ids of a NIST CDF report mean: contests, selections, parties and units, as a register."""

from __future__ import annotations

from ....core.errors import Fault, InputError, nearest
from ....files.archive import Member
from ...catalogue import WRITE_IN
from ...clean import clean
from ..catalogue_builder import LEVER, Register
from .nodes import Node, definitions, many, name_of_type, one, word

__all__ = ["Terms"]


class Terms:
    """The definitions of one report."""

    def __init__(self, member: Member, register: Register) -> None:
        """Read the definitions into a register that all reports of a zip share.

        Raises InputError when they cannot be read or define no contest.
        """
        found = definitions(member)
        self.register = register
        self.units = {one(u, "@id"): clean(one(u, "Name")) for u in found["GpUnit"] if isinstance(u, dict)}
        self._parties = {
            one(p, "@id"): clean(one(p, "Abbreviation") or one(p, "Name"))
            for p in found["Party"]
            if isinstance(p, dict)
        }
        self._contests: dict[str, int] = {}
        self._choices: dict[str, int] = {}
        for election in found["Election"]:
            if isinstance(election, dict):
                self._add(election)
        if not self._contests:
            raise InputError(
                Fault(
                    "no Election defines a Contest",
                    member.base,
                    "Ballots name contests by ids that Election defines",
                    remedy="Export the report with its definitions",
                )
            )

    def contest(self, number: str) -> int:
        """Return the position of a contest. Raises LookupError."""
        if number not in self._contests:
            raise LookupError(
                f"ContestId is {number!r}, and Election defines no such contest{_like(number, self._contests)}"
            )
        return self._contests[number]

    def choice(self, number: str) -> int:
        """Return the position of a selection, or WRITE_IN. Raises LookupError."""
        if number not in self._choices:
            like = _like(number, self._choices)
            raise LookupError(f"ContestSelectionId is {number!r}, and Election defines no such selection{like}")
        return self._choices[number]

    def votes(self, contest: int) -> int:
        """Return the votes allowed in a contest."""
        return 1 if contest == LEVER else self.register.catalogue.contests[contest].votes

    def common_party(self, choices: list[int]) -> str | None:
        """Return the one party that all these candidates stand for, None without it."""
        known = [set(self.register.catalogue.candidates[c].parties) for c in choices if c >= 0]
        shared = set.intersection(*known) if known else set()
        return next(iter(shared)) if len(shared) == 1 else None

    def _add(self, election: Node) -> None:
        candidates = {one(c, "@id"): c for c in many(election, "Candidate") if isinstance(c, dict)}
        for entry in many(election, "Contest"):
            if not isinstance(entry, dict):
                continue
            number = one(entry, "@id")
            votes = one(entry, "VotesAllowed") or one(entry, "NumberElected")
            allowed = int(votes) if votes.isdecimal() and len(votes) < 4 else 1
            contest = LEVER
            if name_of_type(entry) != "PartyContest":
                name = clean(one(entry, "Name")) or number
                contest = self.register.contest(name, votes=max(1, allowed), key=number)
            self._contests[number] = contest
            for selection in many(entry, "ContestSelection"):
                if isinstance(selection, dict):
                    self._choices[one(selection, "@id")] = self._selection(selection, contest, candidates)

    def _selection(self, selection: Node, contest: int, candidates: dict[str, Node]) -> int:
        if word(selection, "IsWriteIn") in ("true", "yes"):
            return WRITE_IN
        numbers = [str(n) for n in many(selection, "CandidateIds")]
        people = [candidates[n] for n in numbers if n in candidates]
        parties = [one(p, "PartyId") for p in people[:1]] + [str(n) for n in many(selection, "EndorsementPartyIds")]
        named = tuple(dict.fromkeys(self._parties.get(n, n) for n in parties if n in self._parties))
        if contest == LEVER:
            own = [self._parties.get(str(n), str(n)) for n in many(selection, "PartyIds")]
            return self.register.choice(LEVER, " / ".join(own) or self._name(selection, people, candidates))
        return self.register.choice(contest, self._name(selection, people, candidates), named)

    def _name(self, selection: Node, people: list[Node], candidates: dict[str, Node]) -> str:
        """Say a selection's name: its candidates', or its own words, or those of the candidate its words point to."""
        if people:
            return " / ".join(clean(one(p, "Name")) or one(p, "@id") for p in people)
        words = one(selection, "Selection")
        own = one(candidates[words], "Name") if words in candidates else words
        return clean(own) or one(selection, "@id")


def _like(number: str, known: dict[str, int]) -> str:
    close = nearest(number, known)
    return f" (nearest: {close!r})" if close else ""
