"""Valid votes of random ballots in every kind of source against plain loops, and lines that add up to the ballots."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ballots_support import stream
from blocs.ballots import Ballots, candidate_table, code, read_cvr
from blocs.ballots.catalogue import INVALID, OVER, UNDER, Candidate, Catalogue, Contest
from blocs.ballots.catalogue import WRITE_IN as WRITTEN
from blocs.ballots.input.load_records import load_records
from blocs.ballots.reports.contest_totals import ASIDE, contest_totals
from blocs.tables.relations import open_store
from naive_votes import OVERVOTE, UNDERVOTE, UNREADABLE, WRITE_IN, totals

Marks = list[tuple[str, int]]
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
QUICK = settings(max_examples=12, deadline=None, suppress_health_check=CHECKS)
NAMES = ["Ann", "Bob", "Cat", "Dan"]
CHOICE = {UNDERVOTE: UNDER, OVERVOTE: OVER, WRITE_IN: WRITTEN, UNREADABLE: INVALID}
WORD = {UNDERVOTE: "UNDERVOTE", OVERVOTE: "OVERVOTE", WRITE_IN: "WRITEIN", UNREADABLE: ""}


def contest_of(found: pd.DataFrame, contest: str) -> tuple[Counter[str], int, int, int, int]:
    """Return one contest of the totals: votes by name, ballots, votes of later ranks, votes allowed, unused votes."""
    rows = found[found["contest"] == contest]
    votes = Counter[str]()
    for name, number in zip(rows["candidate"], rows["votes"], strict=True):
        votes[name] += number
    [ballots], [allowed], [unused] = (set(rows[name]) for name in ("ballots", "allowed", "unused"))
    return +votes, ballots, int(rows["later"].sum()), allowed, unused


def agrees(found: pd.DataFrame, contest: str, ballots: list[Marks], allowed: int = 1, ranked: bool = False,
           fused: bool = False) -> None:  # fmt: skip
    """State that the totals of a contest are those of plain loops, and that its lines add up."""
    expected, number, later = totals(ballots, allowed, ranked, fused)
    votes, shown, from_later, per_ballot, unused = contest_of(found, contest)
    assert (votes, shown, from_later) == (+expected, number, later)
    assert per_ballot == (1 if ranked else allowed)
    none = sum(n for name, n in votes.items() if name in ASIDE.values() and name != WRITE_IN)
    valid = votes.total() - none
    assert valid + unused == per_ballot * (shown - none)
    assert unused >= 0
    assert unused == 0 or per_ballot > 1
    rows = found[found["contest"] == contest]
    assert rows["share"].isna().tolist() == [
        (name in ASIDE.values() and name != WRITE_IN) or not valid for name in rows["candidate"]
    ]  # fmt: skip
    assert not valid or rows["share"].sum() == pytest.approx(1)


@st.composite
def contests(draw: Any) -> tuple[int, bool, list[Marks | None]]:
    """Draw a contest: votes allowed, whether it is ranked, each ballot's marks, None where it is not on the ballot."""
    allowed, ranked = draw(st.sampled_from([(1, False), (2, False), (3, False), (1, True), (3, True)]))
    rank = st.integers(1, 3) if ranked else st.just(1)
    mark = st.tuples(st.sampled_from([*NAMES, *NAMES, WRITE_IN, UNDERVOTE, OVERVOTE, UNREADABLE]), rank)
    few, many = st.lists(mark, min_size=1, max_size=1), st.lists(mark, min_size=1, max_size=4)
    return allowed, ranked, draw(st.lists(st.one_of(st.none(), few, few, many), min_size=1, max_size=12))


