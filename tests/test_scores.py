"""Scores and information of families and membership are the derivatives of the log-likelihood of whole mixtures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.core.schema import Item, Kind, Schema
from blocs.families import Edge, Multinomial
from blocs.model.mixture import Mixture, Params
from blocs.model.pair_sums import pairs_fit
from blocs.model.score_sums import score_sums
from blocs.model.scores import from_free_vector, parameter_positions, row_scores, to_free_vector
from blocs.profiles import Profiles

Floats = np.ndarray


def everything(form: str, seed: int = 0, n: int = 120) -> Profiles:
    """Categories, menus, counts, count vectors and measurements with missing cells, some rows labelled."""
    rng = np.random.default_rng(seed)
    z = rng.integers(2, size=n)
    x = (rng.normal(size=(n, 3)) + 2 * z[:, None]) * [1, 10, 100]
    x[rng.random(x.shape) < 0.15] = np.nan
    menus = [({0, 1, 2}, {0, 2}, {0, 1})[m] for m in rng.choice(3, n)]
    votes = rng.multinomial(4, [0.2, 0.3, 0.5], size=n)
    table = {
        "plain": np.where(rng.random(n) < 0.2, None, np.array(["a", "b", "c"], dtype=object)[rng.integers(3, size=n)]),
        "menu": [int(rng.choice(sorted(menu))) for menu in menus],
        "heads": rng.binomial(6, np.where(z, 0.2, 0.7)), "visits": rng.poisson(np.where(z, 6.0, 1.5)),
        "v0": votes[:, 0], "v1": votes[:, 1], "v2": votes[:, 2], "x": x[:, 0], "y": x[:, 1], "w": x[:, 2],
        "label": np.where(rng.random(n) < 0.1, np.array(["A", "B"], dtype=object)[z], None),
    }  # fmt: skip
    kinds = {"heads": blocs.Binomial(6), "visits": blocs.Poisson(), "votes": blocs.Multinomial(["v0", "v1", "v2"]),
             "body": blocs.Gaussian(["x", "y", "w"], form), "label": blocs.Known()}  # fmt: skip
    return Profiles.from_table(table, items=["plain", "menu"], menus={"menu": menus}, kinds=kinds)


def at_random(form: str, types: int = 2) -> tuple[Mixture, Params, Profiles]:
    profiles = everything(form)
    mixture = Mixture.of(profiles.schema, types)
    zeta = np.random.default_rng(1).dirichlet(np.ones(types), size=len(profiles))
    params = mixture.from_posteriors(profiles, zeta)
    return mixture, params.toward(mixture.mstep(params, mixture.estep(params, profiles)), 0.5), profiles


def rows_at(mixture: Mixture, like: Params, profiles: Profiles, vector: Floats) -> Floats:
    return mixture.posterior(from_free_vector(mixture, vector[None], like), profiles)[0]


@pytest.mark.parametrize("form", ["full", "tied", "diag", "tied-diag", "spherical"])
def test_scores_of_rows_are_derivatives_of_their_log_likelihood(form: str) -> None:
    mixture, params, profiles = at_random(form)
    vector = to_free_vector(mixture, params)[0]
    assert len(vector) == mixture.free
    back = from_free_vector(mixture, vector[None], params)
    np.testing.assert_allclose(back.vector(), params.vector(), rtol=1e-10, atol=1e-12)
    scores = row_scores(mixture, params, profiles)
    assert scores.shape == (len(profiles), mixture.free)
    for p in range(len(vector)):
        move = 1e-5 * np.eye(len(vector))[p]
        up, down = (rows_at(mixture, params, profiles, vector + sign * move) for sign in (1, -1))
        np.testing.assert_allclose(scores[:, p], (up - down) / 2e-5, rtol=1e-5, atol=1e-6)


def louis(mixture: Mixture, params: Params, profiles: Profiles) -> Floats:
    """Observed information: of the complete data, less what the types would add (Louis 1982)."""
    zeta, free = mixture.posterior(params, profiles)[1], mixture.free
    weighted = zeta * profiles.weights[:, None]
    gamma, *thetas = params.columns()
    shard, (own, *others) = mixture.shard(profiles), parameter_positions(mixture)
    information = np.zeros((free, free))
    complete = np.zeros((len(profiles), free, mixture.types))
    prior = mixture.membership.scores(gamma, shard)
    complete[:, : prior.shape[1]] = prior[shard.group]
    totals = np.zeros((len(prior), mixture.types))
    np.add.at(totals, shard.group, weighted)
    size = int((own >= 0).sum())
    information[:size, :size] = mixture.membership.information(gamma, shard, totals)
    for i, (family, theta, at) in enumerate(zip(mixture.families, thetas, others, strict=True)):
        part = mixture.part(i, profiles)
        scores, curved = family.scores(theta, part), family.information(theta, part, weighted)
        for k in range(mixture.types):
            here = np.flatnonzero(at[:, k] >= 0)
            complete[:, at[here, k], k] += scores[:, here, k]
            information[np.ix_(at[here, k], at[here, k])] += curved[np.ix_(here, here)][..., k]
    mean = np.einsum("upk,uk->up", complete, zeta)
    second = np.einsum("upk,uqk,uk->pq", complete, complete, weighted)
    return information - second + np.einsum("up,uq,u->pq", mean, mean, profiles.weights)


@pytest.mark.parametrize("form", ["full", "tied", "diag", "tied-diag", "spherical"])
def test_the_observed_information_is_the_curvature_of_the_log_likelihood(form: str) -> None:
    mixture, params, profiles = at_random(form)
    sums, vector = score_sums(mixture, params, profiles), to_free_vector(mixture, params)[0]
    information = sums.observed
    np.testing.assert_allclose(information, louis(mixture, params, profiles), rtol=1e-9, atol=1e-9)
    scores = row_scores(mixture, params, profiles)
    np.testing.assert_allclose(sums.outer, scores.T @ (scores * profiles.weights[:, None]), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(sums.gradient, profiles.weights @ scores, rtol=1e-9, atol=1e-9)

    def slope(at: Floats) -> Floats:
        there = from_free_vector(mixture, at[None], params)
        return profiles.weights @ row_scores(mixture, there, profiles)

    size = np.abs(information).max()
    for p in range(len(vector)):
        move = 1e-5 * np.eye(len(vector))[p]
        column = -(slope(vector + move) - slope(vector - move)) / 2e-5
        np.testing.assert_allclose(information[p], column, rtol=1e-5, atol=1e-6 * size)


@pytest.mark.parametrize("types", [2, 3])
def test_sums_from_pairs_of_codes_are_those_from_scores(types: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """For categories, menus, counts, count vectors and known labels, with frequencies and with sampling weights."""
    whole = everything("diag")
    kept = [j for j, item in enumerate(whole.schema.items) if not item.measured]
    schema = Schema(tuple(whole.schema.items[j] for j in kept))
    rng = np.random.default_rng(3)
    for design in (None, rng.uniform(0.2, 3.0, len(whole))):
        counts = rng.integers(1, 5, len(whole))
        profiles = Profiles.from_codes(schema, whole.codes[:, kept], counts, design=design)
        mixture = Mixture.of(profiles.schema, types)
        params = mixture.from_posteriors(profiles, rng.dirichlet(np.ones(types), size=len(profiles)))
        assert pairs_fit(mixture)
        fast = score_sums(mixture, params, profiles)
        with monkeypatch.context() as patch:
            patch.setattr("blocs.model.pair_sums.MOST", 0)
            slow = score_sums(mixture, params, profiles)
        for name in ("gradient", "complete", "within", "outer", "squared"):
            got, wanted = getattr(fast, name), getattr(slow, name)
            size = np.abs(wanted).max()
            np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-11 * size, err_msg=name)
        assert (design is None) == (fast.squared is fast.outer)


def test_free_parameters_at_the_edge_of_their_range_lead_back() -> None:
    table = {"a": ["x", "y", "x", "z"], "h": [0, 6, 6, 6], "n": [0, 0, 0, 3]}
    profiles = Profiles.from_table(table, items=["a"], kinds={"h": blocs.Binomial(6), "n": blocs.Poisson()})
    mixture = Mixture.of(profiles.schema, 2)
    start = blocs.given(mixture, [1.0, 0.0], {"a": [[0, 0.5], [1, 0.5], [0, 0]], "h": [0, 1], "n": [0.0, 3.0]})
    vector = to_free_vector(mixture, start)
    assert np.isfinite(vector).all()
    np.testing.assert_allclose(from_free_vector(mixture, vector, start).vector(), start.vector(), atol=1e-15)
    by_family = [family.edges(theta) for family, theta in zip(mixture.families, start.columns()[1:], strict=True)]
    assert [{(e.row, e.column, e.kind) for e in edges} for edges in by_family] == [
        {(0, 0, "lower"), (1, 0, "upper"), (2, 0, "lower"), (2, 1, "lower")},
        {(0, 0, "lower"), (0, 1, "upper")},
        {(0, 0, "lower")},
    ]
    assert all(isinstance(edge, Edge) for edges in by_family for edge in edges)


def test_free_parameters_that_are_not_known_are_refused_by_name() -> None:
    class Two(Multinomial):
        def free_of(self, item: Any) -> int:
            return 1

    family = Two((Item.full("v", ("1 0 1", "2 0 0"), Kind("multinomial", ("a", "b", "c"))),))
    with pytest.raises(blocs.UnsupportedError) as caught:
        family.to_free(np.full((3, 2), 1 / 3))
    assert str(caught.value) == (
        "The free parameters of item 'v' are not known: Two has 3 parameters and says that 1 are free. "
        "Write to_free and from_free for it."
    )


def test_parameters_are_shown_in_a_line() -> None:
    assert repr(at_random("diag")[1]) == "<Params of 1 start with 2 types: 38 numbers each>"


def test_drawn_rows_have_the_moments_of_their_types() -> None:
    """A parametric bootstrap: new rows with each row's menus, trials, totals and missing cells."""
    profiles = everything("full", n=4000)
    mixture = Mixture.of(profiles.schema, 2)
    means, covariances = np.array([[0.0, 0, 0], [5, 50, 500]]), np.array([np.diag([1.0, 100, 1e4])] * 2)
    values = {"plain": [[0.7, 0.1], [0.2, 0.2], [0.1, 0.7]], "menu": [[0.6, 0.2], [0.3, 0.2], [0.1, 0.6]],
              "heads": [0.3, 0.8], "visits": [2.0, 40.0], "votes": [[0.8, 0.1], [0.1, 0.1], [0.1, 0.8]],
              "body": (means, covariances), "label": [0, 1]}  # fmt: skip
    params = blocs.given(mixture, [0.5, 0.5], values)
    rng = np.random.default_rng(5)
    types = rng.integers(2, size=len(profiles))
    rows = []
    for i, (family, theta) in enumerate(zip(mixture.families, params.columns()[1:], strict=True)):
        part = mixture.part(i, profiles)
        bound, drawn = family.draw(theta, part, types, rng)
        assert np.array_equal(drawn.codes == 0, part.codes == 0)
        assert np.array_equal(np.isnan(drawn.values), np.isnan(part.values))
        for j, item in enumerate(bound.items):
            if not item.measured:
                label = np.array([None, *(item.outcomes[o] for _, o in item.codes)], dtype=object)
                rows.append(pd.Series(label[drawn.codes[:, j].astype(int)], name=item.name))
        if drawn.values.shape[1]:
            for k in (0, 1):
                np.testing.assert_allclose(np.nanmean(drawn.values[types == k], axis=0), means[k], atol=6 * 100 / 40)
                np.testing.assert_allclose(np.nanstd(drawn.values[types == k], axis=0), [1, 10, 100], rtol=0.06)
    frame = pd.concat(rows, axis=1)
    for k, heads, visits, votes in ((0, 0.3, 2.0, 0.8), (1, 0.8, 40.0, 0.1)):
        own = frame[types == k]
        assert own["heads"].str.split("/").str[0].astype(int).mean() == pytest.approx(6 * heads, abs=0.15)
        assert own["visits"].astype(int).mean() == pytest.approx(visits, rel=0.05)
        assert own["visits"].astype(int).max() > profiles.schema.item("visits").outcomes[-1] or k == 0
        assert own["votes"].str.split(" ").str[0].astype(int).mean() == pytest.approx(4 * votes, abs=0.12)
        plain = own["plain"].dropna().value_counts(normalize=True)
        assert plain["a"] == pytest.approx((0.7, 0.1)[k], abs=0.05)
