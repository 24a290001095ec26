"""Vendors' streams: the same path as a long table, any chunk size, cards linked only on request, votes-only formats."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from ballots_support import sorted_by_top, stream, voters_of
from blocs.ballots import code, code_rows
from blocs.ballots.catalogue import INVALID, OVER, UNDER, WRITE_IN, Candidate, Catalogue, Contest
from blocs.ballots.input.load_records import load_records
from blocs.core.errors import InputError
from blocs.tables.relations import open_store

MENU = frozenset({"abstain", "split", "straight"})
CONTESTS = (Contest("President"), Contest("State Senate District 1"), Contest("State Senate District 2"),
            Contest("Council", votes=2), Contest("Mayor", ranks=3), Contest("School Board"))  # fmt: skip
CANDIDATES = (
    Candidate(0, "X", ("Democratic",)), Candidate(0, "Y", ("REP",)),
    Candidate(1, "A", ("DEM",)), Candidate(1, "B", ("REP",)),
    Candidate(2, "C", ("DEM",)), Candidate(2, "D", ("DEM",), printed=False),
    Candidate(3, "E", ("DEM",)), Candidate(3, "F", ("REP",)), Candidate(3, "G", ("REP",)),
    Candidate(4, "H", ("DEM",)), Candidate(4, "I", ("REP",)), Candidate(4, "J", ("REP",)),
    Candidate(5, "K"),
)  # fmt: skip

FIRST = {c: next(i for i, of in enumerate(CANDIDATES) if of.contest == c) for c in range(len(CONTESTS))}
"""Contest -> its first candidate."""


def record(number: int, voter: str = "", precinct: str = "P", style: str = "S",
           straight_party: str | None = None) -> Any:  # fmt: skip
    return (number, voter, precinct, style, straight_party)


def profiles_of(records: list[Any], votes: list[Any], chunk: int = 100, link: Any = None, **options: Any) -> Any:
    source = stream(Catalogue(CONTESTS, CANDIDATES), records, votes, chunk)
    return code(load_records(source, open_store(), link), keep_empty=True, **options)


VOTES = [
    (0, 0, 0, 1), (0, 1, 2, 1), (1, 0, 1, 1), (1, 1, 2, 1), (2, 0, 0, 1), (2, 2, UNDER, 1), (3, 0, UNDER, 1),
    (4, 0, 0, 1), (4, 1, OVER, 1), (5, 0, 1, 1), (5, 1, WRITE_IN, 1), (6, 0, 0, 1), (6, 1, INVALID, 1),
    (8, 0, 1, 1), (8, 2, 5, 1),
]  # fmt: skip
EXPECTED = {
    ("DEM", (MENU | {"other"}, "straight")): 1, ("REP", (MENU | {"other"}, "split")): 1,
    ("DEM", (frozenset({"abstain", "straight", "other"}), "abstain")): 1,
    ("DEM", (MENU | {"other"}, "abstain")): 1, ("REP", (MENU | {"other"}, "other")): 1, ("DEM", None): 1,
    ("REP", (frozenset({"abstain", "split", "other"}), "other")): 1,
}  # fmt: skip


@pytest.mark.parametrize("chunk", [1, 2, 100])
def test_statuses_menus_and_districts(chunk: int) -> None:
    profiles = profiles_of([record(i) for i in range(9)], VOTES, chunk, offices=["State Senate"])
    assert voters_of(profiles) == EXPECTED
    assert sorted_by_top(profiles).parts == {
        "kept: DEM": 4, "kept: REP": 3, "set aside: no vote at the top": 1,
        "set aside: top contest not on the record": 1,
    }  # fmt: skip
    assert profiles.hash == profiles_of([record(i) for i in range(9)], VOTES, 3, offices=["State Senate"]).hash


def test_cards_are_linked_only_on_request() -> None:
    records = [record(0, "v1"), record(1, "v1"), record(2, "v2"), record(3, ""), record(4, "")]
    votes = [(0, 0, 0, 1), (1, 1, 3, 1), (2, 0, 1, 1), (3, 0, 0, 1), (4, 1, 2, 1)]
    alone = profiles_of(records, votes, offices=["State Senate"])
    assert sorted_by_top(alone).parts == {"kept: DEM": 2, "kept: REP": 1, "set aside: top contest not on the record": 2}
    linked = profiles_of(records, votes, link="voter", offices=["State Senate"])
    assert sorted_by_top(linked).total == 4
    assert voters_of(linked) == {("DEM", (MENU, "split")): 1, ("REP", None): 1, ("DEM", None): 1}
    said = "5 records were linked by voter to 4 ballots, 1 of them with more than one card."
    assert said in linked.account.paragraph()


def test_a_link_that_joins_two_voters_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        profiles_of([record(0, "X"), record(1, "X")], [(0, 0, 0, 1), (1, 0, 1, 1)], link="voter")
    assert str(caught.value) == (
        "link: two records of one ballot show the same contest 1 time (first in record 0). Records with equal voter "
        "must be the cards of one ballot. Link by other columns, or read without `link=`."
    )


def test_unknown_link_column() -> None:
    with pytest.raises(InputError) as caught:
        profiles_of([record(0)], [(0, 0, 0, 1)], link="votr")
    assert str(caught.value) == (
        "link: there is no column 'votr'. The columns are 'voter', 'precinct', 'style'. Nearest match: voter."
    )


@pytest.mark.parametrize(
    ("multi", "marks", "expected"),
    [
        ("majority", [6], "straight"), ("majority", [7, 8], "split"), ("majority", [6, 7], "other"),
        ("majority", [UNDER], "abstain"), ("majority", [6, 7, 8], "abstain"), ("majority", [WRITE_IN], "other"),
        ("any", [6], "straight"), ("any", [7, 8], "split"), ("any", [6, 7], "split"), ("any", [OVER], "abstain"),
        ("any", [6, WRITE_IN], "straight"),
    ],
)  # fmt: skip
def test_vote_for_several(multi: str, marks: list[int], expected: str) -> None:
    votes = [(0, 0, 0, 1), *((0, 3, mark, 1) for mark in marks), (1, 0, 1, 1), (1, 3, WRITE_IN, 1)]
    found = voters_of(profiles_of([record(0), record(1)], votes, multi=multi, offices=["Council"]))
    assert found[("DEM", (MENU | {"other"}, expected))] == 1


def test_vote_for_several_is_left_out_and_counted_by_default() -> None:
    votes = [(0, 0, 0, 1), (0, 3, 6, 1), (0, 1, 2, 1)]
    profiles = profiles_of([record(0)], votes)
    contests = next(step for step in profiles.account.steps if step.name == "Contests")
    assert contests.parts == {
        "top of the ticket": 1, "coded in 1 office": 1, "left out: vote for more than one": 1,
        "left out: on no ballot": 3,
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_every_contest_is_coded_or_left_out_for_one_reason(seed: int) -> None:
    """A contest is on no ballot exactly where no record has a mark in it, an undervote included."""
    random = np.random.default_rng(seed)
    shown = {0, 1, *np.flatnonzero(random.random(6) < 0.5).tolist()}
    votes = [(0, c, UNDER if c > 1 and random.random() < 0.5 else FIRST[c], 1) for c in sorted(shown)]
    coded = code_rows(load_records(stream(Catalogue(CONTESTS, CANDIDATES), [record(0)], votes, 100), open_store()))
    contests = coded.ballots.catalogue.contests
    reasons = {of.contest: of.reason for of in coded.left_out}
    assert len(reasons) == len(coded.left_out)
    assert {name for name, reason in reasons.items() if reason == "on no ballot"} == {
        contest.name for c, contest in enumerate(contests) if c not in shown
    }  # fmt: skip
    step = next(step for step in coded.profiles.account.steps if step.name == "Contests")
    left_out = {part: n for part, n in step.parts.items() if part.startswith("left out: ")}
    assert left_out == Counter(f"left out: {reason}" for reason in reasons.values())
    assert step.total == len(contests) == 1 + len(reasons) + sum(
        n for part, n in step.parts.items() if part.startswith("coded in ")
    )


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([(9, 1), (10, 2)], "straight"), ([(10, 2), (9, 3)], "split"), ([(9, 1), (10, 1)], "abstain"),
        ([(10, 1), (9, 2), (9, 3)], "split"), ([(UNDER, 1)], "abstain"), ([(OVER, 1)], "abstain"),
    ],
)  # fmt: skip
def test_ranked_contests_count_the_first_valid_rank(marks: list[Any], expected: str) -> None:
    votes = [(0, 0, 0, 1), *((0, 4, mark, rank) for mark, rank in marks)]
    assert voters_of(profiles_of([record(0)], votes, offices=["Mayor"])) == {("DEM", (MENU, expected)): 1}


@pytest.mark.parametrize("name", ["straight_party", "lever"])
def test_straight_party_and_precinct_are_groups_never_offices(name: str) -> None:
    votes = [(0, 0, 0, 1), (0, 1, 2, 1), (1, 0, 0, 1), (1, 1, 2, 1)]
    records = [record(0, straight_party="DEM"), record(1, precinct="Q")]
    cells = profiles_of(records, votes, groups=["precinct", name]).cells
    assert list(cells.table.columns) == ["top", "precinct", name]
    table = cells.table.astype(object).where(cells.table.notna(), None)
    assert sorted(map(tuple, table.to_numpy()), key=str) == [("DEM", "P", "DEM"), ("DEM", "Q", None)]


def test_votes_only_files_get_their_undervotes_by_precinct_and_style() -> None:
    """Rule S2: P (30 voters) shows senate 1 (20 voted) but not senate 2 (2 voted); Q (5 voters) borrows the style."""
    records = [record(i) for i in range(30)] + [record(30 + i, precinct="Q") for i in range(5)]
    votes = [(i, 0, 0, 1) for i in range(35)] + [(i, 1, 2, 1) for i in range(20)] + [(i, 2, 4, 1) for i in (20, 21)]
    source = stream(Catalogue(CONTESTS, CANDIDATES), records, votes, votes_only=True)
    ballots = load_records(source, open_store())
    found = voters_of(code(ballots, offices=["State Senate"], keep_empty=True))
    assert found == {("DEM", (MENU, "straight")): 20, ("DEM", (MENU, "abstain")): 13, ("DEM", None): 2}
    assert ballots.account.paragraph() == (
        "The file lists votes only. By precinct, style and contest, 2 contests were taken as shown since less than 80% "
        "left them blank, 2 by their style over the county (under 20 voters), and 2 as not seen; 15 undervotes were "
        "added and 2 votes are in contests not seen."
    )
