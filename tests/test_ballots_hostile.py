"""Damaged tables: each mutation of a good file is one clear error or the right answer, never a crash or a hang."""

from __future__ import annotations

import codecs
import gzip
import io
import random
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ballots_support import long_table, sorted_by_top
from blocs.ballots import FORMATS, code, read_cvr
from blocs.core.errors import BlocsError, InputError
from blocs.tables.survey_table import plain_table

LONG = long_table(
    [(i, "US PRESIDENT", "", *(("X", "DEM") if i % 2 else ("Y", "REP"))) for i in range(1, 41)]
    + [(i, "US HOUSE", "1", *(("A", "DEM") if i % 3 else ("B", "REP"))) for i in range(1, 41)]
)
WIDE = pd.DataFrame({"PRS": ["DEM", "REP", "none"] * 9, "USH": ["REP", "DEM", "off"] * 9, "n": [3, 2, 1] * 9})
OPTIONS: dict[str, dict[str, Any]] = {
    "long": {"format": "long"}, "wide": {"format": "wide", "offices": ["PRS", "USH"], "weights": "n"},
}  # fmt: skip
GOOD = {"long": LONG.to_csv(index=False).encode(), "wide": WIDE.to_csv(index=False).encode()}
AGAIN = "export it again."
EDITED = f"The file may be cut off or edited by hand; {AGAIN}"
QUOTES = (
    'a quote is opened and not closed, or text follows a closed one. A cell with a comma, a quote or '
    'a line break stands in "quotes", a quote inside '
    f"is doubled. The file may be cut off; {AGAIN}"
)


def edit(data: bytes, number: int, change: Any) -> bytes:
    """Return the data with line `number` (from 1) changed; None takes it out."""
    rows = data.split(b"\n")
    changed = None if change is None else change(rows[number - 1])
    return b"\n".join([*rows[: number - 1], *([] if changed is None else [changed]), *rows[number:]])


def said(path: Path, data: bytes, kind: str) -> str:
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        code(read_cvr(path, **OPTIONS[kind]), top="PRS" if kind == "wide" else "President")
    return str(caught.value)


def line(number: int, change: Any) -> Any:
    return lambda data: edit(data, number, change)


