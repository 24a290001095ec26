"""Tables for papers: their numbers are those of the fit, computed here by other means; the rules of bold and marks."""

from __future__ import annotations

import json
import math
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs import papers
from blocs.core.account import Account, Step

ANSWERS = {
    "a": [0, 0, 0, 0, 1, 1, 1, 1], "b": [0, 0, 1, 1, 0, 0, 1, 1], "c": [0, 1, 0, 1, 0, 1, 0, 1],
    "n": [80, 10, 12, 9, 8, 11, 10, 60],
}  # fmt: skip


@pytest.fixture(scope="module")
def profiles() -> blocs.Profiles:
    return blocs.Profiles.from_table(ANSWERS, weights="n")


@pytest.fixture(scope="module")
def fit(profiles: blocs.Profiles) -> blocs.Fit:
    return blocs.fit(profiles, 2, starts=6)


def comparison(bic: list[float], **columns: list[object]) -> pd.DataFrame:
    """A comparison of 1, 2, ... types of 1,000 observations whose criteria follow from the log-likelihoods."""
    k = len(bic)
    parameters = [4 * i + 3 for i in range(k)]
    given = {
        "types": range(1, k + 1), "n": [1000.0] * k, "parameters": parameters,
        "loglik": [(p * math.log(1000) - b) / 2 for p, b in zip(parameters, bic, strict=True)],
        "relative_entropy": [None, *[0.8] * (k - 1)], "blrt_p": [math.nan, *[0.001] * (k - 1)], "hits": [5] * k,
        "converged": [18] * k, "starts": [20] * k, "smallest_share": [1 / i for i in range(1, k + 1)],
        "status": ["converged"] * k, "flags": [""] * k,
    }  # fmt: skip
    return pd.DataFrame({**given, **columns})


HEADINGS = [
    "Classes", "Par", "LL", "% Converged", "% Replicated", "AIC", "BIC",
    "aBIC", "CAIC", "AWE", "Entropy", "VLMR p",
    "BLRT p", "Smallest class n", "Smallest class %",
]  # fmt: skip


def bold(table: pd.DataFrame, **given: object) -> dict[str, int]:
    """Column -> the number of types whose cell is bold."""
    made = papers.fit_criteria(table, **given)
    return {made.columns[c].name: made.rows[r][0] for r, c in sorted(made.bold)}


def test_the_columns_and_criteria_of_a_comparison() -> None:
    table = comparison([300.0, 200.0, 250.0])
    made = papers.fit_criteria(table)
    frame = made.to_frame()
    assert frame.columns.tolist() == HEADINGS
    ll, p, n = table["loglik"], table["parameters"], 1000
    for name, penalty in (("AIC", 2), ("BIC", math.log(n)), ("aBIC", math.log((n + 2) / 24)),
                          ("CAIC", math.log(n) + 1), ("AWE", 2 * (math.log(n) + 1.5))):  # fmt: skip
        np.testing.assert_allclose(frame[f"{name}"], -2 * ll + p * penalty)
    assert made.printed()[0][:5] == ["1", "3", f"−{-ll[0]:,.2f}", "90.0", "25.0"]
    assert made.printed()[0][10:] == ["—", "—", "—", "1,000", "100.0"]
    assert made.printed()[1][10:] == ["0.800", "—", ".001", "500", "50.0"]
    assert made.caption == "Fit of models with 1 to 3 classes (N = 1,000)."
    assert made.notes[1:] == ("Not run (—): VLMR.",)
    assert made.notes[0].startswith("Par = free parameters; LL = log-likelihood; % Converged, % Replicated = random ")
    assert "(of 20)" in made.notes[0] and made.notes[0].endswith("Bold = best value of a criterion.")


def test_the_criteria_are_those_of_compare_but_for_awe(profiles: blocs.Profiles) -> None:
    table = blocs.compare(profiles, [2, 1], starts=4)
    frame = papers.fit_criteria(table).to_frame()
    table = table.sort_values("types")
    for name in ("aic", "bic", "caic"):
        np.testing.assert_allclose(frame[f"{name.upper()}"], table[name])
    np.testing.assert_allclose(frame["aBIC"], table["abic"])
    assert frame["Classes"].tolist() == [1, 2] and table["n"].tolist() == [200.0, 200.0]
    assert table["converged"].le(table["starts"]).all() and table["smallest_share"].iloc[0] == 1.0


