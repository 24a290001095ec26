"""Offices: which contests are the top of the ticket, which are the items, which are left out (rule S5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...core.errors import Fault, InputError, nearest
from ..party_names import fold
from .candidates import CandidateList
from .rules import CodingRules

__all__ = ["Offices", "choose_offices"]


@dataclass(frozen=True)
class Offices:
    """The top office and the offices to code, and why each other contest is left out.

    top: name of the top office; names: those of the offices to code; item: contest -> item (0 is the top, 1.. the
    offices); left_out: contest -> reason.
    """

    top: str
    names: tuple[str, ...]
    item: Mapping[int, int] = field(repr=False)
    left_out: Mapping[int, str] = field(repr=False)


def choose_offices(candidates: CandidateList, rules: CodingRules) -> Offices:
    """Return which contest belongs to which item; all partisan offices when the rules name none.

    An office is partisan when a printed candidate of one of its contests is of one of the two parties. Raises
    InputError for offices that are not in the file, are ambiguous or have no candidate of the two parties.
    """
    parties = rules.parties
    present = list(dict.fromkeys(contest.office for contest in candidates.contests))
    partisan = {contest.office for c, contest in enumerate(candidates.contests) if candidates.parties(c) & set(parties)}
    top, faults = _find(rules.top, present, "top")
    if rules.offices is None:
        chosen = [office for office in present if office in partisan and office != top]
    else:
        matches = [_find(office, present, "offices") for office in rules.offices]
        chosen = [office for office in dict.fromkeys(office for office, _ in matches) if office]
        faults += [fault for _, of_office in matches for fault in of_office]
        faults += [
            Fault(
                f"{office!r} is the top of the ticket", argument="offices", rule="The top is never an item of its own"
            )
            for office in chosen
            if office == top
        ]
    faults += [_no_party(office, parties) for office in (top, *chosen) if office and office not in partisan]
    faults += _absent(candidates, parties) if partisan else []
    if not chosen and not faults:
        faults.append(_nothing_to_code(top, parties))
    if faults:
        raise InputError(*faults)
    return _numbered(candidates, top, tuple(chosen), partisan)


def _numbered(candidates: CandidateList, top: str, names: tuple[str, ...], partisan: set[str]) -> Offices:
    """Return the offices with the item of each contest, and the reason of each contest that has none."""
    number = {top: 0, **{office: j for j, office in enumerate(names, start=1)}}
    item = {c: number[k.office] for c, k in enumerate(candidates.contests) if k.office in number}
    left_out = {
        c: "not asked for" if contest.office in partisan else "nonpartisan"
        for c, contest in enumerate(candidates.contests)
        if contest.office not in number
    }
    return Offices(top, names, item, left_out)


def _find(name: str, offices: Sequence[str], argument: str) -> tuple[str, list[Fault]]:
    """Find an office by its exact name, else by the only name that contains its words; "" and a fault otherwise."""
    exact = [office for office in offices if fold(office) == fold(name)]
    within = [office for office in offices if f" {fold(name)}" in f" {fold(office)}"] if fold(name) else []
    matches = exact or within
    if len(matches) == 1:
        return matches[0], []
    if matches:
        listed = ", ".join(map(repr, matches[:8]))
        fault = Fault(f"{name!r} fits {len(matches)} offices: {listed}", argument=argument,
                      rule="The name must fit one office", remedy="Write its whole name")  # fmt: skip
    else:
        further = f" and {len(offices) - 12} more" if len(offices) > 12 else ""
        listed = ", ".join(map(repr, offices[:12])) + further
        fault = Fault(f"no office is called {name!r}", argument=argument, rule=f"The offices are {listed or 'none'}",
                      nearest=nearest(name, offices))  # fmt: skip
    return "", [fault]


def _nothing_to_code(top: str, parties: Sequence[str]) -> Fault:
    return Fault(
        f"no office besides {top!r} has a candidate of {' or '.join(parties)}",
        argument="offices",
        rule="At least one is needed",
        remedy="Give the parties in a candidate table; `blocs parties` writes one to complete",
    )


def _absent(candidates: CandidateList, parties: Sequence[str]) -> list[Fault]:
    """Return a fault for a party that nobody stood for anywhere while the other one has candidates."""
    standing = sorted(set().union(*(candidates.parties(c) for c in range(len(candidates.contests)))))
    return [
        Fault(
            f"no candidate of any contest is of {party}",
            argument="parties",
            rule=f"The parties of the candidates are {', '.join(standing)}",
            nearest=nearest(party, standing),
            remedy="`parties=` names the two parties; the candidate table says who stands for which",
        )
        for party in parties
        if party not in standing
    ]


def _no_party(office: str, parties: Sequence[str]) -> Fault:
    return Fault(
        f"no candidate for {office!r} is of {' or '.join(parties)}",
        argument="parties",
        rule="The file or the candidate table must say who stands for which party",
        remedy="`blocs parties` writes the table to complete; `parties=` names the two parties",
    )
