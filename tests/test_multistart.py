"""How far each start is run: everything from data, seed and settings, nothing from threads."""

from __future__ import annotations

from threading import Event
from typing import Any

import numpy as np
import pandas as pd
import pytest

from blocs import fit
from blocs.core.errors import InputError
from blocs.core.schema import Item, Schema
from blocs.em import multistart
from blocs.em.batches import BatchRunner
from blocs.em.loop import Progress
from blocs.em.multistart import finish_by_size
from blocs.em.optima import same_value
from blocs.model.mixture import Mixture
from blocs.profiles import Profiles


@pytest.fixture(scope="module")
def hard() -> Profiles:
    """Weakly separated types: several optima."""
    rng = np.random.default_rng(7)
    kind = rng.choice(3, 400, p=[0.5, 0.3, 0.2])
    p = rng.dirichlet(np.ones(3), (3, 5))
    answers = [[int(rng.choice(3, p=p[k, j])) for j in range(5)] for k in kind]
    return Profiles.from_table(pd.DataFrame(answers, columns=list("abcde")))


def test_all_starts_are_finished_on_small_data(hard: Profiles) -> None:
    found = fit(hard, 3, starts=12, seed=1, most=12)
    assert list(found.starts["status"]) == ["converged"] * 12
    assert list(found.starts["start"]) == list(range(12))
    best = found.starts["loglik"].max()
    assert found.loglik == pytest.approx(best, abs=1e-9)
    assert found.hits + found.moved == sum(same_value(value, best) for value in found.starts["loglik"])


def test_only_the_best_are_finished_when_asked(hard: Profiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multistart, "SHORT", 30)
    everything = fit(hard, 3, starts=12, seed=1, most=12)
    few = fit(hard, 4, starts=12, seed=1, most=12, finish=3)
    ends = few.starts["status"].value_counts().to_dict()
    assert set(ends) <= {"converged", "stopped_short", "duplicate"}
    stopped = few.starts.query("status == 'stopped_short'")
    assert (stopped["iterations"] == 30).all()
    assert len(stopped) > 0
    assert (stopped["loglik"] <= few.loglik).all()
    assert fit(hard, 3, starts=12, seed=1, most=12, finish=3).loglik == pytest.approx(everything.loglik, abs=1e-6)


def test_duplicates_count_as_their_original(hard: Profiles) -> None:
    found = fit(hard, 2, starts=10, seed=3, most=10, finish=2, accelerate="none")
    duplicates = found.starts.query("status == 'duplicate'")
    assert len(duplicates) > 0
    finished = set(found.starts.query("status in ('converged', 'stopped_short')")["loglik"])
    assert set(duplicates["loglik"]) <= finished
    assert found.hits + found.moved == sum(same_value(value, found.loglik) for value in found.starts["loglik"])
    for seed in range(8):  # whatever their numbers, the answer is one that was run until it converged
        assert fit(hard, 2, starts=10, seed=seed, most=10, finish=2, accelerate="none").status == "converged"


def test_starts_are_doubled_while_the_best_was_reached_once(hard: Profiles) -> None:
    seen: list[str] = []

    def watch(progress: Progress) -> None:
        if progress.note:
            seen.append(progress.note)

    seed = next(s for s in range(50) if fit(hard, 5, starts=2, seed=s, most=2).hits == 1)
    found = fit(hard, 5, starts=2, seed=seed, watch=watch)
    assert seen[0] == "the best optimum was reached by 1 of 2 starts: 2 more"
    assert len(found.ends) in (4, 8)
    assert [end.start for end in found.ends] == list(range(len(found.ends)))
    first = fit(hard, 5, starts=2, seed=seed, most=2)
    assert first.flags[-1:] == ("best_once",)
    assert found.loglik >= first.loglik - 1e-9
    alone = [fit(hard, 5, starts=2, seed=seed, most=most, exchange=False) for most in (2, len(found.ends))]
    assert [e.loglik for e in alone[1].ends[:2]] == [e.loglik for e in alone[0].ends]  # the first starts are the same