def test_the_tables_of_published_data_have_the_published_numbers() -> None:
    """Cheating (Dayton 1998): log-likelihoods, BIC and shares as poLCA prints them."""
    published = json.loads((Path(__file__).parent / "reference" / "cheating.json").read_text(encoding="utf-8"))
    cells = np.array(list(product((1, 2), repeat=4)))
    frame = pd.DataFrame(cells, columns=published["items"]).assign(n=published["counts"])
    profiles = blocs.Profiles.from_table(frame, weights="n")
    table = blocs.compare(profiles, [1, 2], starts=10)
    rows = papers.fit_criteria(table).printed()
    assert [row[2] for row in rows] == ["−467.44", "−440.03"] and [row[1] for row in rows] == ["4", "9"]
    assert rows[1][6] == f"{published['K2']['bic']:.2f}" == "931.94"
    fit = blocs.fit(profiles, 2, starts=10)
    assert [row[1] for row in papers.classification(fit, profiles).printed()] == ["83.9", "16.1"]
    assert [row[1] for row in papers.shares(fit).printed()] == ["83.9", "16.1"]
    assert [row[1:3] for row in papers.starts(table).printed()] == [["−467.44", "4"], ["−440.03", "9"]]


def test_the_best_value_is_bold_where_more_types_were_tried() -> None:
    assert bold(comparison([300.0, 200.0, 250.0])) == {"AIC": 2, "BIC": 2, "aBIC": 2, "CAIC": 2, "AWE": 2}


def test_the_best_value_of_the_last_row_is_not_bold() -> None:
    table = comparison([300.0, 200.0, 199.0])
    made = papers.fit_criteria(table)
    assert bold(table) == {"CAIC": 2, "AWE": 2}
    assert "AIC, BIC, aBIC: still falling at 3, the largest number tried, so not bold." in made.notes
    assert papers.fit_criteria(table[:1]).bold == frozenset()
    assert not any("still" in note for note in papers.fit_criteria(table[:1]).notes)


@pytest.mark.parametrize(
    ("change", "mark", "why"),
    [
        ({"status": ["converged", "step_limit", "converged"]}, "*", "* did not converge"),
        ({"hits": [1, 1, 5]}, "†", "† was not replicated"),
        ({"hits": [1, 0, 5]}, "†", "† was not replicated"),
        ({"flags": ["", "boundary, not_identified", ""]}, "‡", "‡ is not identified"),
        ({"status": ["converged", "step_limit", "converged"], "hits": [1, 1, 5]}, "*†",
         "* did not converge; † was not replicated"),
    ],
)  # fmt: skip
def test_a_row_with_a_mark_is_never_bold(change: dict[str, list[object]], mark: str, why: str) -> None:
    table = comparison([300.0, 200.0, 250.0], **change)
    made = papers.fit_criteria(table)
    assert made.marks == {1: mark} and made.printed()[1][0] == f"2{mark}"
    assert bold(table) == {}
    assert "Best in a row with a mark, so not bold: AIC (2), BIC (2), aBIC (2), CAIC (2), AWE (2)." in made.notes
    assert f"Grey rows: {why}." in made.notes
    assert papers.starts(table).marks == {1: mark}


@pytest.mark.parametrize(
    ("p", "found"),
    [
        ([0.001, 0.2, 0.3], {2}), ([0.001, 0.04, 0.05], {3}), ([0.001, 0.2, 0.04, 0.5], {4}), ([0.001, 0.002], set()),
        ([0.2, 0.3], set()),
    ],
)  # fmt: skip
def test_the_last_p_below_5_per_cent_is_bold_if_a_larger_one_follows(p: list[float], found: set[int]) -> None:
    table = comparison([300.0, *[200.0] * len(p)], blrt_p=[math.nan, *p])
    made = papers.fit_criteria(table)
    assert {made.rows[r][0] for r, c in made.bold if made.columns[c].name == "BLRT p"} == found


