"""Fit: the labelled answer — its questions, its way to a file and back, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import blocs
from blocs.core.errors import InputError, MismatchError


def voters(seed: int = 1, n: int = 900) -> dict[str, list[Any]]:
    """Two types, four items of outcomes x, y, z."""
    rng = np.random.default_rng(seed)
    kind = rng.random(n) < 0.4
    return {
        f"q{j}": np.select([rng.random(n) < np.where(kind, 0.9, 0.15), rng.random(n) < 0.3 + 0.1 * j], ["x", "y"], "z")
        .astype(object).tolist()
        for j in range(4)
    }  # fmt: skip


TABLE = voters()
PROFILES = blocs.Profiles.from_table(TABLE)
FIT = blocs.fit(PROFILES, 2, starts=4, seed=1)


def by_hand(fit: blocs.Fit, answers: dict[str, Any], menus: dict[str, set[Any]] | None = None) -> list[float]:
    """The posterior of one row, by Bayes' rule from the printed table."""
    table = fit.table().set_index(["type", "item", "outcome"])["probability"]
    joint = []
    for k, share in fit.shares.items():
        p = share
        for item, answer in answers.items():
            if answer is not None:
                offered = (menus or {}).get(item, {"x", "y", "z"})
                p *= table[k, item, answer] / sum(table[k, item, option] for option in offered)
        joint.append(p)
    return [p / sum(joint) for p in joint]


