"""Ctrl-C: a request during long work, remembered outside it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from numba.core import event

import blocs
from blocs.cli import cli
from blocs.core.errors import Fault, InputError
from blocs.core.interrupts import interruptible, raise_if_interrupted, remembering_requests, something_to_keep
from blocs.kernels.jit import njit
from blocs.simulation import Truth, simulate

PROFILES = blocs.Profiles.from_table(simulate(Truth.draw(2, 5, 3), 400, 1))


@pytest.fixture(autouse=True)
def ctrl_c_raises() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt before each test, also where the tests were started with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press() -> None:
    signal.raise_signal(signal.SIGINT)


def test_the_first_press_sets_the_event_and_the_second_raises() -> None:
    with interruptible() as request:
        assert not request.is_set()
        press()
        assert request.is_set()
        with pytest.raises(KeyboardInterrupt):
            press()


def test_work_within_work_stops_with_it() -> None:
    blocs.fit(PROFILES, 3, starts=2, most=2)  # kernels are compiled: without them nothing would be kept
    with interruptible() as whole:
        with interruptible() as part:
            assert part is whole
        press()
        fit = blocs.fit(PROFILES, 3, starts=2, most=2)
    assert fit.status == "interrupted"
    with interruptible() as later:
        assert not later.is_set()


def test_what_is_done_is_kept_when_the_press_comes_late() -> None:
    with interruptible() as request:
        fit = blocs.fit(PROFILES, 2, starts=2, most=2)
        press()
        assert request.is_set()
    assert fit.status == "converged"


def swallowing() -> None:
    """What a library does that is called back at the wrong moment."""
    try:
        press()
    except KeyboardInterrupt:
        return


def test_a_press_that_was_swallowed_is_remembered() -> None:
    with remembering_requests():
        swallowing()
        with pytest.raises(KeyboardInterrupt):
            raise_if_interrupted()
        with pytest.raises(KeyboardInterrupt):
            blocs.fit(PROFILES, 2, starts=2)
    raise_if_interrupted()
    with remembering_requests():
        raise_if_interrupted()


def test_outside_the_main_thread_signals_are_left_alone() -> None:
    before, found = signal.getsignal(signal.SIGINT), []

    def work() -> None:
        with remembering_requests(), interruptible() as request:
            found.append((request.is_set(), signal.getsignal(signal.SIGINT)))

    with interruptible() as mine:
        thread = threading.Thread(target=work)
        press()
        thread.start()
        thread.join()
        assert mine.is_set()
    assert [event for event, _ in found] == [False]
    assert signal.getsignal(signal.SIGINT) is before


def test_requests_within_a_second_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blocs.core.interrupts.SAME", 3600.0)  # the machine may be slow
    with remembering_requests() as requests:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        assert requests == [signal.SIGINT]


def test_a_request_waits_until_a_module_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "imported_at_once.py").write_text("import signal\nsignal.raise_signal(signal.SIGTERM)\nWHOLE = True\n")
    monkeypatch.syspath_prepend(tmp_path)

    def imported() -> None:
        import imported_at_once  # type: ignore[import-not-found]

        assert imported_at_once.WHOLE
        time.sleep(5)

    with remembering_requests() as requests, pytest.raises(KeyboardInterrupt):
        imported()
    assert requests == [signal.SIGTERM]


class Pressing(event.Listener):
    """Presses when the compiler takes its first step."""

    def __init__(self) -> None:
        self.steps = 0

    def on_start(self, found: Any) -> None:
        self.steps += 1
        if self.steps == 1:
            press()

    def on_end(self, found: Any) -> None:
        pass


def new_kernel() -> Any:
    return njit()(lambda x: x + 1)


def test_a_request_ends_compilation_when_there_is_nothing_to_keep() -> None:
    kernel, pressing = new_kernel(), Pressing()
    with interruptible() as request, event.install_listener("numba:run_pass", pressing):
        with pytest.raises(KeyboardInterrupt):
            kernel(1)
        assert request.is_set()
    assert pressing.steps == 1
    assert kernel(1) == 2  # it can be compiled later on


def test_compilation_goes_on_when_there_is_something_to_keep() -> None:
    kernel, pressing = new_kernel(), Pressing()
    with interruptible() as request, event.install_listener("numba:run_pass", pressing):
        something_to_keep()
        assert kernel(1) == 2
        assert request.is_set()
    with interruptible():
        press()
        with pytest.raises(KeyboardInterrupt):
            new_kernel()(1)  # what was kept before is no part of this work


def test_a_request_ends_compilation_in_other_threads() -> None:
    kernel = new_kernel()
    with interruptible(), ThreadPoolExecutor(1) as pool:
        press()
        with pytest.raises(KeyboardInterrupt):
            pool.submit(kernel, 1).result()
    with remembering_requests(), ThreadPoolExecutor(1) as pool:
        swallowing()
        with pytest.raises(KeyboardInterrupt):
            pool.submit(kernel, 1).result()
    assert kernel(1) == 2


def test_an_interrupt_in_a_finalizer_has_no_trace(capfd: pytest.CaptureFixture[str]) -> None:
    class Removed:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    with remembering_requests():
        of = Removed()
        del of
        with pytest.raises(KeyboardInterrupt):
            raise_if_interrupted()
    assert capfd.readouterr().err == ""


def test_what_a_library_makes_of_a_request_is_an_interruption(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def read(*arguments: Any) -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt as error:
            raise InputError(Fault("the table cannot be read to its end")) from error

    monkeypatch.setattr("blocs.cli.fit_made.read_data", read)
    (tmp_path / "answers.csv").write_text("a,b\n0,1\n")
    ended = CliRunner().invoke(cli, ["fit", str(tmp_path / "answers.csv"), "--items", "a,b", "--quiet"])
    assert (ended.exit_code, ended.stderr) == (143, "Interrupted before there was anything to keep.\n")
