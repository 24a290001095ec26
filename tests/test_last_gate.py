"""What passes every check before it: control characters on a screen, names, broken pipes, a limit of memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from blocs.cli import COMMANDS, _until_stdout_is_closed, cli
from blocs.core.memory import LEAST_SPACE
from blocs.core.printable import printable, printable_json
from blocs.files.atomic import write_atomically

NAME, SHOWN = "b\x1b[2J\u202e\x9b\u200b", r"b\x1b[2J\u202e\x9b\u200b"
"""A name that would clear a terminal's screen, turn the direction of writing, and end unseen; as it is shown."""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "t.csv"
    path.write_text(f"a,{NAME}\n1,2\x1b]0;x\x07\n2,1\n")
    return path


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


SEEN = {"Arabic signs of numbers and the like": {0x0600, 0x0601, 0x0602, 0x0603, 0x0604, 0x0605, 0x06DD, 0x070F, 0x0890,
                                                 0x0891, 0x08E2, 0x110BD, 0x110CD},
        "signs of scripts that nobody writes names in": {*range(0x13430, 0x13440), *range(0x1BCA0, 0x1BCA4),
                                                         *range(0x1D173, 0x1D17B)}}  # fmt: skip
UNSEEN = [number for number in range(0x110000) if unicodedata.category(chr(number)) in {"Cc", "Cf", "Zl", "Zp"}
          and number != 10 and number not in set().union(*SEEN.values())]  # fmt: skip
"""By the Unicode standard: control and format characters, ends of lines and paragraphs."""


@pytest.mark.parametrize("number", [*UNSEEN, 0x034F, 0x115F, 0x1160, 0x17B4, 0x2800, 0x3164, 0xFE0F, 0xFFA0, 0xE0101])
def test_no_character_that_acts_or_is_not_seen_is_left(number: int) -> None:
    name = f"a{chr(number)}b"
    escape = f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"
    assert printable(name) == f"a{ {9: chr(92) + 't', 13: chr(92) + 'r'}.get(number, escape)}b"
    document = printable_json(json.dumps(name, ensure_ascii=False))
    assert json.loads(document) == name and document.isascii()


@pytest.mark.parametrize("text", [
    "Æ 市长 e\u0301\nb", "2\xa0%", "\u0645\u06cc\u200c\u062e\u0648", "\u0915\u094d\u200d\u0937",
    "\U0001f469\u200d\U0001f469", "\u2764\ufe0f",
])  # fmt: skip
def test_letters_and_what_gives_them_their_form_stay(text: str) -> None:
    assert printable(text) == text
    assert printable_json(text) == text


def test_names_are_shown_in_tables_and_kept_in_json(table: Path) -> None:
    code, shown, _ = run("fit", table, "--items", "*", "--types", 1, "--starts", 1)
    assert code == 0
    assert SHOWN in shown and r"2\x1b]0;x\x07" in shown
    assert all(letter.isprintable() or letter == "\n" for letter in shown)
    code, document, _ = run("fit", table, "--items", "*", "--types", 1, "--starts", 1, "--json")
    assert all(letter.isprintable() or letter == "\n" for letter in document)
    assert {row["item"] for row in json.loads(document)["table"]} == {"a", NAME}


def test_names_are_shown_in_errors(table: Path) -> None:
    assert run("fit", table, "--items", "c\x1b[2J") == (
        2, "", f"blocs: --items: there is no column 'c\\x1b[2J'. The columns are 'a', '{SHOWN}'. Nearest match: "
        f"{SHOWN}.\n"
    )  # fmt: skip
    assert run("fit\x1b[2J")[2].splitlines()[-1] == (
        f"blocs: there is no command 'fit\\x1b[2J'. The commands are {', '.join(COMMANDS)}. Nearest match: fit. See "
        "`blocs --help`."
    )
    assert run("totals", "\x1b[2J")[2] == "blocs: \\x1b[2J: there is no such file or folder. Give one that exists.\n"


@pytest.mark.parametrize("letter", ["n", "é"])
def test_the_longest_name_is_written(letter: str, tmp_path: Path) -> None:
    path = tmp_path / (letter * ((255 - len(".json")) // len(letter.encode())) + ".json")
    write_atomically(path, "{}")
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_the_truth_does_not_replace_the_ballots(tmp_path: Path) -> None:
    out = tmp_path / "county.csv"
    assert run("simulate", out, "--voters", 50, "--truth", tmp_path / "." / "county.csv") == (
        2, "", f"blocs: {out}: it is where the ballots are to be written, too. The true types are a file of their own. "
        "Give another name.\n"
    )  # fmt: skip
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("call", [["tables", "x.csv", "--out", ""], ["fit", "x.csv", "--out", ""], ["simulate", ""]])
def test_an_empty_name_is_refused(call: list[str]) -> None:
    assert run(*call) == (2, "", "blocs: the name of the file is empty. Give one.\n")


def test_only_the_reader_of_stdout_may_leave() -> None:
    with pytest.raises(click.exceptions.Exit), _until_stdout_is_closed():
        raise BrokenPipeError(32, "Broken pipe")
    with pytest.raises(BrokenPipeError), _until_stdout_is_closed():
        raise BrokenPipeError(32, "Broken pipe", "pipe.json")


@pytest.mark.skipif(os.name != "posix", reason="the system has no limit of the address space")
def test_a_low_limit_of_memory_is_one_line(table: Path) -> None:
    import resource

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (LEAST_SPACE - 500_000_000,) * 2)

    call = [sys.executable, "-m", "blocs.cli", "fit", str(table), "--items", "*"]
    ran = subprocess.run(call, preexec_fn=limited, capture_output=True, text=True, timeout=600)
    assert (ran.returncode, ran.stdout, ran.stderr) == (
        1, "", "blocs: the address space of this process is limited to 1.50 GB. The libraries that blocs loads need "
        "2 GB before any data. Raise the limit (ulimit -v).\n"
    )  # fmt: skip


def test_a_query_that_a_signal_ends_is_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database raises RuntimeError in place of KeyboardInterrupt where a signal comes while a query runs."""

    def interrupted(*_: object, **__: object) -> None:
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr("blocs.cli.doctor._blocs", interrupted)
    assert run("doctor") == (130, "", "Interrupted before there was anything to keep.\n")


def test_a_panic_of_a_library_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicError(BaseException):
        """As libraries in Rust raise it: no Exception."""

    def panics(*_: object, **__: object) -> None:
        raise PanicError("too many open files")

    monkeypatch.setattr("blocs.cli.doctor._blocs", panics)
    message = ("blocs: an error of blocs itself (PanicError: too many open files). --debug shows where it came "
               "from.\n")  # fmt: skip
    assert run("doctor") == (70, "", message)
