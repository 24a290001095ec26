"""Workbooks in binary form: .xls and .xlsb are read as .xlsx is, and refused where a sheet would fill memory."""

from __future__ import annotations

import io
import os
import random
import struct
import threading
import tracemalloc
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from binary_workbooks import Cell, record, xls, xlsb, xlsb_of
from blocs.ballots import read_cvr
from blocs.ballots.reports.contest_totals import contest_totals
from blocs.core.errors import InputError
from blocs.files import binary_workbook
from blocs.files.binary_workbook import BROKEN, places_in_xls, places_in_xlsb
from blocs.files.spreadsheet import _nothing_printed

HEAD = ("Cast Vote Record", "Precinct", "Ballot Style", "Mayor")
ROWS = [HEAD, ("1", "P", "S", "Ann"), ("2", "P", "S", "Bob"), ("3", "P", "S", "Ann")]
CELLS: list[Cell] = [(r, c, text) for r, row in enumerate(ROWS) for c, text in enumerate(row)]
Writer = Callable[[Sequence[Cell]], bytes]


def read(folder: Path, name: str, content: bytes) -> dict[str, int]:
    file = folder / name
    file.write_bytes(content)
    return {row["candidate"]: row["votes"] for row in contest_totals(read_cvr(file)).to_dict("records")}


def refusal(folder: Path, name: str, content: bytes) -> str:
    with pytest.raises(InputError) as caught:
        read(folder, name, content)
    return str(caught.value)


@pytest.mark.parametrize(("name", "written"), [("a.xls", xls), ("a.xlsb", xlsb)])
def test_binary_workbooks_are_read(tmp_path: Path, name: str, written: Writer) -> None:
    assert read(tmp_path, name, written(CELLS)) == {"Ann": 2, "Bob": 1}


@pytest.mark.parametrize(("name", "part", "written"), [
    ("a.xls", "", xls), ("a.xlsb", "/xl/worksheets/sheet1.bin", xlsb)])  # fmt: skip
def test_rows_out_of_order_and_cells_far_out_are_refused(
    tmp_path: Path, name: str, part: str, written: Writer
) -> None:
    mixed = [*CELLS[:4], *CELLS[8:], *CELLS[4:8]]
    assert refusal(tmp_path, name, written(mixed)) == (
        f"{name}{part}: its rows are not in the order of their numbers. Every program writes them in order. Save it "
        "again, or save the sheet as CSV."
    )
    far = [*CELLS[:-1], (60_000, 60_000, "Ann")]
    assert refusal(tmp_path, name, written(far)) == (
        f"{name}{part}: its cells reach to row 60,001 and column 60,001. A sheet has at most 1,048,576 rows, 16,384 "
        "columns and 50,000,000 cells up to its last one. Delete the cells that are far out, or save the sheet as CSV."
    )


def test_a_cell_far_out_of_a_small_table_is_refused(tmp_path: Path) -> None:
    """Within what a sheet may have, but it would be read as a table of six million cells."""
    for name, part, written in (("a.xls", "", xls), ("a.xlsb", "/xl/worksheets/sheet1.bin", xlsb)):
        assert refusal(tmp_path, name, written([*CELLS, (23_812, 256, "Ann")])) == (
            f"{name}{part}: its cells reach to row 23,813 and column 257. Of so many cells up to its last one, one in "
            "100 is filled at least; here 17 are. Delete the cells that are far out, or save the sheet as CSV."
        )


def test_a_number_that_no_sheet_has(tmp_path: Path) -> None:
    """The library that reads workbooks ends the process at such a column, and leaves out such a row in silence."""
    for far in ((3, 2_000_000_000, "Ann"), (4_000_000_000, 3, "Ann")):
        assert "its cells reach to row" in refusal(tmp_path, "a.xlsb", xlsb([*CELLS[:-1], far]))


