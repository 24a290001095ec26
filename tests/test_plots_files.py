"""Pictures as files: formats, the command, and what happens without matplotlib."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

matplotlib = pytest.importorskip("matplotlib", reason="the extra plots is not installed")
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

import blocs  # noqa: E402
from blocs import plots  # noqa: E402
from blocs.cli import cli  # noqa: E402
from blocs.cli.plot import PICTURES  # noqa: E402
from blocs.core.errors import BlocsError, InputError, MissingPackageError, UnsupportedError  # noqa: E402
from blocs.plots.captions import model_caption, profile_caption, types_caption  # noqa: E402
from pictures_support import made  # noqa: E402
from plots_support import OFFICES, answers, ballots  # noqa: E402


@pytest.fixture(autouse=True)
def closed() -> Any:
    yield
    plt.close("all")


def run(*arguments: object) -> Any:
    return CliRunner().invoke(cli, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ballots and answers with a saved fit each, and a saved comparison."""
    path = tmp_path_factory.mktemp("plots")
    ballots().to_csv(path / "county.csv", index=False)
    answers().to_csv(path / "survey.csv", index=False)
    offices = ["--offices", ",".join(OFFICES), "--districts", "US House=hd"]
    calls = [
        ("fit", path / "county.csv", *offices, "--types", 2, "--starts", 4, "--out", path / "fit.json"),
        ("fit", path / "survey.csv", "--items", "q*", "--types", 3, "--starts", 4, "--out", path / "survey.json"),
        ("compare", path / "survey.csv", "--items", "q*", "--types", "1-3", "--starts", 2, "--out", path / "c.csv"),
    ]
    for call in calls:
        result = run(*call, "--quiet")
        assert result.exit_code == 0, result.output
    votes = [("President", party, (ballots()["President"] == party).sum() - 20) for party in ("DEM", "REP")]
    pd.DataFrame(votes, columns=["contest", "candidate", "votes"]).to_csv(path / "returns.csv", index=False)
    return path


def test_a_picture_is_saved_as_text_and_twice_as_the_same_bytes(tmp_path: Path) -> None:
    shares = pd.DataFrame({"type": [1, 2], "share": [0.7, 0.3], "low": [0.6, 0.2], "high": [0.8, 0.4]})
    for ending in ("svg", "pdf", "png"):
        files = [tmp_path / f"{i}.{ending}" for i in (1, 2)]
        for file in files:
            ax = plots.types_by_office(made())[0, 0] if ending == "svg" else plots.shares(shares)
            plots.save(ax.figure, file, "How <each> type voted.")
        assert files[0].read_bytes() == files[1].read_bytes()
    svg = (tmp_path / "1.svg").read_text()
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert {"Office 1", "Office 2", "25", "DEM voters (≈ 200)", "split (the other party)"} <= set(texts)
    assert "How &lt;each&gt; type voted." in svg
    assert b"/Type /Font /Subtype /Type0" in (tmp_path / "1.pdf").read_bytes()  # TrueType, not shapes
    with pytest.raises(InputError) as error:
        plots.save(plots.types_by_office(made())[0, 0].figure, tmp_path / "x.jpg")
    assert str(error.value) == (
        f"out: {str(tmp_path / 'x.jpg')!r} does not say the format of the picture. It ends in .png, .svg or .pdf."
    )
    assert not (tmp_path / "x.jpg").exists()


def test_settings_of_the_user_neither_matter_nor_change(tmp_path: Path) -> None:
    plots.save(plots.types_by_office(made())[0, 0].figure, tmp_path / "a.png")
    with plt.rc_context({"font.size": 30, "axes.spines.left": False, "svg.fonttype": "path", "savefig.dpi": 10}):
        before = dict(plt.rcParams)
        plots.save(plots.types_by_office(made())[0, 0].figure, tmp_path / "b.png")
        assert dict(plt.rcParams) == before
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_names_are_no_formulas(tmp_path: Path) -> None:
    data = made()
    data["office"] = data["office"].str.replace("Office 1", "Bond of $5 M or $6 M <b>")
    plots.save(plots.types_by_office(data)[0, 0].figure, tmp_path / "x.svg")
    assert "Bond of $5 M or $6 M &lt;b&gt;" in (tmp_path / "x.svg").read_text()


def test_without_matplotlib_the_error_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    text = (
        "blocs.plots needs matplotlib. Install it with: pip install 'blocs[plots]', or in a checkout of blocs with: "
        "pip install '.[plots]'"
    )
    with pytest.raises(MissingPackageError) as error:
        plots.types_by_office(made())
    assert str(error.value) == text
    assert isinstance(error.value, ImportError)
    assert isinstance(error.value, BlocsError)
    result = run("plot", folder / "survey.json", "-o", folder / "x.png")
    assert (result.exit_code, result.stderr) == (1, f"blocs: {text}\n")


