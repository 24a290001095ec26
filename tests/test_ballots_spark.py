"""The same profiles through PySpark; run with `-m spark` where PySpark and Java are installed."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from ballots_support import long_table
from blocs.ballots import code, code_rows, follow, read_cvr
from blocs.simulation import write_collection

pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("ignore")]


def test_a_collection_gives_one_hash_on_every_engine(spark: Any, tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    write_collection(tmp_path, 100_000, parts=5, seed=6)
    here = code(read_cvr(tmp_path), groups=["county"])
    lazy = polars.scan_parquet(tmp_path / "**/*.parquet", hive_partitioning=True)
    frame = spark.read.parquet(tmp_path.as_posix())
    for table in (lazy, frame):
        there = code(read_cvr(table), groups=["county"])
        assert there.hash == here.hash
        assert there.account == here.account


def test_profiles_and_account_are_those_of_the_embedded_database(spark: Any) -> None:
    dice = random.Random(1)
    rows = []
    for voter in range(400):
        top = dice.choice([("X", "DEM"), ("Y", "REP"), ("Z", "GRN"), ("UNDERVOTE", "")])
        rows.append((voter, "US PRESIDENT", "", *top))
        for office in ("US HOUSE", "STATE SENATE"):
            district = dice.choice("12")
            lines = [("A", "DEM"), ("B", "REP"), ("A", "WFP"), ("WRITEIN", "")]
            marks = dice.sample(lines, dice.choice([0, 1, 1, 1, 2]))
            rows += [(voter, office, district, *mark) for mark in marks]
    table = long_table(rows)
    columns = "voter int, office string, district string, candidate string, party string"
    frame = spark.createDataFrame(rows, schema=columns)
    here, there = code(read_cvr(table)), code(read_cvr(frame))
    assert there.hash == here.hash
    assert there.account == here.account
    ballots = read_cvr(frame)
    whole = pa.concat_tables(follow(ballots, code_rows(ballots), 100))
    assert whole["voter"].to_pylist() == list(range(400))
    assert whole["profile"].null_count == 400 - here.n
