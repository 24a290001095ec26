"""Growth and promise: a fit of one type less helps the next one, and starts are left that come to nothing."""

from __future__ import annotations

from threading import Event

import numpy as np
import pytest

import blocs
from blocs.em import ends, simplices
from blocs.em.batches import BatchRunner, StartResult
from blocs.em.distances import Distances
from blocs.em.ends import TIMES, EMResult, Targets
from blocs.em.growth import EACH, Growth
from blocs.em.initialization import draw
from blocs.em.loop import Compiled, PlainEM, StoppingRule, run_em
from blocs.em.promise import run_while_promising
from blocs.engines import Serial
from blocs.model.mixture import Mixture
from blocs.profiles import Profiles


def table(rows: int = 400, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    kind, p = rng.integers(3, size=rows), rng.dirichlet(np.ones(3), (3, 5))
    return {f"q{j}": (rng.random(rows)[:, None] > p[kind, j].cumsum(axis=1)[:, :-1]).sum(axis=1) for j in range(5)}


@pytest.fixture(scope="module")
def profiles() -> Profiles:
    return Profiles.from_table(table())


@pytest.fixture(scope="module")
def two(profiles: Profiles) -> blocs.Fit:
    return blocs.fit(profiles, 2, starts=3, jobs=1)


def test_starts_of_one_type_less_are_its_types_and_one_more(profiles: Profiles, two: blocs.Fit) -> None:
    """Shares by hand: a split divides the share of one type and no other; a new type takes from each in proportion."""
    mixture = Mixture.of(profiles.schema, 3)
    starts = Growth(two.mixture, two.params).starts(mixture, profiles, np.random.default_rng(1))
    assert starts.starts == 2 * EACH * 2
    old = two.params.shares[0]
    splits, around = starts.shares[: 2 * EACH], starts.shares[2 * EACH :]
    for s, shares in enumerate(splits):
        split = s // EACH
        assert shares[split] + shares[2] == pytest.approx(old[split], abs=1e-4), "the fit has converged to about 1e-4"
        assert shares[1 - split] == pytest.approx(old[1 - split], abs=1e-4)
        assert 0 < shares[2] < old[split]
    rows = np.repeat(np.arange(len(profiles)), profiles.weights.astype(int))
    answers = profiles.codes[rows]
    possible = [np.exp(-(profiles.codes[c] != answers).sum(axis=1)).mean() for c in range(len(profiles))]
    for shares in around:
        assert np.abs(np.array(possible) - shares[2]).min() < 1e-12, "the mean of exp(-answers that differ)"
        assert (shares[:2] < old).all()
    assert Distances.of(mixture, profiles).codes.shape == (len(profiles), 5)


def test_a_comparison_is_never_below_the_fits_alone(profiles: Profiles) -> None:
    fits: list[blocs.Fit] = []
    blocs.compare(profiles, [4, 2, 3], starts=3, most=3, jobs=1, each=fits.append)
    for found in fits:
        alone = blocs.fit(profiles, found.types, starts=3, most=3, jobs=1)
        assert found.loglik >= alone.loglik - 1e-3
    assert ["fewer" in found.settings for found in fits] == [False, False, True]
    again = blocs.compare(profiles, [2, 3], starts=3, jobs=1, exchange=False)
    assert again["loglik"].is_monotonic_increasing


def test_what_is_led_to_the_grown_optimum_is_no_replication(profiles: Profiles, two: blocs.Fit) -> None:
    found = blocs.fit(profiles, 3, starts=1, most=1, jobs=1, method="hard", fewer=two)
    end = found.ends[0]
    assert found.hits + found.moved == 1
    assert (end.arrived is None) == (found.hits == 1)


def test_a_fit_that_is_not_of_one_type_less_is_refused(profiles: Profiles, two: blocs.Fit) -> None:
    def refused(types: int, **settings: object) -> str:
        with pytest.raises(blocs.InputError) as caught:
            blocs.fit(profiles, types, starts=1, jobs=1, **settings)
        return str(caught.value)

    assert refused(4, fewer=two) == (
        "fewer: it has 2 types, and 4 are fitted. It is a fit with one type less."
    )
    assert refused(3, fewer=3) == "fewer: it is a int. It is a Fit."
    assert refused(3, fewer=two, exchange=False) == (
        "fewer: no moves are tried in this fit. Starts made of a fit with one type less count as moves. Leave it out, "
        "or leave out `init=`, `constraints=` and `exchange=False`."
    )
    other = blocs.fit(Profiles.from_table({"z": [0, 1, 1], "y": [0, 1, 0]}), 2, starts=1, jobs=1)
    assert refused(3, fewer=other) == (
        "fewer: the starting fit has other items or outcomes than the profiles. Fit the same items, or use random "
        "starts."
    )


def test_starts_are_left_when_twice_what_half_of_their_iterations_gained_is_too_little(profiles: Profiles) -> None:
    mixture, rule = Mixture.of(profiles.schema, 5), StoppingRule()
    runner = BatchRunner.of(mixture, profiles, "none", 1, None, Event())
    params = draw("mixed", mixture, profiles, 0, range(4))
    begun = runner.run(range(4), params.take, StoppingRule(steps=30))
    assert {start.status for start in begun} == {"step_limit"}

    def expected(start: StartResult) -> float:
        return start.value + TIMES * (start.value - start.trace[15])

    just = np.array([expected(start) for start in begun])
    over = run_while_promising(runner, begun, rule, just + 1e-6)
    assert [start.status for start in over] == ["given_up"] * 4
    assert [start.value for start in over] == [start.value for start in begun], "none went on"
    few = StoppingRule(steps=5)
    assert [start.iterations for start in run_while_promising(runner, begun, few, just - 1e-6)] == [35] * 4
    ended = run_while_promising(runner, begun, rule, np.full(4, -np.inf))
    assert {start.status for start in ended} <= {"converged", "step_limit"}
    assert all(after.value > before.value for after, before in zip(ended, begun, strict=True))


@pytest.mark.parametrize("how", ["accelerated", "plain", "without compiled steps", "many in one call"])
def test_starts_are_left_within_a_run_and_the_others_do_not_notice(
    how: str, profiles: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked at are starts after 20 iterations, 40 more, and so on; here two are out of reach then, and two are not."""
    monkeypatch.setattr(ends, "FIRST", 20)
    monkeypatch.setattr(simplices, "WORTH", 0 if how == "many in one call" else 10**9)
    mixture = Mixture.of(profiles.schema, 5)
    params, placed = draw("mixed", mixture, profiles, 0, range(4)), mixture.place(profiles)

    def run(steps: int, targets: Targets | None) -> EMResult:
        by = PlainEM(mixture) if how == "without compiled steps" else Compiled(how != "plain")
        return run_em(mixture, Serial(), placed, params, StoppingRule(steps=steps), by, targets=targets)

    early, alone = run(20, None), run(100, None)
    assert early.status == ["step_limit"] * 4
    expected = [trace[-1] + TIMES * (trace[-1] - trace[len(trace) // 2]) for trace in early.trace]
    over = np.where(np.arange(4) < 2, 1e-6, -1e6)
    found = run(100, Targets(np.array(expected) + over, [()] * 4, 0))
    assert found.status == ["given_up", "given_up", *alone.status[2:]]
    assert found.trace == [*early.trace[:2], *alone.trace[2:]]
    assert found.iterations.tolist() == [20, 20, *alone.iterations[2:].tolist()]
    np.testing.assert_array_equal(found.params.rows()[:, :2], early.params.rows()[:, :2])
    np.testing.assert_array_equal(found.params.rows()[:, 2:], alone.params.rows()[:, 2:])


def test_what_was_gained_before_the_run_counts(profiles: Profiles) -> None:
    targets = Targets(np.zeros(3), [(-9.0, -4.0, -3.0), (-9.0, -4.0, -3.0), ()], 3)
    own, count = np.array([[-2.0, -1.5, -1.2, -1.1], [-2.9, -2.8, -2.7, -2.6], [0, 0, 0, 0]]), np.array([4, 4, 0])
    # half of seven values is the fourth: -1.1 + 2 (-1.1 + 2) > 0, but -2.6 + 2 (-2.6 + 2.9) < 0; no value says nothing
    assert targets.out_of_reach(np.arange(3), own, count).tolist() == [False, True, False]
    assert (targets.next(0), targets.next(200)) == (200, 200 + 2 * 203)
