"""Identification: ranks by an independent Jacobian of all cells, the cases of the literature, and the flag of a fit."""

from __future__ import annotations

from itertools import product
from math import comb

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.model.identification import coinciding, identified, information_rank
from blocs.model.params import Params
from blocs.model.structural_rank import structural_rank

RNG = np.random.default_rng(5)


def ranks(cells, free: int) -> int:
    """Return the rank of the Jacobian of a vector of cell probabilities at random parameters, by complex steps."""
    at = np.random.default_rng(1).normal(size=free)
    columns = [np.imag(cells(at + 1e-30j * np.eye(free)[p])) / 1e-30 for p in range(free)]
    scaled = np.array(columns) / np.real(cells(at))
    values = np.linalg.svd(scaled / np.linalg.norm(scaled, axis=1, keepdims=True), compute_uv=False)
    return int((values > 1e-10 * values[0]).sum())


def simplex(psi):
    e = np.exp(np.concatenate([[0.0], psi]))
    return e / e.sum()


def table_of(types: int, sizes: tuple[int, ...]):
    """Cells of a latent class model as a function of its free parameters, and their number."""
    each = sum(size - 1 for size in sizes)

    def cells(v):
        shares, out = simplex(v[: types - 1]), 0
        for k in range(types):
            own, p = v[types - 1 + k * each : types - 1 + (k + 1) * each], np.ones(1)
            for size in sizes:
                p = np.multiply.outer(p, simplex(own[: size - 1])).ravel()
                own = own[size - 1 :]
            out = out + shares[k] * p
        return out

    return cells, types - 1 + types * each


@pytest.mark.parametrize(
    ("sizes", "types", "rank"),
    [((2, 2, 2), 2, 7), ((2, 2, 2, 2), 3, 13), ((4, 4), 2, 11), ((3, 3), 2, 7), ((2, 2), 2, 3), ((2,) * 5, 3, 17),
     ((2,) * 5, 4, 23), ((3, 3, 3), 3, 20), ((2, 2, 2, 2), 2, 9), ((3, 3, 2), 3, 17)],
)  # fmt: skip
def test_the_rank_of_latent_class_models(sizes: tuple[int, ...], types: int, rank: int) -> None:
    cells, free = table_of(types, sizes)
    assert ranks(cells, free) == rank
    rows = np.array(list(product(*map(range, sizes))))
    profiles = blocs.Profiles.from_table({f"q{j}": rows[:, j] for j in range(len(sizes))})
    mixture = blocs.Mixture.of(profiles.schema, types)
    assert (mixture.free, structural_rank(mixture, profiles)) == (free, rank)
    shuffled = blocs.Profiles.from_table({f"q{j}": rows[::-1, j] for j in range(len(sizes))})
    assert structural_rank(mixture, shuffled) == rank


@pytest.mark.parametrize("types", [2, 3, 4, 5])
def test_a_mixture_of_binomials_needs_2k_minus_1_trials(types: int) -> None:
    for trials in (2 * types - 2, 2 * types - 1):
        ways = np.array([comb(trials, s) for s in range(trials + 1)], dtype=float)

        def cells(v, trials=trials, ways=ways):
            shares, phi, s = simplex(v[: types - 1]), 1 / (1 + np.exp(-v[types - 1 :])), np.arange(trials + 1)
            return ways * (phi[:, None] ** s * (1 - phi[:, None]) ** (trials - s) * shares[:, None]).sum(axis=0)

        profiles = blocs.Profiles.from_table({"h": [0, 1, trials, 1]}, kinds={"h": blocs.Binomial(trials)})
        rank = structural_rank(blocs.Mixture.of(profiles.schema, types), profiles)
        assert rank == ranks(cells, 2 * types - 1) == min(trials, 2 * types - 1)


def flags(table: dict, types: int = 2, **settings) -> tuple[str, ...]:
    return blocs.fit(blocs.Profiles.from_table(table, **settings), types, starts=5).flags


