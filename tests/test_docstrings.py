"""The examples in docstrings run and print what they show."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
from importlib.util import find_spec

import pytest

import blocs
import blocs.testing

WITHOUT = () if find_spec("pyspark") else ("blocs.engines.spark",)
"""Modules of an extra that the tests do without."""
MODULES = sorted(
    module.name for module in pkgutil.walk_packages(blocs.__path__, "blocs.")
    if not module.name.endswith("__main__") and module.name not in WITHOUT
)  # fmt: skip


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


PUBLIC = [
    *(getattr(blocs, name) for name in blocs.__all__),
    *(getattr(blocs.testing, name) for name in blocs.testing.__all__),
]


@pytest.mark.parametrize("public", PUBLIC, ids=lambda public: public.__name__)
def test_a_public_name_says_what_it_takes_gives_and_refuses(public: type) -> None:
    text = inspect.getdoc(public) or ""
    if inspect.isclass(public) and issubclass(public, Exception):
        assert text
        return
    parameters = [name for name in inspect.signature(public).parameters if name not in ("args", "kwargs")]
    section = re.split(r"(?:Parameters|Attributes)\n-{10}\n", text)[-1].partition("\n---")[0]
    named = {word.strip(" *") for line in re.findall(r"^[\w*, ]+(?= :|$)", section, re.M) for word in line.split(",")}
    assert set(parameters) <= named, "parameters without a description"
    if inspect.isfunction(public):
        assert "Returns\n-------" in text or "Raises\n------" in text