def test_a_sign_turned_for_journals_that_print_it_so() -> None:
    table = comparison([300.0, 200.0, 250.0])
    made = papers.fit_criteria(table, sign="higher", chosen=2, draws=999)
    np.testing.assert_allclose(made.to_frame()["BIC"], [-300.0, -200.0, -250.0])
    assert bold(table, sign="higher") == bold(table)
    assert made.notes[-2:] == ("Criteria with the sign turned, 2LL − penalty: higher is better.",
                               "The authors chose 2 classes.")  # fmt: skip
    assert "BLRT = bootstrap likelihood ratio test, 999 draws at most, K" in made.notes[0]
    edge = papers.fit_criteria(comparison([300.0, 200.0, 100.0]), sign="higher")
    assert "AIC, BIC, aBIC, CAIC, AWE: still rising at 3, the largest number tried, so not bold." in edge.notes


def test_what_is_no_comparison() -> None:
    def refused(*call: object, **given: object) -> str:
        with pytest.raises(blocs.InputError) as error:
            papers.fit_criteria(*call, **given)
        return str(error.value)

    table = comparison([300.0, 200.0])
    assert refused(table, chosen=4) == "chosen: there is no row for 4 types. The table has 1, 2."
    assert refused(table, sign="up") == "sign: there is no sign 'up'. The signs are 'lower', 'higher'."
    assert refused(table[:0]) == "table: there are no rows. At least one number of types is needed."
    assert refused(table.drop(columns="hits")) == (
        "table: there is no column 'hits'. The columns are 'types', 'n', 'parameters', 'loglik', 'relative_entropy', "
        "'blrt_p', 'converged', 'starts', 'smallest_share', 'status', 'flags'. Give the table that blocs.compare "
        "returns."
    )


def test_where_the_starts_ended() -> None:
    made = papers.starts(comparison([300.0, 200.0]))
    assert made.printed()[1] == ["2-class", made.printed()[1][1], "7", "20", "18", "90.0", "5", "25.0", "500", "50.0"]
    assert made.to_frame().columns.tolist() == [
        "Model", "Best LL", "Par", "Starts", "Converged f", "Converged %", "Replicated f", "Replicated %",
        "Smallest class f", "Smallest class %",
    ]  # fmt: skip


def test_classification_row_by_row(fit: blocs.Fit, profiles: blocs.Profiles) -> None:
    errors = blocs.standard_errors(fit, profiles)
    made = papers.classification(fit, profiles, errors).to_frame()
    members: dict[int, list[tuple[float, float]]] = {0: [], 1: []}
    for zeta, n in zip(fit.evaluate(profiles).posterior.tolist(), profiles.weights.tolist(), strict=True):
        k = 0 if zeta[0] >= zeta[1] else 1
        members[k].append((zeta[k], n))
    for k, of in members.items():
        n = sum(weight for _, weight in of)
        mean = sum(p * weight for p, weight in of) / n
        share = fit.shares[k + 1]
        row = made.iloc[k]
        assert row["Share"] == share and row["McaP"] == pytest.approx(n / 200)
        assert row["AvePP"] == pytest.approx(mean)
        assert row["OCC"] == pytest.approx(mean / (1 - mean) / (share / (1 - share)))
    assert made[["95 % CI low", "95 % CI high"]].to_numpy().tolist() == errors.shares()[["low", "high"]].values.tolist()
    assert papers.classification(fit, profiles).to_frame().columns.tolist() == ["Type", "Share", "McaP", "AvePP", "OCC"]


def test_probabilities_are_those_of_the_fit(fit: blocs.Fit, profiles: blocs.Profiles) -> None:
    errors = blocs.standard_errors(fit, profiles)
    frame = papers.probabilities(fit, errors, {"a": "Question A"}).to_frame()
    names = [f"Type {k} ({100 * fit.shares[k]:.1f} %)" for k in (1, 2)]
    table = errors.table().set_index(["type", "item", "outcome"])
    for row in frame.to_dict("records"):
        item = "a" if row["Item"] == "Question A" else row["Item"]
        for k, name in enumerate(names, start=1):
            of = table.loc[(k, item, int(row["Outcome"]))]
            assert row[f"{name} Estimate"] == of["probability"]
            assert row[f"{name} SE"] == of["se"] or of["flag"]
    assert papers.probabilities(fit).to_latex() == fit.to_latex() and "\\toprule" in fit.to_latex()
    assert fit.to_latex(errors) != fit.to_latex()


