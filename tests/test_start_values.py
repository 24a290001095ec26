"""Starting values of the caller's: by label, by frame, from another fit; what is wrong with them is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.core.errors import InputError
from blocs.model.mixture import Mixture, Params

TABLE = {"a": ["no", "yes", "yes", "no", "yes"], "b": [1, 2, 1, 3, 2], "n": [30, 20, 5, 12, 9]}
PROFILES = blocs.Profiles.from_table(TABLE, weights="n")
SHARES = [0.6, 0.4]
VALUES: dict[str, Any] = {"a": {"yes": [0.8, 0.1], "no": [0.2, 0.9]}, "b": [[0.5, 0.2], [0.3, 0.3], [0.2, 0.5]]}


def refused(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(InputError) as error:
        call(*arguments, **named)
    return str(error.value)


def test_values_by_label_are_values_in_the_order_of_the_outcomes() -> None:
    params = blocs.given(PROFILES, SHARES, VALUES)
    assert params.shares.tolist() == [SHARES]
    assert params.families[0][:, 0].tolist() == [[0.2, 0.9], [0.8, 0.1], [0.5, 0.2], [0.3, 0.3], [0.2, 0.5]]
    same = blocs.given(Mixture.of(PROFILES.schema, 2), SHARES, VALUES | {"a": [[0.2, 0.9], [0.8, 0.1]]})
    assert same.vector().tolist() == params.vector().tolist()


def test_a_fit_begins_where_it_is_told() -> None:
    """With no step allowed the parameters come back, largest type first, and their log-likelihood is by hand."""
    start = blocs.given(PROFILES, SHARES, VALUES)
    fit = blocs.fit(PROFILES, 2, init=start, steps=0)
    assert fit.shares.tolist() == SHARES
    by_hand = sum(
        n * np.log(sum(pi * VALUES["a"][a][k] * VALUES["b"][b - 1][k] for k, pi in enumerate(SHARES)))
        for a, b, n in zip(*TABLE.values(), strict=True)
    )
    assert fit.loglik == pytest.approx(by_hand, rel=1e-12)
    assert fit.settings["init"] is True
    assert len(fit.ends) == 1
    assert blocs.fit(PROFILES, 2, init=start).loglik > fit.loglik


def test_the_table_of_a_fit_is_a_start() -> None:
    fit = blocs.fit(PROFILES, 2, starts=3)
    again = blocs.given(PROFILES, fit.shares, fit.table().sample(frac=1, random_state=1))
    np.testing.assert_array_equal(again.vector(), fit.params.vector())


def test_several_starts_are_all_run() -> None:
    more = Params.stack([blocs.given(PROFILES, shares, VALUES) for shares in (SHARES, [0.5, 0.5], [0.1, 0.9])])
    fit = blocs.fit(PROFILES, 2, init=more, starts=50)
    assert len(fit.ends) == 3
    assert fit.loglik == pytest.approx(max(end.loglik for end in fit.ends), rel=1e-14)


def test_every_fault_of_what_is_written_down_is_told() -> None:
    wrong = {
        "a": {"yes": [0.8, 0.1], "mo": [0.2, 0.9]}, "b": [[0.5, 0.2], [0.3, 0.3], [0.3, 0.5]], "c": [[1, 1]],
    }  # fmt: skip
    assert refused(blocs.given, PROFILES, [0.7, 0.4], wrong) == (
        "5 faults:\n"
        "  - values: there is no item 'c'. The items are 'a', 'b'.\n"
        "  - shares: they sum to 1.1. They are 0 or more and sum to 1.\n"
        "  - item 'a': there is no outcome 'mo'. Its outcomes are 'no', 'yes'.\n"
        "  - item 'a': outcome 'no' has no probabilities. Its outcomes are 'no', 'yes'.\n"
        "  - item 'b': the probabilities of types 1, 2, ... sum to 1.1, 1. "
        "Under every type they are 0 or more and sum to 1."
    )


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([[0.2, 0.9, 1.0]], "the values have shape (1, 3). One row a parameter and one column a type: (2, 2)."),
        ([[0.2, "much"], [0.8, 0.1]], "the values are not numbers, one a type in each row."),
        ([[0.2], [0.8, 0.1]], "the values are not numbers, one a type in each row."),
        ([[1.2, 0.5], [-0.2, 0.5]], "the probabilities of types 1, 2, ... sum to 1, 1. "
                                    "Under every type they are 0 or more and sum to 1."),
        ([[np.nan, 0.5], [0.2, 0.5]], "probabilities of type 1 are unknown (NaN). A start has a probability for every "
                                      "outcome of every type. Write down even ones, or those of another type."),
    ],
)  # fmt: skip
def test_values_of_the_wrong_shape_or_size(values: Any, told: str) -> None:
    assert refused(blocs.given, PROFILES, SHARES, VALUES | {"a": values}) == f"item 'a': {told}"


def test_a_frame_without_its_columns() -> None:
    frame = pd.DataFrame({"type": [1], "item": ["a"], "outcomes": ["no"], "probability": [1.0]})
    assert refused(blocs.given, PROFILES, SHARES, frame) == (
        "values: there is no column 'outcome'. The columns are 'type', 'item', 'outcomes', 'probability'. "
        "Nearest match: outcomes. Give a table like that of `Fit.table`."
    )
    assert refused(blocs.given, PROFILES, SHARES, frame[["type", "item"]]) == (
        "values: there are no columns 'outcome', 'probability'. The columns are 'type', 'item'. Give a table like that "
        "of `Fit.table`."
    )


def test_starts_that_are_no_starts_of_these_profiles() -> None:
    start = blocs.given(PROFILES, SHARES, VALUES)
    assert refused(blocs.fit, PROFILES, 2, init="random") == (
        "init: it is a str. Starting values are a Fit, or the Params that blocs.given returns."
    )
    assert refused(blocs.fit, PROFILES, 3, init=start) == (
        "init: the starting values have 2 types. The fit asks for 3."
    )
    other = blocs.Profiles.from_table({"a": ["no", "yes"]})
    assert refused(blocs.fit, other, 2, init=start) == (
        "init: the starting values are arrays of the shapes [(5, 1, 2)]. These profiles need [(2, 1, 2)]. "
        "Write them down with blocs.given."
    )
    negative = Params.of(np.array([[1.6, -0.6]]), (start.families[0] - 0.3,))
    assert refused(blocs.fit, PROFILES, 2, init=negative) == (
        "2 faults:\n  - init: a share is negative, or the shares do not sum to 1.\n  - init: a probability is negative."
    )
    assert refused(blocs.fit, other, 2, init=blocs.fit(PROFILES, 2, starts=1)) == (
        "init: the starting fit has other items or outcomes than the profiles. "
        "Fit the same items, or use random starts."
    )
