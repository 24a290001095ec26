"""Covariates of membership: numerical derivatives, a naive reference, published values, laws and refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

import blocs
from blocs.core.schema import Schema
from blocs.em.loop import StoppingRule, run_em
from blocs.em.many import fit_many
from blocs.em.quasi_newton import stepper
from blocs.engines import Serial
from blocs.kernels import softmax
from blocs.kernels.shard import Shard
from blocs.membership import Design, Membership, Shares, Softmax
from blocs.membership.formula import parse_formula
from blocs.model.mixture import Mixture, Params
from blocs.model.scores import from_free_vector, row_scores, to_free_vector
from blocs.profiles import Profiles
from errors_support import Shared, published

FINE = {"gain": 1e-12, "change": 1e-9}
SLOPES = np.array([[0.0, 0.0, 0.0], [-0.6, 0.9, 0.5], [-0.4, -1.1, 0.2]])
"""Coefficients of three types: intercept, age in tens of years from 50, party REP."""


def voters(n: int = 1500, seed: int = 4) -> pd.DataFrame:
    """Three types, whose shares depend on age and party; a tenth of the answers missing, the party's levels as text."""
    rng = np.random.default_rng(seed)
    age, party = rng.integers(4, 17, n) * 5, rng.choice(["DEM", "REP"], n)
    eta = np.column_stack([np.ones(n), (age - 50) / 10, party == "REP"]) @ SLOPES.T
    p = np.exp(eta) / np.exp(eta).sum(axis=1, keepdims=True)
    kind = (rng.random(n)[:, None] > p.cumsum(axis=1)).sum(axis=1)
    chance = np.array([[0.9, 0.85, 0.8, 0.9, 0.8, 0.85], [0.1, 0.2, 0.85, 0.15, 0.9, 0.2],
                       [0.2, 0.1, 0.15, 0.8, 0.1, 0.15]])  # fmt: skip
    answers = (rng.random((n, 6)) < chance[kind]).astype(object)
    answers[rng.random((n, 6)) < 0.1] = None
    table = pd.DataFrame({f"q{j}": answers[:, j] for j in range(6)})
    return table.assign(age=age, party=party, w=rng.uniform(0.5, 2.0, n).round(2))


ITEMS = [f"q{j}" for j in range(6)]
TABLE = voters()


def made(table: pd.DataFrame = TABLE, **how: Any) -> Profiles:
    return Profiles.from_table(table, items=ITEMS, covariates=["age", "party"], **how)


def placed(types: int = 3, starts: int = 2) -> tuple[Softmax, Shard, np.ndarray, np.ndarray]:
    """A membership, a shard with its covariate rows, coefficients of some starts, and expected totals by row."""
    rng, profiles = np.random.default_rng(1), made()
    membership = Softmax(types, Design.of("~ age * party", profiles))
    shard = replace(Mixture.of(profiles.schema, types), membership=membership).shard(profiles)
    gamma = np.concatenate([np.full((1, starts * types), 1 / types), rng.normal(size=(4, starts * types))])
    assert shard.covariates is not None
    return membership, shard, gamma, rng.exponential(9.0, (len(shard.covariates), starts * types))


def naive_prior(x: np.ndarray, gamma: np.ndarray) -> np.ndarray:
    e = np.exp(x @ gamma)
    return e / e.sum(axis=1, keepdims=True)


def expected_loglik(x: np.ndarray, gamma: np.ndarray, totals: np.ndarray) -> float:
    return float((totals * np.log(naive_prior(x, gamma))).sum())


def test_sums_are_those_of_a_naive_reference() -> None:
    membership, shard, gamma, totals = placed()
    x, prior, stats = shard.covariates, membership.prior(gamma, shard), membership.statistics(gamma, shard, totals)
    assert x is not None
    for s in range(2):
        own = slice(3 * s, 3 * s + 3)
        p = naive_prior(x, gamma[1:, own])
        np.testing.assert_allclose(prior[:, own], p, rtol=1e-13)
        n = totals[:, own].sum(axis=1, keepdims=True)
        np.testing.assert_allclose(stats[0, own], totals[:, own].sum(axis=0), rtol=1e-13)
        np.testing.assert_allclose(stats[1, own], (n * p).sum(axis=0), rtol=1e-12)
        np.testing.assert_allclose(stats[2:6, own], x.T @ (totals[:, own] - n * p), rtol=1e-9, atol=1e-9)
        hessian = stats[6:].reshape(4, 4, 3, 6)[..., own]
        inner = p[:, :, None] * np.eye(3) - p[:, :, None] * p[:, None, :]
        wanted = np.einsum("g,gq,gr,gjk->qrjk", n[:, 0], x, x, inner)[:, :, 1:, 1:]
        np.testing.assert_allclose(hessian[:, :, 1:, 1:], wanted, rtol=1e-9, atol=1e-9)