def test_shares_and_parameters_of_counts() -> None:
    rng = np.random.default_rng(1)
    table = {"n": np.r_[rng.poisson(2, 60), rng.poisson(15, 40)], "m": np.r_[rng.poisson(9, 60), rng.poisson(1, 40)]}
    profiles = blocs.Profiles.from_table(table, kinds={"n": blocs.Poisson(), "m": blocs.Poisson()})
    fit = blocs.fit(profiles, 2, starts=4)
    errors = blocs.standard_errors(fit, profiles)
    made = papers.parameters(fit)
    assert made.printed()[0][:2] == ["n", "rate"] and len(made.rows) == 2
    for row in made.rows:
        assert list(row[2:]) == fit.parameters().query("item == @row[0]")["value"].tolist()
    assert len(papers.parameters(fit, errors).rows) == 2
    assert papers.shares(fit).rows == tuple((str(k), share) for k, share in fit.shares.items())
    assert papers.shares(fit, errors).to_frame()["SE"].tolist() == errors.shares()["se"].tolist()
    assert "<caption>Counts and measurements" in fit._repr_html_() and "Conditional" not in fit._repr_html_()


@pytest.fixture(scope="module")
def ballots() -> tuple[blocs.Profiles, blocs.Fit]:
    rows = [("DEM", "DEM", "DEM", 60), ("DEM", "REP", "DEM", 20), ("REP", "REP", "DEM", 70),
            ("REP", "none", "none", 35)]  # fmt: skip
    offices = ["President", "Senate", "Clerk"]
    table = pd.DataFrame(rows, columns=[*offices, "n"])
    profiles = blocs.code(blocs.read_cvr(table, offices=offices, weights="n"))
    return profiles, blocs.fit(profiles, 1)


def test_votes_by_type_never_pool_menus(ballots: tuple[blocs.Profiles, blocs.Fit]) -> None:
    profiles, fit = ballots
    both, one = (papers.votes_by_type(fit, profiles, stood, {"Senate": "US Senate"}) for stood in ("both", "one"))
    assert both.printed() == [
        ["Type 1 (100.0 %)", "DEM", "US Senate", "≈ 80", "25.0", "0.0", "75.0"],
        ["Type 1 (100.0 %)", "REP", "US Senate", "≈ 105", "0.0", "33.3", "66.7"],
    ]
    assert one.printed() == [
        ["Type 1 (100.0 %)", "own party only", "DEM", "Clerk", "≈ 80", "—", "0.0", "100.0"],
        ["Type 1 (100.0 %)", "other party only", "REP", "Clerk", "≈ 105", "66.7", "33.3", "—"],
    ]
    assert both.caption == "How each type voted where both parties stood."
    assert one.notes[0].endswith("These shares describe no choice between two parties.")


def test_votes_of_few_voters_are_not_given() -> None:
    rows = [("DEM", "DEM", 29), ("REP", "DEM", 30)]
    table = pd.DataFrame(rows, columns=["President", "Senate", "n"]).assign(Clerk="REP")
    extra = pd.DataFrame([("DEM", "REP", 0, "DEM")], columns=["President", "Senate", "n", "Clerk"])
    table = pd.concat([table, extra], ignore_index=True)
    profiles = blocs.code(blocs.read_cvr(table, offices=["President", "Senate", "Clerk"], weights="n"))
    made = papers.votes_by_type(blocs.fit(profiles, 1), profiles)
    few, enough = made.printed()[0], made.printed()[2]
    assert few[3:] == ["≈ 29", "—", "—", "—"] and enough[3:] == ["≈ 30", "100.0", "0.0", "0.0"]
    assert made.notes[-1] == "—: under 30 expected voters, or not on the menu."


def test_votes_by_party_have_the_shares_in_the_note(ballots: tuple[blocs.Profiles, blocs.Fit]) -> None:
    profiles, _ = ballots
    made = papers.votes_by_type(blocs.fit_by_group(profiles, 1, "top"), profiles)
    assert [row[:2] for row in made.rows] == [("Type 1", "DEM"), ("Type 1", "REP")]
    assert made.notes[-1] == "Types of one party each; of DEM 100.0 per cent; REP 100.0 per cent."