def test_matplotlib_is_loaded_when_something_is_drawn() -> None:
    code = "import sys, blocs.plots; sys.exit('matplotlib' in sys.modules)"
    source = str(Path(blocs.__file__).parents[1])
    assert subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": source}, check=False).returncode == 0


def test_a_package_that_is_broken_is_not_called_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from blocs.core.lazy import import_extra

    (tmp_path / "brokenpackage.py").write_text("import notthere\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="No module named 'notthere'"):
        import_extra("brokenpackage", "blocs", "x")


CALLS = {
    "types": ["fit.json", "county.csv", "--place", "Mine County", "--date", "3 May"],
    "one-party": ["fit.json", "county.csv", "--dots"],
    "model": ["fit.json", "county.csv"],
    "offices": ["fit.json", "county.csv"],
    "profile": ["survey.json", "survey.csv", "--se", "observed", "--lines", "--category", "yes"],
    "shares": ["survey.json"],
    "groups": ["fit.json", "county.csv", "--by", "precinct"],
    "trace": ["survey.json"],
    "optima": ["survey.json"],
    "residuals": ["fit.json", "county.csv"],
    "criteria": ["survey.json", "--comparison", "c.csv"],
    "account": ["fit.json", "county.csv"],
    "two-fits": ["survey.json", "--beside", "survey.json"],
    "effects": ["survey.json", "survey.csv", "--covariates", "~ C(place)", "--method", "ml"],
    "outcomes": ["survey.json", "survey.csv", "--outcome", "place"],
    "certified": ["fit.json", "county.csv", "--returns", "returns.csv"],
}


def test_every_picture_of_the_command_is_drawn(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert set(CALLS) == set(PICTURES)
    for kind, call in CALLS.items():
        result = run("plot", *call, "--kind", kind, "-o", f"{kind}.svg", "--json", "--quiet")
        assert result.exit_code == 0, result.output
        document = json.loads(result.stdout)
        assert (document["kind"], document["out"]) == (kind, f"{kind}.svg")
        assert document["caption"]
        assert len(document["data"]) > 0
        assert "<svg" in (folder / f"{kind}.svg").read_text()
        plt.close("all")


def test_several_numbers_of_types_are_fitted_as_the_fit_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    result = run("plot", "survey.json", "survey.csv", "--compare", "2-3", "--category", "yes", "-o", "k.svg", "--json",
                 "--quiet")  # fmt: skip
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["caption"] == (
        "Conditional item probabilities of models with 2 to 3 classes (N = 600). Points: estimated probability of "
        "«yes». Percentages: estimated class proportions. A class has the colour of the one that it resembles most in "
        "the panel before."
    )
    profiles = blocs.Profiles.from_table(answers(), items=[f"q{j}" for j in range(1, 7)])
    fit = blocs.load("survey.json")
    two = blocs.fit(profiles, 2, starts=4)
    data = pd.DataFrame(document["data"])
    assert dict(data.drop_duplicates("types")[["types", "bic"]].to_numpy().tolist()) == {2: two.bic, 3: fit.bic}
    axes = fit.plot(profiles, compare=[2, 3], category="yes")
    assert [ax.get_title(loc) for ax in axes.flat for loc in ("left",)] == [
        f"2 types, BIC {two.bic:,.1f}", f"3 types, BIC {fit.bic:,.1f}",
    ]  # fmt: skip
    with pytest.raises(InputError) as error:
        fit.plot(compare=[2, 3])
    assert str(error.value) == (
        "profiles: there are no data. Other numbers of types are fitted to them. Give the data that were fitted."
    )
    fixed = blocs.fit(profiles, 2, starts=2, constraints=pd.DataFrame(
        {"item": ["q1"], "type": [1], "outcome": ["yes"], "equals": [0.9]}))  # fmt: skip
    with pytest.raises(UnsupportedError) as refused:
        fixed.plot(profiles, compare=[2, 3])
    assert str(refused.value) == (
        "Other numbers of types are not available for a fit with constraints: these are on its own types. Fit each "
        "number by itself, and give the fits to `blocs.plots.item_profiles_data`."
    )


def test_effects_of_a_fit_with_covariates_are_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    own = ["--items", "q*", "--covariates", "~ C(place)", "--types", 2, "--starts", 2]
    assert run("fit", "survey.csv", *own, "--out", "own.json", "--quiet").exit_code == 0
    result = run("plot", "own.json", "survey.csv", "--kind", "effects", "-o", "own.svg", "--json", "--quiet")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["caption"] == (
        "Average change of the share of each type with each covariate, in percentage points. Thick bars: 80 %, thin "
        "bars: 95 % intervals (one step; standard errors: observed information). The changes of a covariate add to 0 "
        "over the types."
    )
    profiles = blocs.Profiles.from_table(answers(), items=[f"q{j}" for j in range(1, 7)], covariates=["place"])
    margins = blocs.standard_errors(blocs.load("own.json"), profiles).margins()
    assert [row["change"] for row in document["data"]] == pytest.approx(margins["effect"].tolist())
    result = run("plot", "own.json", "survey.csv", "--kind", "effects", "--method", "ml", "-o", "x.svg", "--quiet")
    assert (result.exit_code, result.stderr) == (2, (
        "blocs: --method: the fit has covariates, whose coefficients were estimated with the types. Leave it out.\n"
    ))  # fmt: skip


def test_pictures_have_the_width_that_was_asked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    for number, name in enumerate(("account", "types", "trace")):
        out = f"wide-{number}.png"
        result = run("plot", "fit.json", "county.csv", "--kind", name, "--width", "100", "-o", out, "--quiet")
        assert result.exit_code == 0, result.output
        assert plt.imread(out).shape[1] == round(100 / 25.4 * 300)


def test_the_first_picture_is_that_of_the_data_and_its_caption_is_printed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    result = run("plot", "fit.json", "county.csv", "-o", "t.svg", "--place", "Mine", "--date", "3 May", "--quiet")
    fit = blocs.load("fit.json")
    caption = (
        "How each type voted where both parties stood. Bars: share of the type's voters who split, left the office "
        "blank, voted for another party or voted straight, by party at the top of the ticket. Numbers: per cent, "
        f"printed from 10. 1,500 of 1,500 ballots; 2 types, best optimum reached by {fit.hits} of 4 starts. Source: "
        f"cast vote record of Mine, 3 May; blocs {blocs.__version__}."
    )
    assert " ".join(result.stdout.split()) == f"{caption} Written to t.svg."
    assert types_caption(fit, fit.account, "Mine", "3 May") == caption
    dots = types_caption(fit, fit.account, dots=True)
    assert dots.startswith(
        "How each type voted where both parties stood. Points: share of the type's voters who split or left the office "
        "blank, by party at the top of the ticket, in per cent; bars: 95 % intervals (types held fixed). 1,500 of"
    )
    assert model_caption(hatched=False).endswith("both parties stood in every race.")
    assert " Hatched: fewer than 5 voters of the type had this choice;" in model_caption()
    survey = blocs.load("survey.json")
    assert "no interval" not in profile_caption(survey, "«yes»", "observed information")
    assert profile_caption(survey, "«yes»", "observed information", boundary=True).endswith(
        " Probabilities at 0 or 1 have no interval."
    )
    result = run("plot", "survey.json", "-o", "s.png", "--quiet")
    assert result.stdout.endswith(
        "Conditional item probabilities of the 3-class model (N = 600). Points: estimated probability of\n«yes». "
        "Percentages: estimated class proportions.\n\nWritten to s.png.\n"
    )


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("survey.json -o x.jpg",
         "-o: 'x.jpg' does not say the format of the picture. It ends in .png, .svg or .pdf."),
        ("fit.json -o x.png",
         "FILE: there is no file. The picture 'types' needs one. Give the data that were fitted after the fit."),
        ("survey.json survey.csv --kind types -o x.png",
         "--kind: 'types' is a picture of ballots. The fit is of a table of answers. Draw its profile."),
        ("fit.json county.csv --kind groups -o x.png",
         "--by: there is no group. The picture 'groups' needs one. Name a column, such as --by precinct."),
        ("fit.json county.csv --kind groups --by precint -o x.png",
         "--by: there is no column 'precint'. The columns are 'precinct'. Nearest match: precinct."),
        ("survey.json --lines --kind shares -o x.png",
         "--lines: the picture 'shares' does not have it. It is for profile. Leave it out."),
        ("survey.json --se robust -o x.png",
         "FILE: there is no file. Standard errors are computed from the data. Give the data that were fitted "
         "after the fit."),
        ("survey.json --kind criteria -o x.png",
         "--comparison: there is no comparison. The picture 'criteria' needs one. Give the table that `blocs compare "
         "--out` wrote."),
        ("survey.json --kind criteria --comparison survey.csv -o x.png",
         "--comparison: there are no columns 'types', 'flags', 'bic', 'abic', 'caic', 'aic'. The columns are 'q1', "
         "'q2', 'q3', 'q4', 'q5', 'q6', 'place'. Give what `blocs.compare` returns."),
        ("survey.json survey.csv --kind effects -o x.png",
         "--covariates: there is none. The fit has none itself. Give a formula, such as --covariates '~ age'."),
        ("survey.json survey.csv --kind outcomes -o x.png",
         "--outcome: there is no outcome. The picture 'outcomes' needs one. Name a column, such as --outcome turnout."),
        ("survey.json survey.csv --kind outcomes --outcome plaice -o x.png",
         "--outcome: there is no column 'plaice'. The columns are 'q1', 'q2', 'q3', 'q4', 'q5', 'q6', 'place'. Nearest "
         "match: place."),
        ("fit.json county.csv --kind certified -o x.png",
         "--returns: there are no certified totals. The picture 'certified' needs one. Give a table with the columns "
         "contest, candidate and votes."),
        ("survey.json --compare 1-3 -o x.png",
         "FILE: there is no file. The picture 'profile' needs one. Give the data that were fitted after the fit."),
        ("survey.json survey.csv --compare 1-3 --se robust -o x.png",
         "--se: intervals of several fits in one picture are not available. Leave it out."),
        ("survey.json survey.csv --compare 1-999 -o x.png",
         "--compare: 54 types are asked for. There are 53 unique rows, which cannot tell more types apart than that. "
         "Give numbers up to 53."),
        ("survey.json survey.csv --kind effects --covariates ~place --se opg -o x.png",
         "--se: there is no kind of standard errors 'opg'. The kinds of standard errors are 'robust', 'observed'."),
        ("survey.json --category maybe -o x.png",
         "6 faults:\n"
         + "\n".join(f"  - --category: 'q{j}' has no category 'maybe'. Its categories are 'no', 'yes'. Leave out "
                     "--category."
                     for j in range(1, 7))),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_an_error_of_its_option(
    call: str, text: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    result = run("plot", *call.split(), "--quiet")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"blocs: {text}\n"
    assert not Path("x.png").exists()


def test_the_groups_of_a_fit_are_drawn_where_no_other_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    survey = pd.read_csv("survey.csv").assign(half=["A", "B"] * (len(answers()) // 2) + ["A"] * (len(answers()) % 2))
    survey.to_csv("halves.csv", index=False)
    call = ["fit", "halves.csv", "--items", "q*", "--types", 2, "--starts", 2, "--quiet"]
    assert run(*call, "--by-group", "place", "--out", "place.json").exit_code == 0
    drawn = []
    for own in ([], ["--by", "place"]):
        result = run("plot", "place.json", "halves.csv", "--kind", "groups", *own, "-o", "x.svg", "--json", "--quiet")
        assert result.exit_code == 0, result.output
        drawn.append(json.loads(result.stdout)["data"])
    assert drawn[0] == drawn[1] != []
    assert run(*call, "--by-group", "place,half", "--out", "both.json").exit_code == 0
    result = run("plot", "both.json", "halves.csv", "--kind", "groups", "-o", "x.png", "--quiet")
    assert (result.exit_code, result.stderr) == (2, (
        "blocs: --by: there is no group. The fit has shares by 'place' and 'half' together, and the picture is of one "
        "column. Fit with one of them, or without groups.\n"
    ))  # fmt: skip


def test_fits_by_top_party_have_some_pictures(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    offices = ["--offices", ",".join(OFFICES), "--districts", "US House=hd"]
    run("fit", "county.csv", *offices, "--by", "top", "--types", 2, "--starts", 2, "--out", "by.json", "--quiet")
    result = run("plot", "by.json", "county.csv", "-o", "by.svg", "--quiet")
    assert result.exit_code == 0, result.output
    assert "2 types of each party's voters, best optimum reached by starts: DEM" in " ".join(result.stdout.split())
    result = run("plot", "by.json", "--kind", "trace", "-o", "x.png", "--quiet")
    assert (result.exit_code, result.stderr) == (1, (
        "blocs: This picture shows one fit of all observations; the file has fits by top party. With them --kind "
        "types, one-party, model, offices, groups, criteria, account and certified are drawn.\n"
    ))  # fmt: skip


def test_names_are_wrapped_between_words_and_only_longer_words_are_divided() -> None:
    from blocs.plots.layout import text_width, wrapped

    name = "Commissioner of the Southern Harbor and Water District"
    for width in (25.0, 30.0, 40.0):
        lines = wrapped(name, width).split("\n")
        assert " ".join(lines) == name
        assert max(map(text_width, lines)) <= width
    assert wrapped(name, 200) == name
    word = "Donaudampfschifffahrtsgesellschaft"
    parts = wrapped(word, 12).split("\n")
    assert "".join(parts) == word
    assert max(map(text_width, parts)) <= 12
