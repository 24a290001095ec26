"""Try the readers on damaged files: random mutations and truncations of small good files of every format.

    python tests/fuzz_readers.py --trials 100000 --seed 1

Every trial must end with an answer that adds up or with an InputError. Anything else is printed with the seed of the
trial and the bytes of the file, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import blocs
from blocs.ballots.vendors import VENDORS
from blocs.ballots.vendors.format import Batch, Contents
from blocs.core.errors import InputError
from blocs.files.export import open_export
from readers_support import TOKENS
from test_readers_vendors import GOOD

LONG = b"voter,office,district,candidate,party,magnitude\n" + b"".join(
    b"%d,%s,%d,%s,%s,1\n" % (v, office, v % 2, candidate, party)
    for v in range(6)
    for office, candidate, party in ((b"GOV", b"ANN", b"DEM"), (b"SHERIFF", b"UNDERVOTE", b""), (b"GOV", b"BO", b"REP"))
)
FILES = [(name, content) for name, contents in GOOD.items() if name for content in contents] + [("long", LONG)]


def damaged(good: bytes, dice: random.Random) -> bytes:
    """Return a copy with one to four changes: cut, lost, doubled, swapped or overwritten parts, or tokens put in."""
    text = good
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(text) + 1)
        to = min(len(text), at + dice.choice((1, 1, 2, 4, 40, 400)))
        token = dice.choice((*TOKENS, bytes([dice.randrange(256)])))
        kind = dice.randrange(7)
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
        else:
            lines = text.split(b"\n")
            dice.shuffle(lines)
            text = b"\n".join(lines)
    return text


def tried(name: str, path: Path) -> str:
    """Read a file and say how it ended. Raises whatever is neither an answer that adds up nor an InputError."""
    vendors = {vendor.name: vendor for vendor in VENDORS}
    try:
        if name == "long":
            blocs.read_cvr(path, format="long", threads=1)
            return "read"
        with open_export(path) as export:
            vendors[name].recognises(export)
            records, contents = 0, None
            for value in vendors[name].read(export):
                if isinstance(value, Batch):
                    records += len(value.records)
                    assert set(value.votes["record"].to_pylist()) <= set(value.records["record"].to_pylist())
                else:
                    contents = value
            assert isinstance(contents, Contents)
            (step,) = contents.account.steps
            assert records == step.total == sum(step.parts.values())
            return "read"
    except InputError as error:
        return "refused" if 0 < len(str(error)) < 20_000 else "refused without words"


def main() -> int:
    """Run the trials and print how they ended."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--trials", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=0)
    given = arguments.parse_args()
    warnings.simplefilter("error")
    ends, failed, began = Counter[tuple[str, str]](), 0, time.time()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f"
        for trial in range(given.trials):
            dice = random.Random(f"{given.seed} {trial}")
            name, good = FILES[trial % len(FILES)]
            content = damaged(good, dice)
            path.write_bytes(content)
            try:
                ends[name, tried(name, path)] += 1
            except Exception as error:
                failed += 1
                print(f"{name}, seed {given.seed}, trial {trial}: {type(error).__name__}: {error}", flush=True)
                print(repr(content[:3000]), flush=True)
    for name in dict.fromkeys(name for name, _ in FILES):
        print(f"{name}: {ends[name, 'read']:,} read, {ends[name, 'refused']:,} refused")
    print(f"{given.trials:,} trials, {failed} failed, {time.time() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