@QUICK
@given(st.lists(contests(), min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_records_of_vendors(drawn: list[tuple[int, bool, list[Marks | None]]], shuffle: Any) -> None:
    kinds = [Contest(f"C{c}", votes=v, ranks=3 if r else 1) for c, (v, r, _) in enumerate(drawn)]
    candidates = [Candidate(c, name) for c in range(len(drawn)) for name in NAMES]
    votes = []
    for c, (_, _, ballots) in enumerate(drawn):
        for record, marks in enumerate(ballots):
            position = {name: len(NAMES) * c + i for i, name in enumerate(NAMES)} | CHOICE
            votes += [(record, c, position[who], rank) for who, rank in marks or ()]
    if not votes:
        return
    shuffle.shuffle(votes)
    records = [(number, "", "", "", None) for number in range(12)]
    read = load_records(stream(Catalogue(tuple(kinds), tuple(candidates)), records, votes), open_store())
    found = contest_totals(read)
    for c, (allowed, ranked, ballots) in enumerate(drawn):
        if any(ballots):
            agrees(found, f"C{c}", [b for b in ballots if b], allowed, ranked)
    of_candidates = found.loc[~found["candidate"].isin(ASIDE.values()), "votes"]
    assert candidate_table(read)["votes"].tolist() == of_candidates.tolist()


@QUICK
@given(st.lists(contests(), min_size=1, max_size=2), st.booleans(), st.randoms(use_true_random=False))
def test_long_tables(drawn: list[tuple[int, bool, list[Marks | None]]], places: bool, shuffle: Any) -> None:
    rows = []
    for c, (allowed, _, ballots) in enumerate(drawn):
        for voter, marks in enumerate(ballots):
            place = {"state": "X", "county": f"County {voter % 2}"} if places else {}
            rows += [{**place, "voter": voter // 2 if places else voter, "office": f"C{c}", "magnitude": allowed,
                      "candidate": WORD.get(who, who)} for who, _ in marks or ()]  # fmt: skip
    if not rows:
        return
    shuffle.shuffle(rows)
    for table in (pd.DataFrame(rows), pl.DataFrame(rows).lazy()):
        found = contest_totals(read_cvr(table))
        for c, (allowed, _, ballots) in enumerate(drawn):
            if any(ballots):
                name = f"C{c}, X" if places else f"C{c}"
                agrees(found, name, [[(who, 1) for who, _ in b] for b in ballots if b], allowed)


@QUICK
@given(st.integers(1, 2), st.lists(st.lists(st.sampled_from([("Ann", "DEM"), ("Ann", "WFP"), ("Bob", "REP"),
                                                             ("WRITEIN", "")]), min_size=1, max_size=3), min_size=1,
                                   max_size=10))  # fmt: skip
def test_two_lines_of_one_person_are_one_vote(allowed: int, ballots: list[list[tuple[str, str]]]) -> None:
    always = [[("Ann", "DEM")], [("Ann", "WFP")]]  # so that the contest has a person on two lines
    rows = [(v, "C", name, party, allowed) for v, marks in enumerate([*ballots, *always]) for name, party in marks]
    table = pd.DataFrame(rows, columns=["voter", "office", "candidate", "party", "magnitude"])
    said = [[(WRITE_IN if name == "WRITEIN" else name, 1) for name, _ in marks] for marks in [*ballots, *always]]
    agrees(contest_totals(read_cvr(table)), "C", said, allowed, fused=True)


@QUICK
@given(st.lists(st.tuples(st.sampled_from(["DEM", "REP", "none", "overvote", "write-in", "unseen", "off"]),
                          st.integers(0, 5)), min_size=1, max_size=12))  # fmt: skip
def test_wide_tables(rows: list[tuple[str, int]]) -> None:
    words = {"none": UNDERVOTE, "overvote": OVERVOTE, "write-in": WRITE_IN, "unseen": UNREADABLE}
    table = pd.DataFrame({"C": [cell for cell, _ in rows], "n": [n for _, n in rows]})
    ballots = [[(words.get(cell, cell), 1)] for cell, n in rows for _ in range(n) if cell != "off"]
    found = contest_totals(read_cvr(table, offices=["C"], weights="n"))
    if ballots:
        agrees(found, "C", ballots)


def dominion(path: Path, allowed: int, ballots: list[list[str]]) -> None:
    """Write a Dominion table with the contest C and the ballots that have it."""
    heading, ids = f"C (Vote For={allowed})", ["CvrNumber", "TabulatorNum", "BatchId", "RecordId"]
    above = [["E", "5"], [""] * 4 + [heading] * 4, [""] * 4 + NAMES, ids + [""] * 4]
    write(path, above, [[str(i), "1", "1", str(i)] for i in range(len(ballots))], ballots)


def clear_ballot(path: Path, allowed: int, ballots: list[list[str]]) -> None:
    """Write a Clear Ballot table with the contest C."""
    choices = [f"Choice_{i}_1:C:Vote For {allowed}:{name}:NON" for i, name in enumerate(NAMES)]
    ids = [[str(i), f"b{i}", "p", "s"] for i in range(len(ballots))]
    write(path, [["RowNumber", "BallotID", "PrecinctID", "BallotStyleID", *choices]], ids, ballots)


def write(path: Path, above: list[list[str]], ids: list[list[str]], ballots: list[list[str]]) -> None:
    with path.open("w", newline="") as file:
        marks = [["1" if name in of else "0" for name in NAMES] for of in ballots]
        csv.writer(file).writerows([*above, *([*i, *m] for i, m in zip(ids, marks, strict=True))])


@pytest.mark.parametrize("written", [dominion, clear_ballot])
@settings(QUICK, max_examples=6)
@given(
    allowed=st.integers(1, 3), ballots=st.lists(st.lists(st.sampled_from(NAMES), unique=True), min_size=1, max_size=12)
)
def test_tables_with_a_column_for_each_choice(
    written: Callable[..., None], allowed: int, ballots: list[list[str]], tmp_path: Path
) -> None:
    written(tmp_path / "t.csv", allowed, ballots)
    marks = [[(name, 1) for name in of] or [(UNDERVOTE, 1)] for of in ballots]
    agrees(contest_totals(read_cvr(tmp_path / "t.csv")), "C", marks, allowed)


@QUICK
@given(st.lists(st.lists(st.sampled_from(["Ann", "Bob", WRITE_IN, UNDERVOTE, OVERVOTE, UNREADABLE]), min_size=1,
                         max_size=2), min_size=1, max_size=12))  # fmt: skip
def test_the_coding_sorts_the_top_of_the_ticket_as_the_totals_do(drawn: list[list[str]]) -> None:
    party, ballots = {"Ann": "DEM", "Bob": "REP"}, [*drawn, ["Ann"], ["Bob"]]
    rows = [(v, "President", WORD.get(who, who), party.get(who, "")) for v, of in enumerate(ballots) for who in of]
    rows += [(v, "Sheriff", "Lee", "REP") for v in range(len(ballots))]
    read = read_cvr(pd.DataFrame(rows, columns=["voter", "office", "candidate", "party"]))
    parts = next(s for s in code(read).account.steps if s.name.startswith("Read and sorted")).parts
    votes, ballots_shown, *_ = contest_of(contest_totals(read), "President")
    reasons = {"Ann": "kept: DEM", "Bob": "kept: REP", UNDERVOTE: "set aside: no vote at the top",
               OVERVOTE: "set aside: overvote at the top", WRITE_IN: "set aside: write-in at the top",
               UNREADABLE: "set aside: top contest not readable"}  # fmt: skip
    assert Counter({reasons[name]: n for name, n in votes.items()}) == Counter(parts)
    assert ballots_shown == sum(parts.values())


def test_a_folder_that_is_counted_place_by_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Voters of one number in two counties are two; the totals are those of the table in one piece."""
    marks = [(1, "C", "Ann", 1), (1, "C", "Bob", 1), (2, "C", "Ann", 1), (1, "D", "Cat", 2), (1, "D", "Dan", 2),
             (2, "D", "UNDERVOTE", 2), (2, "D", "Cat", 2)]  # fmt: skip
    parts = []
    for county, rows in {"X": marks, "Y": marks[1:], "Z": marks[2:]}.items():
        parts.append(pd.DataFrame(rows, columns=["cvr_id", "office", "candidate", "magnitude"]))
        folder = tmp_path / "state=OHIO" / f"county_name={county}"
        folder.mkdir(parents=True)
        parts[-1].to_parquet(folder / "part-0.parquet")
        parts[-1].insert(0, "county_name", county)
    whole = contest_totals(read_cvr(pd.concat(parts).assign(state="OHIO")))
    monkeypatch.setattr("blocs.ballots.pivot.long.PART", 1)
    ballots = read_cvr(tmp_path)
    assert len(ballots.source.parts()) == 3
    pd.testing.assert_frame_equal(contest_totals(ballots), whole)
    said = {"C": [[("Ann", 1), ("Bob", 1)], [("Ann", 1)], [("Bob", 1)], [("Ann", 1)], [("Ann", 1)]],
            "D": [[("Cat", 1), ("Dan", 1)], [("Cat", 1)]] * 3}  # fmt: skip
    agrees(whole, "C, OHIO", said["C"])
    agrees(whole, "D, OHIO", said["D"], 2)


def test_records_without_a_contest_have_no_totals() -> None:
    read = load_records(stream(Catalogue((Contest("C"),), ()), [(0, "", "", "", None)], []), open_store())
    assert list(contest_totals(read)["votes"]) == []


def test_a_candidate_marked_on_overvoted_ballots_alone_stood_and_has_no_vote() -> None:
    rows = [(1, "President", "Ann", "DEM"), (2, "President", "Bob", "REP"), (1, "Sheriff", "Lee", "DEM"),
            (2, "Sheriff", "Lee", "DEM"), (2, "Sheriff", "Ruiz", "REP")]  # fmt: skip
    read = read_cvr(pd.DataFrame(rows, columns=["voter", "office", "candidate", "party"]))
    table = candidate_table(read).set_index("candidate")
    assert (table.loc["Ruiz", "votes"], table.loc["Ruiz", "party"]) == (0, "REP")
    assert code(read).schema.items[0].menu_labels(0) == ("abstain", "split", "straight")


def test_a_repr_says_how_many_votes_there_are() -> None:
    from blocs.ballots.coding.candidates import candidates_of
    from blocs.ballots.coding.vote_counts import count_votes

    read: Ballots = read_cvr(pd.DataFrame({"voter": [1, 2], "office": ["C", "C"], "candidate": ["Ann", "UNDERVOTE"]}))
    assert repr(count_votes(read, candidates_of(read))) == "<VoteCounts: 1 valid vote in 1 contest>"
