"""Faults: their text, and the errors that hold them."""

from __future__ import annotations

import doctest

import pytest

import blocs
from blocs.core import errors
from blocs.core.errors import Fault, InputError, PathError, named
from blocs.files.atomic import existing


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault("it is 3"), "it is 3."),
        (Fault("it is 3", "row 2", "It is 1", "2", "Write 1"), "row 2: it is 3. It is 1. Nearest match: 2. Write 1."),
        (Fault("it is 3", argument="init"), "init: it is 3."),
        (Fault("it is 3", argument="columns", key="voter"), "columns['voter']: it is 3."),
        (Fault("it is 3", "row 2", argument="init"), "init, row 2: it is 3."),
        (Fault("it is 3", remedy="Set `memory=`"), "it is 3. Set `memory=`."),
    ],
)
def test_the_text_of_a_fault(fault: Fault, text: str) -> None:
    assert str(fault) == text
    assert str(InputError(fault)) == text
    assert str(InputError(fault, Fault("y"))) == f"2 faults:\n  - {text}\n  - y."


def test_a_name_that_is_not_in_a_table_names_its_argument() -> None:
    with pytest.raises(InputError) as caught:
        named({"plain": 1, "compiled": 2}, "plian", "kernel", "kernel", "kernels", "Choose one")
    assert caught.value.faults == (
        Fault("there is no kernel 'plian'", rule="The kernels are 'plain', 'compiled'", nearest="plain",
              remedy="Choose one", argument="kernel"),
    )  # fmt: skip


def test_a_file_that_is_not_there_is_a_path_error_and_so_an_input_error() -> None:
    with pytest.raises(PathError, match=r"nowhere\.csv: there is no such file or folder"):
        existing("nowhere.csv")
    assert issubclass(PathError, blocs.InputError)


def test_the_examples_print_what_they_show() -> None:
    failed, run = doctest.testmod(errors)
    assert not failed
    assert run >= 5
