"""Collection: counties written part by part, in parallel, in bounded memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from ..files.atomic import check_new, check_place, whole, whole_folder
from .county import Layout, check_numbers
from .parts import blocks_of, parts_of, write_parquet, write_part
from .truth import Truth
from .workers import run_workers

__all__ = ["write_collection"]

_MANY = 500_000
"""Voters from which more than one process saves time."""

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
    """Write simulated counties as a long table in the layout of the Harvard/MIT release.

    Parameters
    ----------
    out : str or Path
        A name that ends in .csv, .csv.gz or .parquet for one file; any other name is a folder, with one file for each
        county in state=.../county_name=.../.
    voters : int
        Number of voters in all counties together.
    offices : int
        Number of offices on the ballot, the top of the ticket included.
    types : int
        Number of types K.
    uncontested : float
        Share of the district races in which only one of the two parties has a candidate.
    parts : int
        Number of counties.
    seed : int
        The same seed gives the same files.
    jobs : int, optional
        Number of processes, for folders only; all processors by default. The files are the same for any number.
    progress : callable, optional
        Called with the number of voters written so far and in all.

    Returns
    -------
    Truth
        The shares and probabilities that the voters were drawn from.

    Raises
    ------
    InputError
        If numbers are out of range, the file exists, the folder is not empty, or the place cannot be written.

    Notes
    -----
    The voters are drawn as `simulate_county` does (000 §§1, 3).

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_collection(f"{folder}/county.csv", voters=100, types=2).types
    2
    """
    check_numbers(voters, offices, uncontested, parts)
    out, truth = Path(out), Truth.draw(types, offices - 1, seed)
    written = _Written(voters, progress)
    arguments: dict[str, Any] = {"voters": voters, "offices": offices, "types": types, "uncontested": uncontested}
    arguments |= {"parts": parts, "seed": seed}
    if out.name.endswith((".csv", ".csv.gz", ".parquet")):
        check_place(out)
        check_new(out)
        _write_one(out, parts_of(**arguments), written)
        return truth
    jobs = min(jobs or os.cpu_count() or 1, parts)
    with whole_folder(out) as part:
        if jobs > 1 and voters >= _MANY:
            run_workers({"out": str(part), **arguments}, jobs, written)
        else:
            for plan, n in parts_of(**arguments):
                write_part(part, plan, n, written)
    return truth


class _Written:
    """Counts the voters that all processes have written."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.total, self.progress, self.done = total, progress, 0

    def __call__(self, voters: int) -> None:
        self.done += voters
        if self.progress is not None:
            self.progress(self.done, self.total)


def _write_one(out: Path, plans: list[tuple[Layout, int]], written: _Written) -> None:
    blocks = (_with_place(b, plan) for plan, n in plans for b in blocks_of(plan, n, written))
    with whole(out) as part:
        (write_parquet if out.suffix == ".parquet" else _write_csv)(part, blocks)


def _with_place(block: pa.Table, plan: Layout) -> pa.Table:
    """Add the columns that a folder's name would hold."""
    zeros = pa.array(np.zeros(len(block), dtype=np.int32))
    for position, (name, value) in enumerate((("state", plan.state), ("county_name", plan.county))):
        block = block.add_column(position, name, pa.DictionaryArray.from_arrays(zeros, pa.array([value])))
    return block


def _without_dictionaries(schema: pa.Schema) -> pa.Schema:
    """The same columns without dictionaries."""
    kinds = [f.type.value_type if pa.types.is_dictionary(f.type) else f.type for f in schema]
    return pa.schema(list(zip(schema.names, kinds, strict=True)))


def _write_csv(path: Path, blocks: Iterator[pa.Table]) -> None:
    first = next(blocks)
    schema = _without_dictionaries(first.schema)
    with open(path, "wb") as file:
        stream = pa.CompressedOutputStream(file, "gzip") if path.suffix == ".gz" else pa.PythonFile(file, "w")
        _write_rows(stream, first, blocks, schema)


def _write_rows(stream: Any, first: pa.Table, blocks: Iterator[pa.Table], schema: pa.Schema) -> None:
    with stream, pacsv.CSVWriter(stream, schema) as writer:
        writer.write_table(first.cast(schema))
        for block in blocks:
            writer.write_table(block.cast(schema))
