"""Files: whole or not at all, through links and pipes, with the permissions of the user; no input is written over."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click.testing
import pytest
from click.testing import CliRunner

from blocs.cli import cli
from blocs.core.errors import InputError, PathError
from blocs.files.atomic import check_folder, check_place, existing, whole, whole_folder, write_atomically
from blocs.files.regular import regular

COUNTS = "top,senate,house,voters\nDEM,2,2,40\nDEM,1,0,10\nREP,1,1,30\nREP,2,1,15\n"
CODED = ["--top", "top", "--weights", "voters", "--codes", "*:0=none,1=REP,2=DEM", "--offices", "senate,house"]


@pytest.fixture
def umask() -> Iterator[None]:
    """Nobody else may read what is written."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.fixture
def counts(tmp_path: Path) -> Path:
    path = tmp_path / "counts.csv"
    path.write_text(COUNTS)
    return path


def blocs(*arguments: object) -> click.testing.Result:
    return CliRunner().invoke(cli, [str(a) for a in arguments])


def through(pipe: Path, *arguments: object) -> bytes:
    """What comes out of a pipe while blocs writes into it."""
    with open(pipe.with_name("read"), "w+b") as read, subprocess.Popen(["cat", str(pipe)], stdout=read) as reader:
        try:
            blocs(*arguments)
            reader.wait(timeout=600)
        finally:
            reader.kill()  # it waits for ever for a pipe that nothing was written to
        read.seek(0)
        return read.read()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_umask_counts_and_an_old_file_keeps_its_permissions(tmp_path: Path, umask: None) -> None:
    path = tmp_path / "fit.json"
    write_atomically(path, "one")
    assert mode(path) == 0o600
    path.chmod(0o640)
    write_atomically(path, "two")
    assert (mode(path), path.read_text()) == (0o640, "two")


def test_what_has_the_name_of_the_meantime_already_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda size: "0" * size)
    file, folder = tmp_path / ".0000.fit.json", tmp_path / ".0000.shards"
    file.write_text("of another run")
    with pytest.raises(FileExistsError):
        write_atomically(tmp_path / "fit.json", "one")
    assert file.read_text() == "of another run"
    folder.mkdir()
    (folder / "part").write_text("of another run")
    with pytest.raises(OSError, match="shards"), whole_folder(tmp_path / "shards"):
        pass
    assert (folder / "part").read_text() == "of another run"
    assert sorted(path.name for path in tmp_path.iterdir()) == [file.name, folder.name]


def test_a_link_leads_to_its_target(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    link, target = tmp_path / "link.json", tmp_path / "folder" / "fit.json"
    link.symlink_to(target)
    for text in ("one", "two"):  # the target is not there at first
        write_atomically(link, text)
        assert (link.is_symlink(), target.read_text()) == (True, text)


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True) as reader:
        write_atomically(pipe, "one")
        assert reader.communicate(timeout=600)[0] == "one"
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [found.name for found in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.parametrize("name", ["c.csv", "c.csv.gz", "c.parquet"])
def test_voters_flow_into_a_pipe(name: str, tmp_path: Path) -> None:
    pipe, file = tmp_path / name, tmp_path / f"whole-{name}"
    os.mkfifo(pipe)
    written = through(pipe, "simulate", pipe, "--voters", 300)
    blocs("simulate", file, "--voters", 300)
    assert written == file.read_bytes()


@pytest.mark.parametrize("name", ["types.csv", "types.parquet"])
def test_types_flow_into_a_pipe(name: str, counts: Path, tmp_path: Path) -> None:
    saved, pipe, file = tmp_path / "fit.json", tmp_path / name, tmp_path / f"whole-{name}"
    blocs("fit", counts, *CODED, "--types", 1, "--out", saved)
    os.mkfifo(pipe)
    written = through(pipe, "assign", counts, "--fit", saved, "--out", pipe)
    blocs("assign", counts, "--fit", saved, "--out", file)
    assert written == file.read_bytes()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_device_stays_one(counts: Path) -> None:
    result = blocs("fit", counts, *CODED, "--types", 1, "--out", "/dev/full")
    assert (result.exit_code, result.stderr) == (1, "blocs: /dev/full: No space left on device\n")
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("old")

    def fail() -> None:
        with whole(path) as part:
            part.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("x.csv", "old")]


