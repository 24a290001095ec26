"""Quick ways of reading and counting beside the slow ones: digits by their bytes, cells kept, sums for most voters."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballots_support import long_table
from blocs.ballots import read_cvr
from blocs.ballots.coding.candidates import candidates_of
from blocs.ballots.coding.codebook import plan_of
from blocs.ballots.coding.count import _counted, count_marks
from blocs.ballots.coding.offices import choose_offices
from blocs.ballots.coding.rules import CodingRules
from blocs.ballots.pivot.packing import pack_names, unpack
from blocs.ballots.vendors.dominion_csv import DOMINION_CSV
from blocs.ballots.vendors.ess import ESS, first_look
from blocs.core.errors import InputError
from blocs.files import text_table
from blocs.files.digit_cells import EMPTY, digit_cells
from readers_support import read
from test_ballots_several import ALBA

IDS = st.sampled_from(["7", "a,b", 'say "x"', ""])


@given(st.integers(1, 4), st.data(), st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n"]), st.booleans(),
       st.booleans())  # fmt: skip
def test_digits_are_what_the_csv_module_reads(
    width: int, data: st.DataObject, delimiter: str, end: str, quoted: bool, ended: bool
) -> None:
    cell = st.sampled_from(["", "0", "1", "9"])
    rows = data.draw(st.lists(st.tuples(IDS, *[cell] * width), min_size=1, max_size=6))
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end,
               quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL).writerows(rows)  # fmt: skip
    content = text.getvalue() if ended else text.getvalue().removesuffix(end)
    found = digit_cells(content.encode(), width, delimiter)
    assert found is not None
    assert found.T.tolist() == [[int(c) if c else EMPTY for c in row[1:]] for row in rows]


@pytest.mark.parametrize("line", [b"a,1,x\n", b"a,1,12\n", b"a,1,-1\n", b'a,1,"1\n', b'a,1,1"\n', b"a, 1,1\n", b"\n",
                                  b"1,1\n", b'a,1,="1"\n'])  # fmt: skip
def test_other_cells_are_left_to_others(line: bytes) -> None:
    for text in (line, b"a,0,1\n" + line, line + b"a,0,1\n"):
        assert digit_cells(text, 2, ",") is None


HEAD = "C,5.1,\n,,Governor (Vote For=1),Governor (Vote For=1)\n,,Ann,Bo\nCvrNumber,TabulatorNum,DEM,REP\n"


@pytest.mark.parametrize("other", ["", "4,7,1,12\n", "4,7,Redacted,0\n", '"5",7,"1","0"\n', "\n", "6,7,300,0\n"])
@pytest.mark.parametrize("block", [16, 40, 1 << 22])
def test_copies_are_found_whatever_the_rows_between(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, block: int, other: str
) -> None:
    """Rows read by bytes, as words, and row by row share the numbers by which copies are known."""
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_text(HEAD + "1,7,1,0\n2,7,,\n" + other + "1,7,1,0\n3,7,0,1\n2,7,,\n")
    monkeypatch.setattr(text_table, "_BLOCK", block)
    reader = read(DOMINION_CSV, path, 3)
    assert reader.account.steps[0].parts["exact copies of an earlier row"] == 2


def test_voters_with_several_rows_are_counted_beside_the_others() -> None:
    """Sums for voters with one row in every item and the rules for the rest are the rules for all."""
    rng = np.random.default_rng(5)
    rows = [
        (voter, office, "", f"{name} {office}", party)
        for voter in range(300)
        for office in ("US PRESIDENT", *(f"OFFICE {j}" for j in range(8)))
        for name, party in [(("ANN", "DEM"), ("BO", "REP"), ("UNDERVOTE", ""), ("OVERVOTE", ""))[rng.choice(4)]
                            for _ in range(1 + (rng.random() < 0.02))]
        if rng.random() < 0.9
    ]  # fmt: skip
    frame = long_table([(v, o, d, n.split()[0] if not p else n, p) for v, o, d, n, p in rows])
    for table in (frame, frame.drop_duplicates(["voter", "office"])):
        ballots, rules = read_cvr(table), CodingRules()
        persons = candidates_of(ballots)
        plan = plan_of(ballots, persons, choose_offices(persons, rules), rules)
        counts = count_marks(ballots, plan, ())
        packs = pack_names(len(plan.kinds))
        by_rules = _counted(ballots.source.states(plan, ()), plan, (), ballots.store).sort_values(packs)
        expected = by_rules.groupby(packs, as_index=False)["voters"].sum()
        assert np.array_equal(counts.marks, unpack(expected, len(plan.kinds)))
        assert counts.voters.tolist() == expected["voters"].tolist()
        assert isinstance(counts.covariates, pd.DataFrame)


@pytest.mark.parametrize("last", ["", "9,P,S,DEM Ann\n", '9,P,S,"DEM Ann,\n'])
def test_a_table_is_the_same_whether_its_cells_are_kept_or_read_again(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    """Small blocks; the last row, if any, has too few cells or a quote that never ends."""
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_text(ALBA + "".join(f"{i},P,S,DEM Ann Adams /Art Ames,,DEM Lee Low\n" for i in range(5, 60)) + last)
    monkeypatch.setattr(text_table, "_BLOCK", 200)
    found = []
    for limit in (1 << 26, 5000, 0):
        monkeypatch.setattr(first_look, "_BYTES_KEPT", limit)
        try:
            found.append(repr(read(ESS, path, 7)))
        except InputError as error:
            found.append(str(error))
    assert found[0] == found[1] == found[2]
