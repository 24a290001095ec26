"""Names with numbers in the order in which people count, wherever they are sorted."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from blocs.ballots import code, read_cvr
from blocs.core.natural_order import natural_order

NAMED = ["Office", "Office 02", "Office 2", "Office 2, Seat 9", "Office 2, Seat 10", "Office 10"]


def test_numbers_count_as_numbers() -> None:
    assert sorted([*NAMED[3:], *NAMED[:3]], key=natural_order) == NAMED
    assert sorted(["b1", "10", "9", "a10", "a9"], key=natural_order) == ["9", "10", "a9", "a10", "b1"]


@given(st.lists(st.text("019٣ aé-.", max_size=6)))
def test_the_order_is_one(names: list[str]) -> None:
    again = names[::-1]
    assert sorted(names, key=natural_order) == sorted(again, key=natural_order)
    assert len({*names}) == len({natural_order(name) for name in names})


def test_numbers_of_any_length() -> None:
    assert sorted(["1" * 5000, "9" * 4999], key=natural_order)[0][0] == "9"


def test_offices_of_a_long_table_are_in_natural_order() -> None:
    offices = ["US PRESIDENT", *(f"COUNTY OFFICE {n}" for n in (1, 10, 2, 9, 11))]
    rows = [(v, office, f"{party} {office}", party)
            for office in offices for v, party in enumerate(("DEM", "REP", "DEM", "REP"))]  # fmt: skip
    marks = pd.DataFrame(rows, columns=["voter", "office", "candidate", "party"])
    coded = code(read_cvr(marks))
    assert [item.name for item in coded.schema.items] == [f"COUNTY OFFICE {n}" for n in (1, 2, 9, 10, 11)]


def test_districts_of_a_wide_table_are_in_natural_order() -> None:
    votes = pd.DataFrame({
        "President": ["DEM", "REP"] * 3, "House": ["DEM", "REP"] * 3, "Seat": ["10", "10", "2", "2", "9", "9"],
    })  # fmt: skip
    read = read_cvr(votes, offices=["President", "House"], districts={"House": "Seat"})
    assert [contest.district for contest in read.catalogue.contests] == ["", "2", "9", "10"]
