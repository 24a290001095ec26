"""Coefficients of covariates that are infinite are named by the fit, as by its standard errors."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs import Profiles
from blocs.cli.show import flag_sentences
from blocs.membership import Design, LevelSoftmax, Softmax, separated
from blocs.membership.separation import LEAST
from blocs.model.mixture import Mixture

ITEMS = list("abcde")


def rows(levels: int, alone: int = -1, slope: float = 1.0) -> pd.DataFrame:
    """Return rows of two types whose shares depend on x; those of one level are all of one type."""
    rng = np.random.default_rng(levels)
    x, level = rng.normal(size=400).round(1), np.arange(400) % levels
    kind = (rng.random(400) < 1 / (1 + np.exp(-slope * x))) | (level == alone)
    answers = (rng.random((400, 5)) < np.where(kind, 0.9, 0.1)[:, None]) | (level == alone)[:, None]
    labels = [f"g{number:02d}" for number in level]
    return pd.DataFrame(answers.astype(int), columns=ITEMS).assign(x=x, g=labels)


def of(table: pd.DataFrame) -> Profiles:
    return Profiles.from_table(table, items=ITEMS, covariates=["x", "g"])


@cache
def fitted(levels: int, alone: int, slope: float = 1.0, formula: str = "~ x + C(g)") -> tuple[blocs.Fit, Profiles]:
    profiles = of(rows(levels, alone, slope))
    return blocs.fit(profiles, 2, covariates=formula, starts=2, seed=1, jobs=1), profiles


@pytest.mark.parametrize(("levels", "alone", "slope"), [(4, 2, 1.0), (4, 0, 1.0), (4, -1, 6.0), (22, 3, 1.0)])
def test_the_fit_flags_the_coefficients_that_standard_errors_flag(levels: int, alone: int, slope: float) -> None:
    """A strong slope is finite; where the reference level is separated, all coefficients of levels are infinite."""
    fit, profiles = fitted(levels, alone, slope)
    flags = fit.coefficients()["flag"].tolist()
    assert flags == blocs.standard_errors(fit, profiles).coefficients()["flag"].tolist()
    expected = {-1: [], 0: ["intercept", "g[g01]", "g[g02]", "g[g03]"]}.get(alone, [f"g[g{alone:02d}]"])
    assert list(fit.separated) == expected
    assert ("boundary" in fit.flags) == bool(expected)


def test_the_parts_go_with_the_types_and_into_the_file(tmp_path: Path) -> None:
    fit, profiles = fitted(4, 2)
    fit.save(tmp_path / "fit.json")
    again = blocs.load(tmp_path / "fit.json", profiles)
    assert again.separated == fit.separated == {"g[g02]": (0, 1)}
    assert again.flags == fit.flags
    assert fit.relabel({1: 2, 2: 1}).coefficients()["flag"].tolist() == fit.coefficients()["flag"].tolist()
    saved = {**fit.to_dict()}
    saved["covariates"] = {**saved["covariates"], "separated": {"g[none]": [0, 1]}}
    with pytest.raises(ValueError, match="the infinite coefficients do not fit the columns and types"):
        blocs.Fit.from_dict(saved)
    assert flag_sentences(fit)["boundary"] == (
        "Covariates separate types: coefficients of g[g02] are infinite, and the numbers are where the fit stopped."
    )


@pytest.mark.parametrize("place", [0, 1, 5])
def test_levels_one_by_one_and_all_columns_together_find_the_same(place: int) -> None:
    """Three types, of which one is absent from a level: from the blocks of levels and from the whole matrix."""
    profiles = of(rows(22))
    design = Design.of("~ x + C(g)", profiles)
    gamma = np.zeros((1 + len(design.columns), 3))
    gamma[0] = 1 / 3
    by_level, plain = (Mixture.of(profiles.schema, 3, prior, "compiled", design) for prior in (0.0, 1.0))
    assert isinstance(by_level.membership, LevelSoftmax) and not isinstance(plain.membership, LevelSoftmax)
    odds = np.zeros((22, 3))
    odds[place, 2] = -40.0
    gamma[1 + by_level.membership._at] = by_level.membership._from_odds(odds)
    gamma[1 + int(design.at_others[0])] = [0.0, 0.5, -0.5]
    found = []
    for mixture in (plain, by_level):
        shard, membership = mixture.shard(profiles), mixture.membership
        assert isinstance(membership, Softmax)
        totals = np.bincount(shard.group)[:, None] * np.full(3, 1 / 3)
        found.append(separated(membership, membership.statistics(gamma, shard, totals), LEAST))
    assert found[0] == found[1]
    every = ["intercept", *(f"g[g{g:02d}]" for g in range(1, 22))]
    assert found[0] == dict.fromkeys(every if place == 0 else [f"g[g{place:02d}]"], (0, 0, 2))
