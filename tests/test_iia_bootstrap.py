"""The bootstrap of the test of IIA: tables fitted again from scratch, chi-square in large samples, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

import blocs
from blocs.core.errors import InputError, UnsupportedError
from blocs.inference.drawn_statistics import Drawing
from blocs.inference.fitted_rows import rows_of
from blocs.inference.iia_bootstrap import simulated_ratios, simulated_scores
from blocs.inference.simulated_tables import Simulation
from blocs.profiles import Profiles
from test_iia import house, profiles_of, two_kinds

FEW = {"starts": 3, "seed": 1, "jobs": 1}


@pytest.fixture(scope="module")
def voters() -> Profiles:
    return profiles_of(two_kinds(600, 4, 0.0))


def test_statistics_of_replicates_are_those_of_their_tables(voters: Profiles) -> None:
    """Each table that is drawn is tested as if it were data, from random starts."""
    test = blocs.iia_test(voters, 2, **FEW)
    rows, tested = rows_of(test.pooled, voters), [voters.schema.item("o4")]
    assert test.by_menu is not None
    freed = [(tested, test.by_menu)]
    ratios = simulated_ratios(rows, test.pooled, freed, Drawing(6, 1, 2))
    scores = simulated_scores(rows, test.pooled, tested, Drawing(6, 1))
    [(_, drawn, counts)] = Simulation.of(rows.mixture, rows.params, rows.profiles, "it", 1).tables(6)
    for b in range(3):
        there = np.flatnonzero(counts[:, b])
        table = drawn.take(there, counts[there, b])
        assert table.n == voters.n
        assert ratios[b, 0] == pytest.approx(blocs.iia_test(table, 2, starts=8, jobs=1).statistic, abs=2e-3)
        again = blocs.iia_test(table, 2, kind="wald", starts=8, jobs=1)
        assert scores[b] == pytest.approx([again.statistic] * 2, abs=5e-3)
    np.testing.assert_array_equal(simulated_ratios(rows, test.pooled, freed, Drawing(6, 1, 1)), ratios)
    assert (ratios >= 0).all()


def test_p_values_are_counted_and_shown(voters: Profiles) -> None:
    for kind, name in (("lr", "LR"), ("wald", "score")):
        done: list[int] = []
        test = blocs.iia_test(voters, 2, kind=kind, bootstrap=39, each=done.append, **FEW)
        assert done[-1] == 39 and done == sorted(set(done))
        assert (test.bootstrap, test.items["bootstrap_p"].tolist()) == (39, [test.bootstrap_p])
        assert test.bootstrap_p is not None and test.bootstrap_p * 40 == pytest.approx(round(test.bootstrap_p * 40))
        assert abs(test.bootstrap_p - test.p) < 0.2
        words = f"{name} {test.statistic:.2f}, 2 degrees of freedom, p = {test.p:.4f} (chi-square), "
        assert f"all items  {words}p = {test.bootstrap_p:.4f} (bootstrap of 39)\n" in str(test)
        data = json.loads(json.dumps(test.to_dict(), allow_nan=False))
        assert (data["bootstrap"], data["bootstrap_p"]) == (39, test.bootstrap_p)
        page = blocs.papers.iia(test).to_markdown()
        assert "p (bootstrap of 39)" in page
        large = round(test.bootstrap_p * 40) - 1
        assert test.notes[-1] == (f"In {large} of 39 replicates the statistic of all items was as large as here; the "
                                  "smallest p that so many can give is 0.0250.")  # fmt: skip
    plain = blocs.iia_test(voters, 2, **FEW)
    assert (plain.bootstrap, plain.bootstrap_p, "bootstrap_p" in plain.items) == (0, None, False)
    assert "bootstrap" not in blocs.papers.iia(plain).to_markdown()


def test_several_items_each_have_their_own() -> None:
    table = two_kinds(600, 4, 0.4)
    table["p4"] = two_kinds(600, 5, 0.0)["o0"].where(table["stood"], 2 * (two_kinds(600, 6, 0.0)["o0"] > 0))
    menu = ("stood", {True: {0, 1, 2}, False: {0, 2}})
    data = Profiles.from_table(table, items=["o4", "p4"], menus={"o4": menu, "p4": menu})
    test = blocs.iia_test(data, 1, bootstrap=39)
    assert test.items["item"].tolist() == ["o4", "p4"]
    assert test.statistic == pytest.approx(test.items["statistic"].sum(), abs=1e-4)  # of one type items are independent
    assert test.items["bootstrap_p"].tolist() == pytest.approx(test.items["p"].tolist(), abs=0.15)
    assert test.bootstrap_p is not None and test.bootstrap_p == pytest.approx(test.p, abs=0.15)


def test_in_large_samples_it_is_chi_square() -> None:
    data = house((500, 400, 100, 79, 21))
    test = blocs.iia_test(data, 1, bootstrap=1999)
    assert test.bootstrap_p == pytest.approx(test.p, abs=0.03)


def refused(question: Callable[[], object]) -> str:
    with pytest.raises((InputError, UnsupportedError)) as caught:
        question()
    return str(caught.value)


def test_what_is_refused(voters: Profiles) -> None:
    assert refused(lambda: blocs.iia_test(voters, 1, kind="wald", cluster="stood", bootstrap=9)) == (
        "A bootstrap of the test of IIA is not available with clusters: rows are drawn one by one. Leave out one of "
        "the two."
    )
    assert refused(lambda: blocs.iia_test(voters, 1, bootstrap=9, covariates="~ age")) == (
        "A bootstrap of the test of IIA is not available with covariates. Leave out one of the two."
    )
    assert refused(lambda: blocs.iia_test(voters, 1, bootstrap=-1)) == (
        "bootstrap: it is -1. It is a whole number, 0 or more."
    )
