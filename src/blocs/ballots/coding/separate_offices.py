"""Separate offices: contests of one office that the same voters see have a column each (rule S5)."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from .candidates import CandidateList

__all__ = ["separate_contests", "separate_seats"]

_LETTERED = re.compile(r"\d+([A-Z])")
"""A district with a letter that may stand for a seat, as in "14A" and "14B"."""


def separate_seats(candidates: CandidateList) -> CandidateList:
    """Return the list with seats and special elections, where the name of a contest says so, as offices of their own.

    "State Representative, District 14, Seat A" is of the office "STATE HOUSE, seat A": whether ballots show two of
    them does not matter, so that the office is the same in every county.
    """
    return _renamed(
        candidates,
        {
            c: f"{candidates.contests[c].office}, {candidates.names[c].part}"
            for c in candidates.read_from_name
            if candidates.names[c].part
        },
    )


def separate_contests(candidates: CandidateList, offices: Collection[str]) -> CandidateList:
    """Return the list with the contests of `offices` apart, since ballots show two of them.

    They are set apart by the letter behind the number of the district, where there are several such letters ("14A",
    "14B": one office for each letter), else each contest is an office of its own.
    """
    renamed: dict[int, str] = {}
    for office in offices:
        of_office = [c for c in sorted(candidates.read_from_name) if candidates.contests[c].office == office]
        letters = [_LETTERED.fullmatch(candidates.contests[c].district) for c in of_office]
        if len({letter and letter[1] for letter in letters}) > 1:
            renamed |= {
                c: f"{office}, seat {letter[1]}" for c, letter in zip(of_office, letters, strict=True) if letter
            }
        else:
            renamed |= {c: candidates.contests[c].name for c in of_office}
    apart = ", ".join(sorted(offices))
    remark = f"Ballots show two contests of {apart}: these are set apart, each in an office of its own."
    return replace(_renamed(candidates, renamed), remarks=(*candidates.remarks, remark))


def _renamed(candidates: CandidateList, offices: dict[int, str]) -> CandidateList:
    contests = tuple(
        replace(contest, office=offices.get(c, contest.office)) for c, contest in enumerate(candidates.contests)
    )
    return replace(candidates, contests=contests)
