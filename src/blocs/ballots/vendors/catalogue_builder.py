"""Register: contests and candidates numbered in the order a file shows them; the straight-party device kept apart."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from ..catalogue import WRITE_IN, Candidate, Catalogue, Contest
from ..clean import is_lever, write_in

__all__ = ["LEVER", "Register"]

LEVER = -1
"""Stands for the straight-party contest, which is no contest of the catalogue."""
_FIRST_LEVER = -10


class Register:
    """A catalogue being written, with the positions of what it holds."""

    def __init__(self) -> None:
        self.catalogue = Catalogue()
        self.levers: list[str] = []
        self._names = Counter[str]()
        self._contests: dict[tuple[str, str], int] = {}
        self._choices: dict[tuple[int, str], int] = {}

    def contest(self, name: str, *, votes: int = 1, ranks: int = 1, key: str = "") -> int:
        """Return the position of a contest, new or known, or LEVER for the straight-party device.

        key: an id that tells contests of one name apart; the second of a name gets the district "2", and so on.
        """
        if is_lever(name):
            return LEVER
        found = self._contests.setdefault((name, key), len(self.catalogue.contests))
        if found == len(self.catalogue.contests):
            self._names[name] += 1
            district = str(self._names[name]) if self._names[name] > 1 else ""
            self.catalogue.contests.append(Contest(name, name, district, votes, ranks))
        self.widen(found, votes, ranks)
        return found

    def widen(self, contest: int, votes: int, ranks: int = 1) -> None:
        """Raise the votes allowed, or the ranks, of a contest to what the file turns out to show."""
        if contest == LEVER:
            return
        known = self.catalogue.contests[contest]
        if votes > known.votes or ranks > known.ranks:
            wider = replace(known, votes=max(votes, known.votes), ranks=max(ranks, known.ranks))
            self.catalogue.contests[contest] = wider

    def choice(self, contest: int, name: str, parties: tuple[str, ...] = (), *, printed: bool = True) -> int:
        """Return the position of a candidate, new or known by name, or WRITE_IN for a write-in without a name.

        One person on the lines of several parties is one candidate with several parties.
        """
        written = write_in(name)
        if written == "":
            return WRITE_IN
        name, printed = written or name, printed and written is None
        if contest == LEVER:
            if name not in self.levers:
                self.levers.append(name)
            return _FIRST_LEVER - self.levers.index(name)
        candidates = self.catalogue.candidates
        found = self._choices.setdefault((contest, name), len(candidates))
        if found == len(candidates):
            candidates.append(Candidate(contest, name, parties, printed))
        elif not set(parties) <= set(candidates[found].parties):
            union = tuple(dict.fromkeys(candidates[found].parties + parties))
            candidates[found] = replace(candidates[found], parties=union)
        return found

    def without_lever(self, marks: list[int]) -> tuple[list[int], str | None]:
        """Take the straight-party vote out of flat triples: the rest, and the party, None without exactly one."""
        if not self.levers or LEVER not in marks[::3]:
            return marks, None
        triples = [marks[i : i + 3] for i in range(0, len(marks), 3)]
        pulled = [choice for contest, choice, _ in triples if contest == LEVER]
        lever = self.levers[_FIRST_LEVER - pulled[0]] if len(pulled) == 1 and pulled[0] <= _FIRST_LEVER else None
        return [number for triple in triples if triple[0] != LEVER for number in triple], lever
