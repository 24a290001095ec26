"""Shares by group: the same likelihood by other routes, recovery, laws, saved fits, and refusals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.inference.mean_posteriors import mean_posteriors
from blocs.inference.resampling import resampled
from blocs.inference.shown_shares import shown_shares
from blocs.membership import Groups, GroupShares, Membership
from blocs.model.scores import from_free_vector, row_scores, to_free_vector
from blocs.profiles import Profiles
from blocs.report.material import gather
from blocs.simulation import District, Truth
from blocs.simulation.recovery import recover

FINE = {"gain": 1e-11, "change": 1e-8}
ITEMS = [f"q{j}" for j in range(6)]
CHANCE = np.array([[0.9, 0.85, 0.8, 0.9, 0.8, 0.85], [0.1, 0.2, 0.85, 0.15, 0.9, 0.2]])
SHARES = np.array([0.9, 0.75, 0.6, 0.35])
"""Share of the first type in each of four precincts."""


def voters(n: int = 1200, seed: int = 4) -> pd.DataFrame:
    """Two types in four precincts, which are numbers; a party, and a tenth of the answers missing."""
    rng = np.random.default_rng(seed)
    precinct = rng.choice([3, 7, 12, 40], n, p=[0.4, 0.3, 0.2, 0.1])
    kind = (rng.random(n) > SHARES[np.searchsorted([3, 7, 12, 40], precinct)]).astype(int)
    answers = (rng.random((n, 6)) < CHANCE[kind]).astype(object)
    answers[rng.random((n, 6)) < 0.1] = None
    table = pd.DataFrame({name: answers[:, j] for j, name in enumerate(ITEMS)})
    return table.assign(precinct=precinct, party=rng.choice(["DEM", "REP"], n), w=rng.uniform(0.5, 2.0, n).round(2))


TABLE = voters()


def made(table: pd.DataFrame = TABLE, **how: Any) -> Profiles:
    return Profiles.from_table(table, items=ITEMS, **{"covariates": "precinct", **how})


def fitted(profiles: Profiles | None = None, **how: Any) -> blocs.Fit:
    settings: dict[str, Any] = {"starts": 3, "seed": 1, "groups": "precinct", **FINE, **how}
    return blocs.fit(made() if profiles is None else profiles, 2, **settings)


FIT = fitted()


def test_the_likelihood_is_that_of_the_group_as_one_more_item() -> None:
    """log p(g, x) = log p(g) + log sum_k pi_gk p_k(x): an item of the groups says the same in another order."""
    item = Profiles.from_table(TABLE, items=[*ITEMS, "precinct"])
    joint = blocs.fit(item, 2, starts=3, seed=1, **FINE)
    n = TABLE["precinct"].value_counts().sort_index().to_numpy(dtype=float)
    assert FIT.loglik + (n * np.log(n / n.sum())).sum() == pytest.approx(joint.loglik, abs=1e-6)
    both = joint.table().query("item in @ITEMS")["probability"].to_numpy()
    np.testing.assert_allclose(FIT.table()["probability"], both, atol=1e-5)
    np.testing.assert_allclose(FIT.posterior(made()), joint.posterior(item), atol=1e-5)
    np.testing.assert_allclose(FIT.shares, joint.shares, atol=1e-5)
    assert FIT.n_parameters == 4 * 1 + 2 * 6
    of_group = joint.table().query("item == 'precinct'")["probability"].to_numpy().reshape(2, 4)
    given = of_group * joint.shares.to_numpy()[:, None]
    np.testing.assert_allclose(FIT.params.membership[1:, 0], (given / given.sum(axis=0)).T, atol=1e-5)


def test_it_is_the_model_of_a_formula_with_a_level_for_every_group() -> None:
    softmax = blocs.fit(made(), 2, starts=3, seed=1, covariates="~ C(precinct)", **FINE)
    assert FIT.loglik == pytest.approx(softmax.loglik, abs=1e-6)
    assert FIT.n_parameters == softmax.n_parameters
    assert FIT.bic == pytest.approx(softmax.bic, abs=1e-5)
    np.testing.assert_allclose(FIT.posterior(TABLE), softmax.posterior(TABLE), atol=1e-4)
    assert FIT.entropy_r2 == pytest.approx(softmax.entropy_r2, abs=1e-5)


def test_shares_come_back_and_are_not_those_of_a_fit_without_groups() -> None:
    table = FIT.shares_by_group()
    assert table.columns.tolist() == ["precinct", "n", "type", "share"]
    assert table["precinct"].tolist() == [3, 3, 7, 7, 12, 12, 40, 40]
    assert table["n"].tolist() == np.repeat(TABLE["precinct"].value_counts().sort_index(), 2).tolist()
    first = table.query("type == 1")
    np.testing.assert_allclose(first["share"], SHARES, atol=0.08)
    assert FIT.shares[1] == pytest.approx(float((first["n"] * first["share"]).sum() / 1200), abs=1e-12)
    assert FIT.loglik > blocs.fit(made(), 2, starts=3, seed=1).loglik + 50


MEANS = np.array([[0.05, 0.05, 0.88, 0.02], [0.10, 0.50, 0.38, 0.02], [0.50, 0.10, 0.38, 0.02]])
ALONE = {office: ["abstain", "straight"] for office in ("C", "D", "E")}


def test_a_county_whose_uncontested_districts_differ_comes_back() -> None:
    """The case of docs/iia.md: half of the voters live where three offices are uncontested, and types live apart."""
    truth = Truth(pd.Series([0.5, 0.3, 0.2], index=[1, 2, 3]), tuple("ABCDE"), np.repeat(MEANS[:, None], 5, axis=1))
    own = {"01": [0.2, 0.45, 0.35], "02": [0.8, 0.15, 0.05]}
    districts = {"01": District(shares=own["01"]), "02": District(shares=own["02"], menus=ALONE)}
    table = blocs.simulate(truth, 200_000, seed=1, districts=districts)
    everything = {"abstain", "split", "straight", "other"}
    menus = {office: ("district", {"01": everything, "02": set(ALONE[office])}) for office in ALONE}
    profiles = Profiles.from_table(table, items=list("ABCDE"), menus=menus, covariates="district")
    fit = blocs.fit(profiles, 3, starts=3, seed=1, groups="district")
    np.testing.assert_allclose(fit.shares, [0.5, 0.3, 0.2], atol=0.006)
    assert recover(fit, truth).largest_error < 0.02
    for label, of_district in fit.shares_by_group().groupby("district"):
        np.testing.assert_allclose(of_district["share"], own[str(label)], atol=0.006)
    plain = blocs.fit(profiles, 3, starts=3, seed=1)
    assert recover(plain, truth).largest_error > 0.05
    # IIA is true within the types: one set of shares for all rejects it, those of each district do not
    alike, apart = (blocs.iia_test(profiles, 3, ["C"], starts=2, seed=1, groups=of) for of in (None, "district"))
    assert alike.p is not None and alike.p < 1e-6
    assert apart.p is not None and apart.p > 0.05


def test_free_parameters_and_scores_are_those_of_differences() -> None:
    profiles, mixture = made(), FIT.mixture
    membership: Membership = mixture.membership
    vector = to_free_vector(mixture, FIT.params)
    assert vector.shape == (1, mixture.free)
    back = from_free_vector(mixture, vector, FIT.params)
    np.testing.assert_allclose(back.vector(), FIT.params.vector(), atol=1e-12)
    scores = row_scores(mixture, FIT.params, profiles)
    for p in range(4):
        move = 1e-5 * np.eye(mixture.free)[p]
        up, down = (mixture.posterior(from_free_vector(mixture, vector + s * move, FIT.params), profiles)[0]
                    for s in (1, -1))  # fmt: skip
        np.testing.assert_allclose(scores[:, p], (up - down) / 2e-5, rtol=1e-5, atol=1e-7)
    assert membership.charted is not None
    gamma = FIT.params.columns()[0]
    back = membership.charted.unchart(membership.charted.chart(gamma))
    np.testing.assert_allclose(membership.with_means(back, gamma), gamma, rtol=1e-12)
    assert membership.index(2)[:, 1].tolist() == [-1, 0, 1, 2, 3]


def test_shards_and_threads_and_the_order_of_rows_do_not_matter() -> None:
    profiles, mixture = made(), FIT.mixture
    whole = mixture.estep(FIT.params, profiles)
    parts = [mixture.task(FIT.params)(shard) for shard in mixture.place(profiles, 5)]
    added = sum(parts[1:], parts[0])
    assert added.membership.shape == (4, 2)
    np.testing.assert_allclose(added.membership, whole.membership, rtol=1e-12)
    np.testing.assert_allclose(added.counts, whole.counts, rtol=1e-12)
    assert added.loglik[0] == pytest.approx(FIT.loglik, rel=1e-12)
    np.testing.assert_allclose(whole.membership.sum(axis=1), FIT.groups.counts if FIT.groups else (), rtol=1e-12)
    again = fitted(made(TABLE.sample(frac=1, random_state=1)), jobs=2)
    assert again.params.vector().tolist() == FIT.params.vector().tolist()


def test_weight_3_is_three_copies_and_a_plain_kernel_agrees() -> None:
    few = TABLE.head(300).assign(n=3)
    tripled = fitted(made(few, weights="n"), starts=2)
    copies = fitted(made(pd.concat([few] * 3)), starts=2)
    assert tripled.loglik == pytest.approx(copies.loglik, abs=1e-9)
    np.testing.assert_allclose(tripled.params.vector(), copies.params.vector(), atol=1e-9)
    plain = fitted(made(few, weights="n"), starts=2, kernel="plain")
    assert plain.loglik == pytest.approx(tripled.loglik, abs=1e-8)


@pytest.mark.parametrize("accelerate", ["none", "auto"])
def test_the_likelihood_never_falls(accelerate: str) -> None:
    fit = fitted(accelerate=accelerate, starts=2)
    assert fit.loglik == pytest.approx(FIT.loglik, abs=1e-6)
    assert (np.diff(fit.trace) > -1e-7).all()
    assert fit.trace[0] < fit.loglik - 10


def test_more_shares_than_quasi_newton_steps_take_are_fitted_by_em(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blocs.membership.group_shares.MOST_CHARTED", 7)
    assert fitted(starts=2).loglik == pytest.approx(FIT.loglik, abs=1e-6)
    with pytest.raises(blocs.UnsupportedError) as caught:
        fitted(accelerate="quasi-newton")
    assert "GroupShares" in str(caught.value)


def test_a_prior_draws_every_group() -> None:
    fit = fitted(prior=2.0)
    stats = fit.mixture.estep(fit.params, made())
    c = stats.membership + 2.0
    np.testing.assert_allclose(fit.params.membership[1:, 0], c / c.sum(axis=1, keepdims=True), atol=1e-5)


def test_a_group_without_rows_has_the_shares_of_all() -> None:
    """As when a subsample has none of a small group."""
    groups = Groups(("precinct",), ((1,), (2,)), (3.0, 5.0), (3.0, 5.0))
    membership = GroupShares(2, groups)
    step = membership.mstep(membership.even(1), np.array([[3.0, 1.0], [0.0, 0.0]]))
    np.testing.assert_allclose(step, [[0.75, 0.25]] * 3)


def test_several_columns_make_groups_and_other_covariates_do_not_matter() -> None:
    profiles = made(covariates=["precinct", "party"])
    fit = fitted(profiles, groups=["party", "precinct"])
    assert fit.groups is not None
    assert fit.groups.labels[:3] == (("DEM", 3), ("DEM", 7), ("DEM", 12))
    assert len(fit.groups) == 8
    assert fitted(profiles).loglik == pytest.approx(FIT.loglik, abs=1e-6)
    assert fitted(profiles).data != FIT.data


def test_a_saved_fit_is_the_same(tmp_path: Any) -> None:
    FIT.save(tmp_path / "fit.json")
    again = blocs.load(tmp_path / "fit.json", made())
    assert again.params.vector().tolist() == FIT.params.vector().tolist()
    pd.testing.assert_frame_equal(again.shares_by_group(), FIT.shares_by_group())
    pd.testing.assert_frame_equal(again.posterior(TABLE), FIT.posterior(TABLE))
    assert again.settings["groups"] == ["precinct"]
    assert again.to_dict() == FIT.to_dict()
    assert FIT.to_dict()["blocs_fit"] == 8
    damaged = FIT.to_dict()
    damaged["groups"] = {**damaged["groups"], "shares": damaged["groups"]["shares"][1:]}
    with pytest.raises(blocs.InputError) as caught:
        blocs.Fit.from_dict(damaged)
    assert str(caught.value) == "init: there are shares of 3 groups, and the data have 4 groups."


def test_relabelled_types_have_relabelled_shares() -> None:
    turned = FIT.relabel({1: 2, 2: 1})
    each = FIT.shares_by_group()["share"].to_numpy().reshape(4, 2)
    assert turned.shares_by_group()["share"].tolist() == each[:, ::-1].ravel().tolist()
    assert turned.score(made()) == pytest.approx(FIT.loglik)


def test_starting_values() -> None:
    plain = blocs.fit(made(), 2, starts=2, seed=1)
    assert fitted(init=plain).loglik == pytest.approx(FIT.loglik, abs=1e-6)
    fewer = made(TABLE[TABLE["precinct"] != 40])
    assert len(fitted(init=FIT).trace) < 15
    with pytest.raises(blocs.UnsupportedError) as caught:
        fitted(fewer, init=FIT)
    assert str(caught.value) == (
        "Starting values from a fit with shares by group are available for a fit with the same groups alone. Start "
        "from a fit without shares by group, or at random."
    )


def test_small_groups_are_withheld() -> None:
    assert (FIT.groups.counts if FIT.groups else ())[2:] == (246.0, 129.0)
    table = FIT.shares_by_group(minimum=100)
    assert table["share"].notna().all()
    table = FIT.shares_by_group(minimum=130)  # of the smallest alone all could be worked out from the means
    assert table.loc[table["share"].isna(), "precinct"].unique().tolist() == [12, 40]
    assert table["n"].isna().tolist() == table["share"].isna().tolist()
    with pytest.raises(blocs.InputError) as caught:
        FIT.shares_by_group(minimum=0)
    assert str(caught.value) == "minimum: it is 0. It is a number of observations from 1."


def test_what_is_not_there_is_refused_in_words() -> None:
    for profiles, wanted, words in (
        (made(), "precint",
         "groups: there is no column 'precint'. The columns are 'precinct'. Nearest match: precinct. Name it among the "
         "covariates where the profiles are made."),
        (made(TABLE.assign(county="x"), groups="county"), "county",
         "groups: there is no column 'county'. The columns are 'precinct'. Name it among the covariates where the "
         "profiles are made, or make covariates of its groups: blocs.profiles.group_covariates(profiles, ['county'])."),
        (made(), [], "groups: there is no column. Name one, or leave it out."),
    ):  # fmt: skip
        with pytest.raises(blocs.InputError) as caught:
            fitted(profiles, groups=wanted)
        assert str(caught.value) == words
    with pytest.raises(blocs.InputError) as caught:
        FIT.posterior(TABLE.assign(precinct=TABLE["precinct"].replace({40: 41})))
    assert str(caught.value) == (
        "profiles: the fit knows nothing of 41 in 'precinct'. It has shares of 4 groups. Leave these rows out."
    )
    with pytest.raises(blocs.InputError) as caught:
        FIT.score(made(covariates=None))
    assert str(caught.value) == (
        "profiles: there is no column 'precinct'. There are no columns to choose from. The types' shares depend on it: "
        "name it among the covariates where the profiles are made, or make group columns covariates with "
        "blocs.profiles.group_covariates."
    )


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda: FIT.coefficients(), "The fit has no covariates: fit with covariates='~ ...' first."),
        (lambda: blocs.fit(made(), 2, starts=1).shares_by_group(),
         "The fit has one set of shares for all rows: fit with groups='...' first."),
        (lambda: blocs.goodness_of_fit(FIT, made()),
         "Goodness of fit is not available for fits with shares by group: the saturated model would have a table for "
         "each of their values, with hardly any rows. blocs.bivariate_residuals and blocs.residuals are."),
        (lambda: blocs.bootstrap(FIT, made(), kind="parametric"),
         "A parametric bootstrap is not available for fits with shares by group. Fit without groups."),
        (lambda: blocs.simulate(FIT, 10),
         "Rows cannot be drawn from a fit with shares by group yet. Fit without groups."),
        (lambda: blocs.compare(made(), [1, 2], cross_validate=5, groups="precinct"),
         "Cross-validation is not available with shares by group. Leave out one of the two."),
        (lambda: FIT.mixture.graph(),
         "A plate diagram is not available for a model with covariates or shares by group."),
        (lambda: blocs.given(FIT.mixture, [0.5, 0.5], {}),
         "Shares that are the same for all rows cannot be given where groups have their own."),
        (lambda: blocs.iia_test(made(), 2, kind="wald", groups="precinct"),
         "The score test of IIA is not available with shares by group. Use kind='lr'."),
    ],
)  # fmt: skip
def test_what_is_not_available_is_refused_by_name(asked: Any, words: str) -> None:
    with pytest.raises(blocs.UnsupportedError) as caught:
        asked()
    assert str(caught.value) == words


def test_replicates_of_a_bootstrap_are_the_fits_of_their_weights() -> None:
    profiles = made()
    boot = blocs.bootstrap(FIT, profiles, replicates=30, seed=1, jobs=1)
    rows = profiles.recoded(FIT.schema)
    assert rows.covariates is not None
    group = np.argsort(np.argsort(rows.covariates.row, kind="stable"), kind="stable")
    assert (np.diff(group) < 0).any()  # the profiles are not in the order of their groups
    drawn = resampled(rows, None, 1)(range(2))
    for b in range(2):
        kept = np.flatnonzero(drawn[:, b])
        own = drawn[kept, b].copy()
        alone = fitted(replace(rows.take(kept, own), counts=own), starts=1, init=FIT)
        assert boot.loglik[b] == pytest.approx(alone.loglik, abs=1e-6)
        np.testing.assert_allclose(boot.params.membership[1:, b], alone.params.membership[1:, 0], atol=1e-5)
        np.testing.assert_allclose(boot.params.shares[b], alone.shares, atol=1e-5)
    table = boot.shares_by_group()
    assert table.columns.tolist() == ["precinct", "n", "type", "share", "se", "low", "high", "flag"]
    np.testing.assert_allclose(table["se"], boot.params.membership[1:].std(axis=1, ddof=1).ravel(), rtol=1e-12)
    errors = blocs.standard_errors(FIT, profiles, "robust").shares_by_group()
    np.testing.assert_allclose(table["se"], errors["se"], rtol=0.45)
    withheld = boot.shares_by_group(minimum=200)
    assert withheld["flag"].tolist().count("withheld") == withheld["se"].isna().sum() == 4


def test_questions_that_work_with_groups() -> None:
    profiles = made()
    table = blocs.compare(profiles, [1, 2], groups="precinct", starts=2, seed=1)
    assert table["parameters"].tolist() == [6, 16]
    diagnosis = blocs.diagnose(FIT, profiles)
    assert diagnosis.structural_rank == diagnosis.parameters == diagnosis.local_rank == 16
    interval = blocs.profile_interval(FIT, profiles, item="q0", outcome=True, type=1)
    assert interval.low < 0.9 < interval.high
    assert blocs.match(FIT, blocs.fit(profiles, 2, starts=2, seed=1)).mapping == {1: 1, 2: 2}
    assert len(blocs.bivariate_residuals(FIT, profiles)) == 15


def test_mean_posteriors_by_the_groups_of_the_fit_are_its_shares() -> None:
    profiles = made(groups=["precinct", "party"])
    table, own = mean_posteriors(FIT, profiles, "precinct"), blocs.shares_by_group(FIT, profiles).table()
    pd.testing.assert_frame_equal(table, own)
    with pytest.raises(blocs.UnsupportedError) as refused:
        mean_posteriors(FIT, profiles, "party")
    assert str(refused.value) == (
        "Shares by 'party' are not available for a fit with shares by 'precinct': its posteriors have those as their "
        "prior. Fit with groups='party', or without groups."
    )
    shown = shown_shares(FIT, profiles, "precinct").table.sort_values(["group", "type"])
    np.testing.assert_array_equal(shown["low"], own["low"])


def test_labels_in_text_find_the_numbers_of_the_fit() -> None:
    table = TABLE.assign(precinct=TABLE["precinct"].astype(str))
    profiles = blocs.profiles.group_covariates(Profiles.from_table(table, items=ITEMS, groups="precinct"), "precinct")
    fit = fitted(profiles, starts=1)
    shares = mean_posteriors(fit, profiles, "precinct")
    assert shares["precinct"].tolist() == np.repeat(["12", "3", "40", "7"], 2).tolist()
    own = blocs.shares_by_group(fit, profiles).table().set_index(["precinct", "type"])
    for row in shares.to_dict("records"):
        assert row["se"] == own.loc[(int(row["precinct"]), row["type"]), "se"]
        assert row["n"] == own.loc[(int(row["precinct"]), row["type"]), "n"]


@pytest.mark.parametrize("name", ["n", "type", "share", "se", "low", "high", "flag"])
def test_a_column_of_groups_has_no_name_of_another_column(name: str) -> None:
    profiles = made(TABLE.rename(columns={"precinct": name}), covariates=name, groups=name)
    rule = (f"{name!r} is another column of the tables by group. Their own columns are 'n', 'type', 'share', 'se', "
            "'low', 'high', 'flag'. Rename the column.")  # fmt: skip
    plain = blocs.fit(profiles, 1, starts=1)
    for argument, asked in {
        "groups": lambda: fitted(profiles, groups=name),
        "by": lambda: mean_posteriors(plain, profiles, name),
    }.items():
        with pytest.raises(blocs.InputError) as refused:
            asked()
        assert str(refused.value) == f"{argument}: {rule}"


def test_expected_numbers_have_names_of_their_own() -> None:
    profiles = made(TABLE.rename(columns={"party": "menu"}), groups="menu")
    with pytest.raises(blocs.InputError) as refused:
        blocs.fit(profiles, 1, starts=1).expected(profiles, by="menu")
    assert str(refused.value) == (
        "by: 'menu' is another column of the tables by group. Their own columns are 'type', 'item', 'menu', "
        "'outcome', 'expected', 'share'. Rename the column."
    )


def test_a_report_says_which_groups_it_cannot_show() -> None:
    profiles = made(groups=["precinct", "party"])
    groups = gather(FIT, profiles).groups
    assert groups["precinct"].table["group"].nunique() == 4
    assert groups["party"].why.startswith("Shares by 'party' are not available for a fit with shares by 'precinct'")
