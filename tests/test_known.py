"""Known labels: labelled rows stay with their type, sets restrict, evidence multiplies, every fault by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.em.single_step import given


def answers(rng: np.random.Generator, n: int = 500) -> tuple[pd.DataFrame, np.ndarray]:
    z = rng.choice(2, p=[0.6, 0.4], size=n)
    p = np.array([[0.9, 0.8, 0.7], [0.2, 0.3, 0.1]])[z]
    return pd.DataFrame((rng.random((n, 3)) < p).astype(int), columns=["a", "b", "c"]), z


def test_labelled_rows_stay_and_unlabelled_follow() -> None:
    rng = np.random.default_rng(1)
    frame, z = answers(rng)
    frame["label"] = [("yes" if k == 0 else "no") if rng.random() < 0.2 else None for k in z]
    profiles = blocs.Profiles.from_table(frame, kinds={"label": blocs.Known()})
    fit = blocs.fit(profiles, 2, starts=4)
    named = fit.table().query("item == 'label' and probability == 1").set_index("outcome")["type"]
    zeta = fit.posterior(profiles)
    for label in ("yes", "no"):
        rows = frame["label"] == label
        assert (zeta.loc[rows, named[label]] == 1.0).all()
    assert fit.n_parameters == 1 + 2 * 3  # labels have no parameter
    right = zeta[named["yes"]] > 0.5
    assert (right == (z == 0)).mean() > 0.85
    again = blocs.Fit.from_dict(fit.to_dict())
    again.check(profiles)
    assert again.table().equals(fit.table())
    unlabelled = blocs.Profiles.from_table(frame[["a", "b", "c"]])
    assert fit.posterior(unlabelled).notna().all(axis=None)


@pytest.mark.parametrize("kernel", ["compiled", "plain"])
def test_a_labelled_row_may_lie_anywhere(kernel: str) -> None:
    """A density of e^-5000 beside another type's: the label decides, and the log-likelihood is the density's."""
    frame = {"x": [0.0, 100.0, 100.0], "a": [0, 1, 1], "label": ["A", "A", None]}
    kinds = {"g": blocs.Gaussian("x"), "label": blocs.Known(["A", "B"])}
    profiles = blocs.Profiles.from_table(frame, kinds=kinds)
    mixture = blocs.Mixture.of(profiles.schema, 2, kernel=kernel)
    params = given(mixture, [0.7, 0.3], {"a": [[0.9, 0.2], [0.1, 0.8]], "g": ([[0.0], [100.0]], [[[1.0]], [[1.0]]]),
                                         "label": [[0, 1]]})  # fmt: skip
    loglik, zeta = mixture.posterior(params, profiles)
    rows = [-0.5 * np.log(2 * np.pi) + value for value in
            (np.log(0.7 * 0.9), np.log(0.7 * 0.1) - 5000, np.log(0.3 * 0.8))]  # fmt: skip
    assert sorted(loglik) == pytest.approx(sorted(rows), rel=1e-13)
    assert zeta[np.argsort(loglik)].round(12).tolist() == [[1, 0], [0, 1], [1, 0]]


def test_all_labels_known_is_counting() -> None:
    frame, z = answers(np.random.default_rng(2), 200)
    frame["label"] = np.where(z == 0, "A", "B")
    fit = blocs.fit(blocs.Profiles.from_table(frame, kinds={"label": blocs.Known(["A", "B"])}), 2, starts=2)
    shares = np.sort(np.bincount(z) / len(z))[::-1]
    assert fit.shares.tolist() == pytest.approx(shares.tolist(), abs=1e-12)
    first = int(np.argmax(np.bincount(z)))
    mu = fit.table().query("type == 1 and outcome == 1 and item != 'label'")["probability"]
    assert mu.tolist() == pytest.approx(frame.loc[z == first, ["a", "b", "c"]].mean().tolist(), abs=1e-12)


def test_sets_restrict_and_evidence_multiplies() -> None:
    frame = pd.DataFrame({"a": [1, 0, 1, 1], "label": [{"A", "B"}, "C", None, ["B", "C"]]})
    profiles = blocs.Profiles.from_table(frame, items=["a"], kinds={"label": blocs.Known()})
    mixture = blocs.Mixture.of(profiles.schema, 3)
    params = given(mixture, [0.5, 0.3, 0.2], {"a": [[0.1, 0.5, 0.7], [0.9, 0.5, 0.3]], "label": [[0, 1, 2]]})
    zeta = profiles.expand(mixture.posterior(params, profiles)[1]).to_numpy()
    joint = np.array([0.45, 0.15, 0.06])
    assert np.allclose(zeta[0], np.array([0.45, 0.15, 0]) / 0.6)
    assert np.allclose(zeta[1], [0, 0, 1])
    assert np.allclose(zeta[2], joint / joint.sum())
    assert np.allclose(zeta[3], np.array([0, 0.15, 0.06]) / 0.21)
    loglik = mixture.estep(params, profiles).loglik[0]
    assert loglik == pytest.approx(np.log([0.6, 0.2 * 0.7, 0.66, 0.21]).sum())
    odds = pd.DataFrame({"a": [1, 1], "pA": [0.2, np.nan], "pB": [0.8, 0.5]})
    kinds = {"e": blocs.Known(columns=["pA", "pB"])}
    profiles = blocs.Profiles.from_table(odds, items=["a"], kinds=kinds, levels={"a": [0, 1]})
    mixture = blocs.Mixture.of(profiles.schema, 2)
    params = given(mixture, [0.5, 0.5], {"a": [[0.5, 0.5], [0.5, 0.5]], "e": [[0, 1]]})
    zeta = profiles.expand(mixture.posterior(params, profiles)[1]).to_numpy()
    assert np.allclose(zeta, [[0.2, 0.8], [0.5, 0.5]])


def test_prior_membership_by_enumeration() -> None:
    """Probabilities of the types where they have shares q enter as r / q: with pi = q the prior of a row is r."""
    q, pi, mu = np.array([0.6, 0.3, 0.1]), np.array([0.2, 0.5, 0.3]), np.array([[0.9, 0.4], [0.3, 0.6], [0.5, 0.1]])
    r = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [np.nan, 0.5, 0.5], [1.0, 0.0, 0.0]])
    x = np.array([[1, 0], [1, 1], [0, 1], [0, 0]])
    frame = pd.DataFrame(x, columns=["a", "b"]).assign(**{f"r{k}": r[:, k] for k in range(3)})
    known = blocs.Known(columns=["r0", "r1", "r2"], shares=q)
    profiles = blocs.Profiles.from_table(
        frame, items=["a", "b"], kinds={"prior": known}, levels={"a": [0, 1], "b": [0, 1]}
    )
    mixture = blocs.Mixture.of(profiles.schema, 3)
    values = {"a": [1 - mu[:, 0], mu[:, 0]], "b": [1 - mu[:, 1], mu[:, 1]], "prior": [[0, 1, 2]]}
    for shares in (q, pi):
        zeta = profiles.expand(mixture.posterior(given(mixture, shares, values), profiles)[1]).to_numpy()
        for u in range(4):
            likely = [np.prod([mu[k, j] if x[u, j] else 1 - mu[k, j] for j in range(2)]) for k in range(3)]
            before = shares if np.isnan(r[u]).any() else shares * r[u] / q
            assert zeta[u] == pytest.approx(before * likely / (before @ likely), abs=1e-12)
            if shares is q and not np.isnan(r[u]).any():
                assert zeta[u] == pytest.approx(r[u] * likely / (r[u] @ likely), abs=1e-12)
    with pytest.raises(blocs.InputError, match=r"^Known: the shares are 0\.5, 0\.5\. There is one positive "):
        blocs.Known(columns=["r0", "r1", "r2"], shares=[0.5, 0.5])


def test_a_text_is_one_name() -> None:
    assert blocs.Known(columns="pA").needs("k") == blocs.Gaussian("pA").needs("g") == ("pA",)
    with pytest.raises(blocs.InputError) as caught:
        blocs.Known("party")
    assert str(caught.value) == (
        "Known: the labels are the text 'party'. They are a list of names of types. "
        "The column of labels has the name of the item: kinds={'party': Known()}."
    )


def with_a_label_for_one_type() -> blocs.Profiles:
    """400 rows of three types far apart, of which a fifth of the middle one is labelled."""
    rng = np.random.default_rng(5)
    z = rng.integers(3, size=400)
    frame = pd.DataFrame({"x": rng.normal(size=400) + 6 * z, "label": np.where(z == 1, "middle", None)})
    frame.loc[rng.random(400) < 0.8, "label"] = None
    return blocs.Profiles.from_table(frame, kinds={"g": blocs.Gaussian(["x"]), "label": blocs.Known()})


def test_more_types_than_labels() -> None:
    fit = blocs.fit(with_a_label_for_one_type(), 3, starts=6, most=6)
    means = fit.parameters().query("parameter == 'mean of x'").set_index("type")["value"]
    named = fit.table().query("item == 'label' and probability == 1")["type"].tolist()
    assert len(named) == 1
    assert means[named[0]] == pytest.approx(6.0, abs=0.25)
    assert sorted(means.round()) == [0.0, 6.0, 12.0]


def test_a_start_ends_where_one_of_its_types_has_nobody_and_its_parameters_wander() -> None:
    """The labelled type takes all rows of another, whose mean and variance are then those of rows it fits least badly.

    One of these starts made iterations up to any limit.
    """
    starts = blocs.fit(with_a_label_for_one_type(), 3, starts=6, most=6, exchange=False, steps=2000).starts
    assert "step_limit" not in set(starts["status"])
    assert starts["loglik"].max() == pytest.approx(-996.9555, abs=1e-3)


@pytest.mark.parametrize(
    ("kind", "frame", "types", "message"),
    [
        (blocs.Known(["A", "B"]), {"a": [1, 0], "k": ["A", "b"]}, 2,
         "item 'k': label 'b' is not declared. The labels are 'A', 'B'. Nearest match: B."),
        (blocs.Known(), {"a": [1, 0, 1], "k": ["A", "B", "C"]}, 2,
         "item 'k': it names 3 types and the mixture has 2. "
         "Labels name at most as many types; evidence has one column a type."),
        (blocs.Known(columns=["p", "q"]), {"a": [1, 0], "p": [0.0, 1], "q": [0.0, 1]}, 2,
         "item 'k': row 0 allows no type. Evidence is not negative, and positive for one type at least."),
        (blocs.Known(columns=["p", "q"]), {"a": [1, 0, 1], "p": [0.5, 1, 0.7], "q": [0.5, 1, 0.1]}, 3,
         "item 'k': it names 2 types and the mixture has 3. "
         "Labels name at most as many types; evidence has one column a type."),
    ],
)  # fmt: skip
def test_faults_in_full(kind: Any, frame: Any, types: int, message: str) -> None:
    with pytest.raises(blocs.InputError) as caught:
        blocs.fit(blocs.Profiles.from_table(frame, items=["a"], kinds={"k": kind}), types, starts=1)
    assert str(caught.value) == message
