"""The data sets are the same everywhere, are what they are described as, and a fit finds their types."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

import blocs
from blocs import datasets

SUMS = {"coins": "4162fe3fc9df", "survey": "45b1dd6aab49", "county": "804380caf90c"}
"""First letters of the hash of each table as CSV."""


def digest(name: str) -> str:
    table = getattr(datasets, name)().table
    return hashlib.sha256(table.to_csv(index=False).encode()).hexdigest()[:12]


@pytest.mark.parametrize("name", ["coins", "survey", "county"])
def test_a_data_set_is_the_same_everywhere(name: str) -> None:
    assert digest(name) == SUMS[name]


@pytest.mark.parametrize("name", ["coins", "survey", "county"])
def test_shares_are_ordered_and_those_of_the_types_drawn(name: str) -> None:
    data = getattr(datasets, name)()
    drawn = np.bincount(data.types)[1:] / len(data.types)
    n, shares = len(data.types), data.shares.to_numpy()
    assert shares.sum() == pytest.approx(1) and (np.diff(shares) < 0).all()
    assert (np.abs(drawn - shares) < 4 * np.sqrt(shares * (1 - shares) / n)).all()
    assert data._repr_html_().startswith(f"<p>{name}: ") and repr(data).endswith("3 types>")


def test_coins_are_as_often_heads_as_they_are_described() -> None:
    coins = datasets.coins()
    for k, heads in enumerate((0.3, 0.6, 0.9), start=1):
        own = coins.table["heads"][coins.types == k]
        assert abs(own.mean() / 20 - heads) < 4 * np.sqrt(heads * (1 - heads) / (20 * len(own)))
    assert coins.table["heads"].between(0, 20).all() and len(coins.table) == 300
    fit = blocs.fit(coins.profiles, 3, starts=4)
    found = blocs.standard_errors(fit, coins.profiles).table()
    assert (np.abs(found["probability"] - [0.3, 0.6, 0.9]) < 3 * found["se"]).all() and found["se"].max() < 0.05
    assert coins.profiles is coins.profiles


def test_answers_are_as_often_yes_as_they_are_described() -> None:
    survey = datasets.survey()
    for row in survey.probabilities.query("outcome == 'yes'").to_dict("records"):
        own = survey.table[row["item"]][survey.types == row["type"]].dropna()
        p = row["probability"]
        assert abs((own == "yes").mean() - p) < 4 * np.sqrt(p * (1 - p) / len(own))
    missing = survey.table.drop(columns="age").isna().to_numpy().mean()
    assert missing == pytest.approx(0.02, abs=0.01)
    assert survey.table["age"].between(18, 87).all()


def test_a_fit_finds_the_types_of_the_survey_and_what_age_does() -> None:
    survey = datasets.survey()
    fit = blocs.fit(survey.profiles, 3, covariates="~ age", starts=8)
    errors = blocs.standard_errors(fit, survey.profiles)
    order = fit.table().query("outcome == 'yes' and item == 'votes'")["probability"].to_numpy()
    little = int(np.argmin(order)) + 1
    slope = errors.coefficients().query(f"term == 'age' and type == {little}").iloc[0]
    assert abs(slope["coefficient"] + 0.04) < 3 * slope["se"]
    share = errors.shares().query(f"type == {little}").iloc[0]
    assert abs(share["share"] - survey.shares[2]) < 3 * share["se"] and share["se"] < 0.05


def test_a_fit_finds_the_types_of_the_county() -> None:
    county = datasets.county()
    fit = blocs.fit(county.profiles, 3, starts=6)
    found = blocs.standard_errors(fit, county.profiles).shares()
    assert (np.abs(found["share"] - county.shares.to_numpy()) < 3 * found["se"]).all() and found["se"].max() < 0.03
    menus = [item for item in fit.schema.items if len(item.menus) > 1]
    assert len(menus) == 3 and len(county.table) == 4000 * 6 and len(county.types) == 4000
