"""How many types: the criteria by their formulas, cross-validation by splitting counts, and the recommendation."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.core.errors import InputError, UnsupportedError
from blocs.inference.criteria import criteria, parameters_at_boundary
from blocs.inference.cross_validation import folds_of, held_out
from blocs.inference.recommendation import Recommendation

ITEMS = {"values": ["A", "B", "C", "D"], "cheating": ["LIEEXAM", "LIEPAPER", "FRAUD", "COPYEXAM"]}
NAMES = {"AIC": "aic", "AIC3": "aic3", "BIC": "bic", "aBIC": "abic", "CAIC": "caic", "AWE": "awe", "CLC": "clc",
         "ICL_BIC": "icl"}  # fmt: skip


@pytest.mark.parametrize("name", ITEMS)
def test_criteria_are_the_published_ones(name: str, shared_data: Callable[[str], Path]) -> None:
    told = {n["id"]: n["value"] for n in json.loads(shared_data("inference/numbers.json").read_text())["numbers"]}
    profiles = blocs.Profiles.from_table(pd.read_csv(shared_data(f"lca/{name}.csv")), items=ITEMS[name])
    row = blocs.compare(profiles, 2, starts=10, seed=1, jobs=1).iloc[0]
    expected = told[f"{name}_K2.fit"]
    for theirs, ours in NAMES.items():
        assert row[ours] == pytest.approx(expected[theirs], abs=2e-3), theirs
    assert row["relative_entropy"] == pytest.approx(expected["entropy_relative_Mplus"], abs=1e-5)
    assert row["entropy_r2"] == pytest.approx(expected["entropy_R2_LatentGOLD"], abs=1e-5)
    assert row["parameters"] - row["parameters_at_boundary"] == expected["parameters_not_at_boundary"]


def people(n: int = 400, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    kind = rng.random(n) < 0.6
    return pd.DataFrame({f"q{j}": np.where(rng.random(n) < np.where(kind, 0.85, 0.2), "yes", "no") for j in range(5)})


@pytest.fixture(scope="module")
def profiles() -> blocs.Profiles:
    return blocs.Profiles.from_table(people())


def test_criteria_by_their_formulas(profiles: blocs.Profiles) -> None:
    fit = blocs.fit(profiles, 2, starts=4, jobs=1)
    zeta = fit.evaluate(profiles).posterior
    en = -math.fsum(n * z * math.log(z) for n, row in zip(profiles.counts, zeta, strict=True) for z in row if z > 0)
    deviance, p, n = -2 * fit.loglik, 11, 400
    expected = {
        "aic": deviance + 2 * p, "aic3": deviance + 3 * p, "bic": deviance + p * math.log(n),
        "abic": deviance + p * math.log((n + 2) / 24), "caic": deviance + p * (math.log(n) + 1),
        "awe": deviance + 2 * en + 2 * p * (1.5 + math.log(n)), "clc": deviance + 2 * en,
        "icl": deviance + p * math.log(n) + 2 * en,
    }  # fmt: skip
    assert criteria(fit) == pytest.approx(expected)
    one = blocs.fit(profiles, 1)
    assert criteria(one)["clc"] == -2 * one.loglik  # the type of every row is known


def at(mu: list[float]) -> int:
    """Parameters at the boundary of one type with these probabilities of x, y, z; nobody is fitted."""
    profiles = blocs.Profiles.from_table({"a": ["x", "y", "z"]})
    params = blocs.given(profiles, [1.0], {"a": dict(zip("xyz", ([p] for p in mu), strict=True))})
    return parameters_at_boundary(replace(blocs.fit(profiles, 1), params=params))


def test_parameters_at_the_boundary() -> None:
    assert at([0.5, 0.3, 0.2]) == 0
    assert at([0.5, 0.5, 0.0]) == 1
    assert at([1.0, 0.0, 0.0]) == 2
    never = blocs.Profiles.from_table({"a": [0, 0, 1, 1], "b": [0, 0, 1, 1], "c": [0, 0, 1, 1]})
    table = blocs.compare(never, [1, 2], starts=2)
    assert table["parameters_at_boundary"].tolist() == [0, 6]  # each type answers everything in one way


def test_a_small_probability_on_the_full_menu_is_not_at_the_boundary_where_another_menu_shows_its_odds() -> None:
    """y and z are rare beside x, and 7 to 3 where x is not on offer: one parameter is at the boundary, not two."""
    table = {"a": ["x", "y", "z"], "m": [0, 1, 1], "n": [100, 7, 3]}
    profiles = blocs.Profiles.from_table(table, items=["a"], weights="n", menus={"a": ("m", {0: "xyz", 1: "yz"})})
    fit = blocs.fit(profiles, 1)
    mu = fit.params.families[0][:, 0, 0]
    assert (mu[1:] < 1e-6).all()
    assert parameters_at_boundary(fit) == 1
    rates = blocs.Profiles.from_table({"n": [0, 0, 0], "k": [2, 2, 2]}, kinds={"n": blocs.Poisson(),
                                                                              "k": blocs.Binomial(2)})  # fmt: skip
    assert parameters_at_boundary(blocs.fit(rates, 1)) == 2  # a rate of 0, a probability of 1


def test_folds_divide_the_observations(profiles: blocs.Profiles) -> None:
    folds = folds_of(profiles, 3, seed=1)
    assert sum(folds).tolist() == profiles.counts.astype(int).tolist()
    assert [int(fold.sum()) for fold in folds] == [133, 133, 134]
    assert min(int(fold.min()) for fold in folds) >= 0
    again, other = folds_of(profiles, 3, seed=1), folds_of(profiles, 3, seed=2)
    assert [fold.tolist() for fold in folds] == [fold.tolist() for fold in again]
    assert [fold.tolist() for fold in folds] != [fold.tolist() for fold in other]


def test_every_division_is_as_probable() -> None:
    """4 observations in 2 profiles, 2 folds: hypergeometric probabilities 1/6, 4/6, 1/6."""
    small = blocs.Profiles.from_table({"a": [0, 0, 1, 1]})
    first = [int(folds_of(small, 2, seed)[0][0]) for seed in range(1200)]
    assert np.bincount(first) / 1200 == pytest.approx([1 / 6, 4 / 6, 1 / 6], abs=0.05)


def test_the_held_out_log_likelihood_is_that_of_fits_to_the_other_folds(profiles: blocs.Profiles) -> None:
    """By rows: each fold's rows are scored by a fit of all the other rows, found from random starts."""
    folds = folds_of(profiles, 4, seed=2)
    fit = blocs.fit(profiles, 2, starts=4, jobs=1)
    labels = pd.DataFrame(profiles.codes, columns=profiles.schema.names)  # codes will do as labels
    total = 0.0
    for fold in folds:
        train = labels.assign(n=profiles.counts - fold)
        test = labels.assign(n=fold)
        kept = blocs.fit(blocs.Profiles.from_table(train, weights="n"), 2, starts=10, jobs=1)
        total += kept.score(blocs.Profiles.from_table(test, weights="n"))
    assert held_out([fit], profiles, folds) == [pytest.approx(total / 400, abs=1e-5)]


