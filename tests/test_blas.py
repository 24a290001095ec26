"""One thread for linear algebra during a fit, and the user's number of threads after it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import numpy as np
import pytest
import threadpoolctl

from blocs import Profiles, fit
from blocs.core.blas import one_blas_thread


def threads() -> int:
    """The number of threads of the library that numpy brings."""
    own = [library for library in threadpoolctl.threadpool_info() if "numpy" in library["filepath"]]
    return int(own[0]["num_threads"])


@pytest.fixture(autouse=True)
def two() -> Iterator[None]:
    np.linalg.inv(np.eye(2))
    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        if threads() != 2:
            pytest.skip("numpy's linear algebra has one thread here, and a fit that asks for one changes nothing")
        yield


def test_a_fit_asks_for_one_and_puts_it_back() -> None:
    seen: list[int] = []
    profiles = Profiles.from_table({"a": [0, 0, 1, 1], "b": [0, 1, 1, 0], "c": [0, 1, 1, 1]})
    fit(profiles, 2, starts=2, most=2, seed=1, watch=lambda progress: seen.append(threads()))
    assert set(seen) == {1}
    assert threads() == 2


def test_it_is_put_back_after_an_error() -> None:
    with suppress(KeyboardInterrupt), one_blas_thread():
        assert threads() == 1
        raise KeyboardInterrupt
    assert threads() == 2


def test_it_is_put_back_by_the_one_that_changed_it() -> None:
    first, second = one_blas_thread(), one_blas_thread()
    first.__enter__()
    second.__enter__()
    assert threads() == 1
    first.__exit__(None, None, None)
    assert threads() == 2
    second.__exit__(None, None, None)
    assert threads() == 2


def test_fits_in_several_threads_put_it_back() -> None:
    profiles = Profiles.from_table({"a": [0, 0, 1, 1], "b": [0, 1, 1, 0], "c": [0, 1, 1, 1]})
    with ThreadPoolExecutor(4) as pool:
        fits = list(pool.map(lambda seed: fit(profiles, 2, starts=2, most=2, seed=seed), range(8)))
    assert len(fits) == 8
    assert threads() == 2
