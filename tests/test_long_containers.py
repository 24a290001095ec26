"""Long tables in zips, folders, gzip files and workbooks, and several of them as one job."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

import blocs
from blocs.ballots import code_rows, follow
from blocs.cli import cli
from blocs.core.errors import InputError

CONTESTS = {"US PRESIDENT": ("", "ADA", "BO"), "STATE HOUSE": ("7", "CY", "DI"), "SHERIFF": ("", "ED", "FAY")}


def county(seed: int, first: int = 1, n: int = 20, names: tuple[str, str] = ("ED", "FAY"), **other: str) -> str:
    """Return a long table of made-up voters; names: of the candidates for sheriff; other: more columns."""
    rng = Random(seed)
    lines = [",".join(["cvr_id", "office", "district", "candidate", "party", *other])]
    for voter in range(first, first + n):
        for office, (district, *people) in CONTESTS.items():
            k = rng.randrange(2)
            name = names[k] if office == "SHERIFF" else people[k]
            lines.append(",".join([str(voter), office, district, name, ("DEMOCRAT", "REPUBLICAN")[k], *other.values()]))
    return "\n".join(lines) + "\n"


A, B = county(1), county(2, names=("GUS", "HAL"))
AROUND = {"read me.txt": b"Exported in November.", "__MACOSX/._a.csv": b"\0\0", "cover.csv": b"Official results\n"}


def zipped(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def workbook(sheets: dict[str, str]) -> bytes:
    openpyxl = pytest.importorskip("openpyxl")
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, text in sheets.items():
        sheet = book.create_sheet(name)
        for line in text.splitlines():
            sheet.append([int(cell) if cell.isdigit() else cell or None for cell in line.split(",")])
    book.save(out)
    return out.getvalue()


def parquet(text: str) -> bytes:
    out = io.BytesIO()
    pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False).to_parquet(out)
    return out.getvalue()


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def votes(path: Path | list[Path]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    ballots = blocs.read_cvr(path)
    counted = ballots.options.groupby(["contest", "choice"])["votes"].sum()
    for (contest, choice), n in counted.items():
        of_contest = found.setdefault(ballots.catalogue.contests[contest].name, {})
        of_contest[ballots.catalogue.candidates[choice].name] = int(n)
    return found


def refusal(path: Path | list[Path], **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        blocs.read_cvr(path, **options)
    return str(caught.value)


@pytest.mark.parametrize("name", ["a.zip", "b.zip", "c.zip", "d.zip", "e.xlsx", "f.csv.gz", "g.zip", "h.zip"])
def test_one_long_table_in_a_container_is_the_table(tmp_path: Path, name: str) -> None:
    content = {
        "a.zip": lambda: zipped({"2020/a.csv": A, **AROUND}),
        "b.zip": lambda: zipped({"in.zip": zipped({"a.tsv": A.replace(",", "\t")})}),
        "c.zip": lambda: zipped({"a.csv.gz": gzip.compress(A.encode())}),
        "d.zip": lambda: zipped({"book.xlsx": workbook({"cover": "Official", "a": A})}),
        "e.xlsx": lambda: workbook({"cover": "Official", "a": A}),
        "f.csv.gz": lambda: gzip.compress(A.encode()),
        "g.zip": lambda: zipped({"a.csv": A.encode("utf-16"), "copy.csv": A.encode("utf-16")}),
        "h.zip": lambda: zipped({"a.parquet": parquet(A)}),
    }[name]()
    path = put(tmp_path, name, content)
    assert votes(path) == votes(put(tmp_path, "plain.csv", A))
    remarks = {
        "a.zip": ("Not read, since they hold no ballots of this format: cover.csv, read me.txt.",),
        "d.zip": ("Not read, since they hold no ballots of this format: book.xlsx, sheet 'cover'.",),
        "e.xlsx": ("Not read, since they hold no ballots of this format: sheet 'cover'.",),
        "g.zip": ("Not read, since another file is the same: copy.csv (copy of a.csv).",),
    }
    assert blocs.read_cvr(path).account.remarks == remarks.get(name, ())


def test_a_zip_of_parquet_files_in_named_folders_is_one_table(tmp_path: Path) -> None:
    files = {f"state=UT/county_name={c}/part.parquet": parquet(A) for c in "AB"}
    ballots = blocs.read_cvr(put(tmp_path, "state=NO.zip", zipped({**files, "note.txt": "x"})))
    assert [contest.name for contest in ballots.catalogue.contests] == [
        "US PRESIDENT, UT", "STATE HOUSE, 7, UT", "SHERIFF, UT"
    ]  # fmt: skip
    assert blocs.code(ballots, top="President", groups=["county"]).n == 40
    assert ballots.account.remarks == ("Not read, since they hold no ballots of this format: note.txt.",)


def test_several_long_tables_are_counties_of_one_job(tmp_path: Path) -> None:
    """Who stood for the legislature is pooled; the sheriffs of two counties are two contests."""
    path = put(tmp_path, "counties.zip", zipped({"2020/a.csv": A, "2020/b.csv": B}))
    ballots = blocs.read_cvr(path)
    assert [(contest.name, contest.office, contest.district) for contest in ballots.catalogue.contests] == [
        ("US PRESIDENT", "US PRESIDENT", ""), ("STATE HOUSE, 7", "STATE HOUSE", "7"),
        ("SHERIFF (a)", "SHERIFF", "a"), ("SHERIFF (b)", "SHERIFF", "b"),
    ]  # fmt: skip
    assert ballots.account.paragraph() == (
        "Records read: 40 voters (40 delivered). The long tables number their voters anew (a and b share 20 numbers, "
        "with different answers): each was read as a county of its own."
    )
    assert ballots.account.tables["Files"] == [
        {"file": "a", "read": "20 voters", "delivered": "20"}, {"file": "b", "read": "20 voters", "delivered": "20"},
    ]  # fmt: skip
    alone = [votes(put(tmp_path, "a.csv", A)), votes(put(tmp_path, "b.csv", B))]
    found = votes(path)
    assert found["SHERIFF (a)"] == alone[0]["SHERIFF"]
    assert found["SHERIFF (b)"] == alone[1]["SHERIFF"]
    assert found["US PRESIDENT"] == {who: sum(of["US PRESIDENT"][who] for of in alone) for who in ("ADA", "BO")}
    assert votes([tmp_path / "a.csv", tmp_path / "b.csv"]) == found
    (tmp_path / "folder").mkdir()
    for name, text in (("a.csv", A), ("b.csv", B)):
        put(tmp_path / "folder", name, text)
    assert votes(tmp_path / "folder") == found
    coded = blocs.code(ballots, top="President", groups=["county"])
    assert (coded.n, len(coded.schema.items)) == (40, 2)


def test_voters_of_several_tables_keep_their_ids(tmp_path: Path) -> None:
    tables = {"a.csv": county(1, n=2, precinct="P1"), "b.csv": county(2, 7, 2, precinct="P2")}
    path = put(tmp_path, "c.zip", zipped(tables))
    ballots = blocs.read_cvr(path)
    [found] = follow(ballots, code_rows(ballots, top="President"), keep=["county", "precinct"])
    rows = sorted(zip(*(found[name].to_pylist() for name in ("voter", "county", "precinct")), strict=True))
    assert rows == [("1", "a", "P1"), ("2", "a", "P1"), ("7", "b", "P2"), ("8", "b", "P2")]


@pytest.mark.parametrize("threads", [1, 2])
def test_voters_of_several_tables_come_in_the_order_of_their_ids(tmp_path: Path, threads: int) -> None:
    """They came in another order on every run."""
    path = put(tmp_path, "c.zip", zipped({"a.csv": county(1, n=3000), "b.csv": county(2, n=3000)}))
    records = blocs.read_cvr(path, threads=threads).store.con.table("records").order("record").fetchall()
    ids = [(row[-1], row[1]) for row in records]
    assert ids == sorted(ids)


@pytest.mark.parametrize("column", ["voter", "precinct", "style", "record", "batch"])
@pytest.mark.parametrize("behind", [False, True])
def test_no_column_of_the_voter_is_lost(tmp_path: Path, column: str, behind: bool) -> None:
    """A voter's number within "precinct" came back without the precinct."""
    head, *rows = county(1, n=3).splitlines()
    twice = [f"{column},{head}", *(f"{batch},{row}" for batch in (1, 2) for row in rows)]
    other = "\n".join(line.replace("ED", "GUS").replace("ADA", "BO") for line in twice) + "\n"
    path = put(tmp_path, "c.zip", zipped({"a.csv": "\n".join(twice) + "\n", "b.csv": other}))
    names = [column, "cvr_id"][:: -1 if behind else 1]
    ballots = blocs.read_cvr(path, columns={"voter": names, "precinct": (), "style": ()})
    records = ballots.store.con.table("records").df()
    found = {tuple(sorted(map(str, row))) for row in records.drop(columns=["record", "county"]).dropna(axis=1).values}
    assert found == {tuple(sorted((str(batch), str(voter)))) for batch in (1, 2) for voter in (1, 2, 3)}
    assert len(records) == 12


