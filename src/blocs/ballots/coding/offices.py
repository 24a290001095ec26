"""Offices: which contests are the top of the ticket, which are the items, which are left out (rule S5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...core.errors import Fault, InputError, nearest
from ..office_names import STANDARD, office_name
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
    apart = _apart(candidates)
    matches, faults = _find(rules.top, present, apart, "top")
    faults += [_several(rules.top, matches, "top")] if len(matches) > 1 else []
    top = matches[0] if len(matches) == 1 else ""
    if rules.offices is None:
        chosen = [office for office in present if office in partisan and office != top]
    else:
        chosen = []
        for name in rules.offices:
            of_name, unknown = _find(name, present, apart, "offices")
            chosen += [office for office in of_name if office not in chosen]
            faults += unknown
        faults += [
            Fault(
                f"{office!r} is the top of the ticket", argument="offices", rule="The top is never an item of its own"
            )
            for office in chosen
            if office == top
        ]
    faults += [_no_party(office, parties, candidates) for office in (top, *chosen) if office and office not in partisan]
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


def _apart(candidates: CandidateList) -> dict[str, list[str]]:
    """Return office -> the offices that its seats and special elections became, folded and in the order of the file."""
    apart: dict[str, dict[str, None]] = {}
    for c in sorted(candidates.read_from_name):
        apart.setdefault(fold(candidates.names[c].office), {})[candidates.contests[c].office] = None
    return {office: list(parts) for office, parts in apart.items()}


def _find(
    name: str, offices: Sequence[str], apart: Mapping[str, Sequence[str]], argument: str
) -> tuple[list[str], list[Fault]]:
    """Find an office by its name, by another wording of it, or by the only name that contains its words.

    An office whose seats are offices of their own stands for all of them. Returns nothing and a fault if there is none.
    """
    read = office_name(name)
    of_several = sum(_has_words(office, name) for office in STANDARD) > 1  # "Senate" may be either of two
    wordings = [name] if read.place or read.part or of_several else [name, read.office]
    for wording in wordings:
        exact = [office for office in offices if fold(office) == fold(wording)]
        if exact or fold(wording) in apart:
            return exact or list(apart[fold(wording)]), []
    within = [office for office in offices if _has_words(office, name)]
    if len(within) == 1:
        return within, []
    if within:
        return [], [_several(name, within, argument)]
    further = f" and {len(offices) - 12} more" if len(offices) > 12 else ""
    listed = ", ".join(map(repr, offices[:12])) + further
    near = nearest(name, offices)
    remedy = f"Name one of them with `{argument}=`, such as {offices[0]!r}" if offices and not near else ""
    return [], [Fault(f"no office is called {name!r}", argument=argument, rule=f"The offices are {listed or 'none'}",
                      nearest=near, remedy=remedy)]  # fmt: skip


def _has_words(office: str, words: str) -> bool:
    return bool(fold(words)) and f" {fold(words)}" in f" {fold(office)}"


def _several(name: str, matches: Sequence[str], argument: str) -> Fault:
    listed = ", ".join(map(repr, matches[:8]))
    return Fault(f"{name!r} fits {len(matches)} offices: {listed}", argument=argument,
                 rule="The name must fit one office", remedy="Write its whole name")  # fmt: skip


def _nothing_to_code(top: str, parties: Sequence[str]) -> Fault:
    return Fault(
        f"no office besides {top!r} has a candidate of {' or '.join(parties)}",
        argument="offices",
        rule="At least one is needed",
        remedy="Give the parties in a candidate table; `blocs parties` writes one to complete",
    )


def _absent(candidates: CandidateList, parties: Sequence[str]) -> list[Fault]:
    """Return a fault for a party that nobody stood for anywhere while the other one has candidates."""
    standing = _standing(candidates)
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


def _standing(candidates: CandidateList, office: str | None = None) -> list[str]:
    """Return the parties of all candidates, or of those for an office, in the order of their names."""
    contests = (c for c, contest in enumerate(candidates.contests) if office in (None, contest.office))
    return sorted(set().union(*map(candidates.parties, contests)))


def _no_party(office: str, parties: Sequence[str], candidates: CandidateList) -> Fault:
    own = _standing(candidates, office)
    if own:
        rule = f"The parties of its candidates are {', '.join(own)}"
    elif _standing(candidates):
        rule = "The file has parties for other offices, and none for this one"
    else:
        rule = "The file or the candidate table must say who stands for which party"
    return Fault(
        f"no candidate for {office!r} is of {' or '.join(parties)}",
        argument="parties",
        rule=rule,
        remedy="`blocs parties` writes the table to complete; `parties=` names the two parties",
    )
