"""Offices: which contests are the top of the ticket, which are the items, which are left out (rule S5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...core.errors import Fault, InputError, nearest
from ..party_names import fold
from .candidates import Roster

__all__ = ["Choice", "choose_offices"]


@dataclass(frozen=True)
class Choice:
    """The top office and the offices to code, and why each other contest is left out.

    top, offices: names; item: contest -> item (0 is the top, 1.. the offices); left_out: contest -> reason.
    """

    top: str
    offices: tuple[str, ...]
    item: dict[int, int]
    left_out: dict[int, str]


def choose_offices(
    roster: Roster, top: str, offices: Sequence[str] | None, parties: tuple[str, str]
) -> Choice:
    """Return which contest belongs to which item; all partisan offices when `offices` is None.

    An office is partisan when a printed candidate of one of its contests is of one of the two parties. Raises
    InputError for offices that are not found, are ambiguous or have no candidate of the two parties.
    """
    known = list(dict.fromkeys(contest.office for contest in roster.contests))
    partisan = {
        contest.office for c, contest in enumerate(roster.contests) if roster.parties(c) & set(parties)
    }
    faults: list[Fault] = []
    top_office = _find(top, known, "top", faults)
    if offices is None:
        chosen = [office for office in known if office in partisan and office != top_office]
    else:
        found = [_find(office, known, "offices", faults) for office in offices]
        chosen = [office for office in dict.fromkeys(found) if office]
        faults += [
            Fault(f"{office!r} is the top of the ticket", argument="offices",
                  rule="The top is never an item of its own")
            for office in chosen
            if office == top_office
        ]
    faults += [_no_party(office, parties) for office in (top_office, *chosen) if office and office not in partisan]
    faults += _absent(roster, parties) if partisan else []
    if not chosen and not faults:
        faults.append(
            Fault(
                f"no office besides {top_office!r} has a candidate of {' or '.join(parties)}",
                argument="offices",
                rule="At least one is needed",
                remedy="Give the parties in a candidate table; `blocs parties` writes one to complete",
            )
        )
    if faults:
        raise InputError(*faults)
    number = {top_office: 0, **{office: j for j, office in enumerate(chosen, start=1)}}
    item = {c: number[k.office] for c, k in enumerate(roster.contests) if k.office in number}
    left_out = {
        c: "not asked for" if contest.office in partisan else "nonpartisan"
        for c, contest in enumerate(roster.contests)
        if contest.office not in number
    }
    return Choice(top_office, tuple(chosen), item, left_out)


def _find(name: str, known: Sequence[str], argument: str, faults: list[Fault]) -> str:
    """Find an office by its exact name, else by the only name that contains its words; note a fault otherwise."""
    exact = [office for office in known if fold(office) == fold(name)]
    within = [office for office in known if f" {fold(name)}" in f" {fold(office)}"] if fold(name) else []
    found = exact or within
    if len(found) == 1:
        return found[0]
    if found:
        told = ", ".join(map(repr, found[:8]))
        faults.append(
            Fault(f"{name!r} fits {len(found)} offices: {told}", argument=argument, rule="One office must be meant",
                  remedy="Write its whole name")
        )  # fmt: skip
    else:
        told = ", ".join(map(repr, known[:12])) + (f" and {len(known) - 12} more" if len(known) > 12 else "")
        faults.append(
            Fault(f"no office is called {name!r}", argument=argument, rule=f"The offices are {told or 'none'}",
                  nearest=nearest(name, known))
        )  # fmt: skip
    return ""


def _absent(roster: Roster, parties: tuple[str, str]) -> list[Fault]:
    """Return a fault for a party that nobody stood for anywhere while the other one has candidates."""
    seen = sorted(set().union(*(roster.parties(c) for c in range(len(roster.contests)))))
    return [
        Fault(
            f"no candidate of any contest is of {party}",
            argument="parties",
            rule=f"The parties of the candidates are {', '.join(seen)}",
            nearest=nearest(party, seen),
            remedy="`parties=` names the two parties; the candidate table says who stands for which",
        )
        for party in parties
        if party not in seen
    ]


def _no_party(office: str, parties: tuple[str, str]) -> Fault:
    return Fault(
        f"no candidate for {office!r} is of {' or '.join(parties)}",
        argument="parties",
        rule="The file or the candidate table must say who stands for which party",
        remedy="`blocs parties` writes the table to complete; `parties=` names the two parties",
    )