@pytest.mark.parametrize("command", ["fit", "compare", "parties", "totals", "assign"])
def test_the_file_that_is_read_is_not_overwritten(command: str, counts: Path, tmp_path: Path) -> None:
    saved, link = tmp_path / "fit.json", tmp_path / "link.csv"
    blocs("fit", counts, *CODED, "--types", 1, "--starts", 1, "--out", saved)
    link.symlink_to(counts)
    more = ["--fit", saved] if command == "assign" else CODED
    for out in (counts, link):
        result = blocs(command, counts, *more, "--out", out)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == (
            f"blocs: {out}: it is read by the same command. What is read is not overwritten. "
            "Give another name to be written.\n"
        )
    assert counts.read_text() == COUNTS


def test_other_inputs_are_not_overwritten_either(counts: Path, tmp_path: Path) -> None:
    saved, table, returns = tmp_path / "fit.json", tmp_path / "bars.csv", tmp_path / "returns.csv"
    blocs("fit", counts, *CODED, "--types", 1, "--starts", 1, "--out", saved)
    table.write_text("contest,office,district,candidate,party,votes\n")
    returns.write_text("contest,candidate,votes\n")
    for out, call in [
        (counts, ["assign", counts, "--fit", saved, "--out", counts]),
        (table, ["fit", counts, *CODED, "--candidates", table, "--out", table]),
        (table, ["tables", counts, *CODED, "--candidates", table, "--out", tmp_path]),
        (returns, ["totals", counts, "--returns", returns, "--out", returns]),
    ]:
        before = out.read_text()
        assert blocs(*call).stderr == (
            f"blocs: {out}: it is read by the same command. What is read is not overwritten. "
            "Give another name to be written.\n"
        )
        assert out.read_text() == before


def test_a_part_of_a_folder_that_is_read_is_not_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "counties"
    blocs("simulate", folder, "--voters", 300)
    part = next(folder.rglob("*.parquet"))
    out = part.with_name("part-1.csv")
    out.write_text("kept")
    assert blocs("totals", folder, "--out", out).stderr == (
        f"blocs: {out}: it is in '{folder}', which is read. What is read is not overwritten. "
        "Give another name to be written.\n"
    )
    assert out.read_text() == "kept"


def test_a_fit_that_goes_on_may_be_saved_where_it_was(counts: Path, tmp_path: Path) -> None:
    saved = tmp_path / "fit.json"
    blocs("fit", counts, *CODED, "--types", 1, "--starts", 1, "--out", saved)
    assert blocs("fit", counts, "--resume", saved, "--out", saved).exit_code == 0


def test_nothing_that_was_simulated_is_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "county.csv"
    assert blocs("simulate", out, "--voters", 300).exit_code == 0
    truth = tmp_path / "county.csv.truth.json"
    for there in (truth, out):
        result = blocs("simulate", out, "--voters", 300)
        assert (result.exit_code, result.stderr) == (
            2, f"blocs: {there}: it exists. Nothing is overwritten. Give another name, or remove it.\n"
        )  # fmt: skip
        truth.unlink(missing_ok=True)