MUTATIONS = {
    "cell added": (
        line(6, lambda row: row + b",1"),
        "t.csv, line 6: the line has {more} cells. The header has {cells}. " + EDITED,
    ),
    "cut inside a line": (
        lambda data: b"\n".join(edit(data, 20, lambda row: row[:1]).split(b"\n")[:20]),
        "t.csv, line 20: the line has 1 cell. The header has {cells}. " + EDITED,
    ),
    "quote opened": (line(20, lambda row: b'"' + row), "t.csv, line 20: " + QUOTES),
    "Latin-1": (
        line(9, lambda row: b"\xe9" + row),
        "t.csv, line 9: the text is not UTF-8. Tables are CSV in UTF-8 or Parquet. Save it as UTF-8.",
    ),
    "one very long line": (
        line(6, lambda row: b"9" * 3_000_000),
        "t.csv, line 6: the line is longer than 2,000,000 bytes. A row of a table is shorter. The file is damaged or "
        f"not a table; {AGAIN}",
    ),
    "ends of lines mixed": (
        lambda data: data.replace(b"\n", b"\r\n", 3),
        "t.csv: its lines end in different ways, or its quotes do not match. All lines of a table end alike. Save it "
        "anew from one program.",
    ),
    "header alone": (
        lambda data: data.split(b"\n")[0] + b"\n",
        "t.csv: the table has no rows. At least one is needed.",
    ),
    "NUL in the header": (
        line(1, lambda row: row[:3] + b"\0" + row[3:]),
        f"t.csv, line 1: the line holds a NUL byte. Text has none. The file is damaged or not text; {AGAIN}",
    ),
    "nothing": (lambda data: b"", "t.csv: there is no header. The first line names the columns."),
    "no header": (line(1, None), "{unnamed}"),
    "header again": (lambda data: edit(data, 9, lambda row: row + b"\n" + data.split(b"\n")[0]), "{again}"),
}
WORDS = {
    "long": {
        "cells": 5, "more": 6,
        "again": "t.csv: 1 row repeats the header. The names of the columns stand in the first line only. "
                 "Take these lines out.",
        "unnamed": "3 faults:\n" + "\n".join(
            f"  - t.csv: no column says the {role}. A long table needs one; known names are {known}. Name it as "
            f"{role!r} in `columns=`. The columns are '1', 'US PRESIDENT', 'column2', 'X', 'DEM'."
            for role, known in (("voter", "cvr_id, voter_id, voter, ballot_id, ballot, cvr_number, cast_vote_record"),
                                ("office", "office, contest, race, contest_name, office_name"),
                                ("candidate", "candidate, choice, candidate_name, selection"))
        ),
    },
    "wide": {
        "cells": 3, "more": 4,
        "again": "weights, column 'n': line 10 says 'n'. Numbers of voters are whole numbers from 0. Correct it, or "
                 "drop the row.",
        "unnamed": "2 faults:\n  - offices: there are no columns 'PRS', 'USH'. The columns are 'DEM', 'REP', '3'.\n"
                   "  - weights: there is no column 'n'.",
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", ["long", "wide"])
@pytest.mark.parametrize("name", MUTATIONS)
def test_a_damaged_table_is_refused_in_words(name: str, kind: str, tmp_path: Path) -> None:
    mutate, message = MUTATIONS[name]
    assert said(tmp_path / "t.csv", mutate(GOOD[kind]), kind) == message.format(**WORDS[kind])


@pytest.mark.parametrize(
    "change",
    [
        "crlf",
        "semicolon",
        "tab",
        "mark",
        "quoted",
        "no last end",
        "name with [1]*",
        "UTF-16",
        "UTF-16BE",
        "gzip",
        "blank lines",
    ],
)
@pytest.mark.parametrize("kind", ["long", "wide"])
def test_other_ways_to_write_the_same_table(change: str, kind: str, tmp_path: Path) -> None:
    good = GOOD[kind]
    quoted = b"\n".join(b",".join(b'"%b"' % cell for cell in row.split(b",")) for row in good.split(b"\n")[:-1])
    ways = {"crlf": good.replace(b"\n", b"\r\n"), "semicolon": good.replace(b",", b";"),
            "tab": good.replace(b",", b"\t"), "mark": b"\xef\xbb\xbf" + good, "quoted": quoted,
            "no last end": good[:-1], "UTF-16": good.decode().encode("utf-16"), "gzip": gzip.compress(good),
            "UTF-16BE": codecs.BOM_UTF16_BE + good.decode().encode("utf-16-be"),
            "blank lines": good.replace(b"\n", b"\n\n")}  # fmt: skip
    path, plain = tmp_path / "t[1]*.csv", tmp_path / "plain.csv"
    path.write_bytes(ways.get(change, good))
    plain.write_bytes(good)
    top = "PRS" if kind == "wide" else "President"
    assert code(read_cvr(path, **OPTIONS[kind]), top=top).hash == code(read_cvr(plain, **OPTIONS[kind]), top=top).hash


def test_a_line_that_is_gone_is_a_mark_less(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(edit(GOOD["long"], 5, None))
    assert sorted_by_top(code(read_cvr(tmp_path / "t.csv"))).parts == {
        "kept: DEM": 20, "kept: REP": 19, "set aside: top contest not on the record": 1,
    }  # fmt: skip


def test_columns_swapped_are_not_coded(tmp_path: Path) -> None:
    swapped = LONG.rename(columns={"party": "candidate", "candidate": "party"}).to_csv(index=False).encode()
    assert said(tmp_path / "t.csv", swapped, "long") == (
        "parties: no candidate for 'US PRESIDENT' is of DEM or REP. The parties of its candidates are "
        "X, Y. `blocs parties` writes the table to complete; `parties=` names the two parties."
    )


def test_another_layout_says_what_it_looks_like(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1], "b": [2]}).to_parquet(tmp_path / "o.parquet")
    with pytest.raises(InputError) as caught:
        read_cvr(tmp_path / "o.parquet")
    assert str(caught.value).startswith(
        "o.parquet: it is a table whose columns do not say that it holds ballots. The columns are 'a', 'b'. If "
    )


def test_parquet_cut_off(tmp_path: Path) -> None:
    LONG.to_parquet(tmp_path / "t.parquet")
    whole = (tmp_path / "t.parquet").read_bytes()
    path = (tmp_path / "t.parquet").as_posix()
    for size in (len(whole) // 2, len(whole) - 10):
        assert said(tmp_path / "t.parquet", whole[:size], "long") == (
            "t.parquet: the table cannot be read to its end. The database says: Invalid Input Error: No magic bytes "
            f"found at end of file '{path}'. The file is damaged or cut off; {AGAIN}"
        )


def test_a_name_of_a_column_that_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "whole" / "state=X" / "t.parquet"
    file.parent.mkdir(parents=True)
    LONG.rename(columns={"candidate": "candid"}).to_parquet(file)
    file.write_bytes(file.read_bytes().replace(b"candid", b"candi\xff"))
    for path in (file, tmp_path / "whole"):
        for read, where in ((read_cvr, path.name), (plain_table, str(path))):
            with pytest.raises(InputError) as caught:
                read(path)
            assert str(caught.value) == (
                f"{where}: the name of a column is not text. Names of columns are UTF-8. The file is damaged; {AGAIN}"
            )


def right_or_clear(data: bytes, suffix: str, kind: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"t{suffix}"
        path.write_bytes(data)
        try:
            profiles = code(read_cvr(path, **OPTIONS[kind]), top="PRS" if kind == "wide" else "President")
        except BlocsError:
            return
        step = sorted_by_top(profiles)
        assert sum(step.parts.values()) == step.total > 0


FUZZ = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
@FUZZ
@given(st.sampled_from(["long", "wide"]), st.integers(0, 10**6), st.binary(max_size=12), st.integers(0, 30))
def test_bytes_put_into_a_table(kind: str, at: int, new: bytes, gone: int) -> None:
    good = GOOD[kind]
    at %= len(good)
    right_or_clear(good[:at] + new + good[at + gone :], ".csv", kind)


@pytest.mark.slow
@FUZZ
@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=4))
@example(121329, b"\x80")  # the name of a column
def test_bytes_put_into_a_parquet_file(at: int, new: bytes) -> None:
    buffer = io.BytesIO()
    LONG.to_parquet(buffer)
    good = buffer.getvalue()
    at %= len(good)
    right_or_clear(good[:at] + new + good[at + len(new) :], ".parquet", "long")


CHILD = """
import sys
from pathlib import Path
from blocs.ballots import read_cvr
from blocs.core.errors import InputError
options = {"offices": ["a"]} if sys.argv[2] == "wide" else {}
try:
    read_cvr(sys.argv[1], format=sys.argv[2], **options)
except InputError as error:
    print(str(error)[:300])
# not getrusage: its peak begins with that of the process that started this one
print(int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) // 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell the peak of a process")
@pytest.mark.parametrize("kind", FORMATS)
def test_half_a_gigabyte_of_one_line(kind: str, tmp_path: Path) -> None:
    start = {"long": b"voter,office,candidate\n", "wide": b"a\n", "dominion-json": b'{"Version": "',
             "hart": b"<Cvr a='", "cdf": b"<CastVoteRecordReport a='"}.get(kind, b"")  # fmt: skip
    path = tmp_path / {"dominion-json": "CvrExport_1.json", "hart": "1.xml", "cdf": "1.xml"}.get(kind, "t.csv")
    with path.open("wb") as file:
        file.write(start)
        for _ in range(512):
            file.write(b"x" * (1 << 20))
    ran = subprocess.run([sys.executable, "-c", CHILD, str(path), kind], capture_output=True, text=True, timeout=300)
    *message, megabytes = ran.stdout.splitlines()
    assert message and int(megabytes) < 450, (ran.stdout, ran.stderr[-500:])


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_with_changed_bytes_is_read_or_refused_whatever_its_compression(method: int, tmp_path: Path) -> None:
    """Bytes changed within the data and within the headers: a fault with a name, or the same text."""
    from blocs.files.archive import opened

    path, text = tmp_path / "a.zip", b"".join(b"%d,%d\n" % (i, i % 7) for i in range(2000))
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("a.csv", text)
    good, dice, refused = path.read_bytes(), random.Random(1), 0
    for _ in range(400):
        changed = bytearray(good)
        ends = dice.choice([dice.randrange(60), len(good) - 1 - dice.randrange(100)])
        changed[dice.choice([dice.randrange(len(good)), ends])] = dice.randrange(256)
        path.write_bytes(changed)
        try:
            with opened(path) as files:
                for file in files:
                    with file.open() as source:
                        assert source.read() == (text if changed[:4] == good[:4] else changed)
        except InputError:
            refused += 1
    assert refused > 100
