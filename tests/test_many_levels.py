"""A column of many levels beside other covariates: the same numbers as with a column for each level."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.membership import Design, LevelSoftmax, Softmax, many_levels
from blocs.model.drawn_rows import rows_of_groups
from blocs.model.mixture import Mixture
from blocs.model.score_sums import _of_rows, score_sums
from blocs.model.structural_rank import structural_rank
from blocs.profiles import Profiles

AREAS = 22
ITEMS = list("abcd")


def table(n: int = 900) -> pd.DataFrame:
    """Two types whose shares depend on age and area; weights, and a second column of areas."""
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"age": rng.integers(18, 60, n), "party": rng.choice(list("ABC"), n),
                          "area": rng.integers(0, AREAS, n), "w": rng.uniform(0.5, 2, n).round(2)})  # fmt: skip
    eta = (frame["age"] - 40) / 10 - rng.normal(0, 0.5, AREAS)[frame["area"]]
    kind = rng.random(n) < 1 / (1 + np.exp(-eta))
    for name in ITEMS:
        frame[name] = (rng.random(n) < np.where(kind, 0.85, 0.2)).astype(int)
    return frame.assign(town=[f"town {of}" for of in (frame["area"] + frame["age"]) % 25])


FRAME = table()


def made(**how: Any) -> Profiles:
    return Profiles.from_table(FRAME, items=ITEMS, covariates=["age", "party", "area", "town"], **how)


@pytest.fixture
def by_columns(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """With `setattr(..., 10**9)` every level is a column, as for covariates of few levels."""
    return monkeypatch


def dense(formula: str, profiles: Profiles, patch: pytest.MonkeyPatch) -> Design:
    with patch.context() as inner:
        inner.setattr(many_levels, "MANY", 10**9)
        design = Design.of(formula, profiles)
        assert design.many is None
        return design


FORMULAS = ["~ age + C(area)", "~ C(area)", "~ town + bs(age, df=4)*party", "~ party*age + C(`area`) + town"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_columns_and_sums_are_those_of_a_column_for_each_level(formula: str, by_columns: pytest.MonkeyPatch) -> None:
    profiles = made()
    own, other = Design.of(formula, profiles), dense(formula, profiles, by_columns)
    assert own.many is not None
    assert (own.columns, own.sizes) == (other.columns, other.sizes)
    for name in ("centre", "scale", "largest"):
        np.testing.assert_allclose(getattr(own, name), getattr(other, name), rtol=1e-9, atol=1e-12)
    assert profiles.covariates is not None
    with by_columns.context() as inner:
        inner.setattr(many_levels, "MANY", 10**9)
        wanted = other.matrix(profiles.covariates)
    np.testing.assert_allclose(own.matrix(profiles.covariates), wanted, atol=1e-9)
    assert Design.from_plain(own.to_plain()) == own
    types, rng = 3, np.random.default_rng(1)
    levels, columns = LevelSoftmax(types, own), Softmax(types, other)
    gamma = rng.normal(0, 0.3, (1 + len(own.columns), 2 * types))
    one, two = shard(levels, profiles), shard(columns, profiles)
    np.testing.assert_allclose(levels.prior(gamma, one), columns.prior(gamma, two), rtol=1e-9)
    totals = rng.random((len(one.covariates), 2 * types))
    by_level, by_column = levels.statistics(gamma, one, totals), columns.statistics(gamma, two, totals)
    np.testing.assert_allclose(by_level[:2], by_column[:2], rtol=1e-10)
    move, wanted = levels.mstep(gamma, by_level) - gamma, columns.mstep(gamma, by_column) - gamma
    for first in (0, types):  # the same direction, of which a safe part is taken
        at = (slice(1, None), slice(first + 1, first + types))
        ratio = move[at] / wanted[at]
        np.testing.assert_allclose(ratio, ratio.mean(), rtol=1e-5)
        assert ratio.mean() > 0.9
    both = [of.information(gamma[:, :types], part, totals[:, :types]) for of, part in ((levels, one), (columns, two))]
    np.testing.assert_allclose(*both, rtol=1e-9, atol=1e-9)
    both = [of.scores(gamma[:, :types], part) for of, part in ((levels, one), (columns, two))]
    np.testing.assert_allclose(*both, rtol=1e-9, atol=1e-9)


def shard(membership: Softmax, profiles: Profiles) -> Any:
    from blocs.kernels.shard import Shard

    rows = membership.rows([profiles])[0]
    return Shard(profiles.codes, rows.row, profiles.weights, covariates=rows.covariates)


def two_starts(formula: str, types: int, seed: int) -> tuple[LevelSoftmax, Any, np.ndarray, np.ndarray]:
    """Return shares that depend on a formula, the rows, random coefficients of two starts, and totals of the types."""
    profiles, rng = made(), np.random.default_rng(seed)
    member = LevelSoftmax(types, Design.of(formula, profiles))
    part = shard(member, profiles)
    gamma = rng.normal(0, 0.4, (1 + len(member.design.columns), 2 * types))
    return member, part, gamma, rng.random((len(part.covariates), 2 * types))


def test_coordinates_lead_back_and_the_slope_is_the_derivative() -> None:
    types = 3
    member, part, gamma, totals = two_starts("~ age + C(area)", types, 1)
    y = member.chart(gamma)
    np.testing.assert_allclose(member.prior(member.unchart(y), part), member.prior(gamma, part), rtol=1e-10)

    def value(at: np.ndarray) -> float:
        return float((totals * np.log(member.prior(member.unchart(at), part))).sum())

    slope, curvature = member.slope(gamma, member.statistics(gamma, part, totals))
    assert (curvature[1:] >= 0).all()
    for q, w in ((1, 0), (2, 1), (2, 5), (9, 3), (len(y) - 1, 2)):
        step = np.zeros(y.shape)
        step[q, w] = 1e-5
        assert slope[q, w] == pytest.approx((value(y + step) - value(y - step)) / 2e-5, abs=2e-5)
    assert (slope[0] == 0).all()


def test_a_start_has_the_same_bits_alone_and_beside_others() -> None:
    types = 3
    member, part, gamma, totals = two_starts("~ party*age + C(area)", types, 0)

    def computed(gamma: np.ndarray, totals: np.ndarray) -> list[np.ndarray]:
        stats = member.statistics(gamma, part, totals)
        y = member.chart(gamma)
        return [member.prior(gamma, part), stats, member.mstep(gamma, stats), *member.slope(gamma, stats), y,
                member.unchart(y)]  # fmt: skip

    both = computed(gamma, totals)
    for columns in (slice(0, types), slice(types, None)):
        alone = computed(gamma[:, columns].copy(), totals[:, columns].copy())
        for one, two in zip(alone, both, strict=True):
            np.testing.assert_array_equal(one, two[:, columns])


@pytest.mark.slow
@pytest.mark.parametrize("weights", [None, "w"])
def test_a_fit_and_its_errors_are_those_of_a_column_for_each_level(
    weights: str | None, by_columns: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    profiles = made(**({} if weights is None else {"design_weights": weights}))
    how: dict[str, Any] = {"covariates": "~ age + C(area)", "starts": 2, "most": 2, "seed": 1, "gain": 1e-11, "jobs": 1}
    fit = blocs.fit(profiles, 2, **how)
    assert isinstance(fit.mixture.membership, LevelSoftmax)
    errors = blocs.standard_errors(fit, profiles)
    sums, wanted = score_sums(fit.mixture, fit.params, profiles), _of_rows(fit.mixture, fit.params, profiles)
    for name in ("complete", "within", "outer", "squared"):
        scale = np.abs(getattr(wanted, name)).max()
        np.testing.assert_allclose(getattr(sums, name) / scale, getattr(wanted, name) / scale, atol=1e-12)
    with by_columns.context() as inner:
        inner.setattr(many_levels, "MANY", 10**9)
        other = blocs.fit(profiles, 2, **how)
        assert not isinstance(other.mixture.membership, LevelSoftmax)
        by_column = blocs.standard_errors(other, profiles)
        coefficients, effects = by_column.coefficients(), by_column.margins()
    assert fit.loglik == pytest.approx(other.loglik, abs=1e-8)
    own = errors.coefficients()
    assert own["term"].tolist() == coefficients["term"].tolist()
    np.testing.assert_allclose(own["coefficient"], coefficients["coefficient"], atol=2e-6)
    np.testing.assert_allclose(own["se"], coefficients["se"], rtol=1e-6)
    np.testing.assert_allclose(errors.margins()[["effect", "se"]], effects[["effect", "se"]], rtol=1e-5, atol=1e-8)
    fit.save(tmp_path / "fit.json")
    again = blocs.load(tmp_path / "fit.json", profiles)
    np.testing.assert_array_equal(again.posterior(profiles), fit.posterior(profiles))


def test_groups_beside_covariates_where_a_type_is_absent_from_some() -> None:
    """Types of no share in a group are no obstacle: all starts end where the groups' own shares say 0."""
    frame = FRAME.copy()
    few = frame["area"] < 4
    for name in ITEMS:
        frame.loc[few, name] = 1
    profiles = Profiles.from_table(frame, items=ITEMS, covariates=["age", "area"])
    fit = blocs.fit(profiles, 2, covariates="~ age", groups="area", starts=4, most=4, seed=1, jobs=1)
    assert fit.status == "converged"
    assert max(end.iterations for end in fit.ends) < 300
    logliks = [end.loglik for end in fit.ends]
    assert max(logliks) - min(logliks) < 1e-4
    flags = blocs.standard_errors(fit, profiles).coefficients().set_index("term")["flag"]
    assert flags["age"] == ""


