"""Requests to stop that come when a file is written, when a command is over, or while another thread works."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from blocs.cli import cli
from blocs.cli.written import forget_files, to_be_written, written
from blocs.files.parquet_writer import parquet_writer

TABLE = "a,b,c\n" + "0,0,0\n0,0,1\n1,1,1\n1,1,0\n" * 5
NOTHING = "\nInterrupted before there was anything to keep.\n"


def pressed_at(monkeypatch: pytest.MonkeyPatch, name: str, presses: int = 1) -> None:
    """Press when a function is called, which is called all the same."""
    module, _, attribute = name.rpartition(".")
    function = getattr(import_module(module), attribute)

    def pressed(*arguments: Any, **options: Any) -> Any:
        for _ in range(presses):
            signal.raise_signal(signal.SIGINT)
        return function(*arguments, **options)

    monkeypatch.setattr(name, pressed)


def run(words: str) -> Result:
    return CliRunner().invoke(cli, words.split())


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder, entered, with a table of answers and a fit of one type to it."""
    monkeypatch.chdir(tmp_path)
    Path("answers.csv").write_text(TABLE)
    assert run("fit answers.csv --items a,b,c --types 1 --out fit.json --quiet").exit_code == 0
    return tmp_path


@pytest.mark.parametrize("name", ["something_to_keep", "Printer"])
def test_types_that_are_written_are_printed_when_the_press_comes_later(
    name: str, fitted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pressed_at(monkeypatch, f"blocs.cli.assign.{name}")
    ended = run("assign answers.csv --fit fit.json --out o.parquet")
    assert (ended.exit_code, ended.stderr) == (0, "")
    assert ended.stdout.endswith("20 rows written to o.parquet.\n")
    assert pq.read_table("o.parquet").num_rows == 20


@pytest.mark.parametrize(
    ("name", "presses", "message", "left"),
    [("_count", 1, NOTHING, False), ("Printer", 2, "\nInterrupted after o.parquet was written.\n", True)],
)
def test_an_interruption_says_whether_the_file_is_written(
    name: str, presses: int, message: str, left: bool, fitted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blocs.core.interrupts.SAME", 0.0)
    pressed_at(monkeypatch, f"blocs.cli.assign.{name}", presses)
    ended = run("assign answers.csv --fit fit.json --out o.parquet")
    assert (ended.exit_code, ended.stdout, ended.stderr) == (130, "", message)
    assert sorted(path.name for path in fitted.iterdir()) == ["answers.csv", "fit.json", *["o.parquet"] * left]


def test_files_and_folders_that_are_new_are_written(tmp_path: Path) -> None:
    old, new, none, folder, empty = (tmp_path / name for name in ("old", "new", "none", "folder", "empty"))
    old.write_text("1")
    forget_files()
    for path in (old, new, none, folder, empty, Path("/dev/null")):
        to_be_written(str(path))
    assert written() == []
    new.write_text("1")
    for path in (folder, empty):
        path.mkdir()
        (path / ".hidden").touch()
    (folder / "table.csv").touch()
    assert written() == [str(new), str(folder)]
    new.rename(old)
    assert written() == [str(old), str(folder)]
    forget_files()
    assert written() == []


def test_a_press_after_the_command_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pressed_at(monkeypatch, "blocs.cli.first_request")
    ended = run("completion bash")
    assert (ended.exit_code, ended.stderr) == (0, "") and ended.stdout


ENDS = """
import atexit, os, signal, sys
from blocs.cli import main

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP")]

class Last:
    def __del__(self, kill=os.kill, process=os.getpid(), signals=SIGNALS):
        for number in signals:
            kill(process, number)

for number in SIGNALS:
    signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
last = Last()
atexit.register(Last().__del__)
sys.argv[1:] = ["completion", "bash"]
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the system has no such signals")
def test_signals_while_python_ends_do_not_change_how_a_command_ended() -> None:
    ran = subprocess.run([sys.executable, "-c", ENDS], capture_output=True, text=True, timeout=300)
    assert (ran.returncode, ran.stderr) == (0, "") and ran.stdout


HANGS = """
import atexit, os, signal, sys, threading, time
from blocs.cli import main
from blocs.core import interrupts

interrupts.TIDYING = 0.3

def press():
    os.kill(os.getpid(), signal.SIGTERM)  # one that comes early
    time.sleep(1)
    os.kill(os.getpid(), signal.SIGINT)

def hang():
    threading.Thread(target=press, daemon=True).start()
    threading.Event().wait(200)

atexit.register(hang)
sys.argv[1:] = WORDS
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the system has no such signals")
@pytest.mark.parametrize(("words", "code"), [(["completion", "bash"], 0), (["completion", "none"], 2)])
def test_a_process_that_does_not_end_after_its_command_is_ended_by_a_later_press(words: list[str], code: int) -> None:
    script = HANGS.replace("WORDS", repr(words))
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=150)
    assert ran.returncode == code and bool(ran.stdout) == (code == 0)
    assert ran.stderr.count("\n") == (code != 0)


@pytest.mark.parametrize("at", ["the rows", "the end"])
def test_a_parquet_file_that_is_given_up_has_no_trace(at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pyarrow's own writer is interrupted at its end, it tries again when the file is closed."""
    traces, close, closed = list[str](), pq.ParquetWriter.close, list[None]()

    def interrupted_once(writer: pq.ParquetWriter) -> None:
        closed.append(None)
        if len(closed) == 1:
            raise KeyboardInterrupt
        close(writer)

    def write() -> None:
        table = pa.table({"type": [1, 2]})
        with io.BytesIO() as file, parquet_writer(file, table.schema) as writer:
            writer.write_table(table)
            if at == "the rows":
                raise KeyboardInterrupt

    monkeypatch.setattr("sys.unraisablehook", lambda of: traces.append(str(of.exc_value)))
    monkeypatch.setattr(pq.ParquetWriter, "close", interrupted_once)
    with pytest.raises(KeyboardInterrupt):
        write()
    assert traces == [] and len(closed) == (at == "the end")


WORKS = """
import signal, sys, threading
from concurrent.futures import ThreadPoolExecutor
from blocs.core.interrupts import interruptible

daemon, seconds, end = sys.argv[1:]
begun = threading.Event()

def work():
    with interruptible() as event, ThreadPoolExecutor(1) as pool:
        begun.set()
        print(pool.submit(event.wait, float(seconds)).result(), flush=True)

threading.Thread(target=work, daemon=daemon == "daemon").start()
begun.wait()
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    if end != "last line":
        signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    if end == "interrupted":
        raise
"""


@pytest.mark.parametrize(
    ("thread", "seconds", "end", "printed"),
    [
        ("daemon", 600, "interrupted", None),  # a daemon thread may be cut off while it prints
        ("daemon", 600, "caught", None),
        ("daemon", 600, "last line", None),
        ("not", 600, "interrupted", "True\n"),
        ("not", 0.3, "last line", "False\n"),
    ],
)
def test_work_in_another_thread_ends_with_the_process(
    thread: str, seconds: float, end: str, printed: str | None
) -> None:
    call = [sys.executable, "-c", WORKS, thread, str(seconds), end]
    ran = subprocess.run(call, capture_output=True, text=True, timeout=300)
    assert printed is None or ran.stdout == printed
    assert ran.returncode == (-signal.SIGINT if end == "interrupted" else 0)
