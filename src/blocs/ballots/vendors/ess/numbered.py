"""Columns whose headings differ in one number: ranks, several votes, or contests of their own, as the user says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ....core.errors import Fault, InputError, nearest
from ...party_names import fold
from .headings import NUMBERED, apart, undecided

__all__ = ["meanings_of_numbered", "not_numbered", "read_as"]


def meanings_of_numbered(
    given: str | Mapping[str, str] | None, headings: Mapping[int, str], words: Mapping[int, Iterable[str]], where: str
) -> dict[str, str]:
    """Return contest -> one of NUMBERED, for columns that differ in one number.

    given: one of NUMBERED for columns that share a name, and for all where none do; or contest -> one of NUMBERED.
    Raises InputError for columns that share a name and are not given, and for what is given wrongly.
    """
    alike, others = undecided(headings, words), apart(headings, words)
    of = {fold(contest): contest for contest in (*alike, *others)}
    if isinstance(given, Mapping):
        meanings = list(given.values())
        chosen = {of[fold(str(contest))]: word for contest, word in given.items() if fold(str(contest)) in of}
    else:
        meanings = [] if given is None else [given]
        chosen = {contest: word for word in meanings for contest in alike or others}
    faults = [
        Fault(f"{word!r} is no meaning of numbered columns", argument="numbered",
              rule=f"It is one of {', '.join(NUMBERED)}", nearest=nearest(word, NUMBERED))
        for word in meanings
        if word not in NUMBERED
    ]  # fmt: skip
    open_columns = [_undecided(columns, where) for contest, columns in alike.items() if contest not in chosen]
    if isinstance(given, Mapping) and (faults or open_columns):  # else another file may have the contest
        faults += not_numbered(given, tuple(of.values()), where)
    if faults or open_columns:
        raise InputError(*faults, *open_columns)
    return chosen


def not_numbered(given: Iterable[str], contests: Sequence[str], where: str = "") -> list[Fault]:
    """Return a fault for each contest given to `numbered=` that has no numbered columns; contests: those that have."""
    known = {fold(contest) for contest in contests}
    rule = f"They are of {', '.join(map(repr, dict.fromkeys(contests)))}" if contests else "No columns are numbered"
    return [
        Fault(f"no numbered columns are of a contest {contest!r}", where, argument="numbered", rule=rule,
              nearest=nearest(contest, contests))
        for contest in map(str, given) if fold(contest) not in known
    ]  # fmt: skip


def read_as(
    meaning: Mapping[str, str], headings: Mapping[int, str], words: Mapping[int, Iterable[str]], where: str
) -> tuple[str, ...]:
    """Say in the account what numbered columns were read as, also those of which the user says nothing."""
    of = undecided(headings, words) | apart(headings, words)
    given = [f"{where}: {_listed(of[contest])} were read as {word} (`numbered=`)." for contest, word in meaning.items()]
    others = [
        f"{where}: {_listed(columns)} do not have the same names, and were read as contests of their own; if they are "
        f"one, name {contest!r} in `numbered=`."
        for contest, columns in of.items()
        if contest not in meaning and "contests" not in meaning.values()
    ]
    return (*given, *others)


def _undecided(headings: Sequence[str], where: str) -> Fault:
    """Return the fault of headings that differ in one number, as ranks do and as several votes in one contest do."""
    return Fault(f"the same names stand under {_listed(headings)}", where,
                 "Such columns are the ranks of one contest, several votes in one contest, or contests of their own",
                 argument="numbered", remedy="Say which: \"ranks\", \"votes\" or \"contests\"")  # fmt: skip


def _listed(headings: Sequence[str]) -> str:
    return f"{', '.join(map(repr, headings[:-1]))} and {headings[-1]!r}"
