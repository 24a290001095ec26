"""Draw the pictures of docs/: `python tools/pictures.py [--out docs/pictures]`. Needs the extra `plots`.

They are what the commands of the pages draw. The site is built with fresh ones; those in docs/ are for who reads the
pages in the repository, and a test compares them.
"""

from __future__ import annotations

import argparse
import os
import shlex
import tempfile
from collections.abc import Sequence
from pathlib import Path

from click.testing import CliRunner

__all__ = ["PICTURES", "draw"]

ROOT = Path(__file__).resolve().parent.parent
SURVEY = "votes,petition,donates,contacts,protests"
PICTURES: Sequence[Sequence[str]] = (
    (
        "simulate county.csv --voters 20000 --types 3 --seed 1",
        "fit county.csv --types 3 --seed 1 --out fit.json",
        "plot fit.json county.csv -o types.svg",
        "plot fit.json county.csv --kind one-party -o one-party.svg",
        "plot fit.json county.csv --kind account -o account.svg",
    ),
    (
        "datasets county county.csv",
        "fit county.csv --types 3 --seed 1 --groups precinct --out fit.json",
        "plot fit.json county.csv --kind groups --by precinct -o precincts.svg",
    ),
    (
        "datasets survey survey.csv",
        f"fit survey.csv --items {SURVEY} --types 3 --seed 1 --out survey.json",
        "plot survey.json survey.csv --kind profile --category yes --lines --se observed -o profile.svg",
        f"compare survey.csv --items {SURVEY} --types 1-4 --seed 1 --out compare.csv",
        "plot survey.json --kind criteria --comparison compare.csv -o criteria.svg",
        "plot survey.json survey.csv --compare 1-4 --category yes --lines -o profiles.svg",
        "plot survey.json survey.csv --kind effects --covariates '~ age' -o effects.svg",
        "plot survey.json survey.csv --kind outcomes --outcome age -o outcomes.svg",
        "plot survey.json --kind trace -o trace.svg",
    ),
)
"""Commands that are run one after the other in a folder of their own; `datasets` writes data that come with blocs."""


def draw(out: Path) -> list[str]:
    """Draw all pictures into a folder, and return their names."""
    import blocs
    from blocs.cli import cli

    out, here = out.resolve(), Path.cwd()
    out.mkdir(parents=True, exist_ok=True)
    drawn = []
    for commands in PICTURES:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                for command in commands:
                    name, *words = shlex.split(command)
                    if name == "datasets":
                        getattr(blocs.datasets, words[0])().table.to_csv(words[1], index=False)
                        continue
                    done = CliRunner().invoke(cli, [name, *words], prog_name="blocs")
                    if done.exit_code:
                        raise SystemExit(f"blocs {command}\n{done.output}")
                for picture in sorted(Path().glob("*.svg")):
                    (out / picture).write_bytes(picture.read_bytes())
                    drawn.append(str(picture))
            finally:
                os.chdir(here)
    return drawn


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    print("\n".join(draw(parser.parse_args().out)))