def test_cross_validation_finds_the_number_of_types(profiles: blocs.Profiles) -> None:
    table = blocs.compare(profiles, range(1, 4), starts=5, jobs=1, cross_validate=5)
    gains = np.diff(table["held_out"])
    assert gains[0] > 0.5  # an observation
    assert gains[1] < 0.002 < np.diff(table["loglik"])[1] / 400  # what the third type explains is chance
    turned = blocs.Profiles.from_table(people().iloc[::-1])
    again = blocs.compare(turned, range(1, 4), starts=5, jobs=1, cross_validate=5)
    assert again["held_out"].tolist() == table["held_out"].tolist()
    assert blocs.compare(profiles, 1)["held_out"].isna().all()


def test_an_outcome_that_only_the_fold_has_makes_it_impossible() -> None:
    table = {"a": ["x"] * 20 + ["y"] * 20 + ["z"]}
    lone = blocs.Profiles.from_table(table)
    assert blocs.compare(lone, 1, cross_validate=2)["held_out"].tolist() == [-math.inf]


def refused(question: Callable[[], object]) -> str:
    with pytest.raises((InputError, UnsupportedError)) as caught:
        question()
    return str(caught.value)


def test_what_cross_validation_refuses(profiles: blocs.Profiles) -> None:
    for wrong in (1, 401, True, 2.5):
        assert refused(lambda wrong=wrong: blocs.compare(profiles, 1, cross_validate=wrong)) == (
            f"cross_validate: it is {wrong!r}. It is a whole number of folds, 2 to the 400 observations."
        )
    half = blocs.Profiles.from_table({"a": [0, 1], "w": [1.5, 2.5]}, items=["a"], weights="w")
    assert refused(lambda: blocs.compare(half, 1, cross_validate=2)) == (
        "Cross-validation is not available with sampling weights or counts that are not whole: it divides observations."
    )


