"""Reading of tables: blocks of CSV beside the database, marks that count, ranks, names padded, paths, pipes."""

from __future__ import annotations

import csv
import io
import json
import os
import threading
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from ballots_support import long_table, voters_of
from blocs.ballots import Ballots, Coded, code, read_cvr
from blocs.ballots.catalogue import INVALID, OVER, UNDER, WRITE_IN
from blocs.ballots.input import long as long_module
from blocs.ballots.input.code_words import misspelt_meanings
from blocs.cli import cli
from blocs.core.distinct import factorize
from blocs.core.errors import InputError
from blocs.core.missing_codes import MissingCodes
from blocs.files.regular import regular
from blocs.files.text import line_ends
from blocs.profiles import Profiles
from blocs.tables import csv_blocks, csv_cells
from blocs.tables.csv_blocks import NotPlainError
from blocs.tables.csv_header import csv_columns
from blocs.tables.row_numbers import RowNumbers
from blocs.tables.survey_table import plain_table, text_table

WORDS = {UNDER: "(undervote)", OVER: "(overvote)", WRITE_IN: "(write-in)", INVALID: "(not readable)"}
LETTERS = ["*", "?", "[", "{", "]}!", "[1]", "{1,2}", "~", "'\"", " #%20", "é", "=", "\\", "\\*", "[\\"]


def totals(ballots: Ballots) -> dict[tuple[str, str], int]:
    """Return (contest, candidate or word) -> votes, where there are any."""
    found: Counter[tuple[str, str]] = Counter()
    for contest, choice, votes in ballots.options[["contest", "choice", "votes"]].itertuples(index=False):
        name = WORDS[choice] if choice < 0 else ballots.catalogue.candidates[choice].name
        found[ballots.catalogue.contests[contest].name, name] += int(votes)
    return {key: votes for key, votes in found.items() if votes}


def refusal(read: Any, *args: Any, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        read(*args, **options)
    return str(caught.value)


def as_frames(frame: pd.DataFrame) -> dict[str, Any]:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    return {"pandas": frame, "polars": pl.from_pandas(frame), "lazy": pl.from_pandas(frame).lazy(), "arrow": table,
            "duckdb": duckdb.connect().from_arrow(table)}  # fmt: skip


# Blocks of CSV


def by_blocks(path: Path) -> list[list[str | None]] | None:
    """Return the rows of a CSV file by the quick reader, None where it gives up."""
    names, delimiter = csv_columns(path)
    try:
        blocks = csv_blocks.csv_blocks(path, names, delimiter, names[:1], names[1:], threads=2)
        tables = [block.rows for block in blocks]
    except NotPlainError:
        return None
    return [list(row) for table in tables for row in zip(*(table[name].to_pylist() for name in names), strict=True)]


cells = st.text(st.sampled_from('ab,"\n é;'), max_size=4)


@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=12), st.sampled_from([8, 30, 1 << 20]),
       st.sampled_from(["\n", "\r\n"]), st.booleans())  # fmt: skip
def test_blocks_are_what_the_csv_module_wrote(
    rows: list[tuple[str, str, str]], block: int, end: str, quote_all: bool
) -> None:
    """Whatever the size of the blocks: quotes, line breaks in cells, empty cells; or the reader gives up."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL)
    writer.writerow(["x", "y", "z"])
    writer.writerows(rows)
    with pytest.MonkeyPatch.context() as patch:
        folder = patch_folder(patch, block)
        path = folder / "t.csv"
        path.write_bytes(text.getvalue().encode())
        found = by_blocks(path)
        plain = [[cell or None for cell in row] for row in rows]
        if found is None:  # a long cell beside a small block, or a line feed in a cell of a file with carriage returns
            assert block == 8 or block == 30 or (end == "\r\n" and any("\n" in cell for row in rows for cell in row))
        else:
            assert found == plain
            counted = csv_blocks.csv_blocks(path, *csv_columns(path), ["x"], ["y", "z"])
            assert sum(block.lines for block in counted) == line_ends(path)
        columns, _ = csv_cells.csv_cells(path)
        assert [[*words] for words in zip(*(np.append(c.words, None)[c.word] for c in columns.values()), strict=True)
                ] == plain  # fmt: skip


def patch_folder(patch: pytest.MonkeyPatch, block: int) -> Path:
    import tempfile

    patch.setattr(csv_blocks, "BLOCK", block)
    return Path(tempfile.mkdtemp())


def test_text_in_categories_gives_the_profiles_of_text(tmp_path: Path) -> None:
    """Were the categories levels, "rare" would be noted, and "10" and "9" would stand in the order of the file."""
    path = tmp_path / "t.csv"
    path.write_text("a,b,c,town,age,n\nyes,10,True,X,old,1\nno,9,False,Y,old,2\n,x,True,X,young,3\nrare,9,,Y,old,0\n")
    plain, coded = plain_table(path, ["no"]), plain_table(path, ["no"], coded=True)
    assert [str(kind) for kind in coded.dtypes] == ["category", "category", "object", "category", "category", "int64"]
    assert coded.astype(object).equals(plain.astype(object))
    made = [
        Profiles.from_table(
            frame, items=["a", "b", "c"], weights="n", groups="town", covariates="age", missing=["x"],
        )
        for frame in (plain, coded)
    ]  # fmt: skip
    first, second = (
        (p.hash, p.notes, str(p.account), [*p.index], p.covariates.levels, p.cells.table.to_dict()) for p in made
    )
    assert first == second
    assert factorize(coded["b"].iloc[1:])[1].tolist() == ["9", "x"]
    refused = [refusal(Profiles.from_table, frame, weights="b") for frame in (plain, coded)]
    assert refused[0] == refused[1]


@pytest.mark.parametrize(
    "body",
    [b'1,"a"b,c\n', b'1,a"b,c\n', b"1,a,b\r\n2,a,b\n", b"1,a\rb,c\n", b"1,a\xff,b\n", b"1,a\n", b"1,a,b,c\n",
     b'1,"a,b\n', b'1,"a,"b\n', b'1,a,"b"c"\n', b'1, "a",b\n', b'1,""a"",b\n'],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_the_database(body: bytes, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"x,y,z\n" + b"0,a,b\n" * 3 + body + b"9,a,b\n")
    assert by_blocks(tmp_path / "t.csv") is None


def test_quotes_that_open_and_close_cells_are_plain(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b'x,y,z\n"1","a""b",""\n2,"","c\nd"\n3,"""",","')
    assert by_blocks(tmp_path / "t.csv") == [["1", 'a"b', None], ["2", None, "c\nd"], ["3", '"', ","]]


