"""What objects print: answers to read their text, others one line in angle brackets."""

from __future__ import annotations

import pytest

import blocs
from blocs.inference.shown_shares import shown_shares
from blocs.report import Report
from blocs.simulation.county import MOST_OFFICES, MOST_VOTERS
from blocs.simulation.truth import MOST_TYPES
from plots_support import coded

TABLE = {"a": [0, 0, 1, 1] * 20, "b": [0, 1, 1, 1] * 20, "region": ["N"] * 40 + ["S"] * 40}


def test_results_with_tables_inside_print_one_line() -> None:
    profiles = blocs.Profiles.from_table(TABLE, items=["a", "b"], groups="region")
    fit = blocs.fit(profiles, 1)
    step = blocs.step(fit.mixture, fit.params, profiles)
    assert repr(step) == f"<Step of 1 type from log-likelihood {fit.loglik:,.4f}>"
    found = blocs.goodness_of_fit(fit, profiles)
    assert repr(found) == f"<GoodnessOfFit: G2 {found.g2:.4f}, X2 {found.x2:.4f} on 1>"
    assert repr(shown_shares(fit, profiles, "region")) == "<ShownShares of 2 groups, 0 withheld>"
    assert repr(Report("<p>")) == "<Report of 3 characters: types stable>"
    assert repr(Report("<p>", stable=False)) == "<Report of 3 characters: types not stable enough to report>"
    test = blocs.iia_test(coded().profiles, 1)
    line = f"<{test.title}: LR {test.statistic:,.2f}"
    assert repr(test).startswith(line) and repr(test).endswith(">") and "\n" not in repr(test)


def test_coded_ballots_have_the_remedy() -> None:
    with pytest.raises(blocs.InputError) as error:
        blocs.fit(coded(), 2)
    assert str(error.value) == (
        "profiles: it is a Coded. Profiles are unique rows of a data set. Give its profiles, `.profiles`."
    )


def test_the_help_of_simulate_and_demo_has_the_limits() -> None:
    from click.testing import CliRunner

    from blocs.cli import cli

    shown = {name: " ".join(CliRunner().invoke(cli, [name, "--help"]).output.split()) for name in ("simulate", "demo")}
    limits = (f"from 1 to {MOST_VOTERS:,}", f"from 2 to {MOST_OFFICES:,}")
    assert [words for text in shown.values() for words in limits if words not in text] == []
    assert f"Number of types, from 1 to {MOST_TYPES:,}" in shown["simulate"]
