"""Try the readers on damaged files: random mutations and truncations of small good files of every format.

    python tests/fuzz_readers.py --seconds 600 --seed 1
    python tests/fuzz_readers.py --trials 100000 --targets ess workbook

Good files are those of the readers' tests and the corpus of `fuzz_coverage.py`. Bytes are flipped, files cut off, lines
and cells lost, doubled or swapped; in archives and workbooks the same is done to a file inside. Every trial must end
with an answer that adds up or with an error in words, within a limit of processor time. For another end the input is
kept as FAILED-TARGET-SEED-NUMBER in the current folder, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import gzip
import io
import random
import signal
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

import openpyxl
import pandas as pd
from click.testing import CliRunner

import blocs
import blocs.ballots.candidate_file
from binary_workbooks import xls, xlsb
from blocs.ballots.vendors import VENDORS
from blocs.ballots.vendors.format import Batch, Contents
from blocs.cli import cli
from blocs.core.errors import BlocsError
from blocs.files.archive import DAMAGE
from blocs.files.export import open_export
from blocs.tables.survey_table import plain_table
from readers_support import TOKENS
from test_readers_vendors import GOOD

LONG = b"voter,office,district,candidate,party,magnitude\n" + b"".join(
    b"%d,%s,%d,%s,%s,1\n" % (v, office, v % 2, candidate, party)
    for v in range(6)
    for office, candidate, party in ((b"GOV", b"ANN", b"DEM"), (b"SHERIFF", b"UNDERVOTE", b""), (b"GOV", b"BO", b"REP"))
)
WIDE = b"President,Sheriff,n\nDEM,REP,2\nREP,none,1\nDEM,DEM,1\n"
PARTIES = b"contest,candidate,party,office,district,person,votes,printed\nGOV,ANN,DEM,,,,,\nGOV,BO,REP,,,,,\n"
CORPUS = Path(__file__).with_name("corpus")
HANGS = 60
"""Seconds of the processor, which other work does not lengthen, from which a trial counts as one that never ends."""
BUG = 70
"""Exit code of the command line at an error of blocs itself."""


class _HangError(BaseException):
    """A trial takes too long; no `except Exception` catches it."""


def read_vendor(name: str) -> Callable[[Path], object]:
    """Return what reads a file as one of a vendor, and checks that its account adds up."""
    (vendor,) = (vendor for vendor in VENDORS if vendor.name == name)

    def read(path: Path) -> None:
        with open_export(path) as export:
            vendor.recognises(export)
            records, contents = 0, None
            for value in vendor.read(export):
                if isinstance(value, Batch):
                    records += len(value.records)
                    assert set(value.votes["record"].to_pylist()) <= set(value.records["record"].to_pylist())
                else:
                    contents = value
            assert isinstance(contents, Contents)
            (step,) = contents.account.steps
            assert records == step.total == sum(step.parts.values())

    return read


def a_fit() -> bytes:
    """Return a small fit as it is saved."""
    profiles = blocs.Profiles.from_table({"a": [0, 0, 1, 1, None], "b": [0, 1, 1, 1, 0], "c": [1, 0, 1, 0, 1]})
    with tempfile.TemporaryDirectory() as folder:
        blocs.fit(profiles, types=2, starts=2, seed=1).save(f"{folder}/fit.json")
        return Path(folder, "fit.json").read_bytes()


def _workbook() -> bytes:
    """Return an ES&S table as a workbook."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    for line in GOOD["ess"][0].decode().splitlines():
        book.active.append(line.split(","))
    book.save(out)
    return out.getvalue()


def _binary_workbooks() -> list[bytes]:
    """Return an ES&S table as .xls and .xlsb."""
    lines = GOOD["ess"][0].decode().splitlines()
    cells = [(r, c, text) for r, line in enumerate(lines) for c, text in enumerate(line.split(",")) if text]
    return [xls(cells), xlsb(cells)]


def _parquet(content: bytes) -> bytes:
    out = io.BytesIO()
    pd.read_csv(io.BytesIO(content)).to_parquet(out)
    return out.getvalue()


def _by_command(path: Path) -> None:
    """Run `blocs totals`; every error has an exit code other than that of a bug."""
    done = CliRunner().invoke(cli, ["totals", str(path), "--json", "--quiet"])
    assert done.exit_code != BUG, done.output
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    if done.exit_code:
        raise BlocsError(done.stderr)


READ: dict[str, Callable[[Path], object]] = {
    **{name: read_vendor(name) for name in GOOD if name},
    "workbook": read_vendor("ess"),
    "long": lambda path: blocs.read_cvr(path, format="long", threads=1),
    "parquet": lambda path: blocs.read_cvr(path, format="long", threads=1),
    "wide": lambda path: blocs.read_cvr(path, format="wide", offices=["President", "Sheriff"], threads=1),
    "answers": lambda path: plain_table(path, ["NA"]),
    "parties": lambda path: blocs.ballots.candidate_file.read_parties(path),
    "fit": blocs.load,
    "command": _by_command,
}
"""Target -> what reads a file."""
SEEDS: dict[str, Callable[[], list[bytes]]] = {
    **{name: partial(list, contents) for name, contents in GOOD.items() if name},
    "workbook": lambda: [_workbook(), *_binary_workbooks()],
    "long": lambda: [LONG, gzip.compress(LONG, mtime=0)],
    "parquet": lambda: [_parquet(LONG)],
    "wide": lambda: [WIDE],
    "answers": lambda: [WIDE, b"a,b\n1,2\n"],
    "parties": lambda: [PARTIES],
    "fit": lambda: [a_fit()],
    "command": lambda: [LONG, *(contents[0] for name, contents in GOOD.items() if name)],
}
"""Target -> good files to begin with."""