def test_a_table_that_lacks_a_column_of_the_others_is_refused(tmp_path: Path) -> None:
    """Its ballots were left, with the remark that the file held none."""
    renamed = B.replace("candidate", "name")
    path = put(tmp_path, "c.zip", zipped({"a.csv": A, "b.csv": renamed, "voters.csv": "cvr_id,age\n1,30\n"}))
    assert refusal(path) == (
        "c.zip/b.csv: no column says the candidate. A long table needs one; known names are candidate, choice, "
        "candidate_name, selection. Name it as 'candidate' in `columns=`. The columns are 'cvr_id', 'office', "
        "'district', 'name', 'party'."
    )
    assert refusal(path, columns={"candidate": "name"}) == (
        "columns['candidate'], c.zip/a.csv: there is no column 'name'. The columns are 'cvr_id', 'office', "
        "'district', 'candidate', 'party'."
    )


def test_a_long_table_beside_the_table_of_a_vendor(tmp_path: Path) -> None:
    ess = "Cast Vote Record,Precinct,Ballot Style,President,State House District 7\n1,P,S,DEM ADA,REP DI\n"
    found = votes([put(tmp_path, "a.csv", A), put(tmp_path, "ess.csv", ess)])
    assert sum(found["US PRESIDENT"].values()) == sum(found["STATE HOUSE, 7"].values()) == 21
    assert refusal(put(tmp_path, "x.zip", zipped({"a.csv": A, "ess.csv": ess}))) == (
        "x.zip: it holds files of the formats ess and long. A folder or zip is the export of one vendor. Name the one "
        "to read with `format=`, or give each file by its name."
    )


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({"a.csv": A, "all.csv": A + county(3, first=21).split("\n", 1)[1]},
         "20 numbers of voters stand in 'a' and in 'all', with the same answers. A voter is in one table. If they are "
         "other voters, give each table a column `county`; else put the tables into one, each row once."),
        ({"p.csv": "".join(line + "\n" for line in A.splitlines() if "SHERIFF" not in line),
          "s.csv": "".join(line + "\n" for line in A.splitlines() if "SHERIFF" in line or "cvr_id" in line)},
         "20 numbers of voters stand in 'p' and in 's', with other contests. A voter is in one table. If they are "
         "other voters, give each table a column `county`; else put the tables into one, each row once."),
        ({"p1.csv": county(1, county="A"), "p2.csv": county(2, county="A")},
         "20 numbers of voters stand in 'p1' and in 'p2', within one county. A voter is in one table. Put the tables "
         "into one, each row once and each voter with a number of their own."),
    ],
    ids=["contained", "contests", "county"],
)  # fmt: skip
def test_tables_that_share_voters_are_refused(tmp_path: Path, files: dict[str, str | bytes], fault: str) -> None:
    assert refusal(put(tmp_path, "x.zip", zipped(files))) == f"x.zip: {fault}"