def test_numbers_of_rows_whatever_the_blocks() -> None:
    rng = np.random.default_rng(3)
    rows = [tuple(f"{word}" if word else "" for word in row) for row in rng.integers(0, 9, (500, 3))]
    numbers, given_out = RowNumbers(), []
    for start in (0, 1, 7, 300):
        part = rows[start : {0: 1, 1: 7, 7: 300, 300: 500}[start]]
        columns = [pa.array([w or None for w in c]).dictionary_encode() for c in zip(*part, strict=True)]
        given_out += numbers.add(columns).tolist()
    assert [numbers.rows[i] for i in given_out] == rows
    assert dict(zip(numbers.rows, numbers.counts.tolist(), strict=True)) == Counter(rows)


@pytest.mark.parametrize("words", [126, 127, 128])
def test_numbers_of_rows_whose_indices_have_one_byte(words: int) -> None:
    rows = [*(f"w{i}" for i in range(words)), None, "w0"]
    indices = pa.array([*range(words), None, 0], pa.int8())
    column = pa.DictionaryArray.from_arrays(indices, pa.array(rows[:words]))
    numbers = RowNumbers()
    assert numbers.add([column, column]).tolist() == [*range(words + 1), 0]
    assert numbers.rows == [(word or "", word or "") for word in rows[:-1]]


def test_numbers_of_rows_with_more_combinations_than_a_key_has() -> None:
    words = [pa.array([f"{i % 997}-{j}" for i in range(3000)]).dictionary_encode() for j in range(9)]
    numbers = RowNumbers()
    assert numbers.add(words).tolist() == [i % 997 for i in range(3000)]


# Long CSV


