"""`blocs residuals`, `blocs iia` and `blocs compare --cross-validate`: what they print, save and refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from blocs.cli import cli
from blocs.simulation import write_collection

SURVEY = "a,b,c,d,n\n1,1,1,1,42\n1,1,1,2,23\n1,1,2,1,6\n1,1,2,2,25\n1,2,1,1,6\n1,2,1,2,24\n1,2,2,1,7\n1,2,2,2,38\n" \
         "2,1,1,1,1\n2,1,1,2,4\n2,1,2,1,1\n2,1,2,2,6\n2,2,1,1,2\n2,2,1,2,9\n2,2,2,1,2\n2,2,2,2,20\n"  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("fit")
    write_collection(out / "county.csv", 6_000, types=2, seed=1)
    (out / "survey.csv").write_text(SURVEY)
    return out


def blocs(folder: Path, *arguments: object) -> Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def saved(folder: Path) -> str:
    call = ["survey.csv", "--items", "a,b,c,d", "--weights", "n", "--types", 2, "--starts", 5, "--out", "survey.json"]
    assert blocs(folder, "fit", *call).exit_code == 0
    return "survey.json"


def test_residuals_of_a_survey(folder: Path, saved: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    result = blocs(folder, "residuals", saved, "survey.csv", "--rows", 2)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "Goodness of fit",
        "  G2                  2.7199, p = 0.8431 (chi-square)",
        "  X2                  2.7198, p = 0.8431 (chi-square)",
        "  degrees of freedom  6 (as poLCA counts: 6)",
        "  cells               16 in 1 pattern of menus and missing items, 16 observed",
        "  expected in others  0.00 % of 216 observations",
        "  dissimilarity       3.86 %",
        "",
        "Pairs of items, the worst first: X2, and X2 by degree of freedom (BVR)",
        "        X2  df   BVR",
        "a  b  1.17   1  1.17",
        "c  d  0.06   1  0.06",
        "b  c  0.04   1  0.04",
        "b  d  0.02   1  0.02",
        "a  d  0.01   1  0.01",
        "a  c  0.00   1  0.00",
        "X2 has no chi-square distribution, as the types were fitted to the same data;",
        "--bootstrap 999 gives p-values.",
        "",
        "The most common rows: observed, expected and standardised difference",
        "   observed  expected   std.  a  b  c  d",
        "1        42      41.8   0.03  1  1  1  1",
        "2        38      41.8  -0.59  1  2  2  2",
    ]


def test_residuals_with_a_bootstrap_are_saved_and_are_json(folder: Path, saved: str) -> None:
    call = ["residuals", saved, "survey.csv", "--bootstrap", 19, "--out", "tables"]
    result = blocs(folder, *call)
    assert "(bootstrap of 19)" in result.stdout
    assert "        X2  df   BVR       p" in result.stdout
    pairs = pd.read_csv(folder / "tables" / "pairs.csv")
    assert pairs.columns.tolist() == ["item_a", "item_b", "x2", "df", "bvr", "p"]
    assert pairs["p"].between(0.05, 1).all()
    assert len(pd.read_csv(folder / "tables" / "rows.csv")) == 16
    document = json.loads(blocs(folder, *call, "--json").stdout)
    assert document["goodness_of_fit"]["df"] == 6
    assert document["goodness_of_fit"]["bootstrap"] == 19
    assert [row["item_a"] for row in document["pairs"]] == pairs["item_a"].tolist()
    assert document["saved"] == ["tables/pairs.csv", "tables/rows.csv"]


def test_residuals_are_saved_in_one_file_of_tables(folder: Path, saved: str) -> None:
    call = ["residuals", saved, "survey.csv", "--bootstrap", 5, "--json"]
    for name in ("residuals.md", "residuals.tex", "residuals.html"):
        document = json.loads(blocs(folder, *call, "--out", name).stdout)
        assert document["saved"] == [name]
        page = (folder / name).read_text()
        for caption in ("Goodness of fit.", "Bivariate residuals, the worst first.", "The most common rows."):
            assert caption in page
    lines = (folder / "residuals.md").read_text().splitlines()
    whole = document["goodness_of_fit"]
    assert lines[2] == "| Statistic | Value | df | p | p, bootstrap |"
    assert lines[4].startswith(f"| G² | {whole['g2']:.2f} | 6 | ")
    first = document["rows"][0]
    assert f"| 1 | 1 | 1 | 1 | {first['observed']:.0f} | {first['expected']:.1f} |" in "\n".join(lines)
    result = blocs(folder, *call, "--out", "residuals.csv")
    assert (result.exit_code, result.stderr) == (
        2, "blocs: --out: 'residuals.csv' is the name of a CSV file. A CSV file holds one table, and there are "
        "several. Name a folder, which gets a CSV file for each, or a file such as tables.xlsx.\n",
    )  # fmt: skip


def test_residuals_of_ballots_fit_into_80_columns(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocs(folder, "fit", "county.csv", "--types", 2, "--starts", 3, "--out", "county.json")
    monkeypatch.setenv("COLUMNS", "80")
    lines = blocs(folder, "residuals", "county.json", "county.csv").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("* Less than all outcomes were on offer") for line in lines)
    assert any("straight*" in line for line in lines)
    other = blocs(folder, "residuals", "county.json", "survey.csv")
    assert other.exit_code != 0


def test_iia_of_ballots(folder: Path) -> None:
    call = ["iia", "county.csv", "--types", 2, "--starts", 3]
    result = blocs(folder, *call, "--out", "iia.csv")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    at = lines.index("")
    assert " ".join(lines[1:at]).startswith("At the 5 per cent level ")  # the answer
    assert lines[at + 1].split() == ["menus", "LR", "df", "p"]
    assert [line.split()[0] for line in lines[at + 2 : at + 6]] == ["US", "STATE", "STATE", "all"]
    assert "% on every menu: by itself, by the odds of all menus (IIA), difference" in lines
    assert "Same shares of types on all menus: score test" in lines
    assert "Shares of the types among those with each menu, %" in lines
    table = pd.read_csv(folder / "iia.csv")
    assert table.columns.tolist() == ["type", "item", "menu", "outcome", "full", "expected", "share", "iia"]
    document = json.loads(blocs(folder, *call, "--json").stdout)
    (test,) = document["tests"]
    assert test["p"] > 0.001  # the county was simulated so
    assert test["menu_shares"]["p"] > 0.001
    assert len(test["table"]) == len(table)
    assert document["saved"] == []


def test_iia_is_saved_as_a_table_in_every_form(folder: Path) -> None:
    call = ["iia", "county.csv", "--types", 1, "--by", "top", "--labels", "labels.csv"]
    (folder / "labels.csv").write_text("office,label\nUS HOUSE,House\n")
    names = ["iia.tex", "iia.html", "iia.md", "iia.csv"]
    result = blocs(folder, *call, *(part for name in names for part in ("--out", name)))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-4:] == [f"Saved to {name}." for name in names]
    for page in ((folder / name).read_text() for name in names[:3]):
        for caption in ("IIA within 1 type: likelihood-ratio test.", "Shares on every menu."):
            assert f"DEM: {caption}" in page and f"REP: {caption}" in page
        assert page.count("All together") == 2 and "House" in page
    document = json.loads(blocs(folder, *call, "--json", "--out", "iia.md").stdout)
    assert document["saved"] == ["iia.md"]
    lr = f"{document['tests'][0]['statistic']:,.2f}"
    assert f"| {lr} | " in (folder / "iia.md").read_text()


def test_iia_of_each_party(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    call = ["iia", "county.csv", "--types", 1, "--by", "top"]
    lines = blocs(folder, *call, "--out", "by.csv").stdout.splitlines()
    assert [line for line in lines if "likelihood-ratio" in line] == [
        "DEM: IIA within 1 type: likelihood-ratio test", "REP: IIA within 1 type: likelihood-ratio test"
    ]  # fmt: skip
    assert max(map(len, lines)) <= 80
    assert pd.read_csv(folder / "by.csv")["top"].unique().tolist() == ["DEM", "REP"]
    document = json.loads(blocs(folder, *call, "--json").stdout)
    assert [test["top"] for test in document["tests"]] == ["DEM", "REP"]
    assert [test["menu_shares"] for test in document["tests"]] == [None, None]  # one type has one share


def test_iia_of_a_party_with_one_menu(folder: Path) -> None:
    """Where both parties stood and where only Democrats did, Republicans who had no candidate are not in the file."""
    both = [("DEM", "DEM", "N")] * 60 + [("DEM", "REP", "N")] * 20 + [("REP", "REP", "N")] * 70
    alone = [("DEM", "DEM", "S")] * 50 + [("DEM", "none", "S")] * 10
    rows = pd.DataFrame([*both, *alone, ("DEM", "none", "N")], columns=["President", "Sheriff", "area"])
    rows.to_csv(folder / "one.csv", index=False)
    call = ["iia", "one.csv", "--top", "President", "--offices", "President,Sheriff", "--districts", "Sheriff=area",
            "--types", 1, "--by", "top"]  # fmt: skip
    result = blocs(folder, *call)
    assert result.exit_code == 0, result.stderr
    assert "DEM: IIA within 1 type: likelihood-ratio test" in result.stdout
    sentence = "REP: there is nothing to test. For voters of REP no office has two outcomes on several menus."
    assert sentence in " ".join(result.stdout.split())
    document = json.loads(blocs(folder, *call, "--json").stdout)
    assert document["not_tested"] == ["REP"] and [test["top"] for test in document["tests"]] == ["DEM"]
    rows[rows["area"] == "N"].to_csv(folder / "one.csv", index=False)
    assert blocs(folder, *call).stderr == (
        "blocs: --by: for voters of DEM and REP no office has two outcomes on several menus. IIA says something of "
        "such offices only. There is nothing to test.\n"
    )


def test_iia_of_few_voters_leaves_out_the_test_of_shares(folder: Path) -> None:
    write_collection(folder / "few.csv", 60, types=2, seed=1)
    document = json.loads(blocs(folder, "iia", "few.csv", "--types", 2, "--starts", 2, "--json").stdout)
    assert document["tests"][0]["menu_shares"] is None  # no menu has 30 voters beside the most common one


def test_what_is_refused(folder: Path) -> None:
    survey = ["survey.csv", "--items", "a,b,c,d", "--weights", "n", "--types", 2]
    assert blocs(folder, "iia", *survey).stderr == (
        "blocs: profiles: no item has menus that can be compared. IIA says something where two outcomes stand on "
        "several menus.\n"
    )
    assert blocs(folder, "iia", *survey, "--by", "top").stderr == (
        "blocs: --by: there is no column 'top'. There are no columns to choose from.\n"
    )
    assert blocs(folder, "iia", "county.csv").stderr == "blocs: --types: it is missing. See `blocs iia --help`.\n"
    result = blocs(folder, "compare", *survey, "--cross-validate", 300)
    assert (result.exit_code, result.stderr) == (
        2, "blocs: --cross-validate: it is 300. It is a whole number of folds, 2 to the 216 observations.\n"
    )  # fmt: skip


def test_compare_with_cross_validation_and_a_recommendation(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    call = ["compare", "survey.csv", "--items", "a,b,c,d", "--weights", "n", "--types", "1-3", "--starts", 5]
    result = blocs(folder, *call, "--cross-validate", 4, "--out", "compare.csv")
    lines = result.stdout.splitlines()
    assert "  held out  " in lines[0]
    assert max(map(len, lines)) <= 80
    assert "Recommended: 2 types" in lines
    assert "  BIC is lowest at 2 types; 1 type has 51.49 more." in [line.replace("- ", "") for line in lines]
    table = pd.read_csv(folder / "compare.csv")
    assert table["held_out"].notna().all()
    document = json.loads(blocs(folder, *call, "--cross-validate", "--json").stdout)  # five parts
    assert all(row["held_out"] is not None for row in document["rows"])
    document = json.loads(blocs(folder, *call, "--json").stdout)
    assert document["recommended"]["types"] == 2
    assert document["recommended"]["reasons"][0] == "BIC is lowest at 2 types; 1 type has 51.49 more."
    assert [row["held_out"] for row in document["rows"]] == [None, None, None]
    assert {"aic3", "abic", "caic", "awe", "clc", "icl", "parameters_at_boundary"} <= set(document["rows"][0])


def test_checkpoints_of_replicates(folder: Path) -> None:
    call = ["iia", "county.csv", "--types", 1, "--starts", 1, "--checkpoint", "kept"]
    assert blocs(folder, *call).stderr == (
        "blocs: --checkpoint: there are no replicates to be kept. Give --bootstrap, too.\n"
    )
    assert blocs(folder, *call, "--bootstrap", 3, "--by", "top").stderr == (
        "blocs: --checkpoint: it is of one set of voters. Leave out --checkpoint or --by.\n"
    )
    first, again = (blocs(folder, *call, "--bootstrap", 3, "--json") for _ in range(2))
    assert (folder / "kept").exists()
    assert first.stdout == again.stdout and first.exit_code == 0
