"""Tiny versions of the suite, so that it cannot rot: `pytest benchmarks`."""

from __future__ import annotations

import json
from importlib import import_module

import numpy as np
import pytest

pytest.importorskip("pytest_benchmark")

from benchmarks import acceleration, counts, county, first_result, growth, memory, run, startup, weighted
from benchmarks.cases import CASES, Case
from benchmarks.common import loglik
from benchmarks.rivals import RIVALS, numpy_em
from benchmarks.worker import fits, iterations

TINY = ("W1", "W2", "W3-300", "W3-300-outcomes", "W5-slides", "G")


def ready(name, case):
    """A rival that is here and takes the case; the test is skipped, with the reason, where it is not."""
    rival = import_module(f"benchmarks.rivals.{name}")
    reason = rival.missing() or rival.takes(case)
    if reason:
        pytest.skip(reason)
    return rival


@pytest.mark.parametrize("name", CASES)
def test_cases_are_whole(name, tmp_path):
    case = CASES[name](quick=True)
    case.save(tmp_path / "case.npz")
    again = Case.load(tmp_path / "case.npz")
    np.testing.assert_array_equal(again.votes, case.votes)
    assert again.outcomes == case.outcomes
    assert (case.votes < np.array(case.outcomes)).all()
    if case.values is not None:
        np.testing.assert_array_equal(again.values, case.values)
    assert np.isfinite(loglik(again, again.start(1)))


@pytest.mark.parametrize("rival", RIVALS)
@pytest.mark.parametrize("name", TINY)
def test_rivals_agree_after_the_same_iterations(benchmark, name, rival):
    case = CASES[name](quick=True)
    module, start = ready(rival, case), case.start(1)
    table = module.prepare(case)
    end = benchmark.pedantic(module.iterate, (table, start, 8), rounds=1)
    if case.values is not None:
        other = import_module("benchmarks.rivals.scikit_learn")
        assert loglik(case, end) == pytest.approx(loglik(case, other.iterate(other.prepare(case), start, 8)), rel=1e-9)
    elif case.menu is None:
        other = numpy_em.iterate(numpy_em.prepare(case), start, 8)
        assert loglik(case, end) == pytest.approx(loglik(case, other), rel=1e-5 if rival == "pomegranate" else 1e-10)
    assert loglik(case, end) > loglik(case, start)


@pytest.mark.parametrize("rival", ["blocs", "numpy_em", "stepmix"])
def test_fits(rival):
    case = CASES["W5-slides"]()
    got = fits(ready(rival, case), case, seed=1, starts=4, gain=1e-6)
    assert got["loglik"] == pytest.approx(-296.78555, abs=1e-4)
    assert got["at_best"] >= 1


def test_worker_measures_an_iteration():
    case = CASES["W3-300"](quick=True)
    got = iterations(ready("blocs", case), case, seed=1, short=1, long=3, repeats=1)
    assert {"cpu", "wall", "peak_mb", "loglik"} <= set(got)


def test_one_command_prints_a_table(capsys, monkeypatch, tmp_path):
    out = tmp_path / "out.json"
    monkeypatch.setattr(run, "PLANS", {"W5-slides": [run.Job("fits", {"starts": 2}, ("blocs", "pomegranate"))]})
    monkeypatch.setattr("sys.argv", ["run", "--quick", "--rounds", "1", "--json", str(out)])
    run.main()
    assert "| blocs " in capsys.readouterr().out
    assert json.loads(out.read_text())[0]["rivals"]["blocs"]["starts"] >= 2


def test_a_rival_that_is_not_here_is_named(tmp_path):
    file = tmp_path / "case.npz"
    CASES["W5-slides"]().save(file)
    assert run.measure("/nowhere/python", "blocs", run.Job("version", {}), file)["missing"]


def test_acceleration():
    got = acceleration.compare(CASES["W1"](4, quick=True), starts=3, seed=1, steps=5_000)
    assert got.lower <= got.starts == 3
    assert got.ratio > 1
    assert got.lower_in_fit == 0


def test_counts(capsys):
    counts.measure(1_000)
    assert "binomial, 20 trials: 1,000 rows read" in capsys.readouterr().out


def test_memory(tmp_path):
    got = memory.measure(1_000)
    assert {"codes", "table", "numbers"} <= set(got)


def test_startup():
    assert startup.best([startup.sys.executable, "-c", "pass"], 1).wall > 0


def test_a_first_result():
    first_result.one("fit")
    assert first_result.one("fit") == 0  # what was compiled is there


def test_growth_of_an_iteration():
    name = next(iter(growth.SIZES))
    assert growth.iteration(name, 10) > 0
    line = list(growth.table(name, {"now": [float(2**i) for i in range(len(growth.SIZES[name]))]}))[3]
    assert line == "| 20 | 2.000 | 2.00 |"


def test_fits_under_other_weights(capsys, monkeypatch):
    monkeypatch.setattr(weighted, "FITS", 4)
    monkeypatch.setattr(weighted, "ALONE", 2)
    monkeypatch.setattr(weighted, "palm_beach", weighted.small)
    weighted.main()
    rows = capsys.readouterr().out.splitlines()[2:]
    assert [row.split(" | ")[:2] for row in rows] == [["| 300 x 5, K = 2", "31"]] * 2


def test_fits_of_a_county(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["county", "--voters", "400", "--types", "2", "--seeds", "1"])
    county.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| ms an iteration, K = 6 | 1 start | 10 starts |"
    assert lines[-1].startswith("| 2 | 0 | now | -")
