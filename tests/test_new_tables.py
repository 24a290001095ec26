"""New data for a fit: tables with its columns, numbers that are missing in every row, labels that nobody has."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import blocs
from blocs.profiles.kinds import Values


def people(n: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    z = rng.integers(2, size=n)
    frame = pd.DataFrame(
        {
            "vote": np.where(rng.random(n) < np.where(z, 0.9, 0.1), "D", "R"), "visits": rng.poisson(np.where(z, 9, 1)),
            "hits": rng.binomial(6, np.where(z, 0.8, 0.2)), "tries": 6, "flips": rng.binomial(4, 0.5),
            "x": rng.normal(z * 3), "y": rng.normal(z * 3), "red": rng.poisson(z * 2 + 1), "blue": rng.poisson(3, n),
            "side": pd.Series(np.where(z, 1, 2)).where(rng.random(n) < 0.2).astype("Int64"),
        }
    )  # fmt: skip
    return frame.set_axis(range(1000, 1000 + n))


KINDS = {"visits": blocs.Poisson(), "hits": blocs.Binomial("tries"), "flips": blocs.Binomial(4),
         "body": blocs.Gaussian(["x", "y"], "tied-diag"), "balls": blocs.Multinomial(["red", "blue"]),
         "side": blocs.Known()}  # fmt: skip
PEOPLE = people()
PROFILES = blocs.Profiles.from_table(PEOPLE, items=["vote"], kinds=KINDS)
FIT = blocs.fit(PROFILES, 2, starts=5)
SAVED = blocs.Fit.from_dict(json.loads(json.dumps(FIT.to_dict())))


def refused(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(blocs.InputError) as caught:
        call(*arguments, **named)
    return str(caught.value)


@pytest.mark.parametrize("fit", [FIT, SAVED], ids=["fresh", "saved"])
def test_a_table_with_the_columns_of_the_fit_is_enough(fit: blocs.Fit) -> None:
    expected = FIT.posterior(PROFILES)
    for data in (PEOPLE, PROFILES):
        pd.testing.assert_frame_equal(fit.predict_proba(data), expected)
        pd.testing.assert_frame_equal(fit.posterior(data), expected)
        assert fit.score(data) == pytest.approx(fit.loglik, rel=1e-12)
        assert fit.predict(data).tolist() == expected.to_numpy().argmax(axis=1).__add__(1).tolist()
    assert fit.predict(PEOPLE).index.tolist() == PEOPLE.index.tolist()
    assert fit.predict(pl.from_pandas(PEOPLE)).tolist() == fit.predict(PEOPLE).tolist()
    columns = {name: PEOPLE[name].tolist() for name in PEOPLE}
    assert fit.score({**columns, "unrelated": columns["x"]}) == pytest.approx(fit.loglik, rel=1e-12)


def test_what_is_known_of_the_type_may_be_absent_and_nothing_else() -> None:
    new = PEOPLE.drop(columns="side")
    without = blocs.Profiles.from_table(new, items=["vote"], kinds={k: v for k, v in KINDS.items() if k != "side"})
    pd.testing.assert_frame_equal(FIT.posterior(new), FIT.posterior(without))
    assert refused(FIT.predict, new.drop(columns=["vote", "hits"]).rename(columns={"x": "X"})) == (
        "items: there are no columns 'vote', 'hits', 'x'. The columns are 'visits', 'tries', 'flips', 'X', 'y', 'red', "
        "'blue'. Nearest match: visits for 'hits', X for 'x'."
    )


def test_one_row_and_rows_without_cells() -> None:
    one = PEOPLE.iloc[[3]]
    assert FIT.predict_proba(one).to_numpy() == pytest.approx(FIT.posterior(PROFILES).to_numpy()[[3]])
    blank = pd.DataFrame({name: [None] for name in PEOPLE})
    assert FIT.predict_proba(blank).loc[0].tolist() == pytest.approx(FIT.shares.tolist())
    assert FIT.predict(blank).isna().all()
    assert FIT.score(blank) == pytest.approx(0.0, abs=1e-12)


def test_what_a_table_cannot_say_is_refused() -> None:
    menus = blocs.Profiles.from_table({"q": ["a", "b"], "r": ["a", "b"]}, menus={"q": [{"a", "b"}, {"b", "a", "c"}]})
    fit = blocs.fit(menus, 1)
    assert refused(fit.predict, {"q": ["a"], "r": ["b"]}) == (
        "data: item 'q' had menus. A table alone does not say all of it. Make profiles as those of the fit were made."
    )
    assert refused(FIT.posterior, "new.csv").startswith("a table of type str cannot be read.")
    assert refused(FIT.predict, PEOPLE.assign(vote="Green")) == (
        "item 'vote': outcome 'Green' was not seen when the model was fitted. Its outcomes are 'D', 'R'. "
        "Recode it, or make it missing."
    )


def test_the_text_of_a_fit_says_what_it_flags() -> None:
    assert repr(FIT).endswith(", converged>")
    coins = blocs.fit(blocs.Profiles.from_table({"a": [0, 0, 1, 1]}), 2, starts=3, most=3)
    assert "not_identified" in coins.flags
    assert repr(coins).endswith(f", converged, {', '.join(coins.flags)}>")
    short = blocs.fit(PROFILES, 2, starts=1, most=1, steps=2, exchange=False)
    assert repr(short).endswith(f", {', '.join(short.flags)}>")
    assert short.flags[0] == "step_limit"
    assert repr(short).count("step_limit") == 1


@pytest.mark.parametrize(
    ("kind", "columns"),
    [({"y": blocs.Poisson()}, ["y"]), ({"y": blocs.Binomial(9)}, ["y"]),
     ({"m": blocs.Multinomial(["y", "z"])}, ["y", "z"]), ({"g": blocs.Gaussian(["y"])}, ["y"]),
     ({"y": Values("poisson")}, ["y"])],
)  # fmt: skip
def test_a_count_that_is_missing_in_every_new_row_leaves_the_other_items(kind: Any, columns: list[str]) -> None:
    """Bayes' rule with the shares and the probabilities of the item that is there."""
    a, y = [0, 1, 0, 1, 1, 0, 0], [1, 5, 2, 6, 7, 0, 6]
    fit = blocs.fit(blocs.Profiles.from_table({"a": a, **dict.fromkeys(columns, y)}, kinds=kind), 2, starts=5)
    p = fit.table().query("item == 'a' and outcome == 1").sort_values("type")["probability"].to_numpy()
    right = fit.shares.to_numpy() * p / (fit.shares.to_numpy() @ p)
    new = {"a": [1, 1], **{column: [np.nan, np.nan] for column in columns}}
    for data in (new, blocs.Profiles.from_table(new, kinds=kind), blocs.Profiles.from_table({"a": [1, 1]})):
        assert fit.posterior(data).to_numpy() == pytest.approx(np.array([right, right]))


