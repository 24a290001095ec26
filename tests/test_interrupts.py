"""Ctrl-C: a request during long work, remembered outside it."""

from __future__ import annotations

import itertools
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from numba.core import event

import blocs
from blocs.cli import cli
from blocs.core.abandonable import raise_if_abandoned, waited_for
from blocs.core.errors import Fault, InputError
from blocs.core.interrupts import (
    interruptible,
    keeping,
    raise_if_interrupted,
    remembering_requests,
    something_to_keep,
)
from blocs.em.best_fit import compile_the_rest as kernels_of_a_fit
from blocs.em.planning import calibrate
from blocs.files.scratch import Scratch, scratch
from blocs.inference.other_numbers import other_numbers
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
    """Presses when the compiler takes its first step, and lets that step last until it is allowed to end."""

    def __init__(self) -> None:
        self.steps, self.allowed = 0, threading.Event()

    def on_start(self, found: Any) -> None:
        self.steps += 1
        if self.steps == 1:
            press()
            assert self.allowed.wait(60)

    def on_end(self, found: Any) -> None:
        pass


def new_kernel() -> Any:
    return njit()(lambda x: x + 1)


def compilers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "blocs-work"]


def test_a_request_does_not_wait_for_the_compiler_when_there_is_nothing_to_keep() -> None:
    kernel, pressing = new_kernel(), Pressing()
    with interruptible() as request, event.install_listener("numba:run_pass", pressing):
        with pytest.raises(KeyboardInterrupt):
            kernel(1)
        assert request.is_set()
        (left,) = compilers()  # in the midst of its step
        pressing.allowed.set()
        left.join(60)
    assert not compilers() and not kernel.signatures and pressing.steps == 1  # it ended before the next one
    assert kernel(1) == 2  # it can be compiled later on


def test_compilation_goes_on_when_there_is_something_to_keep() -> None:
    kernel, pressing, messages = new_kernel(), Pressing(), []

    class Allows(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage())
            pressing.allowed.set()

    handler = Allows()
    logging.getLogger("blocs").addHandler(handler)
    try:
        with interruptible() as request, event.install_listener("numba:run_pass", pressing):
            something_to_keep()
            assert kernel(1) == 2
            assert request.is_set()
            assert new_kernel()(2) == 3
    finally:
        logging.getLogger("blocs").removeHandler(handler)
    assert messages == ["asked to stop: what the best solution so far needs is still being compiled; a second Ctrl-C "
                        "ends at once"]  # fmt: skip
    with interruptible():
        press()
        with pytest.raises(KeyboardInterrupt):
            new_kernel()(1)  # what was kept before is no part of this work


def test_what_is_still_to_be_compiled_is_compiled_before_there_is_something_to_keep() -> None:
    kernel, seen, prepared = new_kernel(), list[int](), list[int]()
    watch = keeping(seen.append, lambda: prepared.append(kernel(1)))
    with interruptible():
        press()
        with pytest.raises(KeyboardInterrupt):
            watch(1)
    assert not seen and not prepared
    with interruptible():
        watch(1)
        watch(2)
        press()
        assert kernel(1) == 2
    assert seen == [1, 2] and prepared == [2]


