"""Which columns are clusters: groups and covariates of whole values; outcomes are no clusters and no groups."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs import Profiles

ITEMS = list("abcde")
REMEDY = "Name it as groups= where the profiles are made, or give the label of every row."


@cache
def problem() -> tuple[pd.DataFrame, Profiles, blocs.Fit]:
    rng = np.random.default_rng(4)
    age, party = rng.integers(18, 90, 300), rng.choice(["D", "R"], 300)
    kind = rng.random(300) < 1 / (1 + np.exp(-0.03 * (age - 50.0) - 0.6 * (party == "R")))
    answers = (rng.random((300, 5)) < np.where(kind, 0.85, 0.2)[:, None]).astype(int)
    table = pd.DataFrame(answers, columns=ITEMS).assign(
        age=age, party=party, precinct=rng.choice([f"p{i}" for i in range(30)], 300), turnout=rng.integers(0, 2, 300),
        x=rng.normal(size=300),
    )  # fmt: skip
    covariates = ["age", "party", "precinct", "x"]
    profiles = Profiles.from_table(table, items=ITEMS, covariates=covariates, outcomes="turnout")
    return table, profiles, blocs.fit(profiles, 2, covariates="~ age", by="party", starts=2, seed=1, jobs=1)


@pytest.mark.parametrize("name", ["precinct", "age"])
def test_a_covariate_of_whole_values_is_a_cluster(name: str) -> None:
    table, profiles, fit = problem()
    named = blocs.standard_errors(fit, profiles, cluster=name)
    np.testing.assert_allclose(named.matrix, blocs.standard_errors(fit, profiles, cluster=table[name]).matrix)
    assert named.kind == f"robust, clustered on {name}, {table[name].nunique()} clusters"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x", "covariate 'x' has values that are not whole numbers. Clusters are labels or whole numbers. "),
        ("precnct", "there is no column 'precnct'. The columns are 'age', 'party', 'precinct'. Nearest match: "
         "precinct. "),
    ],
)  # fmt: skip
def test_other_columns_are_refused_and_outcomes_not_offered(name: str, message: str) -> None:
    _, profiles, fit = problem()
    with pytest.raises(blocs.InputError) as caught:
        blocs.standard_errors(fit, profiles, cluster=name)
    assert str(caught.value) == f"cluster: {message}{REMEDY}"


def test_outcomes_are_not_offered_as_groups() -> None:
    table, profiles, _ = problem()
    with pytest.raises(blocs.InputError) as caught:
        blocs.fit(profiles, 2, membership="by_group")
    assert str(caught.value) == (
        "membership: there are the columns 'age', 'party', 'precinct', 'x'. Each group has shares of its own. Name one "
        "or more with `groups=`."
    )
    with pytest.raises(blocs.InputError, match="membership: the profiles have no groups"):
        blocs.fit(Profiles.from_table(table, items=ITEMS, outcomes="turnout"), 2, membership="by_group")
    both = Profiles.from_table(table, items=ITEMS, groups="party", outcomes=["turnout", "party"])
    parts = [*blocs.profiles.split(both, "party").values(), blocs.profiles.concat([both, both])]
    assert [part.cells.outcomes for part in (both, *parts) if part.cells] == [("turnout",)] * 4


def test_the_groups_of_by_are_a_term_as_it_is_written() -> None:
    _, profiles, fit = problem()
    errors = blocs.standard_errors(fit, profiles)
    assert len({errors.wald(term)[1:] for term in ("C(party)", "C(`party`)", "party")}) == 1
    assert [test.term for test in errors.wald_tests()] == ["age", "C(party)"]
    with pytest.raises(blocs.InputError) as caught:
        errors.wald("prty")
    assert str(caught.value) == "term: there is no term 'prty'. The terms are age, C(party)."