def test_further_starts_are_another_search_where_few_came_to_the_best(
    hard: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else most of them would be left, as they end below what the first ones came to."""
    monkeypatch.setattr(multistart, "NEAR", -100.0)  # no start is expected to come so high
    monkeypatch.setattr(multistart, "SHORT", 10)
    seed = next(s for s in range(50) if fit(hard, 5, starts=4, seed=s, most=4, exchange=False).hits == 1)
    again = fit(hard, 5, starts=4, seed=seed, most=8, exchange=False)
    assert list(again.starts["status"]) == ["converged"] * 8
    monkeypatch.setattr(multistart, "CHEAP", 0)
    without = fit(hard, 5, starts=4, seed=seed, most=8, exchange=False)
    assert "stopped_short" in set(without.starts["status"][4:])


def test_the_same_bits_for_any_number_of_threads(hard: Profiles) -> None:
    one, two, four = (fit(hard, 3, starts=70, seed=2, jobs=jobs, finish=20) for jobs in (1, 2, 4))
    for other in (two, four):
        assert other.loglik == one.loglik
        assert (other.params.vector() == one.params.vector()).all()
        assert other.ends == one.ends


def test_a_start_given_is_the_only_one(hard: Profiles) -> None:
    first = fit(hard, 3, starts=5, seed=1)
    again = fit(hard, 3, init=first, starts=30)
    assert len(again.ends) == 1
    assert again.loglik == pytest.approx(first.loglik, abs=1e-7)
    assert again.ends[0].iterations <= 6


def test_how_many_are_finished_follows_from_the_size() -> None:
    assert finish_by_size(3_000, 6, 20) == 20
    assert finish_by_size(6_516, 8, 20) == 20
    assert finish_by_size(20_000, 6, 20) == 10
    assert finish_by_size(20_001, 2, 20) == 10  # on a subsample
    assert finish_by_size(1_000_000, 8, 20) == 10
    assert finish_by_size(1_000_000, 8, 6) == 5
    assert finish_by_size(10_000_000, 8, 3) == 3


def test_arguments_out_of_range(hard: Profiles) -> None:
    wrong = {"starts": 0, "finish": -1, "most": 0, "seed": -1, "jobs": 0, "steps": 2.5}
    with pytest.raises(InputError) as error:
        fit(hard, 2.0, **wrong)  # type: ignore[arg-type]
    assert str(error.value) == (
        "7 faults:\n"
        "  - types: it is 2.0. It is a whole number, 1 or more.\n"
        "  - starts: it is 0. It is a whole number, 1 or more.\n"
        "  - finish: it is -1. It is a whole number, 1 or more.\n"
        "  - most: it is 0. It is a whole number, 1 or more.\n"
        "  - seed: it is -1. It is a whole number, 0 or more.\n"
        "  - jobs: it is 0. It is a whole number, 1 or more.\n"
        "  - steps: it is 2.5. It is a whole number, 0 or more."
    )


@pytest.mark.parametrize("types", [0, -1, "3", None])
def test_types_are_a_whole_number(hard: Profiles, types: Any) -> None:
    with pytest.raises(InputError) as error:
        fit(hard, types)
    assert str(error.value) == f"types: it is {types!r}. It is a whole number, 1 or more."


def test_numbers_out_of_range(hard: Profiles) -> None:
    with pytest.raises(InputError) as error:
        fit(hard, 2, prior=-1, gain="fine", change=float("nan"))  # type: ignore[arg-type]
    assert str(error.value) == (
        "3 faults:\n"
        "  - prior: it is -1. It is a finite number, 0 or more.\n"
        "  - gain: it is 'fine'. It is a finite number, 0 or more.\n"
        "  - change: it is nan. It is a finite number, 0 or more."
    )


@pytest.mark.parametrize(
    ("rows", "starts", "jobs", "sizes"),
    [
        (100, 20, 4, [20]),  # too little work for more than one thread
        (18_800, 20, 1, [10, 10]),  # as many as a batch holds at most, evenly
        (18_800, 20, 2, [10, 10]),
        (18_800, 12, 2, [6, 6]),  # a few are shared out too
        (18_800, 25, 3, [8, 8, 9]),
        (18_800, 1, 2, [1]),
        (18_800, 0, 2, []),
        (70_000, 20, 2, [10, 10]),  # threads work on shards: batches are those of one thread
    ],
)
def test_batches_are_even(rows: int, starts: int, jobs: int, sizes: list[int]) -> None:
    rng = np.random.default_rng(1)
    profiles = Profiles.from_codes(Schema(tuple(Item.full(f"q{j}", range(9)) for j in range(8))),
                                   rng.integers(1, 10, (rows, 8)), np.ones(rows))  # fmt: skip
    assert len(profiles) > 0.98 * rows
    runner = BatchRunner.of(Mixture.of(profiles.schema, 5), profiles, "auto", jobs, None, Event())
    assert [cut.stop - cut.start for cut in runner._cuts(starts)] == sizes


def test_batches_cut_for_threads_give_the_same_bits() -> None:
    rng = np.random.default_rng(2)
    kind = rng.random(6000) < 0.4
    answers = {f"q{j}": np.where(rng.random(6000) < 0.3 + 0.3 * kind, 0, rng.integers(1, 5, 6000)) for j in range(8)}
    profiles = Profiles.from_table(answers)
    one, *others = (fit(profiles, 3, starts=9, most=9, seed=2, jobs=jobs) for jobs in (1, 2, 4))
    for other in others:
        assert other.params.vector().tobytes() == one.params.vector().tobytes()
        pd.testing.assert_frame_equal(other.starts, one.starts, check_exact=True)
        assert other.trace == one.trace
