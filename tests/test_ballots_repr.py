"""What a person sees of ballots and coded ballots: a few lines, and none of the internals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from ballots_support import long_table
from blocs.ballots import code_rows, read_cvr
from blocs.ballots.coding.candidates import candidates_of
from blocs.core.account import Account, Step

ROWS = [
    (1, "US PRESIDENT", "", "X", "DEM"), (1, "US HOUSE", "1", "A", "DEM"), (1, "JUDGE", "", "J", None),
    (2, "US PRESIDENT", "", "Y", "REP"), (2, "US HOUSE", "1", "B", "REP"), (2, "SHERIFF", "", "B", "REP"),
    (3, "US PRESIDENT", "", "Z", "GRN"), (3, "CLERK", "", "C", "REP"),
]  # fmt: skip


def test_ballots_of_a_table() -> None:
    assert repr(read_cvr(long_table(ROWS))) == (
        "Ballots of table\n"
        "  format              long\n"
        "  records             not yet counted\n"
        "  contests            5: US PRESIDENT; US HOUSE, 1; CLERK; JUDGE and 1 more\n"
        "  candidates          8, 7 of them with a party\n"
        "  marks               8\n"
        "  columns for groups  none"
    )


def test_ballots_of_a_file_with_an_account_and_a_candidate_table(tmp_path: Path) -> None:
    file = tmp_path / "county.csv"
    long_table(ROWS).assign(precinct="P").to_csv(file, index=False)
    parties = pd.DataFrame({"contest": ["JUDGE"], "candidate": ["J"], "party": ["DEM"]})
    account = Account((Step("Records read", "cards", 9, {"delivered": 8, "empty": 1}),), ("One file was <old>.",))
    ballots = replace(read_cvr(file, parties=parties), records=9, unit="cards", account=account)
    text = (
        "Ballots of county.csv\n"
        "  format              long\n"
        "  records             9 cards\n"
        "  contests            5: US PRESIDENT; US HOUSE, 1; CLERK; JUDGE and 1 more\n"
        "  candidates          8, 7 of them with a party\n"
        "  marks               8\n"
        "  columns for groups  precinct\n"
        "  candidate table     1 row\n"
        "  account             Records read: 9 cards (8 delivered; 1 empty).\n"
        "  account             One file was <old>."
    )
    assert repr(ballots) == text
    html = ballots._repr_html_()
    assert html.startswith("<table><caption>Ballots of county.csv</caption>")
    assert html.count("<tr>") == len(text.splitlines()) - 1
    assert "One file was &lt;old&gt;." in html


def test_wide_tables_have_their_format_too() -> None:
    ballots = read_cvr(pd.DataFrame({"P": ["DEM", "REP"], "S": ["DEM", "DEM"], "g": [1, 2]}), offices=["P", "S"])
    assert repr(ballots) == (
        "Ballots of table\n"
        "  format              wide\n"
        "  records             not yet counted\n"
        "  contests            2: P; S\n"
        "  candidates          3, 3 of them with a party\n"
        "  marks               4\n"
        "  columns for groups  g"
    )


def test_coded_ballots_and_their_parts() -> None:
    ballots = read_cvr(long_table(ROWS))
    coded = code_rows(ballots, offices=["US HOUSE", "SHERIFF"])
    assert repr(coded) == (
        "Coded ballots\n"
        "  top office         US PRESIDENT\n"
        "  offices coded      2: US HOUSE; SHERIFF\n"
        "  contests left out  1 nonpartisan, 1 not asked for\n"
        "  voters             2 kept, 1 set aside\n"
        "  profiles           2"
    )
    assert coded._repr_html_().count("<tr>") == 5
    assert repr(coded.offices) == "Offices(top='US PRESIDENT', names=('US HOUSE', 'SHERIFF'))"
    assert repr(coded.counts) == "<MarkCounts: 3 voters in 3 rows of 3 marks>"
    assert repr(coded.plan) == "Plan(kinds=('one', 'one', 'one'), fused=(False, False, False), kept=(3, 4))"
    assert repr(candidates_of(ballots)) == "<CandidateList: 8 candidates in 5 contests>"
    source = "LongSource(keys=('office', 'district', 'candidate'), voter=('voter',), carried={}, rank=None, "
    assert repr(ballots.source) == source + "foldered=False, place_columns={})"
