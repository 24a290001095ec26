"""Reading of files: `python -m benchmarks.reading_tables`, from the file to profiles, each in a process of its own.

The files are made anew, the same ones for the same numbers of rows. `--against` names the `src` folder of another
checkout, which is measured in turn with this one. CPU is processor time of the process with all its threads, the
interpreter and the imports left out, with modules compiled as in an installed package; memory is the most that the
process ever held, libraries included. The goals are CPU seconds on one thread of a quiet machine.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from .common import peak_mb, timed
from .run import ROOT, environment, machine
from .vendor_files import dominion_csv, dominion_json, ess

__all__ = ["CASES", "measure"]

BLOCK = 50_000
"""Voters, or rows of a survey, that are drawn at once."""
OFFICES = ("US PRESIDENT", "US SENATE", "US HOUSE", "GOVERNOR", "STATE SENATE", "STATE HOUSE",
           "ATTORNEY GENERAL", "SECRETARY OF STATE", "STATE TREASURER", "STATE AUDITOR", "COUNTY SHERIFF",
           "COUNTY CLERK", "COUNTY ASSESSOR", "COUNTY CORONER", "COUNTY SURVEYOR")  # fmt: skip
NAMES = ("ALEXANDRA MONTGOMERY", "BENJAMIN FITZGERALD", "CATHERINE ROBINSON", "UNDERVOTE", "WRITEIN", "OVERVOTE")
PARTIES = ("DEM", "REP", "LBT", None, None, None)
DETAILED = ("DEMOCRAT", "REPUBLICAN", "LIBERTARIAN", None, None, None)
ODDS = (0.47, 0.44, 0.03, 0.05, 0.008, 0.002)


def ballots(voters: int, offices: int, start: int = 0) -> Iterator[pa.Table]:
    """Yield a long table in the layout of the Harvard/MIT release, in blocks."""
    for first in range(start, start + voters, BLOCK):
        rng = np.random.default_rng(first)
        n = min(BLOCK, start + voters - first)
        party = rng.choice(len(ODDS), size=(n, 1), p=ODDS)
        choice = np.where(rng.random((n, offices)) < 0.6, party, rng.choice(len(ODDS), size=(n, offices), p=ODDS))
        office = np.broadcast_to(np.arange(offices), (n, offices)).ravel()
        place = rng.integers(40, size=n)
        local = (office >= 4) & (office < 6) | (office == 2)
        district = np.where(local, 1 + np.repeat(place, offices) % 8, 0)
        yield pa.table(
            {
                "state": _of("OHIO", n * offices),
                "county_name": _of("MONTGOMERY", n * offices),
                "cvr_id": np.repeat(np.arange(first, first + n), offices),
                "precinct": _taken([f"PRECINCT {i:03d}" for i in range(40)], np.repeat(place, offices)),
                "office": _taken(OFFICES, office),
                "district": _taken([f"{i:03d}" for i in range(9)], district),
                "candidate": _taken(
                    [f"{name} {i}" if j < 3 else name for i in range(9) for j, name in enumerate(NAMES)],
                    district * len(NAMES) + choice.ravel(),
                ),
                "party": _taken(PARTIES, choice.ravel()),
                "party_detailed": _taken(DETAILED, choice.ravel()),
                "magnitude": _of("1", n * offices),
            }
        )


def answers(rows: int, items: int = 20) -> Iterator[pa.Table]:
    """Yield a survey of text, one answer in twenty missing, in blocks."""
    words = ["strongly agree", "agree", "neither", "disagree", "strongly disagree", None]
    for first in range(0, rows, BLOCK):
        rng = np.random.default_rng(first)
        n = min(BLOCK, rows - first)
        kind = rng.random((n, 1)) < 0.4
        drawn = np.where(kind, rng.integers(5, size=(n, items)), rng.integers(2, size=(n, items)))
        drawn = np.where(rng.random((n, items)) < 0.05, 5, drawn)
        yield pa.table({f"item{j + 1}": _taken(words, drawn[:, j]) for j in range(items)})


def _of(word: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), [word]).dictionary_decode()


def _taken(words: Any, place: np.ndarray) -> pa.Array:
    return pa.array(list(words), pa.string()).take(pa.array(place))


def _csv(path: Path, blocks: Iterator[pa.Table]) -> None:
    first = next(blocks)
    with pa.csv.CSVWriter(path, first.schema, write_options=pa.csv.WriteOptions(quoting_style="none")) as writer:
        writer.write_table(first)
        for block in blocks:
            writer.write_table(block)


def _parquet(path: Path, blocks: Iterator[pa.Table]) -> None:
    first = next(blocks)
    with pa.parquet.ParquetWriter(path, first.schema) as writer:
        writer.write_table(first)
        for block in blocks:
            writer.write_table(block)


def _folders(path: Path, voters: int) -> None:
    """Write the collection: counties of 200,000 voters in folders named by state and county."""
    for number, first in enumerate(range(0, voters, 200_000)):
        folder = path / "state=OHIO" / f"county_name=COUNTY%20{number:03d}"
        folder.mkdir(parents=True)
        rows = min(200_000, voters - first)
        of_county = (b.drop_columns(["state", "county_name"]) for b in ballots(rows, 6, first))
        _parquet(folder / "part-0.parquet", of_county)


class Job(NamedTuple):
    """What is measured: the rows at scale 1, how the file is written, its ending, and what reads it in the child.

    goal: CPU seconds on one thread of a quiet machine.
    """

    rows: int
    write: Callable[[Path, int], None]
    ending: str
    read: Callable[[Path, str | None], Any]
    goal: float


def _code(path: Path, memory: str | None) -> Any:
    import blocs

    return blocs.code(blocs.read_cvr(path, memory=memory))


def _survey(path: Path, memory: str | None) -> Any:
    import blocs
    from blocs.tables.survey_table import plain_table

    coded = {"coded": True} if "coded" in inspect.signature(plain_table).parameters else {}  # not in older checkouts
    return blocs.Profiles.from_table(plain_table(path, **coded))


def _objects(path: Path, memory: str | None) -> Any:
    """Profiles of a frame or an array of text, which is made before the clock starts (see `_in_memory`)."""
    import blocs

    return blocs.Profiles.from_table(path)


CASES = {
    "long-csv": Job(200_000, lambda path, n: _csv(path, ballots(n, 15)), ".csv", _code, 5),
    "long-parquet": Job(200_000, lambda path, n: _parquet(path, ballots(n, 15)), ".parquet", _code, 1.5),
    "long-csv-2m": Job(2_000_000, lambda path, n: _csv(path, ballots(n, 6)), ".csv", _code, 5),
    "folders": Job(42_700_000, _folders, "", _code, 35),
    "ess": Job(200_000, ess, ".csv", _code, 1.5),
    "dominion-csv": Job(200_000, dominion_csv, ".csv", _code, 3.5),
    "dominion-json": Job(200_000, dominion_json, "", _code, 6),
    "survey-csv": Job(1_000_000, lambda path, n: _csv(path, answers(n)), ".csv", _survey, 0.6),
    "objects": Job(1_000_000, lambda path, n: _parquet(path, answers(n)), ".parquet", _objects, 0.8),
    "objects-apart": Job(1_000_000, lambda path, n: _parquet(path, answers(n)), ".parquet", _objects, 0.8),
    "array-objects": Job(1_000_000, lambda path, n: _parquet(path, answers(n)), ".parquet", _objects, 0.8),
    "array-text": Job(1_000_000, lambda path, n: _parquet(path, answers(n)), ".parquet", _objects, 0.8),
}
"""What can be measured. "objects": a frame of Python strings, as readers leave it, where equal cells are one object;
"objects-apart": where every cell is an object of its own; "array-objects", "array-text": a numpy array of such
objects, or of text of one width. "folders" has the size of the whole Harvard/MIT release, and
is left out unless asked for.
"""


def measure(case: str, file: Path, source: Path, threads: int, memory: str | None, compiled: Path) -> dict[str, Any]:
    """Return what a child process that reads the file with the blocs of `source` says of itself.

    compiled: where compiled modules are kept, so that only the first process of a checkout compiles them.
    """
    command = [sys.executable, "-m", "benchmarks.reading_tables", "--case", case, "--file", str(file),
               "--threads", str(threads), *(["--memory", memory] if memory else [])]  # fmt: skip
    paths = {"PYTHONPATH": f"{source}{os.pathsep}{ROOT}", "PYTHONPYCACHEPREFIX": str(compiled)}
    settings = {**environment(threads), **paths, "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True)
    if done.returncode:
        return {"missing": (done.stderr.strip().splitlines() or ["it failed"])[-1]}
    out: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return out


def _child(case: str, file: Path, threads: int, memory: str | None) -> dict[str, Any]:
    """Measure this process, which does nothing else."""
    if threads < (os.cpu_count() or 1) and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(list(os.sched_getaffinity(0))[:threads]))
    import blocs.ballots
    import blocs.tables.survey_table

    loaded = blocs.read_cvr, blocs.code, blocs.Profiles  # loads what they need
    assert all(loaded)
    table: Any = file
    if CASES[case].read is _objects:
        table = _in_memory(case, file)
    imports = peak_mb()
    profiles, took = timed(lambda: CASES[case].read(table, memory))
    return {"cpu": took.cpu, "wall": took.wall, "imports": imports, "peak_mb": peak_mb(),
            "profiles": len(profiles), "n": profiles.n, "hash": profiles.hash}  # fmt: skip


def _in_memory(case: str, file: Path) -> Any:
    """Return the answers of a file as the kind of table that the case names."""
    import pandas as pd

    columns = pa.parquet.read_table(file, read_dictionary=pa.parquet.read_schema(file).names)
    frame = pd.DataFrame({name: _strings(columns[name], case == "objects-apart") for name in columns.column_names})
    if case == "array-text":
        return frame.fillna("").to_numpy().astype(str)
    return np.ascontiguousarray(frame.to_numpy()) if case == "array-objects" else frame


def _strings(column: pa.ChunkedArray, apart: bool) -> Any:
    """Return a column with dictionaries as a column of Python strings; apart: each cell an object of its own."""
    import pandas as pd

    if apart:
        return pd.Series([cell and f"{cell[:2]}{cell[2:]}" for cell in column.to_pylist()], dtype=object)
    codes = column.unify_dictionaries().combine_chunks()
    words = np.array([*codes.dictionary.to_pylist(), None], dtype=object)
    return pd.Series(words[np.asarray(codes.indices.fill_null(len(words) - 1))], dtype=object)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    usual = [name for name in CASES if name != "folders"]
    parser.add_argument("--case", nargs="+", default=usual, choices=CASES, metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--scale", type=float, default=1.0, help="share of the rows of every case")
    parser.add_argument("--rounds", type=int, default=2, help="processes a checkout and case; the quickest counts")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--memory", help="limit of the database, such as 500MB")
    parser.add_argument("--against", type=Path, help="the `src` folder of another checkout")
    parser.add_argument("--folder", type=Path, help="where the files are made, and kept; a temporary folder otherwise")
    parser.add_argument("--file", type=Path, help="a file that is there, for one case: measure this process")
    given = parser.parse_args()
    if given.file:
        print(json.dumps(_child(given.case[0], given.file, given.threads, given.memory)))
        return
    sources = {"before": given.against.resolve()} if given.against else {}
    sources["this checkout"] = ROOT / "src"
    print(f"Machine: {machine()}; {given.threads} threads, memory limit {given.memory or 'none'}.\n")
    heads = ("case", "rows", "file MB", "goal", "blocs", "CPU s", "wall s", "peak memory MB", "profiles")
    print(f"| {' | '.join(heads)} |\n|---|---:|---:|---:|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as temporary:
        for case in given.case:
            rows = max(1, round(CASES[case].rows * given.scale))
            file = (given.folder or Path(temporary)) / f"{case}-{rows}{CASES[case].ending}"
            if not file.exists():
                CASES[case].write(file, rows)
            given.compiled = Path(temporary) / "compiled"
            _tell(case, rows, file, sources, given)


def _tell(case: str, rows: int, file: Path, sources: dict[str, Path], given: argparse.Namespace) -> None:
    """Print what every checkout takes for a case; they take turns, and must agree on the profiles."""
    files = [file] if file.is_file() else [path for path in file.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1e6
    best: dict[str, dict[str, Any]] = {}
    for _ in range(given.rounds):
        for name, source in sources.items():
            now = measure(case, file, source, given.threads, given.memory, given.compiled)
            if "missing" in now or name not in best or now["cpu"] < best[name].get("cpu", np.inf):
                best[name] = now
    for name, got in best.items():
        result = (got["missing"] if "missing" in got else
                f"{got['cpu']:.2f} | {got['wall']:.2f} | {got['peak_mb']:.0f} | {got['profiles']:,}")  # fmt: skip
        print(f"| {case} | {rows:,} | {size:,.0f} | {CASES[case].goal:g} | {name} | {result} |", flush=True)
    if len({(got["profiles"], got["n"]) for got in best.values() if "hash" in got}) > 1:
        raise SystemExit(f"{case}: the profiles differ")
    if len({got["hash"] for got in best.values() if "hash" in got}) > 1:
        print(f"{case}: as many profiles, under other names of items or outcomes")


if __name__ == "__main__":
    main()