@pytest.mark.slow
def test_counties_that_agree_are_not_the_same_voters(tmp_path: Path) -> None:
    """Where nearly all voters answer alike, equal answers are chance; they were refused."""
    def answers(seed: int) -> str:
        rng = Random(seed)
        rows = (f"{voter},MEASURE A,{'NO' if rng.random() < 0.03 else 'YES'}" for voter in range(1, 1001))
        return "\n".join(["cvr_id,office,candidate", *rows]) + "\n"

    path = put(tmp_path, "c.zip", zipped({"a.csv": answers(1), "b.csv": answers(2)}))
    assert blocs.read_cvr(path).account.steps[0].total == 2000
    again = answers(1).replace("7,MEASURE A", "7,MEASURE a")
    path = put(tmp_path, "c.zip", zipped({"a.csv": answers(1), "b.csv": again}))
    assert refusal(path).startswith("c.zip: 1,000 numbers of voters stand in 'a' and in 'b', with the same answers.")


@pytest.mark.slow
def test_parts_of_one_table_and_tables_with_counties_are_read(tmp_path: Path) -> None:
    parts = put(tmp_path, "parts.zip", zipped({"p1.csv": county(1), "p2.csv": county(2, first=21)}))
    assert sum(votes(parts)["SHERIFF"].values()) == 40
    assert blocs.read_cvr(parts).account.paragraph() == "Records read: 40 voters (40 delivered)."
    path = put(tmp_path, "c.zip", zipped({"p1.csv": county(1, county="A"), "p2.csv": county(2, county="B")}))
    ballots = blocs.read_cvr(path)
    [found] = follow(ballots, code_rows(ballots, top="President"), keep=["county"])
    assert found["county"].to_pylist() == ["A"] * 20 + ["B"] * 20


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("c.zip", lambda: zipped({"x/a.csv": A, "x/b.csv": B + "1,2\n"}),
         "c.zip/x/b.csv, line 62: the line has 2 cells. The header has 5. The file may be cut off or edited by hand; "
         "export it again."),
        ("c.zip", lambda: zipped({"x/a.csv": A + "1,2\n"}),
         "c.zip/x/a.csv, line 62: the line has 2 cells. The header has 5. The file may be cut off or edited by hand; "
         "export it again."),
        ("c.zip", lambda: zipped({"in.zip": zipped({"a.csv": A + ",SHERIFF,,ED,DEMOCRAT\n"})}),
         "c.zip/in.zip/a.csv: 1 row has no 'cvr_id'. Every row belongs to a voter. Fill the column, or name another "
         "one as 'voter' in `columns=`."),
        ("c.zip", lambda: zipped({"a.csv": "Official,,,,\n" + A}),
         "c.zip/a.csv: line 1 is 'Official' alone, which seems to be a title. The first line names the columns. If "
         "'cvr_id,office,district,candidate,party' names them, take out what stands above it."),
        ("c.xlsx", lambda: workbook({"a": A, "b": B.split("\n", 1)[1]}),
         "c.xlsx, sheet 'b': it has rows like those of c.xlsx, sheet 'a', but no header. Every sheet and file of "
         "ballots begins with the header. Write the header above its rows, or take it out if it holds no ballots."),
        ("c.zip", lambda: zipped({"a.csv": A, "b.parquet": parquet(B)}),
         "c.zip: it has Parquet files (b.parquet) and other long tables (c.zip/a.csv). Parquet files of a folder or "
         "zip are one table, other tables are one each. Put the files of each kind into a folder or zip of their own."),
        ("c.zip", lambda: zipped({"a.csv.gz": gzip.compress(A.encode())[:-9]}),
         "c.zip/a.csv.gz: the compressed file is cut off or damaged (Compressed file ended before the end-of-stream "
         "marker was reached). Download it again."),
    ],
    ids=["second", "first", "zip in zip", "title", "goes on", "two kinds", "cut off"],
)  # fmt: skip
def test_faults_name_the_table_in_its_container(
    tmp_path: Path, name: str, content: Callable[[], str | bytes], fault: str
) -> None:
    assert refusal(put(tmp_path, name, content())) == fault


