"""`--out` writes the form that the name says; `blocs explain` prints the paragraph, and ends with 3 without types."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner, Result

import blocs
from blocs.cli import cli
from blocs.cli.exit_codes import ExitCode

BALLOTS = [
    ("DEM", "DEM", "DEM", 400), ("DEM", "REP", "DEM", 120), ("DEM", "REP", "none", 60), ("REP", "REP", "DEM", 300),
    ("REP", "DEM", "none", 150), ("REP", "DEM", "DEM", 90), ("REP", "REP", "none", 50), ("none", "DEM", "DEM", 5),
]  # fmt: skip
CALL = ["--offices", "Senate,Clerk", "--weights", "n", "--codes", "*:none=none,DEM=DEM,REP=REP",
        "--codes", "President:none=none,DEM=DEM,REP=REP", "--quiet"]  # fmt: skip


def run(*call: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in call])


def done(*call: object) -> Result:
    result = run(*call)
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    pd.DataFrame(BALLOTS, columns=["President", "Senate", "Clerk", "n"]).to_csv("ballots.csv", index=False)
    answers = {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "c": [0, 0, 1, 1], "n": [90, 10, 12, 80]}
    pd.DataFrame(answers).to_csv("survey.csv", index=False)
    return tmp_path


def test_a_fit_and_its_tables_in_one_call(folder: Path) -> None:
    names = ["t.tex", "t.md", "t.html", "t.xlsx", "t.docx", "t.txt", "t.csv"]
    out = [word for name in ("fit.json", *names) for word in ("--out", name)]
    shown = done("fit", "ballots.csv", *CALL, "--types", 1, *out).stdout
    assert shown.endswith(
        "Saved to fit.json.\n" + "".join(f"5 tables are saved to {name}.\n" for name in names[:-1])
        + "The first of 5 tables is saved to t.csv; .xlsx, .html, .tex, .md, .docx and .txt take all.\n"
    )  # fmt: skip
    fit = blocs.load("fit.json")
    first = pd.read_csv("t.csv")
    assert first["Split"].round(9).tolist() == [round(180 / 580, 9), round(240 / 590, 9)]
    assert openpyxl.load_workbook("t.xlsx").sheetnames == ["both stood", "one stood", "shares", "classification",
                                                           "account"]  # fmt: skip
    assert Path("t.tex").read_text().count("\\begin{table}") == 5
    assert fit.types == 1 and not Path("t.csv").read_text().startswith("{")


def test_tables_of_answers_have_standard_errors_where_they_are_asked_for(folder: Path) -> None:
    call = ["fit", "survey.csv", "--items", "a,b,c", "--weights", "n", "--types", 2, "--starts", 4, "--quiet"]
    document = json.loads(done(*call, "--se", "observed", "--out", "t.csv", "--json").stdout)
    assert document["tables"] == ["t.csv"] and document["saved"] is None
    frame = pd.read_csv("t.csv", keep_default_na=False)
    assert frame.columns.tolist() == ["type", "item", "outcome", "probability", "se", "low", "high", "flag"]
    wanted = document["standard_errors"]["table"]
    assert frame["flag"].tolist() == [row["flag"] for row in wanted]
    assert [float(se or "nan") for se in frame["se"]] == pytest.approx(
        [float("nan") if row["se"] is None else row["se"] for row in wanted], nan_ok=True
    )
    assert done(*call, "--se", "observed", "--out", "t.csv", "--out", "t.md").stdout.splitlines()[-2:] == [
        "Probabilities with standard errors and intervals are saved to t.csv.", "4 tables are saved to t.md."
    ]
    done(*call, "--out", "t.csv")
    assert len(pd.read_csv("t.csv").columns) == 4


def test_tables_of_groups_and_covariates_have_what_is_printed(folder: Path) -> None:
    """Shares by group with errors, average changes and tests are those of the document, as they are printed."""
    rows = [(a, b, c, town, age, round(size * (first * 0.9 ** (3 - a - b - c) * 0.1 ** (a + b + c)
                                               + (1 - first) * 0.2 ** (3 - a - b - c) * 0.8 ** (a + b + c))) + 1)
            for town, age, first, size in (("N", 30, 0.6, 400), ("N", 50, 0.4, 400), ("S", 40, 0.3, 500),
                                           ("T", 35, 1, 0))
            for a in (0, 1) for b in (0, 1) for c in (0, 1)]  # fmt: skip
    pd.DataFrame(rows, columns=["a", "b", "c", "town", "age", "n"]).to_csv("towns.csv", index=False)
    call = ["fit", "towns.csv", "--items", "a,b,c", "--weights", "n", "--types", 2, "--starts", 2, "--seed", 1,
            "--test-shares", "--quiet", "--json"]  # fmt: skip
    text = run(*call, "--by", "town", "--se", "robust", "--out", "g.md").stdout
    document, page = json.loads(text), Path("g.md").read_text()
    own = {row["type"]: row for row in document["standard_errors"]["shares_by_group"] if row["town"] == "N"}
    cells = [f"{100 * own[k][name]:.1f}" for k in (1, 2) for name in ("share", "se")]
    assert f"| N | {round(own[1]['n'])} | {' | '.join(cells)} |" in page
    assert "| S | — | — | — | — | — |\n| T | — | — | — | — | — |" in page  # one alone could be worked out
    assert "Groups without numbers are withheld, so that none stands for fewer than 10 observations." in page
    (test,) = document["shares_test"]["tests"]
    assert f"| town | {test['statistic']:,.2f} | {test['df']} | " in page
    text = run(*call, "--covariates", "~ age", "--se", "robust", "--out", "c.md").stdout
    document, page = json.loads(text), Path("c.md").read_text()
    (test,) = document["shares_test"]["tests"]
    assert f"| age | {test['statistic']:,.2f} | {test['df']} | " in page
    changes = [100 * row["effect"] for row in document["standard_errors"]["margins"]]
    shown = [f"{change:+.1f}".replace("-", "−") for change in changes]
    line = next(line for line in page.splitlines() if line.startswith("| age | one more unit |"))
    assert [line.split(" | ")[i] for i in (2, 5)] == shown and shown[0] != shown[1]


@pytest.mark.parametrize(
    ("out", "message"),
    [
        (["t.fit"], "blocs: --out: 't.fit' has the ending '.fit'. A fit is saved under a name that ends in .json, its "
                    "tables under .csv, .csv.gz, .docx, .html, .md, .tex, .txt, .xlsx.\n"),
        (["a.json", "b"], "blocs: --out: 'a.json' and 'b' are both given for the fit. A fit is saved once. Leave out "
                          "one.\n"),
        (["survey.csv"], "blocs: survey.csv: it is read by the same command. What is read is not overwritten. Give "
                         "another name to be written.\n"),
    ],
)  # fmt: skip
def test_names_that_a_fit_cannot_have(folder: Path, out: list[str], message: str) -> None:
    words = [word for name in out for word in ("--out", name)]
    result = run("fit", "survey.csv", "--items", "a,b,c", "--types", 1, *words)
    assert (result.exit_code, result.stderr) == (2, message)


def test_a_comparison_is_csv_with_all_columns_or_tables(folder: Path) -> None:
    call = ["compare", "survey.csv", "--items", "a,b,c", "--weights", "n", "--types", "1-2", "--starts", 4, "--quiet"]
    done(*call, "--out", "c.csv")
    assert {"aic3", "held_out", "smallest_share", "converged", "n"} <= set(pd.read_csv("c.csv").columns)
    done(*call, "--out", "c.md")
    text = Path("c.md").read_text(encoding="utf-8")
    assert text.startswith("**Fit of models with 1 to 2 classes (N = 192).**\n") and "Where the random starts" in text
    assert run(*call, "--out", "c.json").stderr == (
        "blocs: --out: 'c.json' has the ending '.json'. Tables are written to names that end in .csv, .csv.gz, .docx, "
        ".html, .md, .tex, .txt or .xlsx.\n"
    )


def test_tables_and_totals_in_one_file(folder: Path) -> None:
    done("tables", "ballots.csv", *CALL, "--out", "t.xlsx")
    assert openpyxl.load_workbook("t.xlsx").sheetnames == ["votes", "partisans"]
    document = json.loads(done("tables", "ballots.csv", *CALL, "--by", "top", "--out", "t.md", "--json").stdout)
    text = Path("t.md").read_text(encoding="utf-8")
    assert document["saved"] == ["t.md"] and text.count("No cell stands for fewer than 10 voters") == 3
    done("tables", "ballots.csv", *CALL, "--out", "folder")
    assert sorted(path.name for path in Path("folder").iterdir()) == ["bars.csv", "partisans.csv"]
    Path("labels.csv").write_text("office,label\nSenate,Upper house\n")
    done("tables", "ballots.csv", *CALL, "--labels", "labels.csv", "--out", "t.tex")
    done("tables", "ballots.csv", *CALL, "--labels", "labels.csv", "--out", "folder")
    text = Path("t.tex").read_text(encoding="utf-8")
    assert "& Upper house &" in text and "Senate" not in text + Path("folder/bars.csv").read_text(encoding="utf-8")
    assert "Clerk &" not in text and "Both parties were on no ballot for Clerk." in text
    assert run("tables", "ballots.csv", *CALL, "--out", "t.csv").stderr == (
        "blocs: --out: 't.csv' is the name of a CSV file. A CSV file holds one table, and there are several. Name a "
        "folder, which gets a CSV file for each, or a file such as tables.xlsx.\n"
    )
    long = pd.DataFrame([(1, "President", "Adams", "DEM")], columns=["voter", "office", "candidate", "party"])
    long.to_csv("long.csv", index=False)
    done("totals", "long.csv", "--out", "totals.html", "--quiet")
    assert "<caption>Valid votes of every candidate.</caption>" in Path("totals.html").read_text(encoding="utf-8")
    done("totals", "long.csv", "--out", "totals.csv", "--quiet")
    assert "allowed" in pd.read_csv("totals.csv").columns


def test_explain_prints_the_paragraph_of_python(folder: Path) -> None:
    done("fit", "ballots.csv", *CALL, "--types", 1, "--out", "fit.json")
    done("compare", "ballots.csv", *CALL, "--types", "1-2", "--starts", 2, "--out", "c.csv")
    call = ["explain", "fit.json", "ballots.csv", "--place", "Ward 9", "--date", "1 May 2020", "--names", "DEM=Evers",
            "--comparison", "c.csv", "--quiet"]  # fmt: skip
    shown = done(*call).stdout
    coded = blocs.code_rows(blocs.read_cvr(pd.read_csv("ballots.csv"), offices=["President", "Senate", "Clerk"],
                                           weights="n"))  # fmt: skip
    found = blocs.explain(blocs.load("fit.json"), coded, place="Ward 9", date="1 May 2020", names={"DEM": "Evers"},
                          comparison=pd.read_csv("c.csv"))  # fmt: skip
    assert " ".join(shown.split()) == " ".join(
        [found.paragraph, "Note: --names has no name for REP.", "What this does not show", *found.not_shown]
    )
    document = json.loads(done(*call, "--json").stdout)
    assert document["paragraph"] == found.paragraph and document["stable"] is True
    assert [sentence["part"] for sentence in document["sentences"]] == [s.part for s in found.sentences]
    exact = done(*call, "--se", "observed").stdout
    assert "no standard errors were computed" in shown and "no standard errors were computed" not in exact
    assert "1 type" in done("explain", "fit.json").stdout


def test_the_exit_code_says_that_types_are_not_stable(folder: Path) -> None:
    done("fit", "ballots.csv", *CALL, "--types", 2, "--starts", 1, "--out", "fit.json")
    result = run("explain", "fit.json", "ballots.csv", "--quiet")
    assert result.exit_code == ExitCode.NOT_CONVERGED == 3
    assert "The types are not stable enough to report (" in " ".join(result.stdout.split())


def test_an_output_of_one_file_is_not_given_twice(folder: Path) -> None:
    result = run("parties", "survey.csv", "--out", "a.csv", "--out", "b.csv")
    assert (result.exit_code, result.stderr) == (
        2, "blocs: --out: it is given twice. It has one value. Leave out all but one.\n"
    )  # fmt: skip


def test_the_last_value_of_another_option_counts(folder: Path) -> None:
    call = ["fit", "survey.csv", "--items", "a,b,c", "--starts", 2, "--quiet"]
    assert done(*call, "--types", 2, "--types", 1).stdout.count("\n1 type, ") == 1


def test_flags_and_lists_may_be_given_twice(folder: Path) -> None:
    call = ["fit", "survey.csv", "--items", "a,b,c", "--types", 1, "--quiet", "--quiet"]
    done(*call, "--out", "fit.json", "--out", "t.csv")
    assert run("fit", "--help").exit_code == 0


def test_the_default_of_top_is_named_as_such(folder: Path) -> None:
    Path("long.csv").write_text("voter,office,candidate,party\n1,Mayor,Adams,DEM\n2,Mayor,Burr,REP\n")
    assert run("fit", "long.csv", "--quiet").stderr == (
        "blocs: --top: no office is called 'President', which is the default. The offices are 'Mayor'. "
        "Name one of them with --top, such as 'Mayor'.\n"
    )
    assert run("fit", "long.csv", "--top", "President", "--quiet").stderr == (
        "blocs: --top: no office is called 'President'. The offices are 'Mayor'. Name one of them with --top, such as "
        "'Mayor'.\n"
    )


def test_data_in_place_of_a_fit(folder: Path) -> None:
    result = run("explain", "survey.csv")
    assert (result.exit_code, result.stderr) == (1, (
        "blocs: survey.csv: it is data, and not a saved fit. A fit is a file that `blocs fit --out fit.json`, or "
        "`Fit.save` in Python, wrote. Fit it first, and give the file of the fit.\n"
    ))  # fmt: skip