def drawn(n: int, items: int, outcomes: int = 2) -> dict:
    """Answers of two types that are far apart."""
    z = RNG.integers(2, size=n)
    return {f"q{j}": np.where(RNG.random(n) < 0.75, z * (outcomes - 1), RNG.integers(outcomes, size=n))
            for j in range(items)}  # fmt: skip


def test_trials_of_one_and_two_do_not_identify_two_coins_and_three_do() -> None:
    n = np.repeat([1, 2], 30)
    assert "not_identified" in flags({"h": RNG.binomial(n, 0.4), "n": n}, kinds={"h": blocs.Binomial("n")})
    n = np.repeat([1, 2, 3], 30)
    assert "not_identified" not in flags(
        {"h": np.where(np.arange(90) % 2, n, 0), "n": n}, kinds={"h": blocs.Binomial("n")}
    )


def test_count_vectors_of_two_do_not_identify_two_types_and_three_do() -> None:
    for total, found in ((2, True), (3, False)):
        p = np.where(RNG.integers(2, size=300)[:, None] > 0, [0.7, 0.2, 0.1], [0.1, 0.3, 0.6])
        votes = np.array([RNG.multinomial(total, row) for row in p])
        table = {f"v{i}": votes[:, i] for i in range(3)}
        kinds = {"v": blocs.Multinomial(["v0", "v1", "v2"])}
        assert ("not_identified" in flags(table, kinds=kinds)) == found, total


def test_four_items_do_not_identify_three_types() -> None:
    assert "not_identified" in flags(drawn(400, 4), 3)
    assert "not_identified" not in flags(drawn(400, 4), 2)
    assert "not_identified" in flags(drawn(400, 2, 4), 2)


def test_rare_coins_with_many_flips_are_told_apart() -> None:
    z = RNG.integers(2, size=1000)
    table = {"h": RNG.binomial(10_000, np.where(z, 0.0002, 0.0009))}
    profiles = blocs.Profiles.from_table(table, kinds={"h": blocs.Binomial(10_000)})
    fit = blocs.fit(profiles, 2, starts=5)
    assert "not_identified" not in fit.flags
    assert coinciding(fit.mixture, fit.params, profiles) == ()
    assert fit.parameters()["value"].to_numpy() == pytest.approx([0.0002, 0.0009], abs=5e-5) or (
        fit.parameters()["value"].to_numpy() == pytest.approx([0.0009, 0.0002], abs=5e-5)
    )


def test_labels_identify_types_and_an_item_without_labels_does_not() -> None:
    table = drawn(200, 2)
    label = np.full(200, None, dtype=object)
    kinds = {"label": blocs.Known(["A", "B"])}
    none = blocs.Profiles.from_table({**table, "label": label}, items=["q0", "q1"])
    assert structural_rank(blocs.Mixture.of(none.schema, 2), none) == 3
    label[:40] = np.where(table["q0"][:40] > 0, "A", "B")
    some = blocs.Profiles.from_table({**table, "label": label}, items=["q0", "q1"], kinds=kinds)
    fit = blocs.fit(some, 2, starts=5)
    assert structural_rank(fit.mixture, some) == fit.n_parameters == 5
    assert "not_identified" not in fit.flags
    # two labelled types with the same answers are two types: their shares are known from the labels
    same = {"q": [0, 1] * 10, "r": [0, 0, 1, 1] * 5, "label": ["A", "A", "A", "A", "B", "B", "B", "B", None, None] * 2}
    profiles = blocs.Profiles.from_table(same, items=["q", "r"], kinds={"label": blocs.Known()})
    alike = blocs.fit(profiles, 2, starts=5)
    assert coinciding(alike.mixture, alike.params, profiles) == ()


