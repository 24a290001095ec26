"""Plain tables: what a cell says, what is missing, and every file that is refused, in whole words."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from blocs.ballots import read_cvr
from blocs.cli import cli
from blocs.core.errors import InputError, nearest
from blocs.tables.missing_words import answers_of, refuse_alike, remarks
from blocs.tables.survey_table import plain_table, text_table

AGAIN = "The file may be cut off or edited by hand; export it again."


def written(folder: Path, data: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        plain_table(path)
    with pytest.raises(InputError) as again:
        text_table(path)
    assert str(again.value) == str(caught.value)
    return str(caught.value)


def fit(path: Path, items: str, *more: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, ["fit", str(path), "--items", items, "--types", "1", *more])
    return done.exit_code, done.stdout, done.stderr


def test_only_empty_cells_are_missing(tmp_path: Path) -> None:
    religions = ["None", "None", "Catholic", "Catholic", "Muslim", "null", "n/a", "NA", ""]
    path = written(tmp_path, "religion,vote\n" + "".join(f"{r},yes\n" for r in religions))
    assert plain_table(path)["religion"].fillna("missing").tolist() == [*religions[:-1], "missing"]
    code, out, _ = fit(path, "religion,vote")
    assert code == 0
    shares = dict(line.split()[1:] for line in out.splitlines() if line.startswith("religion"))
    assert shares == {"Catholic": "25.0", "Muslim": "12.5", "NA": "12.5", "None": "25.0", "n/a": "12.5", "null": "12.5"}
    assert " ".join(out.split("Account\n")[1].split()) == (
        "Rows read: 9 rows (9 used). Empty cells, missing at random: 1 of 'religion'. Answers of 'religion' that other "
        "programs take for missing: 'NA', 'None', 'n/a', 'null'. Here only empty cells are, and the codes "
        "that --missing lists."
    )


def test_a_column_is_what_all_its_cells_are(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "whole,gaps,part,truth,half,word,mixed,large\n"
        "1,1,1.5,True,true,a,1,9007199254740993\n2,,-2,FALSE,,b,x,9007199254740992\n01,3,1e2,true,False,,,3\n",
    )
    table = plain_table(path)
    found = {name: [None if v != v or v is None else v for v in table[name].tolist()] for name in table.columns}
    assert found == {
        "whole": [1, 2, 1], "gaps": [1.0, None, 3.0], "part": [1.5, -2.0, 100.0], "truth": [True, False, True],
        "half": [True, None, False], "word": ["a", "b", None], "mixed": ["1", "x", None],
        "large": ["9007199254740993", "9007199254740992", "3"],
    }  # fmt: skip
    assert text_table(path)["mixed"].tolist() == ["1", "x", ""]
    assert text_table(path)["whole"].tolist() == ["1", "2", "01"]


def test_an_empty_column_is_missing_throughout(tmp_path: Path) -> None:
    assert plain_table(written(tmp_path, "a,b\n1,\n2,\n"))["b"].isna().all()


@pytest.mark.parametrize("way", ["semicolon", "tab", "crlf", "mark", "quoted", "gzip", "parquet", "blanks in header"])
def test_other_ways_to_write_the_same_table(way: str, tmp_path: Path) -> None:
    good = "a,b,n\nx,1,2.5\ny,,3\n"
    expected = plain_table(written(tmp_path, good, "good.csv"))
    assert expected.index.tolist() == [2, 3]
    data = {"semicolon": good.replace(",", ";"), "tab": good.replace(",", "\t"), "crlf": good.replace("\n", "\r\n"),
            "mark": "\ufeff" + good, "quoted": '"a","b","n"\n"x","1","2.5"\n"y","","3"\n',
            "gzip": gzip.compress(good.encode()),
            "blanks in header": good.replace("b,", "b ,", 1)}.get(way, "")  # fmt: skip
    path = written(tmp_path, data)
    if way == "parquet":
        expected.reset_index(drop=True).to_parquet(path)
    pd.testing.assert_frame_equal(plain_table(path).reset_index(drop=True), expected.reset_index(drop=True),
                                  check_dtype=False)  # fmt: skip


def test_a_comma_inside_quotes_does_not_separate(tmp_path: Path) -> None:
    path = written(tmp_path, '"left; right; or centre",b\nx,1\n')
    assert plain_table(path).to_dict("list") == {"left; right; or centre": ["x"], "b": [1]}


@pytest.mark.parametrize(
    ("text", "name", "places"),
    [
        ("a,b\n1,2\n3,4\n", "line", [2, 3]),
        ("a,b\n1,2\n3,4", "line", [2, 3]),
        ("a,b\n1,2\n\n3,4\n", "record", [1, 2]),
        ('a,b\n1,"x\ny"\n3,4\n', "record", [1, 2]),
    ],
)
def test_where_a_row_stands(text: str, name: str, places: list[int], tmp_path: Path) -> None:
    index = plain_table(written(tmp_path, text)).index
    assert (index.name, index.tolist()) == (name, places)


QUOTES = (
    'a quote is opened and not closed, or text follows a closed one. A cell with a comma, a quote or '
    'a line break stands in "quotes", a quote inside '
    "is doubled. The file may be cut off; export it again."
)
TABLES = "Tables are CSV or Parquet."


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("", "t.csv: the file is empty. A table has a header and rows."),
        ("\n\n", "t.csv: the file is empty. A table has a header and rows."),
        (",\n1,2\n", "t.csv: there is no header. The first line names the columns."),
        ("a,b\n", "t.csv: there are no rows below the header. At least one is needed."),
        ("a,b\n1,2\n3\n", f"t.csv, line 3: the line has 1 cell. The header has 2. {AGAIN}"),
        ("a,b\n1,2\n3,4,5\n", f"t.csv, line 3: the line has 3 cells. The header has 2. {AGAIN}"),
        ('a,b\n1,2\n3,"4\n', f"t.csv, line 3: {QUOTES}"),
        ('a,b\n1,2\n"x"y,1\n', f"t.csv, line 3: {QUOTES}"),
        ("a,a,b\n1,2,3\n", "t.csv, line 1: the column 'a' is named 2 times. Names of columns are unique. "
                           "Rename or drop the copies."),
        ("a,b\n1,é\n".encode("latin-1"),
         "t.csv, line 2: the text is not UTF-8. Tables are CSV in UTF-8 or Parquet. Save it as UTF-8."),
        (b"PK\x03\x04\0\0", f"t.csv: it is a workbook or a zip. {TABLES} Save the sheet as CSV, or unpack the file."),
        (bz2.compress(b"a,b\n1,2\n"), f"t.csv: it is compressed by bzip2. {TABLES} Unpack it, or compress it by gzip."),
        ('{"a": 1}', f"t.csv: it is not a table: it begins as JSON or XML does. {TABLES}"),
        ('{"blocs_fit": 4}', f"t.csv: it is a fit that blocs saved, not a table. {TABLES}"),
        ("a\0,b\n1,2\n", f"t.csv: it is not a table: it has NUL bytes, as a binary file has. {TABLES}"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(data: str | bytes, said: str, tmp_path: Path) -> None:
    assert refusal(written(tmp_path, data)) == said


def test_a_file_that_is_not_there_has_its_nearest_match(tmp_path: Path) -> None:
    written(tmp_path, "a\n1\n", "county.csv")
    assert refusal(tmp_path / "county.cvs") == (
        f"{tmp_path / 'county.cvs'}: there is no such file or folder. Give one that exists. Nearest match: county.csv."
    )


def test_answers_that_look_alike_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b,c\nYes,1 ,Yes\nYes ,1,Yes \nno, 2,x\n ,2,x\n")
    assert fit(path, "a,b") == (1, "", (
        "blocs: 2 faults:\n"
        "  - t.csv, column 'a': a cell holds blanks alone: ' '. An empty cell is missing, any other is an answer. "
        "Empty the cell.\n"
        "  - t.csv, column 'a': 'Yes' and 'Yes ' differ only in blanks. They would be two answers. Take the blanks "
        "away.\n"
    ))  # fmt: skip
    assert fit(path, "b")[0] == 0  # numbers are numbers; a column that is not used may hold what it likes


def test_answers_of_a_frame() -> None:
    frame = pd.DataFrame({"a": pd.Categorical(["x", None, "n.a."]), "b": [1.0, None, None], "c": ["да", "是", "z"]})
    answers = answers_of(frame, ["a", "b", "c"])
    refuse_alike(answers, "table")
    assert remarks(answers) == (
        "Empty cells, missing at random: 1 of 'a', 2 of 'b'.",
        "Answers of 'a' that other programs take for missing: 'n.a.'. Here only empty cells are, and the codes that "
        "--missing lists.",
    )
    assert remarks(answers_of(frame, ["c"])) == ()


def packed_and_damaged() -> dict[str, tuple[bytes, str]]:
    whole = gzip.compress(b"a,b,n\n" + b"".join(b"x,%d,1\n" % (i % 7) for i in range(500)), mtime=0)
    ended = "Compressed file ended before the end-of-stream marker was reached"
    return {
        "first bytes": (whole[:12], ended),
        "half": (whole[: len(whole) // 2], ended),
        "without its end": (whole[:-8], ended),
        "sum of another file": (whole[:-8] + b"1234" + whole[-4:], "CRC check failed "),
        "changed": (whole[:10] + b"\xff" + whole[11:], "Error -3 while decompressing data: "),
        "more behind it": (whole + b"junk", "Not a gzipped file (b'ju')"),
    }


@pytest.mark.parametrize("how", packed_and_damaged())
def test_a_damaged_gzip_is_said_and_is_no_ctrl_c(how: str, tmp_path: Path) -> None:
    data, error = packed_and_damaged()[how]
    path = written(tmp_path, data, "t.csv.gz")
    code, out, said = fit(path, "a,b")
    assert (code, out) == (1, "")
    assert said.startswith(f"blocs: t.csv.gz: the compressed file is cut off or damaged ({error}")
    assert said.endswith("). Download it again.\n")
    with pytest.raises(InputError) as caught:  # the database would read on
        read_cvr(path, offices=["a", "b"], weights="n")
    assert f"blocs: {caught.value}\n" == said


def test_a_long_table_in_a_damaged_gzip_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(b"voter,office,candidate,party\n" + b"1,US PRESIDENT,A,DEM\n" * 50, mtime=0)
    path = written(tmp_path, whole[:-4] + b"\0\0\0\0", "t.csv.gz")
    with pytest.raises(InputError) as caught:
        read_cvr(path)
    assert str(caught.value) == (
        "t.csv.gz: the compressed file is cut off or damaged (Incorrect length of data produced). Download it again."
    )


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("x", "the weight is 'x', which is not a finite number. {rule} {zero}"),
        ("", "the weight is missing, which is not a finite number. {rule} {zero}"),
        ("-1", "the weight is -1, which is negative. {rule} {zero}"),
        ("inf", "the weight is 'inf', which is not a finite number. {rule} {zero}"),
        ("1,310", "the weight is '1,310', which is not a finite number. {rule} Take out the separators of "
                  "thousands."),
        ("2,5", "the weight is '2,5', which is not a finite number. {rule} Write a point before the "
                "decimals."),
    ],
)  # fmt: skip
def test_a_bad_weight_is_named_by_its_line(bad: str, said: str, tmp_path: Path) -> None:
    path = written(tmp_path, f'a,n\nx,1\ny,"{bad}"\n')
    told = said.format(rule="Weights are finite and not negative.",
                       zero="Give a weight of 0 to rows that should not count.")  # fmt: skip
    assert fit(path, "a", "--weights", "n") == (1, "", f"blocs: t.csv, line 3: {told}\n")


def test_a_pattern_that_fits_no_column_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "alpha,beta,n\nx,y,1\n")
    columns = "The columns are 'alpha', 'beta', 'n'."
    assert fit(path, "x*,?lphas,n*", "--weights", "n") == (2, "", (
        "blocs: 3 faults:\n"
        f"  - --items: no column matches 'x*'. {columns}\n"
        f"  - --items: no column matches '?lphas'. {columns} Nearest match: alpha.\n"
        f"  - --items: no column matches 'n*' but 'n' (used by another option). {columns}\n"
    ))  # fmt: skip
    assert fit(path, "*", "--weights", "n")[0] == 0


def test_a_pattern_of_offices_that_fits_no_column_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "president,senate,voters\nDEM,DEM,10\nREP,REP,10\n")
    run = CliRunner().invoke(cli, ["fit", str(path), "--top", "president", "--weights", "voters", "--offices", "hous*"])
    assert (run.exit_code, run.stderr) == (
        2, "blocs: --offices: no column matches 'hous*'. The columns are 'president', 'senate', 'voters'.\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("senat", "no office is called 'senat'. The offices are 'president', 'senate'. Nearest match: senate."),
        ("president,senate", "no office is called 'president,senate'. The offices are 'president', 'senate'. "
                             "Nearest match: president. Give --codes once for each column or pattern."),
    ],
)  # fmt: skip
def test_codes_of_no_office_are_refused(tmp_path: Path, pattern: str, message: str) -> None:
    path = written(tmp_path, "president,senate\n1,2\n2,0\n")
    arguments = ["tables", str(path), "--top", "president", "--offices", "senate", "--codes", f"{pattern}:1=DEM,2=REP"]
    run = CliRunner().invoke(cli, arguments)
    assert (run.exit_code, run.stderr) == (2, f"blocs: --codes: {message}\n")


def test_the_nearest_name_may_be_part_of_another() -> None:
    known = ["US PRESIDENT, FEDERAL, STATE 01", "GOVERNOR, STATE 01, STATE 01", "a"]
    assert nearest("us president", known) == known[0]
    assert nearest("Governor", known) == known[1]
    assert nearest("GOVERNOR, STATE 01, STATE 01, COUNTY 001, and what else there may be", known) == known[1]
    assert nearest("SHERIFF", known) == ""
    assert nearest("STA", known) == ""


def test_returns_are_named_by_their_lines_and_have_nearest_matches(tmp_path: Path) -> None:
    county = written(tmp_path, "voter,office,district,candidate,party\n1,US PRESIDENT,FEDERAL,Nan,DEM\n", "c.csv")
    returns = written(tmp_path, 'contest,candidate,votes\nPresident,Nan,1\n"US PRESIDENT, FEDERAL",Nana,1\n'
                                '"US PRESIDENT, FEDERAL",Nan,"1,31"\n')  # fmt: skip
    run = CliRunner().invoke(cli, ["totals", str(county), "--returns", str(returns)])
    assert (run.exit_code, run.stderr) == (1, (
        "blocs: 3 faults:\n"
        "  - returns, line 2: no contest is called 'President'. Names are those of the file. Nearest match: "
        "US PRESIDENT, FEDERAL.\n"
        "  - returns, line 3: 'Nana' has no votes in 'US PRESIDENT, FEDERAL'. Names are those of the file. Nearest "
        "match: Nan.\n"
        "  - returns, line 4: '1,31' votes. Certified votes are numbers from 0. Write a point before the decimals.\n"
    ))  # fmt: skip
    returns = written(tmp_path, 'contest,candidate,votes\n"US PRESIDENT, FEDERAL",Nan,1\n')
    run = CliRunner().invoke(cli, ["totals", str(county), "--returns", str(returns)])
    assert run.stdout.endswith("1 candidate compared (1 in tier 0); 0 have no certified total.\n")
