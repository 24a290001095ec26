"""Identification: ranks by an independent Jacobian of all cells, the cases of the literature, and the flag of a fit."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import comb

import numpy as np
import pandas as pd
import pytest

import blocs
from blocs.inference.diagnosis_text import measures
from blocs.membership.groups import Groups
from blocs.model.identification import coinciding, identified, information_rank
from blocs.model.identified_in_parts import identified_in_parts
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


def answers(sizes: list[int], n: int = 2000) -> dict:
    """Answers of no type, of which structural ranks use the outcomes alone."""
    return {f"q{j}": RNG.integers(size, size=n) for j, size in enumerate(sizes)}


def made(table: dict, types: int, **settings):
    """Return a mixture and the profiles it is for, whose items are q0, q1, ... beside those of `kinds`."""
    profiles = blocs.Profiles.from_table(table, items=[name for name in table if name[0] == "q"], **settings)
    return blocs.Mixture.of(profiles.schema, types), profiles


def test_two_items_with_many_outcomes_have_the_rank_of_their_table() -> None:
    """Tables of two items with K types have rank K: a set of K (L1 + L2 - K) - 1 dimensions."""
    first, second, types = 60, 45, 7
    mixture, profiles = made(answers([first, second], 6000), types)
    assert mixture.free == 727
    assert not identified_in_parts(mixture, profiles)
    assert structural_rank(mixture, profiles) == types * (first + second - types) - 1 == 685


def test_large_models_are_identified_by_some_of_their_items() -> None:
    missing = {name: np.where(RNG.random(2000) < 0.3, np.nan, column) for name, column in answers([4] * 24).items()}
    mixed = answers([4] * 8) | {"h": RNG.integers(6, size=2000), "s": RNG.poisson(3, size=2000)}
    for table, types, kinds in (
        (missing, 9, {}),
        (answers([12] * 30), 2, {}),
        (mixed | {f"x{i}": RNG.normal(size=2000) for i in range(6)}, 13,
         {"g": blocs.Gaussian([f"x{i}" for i in range(6)]), "h": blocs.Binomial(5), "s": blocs.Poisson()}),
    ):  # fmt: skip
        mixture, profiles = made(table, types, kinds=kinds)
        assert mixture.free > 600
        assert identified_in_parts(mixture, profiles)
        assert structural_rank(mixture, profiles) == mixture.free


def test_the_shares_of_many_groups_follow_from_the_items_and_one_group_can_lack_them() -> None:
    table = {name: column.astype(float) for name, column in answers([3] * 10, 3000).items()}
    group = RNG.integers(120, size=3000)
    table["g"] = np.array([f"precinct {g}" for g in group])

    def settled() -> tuple[bool, int | None, int]:
        profiles = blocs.Profiles.from_table(table, items=list(table)[:10], covariates=["g"])
        mixture = blocs.Mixture.of(profiles.schema, 6, design=Groups.of("g", profiles))
        return identified_in_parts(mixture, profiles), structural_rank(mixture, profiles), mixture.free

    assert settled() == (True, 720, 720)
    for j in range(1, 10):  # one item of three outcomes has two free cells, and the group has five shares
        table[f"q{j}"] = np.where(group == 7, np.nan, table[f"q{j}"])
    assert settled() == (False, 717, 720)


def test_parts_never_say_more_than_the_rank() -> None:
    """Of small models, whose rank is computed as a whole."""
    some = 0
    for types, sizes, halves in ((2, [2] * 9, False), (3, [3] * 6, False), (4, [2] * 7, False), (6, [2] * 5, False),
                                 (2, [3] * 8, True), (9, [2] * 6, False), (2, [4] * 5, False)):  # fmt: skip
        table = {name: column.astype(float) for name, column in answers(sizes, 600).items()}
        for j in range(len(sizes) if halves else 0):  # half of the items to each half of the rows
            table[f"q{j}"][(np.arange(600) < 300) == (j < len(sizes) // 2)] = np.nan
        mixture, profiles = made(table, types)
        parts = identified_in_parts(mixture, profiles)
        some += parts
        assert not parts or structural_rank(mixture, profiles) == mixture.free
        assert not (parts and halves)
    assert some >= 3


def naive_ranks(fit: blocs.Fit, profiles: blocs.Profiles) -> tuple[int, int]:
    """Return (rank, free) of latent classes over all rows, by loops over types and items."""
    zeta, n = fit.mixture.posterior(fit.params, profiles)[1], profiles.weights
    scores, complete, first = [], [], 0
    free, table = fit.n_parameters, fit.table()
    for k in range(fit.types):
        own = np.zeros((len(profiles), free))
        own[:, : fit.types - 1] = (np.arange(1, fit.types) == k) - fit.shares[1:]
        first = fit.types - 1
        for item, codes in zip(fit.schema.names, profiles.codes.T, strict=True):
            p = table.loc[(table["item"] == item) & (table["type"] == k + 1), "probability"].to_numpy()
            width = len(p) - 1
            at = first + k * width
            own[:, at : at + width] = (codes[:, None] == np.arange(2, len(p) + 1)) - p[1:]
            first += fit.types * width
        complete.append(own * np.sqrt(n * zeta[:, k])[:, None])
        scores.append(own * zeta[:, [k]])
    data, known = sum(scores) * np.sqrt(n)[:, None], sum(own.T @ own for own in complete)
    value, vector = np.linalg.eigh(known)
    vector = vector[:, value >= 0.5] / np.sqrt(value[value >= 0.5])
    share = np.linalg.eigvalsh(vector.T @ (data.T @ data) @ vector)
    return int((share > 1e-5).sum()), vector.shape[1]


def test_outcomes_that_one_of_two_thousand_has_are_not_taken_for_parameters_that_are_not_identified() -> None:
    """Large data are judged by some of their rows, of which rows drawn by weight would miss rare outcomes."""
    rng, n, types = np.random.default_rng(1), 20_000, 4
    p, z = rng.dirichlet(np.full(5, 3.0), (types, 9)), rng.integers(types, size=n)
    table = {}
    for j in range(9):
        column = (rng.random((n, 1)) > p[z, j].cumsum(axis=1)[:, :-1]).sum(axis=1)
        table[f"q{j}"] = np.where(rng.random(n) < 0.0005, 5, column)
    profiles = blocs.Profiles.from_table(table)
    fit = blocs.fit(profiles, types, starts=1, exchange=False)
    assert len(profiles) > 1_000_000 / fit.n_parameters
    for rank, free in (naive_ranks(fit, profiles), information_rank(fit.mixture, fit.params, profiles)):
        assert 165 < rank == free <= fit.n_parameters == 183
    assert "not_identified" not in fit.flags


def small_diagnosis() -> blocs.Diagnosis:
    profiles = blocs.Profiles.from_table(drawn(100, 3))
    return blocs.diagnose(blocs.fit(profiles, 2, starts=3), profiles)


def test_large_models_say_that_they_are_not_checked_and_alike_types_are_seen() -> None:
    rng = np.random.default_rng(6)
    p, kind = rng.dirichlet(np.ones(60), (2, 30)), rng.integers(2, size=400)
    drawn = (rng.random((400, 30, 1)) > p[kind].cumsum(axis=2)[:, :, :-1]).sum(axis=2)
    profiles = blocs.Profiles.from_table({f"q{j}": drawn[:, j] for j in range(30)})
    fit = blocs.fit(profiles, 2, starts=2, most=2, exchange=False)
    assert fit.n_parameters > 3000
    assert fit.identified is None
    assert "not_checked" in fit.flags
    found = replace(small_diagnosis(), structural_rank=None, parameters=3001)
    assert ("rank for any data (of parameters)", "not computed: more than 3,000") in measures(found)
    one = blocs.fit(profiles, 1).table()
    same = blocs.given(fit.mixture, [0.5, 0.5], pd.concat([one.assign(type=k) for k in (1, 2)]))
    alike = blocs.fit(profiles, 2, init=same, exchange=False)
    assert alike.identified is False
    assert "not_identified" in alike.flags
    assert "not_checked" not in alike.flags
