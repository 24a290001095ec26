"""Collection: counties written part by part, in parallel, in bounded memory."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from ..core.errors import Fault, PathError
from ..files.atomic import check_folder, check_new, check_place, whole
from .county import Layout, check_numbers
from .parts import blocks_of, parts_of, write_parquet, write_part
from .truth import Truth
from .workers import run_workers

__all__ = ["write_collection"]

_WORTH = 500_000
"""Voters from which more than one process is worth its start."""

Progress = Callable[[int, int], None]


def write_collection(
    out: str | Path,
    voters: int = 20_000,
    offices: int = 6,
    types: int = 3,
    uncontested: float = 0.5,
    parts: int = 1,
    seed: int = 0,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Truth:
    """Write simulated counties as a long table in the Harvard/MIT layout and return what they were drawn from.

    out: a name ending in .csv, .csv.gz or .parquet for one file, else a folder of state=.../county_name=.../ parts;
    voters: in all; offices: on the ballot, the top included; types: K; uncontested: share of district races with one
    of the two parties only; parts: counties; seed; jobs: processes (folders only; the files are the same for any
    number); progress: called with the voters written so far and in all.
    Raises InputError for numbers out of range, a file that is there, a folder that already has something in it, and
    where there is no place.
    """
    check_numbers(voters, offices, uncontested, parts)
    out, truth = Path(out), Truth.draw(types, offices - 1, seed)
    told = _Told(voters, progress)
    drawn: dict[str, Any] = {"voters": voters, "offices": offices, "types": types, "uncontested": uncontested}
    drawn |= {"parts": parts, "seed": seed}
    if out.name.endswith((".csv", ".csv.gz", ".parquet")):
        check_place(out)
        check_new(out)
        _write_one(out, parts_of(**drawn), told)
        return truth
    check_folder(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise PathError(Fault("it exists and is not an empty folder", where=str(out), rule="Nothing is overwritten",
                               remedy="Give another name, or remove it"))  # fmt: skip
    jobs = min(jobs or os.cpu_count() or 1, parts)
    try:
        if jobs > 1 and voters >= _WORTH:
            run_workers({"out": str(out), **drawn}, jobs, told)
        else:
            for plan, n in parts_of(**drawn):
                write_part(out, plan, n, told)
    except BaseException:
        shutil.rmtree(out, ignore_errors=True)
        raise
    return truth


class _Told:
    """Counts the voters written, by whichever process."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.total, self.progress, self.done = total, progress, 0

    def __call__(self, voters: int) -> None:
        self.done += voters
        if self.progress is not None:
            self.progress(self.done, self.total)


def _write_one(out: Path, plans: list[tuple[Layout, int]], told: _Told) -> None:
    blocks = (_placed(b, plan) for plan, n in plans for b in blocks_of(plan, n, told))
    with whole(out) as part:
        (write_parquet if out.suffix == ".parquet" else _write_csv)(part, blocks)


def _placed(block: pa.Table, plan: Layout) -> pa.Table:
    """Add the columns that a folder's name would hold."""
    zeros = pa.array(np.zeros(len(block), dtype=np.int32))
    for position, (name, value) in enumerate((("state", plan.state), ("county_name", plan.county))):
        block = block.add_column(position, name, pa.DictionaryArray.from_arrays(zeros, pa.array([value])))
    return block


def _plain(schema: pa.Schema) -> pa.Schema:
    """The same columns without dictionaries."""
    kinds = [f.type.value_type if pa.types.is_dictionary(f.type) else f.type for f in schema]
    return pa.schema(list(zip(schema.names, kinds, strict=True)))


def _write_csv(path: Path, blocks: Iterator[pa.Table]) -> None:
    first = next(blocks)
    schema = _plain(first.schema)
    with open(path, "wb") as file:
        stream = pa.CompressedOutputStream(file, "gzip") if path.suffix == ".gz" else pa.PythonFile(file, "w")
        _write_rows(stream, first, blocks, schema)


def _write_rows(stream: Any, first: pa.Table, blocks: Iterator[pa.Table], schema: pa.Schema) -> None:
    with stream, pacsv.CSVWriter(stream, schema) as writer:
        writer.write_table(first.cast(schema))
        for block in blocks:
            writer.write_table(block.cast(schema))
