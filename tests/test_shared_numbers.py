"""Numbers that several voters of a long table share: refused, whatever the column is called that tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from blocs.ballots import Ballots, read_cvr
from blocs.ballots.reports.contest_totals import contest_totals
from blocs.core.errors import InputError

OFFICES = ("US PRESIDENT", "US SENATE", "SHERIFF")
ROLES = ["voter", "office", "candidate", "party"]
PARTY = {"Ann": "DEM", "Bob": "REP", "UNDERVOTE": ""}


def ballots(voters: Sequence[int], seed: int) -> pd.DataFrame:
    """Return votes in three contests of each voter, at random."""
    names = np.random.default_rng(seed).choice([*PARTY], (len(voters), len(OFFICES)))
    rows = [(v, office, name, PARTY[name]) for v, row in zip(voters, names, strict=True)
            for office, name in zip(OFFICES, row, strict=True)]  # fmt: skip
    return pd.DataFrame(rows, columns=ROLES)


def voters_of(read: Ballots) -> int:
    table = contest_totals(read)
    return int(table.loc[table["contest"] == "US PRESIDENT", "votes"].sum())


def numbered_anew(column: str, places: int = 3, voters: int = 30) -> pd.DataFrame:
    return pd.concat(
        [ballots(range(1, voters + 1), place).assign(**{column: f"place {place}"}) for place in range(places)]
    )


@pytest.mark.parametrize("column", ["vtd_code", "Where", "reader no", "folder", "x"])
@pytest.mark.parametrize("as_file", [True, False])
def test_the_column_is_found_whatever_it_is_called(column: str, as_file: bool, tmp_path: Path) -> None:
    table = numbered_anew(column)
    table["row"] = range(len(table))
    table["same"] = "all"
    table.to_csv(tmp_path / "long.csv", index=False)
    where = "long.csv" if as_file else "table"
    with pytest.raises(InputError) as caught:
        read_cvr(tmp_path / "long.csv" if as_file else table)
    assert str(caught.value) == (
        f"{where}, column 'voter': 30 numbers of the first 30 (such as 1, 2, 3) answer "
        "several contests more than once, as several voters do. Every voter has a number of their own. Name "
        f"{column!r} and 'voter' together as 'voter' in `columns=` if voters are numbered anew in each."
    )
    whole = read_cvr(tmp_path / "long.csv" if as_file else table, columns={"voter": [column, "voter"]})
    assert voters_of(whole) == 90


def test_no_column_tells_them_apart() -> None:
    with pytest.raises(InputError) as caught:
        read_cvr(numbered_anew("x").drop(columns="x"))
    assert str(caught.value).endswith(
        "Every voter has a number of their own. Name as 'voter' in `columns=` the columns that tell voters apart "
        "together, or take out rows that stand twice."
    )


def test_a_few_numbers_of_a_small_table() -> None:
    """Two voters of opposite parties under each of two numbers: no mark is there twice."""
    one = pd.DataFrame([(v, o, "Ann", "DEM") for v in (1, 2) for o in OFFICES], columns=ROLES).assign(part="a")
    other = one.assign(candidate="Bob", party="REP", part="b")
    with pytest.raises(InputError, match="Name 'part' and 'voter' together"):
        read_cvr(pd.concat([one, other]))


def test_rows_that_stand_twice_are_no_overvotes() -> None:
    table = ballots(range(50), 3)
    with pytest.raises(InputError, match="or take out rows that stand twice"):
        read_cvr(pd.concat([table, table]))
    few = read_cvr(pd.concat([table, table[table.candidate == "Ann"][:3]]))
    assert int(contest_totals(few).query("candidate == '(overvote)'")["votes"].sum()) == 3


def _overvoted(voters: int) -> pd.DataFrame:
    """Return ballots of which one has two candidates in each contest."""
    table = ballots(range(voters), 1)
    both = pd.DataFrame([(0, o, name, PARTY[name]) for o in OFFICES for name in ("Ann", "Bob")], columns=ROLES)
    return pd.concat([table[table.voter != 0], both])


def _several_votes() -> pd.DataFrame:
    """Return ballots with three names in each of two councils, and nothing that says how many may be marked."""
    rows = [(v, council, name, "") for v in range(40) for council in ("COUNCIL", "SCHOOL BOARD") for name in "ABC"]
    return pd.concat([ballots(range(40), 2), pd.DataFrame(rows, columns=ROLES)])


def _with_rows(table: pd.DataFrame, rows: Sequence[tuple[int, str, str, str]]) -> pd.DataFrame:
    return pd.concat([table, pd.DataFrame(rows, columns=ROLES)])


def _overvotes_beside_several_votes() -> pd.DataFrame:
    """Return ballots of which two have two candidates for President, in a table that does not say what others allow."""
    table = _several_votes()
    president = (table.office == "US PRESIDENT") & (table.voter < 2)
    both = [(v, "US PRESIDENT", name, PARTY[name]) for v in (0, 1) for name in ("Ann", "Bob")]
    return _with_rows(table[~president], both)


def _names_on_two_lines() -> pd.DataFrame:
    """Return ballots of which some have the names of their choice on the lines of two parties."""
    names = ["Ann", "Bob"] * 20
    chosen = [(v, office, name, PARTY[name]) for v, name in enumerate(names) for office in OFFICES]
    again = [(v, office, name, "WFP" if name == "Ann" else "CON") for v, office, name, _ in chosen if v < 8]
    return pd.DataFrame([*chosen, *again], columns=ROLES)


def _names_twice_in_councils() -> pd.DataFrame:
    """Return ballots of which some have a name twice in one council, in a table that does not say what it allows."""
    table = _several_votes()
    return _with_rows(table, [(v, "COUNCIL", "A", "") for v in range(8)])


@pytest.mark.parametrize("table", [
    _overvoted(100), _several_votes(), ballots(range(50), 4).assign(of=1), _overvotes_beside_several_votes(),
    _names_on_two_lines(), _names_twice_in_councils(),
])  # fmt: skip
def test_voters_with_numbers_of_their_own_are_read(table: pd.DataFrame) -> None:
    assert voters_of(read_cvr(table)) == table["voter"].nunique()


def test_ranks_of_a_voter_are_one_ballot() -> None:
    first = ballots(range(40), 5).query("candidate != 'UNDERVOTE'").assign(rank=1)
    second = first.assign(candidate=first["candidate"].map({"Ann": "Bob", "Bob": "Ann"}), rank=2)
    president = first[first.office == "US PRESIDENT"]
    assert voters_of(read_cvr(pd.concat([first, second]))) == len(president)


def test_rows_that_are_no_votes_are_no_answers() -> None:
    """A table that lists all candidates of a voter's contests, and says which of them were chosen."""
    table = ballots(range(40), 6)
    chosen = table["candidate"]
    listed = pd.concat([table.assign(candidate=name, party=PARTY[name], is_vote=(chosen == name).astype(int))
                        for name in ("Ann", "Bob")])  # fmt: skip
    assert voters_of(read_cvr(listed)) == 40
    with pytest.raises(InputError, match="40 numbers of the first 40"):
        read_cvr(pd.concat([listed.assign(part="a"), listed.assign(part="b", is_vote=1 - listed["is_vote"])]))


@pytest.mark.parametrize("heading", ["Cast Vote Record", "CvrNumber", "cvr_number"])
def test_a_long_table_whose_voters_are_records_is_no_table_of_a_vendor(heading: str, tmp_path: Path) -> None:
    ballots(range(40), 7).rename(columns={"voter": heading}).to_csv(tmp_path / "long.csv", index=False)
    assert voters_of(read_cvr(tmp_path / "long.csv")) == 40