def test_bars_have_a_column_for_missing_only_where_there_is_something(ballots) -> None:
    bars = blocs.office_bars(ballots[0])
    assert papers.office_bars(bars, {"Senate": "US Senate"}).printed()[0] == [
        "DEM", "US Senate", "80", "25.0", "0.0", "0.0", "75.0"
    ]  # fmt: skip
    assert papers.office_bars(bars.assign(missing=0.1)).columns[-1].name == "Missing"


def test_an_account_as_a_table() -> None:
    whole = Account((Step("Rows read", "rows", 5, {"used": 4, "zero": 1, "none": 0}),), ("A remark.",))
    made = papers.account(whole)
    assert made.rows == (("Rows read", "all rows", 5), ("Rows read", "used", 4), ("Rows read", "zero", 1))
    assert made.notes == ("A remark.",) and papers.account(whole.to_dict()) == made
    assert papers.account(Account()).rows == ()


def test_residuals_and_their_p(fit: blocs.Fit, profiles: blocs.Profiles) -> None:
    pairs = blocs.bivariate_residuals(fit, profiles)
    made = papers.residuals(pairs, {"a": "Question A"})
    assert [column.name for column in made.columns] == ["Item", "and item", "X²", "df", "BVR"]
    assert made.to_frame()["BVR"].tolist() == pairs["bvr"].tolist()
    assert "does not hold" in made.notes[0]
    tested = papers.residuals(pairs.assign(p=[0.5, 0.0001, 0.2]))
    assert [row[5] for row in tested.printed()] == [".500", "<.001", ".200"] and "bootstrap" in tested.notes[0]


def test_coefficients_as_a_table() -> None:
    rng = np.random.default_rng(3)
    age = rng.integers(20, 80, 400)
    of = rng.random(400) < 1 / (1 + np.exp(-(age - 50) / 10))
    answers = {name: np.where(rng.random(400) < np.where(of, 0.9, 0.1), 1, 0) for name in "abcd"}
    profiles = blocs.Profiles.from_table({**answers, "age": age}, items=list("abcd"), covariates="age")
    fit = blocs.fit(profiles, 2, covariates="~ age", starts=4)
    errors = blocs.standard_errors(fit, profiles)
    made, table = papers.coefficients(errors, "Type 1, who say no"), errors.coefficients()
    frame = made.to_frame()
    assert frame["Term"].tolist() == ["intercept", "age"] and frame["Logit"].tolist() == table["coefficient"].tolist()
    low = np.exp(table["coefficient"] - 1.959964 * table["se"])
    np.testing.assert_allclose(frame["OR low"], low, rtol=1e-6)
    assert made.caption == (
        "Who is of which type: multinomial logit of type membership (one-step; reference: Type 1, who say no)."
    )
    found = blocs.regress(blocs.fit(profiles, 2, starts=4), profiles, "~ age")
    after = papers.coefficients(found)
    assert after.to_frame()["Logit"].tolist() == found.coefficients()["coefficient"].tolist()
    assert after.caption == "Who is of which type: multinomial logit of type membership (two-step; reference: Type 1)."
    assert after.notes[0] == (
        "Multinomial logit of type membership, two-step: the coefficients are estimated after the types, which stay. "
        "N = 400. Standard errors: robust, corrected for the first step; low, high: 95 % CI."
    )
    of_one = blocs.standard_errors(blocs.fit(profiles, 1, covariates="~ age"), profiles)
    with pytest.raises(blocs.InputError) as error:
        papers.coefficients(of_one)
    assert str(error.value) == (
        "errors: the fit has one type. Coefficients set a type against type 1. Fit more types."
    )


EFFECTS = pd.DataFrame({
    "covariate": ["age", "age", "party", "party"], "change": ["one more unit"] * 2 + ["REP, not DEM"] * 2,
    "type": [1, 2, 1, 2], "effect": [0.012, -0.012, math.nan, math.nan], "low": [0.004, -0.02, math.nan, math.nan],
    "high": [0.02, -0.004, math.nan, math.nan],
})  # fmt: skip


