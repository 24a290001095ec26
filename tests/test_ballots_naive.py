"""The relational coder agrees with plain loops on random ballots, on every engine, in every row order."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ballots_support import LONG, long_table, sorted_by_top, voters_of
from blocs.ballots import code, read_cvr
from blocs.core.errors import InputError
from naive_coding import naive_code

OFFICES = ["US HOUSE", "STATE SENATE"]
PAIR = ("DEM", "REP")
NAMES = st.sampled_from(["ADAMS", "BAKER", "CLARK"])
PARTIES = st.sampled_from(["DEM", "REP", "LBT", "DEM/REP", "WFP", ""])
LINES = st.lists(st.tuples(NAMES, PARTIES), min_size=1, max_size=4, unique=True)
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large]
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=CHECKS)


@st.composite
def elections(draw: Any) -> list[tuple[Any, ...]]:
    """Rows of a long table: a top contest, two offices in up to two districts, any kind of mark."""
    contests = {("US PRESIDENT", ""): [("X", "DEM"), ("Y", "REP"), ("Z", "GRN")]}
    for office in OFFICES:
        for district in draw(st.sampled_from([["1"], ["1", "2"]])):
            contests[office, district] = draw(LINES)
    rows: list[tuple[Any, ...]] = []
    for voter in range(draw(st.integers(1, 12))):
        for office in ("US PRESIDENT", *OFFICES):
            mine = [c for c in contests if c[0] == office]
            contest = draw(st.sampled_from(mine))
            special = st.sampled_from([[("UNDERVOTE", "")], [("OVERVOTE", "")], [("WRITEIN", "")], [], [("", "")]])
            lines = st.lists(st.sampled_from(contests[contest]), min_size=1, max_size=2, unique=True)
            marks = draw(st.one_of(lines, lines, lines, special))
            rows += [(voter, *contest, name, party or None) for name, party in marks]
    return rows


def standing_offices(rows: list[tuple[Any, ...]]) -> list[str]:
    """Offices with a printed candidate of the two parties: the others are nonpartisan and refused by name."""
    return [o for o in OFFICES if any(r[1] == o and set((r[4] or "").split("/")) & set(PAIR) for r in rows)]


@pytest.mark.slow
@SLOW
@given(
    elections(), st.sampled_from(["level", "abstain", "missing"]), st.sampled_from(["abstain", "missing"]),
    st.sampled_from(["drop", "keep"]), st.randoms(use_true_random=False),
)  # fmt: skip
def test_agrees_with_plain_loops(rows: Any, other: str, overvote: str, third: str, shuffle: Any) -> None:
    offices = standing_offices(rows)
    expected, aside = naive_code(rows, "US PRESIDENT", PAIR, offices, other=other, overvote=overvote, third=third)
    known = {part for row in rows for part in (row[4] or "").split("/")}
    if not offices or not expected or not any(name in "XY" for _, _, _, name, _ in rows if name):
        return
    if not known.issuperset(PAIR):
        return  # refused by name
    ballots = read_cvr(long_table(rows), columns={"voter": "voter"})
    options = {"offices": offices, "other": other, "overvote": overvote, "third": third}
    assert voters_of(code(ballots, **options, keep_empty=True)) == expected
    profiles = code(ballots, **options)
    empty = {key: n for key, n in expected.items() if not any(key[1:])}
    if len(empty) < len(expected):  # where all are, they are kept
        expected = {key: n for key, n in expected.items() if key not in empty}
        aside = {**aside, "every coded office is missing": sum(empty.values())}
    assert voters_of(profiles) == expected
    step = sorted_by_top(profiles)
    assert step.total == len({row[0] for row in rows})
    assert sum(n for part, n in step.parts.items() if part.startswith("set aside")) == sum(aside.values())
    shuffle.shuffle(rows)
    lazy = pl.DataFrame(rows, schema=LONG, orient="row", schema_overrides={"party": pl.String}).lazy()
    assert code(read_cvr(lazy), **options).hash == profiles.hash


def test_the_same_line_twice_is_an_overvote() -> None:
    rows = [(1, "US PRESIDENT", "", "X", "DEM"), (1, "US HOUSE", "1", "A", "DEM"), (1, "US HOUSE", "1", "A", "DEM"),
            (2, "US PRESIDENT", "", "X", "DEM"), (2, "US HOUSE", "1", "B", "REP")]  # fmt: skip
    found = voters_of(code(read_cvr(long_table(rows))))
    menu = frozenset({"abstain", "split", "straight"})
    assert found == {("DEM", (menu, "abstain")): 1, ("DEM", (menu, "split")): 1}


def test_fusion_lines_of_one_person_are_one_vote() -> None:
    rows = [(1, "US PRESIDENT", "", "X", "DEM"), (1, "US HOUSE", "1", "A", "DEM"), (1, "US HOUSE", "1", "A", "WFP"),
            (2, "US PRESIDENT", "", "X", "DEM"), (2, "US HOUSE", "1", "A", "WFP"),
            (3, "US PRESIDENT", "", "X", "DEM"), (3, "US HOUSE", "1", "B", "REP")]  # fmt: skip
    found = voters_of(code(read_cvr(long_table(rows))))
    menu = frozenset({"abstain", "split", "straight"})
    assert found == {("DEM", (menu, "straight")): 2, ("DEM", (menu, "split")): 1}


def test_two_contests_of_one_office_are_refused_by_name() -> None:
    rows = [(1, "US PRESIDENT", "", "X", "DEM"), (1, "US SENATE", "GEORGIA", "A", "DEM"),
            (1, "US SENATE", "GEORGIA-III", "B", "REP")]  # fmt: skip
    with pytest.raises(InputError) as caught:
        code(read_cvr(long_table(rows)))
    assert str(caught.value) == (
        "offices: 1 ballot shows two contests of 'US SENATE'. One office is one column; its contests are "
        "'US SENATE, GEORGIA', 'US SENATE, GEORGIA-III'. Give them different offices in the candidate table."
    )
    table = [("US SENATE, GEORGIA-III", "SENATE SPECIAL", "B", "REP")]
    columns = ["contest", "office", "candidate", "party"]
    profiles = code(read_cvr(long_table(rows), parties=pd.DataFrame(table, columns=columns)))
    assert profiles.schema.names == ("US SENATE", "SENATE SPECIAL")