def kept_files(target: str) -> list[bytes]:
    """Return the files of the corpus, most of which are damaged already; the good ones where there are none."""
    kept = CORPUS / f"{target}.zip"
    if not kept.exists():
        return SEEDS[target]()
    with zipfile.ZipFile(kept) as archive:
        return [*map(archive.read, archive.namelist())]


def damaged(good: bytes, dice: random.Random) -> bytes:
    """Return a copy with one to four changes: cut, lost, doubled, swapped or overwritten parts, or tokens put in."""
    text = good
    for _ in range(dice.choice((1, 1, 1, 2, 3, 4))):
        at = dice.randrange(len(text) + 1)
        to = min(len(text), at + dice.choice((1, 1, 2, 4, 40, 400)))
        token = dice.choice((*TOKENS, bytes([dice.randrange(256)])))
        kind = dice.randrange(10)
        if kind == 0:
            text = text[:at]
        elif kind == 1:
            text = text[:at] + text[to:]
        elif kind == 2:
            text = text[:to] + text[at:]
        elif kind == 3:
            text = text[:at] + token + text[at:]
        elif kind == 4:
            text = text[:at] + token + text[to:]
        elif kind == 5:
            text = text[:at] + bytes([dice.randrange(256)]) + text[at + 1 :]
        elif kind == 6 and at < len(text):
            text = text[:at] + bytes([text[at] ^ 1 << dice.randrange(8)]) + text[at + 1 :]
        else:
            text = _with_other_parts(text, dice)
    return text


def _with_other_parts(text: bytes, dice: random.Random) -> bytes:
    """Return lines in another order, or one line with two cells swapped, one lost or one doubled."""
    lines = text.split(b"\n")
    if dice.random() < 0.3:
        dice.shuffle(lines)
        return b"\n".join(lines)
    line = dice.randrange(len(lines))
    cells = lines[line].split(b",")
    one, other = dice.randrange(len(cells)), dice.randrange(len(cells))
    kind = dice.randrange(3)
    if kind == 0:
        cells[one], cells[other] = cells[other], cells[one]
    elif kind == 1:
        del cells[one]
    else:
        cells.insert(other, cells[one])
    lines[line] = b",".join(cells)
    return b"\n".join(lines)


def damaged_inside(good: bytes, dice: random.Random) -> bytes:
    """Return a file that is damaged as it is or, of an archive or what gzip packed, as often in what is inside."""
    if dice.random() < 0.5:
        return damaged(good, dice)
    try:
        if good.startswith(b"\x1f\x8b"):
            return gzip.compress(damaged(gzip.decompress(good), dice), mtime=0)
        return _archive_of_damaged(good, dice) if good.startswith(b"PK") else damaged(good, dice)
    except DAMAGE:  # some files of the corpus are archives that are damaged already
        return damaged(good, dice)


def _archive_of_damaged(good: bytes, dice: random.Random) -> bytes:
    """Return an archive in which one file is damaged."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as archive, zipfile.ZipFile(out, "w") as into:
        names = archive.namelist()
        chosen = dice.randrange(len(names))
        for number, name in enumerate(names):
            content = archive.read(name)
            into.writestr(name, damaged(content, dice) if number == chosen else content)
    return out.getvalue()


def tried(target: str, path: Path) -> str:
    """Read a file and say how it ended. Raises whatever is neither an answer nor an error in words."""
    try:
        READ[target](path)
    except BlocsError as error:
        if not 0 < len(str(error)) < 20_000:
            raise AssertionError("a message without words, or with too many") from error
        return "refused"
    return "read"


def _too_long(*_: object) -> None:
    raise _HangError(f"it takes more than {HANGS} s")


def main() -> int:
    """Run the trials and print how they ended."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--trials", type=int, help="how many; without it and without seconds, 10,000")
    arguments.add_argument("--seconds", type=float, help="stop after so long")
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--targets", nargs="+", choices=READ, default=list(READ))
    given = arguments.parse_args()
    trials = given.trials or (10_000 if given.seconds is None else None)
    warnings.simplefilter("error")
    signal.signal(signal.SIGPROF, _too_long)
    files = {target: (SEEDS[target](), kept_files(target)) for target in given.targets}
    ends, spent, failed = Counter[tuple[str, str]](), dict.fromkeys(given.targets, 0.0), 0
    numbers, began = Counter[str](), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f"
        for _ in count() if trials is None else range(trials):
            start = time.monotonic()
            if given.seconds is not None and start - began > given.seconds:
                break
            target = min(given.targets, key=spent.__getitem__)  # the same time for each, whatever an input takes
            numbers[target] += 1
            dice = random.Random(f"{given.seed} {target} {numbers[target]}")
            path.write_bytes(damaged_inside(dice.choice(files[target][dice.random() < 0.3]), dice))
            signal.setitimer(signal.ITIMER_PROF, HANGS)
            try:
                ends[target, tried(target, path)] += 1
            except (Exception, _HangError):
                failed += 1
                kept = Path(f"FAILED-{target}-{given.seed}-{numbers[target]}")
                kept.write_bytes(path.read_bytes())
                print(f"{kept}:\n{traceback.format_exc()}", flush=True)
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
            spent[target] += time.monotonic() - start
    for target in given.targets:
        rate = numbers[target] / max(spent[target], 1e-9)
        print(f"{target}: {ends[target, 'read']:,} read, {ends[target, 'refused']:,} refused, {rate:,.0f} a second")
    total, took = ends.total() + failed, time.monotonic() - began
    print(f"{total:,} inputs in {took:,.0f} s, {total / took:,.0f} a second, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