def test_a_password(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a.xls", xls(CELLS, password=True)) == (
        "a.xls: the workbook has a password. Save it without one."
    )


def test_what_the_library_prints_of_a_damaged_workbook_is_not_shown(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert "the workbook is damaged" in refusal(tmp_path, "a.xlsb", xlsb(CELLS, relation="rId2"))
    assert capfd.readouterr() == ("", "")


def test_charts_within_a_sheet_have_no_cells() -> None:
    whole = xls(CELLS)
    assert [*places_in_xls(whole)] == [(2, row, column) for row, column, _ in CELLS]
    kind = whole.rindex(struct.pack("<HHHH", 0x809, 16, 0x0600, 0x0010)) + 6
    assert [*places_in_xls(whole[:kind] + b"\x20\x00" + whole[kind + 2 :])] == []


def test_damaged_records_end_in_words_or_in_places() -> None:
    dice = random.Random(1)
    for good, places in ((xls(CELLS), places_in_xls), (sheet_of(CELLS), lambda part: places_in_xlsb(io.BytesIO(part)))):
        for _ in range(300):
            at = dice.randrange(len(good))
            damaged = good[:at] + bytes([dice.randrange(256)]) + good[at + 1 :]
            try:
                list(places(damaged[: dice.choice((len(good), at))]))
            except (*BROKEN, binary_workbook.OrderError):
                continue


def sheet_of(cells: Sequence[Cell]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(xlsb(cells))) as archive:
        return archive.read("xl/worksheets/sheet1.bin")


@pytest.mark.parametrize("block", [1, 7, 1 << 20])
def test_places_are_the_same_in_any_blocks(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(binary_workbook, "_BLOCK", block)
    assert [*places_in_xlsb(io.BytesIO(sheet_of(CELLS)))] == [(row, column) for row, column, _ in CELLS]


def changed_xls(*numbers: tuple[int, int], more: bytes = b"") -> bytes:
    """Return an .xls workbook with some numbers of four bytes in place of others, and sectors behind its last one."""
    content = bytearray(xls(CELLS) + more)
    for at, number in numbers:
        struct.pack_into("<I", content, at, number)
    return bytes(content)


LISTS = 68
"""Where the header of a compound file says in which sector the list of its tables goes on."""
TABLE = 512
"""Where its table stands of which sector follows which: the first sector behind the header."""

ROOT = 1024 + 116
"""Where its directory says in which sector the small streams begin, and how many bytes they have."""


def listing(sectors: int, number: int) -> bytes:
    """Return sectors that continue the list of tables from sector 10 on, which name one table everywhere."""
    return b"".join(
        struct.pack("<128I", *[number] * 127, 11 + i if i + 1 < sectors else 0xFFFFFFFE) for i in range(sectors)
    )


@pytest.mark.parametrize(("content", "what"), [
    (changed_xls((TABLE + 4 * 9, 2)), "its sectors run in a circle"),
    (changed_xls((TABLE + 4 * 9, 9)), "its sectors run in a circle"),
    (changed_xls((60, 10), (64, 1), (TABLE + 4 * 10, 10), more=bytes(512)), "its sectors run in a circle"),
    (changed_xls((ROOT, 10), (ROOT + 4, 4_000_000_000), (64, 1), (TABLE + 4 * 10, 10), more=bytes(512)),
     "its sectors run in a circle"),
    (changed_xls((LISTS, 10), more=struct.pack("<128I", *[0xFFFFFFFF] * 127, 10)),
     "the list of its tables runs in a circle"),
    (changed_xls((LISTS, 10), more=listing(4, 0)), "it is shorter than its tables"),
    (changed_xls((64, 4_000_000)), "it is shorter than its tables"),
])  # fmt: skip
def test_sectors_that_are_named_again_and_again_are_refused(tmp_path: Path, content: bytes, what: str) -> None:
    """The library that reads workbooks would copy them until there is no memory, which ends the process."""
    assert refusal(tmp_path, "a.xls", content) == (
        f"a.xls: the workbook is damaged ({what}). Save it again, or save the sheet as CSV."
    )


def test_a_circle_is_found_before_it_is_copied() -> None:
    """A chain was followed for as many sectors as the tables have numbers: here one table is listed 109 times."""
    listed = [(76 + 4 * place, 0) for place in range(109)]
    content = changed_xls((44, 109), *listed, (TABLE + 4 * 9, 2), more=bytes(512 * 100))
    tracemalloc.start()
    with pytest.raises(ValueError, match="circle"):
        list(places_in_xls(content))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1 << 20


def row(number: int) -> bytes:
    return record(0, struct.pack("<IIHHBI", number, 0, 300, 0, 0, 0))


CELL = record(1, bytes(8))


@pytest.mark.parametrize("again", [row(0), row(1), row(0) + CELL])
def test_a_row_that_comes_again_is_refused_at_once(tmp_path: Path, again: bytes) -> None:
    """Also where it has no cells; and what comes behind it is not looked at."""
    whole = row(0) + CELL + row(1) + CELL + again
    part = io.BytesIO(whole + bytes(1 << 23))
    with pytest.raises(binary_workbook.OrderError):
        list(places_in_xlsb(part))
    assert part.tell() <= 1 << 20
    assert refusal(tmp_path, "a.xlsb", xlsb_of(whole)) == (
        "a.xlsb/xl/worksheets/sheet1.bin: its rows are not in the order of their numbers. Every program writes them in "
        "order. Save it again, or save the sheet as CSV."
    )


def test_a_sheet_of_zeros_and_one_of_more_records_than_any_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refusal(tmp_path, "a.xlsb", xlsb_of(bytes(1 << 23))) == (
        "a.xlsb: the workbook is damaged (a row or cell has no number). Save it again, or save the sheet as CSV."
    )
    monkeypatch.setattr(binary_workbook, "MOST_CELLS", 20)
    monkeypatch.setattr(binary_workbook, "ROWS", 10)
    for many in (row(0) + CELL * 20, record(12) * 21, b"".join(map(row, range(11)))):
        assert refusal(tmp_path, "a.xlsb", xlsb_of(many)) == (
            "a.xlsb: the workbook is damaged (a sheet has more records than it may have rows and cells). Save it "
            "again, or save the sheet as CSV."
        )
    assert refusal(tmp_path, "a.xlsb", xlsb_of(b"".join(map(row, range(10))))).startswith("a.xlsb")


def test_a_part_that_grows_too_much_is_refused_in_a_folder_too(tmp_path: Path) -> None:
    content = xlsb_of(record(12) * (1 << 24))
    expected = (
        f"a.xlsb: {len(content):,} bytes would unpack to 33,554,749. blocs reads archives that grow at most 300-fold. "
        "Save it again, or save the sheet as CSV."
    )
    assert expected in refusal(tmp_path, "a.xlsb", content)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.xlsb").write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_cvr(tmp_path / "more")
    assert str(caught.value) == expected


def test_readings_that_overlap_leave_standard_error_where_it_was() -> None:
    """Two threads, of which the first one in is the first one out."""

    def where() -> tuple[int, int]:
        return os.fstat(2).st_dev, os.fstat(2).st_ino

    before, nowhere = where(), (os.stat(os.devnull).st_dev, os.stat(os.devnull).st_ino)
    assert before != nowhere
    second_is_in, first_is_out, seen = threading.Event(), threading.Event(), []

    def first() -> None:
        with _nothing_printed():
            thread.start()
            second_is_in.wait(10)
        seen.append(where())
        first_is_out.set()

    def second() -> None:
        with _nothing_printed():
            second_is_in.set()
            first_is_out.wait(10)
            seen.append(where())

    thread = threading.Thread(target=second)
    first()
    thread.join()
    assert seen == [nowhere, nowhere]
    assert where() == before