def test_an_item_of_labels_that_nobody_has_counts_for_nothing() -> None:
    table = {"h": [0, 1, 1, 0, 1], "k": ["A", None, None, "B", None]}
    labelled = blocs.Profiles.from_table(table, kinds={"h": blocs.Binomial(1), "k": blocs.Known()})
    mixture = blocs.Mixture.of(labelled.schema, 2)
    unlabelled = blocs.Profiles.from_codes(labelled.schema, labelled.codes * [1, 0], labelled.counts)
    assert structural_rank(mixture, labelled) == 3
    assert structural_rank(blocs.Mixture.of(unlabelled.schema, 2), unlabelled) == 1


def test_a_solution_where_types_differ_in_one_item_is_not_identified_locally() -> None:
    """Independent items: two types that differ in one item alone give the same likelihood as one type."""
    rows = np.array(list(product([0, 1], repeat=4)))
    n = 10_000 * np.prod(np.where(rows > 0, 0.7, 0.3), axis=1)
    profiles = blocs.Profiles.from_table({**{f"q{j}": rows[:, j] for j in range(4)}, "n": n.round(6)}, weights="n")
    two, one = blocs.fit(profiles, 2, starts=5), blocs.fit(profiles, 1)
    assert two.loglik == pytest.approx(one.loglik, abs=1e-4)
    assert structural_rank(two.mixture, profiles) == two.n_parameters == 9
    rank, free = information_rank(two.mixture, two.params, profiles)
    assert rank < free
    assert "not_identified" in two.flags


def test_parameters_on_an_edge_are_left_out_of_rank_and_free() -> None:
    """A type that never gives one answer: its log-odds have no information, and nothing else is wrong."""
    z = RNG.integers(2, size=600)
    table = {
        f"q{j}": np.where(z > 0, RNG.choice([0, 1], size=600, p=[0.8, 0.2]), RNG.choice([1, 2], size=600))
        for j in range(4)
    }
    profiles = blocs.Profiles.from_table(table)
    fit = blocs.fit(profiles, 2, starts=5)
    assert "boundary" in fit.flags
    assert "not_identified" not in fit.flags
    rank, free = information_rank(fit.mixture, fit.params, profiles)
    assert rank == free < fit.n_parameters == 17


def test_types_coincide_by_the_information_on_their_shares() -> None:
    """The ratio of the formula, against derivatives by differences."""
    profiles = blocs.Profiles.from_table(drawn(300, 5))
    fit = blocs.fit(profiles, 2, starts=5)
    step, n = 1e-5, profiles.n
    pi = fit.params.shares[0]

    def rows(shift: float) -> np.ndarray:
        odds = np.log(pi[0] / pi[1]) + shift
        moved = Params.of(np.array([[1 / (1 + np.exp(-odds)), 1 / (1 + np.exp(odds))]]), fit.params.families)
        return fit.mixture.posterior(moved, profiles)[0]

    score = (rows(step) - rows(-step)) / (2 * step)
    share = (profiles.weights @ score**2) / (n * pi[0] * pi[1])
    zeta = fit.mixture.posterior(fit.params, profiles)[1]
    ours = pi[0] * pi[1] / n * (profiles.weights @ (zeta[:, 0] / pi[0] - zeta[:, 1] / pi[1]) ** 2)
    assert ours == pytest.approx(share, rel=1e-6)
    assert 0.3 < ours < 1
    same = Params(tuple(np.repeat(b.mean(axis=2, keepdims=True), 2, axis=2) for b in fit.params.blocks))
    assert coinciding(fit.mixture, same, profiles) == ((0, 1),)
    assert not identified(fit.mixture, same, profiles)


@pytest.mark.parametrize("form", ["full", "tied", "diag", "spherical"])
def test_measurements_have_full_rank(form: str) -> None:
    z = RNG.integers(2, size=200)
    x = RNG.normal(size=(200, 2)) + 3 * z[:, None]
    profiles = blocs.Profiles.from_table({"x": x[:, 0], "y": x[:, 1]}, kinds={"g": blocs.Gaussian(["x", "y"], form)})
    fit = blocs.fit(profiles, 2, starts=3)
    free = {"full": 11, "tied": 8, "diag": 9, "spherical": 7}[form]
    assert structural_rank(fit.mixture, profiles) == fit.n_parameters == free
    assert information_rank(fit.mixture, fit.params, profiles) == (free, free)
    assert "not_identified" not in fit.flags