def rows(*told: tuple[int, float, float, float, str]) -> pd.DataFrame:
    """A comparison: types, BIC, AIC, ICL, flags."""
    table = pd.DataFrame(told, columns=["types", "bic", "aic", "icl", "flags"])
    return table.assign(hits=[1 if "best_once" in flags else 5 for flags in table["flags"]], starts=20,
                        held_out=math.nan)  # fmt: skip


@pytest.mark.parametrize(
    ("table", "types", "reasons"),
    [
        (rows((1, 900, 890, 900, ""), (2, 700, 680, 720, ""), (3, 710, 670, 800, "")), 2,
         ("BIC is lowest at 2 types; 3 types have 10.00 more.",
          "AIC is lowest at 3 types; it counts parameters less.")),
        (rows((1, 900, 890, 900, ""), (2, 700, 680, 950, ""), (3, 650, 640, 800, "boundary, not_identified")), 2,
         ("BIC is lowest at 2 types; 1 type has 200.00 more.",
          "The fit of 3 types has a lower BIC, but the data cannot tell its types apart.",
          "ICL is lowest at 1 type: it measures separation, and rejects types that overlap even where they are "
          "real.")),
        (rows((1, 900, 890, 900, ""), (2, 700, 680, 720, ""), (3, 690, 670, 715, ""),
              (4, 685, 660, 712, "best_once")), 4,
         ("BIC is lowest at 4 types; 3 types have 5.00 more.",
          "It is the largest number that was fitted, and BIC may fall further: compare more types, or look at 2 "
          "types, after which BIC falls slowly.",
          "AIC and ICL are lowest at 4 types, too.",
          "Caution: 1 of 20 starts reached its best optimum by their own iterations; use more starts.")),
        (rows((2, 700, 680, 720, "step_limit")), 2,
         ("Only the fit of 2 types can be used.", "Caution: it did not converge.")),
        (rows((1, 900, 890, 900, ""), (2, 700, 680, 720, "")).assign(held_out=[-1.5, -1.2]), 2,
         ("BIC is lowest at 2 types; 1 type has 200.00 more.",
          "It is the largest number that was fitted, and BIC may fall further: compare more types.",
          "The held-out log-likelihood is highest at 2 types, too.", "AIC and ICL are lowest at 2 types, too.")),
        (rows((1, 900, 890, 900, ""), (2, 990, 880, 990, "")).assign(held_out=[-1.5, -1.25]), 1,
         ("BIC is lowest at 1 type; 2 types have 90.00 more.",
          "The held-out log-likelihood is highest at 2 types (-1.25000 an observation, against -1.50000).",
          "AIC is lowest at 2 types; it counts parameters less.")),
        (rows((1, 900, 890, 900, ""), (2, 700, 680, 720, "held_out_interrupted, blrt_interrupted"),
              (3, 710, 690, 800, "blrt_interrupted")), 2,
         ("BIC is lowest at 2 types; 3 types have 10.00 more.",
          "Caution: the cross-validation was interrupted, and is not finished for 2 types.",
          "Caution: the bootstrap likelihood-ratio test was interrupted, and is not finished for 2, 3 types.",
          "AIC and ICL are lowest at 2 types, too.")),
    ],
)  # fmt: skip
def test_the_recommendation_and_its_reasons(table: pd.DataFrame, types: int, reasons: tuple[str, ...]) -> None:
    assert blocs.recommend(table) == Recommendation(types, reasons)


def test_what_is_no_comparison_is_refused() -> None:
    assert refused(lambda: blocs.recommend(pd.DataFrame({"types": [1], "bic": [2.0]}))) == (
        "table: there are no columns 'aic', 'icl', 'hits', 'starts', 'flags'. The columns are 'types', 'bic'. "
        "Nearest match: bic for 'aic', bic for 'icl'."
    )
    assert refused(lambda: blocs.recommend(rows().astype(object))) == (
        "table: there are no rows. At least one number of types is needed."
    )
