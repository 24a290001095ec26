"""`blocs totals` and `blocs tables`: what they print and write, whole."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from ballots_support import long_table
from blocs.cli import cli

ROWS = [
    (1, "US PRESIDENT", "", "X", "DEM"), (1, "US HOUSE", "1", "A", "DEM"),
    (2, "US PRESIDENT", "", "Y", "REP"), (2, "US HOUSE", "1", "B", "REP"),
    (3, "US PRESIDENT", "", "X", "DEM"), (3, "US HOUSE", "1", "UNDERVOTE", None),
    (4, "US PRESIDENT", "", "WRITEIN", None), (4, "US HOUSE", "1", "B", "REP"),
    (5, "US PRESIDENT", "", "OVERVOTE", None), (5, "US HOUSE", "1", "", None),
]  # fmt: skip
TOTALS = """\
10 rows, 2 contests

US PRESIDENT  party  votes  share
X             DEM        2  50.0%
Y             REP        1  25.0%
(write-in)               1  25.0%
(overvote)               1
ballots                  5

US HOUSE, 1     party  votes  share
A               DEM        1  33.3%
B               REP        2  66.7%
(undervote)                1
(not readable)             1
ballots                    5
"""
TABLES = """\
DEM: votes in each office, % of all voters for whom it was contested
office    contested  straight  split  abstain  other
US HOUSE          2         —    0.0        —    0.0

REP: votes in each office, % of all voters for whom it was contested
office    contested  straight  split  abstain  other
US HOUSE          —         —      —        —      —

No cell stands for fewer than 2 voters: 7 cells were withheld.

One party in every contested office
top  solid  opposed  mixed  none
DEM      —        0      —     0
REP      —        —      0     0
No cell stands for fewer than 2 voters: 4 cells were withheld.

Voters by group
top       voters
(merged)       3
No cell stands for fewer than 2 voters: 1 group under 2 voters was merged with the smallest of the
others.

Account
"""


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    long_table(ROWS).to_csv("county.csv", index=False)
    return "county.csv"


def printed(*words: str) -> str:
    result = CliRunner().invoke(cli, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return str(result.output)


def test_totals_of_every_contest(table: str) -> None:
    assert printed("totals", table) == TOTALS
    found = json.loads(printed("totals", table, "--json"))
    assert found["rows"][0] == {"contest": "US PRESIDENT", "district": "", "candidate": "X", "party": "DEM",
                                "votes": 2, "share": 0.5, "later": 0, "ballots": 5, "allowed": 1,
                                "unused": 0}  # fmt: skip


SEVERAL = """\
11 rows, 2 contests

US PRESIDENT  party  votes  share
X             DEM        3  75.0%
Y             REP        1  25.0%
ballots                  4

