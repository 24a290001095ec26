"""Several exports as one: the stream of all, and which of their contests are one contest.

A contest of a legislature, or of the whole state, is on the ballots of several counties: who stood in it is pooled over
all of them. The sheriffs of two counties are two contests of one office.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ...core.account import Account, Step
from ...core.errors import Fault, InputError
from ...tables.relations import Store, create_table, query_of
from ..catalogue import Candidate, Catalogue, Contest
from ..office_names import LEGISLATURES, OfficeName, district_of, office_name
from ..party_names import fold, party_names, person_of
from ..vendors.format import Batch, Contents, Stream

__all__ = ["COUNTY", "Pooled", "pooled_contests", "several"]

COUNTY = "county"
"""Column of the records that names the export."""
_TOKEN = 4
"""Letters of a part of a name that two spellings of a candidate for a statewide office must share."""


def several(streams: Mapping[str, Callable[[], Stream]]) -> Stream:
    """Yield the batches of several exports as those of one, and contents with the contests of all, one after the other.

    streams: name of the export, which its records have in the column COUNTY if they have none -> what opens and reads
    it.
    """
    contests, candidates, read = list[Contest](), list[Candidate](), dict[str, Contents]()
    records = 0
    for name, opened in streams.items():
        last = records
        for value in opened():
            if isinstance(value, Contents):
                if value.votes_only:
                    raise InputError(_votes_only(name))
                read[name] = value
                continue
            if len(value.records):
                last = records + value.records["record"][-1].as_py() + 1
            yield _moved(value, name, records, len(contests), len(candidates))
        catalogue, records = read[name].catalogue, last
        candidates += [replace(c, contest=c.contest + len(contests)) for c in catalogue.candidates]
        contests += [replace(c, county=name) for c in catalogue.contests]
    account = _account({name: contents.account for name, contents in read.items()})
    numbered = tuple(contest for contents in read.values() for contest in contents.numbered)
    yield Contents(Catalogue(tuple(contests), tuple(candidates)), account, numbered=numbered)


def _moved(batch: Batch, name: str, records: int, contests: int, candidates: int) -> Batch:
    """Return a batch with the numbers of its records, contests and candidates behind those of the exports before."""
    named, numbers = batch.records, pc.add(batch.records["record"], records)
    if COUNTY not in named.column_names:
        named = named.append_column(COUNTY, pa.array([name] * len(named), pa.string()))
    choice = batch.votes["choice"]
    moved = pc.if_else(pc.less(choice, 0), choice, pc.add(choice, candidates)).cast(pa.int32())
    votes = batch.votes.set_column(0, "record", pc.add(batch.votes["record"], records))
    votes = votes.set_column(1, "contest", pc.add(votes["contest"], contests).cast(pa.int32()))
    return Batch(
        named.set_column(0, "record", numbers),
        votes.set_column(2, "choice", moved),
    )


def _votes_only(name: str) -> Fault:
    return Fault("it lists votes alone, so that undervotes are inferred by precinct and style", where=name,
                 rule="Such a file is not read together with others", remedy="Read it alone")  # fmt: skip


def _account(accounts: Mapping[str, Account]) -> Account:
    """Return one account that adds up over all exports, with a table of what each held."""
    steps = [account.steps[0] for account in accounts.values()]
    units = {step.unit for step in steps}
    parts: dict[str, int] = {}
    for step in steps:
        for part, number in step.parts.items():
            parts[part] = parts.get(part, 0) + number
    unit = units.pop() if len(units) == 1 else "records"
    whole = Step("Records read", unit, sum(step.total for step in steps), parts)
    rows = [
        {"file": name, "read": f"{step.total:,} {step.unit}", "delivered": f"{step.parts.get('delivered', 0):,}"}
        for name, step in zip(accounts, steps, strict=True)
    ]
    remarks = tuple(f"{name}: {remark}" for name, account in accounts.items() for remark in account.remarks)
    return Account((whole,), remarks, {"Files": rows})


@dataclass(frozen=True)
class Pooled:
    """One catalogue of several exports. contests, choices: position in the old catalogue -> position in this one."""

    catalogue: Catalogue
    contests: tuple[int, ...] = field(repr=False)
    choices: tuple[int, ...] = field(repr=False)

    def votes(self, votes: duckdb.DuckDBPyRelation, store: Store) -> duckdb.DuckDBPyRelation:
        """Return votes that name the contests and candidates of the old catalogue as votes that name those of this."""
        old_contests = pd.DataFrame({"contest": range(len(self.contests)), "contest_now": self.contests})
        old_choices = pd.DataFrame({"choice": range(len(self.choices)), "choice_now": self.choices})
        con = store.con
        con.from_df(old_contests).create("old_contests")
        con.from_df(old_choices).create("old_choices")
        return create_table(
            "select record, contest_now::int as contest, coalesce(choice_now, choice)::int as choice, rank "
            f"from {query_of(votes)} join old_contests using (contest) left join old_choices using (choice)",
            "pooled_votes", store,
        )  # fmt: skip


def pooled_contests(catalogue: Catalogue) -> Pooled:
    """Return the catalogue in which contests of several exports that are one contest are one.

    Contests of different exports with the same office, district, seat and term are one if they share a candidate: one
    person by the whole name or, where all counties have the office, by a part of it. So are those of one of the six
    offices, and of one district where it has districts, whose candidates with a party are of different parties: who
    stood is pooled, since an export may name those alone who got votes. The others are contests of one
    office, told apart by the name of the export. A candidate of the same name in one contest is one candidate.
    """
    people: dict[int, set[str]] = {c: set() for c in range(len(catalogue.contests))}
    for candidate in catalogue.candidates:
        people[candidate.contest].add(person_of(candidate.name))
    group = list(range(len(catalogue.contests)))
    alike: dict[tuple[str, ...], list[int]] = {}
    for c, contest in enumerate(catalogue.contests):
        alike.setdefault(_key(contest), []).append(c)
    for of_key in alike.values():
        for a, b in combinations(of_key, 2):
            standard = _read(catalogue.contests[a]).standard
            if catalogue.contests[a].county != catalogue.contests[b].county and _shared(people[a], people[b], standard):
                group = [group[a] if g == group[b] else g for g in group]
        if _of_other_parties(catalogue, of_key, group):
            group = [group[of_key[0]] if c in of_key else g for c, g in enumerate(group)]
    numbers = {g: n for n, g in enumerate(dict.fromkeys(group))}
    contest_of = tuple(numbers[g] for g in group)
    crowded = {c for of_key in alike.values() if len({group[c] for c in of_key}) > 1 for c in of_key}
    contests = tuple(_joint(catalogue, [c for c, g in enumerate(group) if g == which], crowded) for which in numbers)
    candidates: dict[tuple[int, str], Candidate] = {}
    position: dict[tuple[int, str], int] = {}
    choice_of = []
    for candidate in catalogue.candidates:
        key = (contest_of[candidate.contest], person_of(candidate.name))
        old = candidates.get(key, replace(candidate, contest=key[0]))
        parties = tuple(dict.fromkeys(old.parties + candidate.parties))
        candidates[key] = replace(old, parties=parties, printed=old.printed or candidate.printed)
        choice_of.append(position.setdefault(key, len(position)))
    return Pooled(Catalogue(contests, tuple(candidates.values())), contest_of, tuple(choice_of))


def _read(contest: Contest) -> OfficeName:
    """Return what the name of a contest says, or what a table says in a column of offices."""
    in_column = contest.office not in ("", contest.name)
    return office_name(contest.office if in_column else contest.name)


def _key(contest: Contest) -> tuple[str, ...]:
    read = _read(contest)
    return fold(read.office), district_of(read, contest.district), read.part, contest.name if not read.office else ""


def _shared(some: set[str], others: set[str], standard: bool) -> bool:
    """Say whether two lists of candidates name one person."""
    if some & others:
        return True
    parts = [{part for name in names for part in name.split() if len(part) >= _TOKEN} for names in (some, others)]
    return standard and bool(parts[0] & parts[1])


def _of_other_parties(catalogue: Catalogue, contests: Sequence[int], group: Sequence[int]) -> bool:
    """Say whether contests of one of the six offices, of different exports, have candidates of different parties.

    Every printed candidate has a party, and no party has candidates in two of the groups.
    """
    first = catalogue.contests[contests[0]]
    read, counties = _read(first), [catalogue.contests[c].county for c in contests]
    one_place = read.office not in LEGISLATURES or district_of(read, first.district)
    if not (read.standard and one_place and len(set(counties)) == len(counties)):
        return False
    parties: dict[int, set[str]] = {}
    for candidate in catalogue.candidates:
        if candidate.contest in contests and candidate.printed:
            of = {party for cell in candidate.parties for party in party_names(cell)}
            if not of:
                return False
            parties.setdefault(group[candidate.contest], set()).update(of)
    return sum(map(len, parties.values())) == len(set().union(*parties.values()))


def _joint(catalogue: Catalogue, members: Sequence[int], crowded: set[int]) -> Contest:
    """Return the contest that several are; where others have the same office and district, with its county."""
    contests = [catalogue.contests[c] for c in members]
    votes, ranks = max(c.votes for c in contests), max(c.ranks for c in contests)
    first = replace(contests[0], votes=votes, ranks=ranks, county="")
    if members[0] not in crowded:
        return first
    read, counties = _read(first), " and ".join(dict.fromkeys(c.county for c in contests))
    office = f"{read.office}, {read.part}" if read.part else read.office
    place = district_of(read, first.district)
    district = f"{place}, {counties}" if place else counties
    return replace(first, name=f"{first.name} ({counties})", office=office or first.name, district=district)
