"""Faults of the candidate table: slips that would turn a race of two parties into a race of one (rules S6, S7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

import pandas as pd

from ...core.errors import Fault, InputError, counted
from ..party_names import fold, party_names
from ..party_slips import slip_of
from .candidates import CandidateLine, CandidateList
from .rules import CodingRules

__all__ = ["LARGE", "refuse_wrong_table", "remark_without_party"]

LARGE = 0.1
"""Share of a contest's marks from which a candidate must have a party, where only one of the two parties stands."""
_RARE = 2
"""Candidates of a party up to which its name may be a slip."""


def refuse_wrong_table(
    candidates: CandidateList, table: pd.DataFrame, marks: Mapping[int, int], rules: CodingRules
) -> None:
    """Raise InputError with all slips of a candidate table.

    candidates: with what the table says; marks: contest -> marks of its candidates and write-ins; rules: with the short
    names of the two parties.
    """
    wanted = [c for c in sorted(candidates.in_table) if _is_coded(candidates.contests[c].office, rules)]
    faults = [
        *_misspelled(candidates, table, rules.parties),
        *(fault for c in sorted(candidates.in_table) for fault in _not_on_ballot(candidates, c, rules.parties)),
        *(_no_party(candidates, line, marks, rules.parties)
          for line in _without_party(candidates, wanted, marks, rules.parties)),
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)


def remark_without_party(
    candidates: CandidateList, contests: Collection[int], marks: Mapping[int, int], parties: Sequence[str]
) -> tuple[str, ...]:
    """Say where a candidate to whom the file gives no party has many votes beside candidates of one party alone."""
    contests = sorted(set(contests) - candidates.in_table)
    lines = list(_without_party(candidates, contests, marks, parties))
    if not lines:
        return ()
    first = f"{lines[0].name!r} in {candidates.contests[lines[0].contest].name!r}"
    number = counted(len(lines), "candidate has", "candidates have")
    return (f"{number} no party and {LARGE:.0%} or more of the marks where only one of {' and '.join(parties)} has a "
            f"candidate (first: {first}); a candidate table can say the party.",)  # fmt: skip


def _is_coded(office: str, rules: CodingRules) -> bool:
    """Say whether an office may be coded by its name: faults of others would be of no use."""
    asked = None if rules.offices is None else (rules.top, *rules.offices)
    return asked is None or any(f" {fold(name)}" in f" {fold(office)}" for name in asked)


def _misspelled(candidates: CandidateList, table: pd.DataFrame, parties: Sequence[str]) -> Iterator[Fault]:
    """Yield a fault for each party that stands once or twice, one letter from a common one, and not so in the file."""
    cells = [(row["party"], name, row) for row in table.to_dict("records") for name in party_names(row["party"])]
    number = Counter(name for _, name, _ in cells)
    common = [*parties, *(name for name, n in number.items() if n > _RARE and name not in parties)]
    written = {party: [cell for cell, name, _ in cells if name == party] for party in common}
    known = {*parties, *candidates.file_parties}
    for name in (name for name, n in number.items() if n <= _RARE and name not in known):
        slip = slip_of(name, written)
        for cell, row in ((cell, row) for cell, other, row in cells if slip and other == name):
            party, spelling = slip or ("", "")
            yield Fault(
                f"{cell!r}, the party of {row['candidate']!r} in {row['contest']!r}, is one letter from {spelling!r}",
                where=f"candidate table, {row['_row']}",
                rule="A party of one or two candidates with nearly the name of a common one is taken for a slip",
                nearest=party,
                remedy="Correct it, or write OTH if it is another party",
            )


def _not_on_ballot(candidates: CandidateList, contest: int, parties: Sequence[str]) -> Iterator[Fault]:
    """Rule S7: yield a fault for each candidate with a mark whose party, one of the two, the table has nobody of."""
    on_ballot = candidates.parties(contest)
    for line in candidates.lines[contest]:
        absent = [party for party in parties if party in line.parties and party not in on_ballot]
        if line.marks and line.printed and absent:
            yield Fault(
                f"{line.name!r} of {absent[0]} has {counted(line.marks, 'mark')} in "
                f"{candidates.contests[contest].name!r}, where the table has no candidate of {absent[0]}",
                where="candidate table",
                rule="A vote for a party that is not on the ballot means a wrong candidate table",
                remedy="Add the candidate to the table, or correct the party",
            )


def _without_party(
    candidates: CandidateList, contests: Collection[int], marks: Mapping[int, int], parties: Sequence[str]
) -> Iterator[CandidateLine]:
    """Yield printed candidates without a stated party and with LARGE or more of the marks, in races of one party."""
    for c in contests:
        if len(candidates.parties(c) & set(parties)) == 1:
            for line in candidates.on_ballot(c):
                if not line.stated and not line.parties and 0 < LARGE * marks.get(c, 0) <= line.marks:
                    yield line


def _no_party(
    candidates: CandidateList, line: CandidateLine, marks: Mapping[int, int], parties: Sequence[str]
) -> Fault:
    [standing] = candidates.parties(line.contest) & set(parties)
    [absent] = set(parties) - {standing}
    share = line.marks / marks[line.contest]
    return Fault(
        f"{line.name!r} has no party and {share:.0%} of the marks in {candidates.contests[line.contest].name!r}, where "
        f"{standing} has a candidate and {absent} has none",
        where="candidate table",
        rule=f"In such a race a candidate with {LARGE:.0%} or more must have a party: it decides who was on the ballot",
        remedy="Write the party, or NONE if the candidate really has none",
    )
