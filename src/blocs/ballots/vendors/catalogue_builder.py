"""Contests and candidates numbered in the order a file shows them; the straight-party contest kept apart.

A `PartialCatalogue` never changes: its methods return a catalogue that has a contest or a candidate, and its position.
Where nothing is new that is the same object, so that a long file costs two look-ups for each mark; what is new costs no
copy of what there is, so that a file of a hundred thousand names written in costs as much for each as a short one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from ..catalogue import WRITE_IN, Candidate, Catalogue, Contest
from ..mark_words import is_straight_party, write_in_name
from ..name_and_party import Style, name_and_parties, styles_of, uncertain_parties
from ..party_names import one_spelling, person_of
from .growing import Growing
from .records import Marks

__all__ = ["STRAIGHT_PARTY", "PartialCatalogue"]

STRAIGHT_PARTY = -1
"""Stands for the straight-party contest, which is no contest of the catalogue."""
_FIRST_PARTY = -10
"""Choice of the first party of the straight-party contest; the others have -11, -12, ..."""


@dataclass(frozen=True)
class PartialCatalogue:
    """The contests and candidates met so far, and the parties of the straight-party contest.

    persons: position -> candidate; contest_positions: (name, key) -> position; choice_positions: (contest, person) ->
    position. Names that differ in case are one contest, and one person. texts: (contest, what stands in place of a
    name) -> position, of candidates whose parties are looked for in their names.
    """

    contests: tuple[Contest, ...] = ()
    persons: Growing[int, Candidate] = field(default_factory=Growing, repr=False)
    straight_parties: tuple[str, ...] = ()
    contest_positions: Growing[tuple[str, str], int] = field(default_factory=Growing, repr=False)
    choice_positions: Growing[tuple[int, str], int] = field(default_factory=Growing, repr=False)
    texts: Growing[tuple[int, str], int] = field(default_factory=Growing, repr=False)

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The candidates met so far, a copy of them all."""
        return tuple(self.persons.values())

    def catalogue(self) -> Catalogue:
        """Return the contests and candidates as the catalogue of a file, with the parties that names turn out to have.

        How the names of a contest carry parties shows when all of them have been met: "R Bob Ray" beside "DEM Ann Lee".
        """
        styles = self._styles()
        candidates = list(self.candidates)
        for (contest, text), position in self.texts.items():
            if position >= 0 and styles[contest] != Style():
                name, parties = name_and_parties(text, styles[contest])
                old = candidates[position]
                if parties and parties != old.parties:
                    parties = tuple(dict.fromkeys(old.parties + parties))
                    candidates[position] = replace(old, name=name, parties=parties)
        return Catalogue(self.contests, tuple(candidates))

    def uncertain_parties(self) -> tuple[str, ...]:
        """Say in the account which letters in names, read as parties, may be initials."""
        return uncertain_parties({self.contests[contest].name: style for contest, style in self._styles().items()})

    def _styles(self) -> dict[int, Style]:
        """Return how the names of each contest carry parties, of those in which parties are looked for."""
        texts: dict[int, list[str]] = {}
        for contest, text in self.texts:
            texts.setdefault(contest, []).append(text)
        return styles_of(texts)

    def with_contest(self, name: str, *, votes: int = 1, ranks: int = 1, key: str = "") -> tuple[PartialCatalogue, int]:
        """Return a catalogue that has a contest, and its position, STRAIGHT_PARTY for the straight-party contest.

        key: an id that tells contests of one name apart; the second of a name gets the district "2", and so on.
        """
        if is_straight_party(name):
            return self, STRAIGHT_PARTY
        folded = name.casefold()
        position = self.contest_positions.get((folded, key))
        if position is not None:
            return self.with_limits(position, votes, ranks), position
        position = len(self.contests)
        same_name = sum(folded == other for other, _ in self.contest_positions)
        contest = Contest(name, name, str(same_name + 1) if same_name else "", votes, ranks)
        positions = self.contest_positions.with_entry((folded, key), position)
        return replace(self, contests=(*self.contests, contest), contest_positions=positions), position

    def with_limits(self, contest: int, votes: int, ranks: int = 1) -> PartialCatalogue:
        """Return a catalogue in which a contest allows at least so many votes and ranks."""
        if contest == STRAIGHT_PARTY:
            return self
        old = self.contests[contest]
        if votes <= old.votes and ranks <= old.ranks:
            return self
        wider = replace(old, votes=max(votes, old.votes), ranks=max(ranks, old.ranks))
        return replace(self, contests=(*self.contests[:contest], wider, *self.contests[contest + 1 :]))

    def with_choice(
        self, contest: int, name: str, parties: tuple[str, ...] = (), *, printed: bool = True
    ) -> tuple[PartialCatalogue, int]:
        """Return a catalogue that has a candidate, and the position, WRITE_IN for a write-in without a name.

        One person on the lines of several parties is one candidate with several parties.
        """
        written = write_in_name(name)
        if written == "":
            return self, WRITE_IN
        name, printed = written or name, printed and written is None
        if contest == STRAIGHT_PARTY:
            if name in self.straight_parties:
                return self, _FIRST_PARTY - self.straight_parties.index(name)
            wider = replace(self, straight_parties=(*self.straight_parties, name))
            return wider, _FIRST_PARTY - len(self.straight_parties)
        person = person_of(name)
        position = self.choice_positions.get((contest, person))
        if position is not None:
            return self._with_line(position, Candidate(contest, name, parties, printed)), position
        position = len(self.persons)
        positions = self.choice_positions.with_entry((contest, person), position)
        persons = self.persons.with_entry(position, Candidate(contest, name, parties, printed))
        return replace(self, persons=persons, choice_positions=positions), position

    def with_text(self, contest: int, text: str) -> tuple[PartialCatalogue, int]:
        """Return a catalogue that has a candidate and the position, as `with_choice`; a party may stand in the name."""
        if contest == STRAIGHT_PARTY:
            return self.with_choice(contest, text)
        position = self.texts.get((contest, text))
        if position is not None:
            return self, position
        catalogue, position = self.with_choice(contest, *name_and_parties(text))
        return replace(catalogue, texts=self.texts.with_entry((contest, text), position)), position

    def _with_line(self, position: int, line: Candidate) -> PartialCatalogue:
        """Return a catalogue in which a candidate has one more line: its parties, and one spelling for any order."""
        old = self.persons[position]
        name = one_spelling((old.name, line.name)) if old.printed == line.printed else old.name
        if set(line.parties) <= set(old.parties) and name == old.name:
            return self
        candidate = replace(old, name=name, parties=tuple(dict.fromkeys(old.parties + line.parties)))
        return replace(self, persons=self.persons.with_entry(position, candidate))

    def without_straight_party(self, marks: Sequence[int]) -> tuple[Sequence[int], str | None]:
        """Take the straight-party vote out of flat triples: the rest, and the party, None without exactly one."""
        if not self.straight_parties or STRAIGHT_PARTY not in marks[::3]:
            return marks, None
        triples = [marks[i : i + 3] for i in range(0, len(marks), 3)]
        choices = [choice for contest, choice, _ in triples if contest == STRAIGHT_PARTY]
        party = self._party(choices[0]) if len(choices) == 1 else None
        return [number for triple in triples if triple[0] != STRAIGHT_PARTY for number in triple], party

    def straight_parties_of(self, marks: Marks, records: int) -> tuple[Marks, Any]:
        """Take the straight-party votes out of the marks of many records: the rest, and the party of each record."""
        straight = marks.contest == STRAIGHT_PARTY
        if not straight.any():
            return marks, pa.nulls(records, pa.string())
        number = np.bincount(marks.record[straight], minlength=records)
        choice_of = np.zeros(records, np.int64)
        choice_of[marks.record[straight]] = marks.choice[straight]
        parties = [
            self._party(choice) if n == 1 else None for n, choice in zip(number, choice_of.tolist(), strict=True)
        ]
        return marks.take(~straight), pa.array(parties, pa.string())

    def _party(self, choice: int) -> str | None:
        return self.straight_parties[_FIRST_PARTY - choice] if choice <= _FIRST_PARTY else None
