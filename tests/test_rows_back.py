"""Every row of a file comes back once, in its order, under the file's own ids, with its profile or the reason."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner

import blocs
from ballots_support import long_table, stream
from blocs.ballots import code_rows, follow, read_cvr
from blocs.ballots.catalogue import Candidate, Catalogue, Contest
from blocs.ballots.input.load_records import load_records
from blocs.cli import cli
from blocs.core.errors import InputError
from blocs.tables.relations import open_store

IDS = ["CvrNumber", "TabulatorNum", "BatchId", "RecordId", "ImprintedId", "CountingGroup", "PrecinctPortion",
       "BallotType"]  # fmt: skip
TOP, SHERIFF = "Governor (Vote For=1)", "Sheriff (Vote For=1)"
HEADER = [
    ["Our Election", "5.11.2.3"],
    [""] * 8 + [TOP] * 3 + [SHERIFF] * 2,
    [""] * 8 + ["Ana Lima", "Bo Ek", "Cy Oak", "Di Elm", "Ed Fir"],
    [*IDS, "DEM", "REP", "GRN", "DEM", "REP"],
]
MARKS = {
    "7": "1,0,0,1,0", "5": "0,1,0,1,0", "sums": "12,3,4,9,8", "9": "0,0,1,0,1", "6": ",,,0,1", "8": "1,0,0,0,0",
}  # fmt: skip
REASONS = {
    "sums": "set aside: aggregated redaction rows", "9": "set aside: another party at the top",
    "6": "set aside: top contest not on the record",
}  # fmt: skip


@pytest.fixture
def dominion(tmp_path: Path) -> Path:
    """Six rows, in no order of their numbers: four ballots, a card without the top contest, and a row of sums."""
    rows = [[n, "3", "800", n, f"3-800-{n}", "Mail", f"P{i % 2}", "B1", *m.split(",")]
            for i, (n, m) in enumerate(MARKS.items())]  # fmt: skip
    text = io.StringIO()
    csv.writer(text).writerows(HEADER + rows)
    file = tmp_path / "cvr.csv"
    file.write_text(text.getvalue())
    return file


@pytest.mark.parametrize("chunk", [1, 4, 100])
def test_records_come_in_the_order_of_the_file_with_its_ids_and_reasons(dominion: Path, chunk: int) -> None:
    ballots = read_cvr(dominion)
    coded = code_rows(ballots, top="Governor")
    table = pa.concat_tables(follow(ballots, coded, chunk))
    assert table.column_names == ["voter", "TabulatorNum", "BatchId", "RecordId", "ImprintedId", "CountingGroup",
                                  "precinct", "style", "voters", "top", "profile", "reason"]  # fmt: skip
    found = table.to_pydict()
    assert found["voter"] == list(MARKS)
    assert found["ImprintedId"] == [f"3-800-{n}" for n in MARKS]
    assert found["precinct"] == ["P0", "P1"] * 3
    assert found["reason"] == [REASONS.get(n) for n in MARKS]
    assert found["top"] == ["DEM", "REP", None, None, None, "DEM"]
    assert found["voters"] == [1, 1, 0, 1, 1, 1]
    outcomes = [None if p is None else _outcome(coded, p) for p in found["profile"]]
    assert outcomes == ["straight", "split", None, None, None, "abstain"]


def _outcome(coded: Any, profile: int) -> Any:
    item = coded.profiles.schema.items[0]
    return item.outcomes[item.codes[int(coded.profiles.codes[profile, 0]) - 1][1]]


def test_posteriors_of_coded_ballots_have_a_row_for_every_row_of_the_file(dominion: Path) -> None:
    coded = blocs.code_rows(read_cvr(dominion), top="Governor")
    fit = blocs.fit(coded.profiles, types=2, starts=3)
    zeta = fit.posterior(coded)
    assert zeta.index.get_level_values("voter").tolist() == list(MARKS)
    assert zeta.index.names[-2:] == ["precinct", "style"]
    assert zeta.isna().all(axis=1).tolist() == [n in REASONS for n in MARKS]
    used = zeta.dropna()
    assert np.allclose(used.sum(axis=1), 1)
    by_profile = fit.posterior(coded.profiles).to_numpy()
    [profile] = [table["profile"].drop_null().to_numpy() for table in follow(coded.ballots, coded)]
    assert np.array_equal(used.to_numpy(), by_profile[profile])
    assert fit.assign(coded)["type"].isna().tolist() == [n in REASONS for n in MARKS]
    assert fit.score(coded) == fit.score(coded.profiles)


def test_columns_that_are_kept_and_columns_that_are_not_there(dominion: Path) -> None:
    ballots = read_cvr(dominion)
    coded = code_rows(ballots, top="Governor")
    [table] = follow(ballots, coded, keep=["straight_party", "precinct", "straight_party"])
    assert table.column_names[-6:-4] == ["style", "straight_party"]  # the precinct is there already
    with pytest.raises(InputError) as caught:
        follow(ballots, coded, keep=["precint", "lever"])
    assert str(caught.value) == (
        "keep: there is no column 'precint'. The columns are 'voter', 'TabulatorNum', 'BatchId', 'RecordId', "
        "'ImprintedId', 'CountingGroup', 'precinct', 'style', 'straight_party', 'lever'. Nearest match: precinct."
    )


CONTESTS = (Contest("President"), Contest("Sheriff"))
CANDIDATES = (Candidate(0, "X", ("DEM",)), Candidate(0, "Y", ("REP",)), Candidate(1, "A", ("DEM",)),
              Candidate(1, "B", ("REP",)))  # fmt: skip


def test_every_card_has_the_result_of_its_ballot() -> None:
    records = [(0, "v1", "P", "S", None), (1, "v2", "P", "S", None), (2, "v1", "Q", "S", None), (3, "", "Q", "S", None)]
    votes = [(0, 0, 0, 1), (1, 0, 1, 1), (2, 1, 3, 1), (3, 1, 2, 1)]
    ballots = load_records(stream(Catalogue(CONTESTS, CANDIDATES), records, votes), open_store(), "voter")
    coded = code_rows(ballots, keep_empty=True)
    found = pa.concat_tables(follow(ballots, coded, 2)).to_pydict()
    assert found["voter"] == ["v1", "v2", "v1", ""]
    assert found["precinct"] == ["P", "P", "Q", "Q"]
    assert found["top"] == ["DEM", "REP", "DEM", None]
    assert found["profile"][0] == found["profile"][2] != found["profile"][1]
    assert found["reason"] == [None, None, None, "set aside: top contest not on the record"]


def test_records_without_any_id_have_their_number() -> None:
    records = [(0, None, "P", "S", None), (1, None, "P", "S", None)]
    ballots = load_records(
        stream(Catalogue(CONTESTS, CANDIDATES), records, [(0, 0, 0, 1), (0, 1, 3, 1), (1, 0, 1, 1)]), open_store()
    )
    [table] = follow(ballots, code_rows(ballots))
    assert table.column_names[:3] == ["record", "precinct", "style"]
    assert table["record"].to_pylist() == [0, 1]


ROWS = [(7, "President", "", "X", "DEM"), (7, "Sheriff", "", "A", "DEM"), (3, "President", "", "Y", "REP"),
        (3, "Sheriff", "", "A", "DEM"), (5, "Sheriff", "", "A", "DEM")]  # fmt: skip


def test_a_long_table_has_a_row_for_each_voter_with_what_is_kept() -> None:
    table = long_table(ROWS).assign(precinct=["P", "P", "Q", "Q", "R"], county="C")
    ballots = read_cvr(table)
    [found] = follow(ballots, code_rows(ballots), keep=["precinct", "county"])
    assert found.column_names == ["county", "voter", "precinct", "voters", "top", "profile", "reason"]
    rows = found.select(["county", "voter", "precinct", "top"]).to_pylist()
    assert [tuple(row.values()) for row in rows] == [("C", 3, "Q", "REP"), ("C", 5, "R", None), ("C", 7, "P", "DEM")]


def test_a_wide_table_has_its_rows_and_columns_that_are_kept_keep_clear_of_ours() -> None:
    table = pd.DataFrame({"serial": ["x", "y", "x"], "President": ["DEM", "GRN", "REP"], "Sheriff": ["REP"] * 3,
                          "reason": ["r1", "r2", "r3"]})  # fmt: skip
    ballots = read_cvr(table, offices=["President", "Sheriff"])
    [found] = follow(ballots, code_rows(ballots), keep=["serial", "reason"])
    assert found.column_names == ["row", "serial", "reason_column", "voters", "top", "profile", "reason"]
    assert found["reason_column"].to_pylist() == ["r1", "r2", "r3"]
    assert found["serial"].to_pylist() == ["x", "y", "x"]
    assert found["reason"].to_pylist() == [None, "set aside: another party at the top", None]


def test_assign_writes_the_rows_of_the_file_and_both_sums_of_types(dominion: Path, tmp_path: Path) -> None:
    saved, out = tmp_path / "fit.json", tmp_path / "types.csv"
    run = CliRunner().invoke
    assert run(cli, ["fit", str(dominion), "--top", "Governor", "--types", "1", "--out", str(saved)]).exit_code == 0
    result = run(cli, ["assign", str(dominion), "--fit", str(saved), "--out", str(out), "--keep", "straight_party"])
    assert result.stdout == (
        "                                          rows  voters   share  expected voters  expected share\n"
        "Type 1                                       3       3  100.0%              3.0          100.0%\n"
        "set aside: aggregated redaction rows         1       0\n"
        "set aside: another party at the top          1       1\n"
        "set aside: top contest not on the record     1       1\n"
        "\n"
        "Why the two shares differ: a row counts wholly for its most probable type in the first, and for\n"
        "every type by its posterior probability in the second. The second estimates the shares of the types;\n"
        "the first favours large types where types are hard to tell apart.\n"
        "\n"
        "Note: 1 row does not show GOVERNOR. Where the cards of a ballot are rows of their own, it may be on\n"
        "another card, and no two rows have the same id by which they could be joined.\n"
        "\n"
        f"6 rows written to {out}.\n"
    )
    table = pd.read_csv(out, dtype=str)
    assert list(table.columns) == ["voter", "TabulatorNum", "BatchId", "RecordId", "ImprintedId", "CountingGroup",
                                   "precinct", "style", "straight_party", "top", "type", "probability",
                                   "unknown", "reason"]  # fmt: skip
    assert table["voter"].tolist() == list(MARKS)
    assert table["reason"].fillna("").tolist() == [REASONS.get(n, "") for n in MARKS]
    wrong = run(cli, ["assign", str(dominion), "--fit", str(saved), "--out", str(out), "--keep", "precint"])
    assert wrong.exit_code == 2
    assert wrong.stderr == (
        "blocs: --keep: there is no column 'precint'. The columns are 'voter', 'TabulatorNum', 'BatchId', 'RecordId', "
        "'ImprintedId', 'CountingGroup', 'precinct', 'style', 'straight_party', 'lever'. Nearest match: precinct.\n"
    )


def test_assign_of_answers_keeps_columns(tmp_path: Path) -> None:
    file, saved, out = tmp_path / "s.csv", tmp_path / "fit.json", tmp_path / "types.csv"
    file.write_text("name,a,b,type\nu,1,2,x\nv,2,1,y\nw,1,1,z\n")
    run = CliRunner().invoke
    run(cli, ["fit", str(file), "--items", "a,b", "--types", "1", "--out", str(saved)])
    assert run(cli, ["assign", str(file), "--fit", str(saved), "--out", str(out), "--keep", "name,type"]).exit_code == 0
    assert pd.read_csv(out)["name"].tolist() == ["u", "v", "w"]
    assert list(pd.read_csv(out).columns) == ["row", "name", "type_column", "type", "probability", "unknown",
                                               "reason"]  # fmt: skip
    wrong = run(cli, ["assign", str(file), "--fit", str(saved), "--out", str(out), "--keep", "nmae"])
    assert (
        wrong.stderr
        == "blocs: --keep: there is no column 'nmae'. The columns are 'name', 'a', 'b', 'type'. Nearest match: name.\n"
    )
