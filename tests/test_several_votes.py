"""Several votes by majority, and ranked contests in long tables, against plain loops (rules S8 and S9)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ballots_support import stream, voters_of
from blocs.ballots import Ballots, code, read_cvr
from blocs.ballots.catalogue import WRITE_IN as WRITTEN
from blocs.ballots.catalogue import Candidate, Catalogue, Contest
from blocs.ballots.input.load_records import load_records
from blocs.ballots.pivot.long import LongSource
from blocs.ballots.reports.contest_totals import contest_totals
from blocs.tables.relations import open_store
from naive_votes import OVERVOTE, UNDERVOTE, WRITE_IN, judge, totals

QUICK = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PARTY = {"Ann": "DEM", "Abe": "DEM", "Bob": "REP", "Bea": "REP", "Cat": "GRN", "Dan": "DEM/REP"}
COLUMNS = ["voter", "office", "candidate", "party", "magnitude"]
TOPS = ["DEM", "REP", "GRN"]


def by_majority(marks: list[str], top: str, allowed: int) -> str:
    """Rule S8: the side of more than half of the marks; without one: other, or a split for a voter of a third party."""
    ballot = judge([(who, 1) for who in marks], allowed)
    if ballot.none:
        return "abstain"
    of = [PARTY[who].split("/") for who in ballot.votes]

    def half(number: int) -> bool:
        return 2 * number > len(of)

    first, second = half(sum("DEM" in p for p in of)), half(sum("REP" in p for p in of))
    if top == "GRN":
        return "straight" if half(sum(p == ["GRN"] for p in of)) else "split"
    own, against = (first, second) if top == "DEM" else (second, first)
    return "straight" if own else "split" if against else "other"


@pytest.mark.slow
@QUICK
@given(
    st.integers(2, 3),
    st.lists(st.tuples(st.sampled_from(TOPS), st.lists(st.sampled_from([*PARTY]), min_size=1, max_size=4, unique=True)),
             min_size=1, max_size=10),
    st.booleans(),
)  # fmt: skip
def test_the_majority_of_several_marks(allowed: int, drawn: list[tuple[str, list[str]]], third: bool) -> None:
    """Also where no third candidate stands: halved marks are "other", and the menu has it."""
    names = [name for name in PARTY if third or name != "Cat"]
    ballots = [(top, [n for n in of if n in names] or ["UNDERVOTE"]) for top, of in drawn]
    ballots += [("DEM", ["Ann"]), ("REP", ["Bob"])]  # both parties stand
    rows = [(v, "President", f"of {top}", top, 1) for v, (top, _) in enumerate(ballots)]
    rows += [(v, "Council", who, PARTY.get(who), allowed) for v, (_, of) in enumerate(ballots) for who in of]
    profiles = code(read_cvr(pd.DataFrame(rows, columns=COLUMNS)), multi="majority", third="keep")
    expected = Counter(
        (top, by_majority([UNDERVOTE if n == "UNDERVOTE" else n for n in of], top, allowed)) for top, of in ballots
    )
    found: Counter[Any] = Counter()
    for (top, (menu, outcome)), n in voters_of(profiles).items():
        found["GRN" if top == "other" else top, outcome] += n
        assert ("other" in menu) == (top != "other")
    assert found == expected


def test_halved_marks_are_other_where_nobody_else_stands() -> None:
    rows = [(1, "President", "A", "DEM", 1), (2, "President", "B", "REP", 1), (1, "Council", "C", "DEM", 2),
            (1, "Council", "D", "REP", 2), (2, "Council", "D", "REP", 2)]  # fmt: skip
    ballots = read_cvr(pd.DataFrame(rows, columns=COLUMNS))
    menu = frozenset({"abstain", "split", "straight", "other"})
    assert voters_of(code(ballots, multi="majority")) == {("DEM", (menu, "other")): 1, ("REP", (menu, "straight")): 1}
    any_mark = voters_of(code(ballots, multi="any"))
    assert any_mark == {("DEM", (menu - {"other"}, "split")): 1, ("REP", (menu - {"other"}, "straight")): 1}


def test_a_contest_of_one_party_has_no_other_on_its_menu() -> None:
    rows = [(1, "President", "A", "DEM", 1), (2, "President", "B", "REP", 1), (1, "Council", "C", "DEM", 2),
            (1, "Council", "E", "DEM", 2), (2, "Council", "C", "DEM", 2)]  # fmt: skip
    found = voters_of(code(read_cvr(pd.DataFrame(rows, columns=COLUMNS)), multi="majority"))
    assert {menu for _, (menu, _) in found} == {frozenset({"abstain", "straight"}), frozenset({"abstain", "split"})}


def test_a_write_in_at_a_later_rank_alone_puts_other_on_the_menu() -> None:
    catalogue = Catalogue(
        (Contest("President"), Contest("Mayor", ranks=3)),
        (Candidate(0, "X", ("DEM",)), Candidate(1, "Ann", ("DEM",)), Candidate(1, "Bob", ("REP",))),
    )
    votes = [(0, 0, 0, 1), (0, 1, WRITTEN, 2), (1, 0, 0, 1), (1, 1, 1, 1)]
    records = [(number, "", "", "", None) for number in range(2)]
    read = load_records(stream(catalogue, records, votes), open_store())
    menu = frozenset({"abstain", "split", "straight", "other"})
    assert voters_of(code(read)) == {("DEM", (menu, "other")): 1, ("DEM", (menu, "straight")): 1}


@pytest.mark.parametrize("frame", [pd.DataFrame, lambda table: pl.from_pandas(table).lazy()])
def test_the_same_in_a_long_table(frame: Any) -> None:
    read = ranked([[(WRITE_IN, 2)], [("Ann", 1)], [("Bob", 1)]], ["DEM", "DEM", "REP"], frame, text=False)
    menu = frozenset({"abstain", "split", "straight", "other"})
    assert voters_of(code(read)) == {
        ("DEM", (menu, "other")): 1, ("DEM", (menu, "straight")): 1, ("REP", (menu, "straight")): 1,
    }  # fmt: skip


Ranks = list[tuple[str, int]]


def ranked(ballots: list[Ranks], top: list[str], frame: Any, text: bool) -> Ballots:
    """Return a long table with a column of ranks: the Mayor is ranked, the President is not and has no rank."""
    rows = [(v, "President", f"of {t}", t, None) for v, t in enumerate(top)]
    words = {UNDERVOTE: "UNDERVOTE", OVERVOTE: "OVERVOTE", WRITE_IN: "WRITEIN"}
    marks = [(v, who, rank) for v, of in enumerate(ballots) for who, rank in of]
    rows += [(v, "Mayor", words.get(who, who), PARTY.get(who), rank) for v, who, rank in marks]
    table = pd.DataFrame(rows, columns=[*COLUMNS[:4], "choice_rank"]).astype({"choice_rank": "Int64"})
    table = table.astype({"choice_rank": "string"}) if text else table
    read = read_cvr(frame(table))
    assert isinstance(read.source, LongSource)
    return read


@pytest.mark.slow
@pytest.mark.parametrize(
    ("frame", "text"), [(pd.DataFrame, False), (lambda table: pl.from_pandas(table).lazy(), True)]
)
@settings(QUICK, max_examples=8)
@given(
    st.lists(st.tuples(st.sampled_from(["DEM", "REP"]),
                       st.lists(st.tuples(st.sampled_from(["Ann", "Bob", "Cat", UNDERVOTE, OVERVOTE, WRITE_IN]),
                                          st.integers(1, 3)), min_size=1, max_size=4)), min_size=1, max_size=10)
)  # fmt: skip
def test_the_first_rank_with_a_mark_counts_in_a_long_table(
    frame: Any, text: bool, drawn: list[tuple[str, Ranks]]
) -> None:
    drawn = [*drawn, ("DEM", [("Ann", 1)]), ("REP", [("Bob", 1)])]
    read = ranked([of for _, of in drawn], [top for top, _ in drawn], frame, text)
    expected = Counter[tuple[str, str]]()
    for top, of in drawn:
        ballot = judge(of, ranked=True)
        party = PARTY.get(ballot.votes[0], "") if ballot.votes else ""
        side = "straight" if party == top else "split" if party in TOPS[:2] else "other"
        outcome = "abstain" if ballot.none else side
        expected[top, outcome] += 1
    found: Counter[Any] = Counter()
    for (top, (_, outcome)), n in voters_of(code(read)).items():
        found[top, outcome] += n
    assert found == expected
    votes, number, later = totals([of for _, of in drawn], ranked=True)
    rows = contest_totals(read).query("contest == 'Mayor'")
    assert +Counter(dict(zip(rows["candidate"], rows["votes"], strict=True))) == +votes
    assert (set(rows["ballots"]), rows["later"].sum()) == ({number}, later)
