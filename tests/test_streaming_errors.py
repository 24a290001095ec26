"""Errors while a database streams: a file that changes, too little memory; one clear error."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ballots_support import long_table
from blocs.ballots import code_rows, follow, read_cvr
from blocs.cli.exit_codes import ExitCode, code_and_message
from blocs.core.errors import InputError

VOTERS = 40_000
TABLE = pa.Table.from_pandas(
    long_table([(i, office, "", *(("X", "DEM") if i % 2 else ("Y", "REP")))
                for i in range(VOTERS) for office in ("US PRESIDENT", "US SENATE")]),
    preserve_index=False,
)  # fmt: skip


def followed(path: Path, change: Any) -> str:
    """Read and code a file, change what lies under it, and return what is raised while its rows stream."""
    pq.write_table(TABLE, path)
    ballots = read_cvr(path, threads=1)
    coded = code_rows(ballots)
    change(path, ballots)
    with pytest.raises(InputError) as raised:
        list(follow(ballots, coded))
    return str(raised.value)


def test_a_file_that_is_cut_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "c.parquet"
    assert followed(path, lambda path, _: os.truncate(path, path.stat().st_size // 2)) == (
        "c.parquet: the table cannot be read to its end. The database says: Invalid Input Error: No magic bytes found "
        f"at end of file '{path}'. The file is damaged or cut off; export it again."
    )


def test_a_file_that_is_gone_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "c.parquet"
    assert followed(path, lambda path, _: path.unlink()) == (
        "c.parquet: the table cannot be read to its end. The database says: IO Error: No files found that match the "
        f'pattern "{path}". The file is damaged or cut off; export it again.'
    )


def test_memory_that_ends_while_rows_stream(tmp_path: Path) -> None:
    message = followed(tmp_path / "c.parquet", lambda _, ballots: ballots.store.con.execute("set memory_limit = '1MB'"))
    assert message.startswith("c.parquet: the data do not fit into memory. The database says: Out of Memory Error: ")
    assert message.endswith("Allow more with `memory=`, or free space on the disk for temporary files.")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        ImportError("libarrow.so: failed to map segment from shared object"),
        RuntimeError("can't start new thread"),
        pa.ArrowException("Unknown error: Failed to launch worker thread: Resource temporarily unavailable"),
        pa.ArrowMemoryError("malloc of size 64 failed"),
    ],
)
def test_every_library_that_lacks_memory_is_one_message(error: Exception) -> None:
    assert code_and_message(error) == (
        ExitCode.FAULT,
        "there is not enough memory. Use fewer threads (--jobs) or a lower limit for the reading (--memory) where the "
        "command has them, or a machine with more memory.",
    )


def test_other_errors_of_libraries_stay_errors_of_blocs() -> None:
    code, message = code_and_message(RuntimeError("the memory of it"))
    assert (code, message) == (
        ExitCode.INTERNAL,
        "an error of blocs itself (RuntimeError: the memory of it). --debug shows where it came from.",
    )