def test_tables_end_in_csv(counts: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.parquet"
    result = blocs("parties", counts, *CODED, "--out", out)
    assert (result.exit_code, result.stderr) == (
        2, f"blocs: --out: '{out}' is not the name of a CSV file. It ends in .csv or .csv.gz.\n"
    )  # fmt: skip
    for command in ("compare", "totals"):
        result = blocs(command, counts, *CODED, "--out", out)
        assert (result.exit_code, result.stderr) == (
            2, "blocs: --out: 'x.parquet' has the ending '.parquet'. Tables are written to names that end in .csv, "
            ".csv.gz, .docx, .html, .md, .tex, .txt or .xlsx.\n"
        )  # fmt: skip


def test_stdout_by_name_is_stdout(counts: Path) -> None:
    call = [sys.executable, "-m", "blocs.cli", "fit", str(counts), *CODED, "--types", "1", "--out", "/dev/stdout"]
    said = subprocess.run(call, capture_output=True, check=True, timeout=600, text=True).stdout
    document, end = json.JSONDecoder().raw_decode(said)
    assert document["types"] == 1
    assert said[end:].startswith("\nThe record of 95 ballots has 95")


def interrupted(target: Path, beside: str | None = None) -> None:
    """Write a folder half way; beside: a file that somebody puts into the folder meanwhile."""
    with whole_folder(target) as part:
        (part / "one.txt").write_text("1")
        if beside is not None:
            (target / beside).write_text("2")
            return
        existing(target)


def test_a_folder_is_whole_or_not_there(tmp_path: Path) -> None:
    target = tmp_path / "above" / "counties"
    with pytest.raises(PathError) as seen:
        interrupted(target)
    assert str(seen.value) == (
        f"{target}: it is being written, or writing it was ended half way. A folder is read when it is whole. Wait, or "
        "remove it and write it again."
    )
    assert not target.exists() and not list(target.parent.iterdir())
    with whole_folder(target) as part:
        (part / "one.txt").write_text("1")
    assert [path.name for path in target.iterdir()] == ["one.txt"]
    assert [path.name for path in target.parent.iterdir()] == ["counties"]


def test_of_two_that_write_one_folder_the_second_is_refused_at_once(tmp_path: Path) -> None:
    target = tmp_path / "counties"
    taken = f"{target}: it exists and is not an empty folder. Nothing is overwritten. Give another name, or remove it."
    with whole_folder(target) as part:
        (part / "one.txt").write_text("1")
        with pytest.raises(PathError) as second, whole_folder(target):
            raise AssertionError
        assert str(second.value) == taken
    assert (target / "one.txt").read_text() == "1"
    with pytest.raises(PathError) as third, whole_folder(target):
        raise AssertionError
    assert str(third.value) == taken


def test_a_folder_that_something_is_put_into_meanwhile_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "counties"
    with pytest.raises(PathError, match="it exists and is not an empty folder"):
        interrupted(target, "mine.txt")
    assert [path.name for path in tmp_path.rglob("*")] == ["counties", "mine.txt"]


def test_a_read_only_file_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "fit.json"
    file.write_text("kept")
    file.chmod(0o444)
    with pytest.raises(PathError) as refused:
        write_atomically(file, "other")
    assert str(refused.value) == f"{file}: it is read-only. A read-only file is not replaced. Give another name."
    assert file.read_text() == "kept"


def test_a_failure_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "fit.json"
    with pytest.raises(OSError, match="No space") as failed, whole(file) as part:
        raise OSError(28, "No space left on device", str(part))
    assert failed.value.filename == str(file)
    assert not list(tmp_path.iterdir())


def test_a_link_to_nothing_is_refused_as_one(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(PathError) as caught:
        existing(tmp_path / "loop")
    assert str(caught.value) == (
        f"{tmp_path / 'loop'}: it is a link that leads to no file or folder. Give one that exists."
    )


def test_the_name_of_a_folder_is_not_that_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(PathError) as caught:
        check_place(f"{tmp_path / 'new'}/")
    assert str(caught.value) == (
        f"{tmp_path / 'new'}: it is the name of a folder. A file is to be written there. Give the name of a file."
    )


def test_a_name_with_a_line_break_stays_on_a_line(tmp_path: Path) -> None:
    with pytest.raises(PathError) as caught:
        existing(tmp_path / "a\nb.csv")
    assert str(caught.value) == f"{tmp_path}/a\\nb.csv: there is no such file or folder. Give one that exists."


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no /dev/zero here")
def test_a_device_without_an_end_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        regular(Path("/dev/zero"))
    assert str(caught.value) == "/dev/zero: it is a device. A file, a folder or a pipe is read."
    assert regular(Path(os.devnull)).stat().st_size == 0


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are text")
def test_a_name_that_is_no_text_is_read(counts: Path, tmp_path: Path) -> None:
    """Bytes of another encoding in a name: Python takes them, the database does not."""
    other = tmp_path / os.fsdecode(b"\xff.csv")
    counts.rename(other)
    result = blocs("totals", other, *CODED, "--quiet")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("3 contests\n")


def test_a_folder_that_was_there_stays_when_writing_fails(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()

    def fail() -> None:
        with whole_folder(empty) as part:
            (part / "a.csv").write_text("half")
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert empty.is_dir()
    assert not any(empty.iterdir())


def test_a_folder_that_may_not_be_entered_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(path: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", locked)
    monkeypatch.setattr(Path, "is_dir", locked)
    path = tmp_path / "a.csv"
    for ask in (existing, check_place, check_folder):
        with pytest.raises(PathError) as refused:
            ask(path)
        assert str(refused.value) == (
            f"{path}: a folder on the way to it may not be entered. Files are in folders that you may enter. Give "
            "another name."
        )
