"""Options of a command as the words that give them, and back."""

from __future__ import annotations

from typing import Any

import click
import pytest

from blocs.cli.fit import command as fit
from blocs.cli.repeat import written


def read(words: list[str]) -> dict[str, Any]:
    """Return what `blocs fit` would get from these words."""
    with click.Context(fit) as parent:
        return fit.make_context("fit", [*words, "x.csv"], parent=parent).params


@pytest.mark.parametrize(
    "values",
    [
        {"types": 4, "starts": 20, "seed": -1, "prior": 0.5, "exchange": False, "steps": 10_000},
        {"groups": ("precinct", "style"), "parties": ("DEM", "REP"), "top": "Governor / Lt. Governor"},
        {"codes": {"v_*": {"0": "none", "1": "REP"}, "w": {"*": "other"}}, "weights": "n"},
        {"columns": {"voter": "id", "is_vote": ()}, "districts": {"US HOUSE": "cd"}, "drop_joined": True},
        {"items": ("a", "b*"), "missing": ("NA", "-9"), "covariates": "~ age + C(party)"},
        {"group_by": "top", "model": True, "labels": "short names.csv"},
    ],
)
def test_words_give_the_values_again(values: dict[str, Any]) -> None:
    words = list(written(fit, values))
    found, plain = read(words), read([])
    for name, value in values.items():
        same = list(value) if isinstance(value, tuple) else value
        assert (list(found[name]) if isinstance(found[name], tuple) else found[name]) == same
    assert {name for name in found if found[name] != plain[name]} <= set(values)


def test_defaults_are_not_written() -> None:
    assert list(written(fit, {"starts": 20, "exchange": True, "parties": ("DEM", "REP"), "covariates": None})) == []
