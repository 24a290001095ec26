"""Wide tables in zips, folders and workbooks: the one table in them; and offices named of long ones."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import blocs
from blocs.cli import cli
from blocs.core.errors import InputError
from test_long_containers import A, B, parquet, put, workbook, zipped

WIDE = "id,President,Sheriff\n" + "".join(
    f"{i},{('DEM', 'REP', 'none')[i % 3]},{('DEM', 'REP')[i % 2]}\n" for i in range(12)
)
OFFICES = ["President", "Sheriff"]
CONTENT = {
    "w.csv.gz": gzip.compress(WIDE.encode()),
    "w.zip": zipped({"x/w.csv": WIDE, "read me.txt": "Exported.\n"}),
    "in.zip": zipped({"w.zip": zipped({"w.csv.gz": gzip.compress(WIDE.encode())})}),
}


def counts(path: Path, **options: Any) -> list[int]:
    return [int(n) for n in blocs.read_cvr(path, offices=OFFICES, **options).options["votes"]]


@pytest.mark.parametrize("name", CONTENT)
def test_the_one_table_of_a_container_is_read(tmp_path: Path, name: str) -> None:
    alone = counts(put(tmp_path, "w.csv", WIDE))
    assert counts(put(tmp_path, name, CONTENT[name])) == alone
    arguments = ["fit", str(tmp_path / name), "--top", "President", "--offices", "Sheriff", "--types", "1", "--quiet"]
    assert CliRunner().invoke(cli, arguments).exit_code == 0


def test_a_sheet_a_folder_and_a_parquet_file_are_read(tmp_path: Path) -> None:
    alone = counts(put(tmp_path, "w.csv", WIDE))
    assert counts(put(tmp_path, "w.xlsx", workbook({"ballots": WIDE}))) == alone
    (tmp_path / "folder").mkdir()
    assert counts(put(tmp_path / "folder", "w.csv", WIDE).parent) == alone
    assert counts(put(tmp_path, "p.zip", zipped({"w.parquet": parquet(WIDE)})), format="wide") == alone


def test_what_is_in_the_container_is_named(tmp_path: Path) -> None:
    path = put(tmp_path, "w.zip", zipped({"w.csv": WIDE[:-1], "read me.txt": "Exported.\n"}))
    assert blocs.read_cvr(path, offices=OFFICES).account.remarks == (
        "Not read, since they hold no ballots of this format: read me.txt.",
        "The last line of w.zip/w.csv has no end: if the file was cut off, rows are missing, and perhaps the end of "
        "the last cell.",
    )
    for files, fault in (
        ({"w.csv": WIDE + "1,2\n"}, "w.zip/w.csv, line 14: the line has 2 cells. The header has 3. The file may be cut "
                                    "off or edited by hand; export it again."),
        ({"v.csv": WIDE, "w.csv": WIDE}, "w.zip: it has 2 tables (w.zip/v.csv, w.zip/w.csv). A wide table is read by "
                                         "itself. Unpack it, or put its tables into one."),
    ):  # fmt: skip
        with pytest.raises(InputError) as error:
            blocs.read_cvr(put(tmp_path, "w.zip", zipped(files)), offices=OFFICES)
        assert str(error.value) == fault


def test_offices_of_long_tables_in_a_container(tmp_path: Path) -> None:
    """It was refused as a zip without a table."""
    path = put(tmp_path, "c.zip", zipped({"a.csv": A, "b.csv": B}))
    arguments = ["fit", str(path), "--top", "President", "--offices", "SHERIFF", "--types", "1", "--quiet"]
    done = CliRunner().invoke(cli, arguments)
    assert (done.exit_code, done.stderr) == (0, "")


def test_a_long_table_of_a_container_that_is_cut_off_has_a_remark(tmp_path: Path) -> None:
    assert blocs.read_cvr(put(tmp_path, "c.zip", zipped({"a.csv": A[:-1]}))).account.remarks == (
        "The last line of c.zip/a.csv has no end: if the file was cut off, rows are missing, and perhaps the end of "
        "the last cell.",
    )