@pytest.mark.parametrize(("compiled", "calls"), [(True, ["compiled", "watched"]), (False, ["watched"])])
def test_a_fit_compiles_all_it_needs_after_its_first_iteration(
    compiled: bool, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    called = list[str]()

    @contextmanager
    def compiling(tell: Callable[[], None]) -> Iterator[None]:
        if compiled:
            tell()
        yield

    def compile_the_rest(mixture: Any, profiles: Any, accelerate: str, start: Any) -> None:
        called.append("compiled")
        kernels_of_a_fit(mixture, profiles, accelerate, start)

    monkeypatch.setattr("blocs.em.fit.compiling", compiling)
    monkeypatch.setattr("blocs.em.fit.compile_the_rest", compile_the_rest)
    answers = {"a": [0, 0, 0, 1, 1, 1], "b": [0, 0, 0, 1, 1, 1], "c": [0, 0, 1, 1, 1, 0]}
    fit = blocs.fit(blocs.Profiles.from_table(answers), 2, starts=2, jobs=1, watch=lambda _: called.append("watched"))
    assert list(dict.fromkeys(called)) == calls and called.count("compiled") == calls.count("compiled")
    assert fit.status == "converged"


FIRST_FIT = """
import os, signal, sys, threading
from numba.core import event
import blocs
from blocs.core import interrupts

class Kept(threading.Event):
    def set(self):
        if not self.is_set():
            super().set()
            signal.raise_signal(signal.SIGINT)

class Late(event.Listener):
    def on_start(self, started):
        if interrupts._kept.is_set():
            print(started.data["dispatcher"].py_func.__name__)
    def on_end(self, ended):
        pass

interrupts._kept = Kept()
event.register("numba:compile", Late())
rows = range(6000)
table = blocs.Profiles.from_table(
    {"a": [i % 2 for i in rows], "b": [i % 3 for i in rows], "c": [i * i % 5 % 2 for i in rows],
     "x": [i % 101 / 10 for i in rows]}, items=["a", "b", "c"], **OPTIONS)
print(blocs.fit(table, 2, jobs=1, **SETTINGS).status)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "settings"), [({}, {}), ({"covariates": ["x"]}, {"covariates": "~ x"})], ids=["shares", "covariates"]
)
def test_nothing_is_compiled_after_a_request_where_there_is_something_to_keep(
    options: dict[str, Any], settings: dict[str, Any], tmp_path: Path
) -> None:
    """The first fit on a machine: kernels are compiled in a folder that is empty."""
    script = FIRST_FIT.replace("OPTIONS", repr(options)).replace("SETTINGS", repr(settings))
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=900,
                         env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)})  # fmt: skip
    assert ran.stdout == "interrupted\n", ran.stderr


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


WORKS_LONG = """
import atexit, os, signal, time
from blocs.core.abandonable import end_at_once, waited_for

def work():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(600)

atexit.register(print, "tidied up")
try:
    waited_for(work)
except KeyboardInterrupt:
    end_at_once(130)
"""


def test_the_end_does_not_wait_for_abandoned_work() -> None:
    ran = subprocess.run([sys.executable, "-c", WORKS_LONG], capture_output=True, text=True, timeout=300)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "tidied up\n", "")


def test_errors_of_work_that_is_waited_for_are_its_own() -> None:
    def fails() -> None:
        raise_if_abandoned()  # it is not
        raise ValueError("of the work")

    with pytest.raises(ValueError, match=r"^of the work$"):
        waited_for(fails)
    assert waited_for(lambda: waited_for(threading.get_ident)) != threading.get_ident()


def pressed_at(monkeypatch: pytest.MonkeyPatch, name: str, call: int = 1) -> None:
    """Press when a function is called the first time, or a later one; it is called all the same."""
    module, _, attribute = name.rpartition(".")
    function, calls = getattr(import_module(module), attribute), itertools.count(1)

    def pressed(*arguments: Any, **options: Any) -> Any:
        if next(calls) == call:
            press()
        return function(*arguments, **options)

    monkeypatch.setattr(name, pressed)


TABLE = "a,b,c\n" + "0,0,0\n0,0,1\n1,1,1\n1,1,0\n" * 5
"""Rows of which one type and two are fits."""
GO_ON = ("Interrupted. Nothing is kept but what is printed and saved. --checkpoint FILE keeps what is finished, and "
         "the same command goes on from there.\n")  # fmt: skip


@pytest.mark.parametrize(
    ("name", "options", "code", "errors"),
    [
        ("blocs.inference.standard_errors.standard_errors", "--se observed", 0, ""),
        ("blocs.cli.fit.tables_of", "--se observed", 0, ""),
        ("blocs.inference.bootstrap.bootstrap", "--se bootstrap --replicates 20 --seed 1", 130, GO_ON),
        ("blocs.em.fit.best_fit", "--se observed", 130, GO_ON),
    ],
)
def test_a_fit_that_has_ended_is_printed_when_the_press_comes_later(
    name: str, options: str, code: int, errors: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("answers.csv").write_text(TABLE)
    words = f"fit answers.csv --items a,b,c --types 1 {options} --out types.csv --quiet"
    pressed_at(monkeypatch, name)
    ended = CliRunner().invoke(cli, words.split())
    assert (ended.exit_code, ended.stderr) == (code, errors)
    assert "Rows read: 20 rows (20 used)." in ended.stdout
    assert len(pd.read_csv("types.csv")) == 6  # two outcomes of each item


def test_a_comparison_is_printed_when_the_press_comes_in_its_cross_validation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("answers.csv").write_text(TABLE)
    words = "compare answers.csv --items a,b,c --types 1-2 --starts 2 --cross-validate 3 --out c.csv --quiet"
    pressed_at(monkeypatch, "blocs.inference.cross_validation.refit")
    ended = CliRunner().invoke(cli, words.split())
    assert (ended.exit_code, ended.stderr) == (130, GO_ON)
    table = pd.read_csv("c.csv")
    assert table["types"].tolist() == [1, 2] and table["held_out"].isna().all()
    assert table["flags"].str.contains("held_out_interrupted").all()
    assert "Caution: the cross-validation was interrupted, and is not finished for 1, 2 types." in ended.stdout


@pytest.mark.parametrize(
    ("name", "call", "flags"),
    [
        ("blocs.inference.selection.fit", 2, ["held_out", "held_out blrt"]),
        ("blocs.inference.cross_validation.refit", 5, ["", "held_out blrt", "held_out blrt"]),
        ("blocs.inference.selection.blrt_of", 1, ["", "blrt", "blrt"]),
    ],
)
def test_a_comparison_in_python_ends_with_the_part_in_which_the_press_comes(
    name: str, call: int, flags: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pressed_at(monkeypatch, name, call)
    table = blocs.compare(PROFILES, [1, 2, 3], starts=2, most=2, jobs=1, cross_validate=3, blrt=19)
    ended = [[flag.removesuffix("_interrupted") for flag in own.split(", ") if "_interrupted" in flag]
             for own in table["flags"]]  # fmt: skip
    assert [" ".join(own) for own in ended] == flags
    assert table["held_out"].isna().tolist() == ["held_out" in own for own in flags]
    assert table["blrt_p"].isna().all()


def test_fits_of_other_numbers_of_types_end_with_the_one_in_which_the_press_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fit = blocs.fit(PROFILES, 2, starts=2, most=2)
    pressed_at(monkeypatch, "blocs.inference.other_numbers.fit_types", 2)
    fits = other_numbers(fit, PROFILES, [1, 2, 3, 4])
    assert [one.status for one in fits] == ["converged", "converged", "interrupted", "interrupted"]


def test_a_plan_is_not_made_from_fits_that_were_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    pressed_at(monkeypatch, "blocs.em.planning._measured")
    monkeypatch.setattr("blocs.em.planning.SMALL", 65_536)
    with pytest.raises(KeyboardInterrupt):
        calibrate(6, 3, 2, starts=1)


def and_wait(work: Callable[[], object]) -> None:
    work()
    time.sleep(60)


def test_a_request_waits_until_a_temporary_folder_is_whole_and_until_it_is_gone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    made: list[Scratch] = []
    for called, work, left in (
        ("tempfile.mkdtemp", lambda: made.append(scratch()), ["in-use"]),
        ("shutil.rmtree", lambda: made[0].remove(), []),
    ):
        with monkeypatch.context() as pressed, remembering_requests() as requests:
            pressed_at(pressed, called)
            with pytest.raises(KeyboardInterrupt):
                and_wait(work)
            assert requests == [signal.SIGINT]
        assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == left
    assert list(tmp_path.iterdir()) == []
