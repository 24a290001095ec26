"""The report: one page that needs nothing else, whose numbers are those of the fit, and what it withholds."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shlex
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import blocs
from blocs.ballots.reports.as_cast import as_cast
from blocs.cli import cli
from blocs.core.errors import InputError, MissingPackageError, UnsupportedError
from blocs.inference.as_cast_errors import as_cast_errors
from blocs.inference.shown_shares import shown_shares
from blocs.plots import optima_data, types_by_office_data
from blocs.presentation import printed
from blocs.presentation.numbers import in_a_bar
from blocs.profiles import profiles_of
from blocs.report import Report, html_report
from blocs.report.drawing import program

vl_convert = pytest.importorskip("vl_convert", reason="vl-convert-python (extra report) has the program that draws")

HOSTILE = "</script><b>'\"&"


class Page(HTMLParser):
    """What a browser without scripts sees: sections, tables by name, paragraphs, scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sections: list[str] = []
        self.tables: list[tuple[dict[str, str | None], list[list[str]]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.tags: list[str] = []
        self.text = ""
        self.policy = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        if tag == "section":
            self.sections.append(str(values["id"]))
        elif tag == "table":
            self.tables.append((values, []))
        elif tag == "tr":
            self.tables[-1][1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][1][-1].append("")
        elif tag == "script":
            self.scripts.append((values, ""))
        elif tag == "meta" and values.get("http-equiv") == "Content-Security-Policy":
            self.policy = str(values["content"])

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] == ["script"]:
            attributes, text = self.scripts[-1]
            self.scripts[-1] = attributes, text + data
            return
        self.text += data
        if self.tags[-1:] in (["td"], ["th"]) and self.tables[-1][1]:
            self.tables[-1][1][-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self.tags.append("/script")

    def headed(self, *heads: str) -> list[list[str]]:
        """The rows of the table with these headings, without them."""
        tables = [[[cell.strip() for cell in row] for row in rows] for _, rows in self.tables]
        return next(rows[1:] for rows in tables if rows[0][: len(heads)] == [*heads])

    def named(self, name: str) -> list[tuple[dict[str, str | None], list[list[str]]]]:
        return [table for table in self.tables if table[0].get("data-name") == name]


def number(cell: str) -> float:
    """A printed number; "<0.1" and ">99.9" as the middle of what they may be."""
    plain = float(cell.replace("\N{MINUS SIGN}", "-").replace("≈", "").replace(",", "").strip("<> "))
    return plain / 2 if cell.startswith("<") else (plain + 100) / 2 if cell.startswith(">") else plain


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county of 3,000 voters, its fit with precincts as groups, and a comparison, made by the commands."""
    folder = tmp_path_factory.mktemp("county")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for line in ("simulate c.csv --voters 3000 --types 3 --seed 1 --quiet",
                     "fit c.csv --types 3 --starts 3 --seed 1 --groups precinct --out fit.json --quiet",
                     "compare c.csv --types 1-3 --starts 3 --seed 1 --out compare.csv --quiet"):  # fmt: skip
            result = CliRunner().invoke(cli, shlex.split(line))
            assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="module")
def coded(county: Path) -> blocs.Profiles:
    return blocs.code(blocs.read_cvr(county / "c.csv"), groups=["precinct"])


@pytest.fixture(scope="module")
def fit(county: Path) -> blocs.Fit:
    return blocs.load(county / "fit.json")


@pytest.fixture(scope="module")
def page(county: Path, coded: blocs.Profiles, fit: blocs.Fit) -> Page:
    comparison = pd.read_csv(county / "compare.csv")
    html = html_report(fit, coded, comparison=comparison, place=f"a {HOSTILE} county").html
    return Page(html)


def test_sections_stand_in_their_order(page: Page) -> None:
    assert page.sections == ["finding", "account", "types", "one-party", "groups", "certainty", "number", "fit",
                             "methods", "checklist", "settings", "downloads"]  # fmt: skip


def test_the_policy_lets_the_two_scripts_of_the_page_run_and_nothing_else(page: Page) -> None:
    run = [text for attributes, text in page.scripts if attributes.get("type") != "application/json"]
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in run]
    assert len(run) == 2
    assert page.policy == (
        f"default-src 'none'; script-src 'sha256-{hashes[0]}' 'sha256-{hashes[1]}'; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    assert not {"iframe", "img", "object", "embed", "base"} & {*page.tags}


def test_names_cannot_become_elements(page: Page, coded: blocs.Profiles, fit: blocs.Fit) -> None:
    labels = {name: f"{name} {HOSTILE}" for name in fit.schema.names}
    hostile = Page(html_report(fit, coded, labels=labels, place=HOSTILE, repeat=[HOSTILE]).html)
    plain = Page(html_report(fit, coded, place="x", repeat=["x"]).html)
    assert hostile.tags == plain.tags
    assert HOSTILE in hostile.text
    offices = {row[0] for _, rows in hostile.named("both") for row in rows[1:]}
    assert offices == {f"{name} {HOSTILE}" for name in fit.schema.names}


def test_what_the_types_did_is_what_the_fit_says(page: Page, coded: blocs.Profiles, fit: blocs.Fit) -> None:
    cast = as_cast(fit.expected(coded)).set_index(["type", "top", "office", "stood"])
    seen = 0
    for name, stood in (("both", {"": "both"}), ("one", {"own party only": "own", "other party only": "other"})):
        for attributes, (head, *rows) in page.named(name):
            keys = str(attributes["data-keys"]).split()
            assert len(keys) == len(head)
            for cells in rows:
                row = dict(zip(keys, cells, strict=True))
                key = (int(str(attributes["data-type"])), row["top"], row["office"], stood[row.get("stood", "")])
                true = cast.loc[key]
                assert number(row["voters"]) == pytest.approx(true["voters"], abs=0.5)
                for outcome in ("split", "abstain", "other", "straight"):
                    if true["voters"] < 30 or np.isnan(true[outcome]):
                        assert row[outcome] == "—"
                    else:
                        assert number(row[outcome]) == pytest.approx(100 * true[outcome], abs=0.0501)
                        seen += 1
    assert seen > 100


def test_headings_and_numbers_in_bars_are_those_of_the_pictures(
    page: Page, coded: blocs.Profiles, fit: blocs.Fit
) -> None:  # fmt: skip
    drawn = types_by_office_data(fit, coded)
    voters = {(k, top): rows["of_type"].iloc[0] for (k, top), rows in drawn.groupby(["type", "top"])}
    assert max(drawn.loc[drawn["stood"] != "both", "voters"]) < max(voters.values())
    for name in ("both", "one"):
        for facts, _ in page.named(name):
            k, tops = int(facts["data-type"] or 0), json.loads(facts["data-tops"] or "")
            assert tops == {top: f"≈ {voters[k, top]:,.0f}" for top in tops}
    whole = drawn[(drawn["stood"] == "both") & (drawn["voters"] >= 30)]
    expected = whole.loc[whole["outcome"].isin(["split", "abstain"]), "probability"].map(in_a_bar)
    printed_there = [text for facts, _ in page.named("both") for row in json.loads(facts["data-inbars"] or "")
                     for text in row]  # fmt: skip
    assert sorted(filter(None, expected)) == sorted(filter(None, printed_there)) != []
    assert in_a_bar(0.81460) == "81"  # 81.5 in the table, of which the script would have made 82


def test_the_difference_is_from_all_types_together(page: Page, coded: blocs.Profiles, fit: blocs.Fit) -> None:
    counts = coded.profiles.weights if hasattr(coded, "profiles") else coded.weights
    assert counts.sum() == pytest.approx(fit.n)
    bars = blocs.office_bars(coded).set_index(["top", "office"])["split"]
    checked = 0
    for attributes, (_, *rows) in page.named("both"):
        keys = str(attributes["data-keys"]).split()
        for cells in rows:
            row = dict(zip(keys, cells, strict=True))
            if row["split"] != "—":
                less = number(row["split"]) - 100 * bars[row["top"], row["office"]]
                assert number(row["difference"]) == pytest.approx(less, abs=0.11)
                checked += 1
    assert checked > 20


def test_intervals_of_split_votes_are_those_of_the_voters(
    page: Page, coded: blocs.Profiles, fit: blocs.Fit
) -> None:
    errors = as_cast_errors(fit, profiles_of(coded)).query("outcome == 'split'")
    true = errors.set_index(["type", "top", "office", "stood"])[["low", "high"]]
    seen = 0
    for attributes, (_, *rows) in page.named("both"):
        for row in rows:
            low, high = true.loc[(int(str(attributes["data-type"])), row[1], row[0], "both")]
            if row[-1] != "—":
                assert number(row[-2]) == pytest.approx(100 * low, abs=0.0501)
                assert number(row[-1]) == pytest.approx(100 * high, abs=0.0501)
                seen += 1
            else:
                assert row[3] == "—" or np.isnan(low)
    assert seen > 10


def checklist(page: Page) -> dict[str, str]:
    rows = page.headed("Step", "What is asked", "Here")
    assert [row[0] for row in rows] == [str(step) for step in range(1, 15)]
    return {asked: answer for _, asked, answer in rows}


def test_the_checklist_says_what_was_done(page: Page, coded: blocs.Profiles, fit: blocs.Fit) -> None:
    says = checklist(page)
    assert says["Numbers of types that were tried"] == "1, 2, 3; why no others is for the authors to write."
    assert says["The model"].startswith(f"A mixture of 3 types with {fit.n_parameters} parameters;")
    smallest = 100 * fit.params.shares[0].min()
    assert says["Shares, estimates and their errors"] == (
        f"Shares and estimates; standard errors: observed information. The smallest type has {smallest:.1f} %."
    )
    assert says["Missing answers"] == "There are none."
    assert not (profiles_of(coded).codes == 0).any()
    assert says["Why models were left out: convergence, identification"] == (
        "The fit of this page converged, two starts or more reached its best value by their own iterations, and the "
        "data determine its parameters, by the rank of their information. No fit of the comparison is marked as not "
        "converged, not replicated, or not identified."
    )
    alone = checklist(Page(html_report(replace(fit, identified=False, counts=None)).html))
    assert alone["Numbers of types that were tried"] == "Only this one is on this page."
    assert alone["Why models were left out: convergence, identification"] == (
        "These types are not stable enough to report: the data cannot tell the types apart."
    )
    assert alone["Missing answers"] == "The fit has no counts of them."
    assert alone["Figures of the data and of the estimates"] == "Figures of the estimates; of the data, none."
    assert alone["How the data were prepared"] == (
        "What was read and set aside is in the account; options of reading and coding that differ from the defaults "
        "are in the settings."
    )
    assert alone["Shares, estimates and their errors"].startswith(
        "Shares and estimates, without standard errors: the data were not given, so this is not computed"
    )


def test_the_checklist_names_the_fits_of_the_comparison_that_are_marked(fit: blocs.Fit, county: Path) -> None:
    """What it says is what the marks of the table of criteria say."""
    table = pd.read_csv(county / "compare.csv").astype({"flags": object})
    table.loc[table["types"] == 2, "flags"] = "boundary, not_identified"
    table.loc[table["types"] == 3, ["status", "hits"]] = ["step_limit", 1]
    unknown = replace(fit, identified=None)
    page = Page(html_report(unknown, comparison=table).html)
    assert checklist(page)["Why models were left out: convergence, identification"] == (
        "The fit of this page converged, two starts or more reached its best value by their own iterations, and "
        "whether the data determine its parameters was not computed. Of the fits of the comparison, that of 2 types "
        "is not identified; that of 3 types did not converge and was not replicated."
    )
    assert "Grey rows: * did not converge; † was not replicated; ‡ is not identified." in page.text


def test_starts_that_moves_led_to_the_best_optimum_are_apart_from_those_that_replicate_it(fit: blocs.Fit) -> None:
    """The figure, its table and its caption say as many as `Fit.hits` and `Fit.moved`, and as `blocs plot` draws."""
    end = fit.ends[0]
    ways = [(0.0, True, None), (0.0, True, None), (0.0, True, -9.0), (-2.0, False, -9.0), (-3.0, False, None)]
    ends = tuple(replace(end, start=i, loglik=fit.loglik + below, best=best, arrived=arrived)
                 for i, (below, best, arrived) in enumerate(ways))  # fmt: skip
    of = replace(fit, ends=ends)
    page = Page(html_report(of).html)
    rows = page.headed("Rank", "Log-likelihood", "Iterations", "Status", "Best optimum")
    assert [row[-1] for row in rows] == [*["by its own iterations"] * 2, "led there by moves", *["not reached"] * 2]
    assert (of.hits, of.moved) == (2, 1)
    assert optima_data(of)[["starts", "own"]].to_numpy().tolist()[0] == [3, 2]
    finding = (f"2 of 5 starts reached the best log-likelihood, {printed(fit.loglik, 'number')}, by their own "
               "iterations; moves led 1 more there.")  # fmt: skip
    assert (f"Where each start ended. {finding} A best value that several reached by their own iterations is less "
            "likely to be a local optimum; starts that moves led there do not count.") in page.text  # fmt: skip


def test_answers_are_counted_before_any_model() -> None:
    table = pd.DataFrame({"a": ["x", "x", "y", None] * 30, "b": ["n", "y", "n", "n"] * 30})
    profiles = blocs.Profiles.from_table(table)
    page = Page(html_report(blocs.fit(profiles, 1), profiles).html)
    assert page.headed("Item", "Answer", "n") == [["a", "x", "60", "66.7"], ["a", "y", "30", "33.3"],
                                                   ["a", "(no answer)", "30", "—"], ["b", "n", "90", "75.0"],
                                                   ["b", "y", "30", "25.0"], ["b", "(no answer)", "0", "—"]]
    says = checklist(page)
    assert says["Distributions of the items before any model"] == "The answers are counted below the account."
    assert says["How the data were prepared"] == "What was read and set aside is in the account."
    assert says["Missing answers"].startswith("0.0 to 25.0 % of the observations by item are without an ")


def test_standard_errors_of_a_kind(county: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(county)
    call = ["report", "fit.json", "-o", "se.html", "--se", "opg"]
    result = CliRunner().invoke(cli, [*call[:2], "c.csv", *call[2:]])
    assert result.exit_code == 0, result.output
    page = Page(Path("se.html").read_text(encoding="utf-8"))
    assert checklist(page)["Shares, estimates and their errors"].startswith(
        "Shares and estimates; standard errors: outer product of scores."
    )
    assert " --se opg" in page.text
    assert CliRunner().invoke(cli, shlex.split("fit c.csv --types 1 --by top --out by.json --quiet")).exit_code == 0
    result = CliRunner().invoke(cli, ["report", "by.json", "c.csv", *call[2:]])
    assert result.stderr.endswith(
        "blocs: --se: it is for one fit of all voters. Fits of one party each have none.\n"
    ) and result.exit_code == 2  # fmt: skip
    result = CliRunner().invoke(cli, call)
    assert (result.exit_code, result.stderr) == (
        2, "blocs: --se: it is about the data. Without a file there are none. Name the file.\n"
    )  # fmt: skip


def test_a_comparison_by_party_has_a_figure_for_each(county: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(county)
    printed: dict[str, list[dict[str, Any]]] = {}
    for line in ("compare c.csv --types 1-2 --starts 2 --by top --out by.csv --out by.md --json",
                 "fit c.csv --types 1 --starts 1 --by top --out by-1.json --quiet",
                 "report by-1.json --comparison by.csv -o by.html"):  # fmt: skip
        result = CliRunner().invoke(cli, shlex.split(line))
        assert result.exit_code == 0, result.output
        printed = printed or json.loads(result.stdout)
    table = pd.read_csv("by.csv")
    assert [group["label"] for group in printed["groups"]] == ["DEM", "REP"]
    assert [row["bic"] for group in printed["groups"] for row in group["rows"]] == pytest.approx(table["bic"].tolist())
    together = table.groupby("types")["loglik"].sum().tolist()
    assert [row["loglik"] for row in printed["together"]] == pytest.approx(together)
    shown = Page(Path("by.html").read_text(encoding="utf-8"))
    for number, top in enumerate(("DEM", "REP"), start=1):
        own = table[table["top"] == top]
        [(_, rows)] = shown.named(f"criteria-{number}")
        assert [row[rows[0].index("BIC")] for row in rows[1:]] == [f"{bic:,.2f}" for bic in own["bic"]]
        caption = f"Fit of models with 1 to 2 classes, voters of {top} (N = {own['n'].iloc[0]:,.0f})."
        for name in ("by.html", "by.md"):
            assert caption in Path(name).read_text(encoding="utf-8")
    assert checklist(shown)["Numbers of types that were tried"].startswith("1, 2; ")


def test_one_command_from_the_ballots_to_a_page(
    county: Path, fit: blocs.Fit, coded: blocs.Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(county)
    line = "fit c.csv --types 3 --seed 1 --starts 3 --groups precinct --report one.html"
    result = CliRunner().invoke(cli, shlex.split(f"{line} --place 'Ward 9' --names REP=Lee --quiet"))
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "The page is written to one.html.")
    shown = Page(Path("one.html").read_text(encoding="utf-8"))
    found = blocs.explain(fit, coded, errors=blocs.standard_errors(fit, coded), place="Ward 9", names={"REP": "Lee"})
    assert "cast in Ward 9" in found.paragraph and found.paragraph in shown.text
    made = next(words for words in shown.text.splitlines() if "blocs fit" in words)
    assert all(part in made for part in ("c.csv", "--types 3", "--starts 3", "--seed 1", "--report one.html",
                                          "--place 'Ward 9'", "--names REP=Lee"))  # fmt: skip
    result = CliRunner().invoke(cli, ["fit", "c.csv", "--report", "c.csv"])
    assert (result.exit_code, result.stderr) == (2, "blocs: --report: 'c.csv' is not the name of a page. It ends in "
                                                    ".html.\n")  # fmt: skip
    result = CliRunner().invoke(cli, ["fit", "c.csv", "--types", "3", "--starts", "1", "--report", "x.html", "--quiet"])
    assert result.exit_code == 3 and "not stable enough to report" in Path("x.html").read_text(encoding="utf-8")
    assert result.stderr == ("The types are not stable enough to report, and the exit code is 3: starts that reached "
                             "the best solution by their own iterations: 1 of 1, two are needed.\n")  # fmt: skip


def test_tables_have_captions_and_headers(page: Page) -> None:
    assert page.tags.count("caption") == page.tags.count("table") == len(page.tables)
    assert all(rows[0] and all(cell for cell in rows[0]) for _, rows in page.tables)


def test_charts_are_in_the_language_of_the_program_that_draws(page: Page) -> None:
    parts = [json.loads(text) for attributes, text in page.scripts if attributes.get("type") == "application/json"]
    *charts, style = parts
    assert len(charts) == 15
    assert set(style) == {"axis", "legend", "style"}
    for chart in charts:
        assert chart["marks"] and not {"mark", "encoding", "layer", "facet", "vconcat"} & set(chart)
        text = json.dumps(chart)
        assert '["$rows"]' in text
        assert "isValid(datum[\\\"text" not in text  # texts are fields, not computed for every mark
    assert set(re.findall(r'\["\$(\w+)"\]', json.dumps(charts))) <= {"rows", "order", "groups"}


def test_the_voters_of_both_parties_are_drawn_at_first(fit: blocs.Fit, coded: blocs.Profiles) -> None:
    html = html_report(fit, coded).html
    first = '<select name="top"><option value="">both parties</option><option value="DEM">DEM voters</option>'
    assert html.count(first) == 2


def test_a_caption_explains_pale_bars_only_where_there_are_some(page: Page) -> None:
    pale = any("extrapolated" in row for _, rows in page.named("model") for row in rows)
    assert ("Pale with a dashed edge" in page.text) == pale
    voters = pd.DataFrame({"President": ["DEM"] * 60 + ["REP"] * 60, "Sheriff": ["DEM"] * 40 + ["REP"] * 80})
    coded = blocs.code(blocs.read_cvr(voters, offices=["President", "Sheriff"]))
    assert "Pale with a dashed edge" not in html_report(blocs.fit(coded, 1), coded).html


def test_without_data_the_page_says_what_is_not_there(fit: blocs.Fit) -> None:
    page = Page(html_report(fit).html)
    assert page.text.count("The data were not given, so this is not computed: blocs report FIT FILE reads them.") >= 3
    assert "No other number of types was compared" in page.text
    assert not page.named("both") and len(page.named("model")) == 3


def test_fits_by_party_have_a_page(coded: blocs.Profiles) -> None:
    fits = blocs.fit_by_group(coded, 2, "top", starts=2, seed=1)
    page = Page(html_report(fits, coded).html)
    assert "Standard errors are of one fit of all voters, not of fits by group." not in page.text
    assert "A diagnosis is of one fit of all voters, not of fits by group." in page.text
    assert len(page.named("both")) == 2
    cast = as_cast(fits.expected(coded)).set_index(["type", "top", "office", "stood"])
    for attributes, (_, *rows) in page.named("both"):
        for office, top, _, split, *_ in rows:
            true = cast.loc[(int(str(attributes["data-type"])), top, office, "both"), "split"]
            assert split == "—" or number(split) == pytest.approx(100 * true, abs=0.0501)


def test_answers_have_a_page(two_types: pd.DataFrame) -> None:
    table = two_types.assign(region=np.where(np.arange(len(two_types)) % 2, "N", "S"))
    profiles = blocs.Profiles.from_table(table, items=[f"office{j}" for j in range(1, 7)], groups="region")
    fit = blocs.fit(profiles, 2, starts=3, seed=1)
    page = Page(html_report(fit, profiles).html)
    assert "one-party" not in page.sections and len(page.named("items")) == 2
    truth = fit.table().set_index(["type", "item", "outcome"])["probability"]
    for attributes, (_, *rows) in page.named("items"):
        for item, outcome, p, *_ in rows:
            true = truth[int(str(attributes["data-type"])), item, int(outcome)]
            assert number(p) == pytest.approx(100 * true, abs=0.0501)


def test_counts_measurements_and_covariates_have_a_page() -> None:
    rng = np.random.default_rng(1)
    kind = rng.random(300) < 0.4
    table = pd.DataFrame({f"q{j}": (rng.random(300) < np.where(kind, 0.9, 0.2)).astype(int) for j in range(3)})
    table["age"], table["x"] = 40 + 10 * kind + rng.normal(0, 5, 300), 2 * kind + rng.normal(0, 1, 300)
    items = ["q0", "q1", "q2"]
    profiles = blocs.Profiles.from_table(table, items=items, covariates=["age"])
    fit = blocs.fit(profiles, 2, covariates="~ age", starts=3, seed=1)
    page = Page(html_report(fit, profiles).html)
    assert "Goodness of fit is not available for fits with covariates" in page.text
    assert "The data have no groups: blocs fit FILE --groups COLUMN counts them apart." in page.text
    assert "Who is of which type: multinomial logit of type membership" in page.text
    profiles = blocs.Profiles.from_table(table, items=["q0", "x"], kinds={"x": blocs.Gaussian(["x"])})
    page = Page(html_report(blocs.fit(profiles, 2, starts=3, seed=1), profiles).html)
    assert "Counts and measurements: parameters of 2 types (N = 300)." in page.text
    assert "A bivariate residual is not available for the gaussian family" in page.text


def test_labels_are_of_one_item_each(fit: blocs.Fit) -> None:
    with pytest.raises(InputError) as error:
        html_report(fit, labels={"US HOUS": "House", "GOVERNOR": "US SENATE"})
    items = ", ".join(map(repr, fit.schema.names))
    assert str(error.value) == (
        f"2 faults:\n  - labels: no item is called 'US HOUS'. The items are {items}. Nearest match: US HOUSE.\n"
        "  - labels: 'US SENATE' stands for 2 items. Every item has a label of its own."
    )


def test_fits_by_another_group_are_refused(coded: blocs.Profiles) -> None:
    fits = blocs.fit_by_group(coded, 1, "precinct", starts=1)
    with pytest.raises(UnsupportedError) as error:
        html_report(fits, coded)
    assert str(error.value) == "A report is of one fit, or of fits by 'top', not of fits by 'precinct'."


def test_options_of_the_data_need_a_file(county: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(county)
    result = CliRunner().invoke(cli, ["report", "fit.json", "-o", "x.html", "--minimum", "50"])
    assert (result.exit_code, result.stderr) == (2, (
        "blocs: --minimum: it is about the data. Without a file there are none. Name the file.\n"
    ))  # fmt: skip


def test_the_heading_says_that_types_are_not_stable(county: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(county)
    fit = "fit c.csv --types 3 --starts 1 --no-exchange --out one.json --quiet"
    assert CliRunner().invoke(cli, shlex.split(fit)).exit_code == 0
    result = CliRunner().invoke(cli, ["report", "one.json", "-o", "one.html"])
    assert (result.exit_code, result.stdout) == (3, "Written to one.html.\n")
    page = Path("one.html").read_text(encoding="utf-8")
    assert "<h1>3 types of voters: not stable enough to report</h1>" in page
    assert "The types are not put into words, as they are not stable enough to report (" in page and "<h3>" not in page


def test_groups_that_would_reveal_votes_are_withheld() -> None:
    rng = np.random.default_rng(3)
    sizes = {"large": 200, "small": 29, "alike": 40, "enough": 30}
    region = np.repeat(list(sizes), list(sizes.values()))
    frame = pd.DataFrame({"a": rng.integers(0, 2, len(region)), "b": rng.integers(0, 2, len(region)), "region": region})
    frame.loc[frame["region"] == "alike", "a"] = 1
    profiles = blocs.Profiles.from_table(frame, items=["a", "b"], groups="region")
    shares = shown_shares(blocs.fit(profiles, 2, seed=1), profiles, "region")
    assert set(shares.table["group"]) == {"large", "enough"}
    assert shares.withheld.values.tolist() == [["alike", 40, "unanimous"], ["small", 29, "small"]]
    assert shares.remark("voter") == ("Not shown: 1 group with fewer than 30 voters (29 voters); 1 group in which one "
                                      "type or one outcome has everybody (40 voters).")  # fmt: skip


def test_a_group_that_is_withheld_alone_takes_another_with_it() -> None:
    rng = np.random.default_rng(3)
    region = np.repeat(["large", "middle", "small"], [200, 60, 20])
    frame = pd.DataFrame({"a": rng.integers(0, 2, 280), "b": rng.integers(0, 2, 280), "region": region})
    profiles = blocs.Profiles.from_table(frame, items=["a", "b"], groups="region")
    shares = shown_shares(blocs.fit(profiles, 2, seed=1), profiles, "region")
    assert set(shares.table["group"]) == {"large"}
    assert shares.remark() == ("Not shown: 1 group with fewer than 30 observations (20 observations); 1 group beside "
                               "it, so that it cannot be worked out (60 observations).")  # fmt: skip


@pytest.mark.parametrize("weighted", [False, True])
def test_shares_of_groups_are_those_of_a_loop_over_rows(weighted: bool) -> None:
    rng = np.random.default_rng(5)
    kind = rng.random(300) < 0.4
    frame = pd.DataFrame({f"q{j}": (rng.random(300) < np.where(kind, 0.8, 0.2)).astype(int) for j in range(4)})
    frame["region"] = rng.choice(["N", "S"], 300)
    frame["w"] = rng.uniform(0.5, 2, 300) if weighted else 1
    items = [f"q{j}" for j in range(4)]
    profiles = blocs.Profiles.from_table(frame, items=items, groups="region", design_weights="w")
    fit = blocs.fit(profiles, 2, starts=3, seed=1)
    shares = shown_shares(fit, profiles, "region").table
    zeta = fit.posterior(frame[items])
    for row in shares.to_dict("records"):
        own = frame["region"] == row["group"]
        z, w = zeta[row["type"]][own.to_numpy()].to_numpy(), frame["w"][own].to_numpy()
        share = (w * z).sum() / w.sum()
        se = np.sqrt((w**2 * (z - share) ** 2).sum()) / w.sum()
        odds, wide = np.log(share / (1 - share)), 1.959963984540054 * se / (share * (1 - share))
        assert row["n"] == own.sum()
        expected = [share, 1 / (1 + np.exp(-odds + wide)), 1 / (1 + np.exp(-odds - wide))]
        assert [row["share"], row["low"], row["high"]] == pytest.approx(expected, rel=1e-9)


def test_the_methods_name_groups_covariates_and_sampling_weights() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({f"q{j}": rng.integers(0, 2, 120) for j in range(3)} | {"town": ["N", "S"] * 60, "w": 1.0})
    items, fixed = ["q0", "q1", "q2"], {"types": 2, "starts": 1, "exchange": False, "most": 1}
    plain = blocs.Profiles.from_table(frame, items=items, covariates="town")
    weighted = blocs.Profiles.from_table(frame.assign(w=np.tile([1, 2, 3], 40)), items=items, design_weights="w")
    expected = {
        "Each of 2 groups by town has shares of the types of its own.":
            (blocs.fit(plain, groups="town", **fixed), plain),
        "The shares of the types depend on covariates by a multinomial logit, ~ C(town).":
            (blocs.fit(plain, covariates="~ C(town)", **fixed), plain),
        "Rows are weighted by sampling weights, scaled to the number of observations: the log-likelihood is a "
        "pseudo-log-likelihood.": (blocs.fit(weighted, **fixed), weighted),
    }  # fmt: skip
    for own, (fitted, profiles) in expected.items():
        text = Page(html_report(fitted, profiles).html).text
        assert [sentence for sentence in expected if sentence in text] == [own]


def test_groups_that_are_not_there_are_refused(coded: blocs.Profiles, fit: blocs.Fit) -> None:
    with pytest.raises(InputError) as error:
        shown_shares(fit, coded, "precint", minimum=0)
    assert str(error.value) == (
        "2 faults:\n"
        "  - by: there is no column 'precint'. The columns are 'top', 'precinct'. Nearest match: precinct.\n"
        "  - minimum: the minimum is 0. It is a number of observations from 1."
    )


def test_a_comparison_of_other_data_is_refused(county: Path, fit: blocs.Fit) -> None:
    other = pd.read_csv(county / "compare.csv")
    n = f"{fit.n:,.0f}"
    with pytest.raises(InputError) as error:
        html_report(fit, comparison=other.assign(n=2 * other["n"]))
    assert str(error.value) == (f"comparison: it is of {2 * fit.n:,.0f} observations, and the fit of {n}. Compare the "
                                "data that were fitted, with the options of the fit.")  # fmt: skip
    with pytest.raises(InputError) as error:
        html_report(fit, comparison=other[:0])
    assert str(error.value) == "comparison: it has no rows. There is one for each number of types."
    with pytest.raises(InputError) as error:
        html_report(fit, comparison=other.drop(columns="n").rename(columns={"bic": "BIC"}))
    assert str(error.value) == (
        "comparison: there are no columns 'n', 'bic'. The table has 23 columns. Nearest match: BIC for 'bic'."
    )


def test_a_missing_package_is_named(fit: blocs.Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    program.cache_clear()
    with pytest.raises(MissingPackageError) as error:
        html_report(fit)
    assert str(error.value) == (
        "the report needs vl_convert. Install it with: pip install 'blocs[report]', or in a checkout of blocs with: "
        "pip install '.[report]'"
    )


def test_the_commands_on_the_page_make_the_same_page_again(county: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(county)
    first = ["report", "fit.json", "c.csv", "-o", "r.html", "--comparison", "compare.csv", "--place", "It's here"]
    result = CliRunner().invoke(cli, first)
    assert (result.exit_code, result.stdout) == (0, "Written to r.html.\n"), result.output
    before = {name: Path(name).read_bytes() for name in ("fit.json", "r.html")}
    commands = re.search(r'<pre tabindex="0">(.*?)</pre>', before["r.html"].decode(), re.S)
    assert commands is not None
    lines = commands[1].replace("&#x27;", "'").replace("&quot;", '"').splitlines()
    assert lines == [
        "blocs fit c.csv --groups precinct --types 3 --starts 3 --seed 1 --out fit.json",
        "# compare.csv was made before by blocs compare; it does not have the options that were given.",
        "blocs report fit.json c.csv --out r.html --place 'It'\"'\"'s here' --comparison compare.csv",
    ]
    for name in before:
        Path(name).unlink()
    for line in lines:
        words = shlex.split(line, comments=True)
        assert not words or CliRunner().invoke(cli, words[1:]).exit_code == 0
    assert {name: Path(name).read_bytes() for name in before} == before


def test_it_does_not_overwrite_what_it_reads(county: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(county)
    (county / "page.html").write_text("")
    result = CliRunner().invoke(cli, ["report", "fit.json", "page.html", "-o", "page.html"])
    assert (result.exit_code, result.stderr) == (2, (
        "blocs: page.html: it is read by the same command. What is read is not overwritten. Give another name to be "
        "written.\n"
    ))  # fmt: skip


def test_it_is_saved_whole(tmp_path: Path) -> None:
    Report("<p>é</p>\n").save(tmp_path / "x.html")
    assert (tmp_path / "x.html").read_bytes() == "<p>é</p>\n".encode()


def test_one_type_has_everybody_in_every_group_and_is_shown() -> None:
    frame = pd.DataFrame({"a": [0, 0, 1, 1] * 25, "b": [0, 1, 1, 1] * 25, "region": ["N"] * 60 + ["S"] * 40})
    profiles = blocs.Profiles.from_table(frame, items=["a", "b"], groups="region")
    shares = shown_shares(blocs.fit(profiles, 1, starts=1), profiles, "region")
    assert shares.table["share"].tolist() == [1.0, 1.0]
    assert shares.remark() == ""


def test_a_share_that_a_group_cannot_tell_may_be_anything() -> None:
    """Two types that differ by an item which nobody of a group answered: its share there has no bounds."""
    rng = np.random.default_rng(6)
    kind = rng.random(200) < 0.5
    frame = pd.DataFrame({f"q{j}": (rng.random(200) < np.where(kind, 0.9, 0.1)).astype(float) for j in range(4)})
    frame["c"], frame["region"] = rng.integers(0, 2, 200), np.repeat(["N", "S"], [150, 50])
    frame.loc[frame["region"] == "S", [f"q{j}" for j in range(4)]] = np.nan
    known = blocs.Profiles.from_table(frame, items=[f"q{j}" for j in range(4)], covariates="region", groups="region",
                                      keep_empty=True)  # fmt: skip
    fit = blocs.fit(known, 2, starts=2, seed=1, groups="region")
    shares = shown_shares(fit, known, "region").table.query("group == 'S'")
    assert shares[["low", "high"]].to_numpy().tolist() == [[0.0, 1.0]] * 2
