"""Files of blocs itself: settings, fits, checkpoints and shards that somebody forged."""

from __future__ import annotations

import contextlib
import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hostile_kinds import (
    KINDS,
    LONG,
    Calls,
    columns,
    kind,
    parquet,
    swelling,
    zipped,
)

import blocs
from blocs.cli import cli

SETTINGS: dict[str, bytes] = {
    "nested": b"a = " + b"[" * 100_000,
    "a long number": b"[fit]\ntypes = " + b"9" * 100_000,
    "NUL": b"[fit]\ntypes = 3\0",
    "Latin-1": "[fit]\ntop = 'é'".encode("latin-1"),
    "a table of options": b"[fit.types]\na = 1\n",
    "names that act": b'[fit]\n"\\u001b[2J" = 1\n',
    "values that act": b'[fit]\ntop = "\\u001b[2J"\n',
    "infinity": b"[fit]\ntypes = inf\n",
    "a date": b"[fit]\ntypes = 2020-01-01\n",
    "100,000 options": b"[fit]\n" + b"".join(b"o%d = 1\n" % i for i in range(100_000)),
    "100,000 dots": b"a" + b".a" * 100_000 + b" = 1",
    "500 MB": b"#" * 200_000_000,
    "lists": b"[fit]\ntypes = [1, 2]\n",
    "out elsewhere": b'[fit]\nout = "../../o.json"\n',
    "twice": b"[fit]\ntypes = 1\n[fit]\ntypes = 2\n",
}
for _name, _content in SETTINGS.items():

    @kind(f"blocs.toml: {_name}")
    def _settings(folder: Path, content: bytes = _content) -> Calls:
        (folder / "blocs.toml").write_bytes(content)
        (folder / "f.csv").write_text(LONG)
        return [["fit", "f.csv", "--starts", "1"], ["totals", "f.csv"], ["help", "fit"]]


ANSWERS = "a,b,c\n" + "0,0,0\n0,0,1\n1,1,1\n1,1,0\n" * 5


def _a_fit(folder: Path) -> dict[str, Any]:
    """Fit a small table, and see that the commands use it as it is: else it is not the forgery that they refuse."""
    (folder / "f.csv").write_text(ANSWERS)
    good = ["fit", "f.csv", "--items", "a,b,c", "--types", "2", "--starts", "2", "--jobs", "1", "--out", "fit.json"]
    before = os.getcwd()
    os.chdir(folder)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for call in (good, *_uses("fit.json")):
            cli(call, standalone_mode=False)
    os.chdir(before)
    fit: dict[str, Any] = json.loads((folder / "fit.json").read_text())
    return fit


VALUES: tuple[Any, ...] = (
    None,
    -5,
    10**30,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "\x1b[2J",
    "\ud800",
    "x" * 100_000,
    [],
    {},
    [[]] * 1000,
    True,
    [None],
    {"": {}},
    [1e308] * 4,
    "../../x",
)


def _uses(name: str) -> Calls:
    return [
        ["explain", name],
        ["assign", "f.csv", "--fit", name, "--out", "o.csv"],
        ["fit", "f.csv", "--items", "a,b,c", "--resume", name, "--starts", "1"],
        ["residuals", name, "f.csv"],
        ["plot", name, "--kind", "profile", "--out", "p.svg"],
        ["report", name, "--out", "r.html"],
    ]


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything in a document, but of the later ones of a list."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _places(part, (*path, key))
    elif isinstance(value, list) and value:
        yield from _places(value[0], (*path, 0))


@kind("a fit with other values, in six commands")
def _fits(folder: Path) -> Calls:
    """Every place of a fit has one of the values, in turn, and its hash is right."""
    good, calls, number = _a_fit(folder), Calls(), 0
    for at, path in enumerate(_places(good)):
        for step in range(2):
            forged = json.loads(json.dumps(good))
            inside = forged
            for key in path[:-1]:
                inside = inside[key]
            inside[path[-1]] = VALUES[(at * 2 + step) % len(VALUES)]
            (folder / f"g{number}.json").write_text(json.dumps(forged))
            calls.append(_uses(f"g{number}.json")[number % 6])
            number += 1
    return calls


KINDS["a checkpoint that is none"] = lambda folder: [
    *(
        _checkpoint(folder, i, content)
        for i, content in enumerate(
            (
                b"",
                b"{}",
                b"[" * 100_000,
                zipped({}),
                zipped({"a.npy": b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,)}"}),
                zipped(
                    {
                        "header.json": b"{}",
                        "a.npy": b"\x93NUMPY\x01\x00F\x00{'descr': '<f8', 'fortran_order': False, 'shape': (10**15,)}    \n",  # noqa: E501
                    }
                ),
                b"\x80\x04cos\nsystem\n(S'touch owned'\ntR.",
                swelling(zipfile.ZIP_DEFLATED, 30),
                parquet(columns(3)),
                b"\x1f\x8b" + bytes(100),
            )
        )
    )
]


def _checkpoint(folder: Path, number: int, content: bytes) -> list[str]:
    (folder / "f.csv").write_text(ANSWERS)
    (folder / f"c{number}").write_bytes(content)
    return [
        "fit",
        "f.csv",
        "--items",
        "a,b,c",
        "--types",
        "2",
        "--starts",
        "2",
        "--jobs",
        "1",
        "--checkpoint",
        f"c{number}",
    ]


@kind("shards whose list is another")
def _shards(folder: Path) -> Calls:
    """The list of a folder of shards has other values, with the right and with a wrong name."""
    profiles = blocs.Profiles.from_table({"a": [0, 0, 1, 1] * 5, "b": [0, 0, 1, 1] * 5, "c": [0, 1, 1, 0] * 5})
    blocs.write_shards(profiles, folder / "good.shards")
    calls: Calls = []
    good = {path.name: path.read_bytes() for path in (folder / "good.shards").iterdir()}
    for name, content in good.items():
        for i in range(30):
            made = folder / f"{len(calls)}.shards"
            made.mkdir()
            for other, bytes_ in good.items():
                (made / other).write_bytes(bytes_)
            new = bytearray(content)
            if name.endswith(".json"):
                document = json.loads(content)
                paths = list(_places(document))
                path, inside = paths[i % len(paths)], document
                for key in path[:-1]:
                    inside = inside[key]
                inside[path[-1]] = VALUES[i % len(VALUES)]
                new = bytearray(json.dumps(document).encode())
            else:
                new[(i * 37) % len(new)] ^= 255
            (made / name).write_bytes(bytes(new))
            calls.append(["fit", made.name, "--types", "2", "--starts", "1", "--jobs", "1"])
    return calls
