"""A slow coder in plain loops, written from the rule text alone, for comparison with the relational one.

Rules: one row = one mark; a contest is on the ballot if a row exists; an office is (office), a contest (office,
district); lines of one name are one person; write-ins are never printed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

SPECIAL = {"UNDERVOTE", "OVERVOTE", "WRITEIN", ""}


def naive_code(
    rows: list[tuple[Any, ...]], top: str, parties: tuple[str, str], offices: list[str], *,
    other: str = "level", overvote: str = "abstain", third: str = "drop",
) -> tuple[Counter[Any], Counter[str]]:  # fmt: skip
    """Return (top party, outcome and menu of each office) -> voters, and reason -> voters set aside."""
    person_parties: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    third_votes: set[tuple[str, str]] = set()
    for _, office, district, name, party in rows:
        if name not in SPECIAL:
            person_parties[office, district, name] |= {p for p in (party or "").split("/") if p}
        if name == "WRITEIN":
            third_votes.add((office, district))
    on_ballot: dict[tuple[str, str], list[set[str]]] = defaultdict(list)
    for (office, district, _), theirs in person_parties.items():
        on_ballot[office, district].append(theirs)
    cards: dict[Any, dict[str, list[tuple[str, str, str]]]] = defaultdict(lambda: defaultdict(list))
    for voter, office, district, name, party in rows:
        cards[voter][office].append((district, name, party or ""))
    kept: Counter[Any] = Counter()
    aside: Counter[str] = Counter()
    for card in cards.values():
        status, theirs, _ = look(top, card.get(top, []), person_parties)
        if status != "vote":
            aside[status] += 1
            continue
        mine = [p for p in parties if p in theirs]
        if len(mine) == 2:
            aside["both"] += 1
            continue
        if not mine and third == "drop":
            aside["third"] += 1
            continue
        t = mine[0] if mine else "other"
        rest = (t, parties, person_parties, on_ballot, third_votes, other, overvote)
        kept[(t, *(one(office, card.get(office, []), *rest) for office in offices))] += 1
    return kept, aside


def look(office: str, marks: list[tuple[str, str, str]], person_parties: Any) -> tuple[str, set[str], str]:
    """Return the status of one voter in one office, the parties of the choice, and the district."""
    if not marks:
        return "off", set(), ""
    districts = {district for district, _, _ in marks}
    assert len(districts) == 1
    district = districts.pop()
    names = [name for _, name, _ in marks]
    if len(marks) > 1:
        lines = {(name, party) for _, name, party in marks}
        one_person = len(set(names)) == 1 and names[0] not in SPECIAL and len(lines) == len(marks)
        if not one_person:
            return "over", set(), district
    name = names[0]
    if name in SPECIAL:
        return {"UNDERVOTE": "under", "OVERVOTE": "over", "WRITEIN": "write", "": "unseen"}[name], set(), district
    return "vote", person_parties[office, district, name], district


def one(office: str, marks: Any, t: str, parties: Any, person_parties: Any, on_ballot: Any, third_votes: Any,
        other: str, overvote: str) -> Any:  # fmt: skip
    """Return (menu, outcome) of one office for a voter of top party t, or None when it is not coded."""
    status, theirs, district = look(office, marks, person_parties)
    if status in ("off", "unseen"):
        return None
    stands = on_ballot[office, district]
    anyone_else = any(not p & set(parties) for p in stands) or (office, district) in third_votes
    if t == "other":
        own, against, anyone_else = anyone_else, any(p & set(parties) for p in stands), False
    else:
        rival = parties[1] if t == parties[0] else parties[0]
        own, against = any(t in p for p in stands), any(rival in p and t not in p for p in stands)
    if not own and not against:
        return None
    menu = {"abstain"} | ({"straight"} if own else set()) | ({"split"} if against else set())
    if other == "level" and anyone_else:
        menu.add("other")
    if status == "over" and overvote == "missing":
        return None
    if status in ("under", "over"):
        return frozenset(menu), "abstain"
    if t == "other":
        return frozenset(menu), "split" if theirs & set(parties) else "straight"
    if t in theirs:
        return frozenset(menu), "straight"
    if theirs & set(parties):
        return frozenset(menu), "split"
    if other == "missing":
        return None
    return frozenset(menu), "other" if other == "level" else "abstain"
