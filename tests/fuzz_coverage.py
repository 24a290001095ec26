"""Fuzz every reader and the loader of fits, guided by coverage (atheris): a minute in CI, any time by command.

    python tests/fuzz_coverage.py --seconds 60
    python tests/fuzz_coverage.py --seconds 3600 --targets el155 fit --keep

Each target has a share of the seconds and a process of its own. It begins with the corpus kept in `corpus/TARGET.zip`
and the good files of the readers' tests. Mutations know the grammar: a value of a JSON document is replaced by another
one, lines and cells of text are lost, doubled, swapped or overwritten; the rest are those of libFuzzer. Every input
must end with an answer or with a BlocsError; for another end the input is kept as FAILED-TARGET-... in the current
folder, and the exit code is 1. With --keep the inputs that reach new code become the kept corpus (small ones only).
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import warnings
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

try:
    import atheris
except ImportError:
    sys.exit('It needs atheris, which has wheels for Linux: pip install -c constraints.txt ".[fuzz,test]"')

FUZZING = "--target" in sys.argv[1:2]
"""Whether this process fuzzes; otherwise it starts those that do."""

with atheris.instrument_imports(include=["blocs"], exclude=["blocs.kernels"]) if FUZZING else nullcontext():
    import blocs
    import blocs.ballots.read
    import blocs.results.load
    import blocs.tables.survey_table  # noqa: F401
    from blocs.core.errors import BlocsError

from fuzz_readers import (  # noqa: E402 - after the package, which is instrumented while it is imported
    CORPUS,
    READ,
    SEEDS,
    damaged,
)

LARGEST = 4096
"""Bytes of an input; larger ones are slow and rarely reach more."""
KEPT = 60
"""Inputs that are kept of a target at most."""
VALUES: tuple[Any, ...] = (None, True, -1, 0, 1e308, 10**30, float("nan"), "", "\ud800", "DEM", [], {}, [[]], 0.5)
"""What a value of a JSON document is replaced by."""


def mutated(data: bytes, size: int, seed: int) -> bytes:
    """Return a mutation of an input; half of them know its grammar."""
    dice = random.Random(seed)
    if dice.random() < 0.5 or not data:
        return bytes(atheris.Mutate(data, size))
    try:
        document = json.loads(data)
    except ValueError:
        return damaged(data, dice)[:size]
    return json.dumps(_with_another_value(document, dice)).encode("utf-8")[:size]


def _with_another_value(document: Any, dice: random.Random) -> Any:
    """Return a JSON document in which one value, anywhere, is another or is not there."""
    keys = list(document) if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    if not keys or dice.random() < 0.1:
        return dice.choice(VALUES)
    key = dice.choice(list(keys))
    if dice.random() < 0.1:
        del document[key]
    else:
        document[key] = _with_another_value(document[key], dice)
    return document


def run(target: str, options: list[str]) -> None:
    """Fuzz one target in this process; libFuzzer ends it."""
    warnings.simplefilter("ignore")
    read, path = READ[target], Path(tempfile.mkdtemp()) / "f"

    def once(data: bytes) -> None:
        path.write_bytes(data)
        try:
            read(path)
        except BlocsError as error:
            if not 0 < len(str(error)) < 20_000:
                raise AssertionError("a message without words, or with too many") from error

    atheris.Setup([sys.argv[0], *options], once, custom_mutator=mutated)
    atheris.Fuzz()


def fuzzed(target: str, seconds: int, keep: bool) -> tuple[int, str]:
    """Fuzz one target in a process of its own; return how many inputs were tried, and what failed, if anything did."""
    with tempfile.TemporaryDirectory() as made:
        found, begin = Path(made, "found"), Path(made, "begin")
        for folder in (found, begin):
            folder.mkdir()
        for number, content in enumerate(SEEDS[target]()):
            (begin / f"seed-{number}").write_bytes(content)
        kept = CORPUS / f"{target}.zip"
        if kept.exists():
            with zipfile.ZipFile(kept) as archive:
                archive.extractall(begin)
        options = [str(found), str(begin), f"-max_total_time={seconds}", f"-max_len={LARGEST}", "-timeout=60",
                   "-rss_limit_mb=8000", "-print_final_stats=1", f"-artifact_prefix=FAILED-{target}-"]  # fmt: skip
        ran = subprocess.run([sys.executable, __file__, "--target", target, *options], capture_output=True, text=True,
                             errors="replace")  # fmt: skip
        executed = re.search(r"number_of_executed_units: *(\d+)", ran.stderr)
        if keep and ran.returncode == 0:
            _keep(kept, [*begin.iterdir(), *found.iterdir()])
        return int(executed[1]) if executed else 0, ran.stderr[-3000:] if ran.returncode else ""


def _keep(archive: Path, inputs: list[Path]) -> None:
    """Keep the smallest inputs, in the order of their names, with no date: the same inputs give the same archive."""
    archive.parent.mkdir(exist_ok=True)
    smallest = sorted(sorted(inputs, key=lambda file: (file.stat().st_size, file.name))[:KEPT])
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as into:
        for file in smallest:
            into.writestr(zipfile.ZipInfo(file.name), file.read_bytes())


def main() -> int:
    """Fuzz the targets, `--jobs` of them at a time, and print how many inputs were tried."""
    if FUZZING:
        run(sys.argv[2], sys.argv[3:])
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seconds", type=int, default=60)
    arguments.add_argument("--targets", nargs="+", choices=READ, default=list(READ))
    arguments.add_argument("--jobs", type=int, default=1)
    arguments.add_argument("--keep", action="store_true")
    given = arguments.parse_args()
    total, failed, seconds = 0, 0, max(1, given.seconds // len(given.targets))
    with ThreadPoolExecutor(given.jobs) as pool:
        results = pool.map(lambda target: fuzzed(target, seconds, given.keep), given.targets)
        for target, (tried, fault) in zip(given.targets, results, strict=True):
            total, failed = total + tried, failed + bool(fault)
            print(f"{target}: {tried:,} inputs" + (f", FAILED\n{fault}" if fault else ""), flush=True)
    print(f"{total:,} inputs, {failed} of {len(given.targets)} targets failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
