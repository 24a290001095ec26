"""Counts behind codes: tables of the lecture, densities, code books, what a reader is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import blocs
from blocs.core.schema import Item, Kind
from blocs.em.single_step import given
from blocs.families import Binomial, Multinomial, Poisson
from blocs.model.identification import information_rank
from blocs.profiles.kinds import Values

FLIPS = [6, 5, 4, 2, 2, 6, 5, 5, 4, 2, 5, 2, 4, 4, 6, 4, 5, 6, 3, 3]


def coins() -> tuple[blocs.Profiles, blocs.Mixture]:
    profiles = blocs.Profiles.from_table({"heads": FLIPS}, kinds={"heads": blocs.Binomial(trials=10)})
    return profiles, blocs.Mixture.of(profiles.schema, 3)


def test_coin_tables_to_every_printed_digit() -> None:
    profiles, mixture = coins()
    start = given(mixture, [0.25, 0.5, 0.25], {"heads": [0.4, 0.5, 0.65]})
    seen = blocs.step(mixture, start, profiles)
    assert list(seen.posteriors["heads"]) == ["2/10", "3/10", "4/10", "5/10", "6/10"]
    assert list(seen.posteriors["occurrences"]) == [4, 2, 5, 5, 4]
    table_61 = """0.5674795 0.4124300 0.0200905
                  0.4568744 0.4980674 0.0450583
                  0.3436451 0.5619435 0.0944114
                  0.2370680 0.5814960 0.1814361
                  0.1468149 0.5401758 0.3130094"""
    table_62 = """2.2699180 1.6497199 0.0803621
                  0.9137487 0.9961348 0.0901165
                  1.7182254 2.8097177 0.4720569
                  1.1853398 2.9074798 0.9071804
                  0.5872594 2.1607030 1.2520376"""
    assert _printed(seen.posteriors[[1, 2, 3]], 7) == table_61.split()
    assert _printed(seen.counts[[1, 2, 3]], 7) == table_62.split()
    assert _printed(seen.totals.to_frame().T, 7) == ["6.6744913", "10.5237552", "2.8017535"]  # eq. 6.10
    successes = seen.statistics.set_index("statistic").loc[["successes"]]
    assert _printed(successes[[1, 2, 3]], 5) == ["23.60424", "45.02833", "14.36743"]  # Table 6.3
    assert _printed(seen.shares.to_frame().T, 7) == ["0.3337246", "0.5261878", "0.1400877"]  # eq. 6.14
    assert _printed(seen.parameters[[1, 2, 3]], 7) == ["0.3536485", "0.4278732", "0.5128013"]  # Table 6.4


def _printed(frame: pd.DataFrame, digits: int) -> list[str]:
    return [f"{value:.{digits}f}" for value in frame.to_numpy().ravel()]


def test_counts_that_are_all_missing_say_nothing() -> None:
    frame = {"n": [np.nan] * 6, "a": ["x", "x", "x", "y", "y", "y"]}
    with_counts = blocs.Profiles.from_table(frame, kinds={"n": blocs.Poisson()})
    plain = blocs.Profiles.from_table({"a": frame["a"]})
    assert blocs.fit(with_counts, 2).loglik == pytest.approx(blocs.fit(plain, 2).loglik, abs=1e-9)
    alone = blocs.Profiles.from_table({"n": [np.nan]}, kinds={"n": blocs.Poisson()})
    assert blocs.fit(alone, 1).loglik == 0.0


@pytest.mark.parametrize("kernel", ["compiled", "plain"])
@pytest.mark.parametrize("beside", [False, True])
def test_counts_that_contradict_one_another(kernel: str, beside: bool) -> None:
    """One item says e^5908 for type 2, the other e^8998 for type 1: neither is lost beside the other."""
    frame = {"a": [1000, 0, 1000], "b": [1, 1, 2], "x": [0.0, 1.0, 2.0]}
    kinds = {"a": blocs.Poisson(), "b": blocs.Poisson()} | ({"g": blocs.Gaussian("x")} if beside else {})
    profiles = blocs.Profiles.from_table(frame, items=[], kinds=kinds)
    mixture = blocs.Mixture.of(profiles.schema, 2, kernel=kernel)
    more = {"g": ([[0.5], [0.5]], [[[1.0]], [[1.0]]])} if beside else {}
    params = given(mixture, [0.5, 0.5], {"a": [1.0, 1000.0], "b": [1.0, 9000.0], **more})
    loglik, zeta = mixture.posterior(params, profiles)
    rows = np.array([np.log(0.5) + stats.poisson.logpmf(frame["a"], a) + stats.poisson.logpmf(frame["b"], b)
                     for a, b in ((1, 1), (1000, 9000))])  # fmt: skip
    rows += stats.norm.logpdf(frame["x"], 0.5) if beside else 0.0
    assert sorted(loglik) == pytest.approx(sorted(np.logaddexp(*rows)), rel=1e-13)
    assert zeta == pytest.approx(np.tile([1.0, 0.0], (3, 1)), abs=1e-300)
    sums = mixture.estep(params, profiles)
    assert sums.loglik[0] == pytest.approx(np.logaddexp(*rows).sum(), rel=1e-13)
    codes = mixture.schema.offsets
    seen = [sums.counts[codes[j] : codes[j + 1], 0].sum() for j in range(2)]
    assert seen == pytest.approx([3.0, 3.0])


@pytest.mark.parametrize("measured", [False, True])
def test_many_small_words_against_a_great_one(measured: bool) -> None:
    """Codes that together put a type below the smallest number do not rule it out: the last item may bring it back."""
    small = 5 if measured else 4
    frame = {f"a{j}": [100, 3, 100] for j in range(small)} | {"b": [5, 5, 3000]}
    if measured:
        frame |= {"b": [100.0, 100.0, 0.0]}
    kinds = {name: blocs.Poisson() for name in frame} | ({"b": blocs.Gaussian("b")} if measured else {})
    profiles = blocs.Profiles.from_table(frame, items=[], kinds=kinds)
    mixture = blocs.Mixture.of(profiles.schema, 2)
    last = ([[0.0], [100.0]], [[[0.5]], [[0.5]]]) if measured else [3000.0, 5.0]
    params = given(mixture, [0.5, 0.5], {f"a{j}": [100.0, 3.0] for j in range(small)} | {"b": last})
    b = np.array(frame["b"])
    logs = np.log([[0.5], [0.5]]) + np.array(
        [small * stats.poisson.logpmf(frame["a0"], a) + of_last
         for a, of_last in zip((100, 3), (stats.norm.logpdf(b, m, 0.5**0.5) for m in (0, 100)) if measured
                               else (stats.poisson.logpmf(b, m) for m in (3000, 5)), strict=True)]
    )  # fmt: skip
    assert abs(logs[0] - logs[1]).min() > 750  # too far apart for numbers that are not logarithms
    loglik, zeta = mixture.posterior(params, profiles)
    there = np.asarray(profiles.index)
    assert loglik[there] == pytest.approx(np.logaddexp(*logs), rel=1e-13)
    assert pytest.approx(np.exp(logs - np.logaddexp(*logs)), abs=1e-300) == zeta[there].T
    assert mixture.estep(params, profiles).loglik[0] == pytest.approx(np.logaddexp(*logs).sum(), rel=1e-13)


def test_long_counts_never_fall() -> None:
    rng = np.random.default_rng(6)
    z = rng.integers(3, size=300)  # three types, and two are asked for: rows lie between what is fitted
    p = rng.dirichlet(np.ones(4), (2, 3))
    counts = [np.array([rng.multinomial(20_000, p[j, k]) for k in z]) for j in range(2)]
    frame = {f"{'ab'[j]}{c}": counts[j][:, c] for j in range(2) for c in range(4)}
    kinds = {n: blocs.Multinomial([f"{n}{c}" for c in range(4)]) for n in "ab"}
    profiles = blocs.Profiles.from_table(frame, items=[], kinds=kinds)
    fit = blocs.fit(profiles, 2, starts=6)
    assert fit.status == "converged"
    assert (np.diff(fit.trace) >= -1e-9 * abs(fit.loglik)).all()
    theta = fit.parameters().pivot_table(index="type", columns=["item", "parameter"], values="value", sort=False)
    logs = np.log(fit.shares.to_numpy()) + sum(
        stats.multinomial.logpmf(counts[j][:, None], 20_000, theta["ab"[j]].to_numpy()) for j in range(2)
    )
    assert fit.loglik == pytest.approx(np.logaddexp.reduce(logs, axis=1).sum(), rel=1e-9)


def test_three_coins_meet_and_the_fit_says_so() -> None:
    profiles, mixture = coins()
    start = given(mixture, [0.25, 0.5, 0.25], {"heads": [0.4, 0.5, 0.65]})
    fit = blocs.fit(profiles, 3, init=start, gain=1e-10, change=1e-8)
    assert fit.loglik == pytest.approx(-35.1526, abs=5e-5)
    assert np.allclose(fit.parameters()["value"], 0.415, atol=1e-4)
    assert "not_identified" in fit.flags
    assert information_rank(fit.mixture, fit.params, profiles)[0] < fit.n_parameters
    one = blocs.fit(profiles, 1)
    assert one.loglik == pytest.approx(fit.loglik, abs=1e-6)
    assert "not_identified" not in one.flags


def test_one_flip_a_draw_cannot_tell_two_coins_apart() -> None:
    flips = blocs.Profiles.from_table({"h": [0, 1, 1, 1, 0]}, kinds={"h": blocs.Binomial(trials=1)})
    fit = blocs.fit(flips, 2, starts=5)
    assert "not_identified" in fit.flags
    # any two coins whose average is the share of heads fit as well (002 §3.3)
    mixture = fit.mixture
    values = [
        mixture.estep(given(mixture, shares, {"h": biases}), flips).loglik[0]
        for shares, biases in (([0.5, 0.5], [0.4, 0.8]), ([0.2, 0.8], [0.2, 0.7]), ([0.9, 0.1], [0.6, 0.6]))
    ]
    assert np.allclose(values, fit.loglik, atol=1e-9)
    ten = blocs.Profiles.from_table({"h": [1, 2, 9, 8, 2, 9]}, kinds={"h": blocs.Binomial(trials=10)})
    assert "not_identified" not in blocs.fit(ten, 2, starts=5).flags


@pytest.mark.parametrize(
    ("family", "item", "theta", "reference"),
    [
        (Binomial, Item.full("x", tuple(f"{s}/7" for s in range(8)), Kind("binomial")), [[0.3, 0.9]],
         lambda t: stats.binom.pmf(np.arange(8)[:, None], 7, t)),
        (Poisson, Item.full("x", tuple(range(60)), Kind("poisson")), [[0.5, 9.0]],
         lambda t: stats.poisson.pmf(np.arange(60)[:, None], t)),
        (Multinomial,
         Item.full("x", tuple(f"{a} {b} {5 - a - b}" for a in range(6) for b in range(6 - a)),
                   Kind("multinomial", ("a", "b", "c"))),
         [[0.2, 0.5], [0.3, 0.1], [0.5, 0.4]],
         lambda t: np.array([stats.multinomial.pmf([[a, b, 5 - a - b] for a in range(6) for b in range(6 - a)], 5, p)
                             for p in t.T]).T),
    ],
)  # fmt: skip
def test_densities_are_scipys_and_sum_to_one(family: Any, item: Any, theta: Any, reference: Any) -> None:
    theta = np.array(theta)
    table = family((item,)).table(theta)
    assert np.allclose(table[0], 1.0)  # missing
    assert np.allclose(table[1:], reference(theta), rtol=1e-12)
    assert np.allclose(table[1:].sum(axis=0), 1.0, atol=1e-12)


def test_trials_may_differ_from_row_to_row_and_zero_trials_say_nothing() -> None:
    frame = pd.DataFrame({"s": [1, 3, 0, 2, None], "n": [2, 5, 0, 2, 4]})
    profiles = blocs.Profiles.from_table(frame, kinds={"s": blocs.Binomial(trials="n")})
    assert profiles.schema.items[0].outcomes == ("1/2", "2/2", "3/5")
    fit = blocs.fit(profiles, 1)
    assert fit.table()["probability"].tolist() == pytest.approx([6 / 9])
    assert (fit.posterior(profiles)[1] == 1.0).all()


def test_multinomial_shares_are_shares_of_counts() -> None:
    frame = pd.DataFrame({"a": [3, 0, 2], "b": [1, 1, 0], "c": [0, 4, 1]})
    profiles = blocs.Profiles.from_table(frame, weights=[1, 2, 1], kinds={"votes": blocs.Multinomial(["a", "b", "c"])})
    fit = blocs.fit(profiles, 1)
    assert fit.table()["outcome"].tolist() == ["a", "b", "c"]
    assert fit.table()["probability"].tolist() == pytest.approx([5 / 17, 3 / 17, 9 / 17])
    assert fit.n_parameters == 2


def test_unseen_counts_have_a_posterior_and_fits_travel() -> None:
    rng = np.random.default_rng(3)
    z = rng.integers(2, size=400)
    frame = pd.DataFrame({"n": rng.poisson(np.where(z, 9, 1)), "h": rng.binomial(6, np.where(z, 0.8, 0.2))})
    kinds = {"n": blocs.Poisson(), "h": blocs.Binomial(trials=6)}
    profiles = blocs.Profiles.from_table(frame, kinds=kinds)
    fit = blocs.fit(profiles, 2, starts=4)
    again = blocs.Fit.from_dict(fit.to_dict())
    again.check(profiles)
    new = blocs.Profiles.from_table({"n": [40, 2000, 0, None]}, kinds={"n": blocs.Poisson()})
    zeta = again.posterior(new)
    assert zeta.notna().all(axis=None)
    high = int(fit.parameters().query("parameter == 'rate'").set_index("type")["value"].idxmax())
    assert zeta.loc[:1, high].tolist() == pytest.approx([1.0, 1.0])
    assert zeta.loc[3].tolist() == pytest.approx(fit.shares.tolist())
    halves = [blocs.Profiles.from_table(part, kinds=kinds) for part in (frame[:150], frame[150:])]
    assert blocs.concat(halves).hash == profiles.hash
    assert fit.score(blocs.concat(halves)) == pytest.approx(fit.loglik, rel=1e-12)


def test_counts_that_underflow_under_every_type_keep_their_likelihood() -> None:
    profiles = blocs.Profiles.from_table({"n": [5000, 5100, 9000, 9100]}, kinds={"n": blocs.Poisson()})
    mixture = blocs.Mixture.of(profiles.schema, 2)
    params = given(mixture, [0.5, 0.5], {"n": [100.0, 200.0]})
    logs = np.log(0.5) + stats.poisson.logpmf([[5000], [5100], [9000], [9100]], [100.0, 200.0])
    expected = np.logaddexp(logs[:, 0], logs[:, 1])
    assert mixture.posterior(params, profiles)[0] == pytest.approx(expected, rel=1e-12)
    assert mixture.estep(params, profiles).loglik[0] == pytest.approx(expected.sum(), rel=1e-12)
    assert blocs.fit(profiles, 2, starts=4).loglik > expected.sum()


def test_prior_is_added_or_refused_by_name() -> None:
    profiles, _ = coins()
    fit = blocs.fit(profiles, 1, prior=2.0)
    assert fit.table()["probability"].tolist() == pytest.approx([(83 + 2) / (200 + 4)])
    counts = blocs.Profiles.from_table({"n": [1, 2]}, kinds={"n": blocs.Poisson()})
    with pytest.raises(blocs.UnsupportedError) as caught:
        blocs.fit(counts, 1, prior=1.0)
    assert str(caught.value) == (
        "A prior is not available for the poisson family (item 'n'). Fit with prior=0, or leave the item out."
    )


@pytest.mark.parametrize(
    ("kinds", "frame", "message"),
    [
        ({"h": blocs.Binomial(trials=3)}, {"h": [1, 5]},
         "item 'h': row 1 has 5 successes in 3 trials. There are no more successes than trials."),
        ({"h": blocs.Poisson()}, {"h": [1.5, 2, -1]},
         "item 'h': row 0 of column 'h' is 1.5 (1 more row like it). Counts are 0, 1, 2, ..."),
        ({"h": blocs.Poisson()}, {"h": ["1", "two"]},
         "item 'h': row 1 of column 'h' is 'two'. Its values are finite numbers."),
        ({"v": blocs.Multinomial(["a"])}, {"a": [1]},
         "item 'v': it has 1 column. A count vector has 2 or more columns."),
        ({"v": blocs.Multinomial(["a", "bb"])}, {"a": [1], "b": [1]},
         "items: there is no column 'bb'. The columns are 'a', 'b'. Nearest match: b."),
    ],
)  # fmt: skip
def test_faults_in_full(kinds: Any, frame: Any, message: str) -> None:
    with pytest.raises(blocs.InputError) as caught:
        blocs.Profiles.from_table(frame, kinds=kinds)
    assert str(caught.value) == message


def test_a_kind_that_does_not_match_and_a_family_that_is_not_known() -> None:
    profiles, _ = coins()
    fit = blocs.fit(profiles, 1)
    with pytest.raises(blocs.InputError) as caught:
        fit.posterior(blocs.Profiles.from_table({"heads": [1, 2]}))
    assert str(caught.value) == (
        "item 'heads': it holds categories here and binomial values in the fit. "
        "Describe the column as it was described for the fit with `kinds=`."
    )
    geometric = blocs.Profiles.from_table({"n": [1, 2]}, kinds={"n": Values("poison")})
    with pytest.raises(blocs.InputError) as caught:
        blocs.fit(geometric, 1)
    assert str(caught.value).startswith("kinds: there is no family 'poison'. The families are ")
    assert "Nearest match: poisson." in str(caught.value)


def test_menus_and_levels_are_for_categories() -> None:
    with pytest.raises(blocs.InputError) as caught:
        blocs.Profiles.from_table({"h": [1]}, menus={"h": {1}}, kinds={"h": blocs.Poisson()})
    assert str(caught.value) == "menus['h']: it is described by `kinds=`. Only categories have menus."


def test_given_checks_what_is_written_down() -> None:
    _, mixture = coins()
    with pytest.raises(blocs.InputError) as caught:
        given(mixture, [0.5, 0.5], {"head": [0.1, 0.2, 0.3]})
    assert str(caught.value) == (
        "3 faults:\n  - values: there is no item 'head'. The items are 'heads'. Nearest match: heads.\n"
        "  - shares: 2 shares. One a type: 3.\n"
        "  - values: there are no values for item 'heads'. Nearest match: head."
    )


def test_binomial_recovers_the_truth_and_the_start_is_not_it() -> None:
    rng = np.random.default_rng(11)
    z = rng.choice(3, p=[0.5, 0.3, 0.2], size=20_000)
    truth = np.array([0.15, 0.5, 0.85])
    profiles = blocs.Profiles.from_table({"h": rng.binomial(20, truth[z])}, kinds={"h": blocs.Binomial(trials=20)})
    assert len(profiles) <= 21
    start = blocs.fit(profiles, 3, starts=1, steps=1)
    fit = blocs.fit(profiles, 3, starts=6)
    assert fit.parameters()["value"].tolist() == pytest.approx([0.15, 0.5, 0.85], abs=0.01)
    assert not np.allclose(start.parameters()["value"], [0.15, 0.5, 0.85], atol=0.01)
    assert fit.shares.tolist() == pytest.approx([0.5, 0.3, 0.2], abs=0.015)
    assert information_rank(fit.mixture, fit.params, profiles) == (5, 5)
