"""Roster: who stood in which contest for which party — from the file, overruled by the user's candidate table."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from ...core.errors import counted
from ..ballots import Ballots
from ..catalogue import Contest
from ..party_names import fold, party_names, split_district

__all__ = ["Roster", "Runner", "apart", "roster_of"]


@dataclass(frozen=True)
class Runner:
    """One line of one contest.

    contest: position in the catalogue; choice: position of the candidate in the catalogue, None for a candidate that
    only the user's table knows (nobody marked it); name; parties: short names; printed: False for write-ins with a
    name; votes: marks found; listed: whether the user's table names it.
    """

    contest: int
    choice: int | None
    name: str
    parties: tuple[str, ...]
    printed: bool
    votes: int
    listed: bool = False

    @property
    def person(self) -> str:
        """Name by which the lines of one person are merged (fusion)."""
        return fold(self.name)


@dataclass(frozen=True)
class Roster:
    """Contests with their office and district, and everybody who stood in them.

    contests: as in the catalogue, office and district filled in; runners: by contest, fusion lines merged into the
    same parties; covered: contests that the user's table lists; guessed: contests whose office and district were
    read from their names; remarks: what was decided on the way.
    """

    contests: tuple[Contest, ...]
    runners: dict[int, tuple[Runner, ...]]
    covered: frozenset[int] = frozenset()
    guessed: frozenset[int] = frozenset()
    remarks: tuple[str, ...] = ()

    def standing(self, contest: int) -> tuple[Runner, ...]:
        """Return the candidates that make the menus: printed, and in the user's table where it lists the contest."""
        return tuple(
            runner
            for runner in self.runners.get(contest, ())
            if runner.printed and (runner.listed or contest not in self.covered)
        )

    def parties(self, contest: int) -> set[str]:
        """Return all parties of the candidates that stand in a contest."""
        return {party for runner in self.standing(contest) for party in runner.parties}


def roster_of(ballots: Ballots) -> Roster:
    """Return the roster as the file alone tells it: manifest or header first, then the names that got votes."""
    contests: list[Contest] = []
    guessed = set()
    for contest in ballots.catalogue.contests:
        office, district = contest.office, contest.district
        if ballots.named and office in ("", contest.name):
            office, found = split_district(contest.name)
            guessed |= {len(contests)} if found else set()
            district = district or found
        contests.append(replace(contest, office=office or contest.name, district=district))
    votes = ballots.options.groupby("choice")["votes"].sum()
    runners: dict[int, list[Runner]] = defaultdict(list)
    for choice, candidate in enumerate(ballots.catalogue.candidates):
        parties = tuple(dict.fromkeys(p for party in candidate.parties for p in party_names(party)))
        count = int(votes.get(choice, 0))
        runners[candidate.contest].append(
            Runner(candidate.contest, choice, candidate.name, parties, candidate.printed, count)
        )
    read = "was read from its name" if len(guessed) == 1 else "were read from their names"
    said = (f"Office and district of {counted(len(guessed), 'contest')} {read}.",) if guessed else ()
    merged = {c: merge_fusion(found) for c, found in runners.items()}
    return Roster(tuple(contests), merged, guessed=frozenset(guessed), remarks=said)


def apart(roster: Roster, offices: set[str]) -> Roster:
    """Return the roster with each guessed contest of `offices` as an office of its own: they share a ballot (S5)."""
    mine = {c for c in roster.guessed if roster.contests[c].office in offices}
    contests = tuple(
        replace(contest, office=contest.name, district="") if c in mine else contest
        for c, contest in enumerate(roster.contests)
    )
    said = f"Each contest of {', '.join(sorted(offices))} is an office of its own, since ballots show two of them."
    return replace(roster, contests=contests, remarks=(*roster.remarks, said))


def merge_fusion(lines: list[Runner]) -> tuple[Runner, ...]:
    """Give every line of one person all the person's parties (rule S7: fusion lines are merged first)."""
    parties: dict[tuple[str, bool], dict[str, None]] = defaultdict(dict)
    for line in lines:
        parties[line.person, line.printed].update(dict.fromkeys(line.parties))
    return tuple(replace(line, parties=tuple(parties[line.person, line.printed])) for line in lines)