def test_a_gzip_file_that_grows_too_much_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress((A + "1,SHERIFF,,ED,DEMOCRAT\n" * 900_000).encode())
    assert refusal(put(tmp_path, "c.zip", zipped({"a.csv.gz": packed}))) == (
        f"c.zip/a.csv.gz: {len(packed):,} bytes would unpack to 17,825,792. blocs reads archives that grow at most "
        "300-fold. If the file is genuine, unpack it."
    )


def test_columns_of_a_table_in_a_zip_are_named(tmp_path: Path) -> None:
    renamed = A.replace("cvr_id", "Number").replace("candidate", "Who")
    path = put(tmp_path, "c.zip", zipped({"a.csv": renamed}))
    ballots = blocs.read_cvr(path, columns={"voter": "Number", "candidate": "Who"})
    assert len(ballots.catalogue.contests) == 3
    assert refusal(path, columns={"voter": "Number", "candidate": "Wo"}) == (
        "columns['candidate']: there is no column 'Wo'. The columns are 'Number', 'office', 'district', 'Who', "
        "'party'. Nearest match: Who."
    )


def test_copies_of_tables_are_removed_when_their_ballots_are_in_the_database(tmp_path: Path) -> None:
    """The copies of all counties lay there together."""
    store = blocs.read_cvr(put(tmp_path, "c.zip", zipped({"a.csv": A, "b.csv": B}))).store
    assert [path for path in store.folder.rglob("*") if path.suffix == ".csv"] == []


@pytest.mark.slow
def test_nothing_is_left_of_what_was_unpacked(tmp_path: Path) -> None:
    for name, content in (("good.zip", zipped({"a.csv": A, "b.csv": B})), ("bad.zip", zipped({"a.csv": A + "1\n"}))):
        path = put(tmp_path, name, content)
        (tmp_path / "tmp").mkdir(exist_ok=True)
        script = f"import blocs; b = blocs.read_cvr({str(path)!r}); print(len(list(b.store.folder.iterdir())))"
        done = subprocess.run([sys.executable, "-c", script], env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
                              capture_output=True, text=True, check=False)  # fmt: skip
        assert (done.returncode, done.stdout) == ((0, "1\n") if name == "good.zip" else (1, "")), done.stderr
        assert [*(tmp_path / "tmp").iterdir()] == []


def test_the_folder_of_temporary_files_is_there_while_ballots_are_used(tmp_path: Path) -> None:
    ballots = blocs.read_cvr(put(tmp_path, "a.csv", A))
    folder = ballots.store.folder
    assert folder.is_dir()
    del ballots
    assert not folder.exists()


def test_the_command_line_reads_a_zip_of_long_tables(tmp_path: Path) -> None:
    path = put(tmp_path, "c.zip", zipped({"a.csv": A, "b.csv": B}))
    options = ["--top", "President", "--types", "1", "--groups", "county", "--quiet"]
    done = CliRunner().invoke(cli, ["fit", str(path), *options])
    assert (done.exit_code, done.stderr) == (0, "")
