"""Candidates: who stood in which contest for which party, by the file, overruled by the user's candidate table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ...core.errors import counted
from ..ballots import Ballots
from ..catalogue import WRITE_IN, Contest
from ..office_names import OfficeName, district_of, office_name
from ..party_names import fold, party_names, person_of
from .unique_names import refuse_unique_names

__all__ = ["CandidateLine", "CandidateList", "candidates_of", "marks_of_contests", "merge_fusion"]


@dataclass(frozen=True)
class CandidateLine:
    """One line of one contest.

    contest: position in the catalogue; choice: position of the candidate in the catalogue, None for a candidate that
    only the user's table has (nobody marked it); name; parties: short names; printed: False for write-ins with a
    name; marks: how many marks the file has for it, valid or not; in_table: whether the user's table names it; stated:
    whether the file or the table says which party it is of, or that it is of none; file_parties: what the file says.
    """

    contest: int
    choice: int | None
    name: str
    parties: tuple[str, ...]
    printed: bool
    marks: int
    in_table: bool = False
    stated: bool = False
    file_parties: tuple[str, ...] = ()

    @property
    def person(self) -> str:
        """Name by which the lines of one person are merged (fusion)."""
        return person_of(self.name)

    @property
    def party(self) -> str:
        """The parties in one cell of a candidate table: "DEM/WFP", "NONE" for no party, "" where nobody says."""
        return "/".join(self.parties) or ("NONE" if self.stated else "")


@dataclass(frozen=True)
class CandidateList:
    """Contests with their office and district, and everybody who stood in them.

    contests: as in the catalogue, office and district filled in; lines: by contest, fusion lines merged into the
    same parties; in_table: contests that the user's table lists; names: what the names of contests say, of those whose
    office the file does not give; given: contests whose office the user's table changes; remarks: what was decided on
    the way.
    """

    contests: tuple[Contest, ...]
    lines: Mapping[int, tuple[CandidateLine, ...]]
    in_table: frozenset[int] = frozenset()
    names: Mapping[int, OfficeName] = field(default_factory=dict)
    given: frozenset[int] = frozenset()
    remarks: tuple[str, ...] = ()

    def __repr__(self) -> str:
        lines = sum(len(of_contest) for of_contest in self.lines.values())
        return f"<CandidateList: {counted(lines, 'candidate')} in {counted(len(self.contests), 'contest')}>"

    @property
    def read_from_name(self) -> frozenset[int]:
        """Contests whose office was read from their names and from nothing else."""
        return frozenset(self.names) - self.given

    @property
    def file_parties(self) -> set[str]:
        """Short names of all parties that the file itself gives to anybody."""
        return {party for lines in self.lines.values() for line in lines for party in line.file_parties}

    def on_ballot(self, contest: int) -> tuple[CandidateLine, ...]:
        """Return the candidates that make the menus: printed, and in the user's table where it lists the contest."""
        return tuple(
            line
            for line in self.lines.get(contest, ())
            if line.printed and (line.in_table or contest not in self.in_table)
        )

    def parties(self, contest: int) -> set[str]:
        """Return all parties of the candidates on the ballot of a contest."""
        return {party for line in self.on_ballot(contest) for party in line.parties}


def candidates_of(ballots: Ballots) -> CandidateList:
    """Return the candidates by the file alone: its manifest or header first, then the names that got votes.

    Raises InputError where the names of a contest are ids of ballots.
    """
    refuse_unique_names(ballots)
    contests = ballots.catalogue.contests
    names = {
        c: office_name(contest.name)
        for c, contest in enumerate(contests)
        if ballots.named and contest.office in ("", contest.name)
    }
    marks = ballots.options.groupby("choice")["votes"].sum()
    lines: dict[int, list[CandidateLine]] = defaultdict(list)
    for choice, candidate in enumerate(ballots.catalogue.candidates):
        parties = tuple(dict.fromkeys(p for party in candidate.parties for p in party_names(party)))
        stated = any(party.strip() for party in candidate.parties)
        lines[candidate.contest].append(
            CandidateLine(candidate.contest, choice, candidate.name, parties, candidate.printed,
                          int(marks.get(choice, 0)), stated=stated, file_parties=parties)
        )  # fmt: skip
    merged = {c: merge_fusion(of_contest) for c, of_contest in lines.items()}
    return CandidateList(_with_offices(contests, names), merged, names=names, remarks=_remarks(names))


def marks_of_contests(ballots: Ballots) -> dict[int, int]:
    """Return contest -> marks for its candidates and write-ins, valid or not."""
    marks = ballots.options
    of_persons = marks[(marks["choice"] >= 0) | (marks["choice"] == WRITE_IN)]
    number = of_persons.groupby("contest")["votes"].sum()
    return dict(zip(number.index.tolist(), number.tolist(), strict=True))


def _with_offices(contests: tuple[Contest, ...], names: Mapping[int, OfficeName]) -> tuple[Contest, ...]:
    """Return the contests with their offices and districts; an office has the spelling of its first contest."""
    spelling: dict[str, str] = {}
    complete = []
    for c, contest in enumerate(contests):
        office = names[c].office if c in names else contest.office or contest.name
        district = district_of(names[c], contest.district) if c in names else contest.district
        same = spelling.setdefault(fold(office), office) if c in names else office
        complete.append(replace(contest, office=same, district=district))
    return tuple(complete)


def _remarks(names: Mapping[int, OfficeName]) -> tuple[str, ...]:
    number = sum(bool(name.standard or name.place or name.part) for name in names.values())
    were = "was read from its name" if number == 1 else "were read from their names"
    return (f"Office and district of {counted(number, 'contest')} {were}.",) if number else ()


def merge_fusion(lines: list[CandidateLine]) -> tuple[CandidateLine, ...]:
    """Give every line of one person all the person's parties (rule S7: fusion lines are merged first)."""
    parties: dict[tuple[str, bool], dict[str, None]] = defaultdict(dict)
    for line in lines:
        parties[line.person, line.printed].update(dict.fromkeys(line.parties))
    return tuple(replace(line, parties=tuple(parties[line.person, line.printed])) for line in lines)
