"""Tables on disk and in memory: long, wide and count tables; what is wrong with them, in full."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from ballots_support import long_table, sorted_by_top, voters_of
from blocs.ballots import code, read_cvr
from blocs.ballots.input import long_voters
from blocs.core.errors import InputError
from blocs.tables.relations import open_store

MENU = frozenset({"abstain", "split", "straight"})
LONG = long_table(
    [
        (1, "US PRESIDENT", "FEDERAL", "X", "DEM"), (1, "US HOUSE", "001", "A", "DEM"),
        (2, "US PRESIDENT", "FEDERAL", "Y", "REP"), (2, "US HOUSE", "001", "B", "REP"),
        (3, "US PRESIDENT", "FEDERAL", "X", "DEM"), (3, "US HOUSE", "002", "UNDERVOTE", None),
        (4, "US PRESIDENT", "FEDERAL", "X", "DEM"), (4, "US HOUSE", "002", "C", "DEM"),
    ]
)  # fmt: skip
EXPECTED = {
    ("DEM", (MENU, "straight")): 1, ("REP", (MENU, "straight")): 1,
    ("DEM", (frozenset({"abstain", "straight"}), "abstain")): 1,
    ("DEM", (frozenset({"abstain", "straight"}), "straight")): 1,
}  # fmt: skip
WIDE = pd.DataFrame({"PRS": ["2", "1", "2", "0", "3"], "USH": ["2", "2", "0", "1", "1"], "cd": list("aabba"),
                     "n": [3, 2, 1, 4, 5]})  # fmt: skip
CODES = {0: "none", 1: "REP", 2: "DEM", "*": "other"}


def refusal(*args: Any, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        read_cvr(*args, **options)
    return str(caught.value)


def as_frames(frame: pd.DataFrame) -> dict[str, Any]:
    return {
        "pandas": frame, "polars": pl.from_pandas(frame), "lazy": pl.from_pandas(frame).lazy(),
        "arrow": pa.Table.from_pandas(frame), "duckdb": duckdb.connect().from_arrow(pa.Table.from_pandas(frame)),
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["pandas", "polars", "lazy", "arrow", "duckdb"])
def test_long_table_of_any_kind(kind: str) -> None:
    frame = as_frames(LONG)[kind]
    assert voters_of(code(read_cvr(frame))) == EXPECTED


@pytest.mark.parametrize("kind", ["pandas", "polars", "lazy", "arrow", "duckdb"])
def test_count_table_of_any_kind(kind: str) -> None:
    frame = as_frames(WIDE)[kind]
    profiles = code(read_cvr(frame, offices=["PRS", "USH"], weights="n", codes=CODES), top="PRS")
    assert voters_of(profiles) == {
        ("DEM", (MENU, "straight")): 3, ("REP", (MENU, "split")): 2, ("DEM", (MENU, "abstain")): 1,
    }  # fmt: skip
    assert sorted_by_top(profiles).total == 15


def test_long_table_on_disk(tmp_path: Path) -> None:
    LONG.to_csv(tmp_path / "long.csv", index=False)
    LONG.to_parquet(tmp_path / "long.parquet")
    expected = code(read_cvr(LONG)).hash
    assert code(read_cvr(tmp_path / "long.csv")).hash == expected
    assert code(read_cvr(tmp_path / "long.parquet")).hash == expected


def test_collection_in_folders_with_encoded_names(tmp_path: Path) -> None:
    for state, county in (("ARIZONA", "SANTA%20CRUZ"), ("RHODE%20ISLAND", "BRISTOL")):
        folder = tmp_path / f"state={state}" / f"county_name={county}"
        folder.mkdir(parents=True)
        LONG.rename(columns={"voter": "cvr_id"}).to_parquet(folder / "part-0.parquet")
    profiles = code(read_cvr(tmp_path), groups=["county"])
    assert profiles.n == 8
    assert profiles.cells is not None
    assert set(profiles.cells.table["county"]) == {"SANTA CRUZ", "BRISTOL"}
    assert profiles.account.remarks[0] == (
        "In 1 place the collection joined the sheets of a ballot by nearest row, so that a record may mix two voters: "
        "BRISTOL, RHODE ISLAND."
    )
    dropped = code(read_cvr(tmp_path, drop_joined=True))
    assert dropped.n == 4
    assert dropped.account.remarks[0] == (
        "1 place with 8 marks was left out, since the collection joined the sheets of a ballot by nearest row: "
        "BRISTOL, RHODE ISLAND."
    )


def test_parts_give_the_same_profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        folder = tmp_path / "state=OHIO" / f"county_name=C{number}"
        folder.mkdir(parents=True)
        LONG.iloc[: 2 * number + 2].rename(columns={"voter": "cvr_id"}).to_parquet(folder / "part-0.parquet")
    whole = code(read_cvr(tmp_path))
    said: list[float] = []
    monkeypatch.setattr("blocs.ballots.pivot.long.PART", 5)
    parts = code(read_cvr(tmp_path, progress=lambda task, share: said.append(share)))
    assert parts.hash == whole.hash
    assert parts.account == whole.account
    assert said[-1] == 1.0
    assert all(0 <= share <= 1 for share in said)


def test_districts_of_a_wide_table_tell_its_contests_apart() -> None:
    frame = WIDE.assign(cd=list("aabbb"))
    ballots = read_cvr(frame, offices=["PRS", "USH"], weights="n", codes=CODES, districts={"USH": "cd"})
    own, against = frozenset({"abstain", "straight"}), frozenset({"abstain", "split"})
    assert voters_of(code(ballots, top="PRS")) == {
        ("DEM", (own, "straight")): 3, ("REP", (against, "split")): 2, ("DEM", (against, "abstain")): 1,
    }  # fmt: skip


def test_wide_cells_in_words_need_no_codes() -> None:
    frame = pd.DataFrame({"Pres": ["Democrat", "republican", "overvote", "undervote", None],
                          "House": ["off", "DEM", "REP", "DEM", "DEM"]})  # fmt: skip
    ballots = read_cvr(frame, offices=["Pres", "House"])
    profiles = code(ballots, top="Pres", keep_empty=True)
    assert voters_of(profiles) == {("DEM", None): 1, ("REP", (MENU, "split")): 1}
    parts = {
        "kept: DEM": 1, "kept: REP": 1, "set aside: overvote at the top": 1, "set aside: no vote at the top": 1,
        "set aside: top contest not on the record": 1,
    }  # fmt: skip
    assert sorted_by_top(profiles).parts == parts
    without = code(ballots, top="Pres")
    assert voters_of(without) == {("REP", (MENU, "split")): 1}
    assert sorted_by_top(without).parts == {**parts, "kept: DEM": 0, "set aside: every coded office is missing": 1}


def test_faults_of_a_wide_table() -> None:
    assert refusal(WIDE, offices=["PRS", "UHS"], weights="m", districts={"USH": "dc"}) == (
        "4 faults:\n"
        "  - offices: there is no column 'UHS'. The columns are 'PRS', 'USH', 'cd', 'n'. Nearest match: USH.\n"
        "  - districts: there is no column 'dc'.\n"
        "  - districts: there is no column 'USH'. The columns are 'PRS', 'UHS'. Nearest match: UHS.\n"
        "  - weights: there is no column 'm'."
    )
    assert refusal(WIDE, offices=["PRS", "USH"], codes={0: "none", 1: "REP"}) == (
        "3 faults:\n"
        "  - column 'PRS': the cell '2' has no meaning. The codes given are '0', '1'. Give it a meaning "
        "with `codes=`, or '*' for all other cells.\n"
        "  - column 'PRS': the cell '3' has no meaning. The codes given are '0', '1'. Give it a meaning "
        "with `codes=`, or '*' for all other cells.\n"
        "  - column 'USH': the cell '2' has no meaning. The codes given are '0', '1'. Give it a meaning "
        "with `codes=`, or '*' for all other cells."
    )


@pytest.mark.parametrize("bad", ["x", "-1", "1.5", "", "inf", "nan", "1e300", "9007199254740993", "1,310", "1.310"])
def test_weights_that_are_not_counts(tmp_path: Path, bad: str) -> None:
    path = tmp_path / "counts.csv"
    path.write_text(f'PRS,USH,n\n1,2,3\n2,2,"{bad}"\n2,2,1\n')
    says = f"says '{bad}'" if bad else "has none"
    remedy = "Take out the separators of thousands." if "310" in bad else "Correct it, or drop the row."
    wide = {"offices": ["PRS", "USH"], "weights": "n", "codes": CODES}
    assert refusal(path, **wide) == (
        f"weights, column 'n': line 3 {says}. Numbers of voters are whole numbers from 0. {remedy}"
    )
    path.write_text(f'PRS,USH,n\n1,2,3\n\n2,2,"{bad}"\n2,2,"{bad}"\n')
    assert refusal(path, **wide) == (
        f"weights, column 'n': record 2 {says} (1 more row like it). Numbers of voters are whole numbers from 0. "
        f"{remedy}"
    )


def test_weights_of_frames_that_are_not_counts(tmp_path: Path) -> None:
    table = WIDE.assign(n=[1.0, 2.5, *WIDE["n"][2:]])
    wide = {"offices": ["PRS", "USH"], "weights": "n", "codes": CODES}
    rule = "Numbers of voters are whole numbers from 0. Correct it, or drop the row."
    assert refusal(table, **wide) == f"weights, column 'n': row 1 says '2.5'. {rule}"
    assert refusal(pl.from_pandas(table).lazy(), **wide) == f"weights, column 'n': a row says '2.5'. {rule}"
    assert refusal(table.astype({"n": str}), **wide) == f"weights, column 'n': row 1 says '2.5'. {rule}"
    table.to_parquet(tmp_path / "t.parquet")
    assert refusal(tmp_path / "t.parquet", **wide) == f"weights, column 'n': row 1 says '2.5'. {rule}"


def test_faults_of_a_long_table() -> None:
    frame = LONG.rename(columns={"voter": "person", "candidate": "name"})
    assert refusal(frame, columns={"ofice": "office", "candidate": "nam"}) == (
        "3 faults:\n"
        "  - columns: no role is called 'ofice'. The roles are state, county, voter, precinct, office, district, "
        "candidate, party, magnitude, style, straight_party, rank, is_vote. Nearest match: office.\n"
        "  - columns['candidate']: there is no column 'nam'. The columns are 'person', 'office', 'district', 'name', "
        "'party'. Nearest match: name.\n"
        "  - table: no column says the voter. A long table needs one; known names are cvr_id, voter_id, voter, "
        "ballot_id, ballot, cvr_number, cast_vote_record. Name it as 'voter' in `columns=`. The columns are 'person', "
        "'office', 'district', 'name', 'party'."
    )
    nameless = LONG.assign(voter=[1, None, *LONG["voter"][2:]])
    assert refusal(nameless) == (
        "table: 1 row has no 'voter'. Every row belongs to a voter. Fill the column, or name another one as "
        "'voter' in `columns=`."
    )
    assert refusal(LONG[:0]) == "table: the table has no rows. At least one is needed."
    assert refusal(LONG.assign(magnitude="some")) == (
        "table, column 'magnitude': 'some' votes are allowed in US HOUSE, 001. Votes allowed are whole numbers from 1. "
        "Correct the column, or leave it blank for 1."
    )


def test_formats_options_and_files_that_do_not_exist(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.csv") == (
        f"{tmp_path / 'no.csv'}: there is no such file or folder. Give one that exists."
    )
    assert refusal(LONG, format="hartt") == (
        "format: no format is called 'hartt'. The formats are dominion-csv, ess, dominion-json, clearballot, hart, "
        "el155, cdf, long, wide. Nearest match: hart."
    )
    assert refusal(LONG, format="hart") == (
        "format: a table in memory is not a file of format 'hart'. Tables are 'long' or 'wide'."
    )
    assert refusal(LONG, weights="n", link="voter") == (
        "2 faults:\n"
        "  - link: the format 'long' has no such option. It is for dominion-csv, ess, dominion-json, clearballot, "
        "hart, el155, cdf.\n"
        "  - weights: the format 'long' has no such option. It is for wide."
    )
    assert refusal(3) == (
        "a table of type int cannot be read. Tables are pandas, Polars, pyarrow, DuckDB relations, PySpark and ibis "
        "tables."
    )
    with pytest.raises(InputError) as caught:
        open_store(memory="much")
    assert str(caught.value) == (
        "memory: cannot use 'much' as a limit. Write a number with a unit, such as '2GB' or '800MB'."
    )


FORMATS = (
    "dominion-csv (a row of ids from CvrNumber on); ess (a header Cast Vote Record, Precinct, Ballot Style); "
    "dominion-json (Sessions in CvrExport*.json); clearballot (headers Choice_<id>_<n>:<contest>:...); hart (XML with "
    "Cvr and Contests); el155 (fixed columns, * at the first row of a voter); cdf (CastVoteRecordReport in XML or "
    "JSON, Unisyn too); long (a table with one row per mark: columns for the voter, the office and the candidate); "
    "wide (a table with one row per voter and one column per office, named by `offices=`)."
)
TABLE = (
    "If it is a table of answers (latent class analysis), use Profiles.from_table in Python, or `blocs fit` with "
    "--items. If it has one row for each voter, name the columns of the offices with `offices=`. If it has one row for "
    "each mark, name the columns 'voter', 'office' and 'candidate' with `columns=`, and set `format=` to 'long'."
)
NAME = f"Name the format with `format=`, if it is one of these: {FORMATS}"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty. A file of ballots has records."),
        (b"\n \n", "the file is empty. A file of ballots has records."),
        (b"x,y\n1,2\n", "it is a table whose columns do not say that it holds ballots. The columns are 'x', 'y'. "
                        f"{TABLE}"),
        (b'{\n "blocs_fit": 4', "it is a fit that blocs saved, not ballots. Give the file that it was made from."),
        (b'{"blocs_truth": 1', "it is the truth of a simulation that blocs saved, not ballots. Give the file that it "
                               "was made from."),
        (b"<Report><CVRSnapshot/></Report>", f"the format is not recognised. Nearest match: cdf. {NAME}"),
        (b"[1, 2]", f"the format is not recognised. {NAME}"),
        (b"\x01\x02,\x03\n", f"the format is not recognised. {NAME}"),
        (b"\xff\xfea\0", f"it is a table whose columns do not say that it holds ballots. The columns are 'a'. {TABLE}"),
        (b"\xff\xfea", "the text is not UTF-16, though it begins so. Text is UTF-8 or UTF-16. Save it as UTF-8."),
    ],
)  # fmt: skip
def test_unrecognised_files(data: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(data)
    assert refusal(tmp_path / "a.csv") == f"a.csv: {said}"


def test_unrecognised_folders(tmp_path: Path) -> None:
    folder = tmp_path / "ballots"
    folder.mkdir()
    assert refusal(folder) == "ballots: the folder is empty. Give the folder that holds the files of ballots."
    (folder / "x.txt").write_text("hello")
    assert refusal(folder) == f"ballots: the folder holds no file of a known format. blocs reads {FORMATS}"
    assert refusal("") == "the name of the file is empty. Give one that exists."


def test_columns_may_have_any_name() -> None:
    """Names that the program uses itself are renamed inside; precincts come along as groups."""
    frame = LONG.rename(columns={"voter": "key", "district": "place", "candidate": "rank", "party": "mark_0"})
    frame = frame.assign(item=["P", "P", "Q", "Q", "P", "P", "Q", "Q"])
    columns = {"voter": "key", "district": "place", "candidate": "rank", "party": "mark_0", "precinct": "item"}
    profiles = code(read_cvr(frame, columns=columns), groups=["precinct"])
    assert voters_of(profiles) == EXPECTED
    assert profiles.cells is not None
    assert set(profiles.cells.table["precinct"]) == {"P", "Q"}


def test_a_file_that_breaks_off_is_one_clear_error(tmp_path: Path) -> None:
    LONG.to_parquet(tmp_path / "long.parquet")
    whole = (tmp_path / "long.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    said = refusal(tmp_path / "cut.parquet")
    assert said.startswith("cut.parquet: the table cannot be read to its end. The database says: Invalid Input Error: ")
    (tmp_path / "bad.csv").write_bytes(b"voter,office,candidate\n1,US HOUSE,\xff\xfe\n" + b"2,US HOUSE,A\n" * 3)
    said = refusal(tmp_path / "bad.csv")
    assert said == "bad.csv, line 2: the text is not UTF-8. Tables are CSV in UTF-8 or Parquet. Save it as UTF-8."


@pytest.mark.parametrize("wide_name", ["row"])
def test_a_column_called_row_stays_a_column(wide_name: str) -> None:
    frame = WIDE.assign(**{wide_name: list("vwxyz")})
    ballots = read_cvr(frame, offices=["PRS", "USH"], weights="n", codes=CODES)
    assert "row_column" in ballots.source.covariates
    assert code(ballots, top="PRS").n == 6


def precincts(north: int, south: int, **columns: Any) -> pd.DataFrame:
    """Return a table of voters who are numbered from 1 in each of two precincts."""
    rows = [
        (place, n, office, person, party)
        for place, voters in (("North", north), ("South", south))
        for n in range(1, voters + 1)
        for office, person, party in (("US PRESIDENT", "X", "DEM"), ("US HOUSE", "B" if n % 2 else "A", "REP"))
    ]
    return pd.DataFrame(rows, columns=["precinct", "cvr_id", "office", "candidate", "party"]).assign(**columns)


@pytest.mark.parametrize("kind", ["frame", "csv"])
@pytest.mark.parametrize("column", ["precinct", "Batch ID"])
def test_voters_who_are_numbered_anew_in_each_precinct(kind: str, column: str, tmp_path: Path) -> None:
    frame = precincts(5, 2).rename(columns={"precinct": column})
    source = tmp_path / "t.csv" if kind == "csv" else frame
    if kind == "csv":
        frame.to_csv(source, index=False)
    where = "t.csv" if kind == "csv" else "table"
    assert refusal(source) == (
        f"{where}, column 'cvr_id': 2 numbers of 5 have the same contest in several {column!r}. Every voter has a "
        f"number of their own. Name {column!r} and 'cvr_id' together as 'voter' in `columns=` if voters are numbered "
        f"anew in each; if {column!r} is wrong in some rows, correct these."
    )
    together = code(read_cvr(source, columns={"voter": [column, "cvr_id"]}), top="US PRESIDENT")
    assert together.n == 7
    apart = frame.assign(cvr_id=frame["cvr_id"].astype(str) + frame[column])
    assert voters_of(code(read_cvr(apart), top="US PRESIDENT")) == voters_of(together)


@pytest.mark.parametrize("number", ["numbers", "text"])
@pytest.mark.parametrize("kind", ["frame", "csv"])
def test_a_large_table_is_refused_by_a_part_of_its_numbers(
    kind: str, number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again, apart = precincts(300, 200), precincts(300, 0)
    if number == "text":
        again["cvr_id"], apart["cvr_id"] = ("N" + frame["cvr_id"].astype(str) for frame in (again, apart))
    sources = [tmp_path / "again.csv", tmp_path / "apart.csv"] if kind == "csv" else [again, apart]
    if kind == "csv":
        again.to_csv(sources[0], index=False)
        apart.to_csv(sources[1], index=False)
    seen: list[int] = []
    whole = long_voters._counted
    monkeypatch.setattr(long_voters, "_LARGE", 100)
    monkeypatch.setattr(long_voters, "_counted", lambda *args: seen.append((one := whole(*args)).voters) or one)
    assert "column 'cvr_id': 200 numbers of 300 have the same contest in several 'precinct'." in refusal(sources[0])
    assert len(seen) == 2 and 1 < seen[0] < 30 and seen[1] == 300  # a part of the numbers, then all
    seen.clear()
    assert code(read_cvr(sources[1]), top="US PRESIDENT").n == 300
    assert len(seen) == 1 and 1 < seen[0] < 30


def test_a_voter_whose_sheets_have_different_precincts_is_one() -> None:
    frame = precincts(5, 0)
    frame.loc[(frame["cvr_id"] < 5) & (frame["office"] == "US HOUSE"), "precinct"] = "North-B"
    ballots = read_cvr(frame)
    assert code(ballots, top="US PRESIDENT").n == 5
    assert (
        "4 voters of 5 (1, 2, 3 and 1 more) have rows of several 'precinct', each contest in one alone; each number "
        "was read as one voter. If voters are numbered anew in each, name 'precinct' and 'cvr_id' together as 'voter' "
        "in `columns=`."
    ) in ballots.account.remarks
    blank = precincts(5, 0)
    blank.loc[blank["office"] == "US HOUSE", "precinct"] = None
    assert read_cvr(blank).account.remarks == (
        "In column 'precinct', 5 rows have none, where others have a precinct: they were read as ballots. If they are "
        "sums of all precincts, take them out.",
    )


def test_numbers_begin_again_in_the_precincts_of_one_county_alone() -> None:
    frame = precincts(3, 2).assign(county_name=lambda f: f["precinct"])
    assert code(read_cvr(frame), top="US PRESIDENT").n == 5


@pytest.mark.parametrize(
    ("cells", "contests"),
    [(("007", "7"), ["7"]), (("007", "007"), ["007"]), (("07A", "7a"), ["7a"]), (("05-2", "5-2"), ["05-2", "5-2"])],
)
def test_districts_that_differ_in_leading_zeros_are_one(cells: tuple[str, str], contests: list[str]) -> None:
    frame = long_table([(1, "US HOUSE", cells[0], "A", "DEM"), (2, "US HOUSE", cells[1], "B", "REP")])
    assert [contest.district for contest in read_cvr(frame).catalogue.contests] == contests