def random_long(voters: int, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = [
        (f"{v:05d}", office, "", *(("X", "DEM"), ("Y", "REP"), ("UNDERVOTE", ""), ("Z", "LBT"))[rng.choice(4)])
        for v in range(voters)
        for office in ("US PRESIDENT", "US HOUSE", "SHERIFF")
    ]
    return long_table(rows).assign(precinct=[f"P {int(v[0]) % 7}" if int(v[0]) % 7 else None for v in rows])


@pytest.mark.parametrize("block", [64, 1000, 1 << 23])
def test_a_long_csv_is_read_once_and_as_any_table(block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = random_long(400)
    frame.to_csv(tmp_path / "t.csv", index=False)
    as_table = read_cvr(frame)
    expected = code(as_table, groups=["precinct"])
    monkeypatch.setattr(csv_blocks, "BLOCK", block)
    monkeypatch.setattr(long_module, "marks_of_relation", None)  # it would be read a second time there
    told: list[float] = []
    ballots = read_cvr(tmp_path / "t.csv", threads=2, progress=lambda task, share: told.append(share))
    profiles = code(ballots, groups=["precinct"])
    assert profiles.hash == expected.hash
    assert profiles.account == expected.account
    assert ballots.catalogue == as_table.catalogue
    assert totals(ballots) == totals(as_table)
    assert told == sorted(told[:-1]) + told[-1:] or max(told) == 1.0


def test_a_long_csv_in_any_order_of_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_blocks, "BLOCK", 500)
    frame = random_long(300)
    found = []
    for seed in (0, 1):
        frame.sample(frac=1, random_state=seed).to_csv(tmp_path / "t.csv", index=False)
        ballots = read_cvr(tmp_path / "t.csv")
        found.append((code(ballots, groups=["precinct"]).hash, totals(ballots), ballots.options.to_dict("list")))
    assert found[0] == found[1]


def test_a_long_csv_that_is_not_plain_is_read_by_the_database(tmp_path: Path) -> None:
    text = random_long(50).to_csv(index=False)
    (tmp_path / "t.csv").write_text(text.replace(",X,", ',X"1,'))
    ballots = read_cvr(tmp_path / "t.csv")
    assert {candidate.name for candidate in ballots.catalogue.candidates} == {'X"1', "Y", "Z"}


# Names


def test_names_padded_with_blanks_are_one_name(tmp_path: Path) -> None:
    frame = long_table(
        [(1, "US PRESIDENT", "", "  ADA ADAMS ", "DEM"), (1, "SHERIFF", "", "LEE", "REP"),
         (2, "US  PRESIDENT", "", "ADA\nADAMS", " DEM"), (2, "SHERIFF ", "", "LEE", "REP"),
         (3, "US PRESIDENT", "", "BO", "REP"), (3, "SHERIFF", "", "RUIZ", "DEM")]
    )  # fmt: skip
    expected = {
        ("US PRESIDENT", "ADA ADAMS"): 2,
        ("US PRESIDENT", "BO"): 1,
        ("SHERIFF", "LEE"): 2,
        ("SHERIFF", "RUIZ"): 1,
    }
    frame.to_csv(tmp_path / "t.csv", index=False)
    for table in (frame, tmp_path / "t.csv"):
        ballots = read_cvr(table)
        assert totals(ballots) == expected
        assert len(ballots.catalogue.contests) == 2
        assert code(ballots).n == 3


def test_two_spellings_of_one_name_are_two_marks_of_a_voter() -> None:
    frame = long_table([(1, "US PRESIDENT", "", "ADA", "DEM"), (1, "US PRESIDENT", "", " ADA", "DEM"),
                        (2, "US PRESIDENT", "", "BO", "REP"), (2, "SHERIFF", "", "LEE", "REP"),
                        (1, "SHERIFF", "", "LEE", "REP")])  # fmt: skip
    paragraph = code(read_cvr(frame)).account.paragraph()
    assert "1 set aside: overvote at the top" in paragraph


# A column that says which rows are votes

CANDIDATES = {
    "US PRESIDENT": [("ADA", "DEM"), ("BO", "REP")],
    "SHERIFF": [("LEE", "REP"), ("RUIZ", "DEM"), ("KIM", "LBT")],
}


def listed(votes: list[dict[str, int]], yes: str = "true", no: str = "false") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a table that lists every candidate for each voter, and the long table of its votes alone.

    votes: for each voter office -> the candidates chosen, as bits.
    """
    every, alone = [], []
    for voter, chosen in enumerate(votes):
        for office, bits in chosen.items():
            for i, (name, party) in enumerate(CANDIDATES[office]):
                every.append((voter, office, "", name, party, yes if bits >> i & 1 else no))
                if bits >> i & 1:
                    alone.append((voter, office, "", name, party))
            if not bits:
                alone.append((voter, office, "", "UNDERVOTE", ""))
    return pd.DataFrame(every, columns=["voter", "office", "district", "candidate", "party", "IsVote"]), long_table(
        alone
    )


WHOLE = [{"US PRESIDENT": 1 << i, "SHERIFF": 1 << j} for i in range(2) for j in range(3)]
"""Voters who between them choose every candidate, so that both tables name the same candidates."""
BLANK = [{"US PRESIDENT": 0, "SHERIFF": 0}, {"US PRESIDENT": 3, "SHERIFF": 0}]


@cache
def of_votes_alone(blank: bool) -> tuple[Any, Any]:
    """Return the totals and the voters of WHOLE, and of BLANK where they are asked for, from the votes alone."""
    ballots = read_cvr(listed([*WHOLE, *BLANK] if blank else WHOLE)[1])
    return totals(ballots), voters_of(code(ballots))


@pytest.mark.slow
@given(st.lists(st.fixed_dictionaries({"US PRESIDENT": st.integers(0, 3)}, optional={"SHERIFF": st.integers(0, 7)}),
                max_size=8))  # fmt: skip
def test_rows_that_are_no_votes_do_not_count(votes: list[dict[str, int]]) -> None:
    """Votes, overvotes, undervotes and contests not on the ballot are those of the long table of the votes alone."""
    every, alone = listed([*WHOLE, *votes])
    ballots, expected = read_cvr(every), read_cvr(alone)
    assert totals(ballots) == totals(expected)
    assert voters_of(code(ballots)) == voters_of(code(expected))


@pytest.mark.parametrize("kind", ["pandas", "polars", "lazy", "arrow", "duckdb", "csv", "parquet"])
def test_rows_that_are_no_votes_in_tables_of_any_kind(kind: str, tmp_path: Path) -> None:
    every, _ = listed([*WHOLE, *BLANK])
    every = every.assign(
        precinct="P", IsVote=every["IsVote"] == "true" if kind in ("arrow", "parquet") else every["IsVote"]
    )
    every.to_csv(tmp_path / "t.csv", index=False)
    every.to_parquet(tmp_path / "t.parquet")
    table = {**as_frames(every), "csv": tmp_path / "t.csv", "parquet": tmp_path / "t.parquet"}[kind]
    ballots = read_cvr(table)
    assert (totals(ballots), voters_of(code(ballots))) == of_votes_alone(blank=True)
    assert ballots.account.remarks == (
        "By the column 'IsVote' 26 rows are no votes; 3 contests without any are undervotes.",
    )
    assert code(ballots, groups=["precinct"]).n == len(WHOLE)


NAMES = ("vote", "is_vote", "IsVote", "Is Vote", "Selected", "counted")
YES_AND_NO = (("1", "0"), ("Y", "N"), ("yes", "no"), ("TRUE", "FALSE"), ("t", "f"), ("1.0", "0.0"))


@pytest.mark.parametrize(("name", "words"), [*product(NAMES, YES_AND_NO[:2]), *product(NAMES[:1], YES_AND_NO[2:])])
def test_words_and_names_of_the_column(name: str, words: tuple[str, str]) -> None:
    every, _ = listed(WHOLE, *words)
    assert totals(read_cvr(every.rename(columns={"IsVote": name}))) == of_votes_alone(blank=False)[0]


def test_a_candidate_without_a_vote_was_on_the_ballot() -> None:
    every, _ = listed([{"US PRESIDENT": 1, "SHERIFF": 1}, {"US PRESIDENT": 2, "SHERIFF": 0}])
    ballots = read_cvr(every)
    assert [candidate.name for candidate in ballots.catalogue.candidates] == ["ADA", "BO", "KIM", "LEE", "RUIZ"]
    menus = {row[1][0] for row in voters_of(code(ballots))}
    assert menus == {
        frozenset({"abstain", "split", "straight", "other"}),
        frozenset({"abstain", "split", "straight"}),
    } or (all({"split", "straight"} <= menu for menu in menus))


def test_rows_that_are_no_votes_in_folders_of_counties(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The voters of two counties have the same numbers; columns of the voter may also be those of a group."""
    every, alone = listed([*WHOLE, {"US PRESIDENT": 0, "SHERIFF": 3}])
    monkeypatch.setattr("blocs.ballots.pivot.long.PART", 5)
    for kind, table in (("every", every), ("alone", alone)):
        for county in ("A", "B"):
            folder = tmp_path / kind / "state=OHIO" / f"county_name={county}"
            folder.mkdir(parents=True)
            table.to_parquet(folder / "part-0.parquet")
    ballots, expected = read_cvr(tmp_path / "every"), read_cvr(tmp_path / "alone")
    assert totals(ballots) == totals(expected)
    assert voters_of(code(ballots, groups=["county"])) == voters_of(code(expected, groups=["county"]))
    columns = {"voter": ["county", "voter"], "precinct": "county"}
    every, alone = (table.assign(county="A") for table in (every, alone))
    assert voters_of(code(read_cvr(every, columns=columns), groups=["precinct"])) == voters_of(code(read_cvr(alone)))


def test_a_column_without_a_role_that_seems_to_say_it_is_asked_about(tmp_path: Path) -> None:
    every, alone = listed(WHOLE)
    other = every.rename(columns={"IsVote": "Mark"})
    other.to_csv(tmp_path / "t.csv", index=False)
    says = (
        "{}, column 'Mark': it says 'false' and 'true', and different ones in rows of one voter in one contest. A "
        "column that says which rows are votes must be named. Name it as 'is_vote' in `columns=`; if it says something "
        "else, take it out of the table."
    )
    assert refusal(read_cvr, other) == says.format("table")
    assert refusal(read_cvr, tmp_path / "t.csv") == says.format("t.csv")
    assert totals(read_cvr(other, columns={"is_vote": "Mark"})) == totals(read_cvr(alone))
    assert totals(read_cvr(tmp_path / "t.csv", columns={"is_vote": "Mark"})) == totals(read_cvr(alone))
    assert totals(read_cvr(other, columns={"is_vote": ()})) != totals(read_cvr(alone))


def test_the_role_is_declined_on_the_command_line(tmp_path: Path) -> None:
    every, _ = listed(WHOLE)
    file = tmp_path / "t.csv"
    every.rename(columns={"IsVote": "Mark"}).to_csv(file, index=False)
    declined = CliRunner().invoke(cli, ["totals", str(file), "--columns", "is_vote=", "--json"])
    found = json.loads(declined.stdout)["rows"]
    assert {row["candidate"]: row["votes"] for row in found if row["contest"] == "SHERIFF"}["(overvote)"] == 6
    refused = CliRunner().invoke(cli, ["totals", str(file), "--columns", "is_vote"])
    assert refused.stderr.splitlines()[-1] == (
        "blocs: --columns: 'is_vote' is not a list of role=column, with commas. See `blocs totals --help`."
    )


def test_yes_and_no_of_voters_and_of_candidates_are_not_asked_about() -> None:
    votes = [*WHOLE, {"US PRESIDENT": 3, "SHERIFF": 7}]  # rows of one voter in one contest, too
    _, alone = listed(votes)
    early = alone.assign(early=np.where(alone["voter"] % 2 == 0, "yes", "no"))
    incumbent = alone.assign(incumbent=np.where(alone["candidate"].isin(["ADA", "LEE"]), "yes", "no"))
    for table in (early, incumbent):
        assert totals(read_cvr(table)) == totals(read_cvr(alone))


def test_a_column_of_votes_with_other_cells() -> None:
    every, _ = listed(WHOLE)
    every.loc[[0, 3], "IsVote"] = ["maybe", ""]
    rule = (
        "Whether a row is a vote is true or false, yes or no, 1 or 0. Correct the cells, or give the column another "
        "name."
    )
    assert refusal(read_cvr, every) == f"table, column 'IsVote': it says nothing in 1 row, 'maybe' in 1 row. {rule}"
    names = every.assign(vote=every.pop("IsVote").map(lambda word: f"ballot {word}"))
    assert read_cvr(names).account.remarks == ()
    assert refusal(read_cvr, names, columns={"is_vote": "vote"}) == (
        "table, column 'vote': it says 'ballot ' in 1 row, 'ballot false' in 17 rows, 'ballot maybe' in 1 row, 'ballot "
        f"true' in 11 rows. {rule}"
    )  # fmt: skip


# Ranks


def ranked_table() -> pd.DataFrame:
    rows = [(1, "US PRESIDENT", "ADA", "DEM", ""), (1, "MAYOR", "ANN", "DEM", "1"), (1, "MAYOR", "BEN", "REP", "2"),
            (2, "US PRESIDENT", "BO", "REP", ""), (2, "MAYOR", "UNDERVOTE", "", "1"), (2, "MAYOR", "BEN", "REP", "2"),
            (3, "US PRESIDENT", "ADA", "DEM", ""), (3, "MAYOR", "ANN", "DEM", "1"), (3, "MAYOR", "BEN", "REP", "1"),
            (4, "US PRESIDENT", "ADA", "DEM", ""), (4, "MAYOR", "BEN", "REP", "3")]  # fmt: skip
    return pd.DataFrame(rows, columns=["voter", "office", "candidate", "party", "rank"])


@pytest.mark.parametrize("name", ["rank", "Ranking", "choice_number"])
@pytest.mark.parametrize("kind", ["pandas", "lazy", "duckdb", "csv"])
def test_ranks_of_a_long_table(kind: str, name: str, tmp_path: Path) -> None:
    frame = ranked_table().rename(columns={"rank": name})
    frame.to_csv(tmp_path / "t.csv", index=False)
    table = tmp_path / "t.csv" if kind == "csv" else as_frames(frame)[kind]
    ballots = read_cvr(table, columns={"rank": name} if name == "choice_number" else None)
    assert [(contest.name, contest.ranks) for contest in ballots.catalogue.contests] == [
        ("US PRESIDENT", 1),
        ("MAYOR", 3),
    ]
    assert totals(ballots) == {
        ("US PRESIDENT", "ADA"): 3, ("US PRESIDENT", "BO"): 1, ("MAYOR", "ANN"): 2, ("MAYOR", "BEN"): 4,
        ("MAYOR", "(undervote)"): 1,
    }  # fmt: skip  # marks of all ranks
    menu = frozenset({"abstain", "split", "straight"})
    assert voters_of(code(ballots)) == {
        ("DEM", (menu, "straight")): 1, ("REP", (menu, "straight")): 1, ("DEM", (menu, "abstain")): 1,
        ("DEM", (menu, "split")): 1,
    }  # fmt: skip


def test_ranks_beside_rows_that_are_no_votes() -> None:
    frame = ranked_table().assign(is_vote=["yes", "no", "yes"] + ["yes"] * 8)
    found = voters_of(code(read_cvr(frame)))
    menu = frozenset({"abstain", "split", "straight"})
    assert found[("DEM", (menu, "split"))] == 2
    assert found[("DEM", (menu, "straight"))] == 0


def test_ranks_that_are_no_numbers() -> None:
    frame = ranked_table()
    frame.loc[1, "rank"] = "best"
    assert refusal(read_cvr, frame) == (
        "table, column 'rank': the rank is 'best' in MAYOR. Ranks are whole numbers from 1. Correct the column, or "
        "leave it blank for 1."
    )


# Missing codes and meanings of codes


@given(st.lists(st.sampled_from(["a", "b", None, 1, 1.0, True, float("nan"), "a" + "b"]), max_size=3000))
def test_distinct_values_are_those_of_pandas(values: list[Any]) -> None:
    column = pd.Series(values * 700, dtype=object)
    place, uniques = factorize(column)
    expected_place, expected = pd.factorize(column)
    assert place.tolist() == expected_place.tolist()
    assert list(uniques) == list(expected)


def test_distinct_values_of_objects_that_are_all_different() -> None:
    column = pd.Series([f"word {i % 3}" for i in range(5000)], dtype=object)
    assert factorize(column)[0].tolist() == [i % 3 for i in range(5000)]


def test_missing_codes_of_a_frame() -> None:
    frame = pd.DataFrame({"a": ["x", "NA", "y", " NA"], "b": [1, -9, 2, 1], "c": pd.Categorical(["u", ".", "v", "u"]),
                          "n": [1, 2, -9, 4]})  # fmt: skip
    profiles = Profiles.from_table(frame.assign(n=[1, 2, 3, 4]), weights="n", missing=("NA", -9, "."))
    expected = pd.DataFrame(
        {"a": ["x", None, "y", None], "b": [1, None, 2, 1], "c": ["u", None, "v", "u"], "n": [1, 2, 3, 4]}
    )
    assert profiles.hash == Profiles.from_table(expected, weights="n").hash
    assert "there is no" not in refusal(Profiles.from_table, frame, weights="n", missing=-9)  # a weight is no answer


def test_missing_codes_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,n\n1,x,1\nNA,y,2\n2,.,3\n-9,x,4\n")
    frame = plain_table(tmp_path / "t.csv", ["NA", ".", "-9"])
    assert frame["a"].dtype == np.float64
    assert frame.isna().sum().to_dict() == {"a": 2, "b": 1, "n": 0}
    frame.to_parquet(tmp_path / "t.parquet")
    assert plain_table(tmp_path / "t.parquet", ["x", "2"])["b"].isna().tolist() == [True, False, True, True]
    assert "NA" not in MissingCodes() and not MissingCodes()


@pytest.mark.parametrize(
    ("word", "nearest"),
    [("nnoe", "none"), ("nome", "none"), ("Ohter", "other"), ("overvoet", "overvote"), ("wirte in", "write-in"),
     ("undrvoet", "undervote"), ("unsen", "unseen"), ("not on balot", "not on ballot"), ("of", "off"), ("non", "none"),
     ("No", "none"), ("abst", "abstain"), ("mising", "missing"),
     ("DME", "DEM"), ("RPE", "REP"), ("Demcrat", "DEM"), ("DME/WFP", "DEM"), ("Libertarain", "LBT")],
)  # fmt: skip
def test_meanings_that_are_misspelt(word: str, nearest: str) -> None:
    frame = pd.DataFrame({"PRS": ["1", "2"], "USH": ["0", "1"]})
    assert refusal(read_cvr, frame, offices=["PRS", "USH"], codes={"0": word, "1": "REP", "2": "DEM"}) == (
        f"codes: the cell '0' means '{word}'. A meaning is a party or one of none, blank, abstain, undervote, "
        f"overvote, write-in, unseen, missing, invalid, not on ballot, off, other. Nearest match: {nearest}. If a "
        f"party has this name, write '{word} party'."
    )


@pytest.mark.parametrize(
    "word",
    ["DEM", "none", "NONE", "write in", "write-in", "Order", "Labor", "Union", "ONE", "Blanco", "nonpartisan", "OTH",
     "off", "Green", "WFP", "Solidarity", "nome party", None, "n", "Undervoted", "REF", "GRE", "LAB", "REP/CRV",
     "NON party", "n/a", "NA", "missing", "3rd party"],
)  # fmt: skip
def test_parties_are_free(word: str | None) -> None:
    assert misspelt_meanings([{"0": word}, None]) == []


def test_words_for_a_missing_value_are_cells_that_say_nothing() -> None:
    """With codes they are understood, in any spelling; without, they are asked about."""
    frame = pd.DataFrame({"PRS": ["DEM", "REP"] * 3, "USH": ["DEM", "REP", "NA", "n/a", "Missing", "null"]})
    codes = {"DEM": "DEM", "REP": "REP", "NA": "unseen", "n/a": "n/a", "Missing": "missing", "null": "NULL"}
    ballots = read_cvr(frame, offices=["PRS", "USH"], codes=codes)
    assert totals(ballots)["USH", "(not readable)"] == 4
    for cell in ("NA", "n/a", "Missing", "null"):
        assert refusal(read_cvr, frame.assign(USH=["DEM"] * 5 + [cell]), offices=["PRS", "USH"]) == (
            f"column 'USH': the cell '{cell}' may be a missing value. Without codes the cells have parties or words "
            f"such as 'none' and 'off'. Give all cells a meaning with `codes=`, '{cell}' among them."
        )


def test_a_cell_has_one_meaning() -> None:
    frame = pd.DataFrame({"PRS": ["1", "2"], "USH": ["0", "1"]})
    assert refusal(read_cvr, frame, offices=["PRS", "USH"], codes={0: "none", 1: "REP", "1": "DEM", 2: "DEM"}) == (
        "codes: the cell '1' means 'REP' and 'DEM'. A cell has one meaning."
    )
    result = CliRunner().invoke(cli, ["fit", "t.csv", "--codes", "v_*:1=REP,2=DEM,1=DEM"])
    assert "--codes: '1' is in the list twice" in result.output
    result = CliRunner().invoke(cli, ["fit", "t.csv", "--codes", "v_*:1=REP", "--codes", "v_*:2=DEM"])
    assert "--codes: 'v_*' is in the list twice" in result.output


# Paths, pipes, encodings


@cache
def thirty_voters() -> tuple[pd.DataFrame, Coded, bytes, bytes, bytes]:
    """Return a long table, what it is coded to, its bytes as Parquet and as CSV, and Parquet of the votes of one."""
    frame = random_long(30)
    table = frame.to_csv(index=False).encode()
    return frame, code(read_cvr(frame)), frame.to_parquet(), table, frame.assign(voter="other").to_parquet()


@pytest.mark.parametrize("letters", LETTERS)
def test_letters_of_a_path_stand_for_themselves(letters: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the folder, where a path is relative, and from elsewhere, beside files that a pattern would match."""
    frame, expected, parquet, csv, of_another = thirty_voters()
    for turn, name in enumerate((f"in{letters}", letters.strip() or "in")):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        monkeypatch.chdir(folder)
        for beside in ("in", "in1", "ina", "inx", "1", "a"):
            (folder / f"{beside}.parquet").write_bytes(of_another)
            (folder / f"{beside}.csv").write_text("voter,office,candidate\n")
        (folder / f"{name}.parquet").write_bytes(parquet)
        (folder / f"{name}.csv").write_bytes(csv)
        inside = folder / name / "state=OHIO"
        inside.mkdir(parents=True, exist_ok=True)
        (inside / "x.parquet").write_bytes(parquet)
        for path in [start / f"{name}{ending}" for start in (folder, Path()) for ending in (".parquet", ".csv")]:
            assert len(plain_table(path)) == len(text_table(path)) == len(frame)
        one, other = (Path(), folder) if turn else (folder, Path())
        narrow, broad = (".csv", ".parquet") if turn else (".parquet", ".csv")
        assert code(read_cvr(one / f"{name}{narrow}")).hash == expected.hash
        wide = read_cvr(other / f"{name}{broad}", offices=["office"], codes={"*": "other"})
        assert int(wide.options["votes"].sum()) == len(frame)
        assert len(plain_table(one / name)) == len(plain_table(other / name)) == len(frame)
        assert code(read_cvr(other / name)).n == expected.n


def test_letters_of_a_path_that_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "~").mkdir()
    random_long(60).to_csv("county.csv", index=False)
    run = lambda *args: CliRunner().invoke(cli, args, catch_exceptions=False)  # noqa: E731
    assert run("fit", "county.csv", "--types", "2", "--starts", "2", "--out", "~/fit*.json", "--quiet").exit_code in (
        0,
        3,
    )
    for name in ("~/a[1].csv", "~/b{1,2}?.parquet", "~/c #%20'.csv"):
        assert run("assign", "county.csv", "--fit", "~/fit*.json", "--out", name, "--quiet").exit_code == 0
        assert len(plain_table(name)) == 60
    assert run("totals", "county.csv", "--out", "~/totals*.csv", "--quiet").exit_code == 0
    assert run("simulate", "~/s[1].parquet", "--voters", "50").exit_code == 0
    assert code(read_cvr("~/s[1].parquet")).n > 0
    assert not (tmp_path / "home").exists()
    assert sorted(path.name for path in (tmp_path / "~").iterdir()) == [
        "a[1].csv", "b{1,2}?.parquet", "c #%20'.csv", "fit*.json", "s[1].parquet", "s[1].parquet.truth.json",
        "totals*.csv",
    ]  # fmt: skip


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Any]:
    """Return a function that makes a pipe through which some bytes flow once."""
    writers = []

    def made(data: bytes) -> Path:
        path = tmp_path / "pipe"
        os.mkfifo(path)
        writers.append(threading.Thread(target=path.write_bytes, args=(data,)))
        writers[-1].start()
        return path

    yield made
    for writer in writers:
        writer.join(timeout=10)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
@pytest.mark.parametrize("kind", ["long", "parquet", "wide", "survey"])
def test_a_pipe_is_read_to_its_end(kind: str, pipe: Any) -> None:
    frame = random_long(40)
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    path = pipe(buffer.getvalue() if kind == "parquet" else frame.to_csv(index=False).encode())
    if kind == "survey":
        assert len(plain_table(path)) == len(frame)
    elif kind == "wide":
        assert int(read_cvr(path, offices=["office"], codes={"*": "other"}).options["votes"].sum()) == len(frame)
    else:
        assert code(read_cvr(path)).hash == code(read_cvr(frame)).hash


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read(encoding: str, tmp_path: Path) -> None:
    mark = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}.get(encoding, "")
    (tmp_path / "t.csv").write_bytes((mark + "a;b\n1;é\n2;да\n").encode(encoding))
    frame = plain_table(tmp_path / "t.csv")
    assert frame["b"].tolist() == ["é", "да"]
    assert frame.index.name == "line"
    assert regular(tmp_path / "t.csv").name == "t.csv"


def test_utf_16_that_breaks_off(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("a,b\n1,2\n".encode("utf-16")[:-1])
    assert refusal(plain_table, tmp_path / "t.csv") == (
        "t.csv: the text is not UTF-16, though it begins so. Text is UTF-8 or UTF-16. Save it as UTF-8."
    )


def test_cells_of_parquet_that_are_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    frame = random_long(10).assign(candidate="ANN ABCDEF", x="GOOD")
    pq.write_table(pa.Table.from_pandas(frame), path, compression="none", use_dictionary=False)
    path.write_bytes(path.read_bytes().replace(b"ANN ABC", b"ANN A\xe9C"))
    assert refusal(plain_table, path) == (
        f"{path}, column 'candidate': a cell is not UTF-8. Text in Parquet is UTF-8. Write the file again "
        "with the text in UTF-8."
    )
    assert refusal(read_cvr, path) == (
        r"t.parquet, column 'candidate': the cell 'ANN A\\xE9CDEF' is not UTF-8. Text in Parquet is UTF-8. Write the "
        "file again with the text in UTF-8."
    )
    assert refusal(read_cvr, path, offices=["candidate"], codes={"*": "other"}) == refusal(read_cvr, path)


def test_missing_codes_on_the_command_line(tmp_path: Path) -> None:
    def said(*args: str) -> tuple[int, str]:
        ran = CliRunner().invoke(cli, args)
        return ran.exit_code, " ".join((ran.stdout + ran.stderr).split())

    survey = tmp_path / "t.csv"
    survey.write_text("a,b\n" + "1,x\n2,y\nNA,x\n-9,.\n" * 9)
    fit, options = str(tmp_path / "fit.json"), ("--items", "a,b", "--types", "1", "--starts", "2", "--quiet")
    code_, text = said("fit", str(survey), *options, "--missing", "NA,.,-9", "--out", fit)
    assert code_ == 0
    assert "Empty cells and cells with 'NA' or '.' or '-9', missing at random: 18 of 'a', 9 of 'b'." in text
    assert "27 observations, 3 profiles" in text  # rows without an answer are set aside
    assert said("assign", str(survey), "--fit", fit, "--out", str(tmp_path / "types.csv"), "--quiet")[0] == 0
    text = said("fit", str(survey), *options)[1]
    assert (
        "Answers of 'a' that other programs take for missing: 'NA'. Here only empty cells are, and the codes that "
        "--missing lists. Answers of 'b' that other programs take for missing: '.'." in text
    )
    survey.write_text("a,b\n" + "1,x\n2,y\n-9,x\n" * 9)
    assert "Answers of 'a' that other programs take for missing: '-9'." in said("fit", str(survey), *options)[1]
    random_long(30).to_csv(tmp_path / "long.csv", index=False)
    assert said("fit", str(tmp_path / "long.csv"), "--missing", "NA") == (
        2,
        "blocs: --missing: it is for tables of answers only. A file is a table of answers where --items names its "
        "columns.",
    )


@pytest.mark.parametrize("end", ["\n", ""])
def test_a_last_line_without_an_end_is_said(tmp_path: Path, end: str) -> None:
    rows = ["cvr_id,office,candidate,party_detailed", "1,US PRESIDENT,ANN,DEMOCRAT", "2,US PRESIDENT,BOB,REPUBLICAN"]
    (tmp_path / "t.csv").write_text("\n".join(rows) + end)
    said = read_cvr(tmp_path / "t.csv").account.remarks
    remark = (
        "The last line of t.csv has no end: if the file was cut off, rows are missing, and perhaps the end of the last "
        "cell."
    )
    assert (remark in said) is (end == "")


VOTES = long_table([(1, "Mayor", "", "Ann", "DEM"), (2, "Mayor", "", "Bob", "REP"), (3, "Mayor", "", "Ann", "DEM")])
SURVEY = pd.DataFrame({"a": ["1", "2", "1"], "b": ["2", "2", "1"]})


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".csv.gz"])
@pytest.mark.parametrize("above", ["candidate=Zed", "party=DEM", "county=1/office=Zed/x"])
def test_folders_above_a_single_file_are_no_columns(tmp_path: Path, suffix: str, above: str) -> None:
    """Of ballots, and of tables of answers."""
    file = tmp_path / above / f"votes{suffix}"
    file.parent.mkdir(parents=True)
    write_table(VOTES, file)
    ballots = read_cvr(file)
    assert totals(ballots) == {("Mayor", "Ann"): 2, ("Mayor", "Bob"): 1}
    assert [of.parties for of in ballots.catalogue.candidates] == [("DEM",), ("REP",)]
    answers = file.parent / f"a=7{suffix}"
    write_table(SURVEY, answers)
    assert list(plain_table(answers).columns) == ["a", "b"]
    wide = read_cvr(tmp_wide(file.parent / "President=REP", suffix), offices=["President", "Sheriff"])
    assert totals(wide) == {("President", "DEM"): 1, ("President", "REP"): 1, ("Sheriff", "REP"): 2}


def write_table(frame: pd.DataFrame, file: Path) -> None:
    if file.suffix == ".parquet":
        frame.to_parquet(file)
    else:
        frame.to_csv(file, index=False)


def tmp_wide(folder: Path, suffix: str) -> Path:
    folder.mkdir()
    write_table(pd.DataFrame({"President": ["DEM", "REP"], "Sheriff": ["REP", "REP"]}), folder / f"wide{suffix}")
    return folder / f"wide{suffix}"


def test_folders_of_partitions_are_columns_where_their_files_agree(tmp_path: Path) -> None:
    """The column may be in the files as well, in another type; a name of a folder never overwrites what they have."""
    for county, voters in (("01", VOTES), ("02", VOTES[:3])):
        (tmp_path / "all" / f"County={county}").mkdir(parents=True)
        write_table(voters.assign(county=int(county)), tmp_path / "all" / f"County={county}" / "x.parquet")
    assert sum(totals(read_cvr(tmp_path / "all")).values()) == 3 + 3
    wrong = tmp_path / "wrong" / "candidate=Zed"
    wrong.mkdir(parents=True)
    write_table(VOTES, wrong / "x.parquet")
    assert refusal(read_cvr, tmp_path / "wrong") == (
        "wrong, column 'candidate': it has 'Ann' in a file of the folder 'candidate=Zed'. A folder named column=value "
        "gives its rows that value. Rename the folder, or read its files one by one."
    )