@given(seed=st.integers(0, 2**32 - 1))
def test_posteriors_belong_to_their_rows_whatever_the_order_of_items_outcomes_and_rows(seed: int) -> None:
    """The data are the same; only their coding differs, so that their profiles stand in another order."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(TABLE["q0"]))[:200]
    items = [f"q{j}" for j in rng.permutation(4)]
    frame = pd.DataFrame({item: [TABLE[item][i] for i in rows] for item in items}, index=rows)
    levels = {item: rng.permutation(["x", "y", "z"]).tolist() for item in items}
    weights = rng.integers(0, 3, len(rows))
    other = blocs.Profiles.from_table(frame, weights=weights, levels=levels)
    plain = blocs.Profiles.from_table(pd.DataFrame(TABLE).iloc[rows], weights=weights)
    zeta = FIT.posterior(other)
    pd.testing.assert_frame_equal(zeta, FIT.posterior(plain), rtol=1e-12)
    assert FIT.score(other) == pytest.approx(FIT.score(plain), rel=1e-12)
    some = int(np.flatnonzero(weights)[0])
    assert zeta.iloc[some].tolist() == pytest.approx(by_hand(FIT, frame.iloc[some].to_dict()))
    assert zeta.index.tolist() == rows.tolist()
    assert zeta.isna().all(axis=1).tolist() == (weights == 0).tolist()


def refused(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(InputError) as error:
        call(*arguments, **named)
    return str(error.value)


def test_table_and_shares_are_labelled() -> None:
    table = FIT.table()
    assert table.columns.tolist() == ["type", "item", "outcome", "probability"]
    assert table["type"].unique().tolist() == FIT.shares.index.tolist() == [1, 2]
    assert table["item"].unique().tolist() == ["q0", "q1", "q2", "q3"]
    np.testing.assert_allclose(table.groupby(["type", "item"])["probability"].sum(), 1.0)
    assert FIT.shares[1] >= FIT.shares[2]
    assert FIT.shares.sum() == pytest.approx(1.0)
    assert FIT.bic == pytest.approx(-2 * FIT.loglik + 17 * np.log(900))
    assert FIT.aic == pytest.approx(-2 * FIT.loglik + 2 * 17)


def test_the_entropies_are_those_of_the_posteriors() -> None:
    zeta = FIT.posterior(PROFILES).to_numpy()
    assert FIT.relative_entropy == pytest.approx(1 + (zeta * np.log(zeta)).sum() / (900 * np.log(2)), rel=1e-10)


def test_new_rows_may_be_partial_and_have_other_menus() -> None:
    """By hand from the table: missing items say nothing, and an option off the menu shares its probability out."""
    rows = {"q2": ["x", None, "y"], "q0": ["y", None, "x"]}
    menus = {"q2": [{"x", "z"}, set(), {"x", "y", "z"}], "q0": [{"x", "y"}, {"x"}, {"x"}]}
    zeta = FIT.posterior(blocs.Profiles.from_table(rows, menus=menus))
    assert zeta.loc[0].tolist() == pytest.approx(
        by_hand(FIT, {"q2": "x", "q0": "y"}, {"q2": {"x", "z"}, "q0": {"x", "y"}})
    )
    assert zeta.loc[1].tolist() == pytest.approx(FIT.shares.tolist())
    assert zeta.loc[2].tolist() == pytest.approx(by_hand(FIT, {"q2": "y"}))
    without = FIT.posterior(blocs.Profiles.from_table(rows))
    assert without.loc[0].tolist() == pytest.approx(by_hand(FIT, {"q2": "x", "q0": "y"}))
    assert not np.allclose(zeta.loc[0], without.loc[0], atol=1e-3)  # control: the menus say something


def test_assign_gives_the_most_probable_type_and_nothing_to_rows_set_aside() -> None:
    new = blocs.Profiles.from_table(pd.DataFrame(TABLE, index=range(900, 1800)), weights=[0] + [1] * 899)
    zeta, best = FIT.posterior(new), FIT.assign(new)
    assert best.columns.tolist() == ["type", "probability", "unknown"]
    assert (best["unknown"][1:] == 0).all()
    assert best.index.tolist() == list(range(900, 1800))
    assert best.loc[900].isna().all()
    assert (best["type"][1:] == zeta[1:].idxmax(axis=1)).all()
    assert (best["probability"][1:] == zeta[1:].max(axis=1)).all()


def test_an_outcome_the_fit_has_not_seen() -> None:
    new = blocs.Profiles.from_table({"q0": ["x", "w"]})
    assert refused(FIT.posterior, new) == (
        "item 'q0': outcome 'w' was not seen when the model was fitted. Its outcomes are 'x', 'y', 'z'. "
        "Recode it, or make it missing."
    )


@pytest.mark.parametrize("call", [FIT.check, lambda t: blocs.fit(t, 2), lambda t: blocs.compare(t),
                                  lambda t: blocs.concat([PROFILES, t])])  # fmt: skip
def test_a_table_is_not_profiles(call: Any) -> None:
    assert refused(call, pd.DataFrame(TABLE)) == (
        "profiles: it is a DataFrame. Profiles are unique rows of a data set. "
        "Make them with Profiles.from_table(table) or code(ballots)."
    )


def test_a_fit_is_frozen() -> None:
    with pytest.raises(AttributeError, match="cannot assign to field 'loglik'"):
        FIT.loglik = 0.0  # type: ignore[misc]


def test_json_there_and_back_is_the_same_to_the_last_bit(tmp_path: Path) -> None:
    FIT.save(tmp_path / "fit.json")
    back = blocs.load(tmp_path / "fit.json", PROFILES)
    assert back.to_dict() == FIT.to_dict()
    assert back.params.vector().tobytes() == FIT.params.vector().tobytes()
    assert back.posterior(PROFILES).equals(FIT.posterior(PROFILES))
    assert [path.name for path in tmp_path.iterdir()] == ["fit.json"]


def test_numbers_of_numpy_are_saved(tmp_path: Path) -> None:
    """`for k in np.arange(1, 4)` is how many people loop."""
    fit = blocs.fit(PROFILES, np.int64(2), starts=np.int64(2), seed=np.int32(3), prior=np.float32(0.5))
    fit.save(tmp_path / "fit.json")
    assert blocs.load(tmp_path / "fit.json", PROFILES).settings["seed"] == 3


def test_a_file_has_no_nan(tmp_path: Path) -> None:
    for types in (1, 2):
        blocs.fit(PROFILES, types, starts=2).save(tmp_path / "fit.json")
        text = (tmp_path / "fit.json").read_text()
        json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in the file"))


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "fit.json"
    FIT.save(path)
    before = path.read_bytes()

    def full(*_: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="no space left"):
        FIT.save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_places_where_no_file_can_be_written(tmp_path: Path) -> None:
    assert refused(FIT.save, tmp_path) == (
        f"{tmp_path}: it is a folder. A file is to be written there. Give the name of a file."
    )
    (tmp_path / "fits").mkdir()
    out = tmp_path / "fist" / "a.json"
    assert refused(FIT.save, out) == (
        f"{out}: there is no folder '{tmp_path / 'fist'}'. Nearest match: fits. Make it first, or give another name."
    )


def test_a_fit_that_does_not_reproduce_its_log_likelihood(tmp_path: Path) -> None:
    FIT.save(tmp_path / "fit.json")
    other = blocs.Profiles.from_table(voters(2))
    with pytest.raises(MismatchError) as error:
        blocs.load(tmp_path / "fit.json", other)
    assert str(error.value) == (
        f"The fit recorded a log-likelihood of {FIT.loglik:.6f}; its parameters give {FIT.score(other):.6f} on these "
        "profiles, which are other data (the content hash differs). Give the profiles that were fitted, or fit again."
    )
    data = FIT.to_dict()
    data["shares"] = data["shares"][::-1]
    (tmp_path / "edited.json").write_text(json.dumps(data))
    edited = blocs.load(tmp_path / "edited.json").score(PROFILES)
    with pytest.raises(MismatchError) as error:
        blocs.load(tmp_path / "edited.json", PROFILES)
    assert str(error.value) == (
        f"The fit recorded a log-likelihood of {FIT.loglik:.6f}; its parameters give {edited:.6f} on these "
        "profiles, which are the same data. Give the profiles that were fitted, or fit again."
    )


def test_check_refuses_another_number_of_observations() -> None:
    forged = replace(FIT, n=FIT.n + 1)
    with pytest.raises(MismatchError) as refused:
        forged.check(PROFILES)
    assert str(refused.value) == (
        f"The fit recorded {FIT.n + 1:,g} observations, and these profiles are of {FIT.n:,g}. Give the profiles that "
        "were fitted, or fit again."
    )


def test_a_fit_to_rows_without_any_answer_travels(tmp_path: Path) -> None:
    profiles = blocs.Profiles.from_table({"a": [None, None], "n": [1.0, 2.0]}, kinds={"n": blocs.Poisson()})
    fit = blocs.fit(profiles, 2, starts=2)
    fit.save(tmp_path / "fit.json")
    assert blocs.load(tmp_path / "fit.json", profiles).loglik == fit.loglik


def test_files_of_format_3_say_how_many_starts_are_the_best(tmp_path: Path) -> None:
    data = FIT.to_dict() | {"blocs_fit": 3}
    data["starts"] = [{key: value for key, value in end.items() if key != "best"} for end in data["starts"]]
    (tmp_path / "fit.json").write_text(json.dumps(data))
    assert blocs.load(tmp_path / "fit.json", PROFILES).ends == FIT.ends


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in FIT.to_dict().items() if key != name}


WRITE = "Give the file of a saved fit"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "it is not JSON (Expecting property name enclosed in double quotes: line 1 column 2 (char 1))"),
        ("[1]", "it is not a blocs fit"),
        ('{"blocs_fit": 99}', "it is a fit of format 99. This version reads fits up to format 9"),
        (json.dumps(without("schema")), "the fit in it is damaged ('schema' is not there)"),
        (json.dumps(FIT.to_dict() | {"shares": [1.0]}),
         "the fit in it is damaged (the starting values have 1 type. The fit asks for 2)"),
        (json.dumps(FIT.to_dict() | {"settings": None, "loglik": "x"}),
         "the fit in it is damaged ('loglik' is not a finite number; 'settings' is not an object)"),
        (json.dumps(FIT.to_dict() | {"n": -5}), "the fit in it is damaged ('n' is not a positive number)"),
        (json.dumps(FIT.to_dict() | {"n": True}), "the fit in it is damaged ('n' is not a positive number)"),
        (json.dumps(FIT.to_dict() | {"hits": 10**30}),
         "the fit in it is damaged ('hits' is not a whole number, 0 or more)"),
        (json.dumps(FIT.to_dict() | {"hits": 10**3}), "the fit in it is damaged ('hits' are more than the starts)"),
        (json.dumps(FIT.to_dict() | {"loglik": 10**400}),
         "the fit in it is damaged ('loglik' is not a finite number)"),
        (json.dumps(FIT.to_dict() | {"prior": float("nan")}),
         "the fit in it is damaged ('prior' is not a number, 0 or more)"),
        (json.dumps(FIT.to_dict() | {"types": 10**9}),
         "the fit in it is damaged ('types' is not a whole number from 1 to 100,000)"),
        (json.dumps(FIT.to_dict() | {"starts": [{"start": 0}]}),
         "the fit in it is damaged ('starts' is not a list of where starts ended)"),
        (json.dumps(FIT.to_dict() | {"blocs_fit": True}),
         "it is not a blocs fit"),
        (json.dumps(FIT.to_dict() | {"blocs_fit": -1}),
         "it is not a blocs fit"),
        ("[" * 100_000, "it is not a fit: it is nested too deep"),
        (json.dumps(FIT.to_dict() | {"blocks": [[[1e300] * 2, *FIT.to_dict()["blocks"][0][1:]]]}),
         "the fit in it is damaged (the probabilities of an item sum to more than 1)"),
        (json.dumps(FIT.to_dict() | {"shares": [0.9, 0.9]}),
         "the fit in it is damaged (a share is negative, or the shares do not sum to 1)"),
    ],
)  # fmt: skip
def test_files_that_are_no_fits(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "fit.json"
    path.write_text(text)
    newer = ", or install a newer blocs" * ("format" in message)
    unlike = "A fit is a file that `blocs fit --out fit.json`, or `Fit.save` in Python, wrote. "
    rule = unlike * message.startswith(("it is not JSON", "it is not a"))
    assert refused(blocs.load, path) == f"{path}: {message}. {rule}{WRITE}{newer}."
    assert refused(blocs.load, tmp_path / "none.json") == (
        f"{tmp_path / 'none.json'}: there is no such file or folder. Give one that exists."
    )


def test_parameters_that_were_cut_off_are_seen_on_loading(tmp_path: Path) -> None:
    data = FIT.to_dict()
    data["blocks"][0] = data["blocks"][0][:-1]
    (tmp_path / "fit.json").write_text(json.dumps(data))
    assert "the fit in it is damaged" in refused(blocs.load, tmp_path / "fit.json")


def test_compare_is_one_row_for_each_number_of_types() -> None:
    seen: list[int] = []
    table = blocs.compare(PROFILES, types=range(1, 4), starts=3, seed=1, each=lambda fit: seen.append(fit.types))
    assert table.columns.tolist() == [
        "types", "n", "loglik", "parameters", "parameters_at_boundary", "aic", "bic", "aic3", "abic", "caic", "awe",
        "clc", "icl", "bic_per_observation", "relative_entropy", "entropy_r2", "held_out", "blrt_p", "hits",
        "converged", "starts", "smallest_share", "status", "flags",
    ]  # fmt: skip
    assert table["types"].tolist() == seen == [1, 2, 3]
    assert table["parameters"].tolist() == [8, 17, 26]
    assert table["loglik"].is_monotonic_increasing
    np.testing.assert_allclose(table["bic"], -2 * table["loglik"] + table["parameters"] * np.log(900))
    np.testing.assert_allclose(table["bic_per_observation"], table["bic"] / 900)
    assert table["entropy_r2"].isna().tolist() == [True, False, False]
    assert blocs.compare(PROFILES, types=2, starts=2)["types"].tolist() == [2]  # one number is a range of one


def test_compare_fits_each_number_once_and_none_that_is_absurd() -> None:
    small = blocs.Profiles.from_table({"a": [1, 1, 2, 2], "b": [1, 2, 1, 1]})
    assert blocs.compare(small, [1, 2, 1], starts=1)["types"].tolist() == [1, 2]
    assert blocs.compare(small, starts=1)["types"].tolist() == [1, 2, 3]
    assert blocs.compare(small, 2, starts=1)["flags"].tolist() == ["boundary, not_identified"]
    assert refused(blocs.compare, small, range(1, 10**12)) == (
        "types: 4 types are asked for. There are 3 unique rows, which cannot tell more types apart than that. "
        "Give numbers up to 3."
    )


def test_compare_without_numbers_of_types() -> None:
    assert refused(blocs.compare, PROFILES, types=[]) == "types: there are none. Give at least one number of types."


def test_an_empty_type_is_flagged_and_harmless() -> None:
    """A type that begins with no share has none at the end; posteriors are still probabilities."""
    even = {item: {"x": [0.4, 0.3], "y": [0.3, 0.4], "z": [0.3, 0.3]} for item in TABLE}
    fit = blocs.fit(PROFILES, 2, init=blocs.given(PROFILES, [1.0, 0.0], even))
    assert fit.shares.tolist() == [1.0, 0.0]
    assert "empty_type" in fit.flags
    assert fit.loglik == pytest.approx(blocs.fit(PROFILES, 1).loglik, abs=1e-6)
    np.testing.assert_allclose(fit.posterior(PROFILES), np.tile([1.0, 0.0], (900, 1)))
    assert "empty_type" not in FIT.flags


def test_what_a_fit_looks_like() -> None:
    fit = blocs.fit(blocs.Profiles.from_table({"a": ["x", "x", "x", "<b>"], "b": [0, 0, 1, 1]}), 1)
    text = "Fit of 1 type to 4 observations (3 profiles): log-likelihood -5.0219, shares 100.0%, converged"
    assert repr(fit) == f"<{text}>"
    assert fit._repr_html_() == (
        f'<p>{text}</p><table class="blocs">\n'
        "<caption>Conditional item probabilities of the model with 1 type (N = 4).</caption>\n"
        '<thead>\n<tr><th scope="col" class="text">Item</th><th scope="col" class="text">Outcome</th>'
        '<th scope="col">Type 1 (100.0 %)</th></tr>\n</thead>\n<tbody>\n'
        '<tr><th scope="row">a</th><th scope="row">&lt;b&gt;</th><td>25.0</td></tr>\n'
        '<tr><th scope="row">a</th><th scope="row">x</th><td>75.0</td></tr>\n'
        '<tr><th scope="row">b</th><th scope="row">0</th><td>50.0</td></tr>\n'
        '<tr><th scope="row">b</th><th scope="row">1</th><td>50.0</td></tr>\n</tbody>\n</table>\n'
        '<p class="notes">Per cent. Percentages in the headings: estimated shares of the types.</p>'
    )


def test_a_notebook_shows_the_first_rows_of_a_long_fit() -> None:
    fit = blocs.fit(blocs.Profiles.from_table({f"q{j}": [0, 1] for j in range(40)}), 1)
    html = fit._repr_html_()
    assert html.count("<tr>") == 1 + 60
    assert html.endswith("</p><p>20 more rows are in <code>table()</code> and <code>parameters()</code>.</p>")