def test_known_labels_that_no_row_has() -> None:
    table = {"a": [0, 1, 0, 1, 1], "b": [0, 1, 0, 1, 0]}
    plain = blocs.fit(blocs.Profiles.from_table(table), 2, starts=3)
    without = {**table, "k": [None] * 5}
    for kind in (blocs.Known(), blocs.Known(["x", "y"])):
        fit = blocs.fit(blocs.Profiles.from_table(without, kinds={"k": kind}), 2, starts=3)
        assert fit.loglik == pytest.approx(plain.loglik, abs=1e-6)
    labelled = {**table, "k": ["x", "y", None, None, None]}
    fit = blocs.fit(blocs.Profiles.from_table(labelled, kinds={"k": blocs.Known()}), 2, starts=3)
    expected = fit.posterior(blocs.Profiles.from_table(table))
    new = blocs.Profiles.from_table(without, kinds={"k": blocs.Known()})
    for data in (new, without, table):
        assert fit.posterior(data).to_numpy() == pytest.approx(expected.to_numpy())


@pytest.mark.parametrize("trials", [4.9, [4, 5], 0, -1, True, None, float("nan")])
def test_trials_are_one_whole_number_or_a_column(trials: Any) -> None:
    assert refused(blocs.Binomial, trials) == (
        f"trials: it is {trials!r}. It is one whole number, 1 or more, or the name of the column that holds the trials "
        "of each row."
    )
    assert blocs.Binomial(np.int64(4)) == blocs.Binomial(4.0) == blocs.Binomial(4)


def test_more_types_than_distinct_rows_are_refused() -> None:
    few = blocs.Profiles.from_table({"a": [0, 1, 1, 1], "b": [0, 1, 1, 1]})
    assert refused(blocs.fit, few, 3) == (
        "types: 3 types are asked for. There are 2 unique rows, which cannot tell more types apart than that. "
        "Give numbers up to 2."
    )
    kinds = {"g": blocs.Gaussian(["x", "y"])}
    x = {"x": [0.0, -0.0, 1.0, np.nan, np.nan], "y": [2.0, 2.0, 2.0, 3.0, 3.0]}
    measured = blocs.Profiles.from_table(x, kinds=kinds)
    assert (len(measured), measured.distinct) == (5, 3)
    assert refused(blocs.fit, measured, 4).startswith("types: 4 types are asked for. There are 3 unique rows")
    assert blocs.fit(blocs.Profiles.from_table({"a": [0, 0]}), 1).types == 1
    assert refused(blocs.fit, blocs.Profiles.from_table({"a": [0, 0]}), 2).startswith(
        "types: 2 types are asked for. There is 1 unique row, which"
    )


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_levels_of_a_filtered_column_are_no_parameters(library: str) -> None:
    """A filtered frame counts parameters as its cells do: 2 types of 2 binary items have 5, not 13."""
    column, levels = list("xyxyzw"), ["w", "z", "y", "x"]
    if library == "pandas":
        s = pd.Series(pd.Categorical(column, categories=levels))
        frame: Any = pd.DataFrame({"a": s, "b": s})
        frame = frame[frame["a"].isin(["x", "y"])]
    else:
        s = pl.Series(column, dtype=pl.Enum(levels))
        frame = pl.DataFrame({"a": s, "b": s}).filter(pl.col("a").is_in(["x", "y"]))
    fit = blocs.fit(blocs.Profiles.from_table(frame), 2, starts=2)
    assert fit.n_parameters == 5
    assert fit.schema.item("a").outcomes == ("y", "x")
    assert fit.notes == tuple(
        f"Item {item!r}: outcome {label!r} is a level of the column, but in no row; it has no parameter."
        for item in "ab"
        for label in "wz"
    )
    assert fit.posterior(frame).to_numpy() == pytest.approx(
        fit.posterior({"a": list("xyxy"), "b": list("xyxy")}).to_numpy()
    )
