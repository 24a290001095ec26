"""A contest in which nearly every ballot has a name of its own is a column of ids, whatever the reader."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from blocs.ballots import candidate_table, code, read_cvr
from blocs.ballots.catalogue import Candidate, Catalogue, Contest
from blocs.ballots.coding.candidates import candidates_of
from blocs.ballots.reports.contest_totals import contest_totals
from blocs.core.errors import InputError

RULE = "The marks of a contest are for a few candidates; ids of ballots are no candidates."


def long_table(ballots: int, names: int) -> pd.DataFrame:
    """Return a table whose contest BATCH has so many names on its ballots."""
    rows = [(v, "President", "AB"[v % 2], ("DEM", "REP")[v % 2]) for v in range(ballots)]
    rows += [(v, "BATCH", f"{v % names:07}", "") for v in range(ballots)]
    return pd.DataFrame(rows, columns=["voter", "office", "candidate", "party"])


@pytest.mark.parametrize("use", [candidate_table, contest_totals, code])
def test_a_long_table(use: object) -> None:
    with pytest.raises(InputError) as caught:
        use(read_cvr(long_table(60, 58)))  # type: ignore[operator]
    assert str(caught.value) == (
        f"table: 58 different names stand for 60 marks in 'BATCH'. {RULE} Name the column of the candidates as "
        "'candidate' in `columns=`; if these are write-ins, write WRITEIN."
    )


def test_a_wide_table() -> None:
    table = pd.DataFrame({"President": ["DEM", "REP"] * 20, "serial": [f"s{i}" for i in range(40)],
                          "number": [f"{i} a" for i in range(1000, 1040)]})  # fmt: skip
    with pytest.raises(InputError) as caught:
        contest_totals(read_cvr(table, offices=["President", "serial", "number"]))
    assert str(caught.value) == (
        "2 faults:\n"
        f"  - table: 40 different names stand for 40 marks in 'serial'. {RULE} Leave the column out of `offices=`.\n"
        f"  - table: 40 different names stand for 40 marks in 'number'. {RULE} Leave the column out of `offices=`."
    )


def test_a_file_of_a_vendor(tmp_path: Path) -> None:
    """A column of ids is none of the contests of an ES&S table; where it says undervote too, it is refused by name."""
    lines = ["Cast Vote Record,Precinct,Ballot Style,What it is,Sheriff"]
    lines += [
        f"{i},P,S,{'undervote' if i == 7 else f'K{i:05}'},{'DEM Ruiz' if i % 3 else 'REP Lee'}" for i in range(51)
    ]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError) as caught:
        contest_totals(read_cvr(tmp_path / "t.csv"))
    assert str(caught.value) == (
        f"t.csv: 50 different names stand for 50 marks in 'What it is'. {RULE} Take the column out of the file; if "
        "these are write-ins, write WRITE-IN."
    )
    (tmp_path / "t.csv").write_text("\n".join(line.replace("undervote", "K00007") for line in lines) + "\n")
    assert set(contest_totals(read_cvr(tmp_path / "t.csv"))["contest"]) == {"Sheriff"}


@pytest.mark.parametrize(("ballots", "names"), [(5, 5), (29, 29), (60, 50), (2000, 40)])
def test_small_files_and_names_that_come_back_are_no_ids(ballots: int, names: int) -> None:
    assert len(candidate_table(read_cvr(long_table(ballots, names)))) == 2 + names


def test_names_that_were_written_in_are_no_ids() -> None:
    read = read_cvr(long_table(60, 60))
    contests, candidates = read.catalogue.contests, read.catalogue.candidates
    written = tuple(Candidate(k.contest, k.name, k.parties, contests[k.contest].name != "BATCH") for k in candidates)
    assert isinstance(contests[0], Contest)
    from dataclasses import replace

    assert candidates_of(replace(read, catalogue=Catalogue(contests, written))).lines