def test_a_rare_level_is_identified_with_a_prior_as_without() -> None:
    """No other rows than its three determine its coefficient, among 1,500."""
    for seed, types in ((0, 2), (2, 2), (2, 3)):
        rng, n = np.random.default_rng(seed), 1_500
        level = np.append(rng.integers(39, size=n - 3), [39] * 3)
        items = {f"item {j}": rng.integers(2, size=n) for j in range(5)}
        frame = {**items, "x": rng.normal(size=n), "g": [f"level {of:02d}" for of in level]}
        profiles = Profiles.from_table(frame, items=list(items), covariates=["x", "g"])
        design = Design.of("~ x + g", profiles)
        mixtures = [Mixture.of(profiles.schema, types, prior, "compiled", design) for prior in (0.0, 1.0)]
        assert [type(of.membership) for of in mixtures] == [LevelSoftmax, Softmax]
        assert [structural_rank(of, profiles) for of in mixtures] == [mixtures[0].free] * 2


def test_rows_of_each_level_of_each_term() -> None:
    profiles = made()
    mixture = Mixture.of(profiles.schema, 2, 0.5, "compiled", Design.of("~ age*party + C(area):party", profiles))
    at = rows_of_groups(mixture, profiles)
    assert profiles.covariates is not None
    cells = profiles.covariates.values[profiles.covariates.row][:, [1, 2]]
    party, both = cells[:, :1], cells  # levels of party, then those of areas by party
    wanted = [np.flatnonzero((of == level).all(axis=1)) for of in (party, both) for level in np.unique(of, axis=0)]
    assert len(at) == 6 * len(wanted)
    for six in at.reshape(-1, 6):
        assert any(set(six.tolist()) == set(rows[:6].tolist()) for rows in wanted)
    none = Mixture.of(profiles.schema, 2, 0.5, "compiled", Design.of("~ age", profiles))
    assert len(rows_of_groups(none, profiles)) == 0


def test_what_is_refused() -> None:
    frame = FRAME.assign(income=FRAME["area"] % 5)
    profiles = Profiles.from_table(frame, items=ITEMS, covariates=["income", "area"])
    with pytest.raises(blocs.InputError) as caught:
        blocs.fit(profiles, 2, covariates="~ income + C(area)")
    assert str(caught.value) == (
        "covariates: income is a combination of the columns before it and the levels of 'area'. Each column says "
        "something that the others do not. Leave it out."
    )
    fit = blocs.fit(made(), 2, covariates="~ age + C(area)", starts=1, most=1, steps=2, seed=1)
    new = FRAME.assign(area=99)
    with pytest.raises(blocs.InputError) as caught:
        fit.posterior(Profiles.from_table(new, items=ITEMS, covariates=["age", "area"]))
    assert str(caught.value) == (
        f"covariates['area']: it has the levels 99, of which the fit knows nothing. Its levels are "
        f"{', '.join(map(str, range(AREAS)))}. Leave these rows out."
    )