@pytest.mark.parametrize(
    ("kind", "columns"),
    [(blocs.Poisson(), ["n"]), (blocs.Binomial(5), ["n"]), (blocs.Multinomial(["u", "v"]), ["u", "v"]),
     *((blocs.Gaussian(["u", "v"], form), ["u", "v"]) for form in ("full", "tied", "diag", "spherical"))],
    ids=str,
)  # fmt: skip
def test_items_that_are_missing_in_every_row_have_no_parameters(kind, columns: list[str]) -> None:
    table = drawn(200, 3)
    nothing = {name: np.full(200, np.nan) for name in columns}
    without = blocs.fit(blocs.Profiles.from_table(table), 2, starts=4)
    profiles = blocs.Profiles.from_table({**table, **nothing}, items=list(table), kinds={columns[0]: kind})
    fit = blocs.fit(profiles, 2, starts=4)
    assert fit.n_parameters == without.n_parameters == 7
    assert fit.loglik == pytest.approx(without.loglik, abs=1e-6)
    assert fit.bic == pytest.approx(without.bic, abs=1e-5)
    assert information_rank(fit.mixture, fit.params, profiles) == (7, 7)
    assert structural_rank(fit.mixture, profiles) == 7
    assert "not_identified" not in fit.flags
    values = [*fit.parameters()["value"], *fit.table().query("item not in ['q0', 'q1', 'q2']")["probability"]]
    assert values and np.isnan(values).all()


@pytest.mark.parametrize(("form", "free"), [("full", 7 + 4), ("tied", 7 + 3), ("diag", 7 + 4), ("spherical", 7 + 4)])
def test_a_column_that_is_missing_in_every_row_has_no_parameters(form: str, free: int) -> None:
    table, x = drawn(200, 3), RNG.normal(size=200)
    kinds = {"g": blocs.Gaussian(["x", "y"], form)}
    both = blocs.Profiles.from_table({**table, "x": x, "y": np.full(200, np.nan)}, items=list(table), kinds=kinds)
    alone = blocs.Profiles.from_table({**table, "x": x}, items=list(table), kinds={"g": blocs.Gaussian(["x"], form)})
    fit, other = blocs.fit(both, 2, starts=6), blocs.fit(alone, 2, starts=6)
    assert fit.n_parameters == other.n_parameters == free
    assert fit.loglik == pytest.approx(other.loglik, abs=1e-3)
    assert information_rank(fit.mixture, fit.params, both) == (free, free)


def test_large_models_say_that_they_are_not_checked_and_alike_types_are_seen() -> None:
    rng = np.random.default_rng(6)
    p, kind = rng.dirichlet(np.ones(12), (2, 30)), rng.integers(2, size=400)
    drawn = (rng.random((400, 30, 1)) > p[kind].cumsum(axis=2)[:, :, :-1]).sum(axis=2)
    profiles = blocs.Profiles.from_table({f"q{j}": drawn[:, j] for j in range(30)})
    fit = blocs.fit(profiles, 2, starts=2, most=2)
    assert fit.n_parameters > 600
    assert fit.identified is None
    assert "not_checked" in fit.flags
    rank = "rank for any data (of parameters)            not computed: more than 600"
    assert rank in str(blocs.diagnose(fit, profiles))
    one = blocs.fit(profiles, 1).table()
    same = blocs.given(fit.mixture, [0.5, 0.5], pd.concat([one.assign(type=k) for k in (1, 2)]))
    alike = blocs.fit(profiles, 2, init=same)
    assert alike.identified is False
    assert "not_identified" in alike.flags
    assert "not_checked" not in alike.flags
