"""The M-steps: closed form with one menu, the optimum of a general optimiser with several, never a loss."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

import naive
from blocs.core.schema import Item
from blocs.families import Categorical, Choice
from blocs.kernels import logit

seeds = st.integers(0, 2**32 - 1)
FULL = ((0, 1, 2), (0, 2), (0, 1))  # the seed's three settings: contested, cannot split, cannot straight


def q(item: Item, mu: np.ndarray, counts: np.ndarray) -> float:
    """Expected log-likelihood of (C,) counts at (M,) mu, from the definition."""
    pairs = {(item.menus[m], o): float(counts[c]) for c, (m, o) in enumerate(item.codes, 1)}
    return naive.choice_value([float(v) for v in mu], pairs)


def general_optimum(item: Item, counts: np.ndarray) -> float:
    """The maximum of q over psi, by L-BFGS-B."""
    size = len(item.outcomes)

    def loss(psi: np.ndarray) -> float:
        return -q(item, np.exp(np.clip(np.append(0.0, psi), -300, 300)), counts)

    return -float(minimize(loss, np.zeros(size - 1), method="L-BFGS-B", options={"ftol": 1e-14, "gtol": 1e-8}).fun)


@st.composite
def choice_items(draw: st.DrawFn) -> Item:
    """An item of 2 to 5 outcomes with at least two menus that connect through outcome 0."""
    size = draw(st.integers(2, 5))
    others = st.sets(st.integers(1, size - 1), min_size=1, max_size=size - 1)
    menus = {tuple(sorted({0, *draw(others)})) for _ in range(draw(st.integers(1, 4)))} | {tuple(range(size))}
    return Item("q", tuple(range(size)), tuple(sorted(menus, reverse=True)))


def draw_counts(item: Item, width: int, rng: np.random.Generator, zeros: float) -> np.ndarray:
    counts = rng.gamma(0.7, 20.0, (item.size, width))
    counts[rng.random(counts.shape) < zeros] = 0.0
    return counts


@given(item=choice_items(), seed=seeds)
def test_choice_mstep_is_the_optimum_of_a_general_optimiser(item: Item, seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = draw_counts(item, 1, rng, 0.0)
    mu = Choice((item,)).mstep(rng.dirichlet(np.ones(len(item.outcomes)), 1).T, counts)
    np.testing.assert_allclose(mu.sum(axis=0), 1.0, rtol=1e-12)
    best = general_optimum(item, counts[:, 0])
    assert q(item, mu[:, 0], counts[:, 0]) >= best - 1e-7 * (1 + abs(best))
    assert q(item, mu[:, 0], counts[:, 0]) <= best + 1e-5 * (1 + abs(best))


@given(item=choice_items(), seed=seeds)
def test_choice_mstep_satisfies_the_score_equations(item: Item, seed: int) -> None:
    """At the optimum observed choices equal expected choices, outcome by outcome: sum_S C_S p(S, l) = c_l."""
    rng = np.random.default_rng(seed)
    counts = draw_counts(item, 1, rng, 0.0)
    family = Choice((item,))
    mu = family.mstep(np.full((len(item.outcomes), 1), 1 / len(item.outcomes)), counts)
    chosen = np.zeros(len(item.outcomes))
    expected = np.zeros(len(item.outcomes))
    for menu_number, menu in enumerate(item.menus):
        codes = [c for c, (m, _) in enumerate(item.codes, 1) if m == menu_number]
        total = counts[codes, 0].sum()
        for c, option in zip(codes, menu, strict=True):
            chosen[option] += counts[c, 0]
            expected[option] += total * mu[option, 0] / mu[list(menu), 0].sum()
    np.testing.assert_allclose(expected, chosen, rtol=1e-8, atol=1e-8 * counts[1:].sum())


@given(item=choice_items(), seed=seeds, zeros=st.sampled_from([0.0, 0.3, 0.7, 0.95]), edge=st.booleans())
def test_choice_mstep_never_loses_likelihood(item: Item, seed: int, zeros: float, edge: bool) -> None:
    """Also from the boundary, and with options that nobody chose."""
    rng = np.random.default_rng(seed)
    counts = draw_counts(item, 4, rng, zeros)
    before = rng.dirichlet(np.full(len(item.outcomes), 0.3), 4).T
    if edge:
        before[rng.random(before.shape) < 0.4] = 1e-15
        before /= before.sum(axis=0)
    after = Choice((item,)).mstep(before, counts)
    assert np.isfinite(after).all()
    assert (after >= 0).all()
    for w in range(4):
        if not counts[1:, w].any():
            np.testing.assert_array_equal(after[:, w], before[:, w])
            continue
        low = q(item, np.maximum(before[:, w], 1e-300), counts[:, w])
        assert q(item, after[:, w], counts[:, w]) >= low - 1e-11 * (1 + abs(low))


@given(item=choice_items(), seed=seeds, low=st.sampled_from([-20.0, -100.0, -300.0]))
def test_choice_mstep_never_loses_likelihood_to_underflow(item: Item, seed: int, low: float) -> None:
    """Expected counts of types that hardly ever choose an outcome, or of a type that is dying out."""
    rng = np.random.default_rng(seed)
    counts = 10.0 ** rng.uniform(low, 2, (item.size, 4))
    counts[rng.random(counts.shape) < 0.3] = 0.0
    mu = 10.0 ** rng.uniform(low, 0, (len(item.outcomes), 4))
    mu /= mu.sum(axis=0)
    for _ in range(6):
        after = Choice((item,)).mstep(mu, counts)
        for w in range(4):
            before = q(item, np.maximum(mu[:, w], 1e-320), counts[:, w])
            assert q(item, after[:, w], counts[:, w]) >= before - 1e-11 * (1 + abs(before))
        mu = after


@given(seed=seeds)
def test_choice_mstep_reaches_the_optimum_from_far_away(seed: int) -> None:
    """A start at 1e-100 of the answer still arrives within a few M-steps."""
    rng = np.random.default_rng(seed)
    item = Item("q", (0, 1, 2), FULL)
    counts = draw_counts(item, 1, rng, 0.0)
    mu = np.array([[1.0], [1e-100], [1e-100]])
    mu /= mu.sum()
    for _ in range(5):
        mu = Choice((item,)).mstep(mu, counts)
    best = general_optimum(item, counts[:, 0])
    assert q(item, mu[:, 0], counts[:, 0]) >= best - 1e-7 * (1 + abs(best))


@given(item=choice_items(), seed=seeds)
def test_choice_mstep_is_as_precise_for_rare_outcomes(item: Item, seed: int) -> None:
    """Observed equal expected choices also of an outcome expected once where another is expected 10^9 times."""
    rng = np.random.default_rng(seed)
    size = len(item.outcomes)
    counts = rng.gamma(5.0, 1.0, (item.size, 1))
    rare = 10.0 ** -rng.uniform(0, 9, size)
    for c, (_, o) in enumerate(item.codes, 1):
        counts[c] *= rare[o]
    family = Choice((item,))
    chosen, expected = logit.expected(family.mstep(np.full((size, 1), 1 / size), counts), counts, family.menus)
    np.testing.assert_allclose(expected, chosen, rtol=1e-6)


def test_choice_mstep_where_no_finite_optimum_exists() -> None:
    """Outcome 2 always beats 0 where they meet: its odds grow without end, those of 0 against 1 stay what they are."""
    item = Item("q", (0, 1, 2), ((0, 1), (0, 2)))
    counts = np.array([[0.0], [30], [10], [0], [25]])
    mu = np.full((3, 1), 1 / 3)
    for _ in range(5):
        after = Choice((item,)).mstep(mu, counts)
        assert q(item, after[:, 0], counts[:, 0]) >= q(item, mu[:, 0], counts[:, 0]) - 1e-11
        mu = after
    assert mu[2, 0] == pytest.approx(1.0, abs=1e-14)
    assert mu[1, 0] / mu[0, 0] == pytest.approx(1 / 3, rel=1e-6)
    assert q(item, mu[:, 0], counts[:, 0]) == pytest.approx(30 * np.log(0.75) + 10 * np.log(0.25), rel=1e-12)


@given(items=st.lists(choice_items(), min_size=1, max_size=4), seed=seeds, zeros=st.sampled_from([0.0, 0.5]))
def test_choice_mstep_of_many_items_and_columns_is_that_of_each_alone(
    items: list[Item], seed: int, zeros: float
) -> None:
    """To the last bit."""
    rng, width = np.random.default_rng(seed), 5
    counts = [draw_counts(item, width, rng, zeros) for item in items]
    start = [rng.dirichlet(np.ones(len(item.outcomes)), width).T for item in items]
    family = Choice(tuple(items))
    mu = family.mstep(np.concatenate(start), np.concatenate(counts))
    table, row, code = family.table(mu), 0, 0
    for item, c, p in zip(items, counts, start, strict=True):
        rows, codes = slice(row, row + len(p)), slice(code, code + len(c))
        for w in range(width):
            alone = Choice((item,)).mstep(p[:, [w]], c[:, [w]])
            np.testing.assert_array_equal(alone[:, 0], mu[rows, w])
        np.testing.assert_allclose(table[codes], Categorical((item,)).table(mu[rows]), rtol=1e-14)
        row, code = rows.stop, codes.stop


@given(item=choice_items(), seed=seeds, pseudo=st.sampled_from([0.0, 0.5]))
def test_slope_of_choice_is_the_difference_quotient(item: Item, seed: int, pseudo: float) -> None:
    rng = np.random.default_rng(seed)
    family, counts = Choice((item,), pseudo), draw_counts(item, 1, rng, 0.0)
    y = family.chart(rng.dirichlet(np.full(len(item.outcomes), 5.0), 1).T)
    gradient, _ = family.slope(family.unchart(y), counts)

    def value(y: np.ndarray) -> float:
        mu = family.unchart(y)
        return q(item, mu[:, 0], counts[:, 0]) + float(family.log_prior(mu)[0])

    for i in range(len(y)):
        step = np.zeros_like(y)
        step[i] = 1e-5
        slope = (value(y + step) - value(y - step)) / 2e-5
        assert gradient[i, 0] == pytest.approx(slope, rel=1e-4, abs=1e-4 * counts.sum())


def test_choice_mstep_by_hand_when_menus_share_only_the_baseline() -> None:
    """Menus {0, 1} and {0, 2}: odds are c1/c0 on the first and c2/c0 on the second, 30/10 and 5/20."""
    item = Item("q", (0, 1, 2), ((0, 1), (0, 2)))
    mu = Choice((item,)).mstep(np.full((3, 1), 1 / 3), np.array([[7.0], [10], [30], [20], [5]]))
    np.testing.assert_allclose(mu[:, 0] / mu[0, 0], [1.0, 3.0, 0.25], rtol=1e-10)


def test_option_chosen_by_nobody_gets_probability_zero_and_the_others_their_shares() -> None:
    item = Item("q", (0, 1, 2), FULL)
    counts = np.array([[0.0], [10], [0], [30], [4], [12], [5], [0]])
    mu = Choice((item,)).mstep(np.full((3, 1), 1 / 3), counts)
    assert mu[1, 0] == pytest.approx(0.0, abs=1e-12)
    assert mu[2, 0] / mu[0, 0] == pytest.approx(42 / 14, rel=1e-10)


def test_choice_with_one_menu_is_the_closed_form() -> None:
    rng = np.random.default_rng(3)
    item = Item("q", (0, 1, 2, 3), ((0, 1, 2, 3),))
    counts = rng.gamma(1.0, 10.0, (5, 6))
    start = rng.dirichlet(np.ones(4), 6).T
    closed = Categorical((item,)).mstep(start, counts)
    np.testing.assert_allclose(closed, counts[1:] / counts[1:].sum(axis=0))
    np.testing.assert_allclose(Choice((item,)).mstep(start, counts), closed, rtol=1e-9)


def test_choice_mstep_keeps_the_odds_of_options_that_drift_away_together() -> None:
    """Outcome 3 always wins; where it is not on the menu 0 and 1 are chosen as 1 to 27, however improbable they are."""
    item = Item("q", (0, 1, 2, 3), ((0, 2, 3), (0, 2), (0, 1, 2, 3), (0, 1, 2), (0, 1)))
    counts = np.array([[0, 7e-255, 0, 0, 5, 0, 0, 1e-315, 0, 1.25, 0.086, 2.29, 1.7e-8, 4e-13, 9e-74]]).T
    mu = np.array([[5e-244, 1.3e-242, 6.5e-251, 1.0]]).T
    for _ in range(3):
        after = Choice((item,)).mstep(mu, counts)
        assert q(item, after[:, 0], counts[:, 0]) >= q(item, mu[:, 0], counts[:, 0]) - 1e-12
        assert after[1, 0] / after[0, 0] == pytest.approx(2.29 / 0.086, rel=1e-6)
        mu = after


@pytest.mark.parametrize("options", [6, 9, 12, 16, 30])
def test_choice_mstep_keeps_a_long_chain_of_options_apart(options: int) -> None:
    """Each option wins against the next whenever they meet: odds go to 0 one below the other, and none is lost."""
    pairs = tuple((i, i + 1) for i in range(options - 1))
    item = Item("q", tuple(range(options)), (*pairs, tuple(range(options))))
    family, counts = Choice((item,)), np.zeros((item.size, 1))
    for row, (menu, outcome) in enumerate(item.codes, start=1):
        if menu < len(pairs) and outcome == pairs[menu][0]:
            counts[row] = 10.0
        if menu == len(pairs) - 1 and outcome == options - 1:
            counts[row] = 1.0
    mu, best = family.flat(1), -np.inf
    for _ in range(300):
        mu = family.mstep(mu, counts)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = float(np.where(counts > 0, counts * np.log(family.table(mu)), 0.0).sum())
        assert value >= best - (1e-12 if options < 16 else 1e-6)  # of 300 digits each gap of 29 can have ten
        best = max(best, value)
    assert best == pytest.approx(10 * np.log(10 / 11) + np.log(1 / 11), abs=1e-6)  # the last pair alone is contested
    assert (mu > 0).all()


@pytest.mark.parametrize("kind", [Categorical, Choice])
def test_item_that_a_type_never_answers_keeps_its_parameters(kind: type[Categorical]) -> None:
    items = (Item("a", (0, 1), ((0, 1),)), Item("b", (0, 1), ((0, 1),)))
    counts = np.array([[9.0], [0], [0], [1.0], [6], [2]])
    mu = kind(items).mstep(np.array([[0.3], [0.7], [0.5], [0.5]]), counts)
    np.testing.assert_allclose(mu[:, 0], [0.3, 0.7, 0.75, 0.25], rtol=1e-10)


@given(item=choice_items(), seed=seeds, pseudo=st.sampled_from([0.01, 0.5, 1.0, 4.0]))
def test_mstep_with_prior_never_lowers_q_plus_log_prior(item: Item, seed: int, pseudo: float) -> None:
    rng = np.random.default_rng(seed)
    family = Choice((item,), pseudo)
    before = rng.dirichlet(np.ones(len(item.outcomes)), 3).T
    counts = draw_counts(item, 3, rng, 0.5)
    after = family.mstep(before, counts)
    assert (after > 0).all()
    gain = family.log_prior(after) - family.log_prior(before)
    for w in range(3):
        assert q(item, after[:, w], counts[:, w]) + gain[w] >= q(item, before[:, w], counts[:, w]) - 1e-10


def test_prior_adds_its_pseudo_count_to_every_outcome() -> None:
    item = Item("q", (0, 1, 2), ((0, 1, 2),))
    mu = Categorical((item,), 0.5).mstep(np.full((3, 1), 1 / 3), np.array([[0.0], [4], [6], [0]]))
    np.testing.assert_allclose(mu[:, 0], [4.5 / 11.5, 6.5 / 11.5, 0.5 / 11.5])


def test_table_on_a_menu_where_all_options_have_probability_zero_is_even() -> None:
    item = Item("q", (0, 1, 2), ((0, 1, 2), (0, 1)))
    table = Choice((item,)).table(np.array([[0.0], [0.0], [1.0]]))
    np.testing.assert_array_equal(table[:, 0], [1, 0, 0, 1, 0.5, 0.5])


def test_a_constant_item_is_not_on_the_boundary() -> None:
    family = Categorical((Item.full("constant", ("x",)), Item.full("open", ("a", "b"))))
    assert not family.edges(np.array([[1.0], [0.4], [0.6]]))
    assert family.edges(np.array([[1.0], [1e-9], [1 - 1e-9]])) == [(1, 0, "lower"), (2, 0, "upper")]