COUNCIL      party  votes  share
Ann                     1  33.3%
Bob                     2  66.7%
Cy                      0   0.0%
(undervote)             1
(overvote)              1
4 ballots: 1 undervoted, 1 overvoted, 2 valid with 2 votes each; 1 of these 4 votes is unused.
"""


def test_totals_of_a_contest_with_several_votes_add_up_in_a_sentence(tmp_path: Path) -> None:
    marks = [(1, "Ann"), (1, "Bob"), (2, "Bob"), (3, "Ann"), (3, "Bob"), (3, "Cy"), (4, "UNDERVOTE")]
    rows = [(v, "COUNCIL", name, "", 2) for v, name in marks]
    rows += [(v, "US PRESIDENT", "XY"[v == 2], ("DEM", "REP")[v == 2], 1) for v in (1, 2, 3, 4)]
    columns = ["voter", "office", "candidate", "party", "magnitude"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "t.csv", index=False)
    assert printed("totals", str(tmp_path / "t.csv")) == SEVERAL


def test_votes_of_later_ranks_are_named(tmp_path: Path) -> None:
    choices = [f"Choice_{i}_1:Mayor:{rank}:Number of Winners 1:{name}:NON" for rank in (1, 2)
               for i, name in enumerate(["Ann", "Bob"])]  # fmt: skip
    rows = [["RowNumber", "BallotID", "PrecinctID", "BallotStyleID", *choices], [1, "a", "p", "s", 1, 0, 0, 1],
            [2, "b", "p", "s", 0, 0, 0, 1], [3, "c", "p", "s", 1, 1, 0, 0]]  # fmt: skip
    (tmp_path / "t.csv").write_text("\n".join(",".join(map(str, row)) for row in rows) + "\n")
    assert printed("totals", str(tmp_path / "t.csv")) == (
        "3 rows, 1 contest\nRecords read: 3 rows (3 delivered).\n\n"
        "Mayor       party  votes  share\n"
        "Ann                    1  50.0%\n"
        "Bob                    1  50.0%\n"
        "(overvote)             1\n"
        "ballots                3\n"
        "1 vote is of a later rank, where the ranks before it hold no mark.\n"
    )


def test_tables_have_a_column_of_what_is_treated_as_missing(table: str) -> None:
    said = printed("tables", table, "--top", "US PRESIDENT", "--minimum", "1", "--other", "missing")
    assert "missing" not in said.split("Account")[0]  # no Democrat voted for anybody else
    more = [(6, "US PRESIDENT", "", "X", "DEM"), (6, "US HOUSE", "1", "WRITEIN", None)]
    long_table([*ROWS, *more]).to_csv("more.csv", index=False)
    options = ("--top", "US PRESIDENT", "--minimum", "1", "--other", "missing", "--out", "t")
    assert "1 set aside: every coded office is missing" in " ".join(printed("tables", "more.csv", *options).split())
    said = printed("tables", "more.csv", *options, "--keep-empty")
    assert "office    contested  straight  split  abstain  other  missing\n" in said
    assert "US HOUSE          3      33.3    0.0     33.3    0.0     33.3\n" in said
    assert pd.read_csv("t/bars.csv")["missing"].round(3).tolist() == [0.333, 0.0]


def test_totals_beside_certified_returns(table: str) -> None:
    frame = pd.DataFrame({"contest": ["US PRESIDENT"] * 2, "candidate": ["X", "Y"], "votes": [2, 4]})
    frame.to_csv("certified.csv", index=False)
    assert printed("totals", table, "--returns", "certified.csv", "--out", "out.csv") == (
        "10 rows, 2 contests\n\n"
        "US PRESIDENT  counted  certified  difference     tier\n"
        "X                   2          2          +0        0\n"
        "Y                   1          4          -3  >= 10 %\n\n"
        "2 candidates compared (1 in tier 0, 1 in tier >= 10 %); 2 have no certified total.\n"
    )
    assert pd.read_csv("out.csv")["counted"].tolist() == [2, 1, 1, 2]


def test_tables_withhold_small_groups(table: str) -> None:
    said = printed("tables", table, "--top", "US PRESIDENT", "--by", "top", "--minimum", "2", "--out", "here")
    assert said.startswith(TABLES)
    assert sorted(path.name for path in Path("here").iterdir()) == ["bars.csv", "groups.csv", "partisans.csv"]


def test_tables_of_all_voters_with_a_minimum_of_one(table: str) -> None:
    said = printed("tables", table, "--top", "US PRESIDENT", "--minimum", "1")
    assert "US HOUSE          2      50.0    0.0     50.0    0.0\n" in said
    assert "DEM      1        0      1     0\n" in said
    assert said.count("No cell stands for fewer than 1 voter; nothing was withheld.\n") == 2


def test_a_group_that_is_no_column(table: str) -> None:
    assert printed("tables", table, "--top", "US PRESIDENT", "--by", "precinct") == (
        "blocs: --by: there is no column 'precinct'. There are no columns to choose from.\n"
    )
