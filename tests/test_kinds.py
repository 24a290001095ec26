"""Descriptions of columns that name none, or one twice, and numbers that are none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import blocs
from blocs.core.errors import InputError


def refusal(make: Any) -> str:
    with pytest.raises(InputError) as caught:
        make()
    return str(caught.value)


@pytest.mark.parametrize("kind", [blocs.Multinomial, blocs.Gaussian])
def test_columns_are_a_list_of_names(kind: Any) -> None:
    assert refusal(lambda: kind(4.5)) == "columns: it is 4.5. It is a list of the names of columns."
    assert refusal(lambda: kind(None)) == "columns: it is None. It is a list of the names of columns."
    assert refusal(lambda: kind(["x", "y", "x"])) == "columns: column 'x' is named twice. Each is named once."


@pytest.mark.parametrize(("floor", "ridge"), [("a", 0.0), (np.nan, 0.0), (np.inf, 0.0), (1e-10, None), (1e-10, np.nan)])
def test_floor_and_ridge_are_numbers(floor: Any, ridge: Any) -> None:
    assert refusal(lambda: blocs.Gaussian(["x"], floor=floor, ridge=ridge)) == (
        f"covariance: the floor is {floor!r} and the ridge {ridge!r}. The floor is a positive number, and the ridge "
        "one of 0 or more."
    )


@pytest.mark.parametrize("role", ["weights", "design_weights"])
def test_a_masked_weight_is_missing(role: str) -> None:
    weights = np.ma.masked_array([1, 2, 3], mask=[False, True, False])
    assert refusal(lambda: blocs.Profiles.from_table({"a": [0, 1, 1]}, **{role: weights})) == (
        f"{role}: the weight of row 1 is missing, which is not a finite number. Weights are finite and not negative. "
        "Give a weight of 0 to rows that should not count."
    )
