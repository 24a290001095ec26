"""Words in place of a candidate in a long table, and columns that are named like those blocs makes."""

from __future__ import annotations

from functools import cache

import pandas as pd
import polars as pl
import pytest

from ballots_support import long_table, sorted_by_top, voters_of
from blocs.ballots import Coded, code, read_cvr
from blocs.ballots.reports.contest_totals import contest_totals
from blocs.core.errors import InputError
from blocs.tables.column_roles import own_name

BOTH = [(8, "US HOUSE", "1", "A", "DEM"), (9, "US HOUSE", "1", "B", "REP")]


def house(word: str | None) -> list[tuple[object, ...]]:
    """A voter whose row in the House says `word`, beside two that make the race contested."""
    party = "DEM" if word == "A" else None
    return [(1, "US PRESIDENT", "", "X", "DEM"), (2, "US PRESIDENT", "", "Y", "REP"), (1, "US HOUSE", "1", word, party),
            (2, "US HOUSE", "1", "B", "REP"), *BOTH]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "outcome", "said"),
    [
        ("UNDERVOTE", "abstain", "(undervote)"), ("OVERVOTE", "abstain", "(overvote)"),
        ("WRITEIN", "other", "(write-in)"), ("Write-in", "other", "(write-in)"),
        ("NOT QUALIFIED", "other", "(write-in)"), ("", None, "(not readable)"), (None, None, "(not readable)"),
    ],
)  # fmt: skip
def test_a_word_in_place_of_a_candidate(word: str | None, outcome: str | None, said: str) -> None:
    ballots = read_cvr(long_table(house(word)))
    found = dict(iter(voters_of(code(ballots, keep_empty=True))))
    assert (found["DEM"] and found["DEM"][1]) == outcome
    totals = contest_totals(ballots).set_index("candidate")["votes"]
    assert totals[said] == 1
    assert "NOT QUALIFIED" not in totals


def test_not_qualified_at_the_top_sets_aside_as_a_write_in() -> None:
    rows = [*house("A"), (3, "US PRESIDENT", "", "NOT QUALIFIED", None)]
    assert sorted_by_top(code(read_cvr(long_table(rows)))).parts == {
        "kept: DEM": 1, "kept: REP": 1, "set aside: write-in at the top": 1,
        "set aside: top contest not on the record": 2,
    }  # fmt: skip


def test_more_rows_than_votes_allowed_are_an_overvote() -> None:
    rows = [*house("A"), (2, "US HOUSE", "1", "A", "DEM")]
    found = voters_of(code(read_cvr(long_table(rows))))
    menu = frozenset({"abstain", "split", "straight"})
    assert found == {("DEM", (menu, "straight")): 1, ("REP", (menu, "abstain")): 1}


def test_the_same_row_twice_is_an_overvote_and_not_a_vote() -> None:
    rows = [*house("A"), (2, "US HOUSE", "1", "B", "REP")]
    found = voters_of(code(read_cvr(long_table(rows))))
    menu = frozenset({"abstain", "split", "straight"})
    assert found == {("DEM", (menu, "straight")): 1, ("REP", (menu, "abstain")): 1}


OURS = ("key", "pack_0", "rows_0", "votes", "voters", "_cell", "Pack_0", "coded", "district")


WIDE = pd.DataFrame({"P": ["DEM", "REP", "DEM"], "H": ["REP", "REP", "DEM"], "n": [1, 2, 3], "g": ["a", "b", "a"]})
LONG = long_table(house("A")).assign(precinct="P1")


@cache
def coded_wide() -> Coded:
    return code(read_cvr(WIDE, offices=["P", "H"], weights="n"), top="P", groups=["g"])


@cache
def coded_long() -> Coded:
    return code(read_cvr(LONG), groups=["precinct"])


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("name", OURS)
def test_a_wide_table_may_name_its_columns_as_it_likes(name: str, lazy: bool) -> None:
    for old in ("H", "n", "g"):
        table = WIDE.rename(columns={old: name})
        offices, weights, group = (name if old == c else c for c in ("H", "n", "g"))
        ballots = read_cvr(pl.from_pandas(table).lazy() if lazy else table, offices=["P", offices], weights=weights)
        group = own_name(group)  # a column that would meet one of ours is carried under a name of its own
        found = code(ballots, top="P", groups=[group])
        assert voters_of(found) == voters_of(coded_wide())
        assert found.cells is not None
        assert set(found.cells.table[group]) == {"a", "b"}


@pytest.mark.parametrize("name", ["row", "place", "item", "option", "share_0", "_votes", "_known"])
def test_a_long_table_may_name_its_columns_as_it_likes(name: str) -> None:
    for role in ("voter", "office", "candidate", "precinct"):
        columns = {role: name}
        found = code(read_cvr(LONG.rename(columns=columns), columns=columns), groups=["precinct"])
        assert found.hash == coded_long().hash


def test_only_a_voter_may_be_several_columns() -> None:
    table = long_table(house("A")).assign(more="x")
    assert code(read_cvr(table, columns={"voter": ["voter", "more"]})).n == 2
    with pytest.raises(InputError) as caught:
        read_cvr(table, columns={"district": ["district", "more"]})
    assert str(caught.value) == (
        "columns['district']: more than one column is named. Only the role 'voter' may have several columns."
    )


@pytest.mark.parametrize("multi", ["majority", "any"])
def test_a_candidate_of_both_parties_is_straight_for_either_side_in_a_contest_for_two(multi: str) -> None:
    marks = {1: ["F"], 2: ["F", "C"], 3: ["C", "D"], 4: ["F", "D"], 5: ["W"]}
    party = {"F": "DEM/REP", "C": "DEM", "D": "REP", "W": "GRN"}
    rows = [(v, "US PRESIDENT", "", "X" if v != 4 else "Y", "DEM" if v != 4 else "REP", 1) for v in marks]
    rows += [(v, "COUNCIL", "", name, party[name], 2) for v, names in marks.items() for name in names]
    table = pd.DataFrame(rows, columns=["voter", "office", "district", "candidate", "party", "magnitude"])
    found = {(top, cell[1]): n for (top, cell), n in voters_of(code(read_cvr(table), multi=multi)).items()}
    mixed = "split" if multi == "any" else "other"
    assert found == {("DEM", "straight"): 2, ("DEM", mixed): 1 + (mixed == "other"), ("REP", "straight"): 1} | (
        {} if mixed == "other" else {("DEM", "other"): 1}
    )
