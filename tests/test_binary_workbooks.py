"""Workbooks in binary form: .xls and .xlsb are read as .xlsx is, and refused where a sheet would fill memory."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from binary_workbooks import Cell, xls, xlsb
from blocs.ballots import read_cvr
from blocs.ballots.reports.contest_totals import contest_totals
from blocs.core.errors import InputError
from blocs.files.binary_workbook import BROKEN, places_in_xls, places_in_xlsb

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


def test_charts_within_a_sheet_hold_no_cells() -> None:
    whole = xls(CELLS)
    assert [*places_in_xls(whole)] == [(2, row, column) for row, column, _ in CELLS]
    kind = whole.rindex(struct.pack("<HHHH", 0x809, 16, 0x0600, 0x0010)) + 6
    assert [*places_in_xls(whole[:kind] + b"\x20\x00" + whole[kind + 2 :])] == []


def test_damaged_records_end_in_words_or_in_places() -> None:
    dice = random.Random(1)
    for good, places in ((xls(CELLS), places_in_xls), (xlsb(CELLS), places_in_xlsb)):
        for _ in range(300):
            at = dice.randrange(len(good))
            damaged = good[:at] + bytes([dice.randrange(256)]) + good[at + 1 :]
            try:
                list(places(damaged[: dice.choice((len(good), at))]))
            except BROKEN:
                continue