def test_gradient_information_and_scores_are_derivatives() -> None:
    membership, shard, gamma, totals = placed(starts=1)
    x, size, step = shard.covariates, 4, 1e-5
    assert x is not None
    index = membership.index(3)
    stats, scores = membership.statistics(gamma, shard, totals), membership.scores(gamma, shard)
    information = membership.information(gamma, shard, totals)
    assert (index[0] == -1).all()
    assert (index[:, 0] == -1).all()
    assert sorted(index[1:, 1:].ravel()) == list(range(8))
    for q in range(size):
        for k in (1, 2):
            moved = [gamma.copy(), gamma.copy()]
            moved[0][1 + q, k] += step
            moved[1][1 + q, k] -= step
            up, down = (expected_loglik(x, at[1:], totals) for at in moved)
            assert stats[2 + q, k] == pytest.approx((up - down) / (2 * step), rel=1e-6)
            logs = [np.log(naive_prior(x, at[1:])) for at in moved]
            place = index[1 + q, k]
            np.testing.assert_allclose(scores[:, place], (logs[0] - logs[1]) / (2 * step), rtol=1e-6, atol=1e-8)
            slopes = [membership.statistics(at, shard, totals)[2:6, 1:] for at in moved]
            column = (slopes[1] - slopes[0]).T.ravel() / (2 * step)
            np.testing.assert_allclose(information[:, place], column, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("size", [0.1, 1.0, 5.0, 30.0])
def test_a_step_never_lowers_the_likelihood_and_steps_reach_the_maximum(size: float) -> None:
    membership, shard, gamma, totals = placed(starts=1)
    x = shard.covariates
    assert x is not None
    rng = np.random.default_rng(7)
    for _ in range(20):
        own = np.concatenate([gamma[:1], rng.normal(size=(4, 3)) * size])
        counts = totals * (rng.random(totals.shape) < 0.6) + 1e-3
        before = expected_loglik(x, own[1:], counts)
        for _ in range(60):
            own = membership.mstep(own, membership.statistics(own, shard, counts))
            after = expected_loglik(x, own[1:], counts)
            assert after >= before - 1e-10 * abs(before) or not np.isfinite(before)
            before = after
        if size <= 1.0:
            assert np.abs(membership.statistics(own, shard, counts)[2:6]).max() < 1e-5


def test_a_plain_newton_step_can_lower_it() -> None:
    """The bound is needed: whole steps of Newton overshoot."""
    membership, shard, gamma, _ = placed(starts=1)
    x = shard.covariates
    assert x is not None
    own = np.concatenate([gamma[:1], np.zeros((4, 3))])
    own[1, 1] = 6.0
    totals = np.tile([5.0, 0.5, 1.0], (len(x), 1))
    stats = membership.statistics(own, shard, totals)
    whole = softmax.newton(stats, own[1:], np.full(4, 1e-12), 3)  # a bound of nothing: the whole step
    before = expected_loglik(x, own[1:], totals)
    assert expected_loglik(x, whole, totals) < before
    assert expected_loglik(x, membership.mstep(own, stats)[1:], totals) > before


def test_softmax_is_a_membership_whose_statistics_add_over_shards() -> None:
    profiles = made()
    mixture = Mixture.of(profiles.schema, 3, design=Design.of("~ age + party", profiles))
    member: Membership = mixture.membership
    assert (member.common, member.pseudo, member.charted) == (False, 0.0, member)
    params = mixture.from_posteriors(profiles, np.random.default_rng(2).dirichlet(np.ones(3), len(profiles)))
    whole = mixture.estep(params, profiles)
    parts = [mixture.task(params)(shard) for shard in mixture.place(profiles, 4)]
    added = sum(parts[1:], parts[0])
    for name in ("loglik", "totals", "counts", "membership"):
        np.testing.assert_allclose(getattr(added, name), getattr(whole, name), rtol=1e-10, atol=1e-9)
    assert mixture.free == 2 * 3 + 3 * 6
    vector = to_free_vector(mixture, params)
    np.testing.assert_allclose(
        mixture.posterior(from_free_vector(mixture, vector, params), profiles)[0],
        mixture.posterior(params, profiles)[0], rtol=1e-12,
    )  # fmt: skip
    scores = row_scores(mixture, params, profiles)
    for place in range(vector.shape[1]):
        move = 1e-5 * np.eye(vector.shape[1])[place]
        up, down = (mixture.posterior(from_free_vector(mixture, vector + s * move, params), profiles)[0]
                    for s in (1, -1))  # fmt: skip
        np.testing.assert_allclose(scores[:, place], (up - down) / 2e-5, rtol=1e-4, atol=1e-7)


def test_coordinates_of_quasi_newton_steps_have_the_gradient_and_the_curvature_of_the_likelihood() -> None:
    membership, shard, gamma, totals = placed()
    x, y = np.asarray(shard.covariates), membership.chart(gamma)
    assert not y[0].any() and not y[:, ::3].any()
    back = membership.with_means(membership.unchart(y), gamma)
    np.testing.assert_allclose(membership.prior(back, shard), membership.prior(gamma, shard), rtol=1e-12)
    np.testing.assert_array_equal(back[0], gamma[0])
    gradient, curvature = membership.slope(gamma, membership.statistics(gamma, shard, totals))
    assert not gradient[:, ::3].any() and not curvature[:, ::3].any()
    for q, w in ((q, w) for q in range(1, len(gamma)) for w in (1, 2, 4, 5)):  # two starts of three types
        move = np.zeros(gamma.shape)
        move[q, w] = 1e-4
        up, here, down = (expected_loglik(x, (y + s * move)[1:, w // 3 * 3 : w // 3 * 3 + 3],
                                          totals[:, w // 3 * 3 : w // 3 * 3 + 3]) for s in (1, 0, -1))  # fmt: skip
        assert gradient[q, w] == pytest.approx((up - down) / 2e-4, rel=1e-5, abs=1e-5)
        assert curvature[q, w] == pytest.approx((2 * here - up - down) / 1e-8, rel=1e-3)


@pytest.mark.parametrize("how", [{}, {"design_weights": "w"}])
def test_acceleration_ends_at_the_optimum_of_em_in_fewer_iterations(how: dict[str, str]) -> None:
    given: dict[str, Any] = {"covariates": "~ age + party", "starts": 3, "most": 3, "exchange": False}
    few = Profiles.from_table(TABLE, items=ITEMS[:4], covariates=["age", "party"], **how)  # types overlap: EM is slow
    em, fast = (blocs.fit(few, 3, accelerate=name, **given, **FINE) for name in ("none", "auto"))
    assert fast.loglik == pytest.approx(em.loglik, abs=1e-7)
    assert (np.diff(fast.trace) >= -1e-9).all()
    assert 2 * sum(end.iterations for end in fast.ends) < sum(end.iterations for end in em.ends)
    np.testing.assert_allclose(fast.coefficients()["coefficient"], em.coefficients()["coefficient"], atol=2e-5)
    np.testing.assert_allclose(fast.shares, em.shares, atol=1e-6)
    assert fast.gradient is not None and fast.gradient <= 1e-8 and em.gradient is None


def naive_fit(table: pd.DataFrame, weights: np.ndarray, start: np.ndarray) -> Any:
    """Maximise the log-likelihood row by row: coefficients (2, 3) against the first type, then logits (3, 6)."""
    x = np.column_stack([np.ones(len(table)), table["age"] / 10, table["party"] == "REP"]).astype(float)
    y = np.array([[np.nan if a is None else float(a) for a in row] for row in table[ITEMS].to_numpy()])

    def loss(v: np.ndarray) -> float:
        eta = np.column_stack([np.zeros(len(x)), x @ v[:6].reshape(2, 3).T])
        logs = eta - np.logaddexp.reduce(eta, axis=1, keepdims=True)
        logit = v[6:].reshape(3, 6)
        for k in range(3):
            each = np.where(y == 1, -np.logaddexp(0, -logit[k]), -np.logaddexp(0, logit[k]))
            logs[:, k] += np.where(np.isnan(y), 0.0, each).sum(axis=1)
        return -float(weights @ np.logaddexp.reduce(logs, axis=1))

    return optimize.minimize(loss, start, method="BFGS", options={"gtol": 1e-6, "maxiter": 500})


@pytest.mark.parametrize("weighted", [False, True])
def test_a_fit_is_the_maximum_of_a_naive_likelihood(weighted: bool) -> None:
    table = voters(400)
    profiles = made(table, **({"design_weights": "w"} if weighted else {}))
    weights = (table["w"] / table["w"].mean()).to_numpy() if weighted else np.ones(len(table))
    fit = blocs.fit(profiles, 3, covariates="~ age + party", starts=8, **FINE)
    table_of = fit.coefficients().pivot(index="type", columns="term", values="coefficient")
    p = fit.table().query("outcome == True").pivot(index="type", columns="item", values="probability")
    begin = np.concatenate([(table_of[["intercept", "age", "party[REP]"]].to_numpy() * [1, 10, 1]).ravel(),
                            np.log(p / (1 - p)).to_numpy().clip(-6, 6).ravel()])  # fmt: skip
    best = naive_fit(table, weights, begin + np.random.default_rng(3).normal(0, 0.2, 24))
    assert fit.loglik == pytest.approx(-best.fun, abs=1e-4)
    got = best.x[:6].reshape(2, 3)
    np.testing.assert_allclose(table_of["age"], got[:, 1] / 10, atol=1e-4)
    np.testing.assert_allclose(table_of["party[REP]"], got[:, 2], atol=2e-3)


def test_the_truth_is_recovered() -> None:
    table = voters(6000, seed=8)
    fit = blocs.fit(made(table), 3, covariates="~ age + party", starts=6)
    got = fit.coefficients().pivot(index="type", columns="term", values="coefficient")
    p = fit.table().query("outcome == True").pivot(index="type", columns="item", values="probability").to_numpy()
    chance = [0.9, 0.1, 0.2]
    order = [int(np.abs(p[:, 0] - c).argmin()) for c in chance[:1]]
    order += [int(np.abs(p - row).sum(axis=1).argmin()) for row in ([0.1, 0.2, 0.85, 0.15, 0.9, 0.2],
                                                                    [0.2, 0.1, 0.15, 0.8, 0.1, 0.15])]  # fmt: skip
    assert sorted(order) == [0, 1, 2]
    slopes = np.concatenate([np.zeros((1, 2)), got[["age", "party[REP]"]].to_numpy()])[order]
    np.testing.assert_allclose((slopes - slopes[0])[1:, 0], SLOPES[1:, 1] / 10, atol=0.02)
    np.testing.assert_allclose((slopes - slopes[0])[1:, 1], SLOPES[1:, 2], atol=0.35)


def test_saturated_groups_are_shares_by_group_and_one_constant_type_is_shares() -> None:
    table = TABLE.assign(group=np.arange(len(TABLE)) % 3)
    profiles = Profiles.from_table(table, items=ITEMS, covariates="group")
    fit = blocs.fit(profiles, 2, covariates="~ C(group)", **FINE, starts=5)
    shares = fit.mixture.membership.prior(fit.params.columns()[0], fit.mixture.shard(profiles))
    stats = fit.mixture.estep(fit.params, profiles)
    zeta = fit.posterior(profiles).to_numpy()
    means = [zeta[table["group"] == g].mean(axis=0) for g in range(3)]  # what shares by group are at a maximum
    np.testing.assert_allclose(shares, means, atol=1e-6)
    np.testing.assert_allclose(fit.shares, stats.totals[0] / fit.n, atol=1e-6)
    np.testing.assert_allclose(fit.shares, shares.mean(axis=0), atol=1e-9)  # groups of one size
    assert blocs.fit(profiles, 2, **FINE, starts=5).loglik < fit.loglik  # without covariates
    even = Softmax(2, fit.design).from_shares(np.array([[0.7, 0.3]]))  # type: ignore[arg-type]
    np.testing.assert_allclose(Softmax(2, fit.design).prior(even, fit.mixture.shard(profiles)), [[0.7, 0.3]] * 3)  # type: ignore[arg-type]
    one = blocs.fit(profiles, 1, covariates="~ C(group)")
    assert one.loglik == pytest.approx(blocs.fit(profiles, 1).loglik, abs=1e-9)
    assert len(one.coefficients()) == 0


def test_results_do_not_depend_on_row_order_threads_batches_or_copies() -> None:
    fit = blocs.fit(made(), 3, covariates="~ age + party", starts=4)
    shuffled = made(TABLE.sample(frac=1, random_state=1))
    again = blocs.fit(shuffled, 3, covariates="~ age + party", starts=4, jobs=2)
    assert shuffled.hash == made().hash
    assert [np.array_equal(a, b) for a, b in zip(fit.params.blocks, again.params.blocks, strict=True)] == [True, True]
    alone = Mixture.of(made().schema, 3, design=fit.design)
    thrice = made(pd.concat([TABLE] * 3, ignore_index=True))
    assert len(thrice) == len(made())
    np.testing.assert_allclose(alone.posterior(fit.params, thrice)[0], alone.posterior(fit.params, made())[0])
    tripled = blocs.fit(thrice, 3, covariates="~ age + party", init=fit)
    assert tripled.loglik == pytest.approx(3 * fit.loglik, rel=1e-9)
    older, member = made(TABLE[TABLE["age"] > 40]), fit.mixture.membership
    other_member = Softmax(3, Design.of("~ age + party", older))
    assert isinstance(member, Softmax)
    assert other_member.design != member.design
    carried = other_member.carry(fit.params.columns()[0], member)
    np.testing.assert_allclose(other_member.coefficients(carried), member.coefficients(fit.params.columns()[0]))
    assert blocs.fit(older, 3, covariates="~ age + party", init=fit).status == "converged"
    other = TABLE.assign(age=TABLE["age"].sample(frac=1, random_state=3).to_numpy())
    assert made(other).hash != made().hash


def test_units_of_the_covariates_do_not_matter() -> None:
    fit = blocs.fit(made(), 2, covariates="~ age + party", starts=3, **FINE)
    shifted = made(TABLE.assign(age=1000 * TABLE["age"] + 1e6))
    other = blocs.fit(shifted, 2, covariates="~ age + party", starts=3, **FINE)
    assert other.loglik == pytest.approx(fit.loglik, abs=1e-8)
    a, b = (of.coefficients().set_index("term")["coefficient"] for of in (fit, other))
    assert b["age"] * 1000 == pytest.approx(a["age"], rel=1e-5)
    assert b["intercept"] == pytest.approx(a["intercept"] - 1e6 * b["age"], rel=1e-5)


def test_likelihood_never_falls_from_any_start() -> None:
    profiles = made()
    mixture = Mixture.of(profiles.schema, 3, design=Design.of("~ age * party", profiles))
    params = Params.stack([mixture.from_posteriors(profiles, np.random.default_rng(s).dirichlet(np.full(3, 0.1),
                           len(profiles))) for s in range(6)])  # fmt: skip
    result = run_em(mixture, Serial(), mixture.place(profiles, 2), params, StoppingRule(), stepper("auto", mixture))
    assert all((np.diff(trace) >= -1e-8).all() for trace in result.trace)


def test_relabelled_types_are_the_same_model() -> None:
    fit = blocs.fit(made(), 3, covariates="~ age", starts=3)
    other = fit.params.relabel([2, 0, 1])
    np.testing.assert_allclose(
        fit.mixture.posterior(other, made())[1], fit.mixture.posterior(fit.params, made())[1][:, [2, 0, 1]], rtol=1e-12
    )
    a, b = (fit.mixture.membership.coefficients(p.columns()[0]) for p in (fit.params, other))  # type: ignore[union-attr]
    np.testing.assert_allclose(b, a[:, [2, 0, 1]] - a[:, [2]], atol=1e-12)


@pytest.mark.parametrize("route", ["default", "fine"])
def test_published_values(shared_data: Shared, route: str) -> None:
    """poLCA 1.6 on its own data, cheating ~ GPA."""
    wanted, frame = published(shared_data), pd.read_csv(shared_data("lca/cheating.csv"))
    profiles = Profiles.from_table(frame, covariates="GPA")
    assert str(profiles.account) == (
        "Rows read: 319 rows (315 used; 4 set aside, a covariate missing).\n"
        "Covariate 'GPA' is missing in 4 rows, which are set aside."
    )
    fit = blocs.fit(profiles, 2, covariates="~ GPA", **(FINE if route == "fine" else {}))
    for part, got in {
        "loglik": fit.loglik, "shares": fit.shares.tolist(), "beta": [fit.coefficients()["coefficient"].tolist()],
        "mu": [[g["probability"].tolist() for _, g in of.groupby("item", sort=False)]
               for _, of in fit.table().groupby("type")],
    }.items():  # fmt: skip
        number = wanted[f"cheating_GPA_K2.{part}"]
        loose = 1.0 if route == "fine" else 10.0
        np.testing.assert_allclose(got, number["value"], rtol=0, atol=number["tol"] * loose)
    assert fit.n_parameters == 10
    without = blocs.fit(profiles, 2)
    assert 2 * (fit.loglik - without.loglik) == pytest.approx(wanted["cheating_GPA_K2.LR"]["value"], abs=1e-3)


def test_a_fit_is_saved_and_scores_new_rows(tmp_path: Any) -> None:
    profiles = made()
    fit = blocs.fit(profiles, 2, covariates="~ age + C(party)", starts=3)
    fit.save(tmp_path / "fit.json")
    again = blocs.load(tmp_path / "fit.json", profiles)
    assert again.design == fit.design
    assert [np.array_equal(a, b) for a, b in zip(again.params.blocks, fit.params.blocks, strict=True)] == [True, True]
    pd.testing.assert_frame_equal(again.coefficients(), fit.coefficients())
    assert json.loads((tmp_path / "fit.json").read_text())["blocs_fit"] == 7
    assert blocs.fit(profiles, 2, starts=3).to_dict()["blocs_fit"] == 6  # older versions read it
    pd.testing.assert_frame_equal(fit.posterior(TABLE), fit.posterior(profiles))
    new = pd.DataFrame({name: [None, None, None] for name in ITEMS} | {"age": [30, 70, None], "party": ["REP"] * 3})
    got = fit.posterior(new)  # rows without answers have the shares of their covariates
    b = fit.coefficients().set_index("term")["coefficient"]
    odds = np.exp(b["intercept"] + b["party[REP]"] + b["age"] * 30)
    assert got.loc[0, 2] == pytest.approx(odds / (1 + odds), rel=1e-9)
    assert got.loc[0, 2] != pytest.approx(got.loc[1, 2], abs=0.01)
    assert got.loc[2].isna().all()
    assert fit.predict(TABLE).tolist() == fit.predict(profiles).tolist()
    compared = blocs.compare(profiles, [1, 2], covariates="~ age", starts=2)
    assert compared["parameters"].tolist() == [6, 14]
    with pytest.raises(blocs.InputError) as caught:
        fit.posterior(new.assign(party="GRN"))
    assert str(caught.value) == (
        "covariates['party']: it has the levels 'GRN', of which the fit knows nothing. Its levels are 'DEM', 'REP'. "
        "Leave these rows out."
    )
    with pytest.raises(blocs.InputError) as caught:
        fit.posterior(Profiles.from_table(TABLE[ITEMS]))
    assert str(caught.value) == (
        "profiles: the profiles have no covariates, and the types depend on age, party. Name these "
        "columns as covariates where the profiles are made."
    )


def test_damaged_covariates_are_no_fit() -> None:
    saved = blocs.fit(made(), 2, covariates="~ age", starts=2).to_dict()
    for part, value in (("scale", [1.0]), ("scale", [1.0, -1.0]), ("formula", "~ age + age:x"), ("centre", None)):
        with pytest.raises((ValueError, KeyError, TypeError)):
            blocs.Fit.from_dict({**saved, "covariates": {**saved["covariates"], part: value}})
    with pytest.raises(blocs.InputError) as caught:
        blocs.Fit.from_dict({**saved, "covariates": {**saved["covariates"], "coefficients": [[0.0, 1.0]]}})
    assert str(caught.value) == "init: there are 1 coefficients for each type, and 2 columns of covariates."


@pytest.mark.parametrize(
    ("formula", "terms", "columns"),
    [
        ("~ age", ["age"], ["age"]),
        ("~1+age + party", ["age", "party"], ["age", "party[REP]"]),
        ("~ age*party", ["age", "party", "age:party"], ["age", "party[REP]", "age:party[REP]"]),
        ("~ age + party + party:age", ["age", "party", "party:age"], ["age", "party[REP]", "party[REP]:age"]),
        ("~ `age` + age", ["age"], ["age"]),
        ("~ C(year)", ["C(year)"], ["year[2020]", "year[2024]"]),
        ("~ party * age + age:party", ["party", "age", "party:age"], ["party[REP]", "age", "party[REP]:age"]),
        ("~ party / age", ["party", "party:age"], ["party[REP]", "party[DEM]:age", "party[REP]:age"]),
        ("~ (age + party) ** 2 - party", ["age", "age:party"], ["age", "age:party[REP]"]),
        ("~ C(party, Treatment('REP'))", ["C(party, Treatment('REP'))"], ["party[DEM]"]),
        ("~ C(year, contr.sum)", ["C(year, contr.sum)"], ["C(year, contr.sum)[S.2016]", "C(year, contr.sum)[S.2020]"]),
        ("~ {age/10} + I(age**2)", ["{age / 10}", "I(age ** 2)"], ["age / 10", "I(age ** 2)"]),
    ],
)
def test_formulas(formula: str, terms: list[str], columns: list[str]) -> None:
    assert [term.words for term in parse_formula(formula)] == terms
    table = TABLE.assign(year=2016 + 4 * (np.arange(len(TABLE)) % 3))
    profiles = Profiles.from_table(table, items=ITEMS, covariates=["age", "party", "year"])
    design = Design.of(formula, profiles)
    assert list(design.columns) == ["intercept", *columns]
    x = design.matrix(profiles.covariates)[profiles.covariates.row]  # type: ignore[union-attr,index]
    np.testing.assert_allclose(np.average(x[:, 1:], axis=0, weights=profiles.weights), 0.0, atol=1e-9)
    np.testing.assert_allclose(np.average(x[:, 1:] ** 2, axis=0, weights=profiles.weights), 1.0)
    raw = x * design.scale + design.centre
    if "age" in columns:
        age = profiles.expand(raw[:, list(design.columns).index("age")])[0]
        np.testing.assert_allclose(age, table["age"])


RULE = ("A formula is '~' and terms with '+' between them: a column, C(column) for its levels, a:b, a*b, "
        "np.log(column).")

CALLS = ("Functions of columns are C, I, log, log2, log10, exp, bs, cr, cs, cc, poly, center, scale, standardize, "
         "those of contrasts, and such as np.log.")
OTHER = "Compute other columns in the table."


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("age", f"covariates: 'age' does not begin with '~'. {RULE} Write '~ age'."),
        ("lag(age) + agee", "3 faults:\n  - covariates: 'lag(age) + agee' does not begin with '~'. "
                            f"{RULE} Write '~ lag(age) + agee'.\n  - covariates: '~ lag(age) + agee' calls 'lag'. "
                            f"{CALLS} Nearest match: log. {OTHER}\n  - covariates: there is no column 'agee'. The "
                            "columns are 'age', 'party'. Nearest match: age. Name it among the covariates where the "
                            "profiles are made."),
        ("~ 0 + lag(age) + 2:party", "3 faults:\n  - covariates: a model without an intercept is not available. "
                                     f"{RULE} Leave out the 0, or -1.\n  - covariates: '~ 0 + lag(age) + 2:party' "
                                     f"calls 'lag'. {CALLS} Nearest match: log. {OTHER}\n  - covariates: '~ 0 + "
                                     f"lag(age) + 2:party' has the number 2. {RULE} Leave it out."),
        ("~ 1", f"covariates: '~ 1' has no covariate. {RULE} Leave covariates out."),
        ("~ 0 + age", f"covariates: a model without an intercept is not available. {RULE} Leave out the 0, or -1."),
        ("~ age party", "covariates: '~ age party' cannot be read: Missing operator between `age` and `party`. "
                        f"{RULE} A name with spaces stands between backquotes."),
        ("~ .", "covariates: '~ .' cannot be read: The `.` operator requires additional context about which variables "
                f"are available to use. {RULE} A name with spaces stands between backquotes."),
        ("~ age | party", f"covariates: '~ age | party' has several parts. {RULE} Leave out '|' and what stands before "
                          "'~'."),
        ("~ 2:age", f"covariates: '~ 2:age' has the number 2. {RULE} Leave it out."),
        ("~ C(3)", f"covariates: 'C(3)' has no column. {RULE}"),
        ("~ age + C(age)", f"covariates: column 'age' is there as it is and as C(age). {RULE} Write it in one way."),
        ("~ lag(age)", f"covariates: '~ lag(age)' calls 'lag'. {CALLS} Nearest match: log. {OTHER}"),
        ("~ I(open('f'))", f"""covariates: "~ I(open('f'))" calls 'open'. {CALLS} {OTHER}"""),
        ("~ I(age.real)", f"covariates: '~ I(age.real)' has 'age.real'. {CALLS} {OTHER}"),
        ("~ I((lambda: 1)())", f"covariates: '~ I((lambda: 1)())' has '(lambda: 1)()'. {CALLS} {OTHER}"),
        ("~ np.log.__class__(age)", "covariates: '~ np.log.__class__(age)' has 'np.log.__class__'. "
                                    f"{CALLS} Nearest match: np.log. {OTHER}"),
        ("~ I(age)[0]", f"covariates: '~ I(age)[0]' has 'I(age)[0]'. {CALLS} {OTHER}"),
        ("~ I(9**9**9*age)", f"covariates: '~ I(9**9**9*age)' has '9 ** 9 ** 9'. {CALLS} {OTHER}"),
        ("~ np.log(age - 20)", "covariates: np.log(age - 20) is no finite number in some rows. Leave out these rows, "
                               "or compute another column in the table."),
        ("~ np.log(party)", "covariates: '~ np.log(party)' cannot be computed: Unable to evaluate factor "
                            "`np.log(party)`. [TypeError: Object with dtype category cannot perform the numpy op "
                            "log]."),
        ("~ agee", "covariates: there is no column 'agee'. The columns are 'age', 'party'. Nearest match: age. Name "
                   "it among the covariates where the profiles are made."),
    ],
)  # fmt: skip
def test_formulas_are_refused_by_name(formula: str, message: str) -> None:
    with pytest.raises(blocs.InputError) as caught:
        blocs.fit(made(), 2, covariates=formula)
    assert str(caught.value) == message


def test_columns_that_say_nothing_are_refused_by_name() -> None:
    table = TABLE.assign(one=1, twice=2 * TABLE["age"])
    profiles = Profiles.from_table(table, items=ITEMS, covariates=["age", "one", "twice"])
    with pytest.raises(blocs.InputError) as caught:
        blocs.fit(profiles, 2, covariates="~ one + age + twice")
    assert str(caught.value) == (
        "2 faults:\n  - covariates: one is the same for all rows. Leave it out.\n"
        "  - covariates: twice is a combination of the columns before it. Each column says something that the others "
        "do not. Leave it out."
    )
    alike = Profiles.from_table(TABLE.assign(place="here"), items=ITEMS, covariates=["age", "place"])
    for formula in ("~ place", "~ age + C(place)", "~ age:place"):
        with pytest.raises(blocs.InputError) as caught:
            blocs.fit(alike, 2, covariates=formula)
        assert str(caught.value) == "covariates: place is the same for all rows. Leave it out."


@pytest.mark.parametrize(
    ("columns", "covariates", "message"),
    [
        ({}, "agee", "covariates: there is no column 'agee'. The columns are 'a', 'b', 'age'. Nearest match: age."),
        ({}, "a", "covariates: 'a' is an item too. A column is an item or a covariate. Leave it out of one of them."),
        ({"age": [1.0, np.inf, 2]}, "age", "covariates['age']: it holds a number that is not finite. Numbers are "
                                           "finite, and missing cells are empty."),
        ({"age": [1, "x", 2]}, "age", "covariates['age']: it holds values of the kinds int, str. It is a column of "
                                      "numbers, or of text, whose distinct values are its levels. Make it one of "
                                      "these."),
        ({"age": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"])}, "age",
         "covariates['age']: it holds values of the kinds Timestamp. It is a column of numbers, or of text, "
         "whose distinct values are its levels. Make it one of these."),
        ({"age": [None, None, None]}, "age", "covariates: every row lacks one of them. A row is used where it has all "
                                             "covariates."),
    ],
)  # fmt: skip
def test_columns_are_refused_by_name(columns: dict[str, Any], covariates: str, message: str) -> None:
    table = pd.DataFrame({"a": [0, 1, 1], "b": [0, 0, 1], "age": [3, 4, 5]}).astype(object).assign(**columns)
    with pytest.raises(blocs.InputError) as caught:
        Profiles.from_table(table, items=["a", "b"], covariates=covariates)
    assert str(caught.value) == message


def test_combinations_are_refused_by_name() -> None:
    profiles = made()
    fit = blocs.fit(profiles, 2, covariates="~ age", starts=2)
    cases = {
        "Starting values from a fit with covariates are available for a fit with the same columns of covariates alone. "
        "Start from a fit without covariates, or at random.":
            lambda: blocs.fit(profiles, 2, covariates="~ party", init=fit),
        "Profiles with covariates cannot be joined yet. Join their tables, and make profiles of the whole.":
            lambda: blocs.concat([profiles, profiles]),
        "The fit has no covariates: fit with covariates='~ ...' first.":
            lambda: blocs.fit(profiles, 2, starts=2).coefficients(),
        "Rows cannot be drawn from a fit with covariates: its shares depend on those of each row.":
            lambda: blocs.simulate(fit, 10),
        "A plate diagram is not available for a model with covariates or shares by group.": lambda: fit.mixture.graph(),
    }  # fmt: skip
    for message, call in cases.items():
        with pytest.raises(blocs.UnsupportedError) as caught:
            call()
        assert str(caught.value) == message


def test_starting_values_without_covariates_do() -> None:
    profiles = made()
    plain = blocs.fit(profiles, 3, starts=4)
    fit = blocs.fit(profiles, 3, covariates="~ age + party", init=plain)
    assert fit.loglik > plain.loglik + 50
    assert fit.loglik == pytest.approx(blocs.fit(profiles, 3, covariates="~ age + party", starts=6).loglik, abs=1e-3)
    assert fit.loglik == pytest.approx(blocs.fit(profiles, 3, covariates="~ age + party", init=fit).loglik, abs=1e-4)
    assert isinstance(plain.mixture.membership, Shares)


def test_the_plain_kernel_and_many_fits_know_covariates() -> None:
    profiles = made()
    fit = blocs.fit(profiles, 2, covariates="~ age", starts=2)
    plain = blocs.fit(profiles, 2, covariates="~ age", starts=2, kernel="plain")
    assert plain.loglik == pytest.approx(fit.loglik, abs=1e-5)
    weights = np.random.default_rng(0).poisson(1.0, (len(profiles), 3)) * profiles.counts[:, None] + 0.1
    order = fit.mixture.membership.order(profiles)
    ends = fit_many(fit.mixture, fit.mixture.place(profiles), weights[order], fit.params)
    for b in range(3):
        own = weights[:, b].copy()  # kernels read weights one after the other
        one = replace(profiles, counts=own, weights=own)
        alone = run_em(fit.mixture, Serial(), fit.mixture.place(one), fit.params, StoppingRule(), None)
        assert ends.loglik[b] == pytest.approx(alone.loglik[0], abs=1e-6)


def test_every_kind_of_column_is_a_covariate() -> None:
    order = pd.Categorical(np.where(TABLE["age"] > 50, "old", "young"), ["young", "old", "none"])
    table = TABLE.assign(yes=TABLE["age"] > 50, order=order)
    profiles = Profiles.from_table(table, items=ITEMS, covariates=["yes", "order", "age"], groups="party")
    own = profiles.covariates
    assert own is not None
    assert own.levels == ((False, True), ("young", "old"), None)
    assert repr(own) == "<Covariates yes, order, age: 13 distinct rows>"
    assert Design.of("~ yes", profiles).columns == ("intercept", "yes[True]")
    assert Design.of("~ order", profiles).columns == ("intercept", "order[old]")
    assert "covariates         yes, order, age; 13 distinct rows" in str(profiles)
    decimals = Profiles.from_table({"a": [0, 1], "x": [Decimal("1.5"), Decimal(2)]}, items=["a"], covariates="x")
    assert decimals.covariates is not None
    assert (decimals.covariates.levels, decimals.covariates.values.tolist()) == ((None,), [[1.5], [2.0]])
    by = blocs.fit_by_group(profiles, types=2, by="party", covariates="~ yes", starts=2)
    assert [fit.design.columns for fit in by.fits.values()] == [("intercept", "yes[True]")] * 2


def test_measurements_and_menus_work_with_covariates() -> None:
    rng = np.random.default_rng(5)
    n, x = 400, np.random.default_rng(6).normal(size=400)
    kind = rng.random(n) < 1 / (1 + np.exp(-1.5 * x))
    frame = pd.DataFrame({"m": rng.normal(3.0 * kind), "k": rng.binomial(5, np.where(kind, 0.8, 0.3)), "x": x})
    frame["vote"] = np.where(rng.random(n) < np.where(kind, 0.9, 0.2), "R", "D")
    menus = [{"D", "R"} if i % 3 else {"D", "R", "I"} for i in range(n)]
    profiles = Profiles.from_table(frame, items=["vote"], menus={"vote": menus}, covariates="x",
                                   kinds={"m": blocs.Gaussian(["m"]), "k": blocs.Binomial(5)})  # fmt: skip
    fit = blocs.fit(profiles, 2, covariates="~ x", starts=4)
    slope = fit.coefficients().set_index("term")["coefficient"]["x"]
    assert abs(slope) == pytest.approx(1.5, abs=0.5)
    assert fit.loglik > blocs.fit(profiles, 2, starts=4).loglik + 20
    assert fit.check(profiles) is None
    assert isinstance(fit.schema, Schema)
