"""Fits of small tables: what is worked out later or used again changes no number."""

from __future__ import annotations

import copy
import gc
import json
import pickle
import weakref
from dataclasses import replace

import numpy as np
import pytest

import blocs
from blocs import Profiles
from blocs.em import best_fit
from blocs.em.kept import mixture_of, placed
from blocs.model.identification import identified, sampled
from blocs.results.deferred import Deferred


def small(seed: int = 3) -> Profiles:
    rng = np.random.default_rng(seed)
    types, likely = rng.integers(2, size=300), rng.uniform(0.1, 0.9, size=(2, 5))
    return Profiles.from_table({f"item {j}": (rng.random(300) < likely[types, j]).astype(int) for j in range(5)})


def alike_types() -> Profiles:
    """Two items of two outcomes, which no two types can be told apart by."""
    rng = np.random.default_rng(1)
    return Profiles.from_table({"a": rng.integers(2, size=40), "b": rng.integers(2, size=40)})


def test_whether_a_fit_is_identified_is_worked_out_when_it_is_asked_for() -> None:
    for profiles, holds in ((small(), True), (alike_types(), False)):
        fit = blocs.fit(profiles, 2, starts=3, seed=1)
        assert isinstance(vars(fit)["identified"], Deferred)
        assert fit.identified is holds is identified(fit.mixture, fit.params, profiles)
        assert vars(fit)["identified"] is holds
        assert ("not_identified" in fit.flags) is not holds


def test_copies_and_files_of_a_fit_have_it_worked_out() -> None:
    profiles = alike_types()

    def fit() -> blocs.Fit:
        return blocs.fit(profiles, 2, starts=3, seed=1)

    for other in (pickle.loads(pickle.dumps(fit())), copy.deepcopy(fit()), replace(fit(), n=40.0)):
        assert vars(other)["identified"] is False
    saved = json.loads(json.dumps(fit().to_dict()))
    assert saved["identified"] is False
    assert vars(blocs.Fit.from_dict(saved))["identified"] is False
    assert replace(fit(), identified=None).identified is None
    assert blocs.Fit.identified is None


def test_a_value_that_is_pickled_twice_is_worked_out_once() -> None:
    times: list[int] = []
    value = Deferred(lambda: times.append(1) or len(times))
    assert pickle.loads(pickle.dumps(value)) == pickle.loads(pickle.dumps(value)) == copy.deepcopy(value) == 1
    assert times == [1]


def test_arrays_that_fits_are_kept_with_are_read_only() -> None:
    profiles = small()
    for of in (profiles, pickle.loads(pickle.dumps(profiles, 4)), copy.deepcopy(profiles), profiles.take(np.arange(3))):
        for array in (of.codes, of.weights, of.counts):
            with pytest.raises(ValueError, match="assignment destination is read-only"):
                array[0] = 1
        assert of.weights is of.counts


def test_arrays_that_the_caller_gave_are_not_copied_and_stay_writable() -> None:
    of, n, x = small(), np.ones(2), np.array([[1.0], [2.0]])
    codes = of.codes[:2].copy()
    made = Profiles(of.schema, codes, n, n, values=x)
    assert made.design is False
    for given, kept in ((codes, made.codes), (n, made.weights), (x, made.values)):
        assert given.flags.writeable
        assert np.shares_memory(given, kept)
        assert not kept.flags.writeable
    shard = mixture_of(of, 2, 0.0, "compiled").shard(of)
    assert shard.codes.flags.writeable  # kernels are compiled for such alone
    assert np.shares_memory(shard.codes, of.codes)


def test_covariates_and_groups_are_read_only() -> None:
    table = {"q": [0, 1, 0, 1], "x": [1.0, 2.0, 3.0, 4.0], "g": ["a", "a", "b", "b"]}
    of = Profiles.from_table(table, items=["q"], covariates=["x"], groups="g", weights=np.ones(4))
    assert of.covariates is not None
    assert of.cells is not None
    for part in (of, pickle.loads(pickle.dumps(of))):
        for array in (part.covariates.values, part.covariates.row, part.cells.row, part.cells.weights):
            assert not array.flags.writeable


def test_of_many_rows_it_is_worked_out_at_once(monkeypatch) -> None:
    profiles = small()
    monkeypatch.setattr("blocs.model.identification.SCORES", 100)
    mixture = mixture_of(profiles, 2, 0.0, "compiled")
    assert not sampled(mixture, profiles)  # 20 rows for each of 11 parameters are always used
    larger = replace(profiles, codes=np.tile(profiles.codes, (16, 1)))
    assert sampled(mixture, larger)
    fit = blocs.fit(profiles, 2, starts=1, seed=1)
    monkeypatch.setattr(best_fit, "sampled", sampled_always)
    again = blocs.fit(profiles, 2, starts=1, seed=1)
    assert vars(again)["identified"] is True
    assert again.to_dict() == fit.to_dict()


def sampled_always(*_: object) -> bool:
    return True


def test_a_fit_does_not_keep_the_rows_of_the_input() -> None:
    profiles = small()
    fit, index = blocs.fit(profiles, 2, starts=1, seed=1), weakref.ref(profiles.index)
    del profiles
    gc.collect()
    assert index() is None
    assert fit.identified is True


def test_fits_of_the_same_profiles_share_the_mixture_and_the_rows_as_it_places_them() -> None:
    profiles, other = small(), small()
    first, again = blocs.fit(profiles, 2, starts=2, seed=1), blocs.fit(profiles, 2, starts=2, seed=1)
    assert first.mixture is again.mixture is mixture_of(profiles, 2, 0.0, "compiled")
    assert placed(first.mixture, profiles) is placed(again.mixture, profiles)
    anew = blocs.fit(other, 2, starts=2, seed=1)
    assert anew.mixture is not first.mixture
    assert anew.to_dict() == first.to_dict() == again.to_dict()
    assert mixture_of(profiles, 3, 0.0, "compiled").types == 3
    assert mixture_of(profiles, 2, 0.5, "compiled").membership.pseudo == 0.5
    assert mixture_of(profiles, 2, 0.0, "plain").kernel == "plain"


def test_what_is_kept_of_profiles_goes_with_them() -> None:
    profiles = small()
    rows = weakref.ref(placed(mixture_of(profiles, 2, 0.0, "compiled"), profiles)[0].plan.others)
    assert rows() is not None
    del profiles
    gc.collect()
    assert rows() is None


def test_models_of_numbers_are_made_anew_as_families_can_be_registered_again() -> None:
    profiles = Profiles.from_table({"n": [0, 1, 5, 6]}, kinds={"n": blocs.Poisson()})
    assert mixture_of(profiles, 2, 0.0, "compiled") is not mixture_of(profiles, 2, 0.0, "compiled")
    mixture = mixture_of(profiles, 2, 0.0, "compiled")
    assert placed(mixture, profiles) is not placed(mixture, profiles)
