"""The examples in docstrings run and print what they show."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import blocs

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(blocs.__path__, "blocs.") if not module.name.endswith("__main__")
)


def examples() -> list[doctest.DocTest]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    tests = [test for name in MODULES for test in finder.find(importlib.import_module(name)) if test.examples]
    return sorted(tests, key=lambda test: test.name)


@pytest.mark.parametrize("test", [pytest.param(test, id=test.name) for test in examples()])
def test_an_example_prints_what_it_shows(test: doctest.DocTest) -> None:
    printed: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=printed.append)
    assert not printed, "".join(printed)


def test_there_are_examples_of_the_functions_that_users_call_most() -> None:
    names = {test.name for test in examples()}
    assert names >= {
        "blocs.em.fit.fit", "blocs.em.single_step.step", "blocs.em.start_values.given",
        "blocs.inference.selection.compare", "blocs.results.fit_result.Fit", "blocs.results.load.load",
    }  # fmt: skip
