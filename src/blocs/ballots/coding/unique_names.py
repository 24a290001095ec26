"""Columns of ids that were read as contests: nearly every ballot has a name of its own there."""

from __future__ import annotations

from ...core.errors import Fault, InputError, counted
from ..ballots import Ballots

__all__ = ["FEWEST", "UNIQUE", "refuse_unique_names"]

FEWEST = 30
"""Names below which a contest is never refused: five ballots may have five names written in."""
UNIQUE = 0.9
"""Share of different names among the marks of a contest from which they are taken for ids."""
_REMEDIES = {
    "wide": "Leave the column out of `offices=`",
    "long": "Name the column of the candidates as 'candidate' in `columns=`; if these are write-ins, write WRITEIN",
}
"""Format -> what to do."""
_IN_THE_FILE = "Take the column out of the file; if these are write-ins, write WRITE-IN"


def refuse_unique_names(ballots: Ballots) -> None:
    """Raise InputError for contests in which nearly every mark is for a name of its own; write-ins do not count."""
    printed = [i for i, candidate in enumerate(ballots.catalogue.candidates) if candidate.printed]
    options = ballots.options[ballots.options["choice"].isin(printed) & (ballots.options["votes"] > 0)]
    by_contest = options.groupby("contest").agg(names=("choice", "nunique"), marks=("votes", "sum"))
    numbers = zip(by_contest.index.tolist(), by_contest["names"].tolist(), by_contest["marks"].tolist(), strict=True)
    faults = [
        Fault(
            f"{counted(names, 'different name')} stand for {counted(marks, 'mark')} in "
            f"{ballots.catalogue.contests[contest].name!r}",
            where=ballots.store.where,
            rule="The marks of a contest are for a few candidates; ids of ballots are no candidates",
            remedy=_REMEDIES.get(ballots.format, _IN_THE_FILE),
        )
        for contest, names, marks in numbers
        if names >= FEWEST and names > UNIQUE * marks
    ]
    if faults:
        raise InputError(*faults)