def test_effects_are_in_points_with_their_sign() -> None:
    made = papers.effects(EFFECTS, "One-step.")
    assert made.printed() == [
        ["age", "one more unit", "+1.2", "+0.4", "+2.0", "−1.2", "−2.0", "−0.4"],
        ["party", "REP, not DEM", *["—"] * 6],
    ]
    assert made.to_frame().columns.tolist()[2:] == ["Type 1", "Type 1 low", "Type 1 high", "Type 2", "Type 2 low",
                                                    "Type 2 high"]  # fmt: skip
    assert made.notes[-1] == "One-step."
    with pytest.raises(blocs.InputError) as error:
        papers.effects(EFFECTS[EFFECTS["type"] == 1])
    assert str(error.value) == (
        "table: the effects of 'age one more unit' add to 0.012. Over all types they add to 0. Give the rows of all "
        "types."
    )
    with pytest.raises(blocs.InputError) as error:
        papers.effects(EFFECTS.drop(columns="low"))
    assert str(error.value).startswith("table: there is no column 'low'. The columns are 'covariate', 'change', ")


def test_an_effect_with_a_flag_has_no_value() -> None:
    flagged = EFFECTS.head(2).assign(flag=["", "boundary"], low=[0.004, math.nan], high=[0.02, math.nan])
    made = papers.effects(flagged)
    assert made.printed() == [["age", "one more unit", "+1.2", "+0.4", "+2.0", "—", "—", "—"]]
    assert made.notes == ("Percentage points; low, high: 95 % CI. The changes of a row add to 0.",
                          "—: no value; a type is on the boundary, or the data do not say.")  # fmt: skip
    read = flagged.assign(flag=[math.nan, "boundary"])  # as a CSV file gives it
    assert papers.effects(read).printed() == made.printed()
    assert len(papers.effects(EFFECTS.head(2)).notes) == 1


def test_totals_and_certified_totals() -> None:
    from blocs.ballots.reports.certified_totals import against_returns
    from blocs.ballots.reports.contest_totals import contest_totals

    marks = [(1, "President", "Adams", "DEM"), (2, "President", "Baker", "REP"), (3, "President", "Baker", "REP")]
    read = blocs.read_cvr(pd.DataFrame(marks, columns=["voter", "office", "candidate", "party"]))
    made = papers.totals(contest_totals(read))
    assert [row[2:] for row in made.printed()] == [["Adams", "DEM", "1", "33.3"], ["Baker", "REP", "2", "66.7"]]
    certified = pd.DataFrame({"contest": "President", "candidate": ["Adams", "Baker"], "votes": ["2", "2"]})
    compared = papers.totals(against_returns(read, certified))
    assert [row[3:6] for row in compared.printed()] == [["1", "2", "−1"], ["2", "2", "0"]]


def test_an_outcome_by_type_as_a_table() -> None:
    rng = np.random.default_rng(2)
    two = rng.random(300) < 0.5
    answers = {name: np.where(rng.random(300) < np.where(two, 0.95, 0.05), 1, 0) for name in "abcd"}
    way = np.where(rng.random(300) < np.where(two, 0.7, 0.2), "mail", rng.choice(["poll", "early"], 300))
    profiles = blocs.Profiles.from_table({**answers, "way": way}, items=list("abcd"), outcomes="way")
    found = blocs.distal(blocs.fit(profiles, 2, starts=4), profiles, "way")
    made, table = papers.outcomes(found), found.table()
    frame = made.to_frame()
    assert frame.columns.tolist() == ["Type", "Category", "Estimate", "SE", "low", "high"]
    assert frame["Category"].tolist() == ["early", "mail", "poll"] * 2
    for name, column in (("Estimate", "estimate"), ("SE", "se"), ("low", "low"), ("high", "high")):
        assert frame[name].tolist() == table[column].tolist()
    test = found.tests().iloc[0]
    assert made.caption == "way by type." and made.notes[:2] == (
        f"ML three-step, modal assignment. N = 300. Standard errors: {found.kind}; low, high: 95 % CI.",
        f"Wald test of no difference: {test['statistic']:.2f}, 2 degrees of freedom, p < 0.0001.",
    )
