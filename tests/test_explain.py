"""`blocs.explain`: a sentence is there if its condition holds, and only then; it states what was counted."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import blocs
from blocs.ballots.reports.as_cast import as_cast
from blocs.core.schema import Item
from blocs.papers.answer_sentences import APART, Answer, answers_apart, set_apart
from blocs.papers.count_sentences import blank_rule, blanks, split_rates
from blocs.papers.explanation import questions
from blocs.papers.record import Party, Record
from blocs.papers.type_sentences import Office, contrast, marked, number_of_types, remaining, unstable
from blocs.papers.words import Share, in_words, per_cent, span, upper
from blocs.results.start_end import StartEnd

# President, US Senate, Sheriff, Clerk; voters
ROWS = [
    ("DEM", "DEM", "DEM", "DEM", 400), ("DEM", "REP", "DEM", "DEM", 120), ("DEM", "DEM", "none", "DEM", 30),
    ("DEM", "REP", "REP", "none", 50), ("REP", "REP", "REP", "DEM", 300), ("REP", "DEM", "REP", "none", 150),
    ("REP", "DEM", "DEM", "DEM", 90), ("REP", "REP", "none", "none", 50), ("REP", "REP", "DEM", "DEM", 40),
    ("GRN", "DEM", "DEM", "DEM", 8),
    ("none", "DEM", "DEM", "DEM", 2),
]  # fmt: skip
OFFICES = ["President", "US Senate", "Sheriff", "Clerk"]
COUNTS = (
    "The record of 1,240 ballots cast in Ward 9 on 6 November 2018 has 1,230 (99.2 per cent) with a vote for Evers or "
    "Walker for President; these are used here. The ballots carry no names: they show what was marked, not who marked "
    "it or why. Where both parties had a candidate, 8.3 to 28.3 per cent of voters of Evers chose the Republican "
    "candidate, most often for US Senate; 20.6 to 38.1 per cent of voters of Walker chose the Democratic candidate, "
    "most often for US Senate. Of the voters used who could choose between both parties, 6.5 per cent left Sheriff "
    "blank, the office of these that was left blank most often."
)
RACES = (
    "In 1 of 3 offices some or all voters had only one party to choose from; those races say nothing about splitting "
    "between two parties."
)
HITS = "starts that reached the best solution by their own iterations"
FORBIDDEN = ("would have", "because", "wanted", "loyal", "protest", "proves", "found exactly", "turnout", "fraud",
             "ticket splitters")  # fmt: skip


@pytest.fixture(scope="module")
def coded() -> blocs.ballots.Coded:
    table = pd.DataFrame(ROWS, columns=[*OFFICES, "voters"])
    return blocs.code_rows(blocs.read_cvr(table, offices=OFFICES, weights="voters"))


@pytest.fixture(scope="module")
def fit(coded: blocs.ballots.Coded) -> blocs.Fit:
    return replace(blocs.fit(coded.profiles, 2, starts=6), identified=True)


def with_hits(fit: blocs.Fit, hits: int, starts: int = 20) -> blocs.Fit:
    ends = tuple(StartEnd(i, fit.loglik - (i >= hits), 9, "converged", i < hits) for i in range(starts))
    return replace(fit, ends=ends)


@pytest.fixture(scope="module")
def good(fit: blocs.Fit) -> blocs.Fit:
    return with_hits(replace(fit, status="converged"), 7)


def compared(fit: blocs.Fit, bic: list[float], loglik: float | None = None) -> pd.DataFrame:
    """A comparison of 1, 2, ... types that belongs to a fit; loglik: of its rows."""
    return pd.DataFrame({"types": range(1, len(bic) + 1), "n": fit.n, "loglik": loglik or fit.loglik,
                         "parameters": fit.n_parameters, "bic": bic})  # fmt: skip


def test_the_counts_come_first_and_are_those_of_the_file(good, coded) -> None:
    found = blocs.explain(good, coded, place="Ward 9", date="6 November 2018", names={"DEM": "Evers", "REP": "Walker"})
    assert found.paragraph.startswith(COUNTS)
    assert [sentence.part for sentence in found.sentences] == ["record", "names", "votes", "blanks", "types", "menus",
                                                              "races", "number", "clarity"]  # fmt: skip
    assert found.text("races") == RACES and found.stable and found.reasons == ()


def test_other_shares_on_other_menus_are_a_caveat(good, coded) -> None:
    """Clerk is contested by Democrats alone: voters of either party have a menu of their own, and other types."""
    diagnosis = blocs.diagnose(good, coded)
    assert diagnosis.menu_shares["p"] < 0.01
    found = blocs.explain(good, coded)
    assert found.text("menus") == (
        "The types have other shares where other contests or candidates were on the ballot, by up to "
        f"{100 * diagnosis.menu_shares['largest']:.1f} percentage points: the model does not allow for that, and its "
        "shares and probabilities may be biased. Fits of the voters of each party by themselves (`--by top`) do not "
        "assume the same shares for both."
    )
    not_tested = "Whether the types have the same shares whatever was on the ballot: this was not tested."
    assert not_tested in blocs.explain(good).not_shown and not_tested not in found.not_shown
    fits = blocs.fit_by_group(coded.profiles, 2, "top", starts=6)
    fits = replace(fits, fits={label: with_hits(replace(one, identified=True), 3) for label, one in fits.fits.items()})
    assert blocs.explain(fits, coded).text("menus") == ""  # in a party all ballots have the same menus
    assert blocs.explain(with_hits(good, 1), coded).text("menus") == ""  # nothing is stated of the types
    survey = blocs.Profiles.from_table({"a": [0, 1, 0, 1, 0, 1], "b": [0, 1, 0, 1, None, None], "c": [0, 1, 1, 0, 0, 1],
                                        "n": [400, 400, 100, 100, 300, 10]}, weights="n")  # fmt: skip
    one = with_hits(replace(blocs.fit(survey, 2, starts=4), status="converged", identified=True), 4)
    text = blocs.explain(one, survey).text("menus")
    assert text.startswith("The types have other shares where questions are missing, by up to ")
    weighted = blocs.Profiles.from_table({"a": [0, 1] * 60, "b": [0, 1] * 40 + [None] * 40, "c": [0, 1, 1, 0] * 30},
                                         design_weights=[1.0, 2.0] * 60)  # fmt: skip
    other = with_hits(replace(blocs.fit(weighted, 2, starts=4), status="converged", identified=True), 4)
    found = blocs.explain(other, weighted)
    assert found.text("menus") == "" and not_tested in found.not_shown
    assert text.endswith(" may be biased.")


def test_every_type_has_a_clause() -> None:
    """Three types in two offices: the largest, the one that differs most between offices, and the one between."""
    shares = [Share(share) for share in (0.5, 0.3, 0.195, 0.005)]
    voters = np.array([500.0, 300.0, 195.0, 30.0])
    rates = [np.array([0.01, 0.2, 0.6, 0.5]), np.array([0.02, 0.3, 0.2, 0.5])]
    offices = [Office(f"O{j}", voters, {"split": voters * rate}) for j, rate in enumerate(rates)]
    seen = {0, *(clause.type for clause in contrast(shares, offices))}
    assert seen == {0, 2}
    assert [clause.text for clause in remaining(shares, offices, "the voters used", seen)] == [
        "Roughly 30 per cent of the voters used are in a type in which 20.0 to 30.0 per cent split their vote where "
        "both parties had a candidate, by office.",
        "Under 1 per cent of the voters used are in a further type.",
    ]
    few = [office._replace(voters=voters / 11) for office in offices]
    assert [clause.type for clause in remaining(shares, few, "the voters used", {0, 1, 3})] == [2]
    assert next(remaining(shares, few, "the voters used", {0, 1, 3})).text == (
        "Roughly 20 per cent of the voters used are in a further type; in no office could 30 of its voters choose "
        "between both parties."
    )
    assert list(remaining(shares, [], "the rows", {0})) == []


def test_the_types_are_what_the_fit_expects(good, coded) -> None:
    cast = good.expected(coded, by=[])
    both = cast[cast["menu"].isin(["abstain|split|straight", "abstain|split|straight|other"])]
    rates = {}
    for (k, item), rows in both.groupby(["type", "item"], sort=False):
        rates[k, item] = rows.loc[rows["outcome"] == "split", "expected"].sum() / rows["expected"].sum()
    first = [rates[1, item] for item in ("US Senate", "Sheriff")]
    text = blocs.explain(good, coded).text("types")
    assert text.startswith(
        f"A statistical model sums the ballots up in 2 types. In the largest, {in_words(Share(good.shares[1]))} of "
        f"the voters used, {span(first)} split their vote where both parties had a candidate, by office; "
        f"{in_words(Share(good.shares[2]))} are in a type in which "
    )
    second = sorted(((rates[2, item], item) for item in ("US Senate", "Sheriff")), reverse=True)
    (most, office), (least, other) = second
    assert text.endswith(f"{per_cent(most)} per cent split for {office} but {per_cent(least)} per cent for {other}.")


def test_clarity_is_the_share_of_ballots_with_a_clear_type(good, coded) -> None:
    cells = coded.profiles.cells
    zeta = good.evaluate(coded.profiles).posterior[cells.row].max(axis=1)
    share = cells.counts[zeta > 0.9].sum() / cells.counts.sum()
    assert blocs.explain(good, coded).text("clarity") == (
        f"For {per_cent(share)} per cent of ballots one type has a probability above 90 per cent."
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda fit: replace(fit, status="step_limit"), "the fit did not converge, its status is step_limit"),
        (lambda fit: with_hits(fit, 1), f"{HITS}: 1 of 20, two are needed"),
        (lambda fit: with_hits(fit, 1, 1), f"{HITS}: 1 of 1, two are needed"),
        (lambda fit: replace(fit, identified=False), "the data cannot tell the types apart"),
    ],
)
def test_types_are_left_out_where_they_are_not_stable(good, coded, change, reason) -> None:
    found = blocs.explain(change(good), coded)
    assert found.text("types") == f"The types are not stable enough to report ({reason})."
    assert not found.stable and found.reasons == (reason,)
    assert [sentence.part for sentence in found.sentences] == ["record", "names", "votes", "blanks", "types", "races",
                                                              "number"]  # fmt: skip
    stable = blocs.explain(good, coded)
    others = ("record", "names", "votes", "blanks", "races", "number")
    assert [found.text(part) for part in others] == [stable.text(part) for part in others]


def test_one_ward_of_madison(shared_data) -> None:
    """Counts of a public file, made independently: 2,335 ballots, 8 offices, 4 of them without a Republican."""
    ballots = blocs.read_cvr(shared_data("ess/madison_wi_ward9_2018_general.csv"))
    coded = blocs.code_rows(ballots, top="Governor")
    found = blocs.explain(blocs.fit(coded.profiles, 1), coded, place="Madison, ward 9,", date="6 November 2018",
                          names={"DEM": "Evers", "REP": "Walker"})  # fmt: skip
    assert found.text("record") == (
        "The record of 2,335 ballots cast in Madison, ward 9, on 6 November 2018 has 2,294 (98.2 per cent) with a vote "
        "for Evers or Walker for GOVERNOR; these are used here."
    )
    assert found.text("votes") == (
        "Where both parties had a candidate, 1.7 to 3.9 per cent of voters of Evers chose the Republican candidate, "
        "most often for Attorney General; 5.5 to 12.3 per cent of voters of Walker chose the Democratic candidate, "
        "most often for US SENATE."
    )
    assert found.text("races").startswith("In 4 of 8 offices some or all voters had only one party to choose from;")


def test_two_hits_are_enough_and_one_type_needs_none(good, coded) -> None:
    assert unstable(with_hits(good, 2)) == []
    one = blocs.fit(coded.profiles, 1)
    found = blocs.explain(one, coded)
    assert found.stable and found.text("types") == "A statistical model sums the ballots up in 1 type."
    assert found.text("clarity") == "" and not any("no more" in line for line in found.not_shown)


def test_without_the_data_nothing_is_stated_of_single_offices_by_party(good, coded) -> None:
    found, whole = blocs.explain(good), blocs.explain(good, coded)
    assert [sentence.part for sentence in found.sentences] == ["record", "names", "types", "races", "number"]
    assert found.text("types") == whole.text("types") and found.text("record") == whole.text("record")
    assert found.text("record") == (
        "The record of 1,240 ballots has 1,230 (99.2 per cent) with a vote for the candidate of DEM or the candidate "
        "of REP for President (called DEM voters and REP voters below); these are used here."
    )


def test_what_it_does_not_show(good, coded) -> None:
    found = blocs.explain(good, coded)
    assert found.not_shown == (
        "Why anybody voted in this way, and who they are.",
        "With which party anybody is registered: voters are grouped by their vote for President.",
        "The type of a single voter: types describe many ballots together.",
        "Anything about the 10 ballots set aside, and about people who cast none.",
        "How voters choose between two parties in races that only one contested.",
        "That there are 2 types and no more: other numbers describe the data, too.",
        "How exact the shares of the types are: no standard errors were computed, so that sentences have them in steps "
        "of 5 per cent.",
    )
    bad = blocs.explain(replace(good, identified=False), coded)
    assert "How exact the shares of the types are: no standard errors were computed." in bad.not_shown
    assert str(found).endswith("\n\nWhat this does not show:\n" + "\n".join(f"- {line}" for line in found.not_shown))
    unknown = blocs.explain(replace(good, identified=None), coded)
    assert unknown.not_shown[-1] == "Whether the data determine all numbers of the model: this was not computed."
    assert found.to_dict()["paragraph"] == found.paragraph and found._repr_html_().count("<li>") == 7


def test_nothing_is_stated_that_counts_cannot_show(good, coded) -> None:
    comparison = compared(good, [9.0, 7.0, 8.0])
    found = blocs.explain(good, coded, comparison=comparison)
    assert [word for word in FORBIDDEN if word in str(found).casefold()] == []


BARS = pd.DataFrame({
    "top": ["DEM", "DEM", "REP", "REP"], "office": ["A", "B", "A", "B"], "contested": [100, 99, 100, 100],
    "abstain": [0.0, 0.5, 0.0, 0.0], "split": [0.1, 0.9, 0.0002, 0.3],
})  # fmt: skip
RECORD = Record("ballots", "Governor", 400, 399, (Party("DEM", "Evers"), Party("REP")))


def test_offices_with_fewer_than_100_voters_are_not_counted() -> None:
    assert split_rates(BARS, RECORD) == (
        "Where both parties had a candidate, 10.0 per cent of voters of Evers chose the Republican candidate for A; "
        "up to 30.0 per cent of REP voters chose the Democratic candidate, most often for B."
    )
    assert split_rates(BARS.assign(contested=99), RECORD) == ""
    one = split_rates(BARS[BARS["top"] == "REP"], RECORD)
    assert one.startswith("Where both parties had a candidate, up to 30.0 per cent of REP voters")
    assert split_rates(BARS, replace(RECORD, parties=RECORD.parties[:1])) == ""


def test_two_offices_at_the_top_are_not_ranked() -> None:
    rows = BARS[BARS["top"] == "REP"].assign(split=0.25)
    assert split_rates(rows, RECORD) == (
        "Where both parties had a candidate, 25.0 per cent of REP voters chose the Democratic candidate."
    )


def test_blanks_are_mentioned_from_2_per_cent() -> None:
    head = "Of the voters used who could choose between both parties, "
    assert blanks(BARS) == f"{head}24.9 per cent left B blank, the office of these that was left blank most often."
    assert blanks(BARS.assign(abstain=[0.0, 0.0399, 0.0, 0.0])) == ""
    assert blanks(BARS.assign(abstain=[0.0401, 0.0, 0.0, 0.0])).startswith(f"{head}2.0 per cent left A blank")
    assert blanks(BARS[BARS["office"] == "A"].assign(abstain=0.5)) == f"{head}50.0 per cent left A blank."
    assert blanks(BARS.assign(contested=10)) == ""
    assert blanks(BARS.assign(abstain=0.5)) == ""  # two offices alike


@pytest.mark.parametrize(
    ("types", "bic", "text"),
    [
        ([1, 2, 3], [9.0, 7.0, 8.0], "; BIC was lowest at 2, of 1 to 3 that were tried."),
        ([3, 2, 1], [8.0, 7.0, 9.0], "; BIC was lowest at 2, of 1 to 3 that were tried."),
        ([1, 2, 3], [9.0, 8.0, 7.0], "; BIC kept falling up to 3, the largest tried, and here there are 2."),
        ([1, 2, 3], [9.0, 9.5, 7.0], "; BIC was lowest at 3, the largest tried, and here there are 2."),
        ([2], [9.0], "."),
    ],
)
def test_the_number_of_types_is_a_choice(good, types: list[int], bic: list[float], text: str) -> None:
    table = compared(good, bic).assign(types=types)
    assert number_of_types(good, {"": (good, table)}) == f"The number of types is a choice of the analyst{text}"
    assert number_of_types(good, {}) == "The number of types is a choice of the analyst."


def test_a_better_solution_of_the_comparison_is_stated(good, coded) -> None:
    better = compared(good, [9.0, 7.0, 8.0], loglik=good.loglik + 1)
    assert blocs.explain(good, coded, comparison=better).text("number") == (
        "The number of types is a choice of the analyst; BIC was lowest at 2, of 1 to 3 that were tried. The "
        "comparison has a better solution with 2 types: its log-likelihood is "
        f"{good.loglik + 1:,.4f}, and here {good.loglik:,.4f}."
    )
    near = compared(good, [9.0, 7.0, 8.0], loglik=good.loglik * (1 - 1e-7))
    assert "better" not in blocs.explain(good, coded, comparison=near).text("number")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 99}, "it is of 99 observations, and the fit of 1,230. Compare the data that were fitted, with the "
                    "options of the fit."),
        ({"types": [3, 4, 5]}, "it has no row of 2 types, as the fit has. Its numbers of types are 3, 4, 5. Compare "
                               "the number of the fit, too."),
        ({"parameters": 5}, "with 2 types it has 5 parameters, and the fit {p}. It is of another model. Compare the "
                            "data that were fitted, with the options of the fit."),
        ({"loglik": -9999.0}, "with 2 types it has the log-likelihood -9,999.0000, and the fit {loglik:,.4f}. It is of "
                              "other data, or its starts missed the optimum of the fit. Compare the data that were "
                              "fitted, with the options of the fit and as many starts."),
        ({"bic": "low"}, "the column 'bic' has cells that are no numbers. Give the table that `blocs compare --out` "
                         "wrote."),
    ],
)  # fmt: skip
def test_a_comparison_that_does_not_belong_to_the_fit(good, change: dict[str, object], message: str) -> None:
    with pytest.raises(blocs.InputError) as error:
        blocs.explain(good, comparison=compared(good, [9.0, 7.0, 8.0]).assign(**change))
    assert str(error.value) == f"comparison: {message.format(p=good.n_parameters, loglik=good.loglik)}"
    with pytest.raises(blocs.InputError) as error:
        blocs.explain(good, comparison=compared(good, [9.0, 7.0, 8.0])[["types", "bic"]])
    assert str(error.value) == (
        "comparison: there are no columns 'n', 'loglik', 'parameters'. The columns are 'types', 'bic'."
    )


NUMBERS = {"one in ten": 0.1, "one in five": 0.2, "one in four": 0.25, "one in three": 1 / 3, "two in five": 0.4,
           "half": 0.5, "three in five": 0.6, "two in three": 2 / 3, "three in four": 0.75, "four in five": 0.8,
           "nine in ten": 0.9}  # fmt: skip


@given(st.floats(0, 1), st.floats(0, 1))
def test_words_are_true_of_the_whole_interval(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    words = in_words(Share((low + high) / 2, low, high))
    if words.startswith("about"):
        number = NUMBERS[words.removeprefix("about ")]
        assert abs(low - number) < 0.041 and abs(high - number) < 0.041
    else:
        first, last = re.fullmatch(r"between (\d+) and (\d+) per cent", words).groups()
        assert int(first) / 100 <= low and high <= int(last) / 100


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "few (under 10 per cent)"), (0.027, "few (under 10 per cent)"), (0.0999, "few (under 10 per cent)"),
        (0.1, "roughly 10 per cent"), (0.124, "roughly 10 per cent"), (0.126, "roughly 15 per cent"),
        (0.72, "roughly 70 per cent"), (0.73, "roughly 75 per cent"), (0.99, "more than 95 per cent"), (1.0, "all"),
    ],
)  # fmt: skip
def test_without_an_interval_words_go_in_steps_of_5(value: float, words: str) -> None:
    assert in_words(Share(value)) == words == in_words(Share(value, math.nan, math.nan))


def test_numbers_in_sentences() -> None:
    assert per_cent(0.0002) == "less than 0.1" and per_cent(0.9999) == "more than 99.9"
    assert span([0.1, 0.1004]) == "10.0 per cent" and span([0.3, 0.1, 0.2]) == "10.0 to 30.0 per cent"
    assert span([0.0003, 0.001]) == "up to 0.1 per cent" and span([0.0001, 0.0003]) == "less than 0.1 per cent"
    assert span([0.96, 0.9999]) == "96.0 per cent or more"
    assert span([0.0001, 0.9999]) == "less than 0.1 to more than 99.9 per cent"


def test_errors_make_the_words_exact(good, coded) -> None:
    errors = blocs.standard_errors(good, coded)
    low, high = errors.shares().loc[0, ["low", "high"]].astype(float)
    found = blocs.explain(good, coded, errors=errors)
    assert f"In the largest, {in_words(Share(good.shares[1], low, high))} of" in found.text("types")
    assert not any("standard errors" in line for line in found.not_shown)


def what_marks(
    straight: list[tuple[float, ...]], did: list[tuple[float, ...]], shares: tuple[float, ...] = (0.7, 0.3),
    outcome: str = "abstain",
) -> list[str]:
    """The sentences on types of which this many expected voters voted straight, and had the outcome, in each office."""
    offices = []
    for j, (own, other) in enumerate(zip(straight, did, strict=True)):
        counts = {name: np.array(other) * (name == outcome) for name in ("split", "abstain", "other")}
        offices.append(Office(f"O{j}", np.array(own) + np.array(other), counts))
    return [clause.text for clause in marked([Share(share) for share in shares], offices, "the voters used")]


STRAIGHT = [(900.0, 300.0), (900.0, 300.0)]
THIRD = "Roughly 30 per cent of the voters used are in a type in which "


@pytest.mark.parametrize(
    ("blank", "shares", "sentence"),
    [
        ([(100.0, 100.0), (20.0, 200.0)], (0.7, 0.3),
         f"{THIRD}25.0 to 40.0 per cent left the office blank "
         "where both parties had a candidate, by office; in the other type, 2.2 to 10.0 per cent."),
        ([(0.0, 34.0), (0.0, 34.0)], (0.7, 0.3),
         f"{THIRD}10.2 per cent left the office blank where "
         "both parties had a candidate, by office; in the other type, 0.0 per cent."),
        ([(0.0, 33.0), (0.0, 33.0)], (0.7, 0.3), ""),  # less than a tenth
        ([(100.0, 74.0), (100.0, 74.0)], (0.7, 0.3), ""),  # less than twice as often as the other type
        ([(100.0, 76.0), (100.0, 76.0)], (0.7, 0.3),
         f"{THIRD}20.2 per cent left the office blank where "
         "both parties had a candidate, by office; in the other type, 10.0 per cent."),
        ([(0.0, 100.0), (0.0, 100.0)], (0.991, 0.009), ""),  # a type of less than 1 per cent
        ([(300.0, 1.0), (300.0, 1.0)], (0.7, 0.3),
         "In the largest type, 25.0 per cent left the office blank where both parties had a candidate, by office; in "
         "the other type, 0.3 per cent."),
    ],
)  # fmt: skip
def test_a_type_that_leaves_offices_blank_is_mentioned(blank, shares, sentence) -> None:
    assert what_marks(STRAIGHT, blank, shares) == ([sentence] if sentence else [])


def test_a_type_that_votes_for_third_parties_is_mentioned() -> None:
    assert what_marks(STRAIGHT, [(100.0, 100.0), (20.0, 200.0)], outcome="other") == [
        f"{THIRD}25.0 to 40.0 per cent chose another party or wrote a name in where both parties had a candidate, by "
        "office; in the other type, 2.2 to 10.0 per cent."
    ]


def test_a_type_that_was_described_is_not_described_as_another_one() -> None:
    """The type of the clause before comes first, as the same; another one has its share."""
    voters = np.array([900.0, 300.0, 200.0])
    rates = {"split": (0.0, 0.1, 0.1), "abstain": (0.0, 0.0, 0.4), "other": (0.0, 0.3, 0.0)}
    offices = [Office(f"O{j}", voters, {name: voters * np.array(of) for name, of in rates.items()}) for j in range(2)]
    shares = [Share(share) for share in (0.6, 0.25, 0.15)]
    blank = "40.0 per cent left the office blank where both parties had a candidate, by office; in the other types"
    third = "30.0 per cent chose another party or wrote a name in where both parties had a candidate, by office; in the"
    a = "Roughly 15 per cent of the rows are in a type in which"
    b = "Roughly 25 per cent of the rows are in a type in which"
    for last, starts in ((None, (f"{a} {blank}", f"{b} {third}")), (0, (f"{a} {blank}", f"{b} {third}")),
                         (2, (f"In the same type, {blank}", f"{b} {third}")),
                         (1, (f"In the same type, {third}", f"{a} {blank}"))):  # fmt: skip
        texts = [clause.text for clause in marked(shares, offices, "the rows", last)]
        assert [text.startswith(start) for text, start in zip(texts, starts, strict=True)] == [True, True]
    both = [of._replace(counts={**of.counts, "other": voters * np.array((0.0, 0.0, 0.3))}) for of in offices]
    assert [of.text[:30] for of in marked(shares, both, "the rows")] == [a[:30], "In the same type, 30.0 per cen"]


def test_offices_of_under_30_voters_of_a_type_or_of_the_others_say_nothing() -> None:
    assert what_marks([(900.0, 20.0), (900.0, 300.0)], [(0.0, 9.0), (0.0, 100.0)]) == [
        f"{THIRD}25.0 per cent left the office blank where both parties had a candidate, for O1; in the other type, "
        "0.0 per cent."
    ]
    assert what_marks([(900.0, 20.0)] * 2, [(0.0, 9.0)] * 2) == []
    assert what_marks([(29.0, 300.0)] * 2, [(0.0, 100.0)] * 2) == []
    assert what_marks([], []) == []


def beside_the_largest(shares: tuple[float, ...], *rates: tuple[float, ...], voters: float = 300.0) -> str:
    """What is stated of the type beside the largest; rates: of each office, how often each type split."""
    offices = [
        Office(f"O{j}", np.full(len(shares), voters), {"split": voters * np.array(of)}) for j, of in enumerate(rates)
    ]
    return "".join(clause.text for clause in contrast([Share(share) for share in shares], offices))


def test_a_type_whose_splitting_differs_between_offices_is_set_beside_the_largest() -> None:
    stated = "; roughly 30 per cent are in a type in which 50.0 per cent split for O0 but 20.0 per cent for O1"
    assert beside_the_largest((0.7, 0.3), (0.9, 0.5), (0.0, 0.2)) == stated  # the largest is not set beside itself
    three = beside_the_largest((0.6, 0.3, 0.1), (0.0, 0.5, 0.6), (0.0, 0.2, 0.5))
    assert three == stated  # of two types the one that differs more
    assert beside_the_largest((0.7, 0.3), (0.0, 0.5)) == ""  # one office
    assert beside_the_largest((0.7, 0.3), (0.0, 0.5), (0.0, 0.5003)) == ""  # printed alike
    assert beside_the_largest((0.7, 0.3), (0.0, 0.5), (0.0, 0.2), voters=29.9) == ""
    assert beside_the_largest((0.991, 0.009), (0.0, 0.5), (0.0, 0.2)) == ""  # a type of less than 1 per cent
    small = beside_the_largest((0.99, 0.01), (0.0, 0.5), (0.0, 0.2))
    assert small.startswith("; few (under 10 per cent) are in a type in which 50.0 per cent split for O0 but ")


def test_several_other_types_are_taken_together() -> None:
    (sentence,) = what_marks([(900.0, 100.0, 100.0)] * 2, [(9.0, 9.0, 90.0)] * 2, (0.7, 0.15, 0.15))
    assert sentence.endswith(", by office; in the other types together, 1.8 per cent.")


def test_a_type_that_leaves_offices_blank_is_in_the_paragraph() -> None:
    county = blocs.datasets.county()
    coded = blocs.code_rows(blocs.read_cvr(county.table))
    fit = blocs.fit(coded.profiles, 3, starts=4, seed=1)
    found = blocs.explain(replace(with_hits(fit, 3), identified=True), coded)
    cast = as_cast(fit.expected(coded)).query("type == 3 and stood == 'both'")
    rates = [(rows["voters"] * rows["abstain"]).sum() / rows["voters"].sum() for _, rows in cast.groupby("office")]
    assert f" are in a type in which {span(rates)} left the office blank where both " in found.text("types")
    assert "left the office blank" not in blocs.explain(with_hits(fit, 1), coded).paragraph


def test_what_else_counts_as_blank_is_stated() -> None:
    table = pd.DataFrame(
        [("DEM", "none", 30), ("DEM", "DEM", 70), ("REP", "GRN", 9), ("REP", "REP", 91), ("REP", "DEM+REP", 1)],
        columns=["President", "Senate", "voters"],
    )
    read = blocs.read_cvr(table, offices=["President", "Senate"], weights="voters",
                          codes={**{name: name for name in ("DEM", "REP", "none")}, "GRN": "other",
                                 "DEM+REP": "overvote"})  # fmt: skip
    rule = {}
    for other in ("level", "abstain", "missing"):
        coded = blocs.code_rows(read, other=other)
        rule[other] = blank_rule(coded.profiles.account.to_dict(), coded.profiles.schema)
    assert rule == {
        "level": "Overvotes count as left blank here.",
        "abstain": "Overvotes and votes for other parties and write-ins count as left blank here.",
        "missing": "Overvotes count as left blank here.",
    }
    coded = blocs.code_rows(read, overvote="missing")
    assert blank_rule(coded.profiles.account.to_dict(), coded.profiles.schema) == ""
    fit = blocs.fit(coded.profiles, 1)
    assert "count as left blank" not in blocs.explain(fit, coded).paragraph
    whole = blocs.explain(blocs.fit(blocs.code_rows(read).profiles, 1), blocs.code_rows(read))
    assert whole.text("blanks").endswith(" left Senate blank. Overvotes count as left blank here.")


def test_fits_by_party_are_described_one_by_one(coded) -> None:
    fits = blocs.fit_by_group(coded.profiles, 2, "top", starts=6)
    fits = replace(fits, fits={label: with_hits(replace(one, identified=True), 3) for label, one in fits.fits.items()})
    found = blocs.explain(fits, coded, names={"REP": "Walker"})
    text = found.text("types")
    assert text.count("A statistical model sums the ballots of ") == 2
    assert "ballots of DEM voters up in 2 types. In the largest, " in text
    assert "ballots of voters of Walker up in 2 types. In the largest, " in text
    assert found.text("clarity").startswith("For ") and found.text("votes")
    bad = replace(fits, fits={**fits.fits, "DEM": with_hits(fits.fits["DEM"], 1)})
    assert blocs.explain(bad, coded).reasons == (f"{HITS}: 1 of 20, two are needed",)


def test_a_table_of_answers() -> None:
    answers = {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "c": [0, 0, 1, 1], "n": [90, 10, 10, 90]}
    profiles = blocs.Profiles.from_table(answers, weights="n")
    fit = with_hits(replace(blocs.fit(profiles, 2, starts=4), status="converged", identified=True), 4)
    found = blocs.explain(fit, profiles)
    assert [sentence.part for sentence in found.sentences] == ["record", "types", "number", "clarity"]
    assert found.text("record") == "200 rows of answers to 3 questions are used here."
    p = fit.table().set_index(["type", "item", "outcome"])["probability"]
    most = p[1, "a"].idxmax()
    of = [f"{name} ('{most}': {per_cent(p[1, name, most])} per cent, and in the other type "
          f"{per_cent(p[2, name, most])})" for name in "ac"]  # fmt: skip
    assert found.text("types") == (
        "A statistical model sums the answers up in 2 types. One of the largest has roughly 50 per cent of the rows. "
        f"It is set apart by the answers to {of[0]} and {of[1]}."
    )
    assert found.text("clarity").startswith("For ") and "of rows one type" in found.text("clarity")


def test_columns_of_numbers_are_no_questions() -> None:
    table = {"visits": [0, 1, 5, 6] * 10, "x": [0.1, 0.4, 2.0, 2.3] * 10, "y": [1.0, 2.0, 1.5, 2.5] * 10,
             "a": ["p", "q"] * 20}  # fmt: skip
    kinds = {"visits": blocs.Poisson(), "size": blocs.Gaussian(["x", "y"])}
    found = blocs.explain(blocs.fit(blocs.Profiles.from_table(table, kinds=kinds), 1))
    assert found.paragraph.startswith(
        "40 rows of answers to 1 question and of 3 columns of numbers are used here. A statistical model sums the rows "
        "up in 1 type."
    )
    found = blocs.explain(blocs.fit(blocs.Profiles.from_table({"v": table["visits"]}, kinds={"v": blocs.Poisson()}), 1))
    assert found.text("record") == "40 rows of 1 column of numbers are used here."


def test_items_of_groups_are_one_question_and_set_no_type_apart() -> None:
    """b differs by group, more than any other between the types of S; only a and c are answers of all groups."""
    rows = {"a": [1, 1, 0, 0] * 2, "b": [1, 1, 0, 0, 0, 0, 1, 1], "c": [1, 0, 1, 0] * 2, "town": ["N"] * 4 + ["S"] * 4,
            "n": [90, 20, 20, 90] * 2}  # fmt: skip
    profiles = blocs.Profiles.from_table(rows, items=["a", "b", "c"], weights="n", covariates="town")
    fit = blocs.fit(profiles, 2, by="town", equal=["a", "c"], starts=4, seed=1)
    assert fit.schema.names == ("a", "b [town N]", "b [town S]", "c")
    good = with_hits(replace(fit, status="converged", identified=True), 4)
    assert blocs.explain(good).text("record") == "440 rows of answers to 3 questions are used here."
    assert {answer.item for of in answers_apart(good) for answer in of} == {"a", "c"}
    free = blocs.fit(profiles, 2, by="town", equal="none", starts=4, seed=1)
    assert answers_apart(free) == [[], []]
    assert "set apart" not in blocs.explain(with_hits(replace(free, status="converged", identified=True), 4)).paragraph


def test_where_all_items_differ_by_group_no_answer_of_all_groups_is_found() -> None:
    table = pd.concat([pd.DataFrame(THREE).assign(d=d) for d in (0, 1)])
    profiles = blocs.Profiles.from_table(table, items=["a", "b", "c"], weights="n", covariates="d")
    fit = blocs.fit(profiles, 3, by="d", equal="none", starts=2, seed=1)
    texts = list(set_apart(fit, None, "the rows", {}))
    none = ("a further type; no answer was found to a question that is the same for all groups that sets it apart by "
            "20 points or more.")  # fmt: skip
    assert len(texts) == 2 and all(text.endswith(f" of the rows are in {none}") for text in texts)


def test_both_questions_of_a_joint_item_count_in_each_group_once() -> None:
    group = (("town", "N"),)
    halves = (("a [town N]", ("0", "1")), ("b [town N]", ("0", "1")))
    items = (Item.full("c", (0, 1)), replace(Item.full("a & b [town N]", ("0 & 0",)), joint=halves,
                                             within=("a & b", group)),
             replace(Item.full("c [1]", (0, 1))), replace(Item.full("d [town N]", (0, 1)), within=("d", group)),
             replace(Item.full("d [town S]", (0, 1)), within=("d", (("town", "S"),))))  # fmt: skip
    assert questions(items) == {"a", "b", "c", "c [1]", "d"}


THREE = {"a": [1, 1, 1, 1, 0, 0, 2, 2], "b": [1, 1, 0, 1, 0, 0, 0, 1], "c": [1, 1, 1, 0, 1, 1, 0, 0],
         "n": [300, 200, 30, 30, 150, 100, 90, 100]}  # fmt: skip


@pytest.fixture(scope="module")
def answers() -> blocs.Fit:
    """A fit of three types to four items, of which d has nothing to do with the others."""
    table = pd.concat([pd.DataFrame(THREE).assign(d=d) for d in (0, 1)])
    profiles = blocs.Profiles.from_table(table, weights="n")
    return with_hits(replace(blocs.fit(profiles, 3, starts=6, seed=1), status="converged", identified=True), 4)


def test_the_answers_that_set_a_type_apart_are_those_of_a_loop(answers) -> None:
    """Every difference from the other types together, weighted by their shares, computed one number at a time."""
    p = answers.table().set_index(["type", "item", "outcome"])["probability"]
    apart, near = {}, set()
    for k in (1, 2, 3):
        rest = [m for m in (1, 2, 3) if m != k]
        for item in "abcd":
            most = p[k, item].idxmax()
            others = sum(answers.shares[m] * p[m, item, most] for m in rest) / sum(answers.shares[m] for m in rest)
            if abs(p[k, item, most] - others) >= 0.2:
                apart.setdefault(k, []).append((item, most, p[k, item, most], others))
            else:
                near.add(item)
    assert "d" in near
    named = {k: sorted(of, key=lambda one: -round(abs(one[2] - one[3]), 9)) for k, of in apart.items()}
    assert max(map(len, named.values())) == 3
    for k, of in named.items():
        found = answers_apart(answers)[k - 1]
        assert [(one.item, one.outcome) for one in found] == [(item, outcome) for item, outcome, *_ in of]
        assert [(one.own, one.others) for one in found] == [pytest.approx(one[2:]) for one in of]

    def words(k: int) -> str:
        return " and ".join(f"{item.upper()} ('{outcome}': {per_cent(own)} per cent, and in the others together "
                            f"{per_cent(others)})" for item, outcome, own, others in named[k][:2])  # fmt: skip

    size = {k: upper(in_words(Share(answers.shares[k]))) for k in (2, 3)}
    assert list(set_apart(answers, None, "the rows", {item: item.upper() for item in "abc"})) == [
        f"The largest is set apart by the answers to {words(1)}.",
        *(f"{size[k]} of the rows are in a type that is set apart by the answers to {words(k)}." for k in (2, 3)),
    ]


def test_answers_of_few_are_not_named(answers) -> None:
    few = tuple(counts * 29 / counts.sum(axis=0) for counts in answers.counts)
    assert answers_apart(replace(answers, counts=few)) == [[], [], []] and all(answers_apart(answers))
    own = tuple(counts * np.array([30.001, 20, 9]) / counts.sum(axis=0) for counts in answers.counts)
    assert answers_apart(replace(answers, counts=own))[0] == []  # the others are 29
    enough = tuple(counts * 30.001 / counts.sum(axis=0) for counts in answers.counts)
    assert answers_apart(replace(answers, counts=enough)) == answers_apart(answers)
    assert list(set_apart(replace(answers, counts=None), None, "the rows", {})) == [
        f"{upper(in_words(Share(answers.shares[k])))} of the rows are in a further type; no answer was found that sets "
        "it apart by 20 points or more." for k in (2, 3)
    ]  # fmt: skip


def test_only_categories_on_offer_to_all_rows_are_named() -> None:
    rows = {"a": [1, 1, 0, 0], "b": [1, 1, 0, 0], "c": [1, 0, 1, 0], "n": [90, 10, 10, 90]}
    menus = {"b": [[0, 1, 2], [0, 1], [0, 1, 2], [0, 1]]}
    plain = blocs.fit(blocs.Profiles.from_table(rows, weights="n"), 2, starts=4)
    some = blocs.fit(blocs.Profiles.from_table(rows, weights="n", menus=menus), 2, starts=4)
    assert {one.item for one in answers_apart(plain)[0]} == {"a", "b", "c"}
    assert {one.item for one in answers_apart(some)[0]} == {"a", "c"}
    numbers = blocs.Profiles.from_table(rows, weights="n", kinds={"a": blocs.Poisson()})
    assert "a" not in {one.item for one in answers_apart(blocs.fit(numbers, 2, starts=4))[0]}


def test_one_type_is_not_set_apart_and_20_points_are_enough() -> None:
    rows = {"a": [1, 1, 0, 0], "b": [1, 0, 1, 0], "c": [1, 0, 1, 0], "n": [52, 48, 48, 52]}
    fit = blocs.fit(blocs.Profiles.from_table(rows, weights="n"), 1)
    assert list(set_apart(fit, None, "the rows", {})) == []
    assert Answer("a", 1, 0.7, 0.5).difference == APART == Answer("a", 1, 0.5, 0.7).difference


def test_answers_by_group_are_described_one_by_one() -> None:
    rows = {"a": [1, 1, 0, 0] * 2, "b": [1, 1, 0, 0] * 2, "c": [1, 0, 1, 0] * 2, "n": [90, 10, 10, 90] * 2,
            "town": ["A"] * 4 + ["B"] * 4}  # fmt: skip
    fits = blocs.fit_by_group(blocs.Profiles.from_table(rows, items=["a", "b", "c"], weights="n", groups="town"), 2,
                              "town", starts=4)  # fmt: skip
    fits = replace(fits, fits={label: with_hits(replace(one, status="converged", identified=True), 3)
                               for label, one in fits.fits.items()})  # fmt: skip
    text = blocs.explain(fits).text("types")
    assert text.count(". It is set apart by the answers to ") == 2
    assert text.index("the group A up") < text.index("set apart") < text.index("the group B up")


def test_a_party_that_nobody_is_of(good) -> None:
    with pytest.raises(blocs.InputError) as error:
        blocs.explain(good, names={"DEN": "Evers"})
    assert str(error.value) == "names: no voters are of 'DEN'. The parties are DEM, REP. Nearest match: DEM."


def test_a_comparison_that_is_none_and_errors_of_groups(good, coded) -> None:
    fits = blocs.FitsByGroup("top", {"DEM": good}, {"DEM": (1, 2)})
    with pytest.raises(blocs.InputError) as error:
        blocs.explain(fits, errors=blocs.standard_errors(good, coded), comparison=pd.DataFrame({"types": [1]}))
    assert str(error.value) == (
        "2 faults:\n"
        "  - errors: fits by group have no standard errors. Leave it out.\n"
        "  - comparison: there are no columns 'n', 'loglik', 'parameters', 'bic'. The columns are 'types'."
    )
    whole = compared(good, [9.0, 7.0, 8.0])
    dem, rep = whole.copy(), whole.assign(n=5.0)
    dem.insert(0, "top", "DEM")
    rep.insert(0, "top", "REP")
    both = {"DEM": good, "REP": good}
    two = blocs.FitsByGroup("top", both, {"DEM": (1, 2), "REP": (1, 2)})
    same = "Compare the data that were fitted, with the options of the fit."
    for fit, table, message in (
        (fits, whole, "comparison: it is of one model for all, and the fits are by 'top'. Give what `blocs compare "
         "--by top --out` wrote."),
        (two, dem, f"comparison: it has no rows of 'REP'. Its groups are 'DEM'. {same}"),
        (good, pd.concat([dem, rep]), "comparison: it has rows of 2 groups, 'DEM', 'REP'. The fit is of all "
         f"observations. {same}"),
        (two, pd.concat([dem, rep]), f"comparison, top REP: it is of 5 observations, and the fit of {good.n:,.0f}. "
         f"{same}"),
    ):  # fmt: skip
        with pytest.raises(blocs.InputError) as error:
            blocs.explain(fit, comparison=table)
        assert str(error.value) == message


def test_the_number_of_types_of_each_party(good, coded) -> None:
    """BIC is stated for each party by itself, by the name of its candidate."""
    dem, rep = (compared(good, bic) for bic in ([9.0, 7.0, 8.0], [9.0, 8.0, 7.0]))
    dem.insert(0, "top", "DEM")
    rep.insert(0, "top", "REP")
    fits = blocs.FitsByGroup("top", {"DEM": good, "REP": good}, {"DEM": (1, 2), "REP": (1, 2)})
    found = blocs.explain(fits, comparison=pd.concat([dem, rep]), names={"DEM": "Evers", "REP": "Walker"})
    assert found.text("number") == (
        "The number of types is a choice of the analyst; for voters of Evers, BIC was lowest at 2, of 1 to 3 that were "
        "tried; for voters of Walker, BIC kept falling up to 3, the largest tried, and here there are 2."
    )


def test_place_date_and_names_are_of_ballots() -> None:
    fit = blocs.fit(blocs.Profiles.from_table({"a": [0, 1], "b": [0, 1]}), 1)
    with pytest.raises(blocs.InputError) as error:
        blocs.explain(fit, place="Ward 9", names={"DEM": "Evers"})
    assert str(error.value) == (
        "2 faults:\n"
        "  - place: it is for ballots only. The fit is of a table of answers. Leave it out.\n"
        "  - names: it is for ballots only. The fit is of a table of answers. Leave it out."
    )


def test_other_data_are_refused(good, coded) -> None:
    table = pd.DataFrame(ROWS[:5], columns=[*OFFICES, "voters"])
    other = blocs.code_rows(blocs.read_cvr(table, offices=OFFICES, weights="voters"))
    with pytest.raises(blocs.MismatchError):
        blocs.explain(good, other)
