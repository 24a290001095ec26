"""Every ballot comes back exactly once, with its profile or the reason why it has none."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from ballots_support import LONG, long_table
from blocs.ballots import code_rows, follow, read_cvr

ROWS = [
    (7, "US PRESIDENT", "", "X", "DEM"), (7, "US HOUSE", "1", "A", "DEM"),
    (3, "US PRESIDENT", "", "Y", "REP"), (3, "US HOUSE", "1", "A", "DEM"),
    (5, "US PRESIDENT", "", "UNDERVOTE", None), (5, "US HOUSE", "1", "B", "REP"),
    (9, "US HOUSE", "1", "B", "REP"),
    (2, "US PRESIDENT", "", "WRITEIN", None), (4, "US PRESIDENT", "", "Z", "GRN"),
    (8, "US PRESIDENT", "", "X", "DEM"), (8, "US PRESIDENT", "", "Y", "REP"),
]  # fmt: skip
REASONS = {
    2: "set aside: write-in at the top", 4: "set aside: another party at the top",
    5: "set aside: no vote at the top", 8: "set aside: overvote at the top",
    9: "set aside: top contest not on the record",
}  # fmt: skip


@pytest.mark.parametrize("chunk", [1, 3, 100])
@pytest.mark.parametrize("lazy", [False, True])
def test_long_table(chunk: int, lazy: bool) -> None:
    frame = pl.DataFrame(ROWS, schema=LONG, orient="row").lazy() if lazy else long_table(ROWS)
    ballots = read_cvr(frame)
    coded = code_rows(ballots)
    tables = list(follow(ballots, coded, chunk))
    assert all(len(table) <= chunk for table in tables)
    table = pa.concat_tables(tables)
    whole = table.to_pandas()
    assert whole["voter"].tolist() == [2, 3, 4, 5, 7, 8, 9]
    reasons = dict(zip(table["voter"].to_pylist(), table["reason"].to_pylist(), strict=True))
    assert reasons == REASONS | {3: None, 7: None}
    outcome = {}
    for voter, profile in zip(whole["voter"], whole["profile"], strict=True):
        if not pd.isna(profile):
            item = coded.profiles.schema.items[0]
            menu, option = item.codes[coded.profiles.codes[int(profile), 0] - 1]
            outcome[voter] = item.outcomes[option]
            assert {"split", "straight"} < set(item.menu_labels(menu))
    assert outcome == {3: "split", 7: "straight"}


def test_wide_table_has_exactly_the_rows_of_the_input() -> None:
    table = pd.DataFrame({"PRS": ["DEM", None, "REP", "DEM", "DEM"], "USH": ["REP", "DEM", "", "DEM", "REP"],
                          "n": [2, 5, 1, 0, 0]})  # fmt: skip
    ballots = read_cvr(table, offices=["PRS", "USH"], weights="n")
    coded = code_rows(ballots, top="PRS")
    whole = pa.concat_tables(follow(ballots, coded, 3)).to_pydict()
    assert whole["row"] == [0, 1, 2, 3, 4]
    assert whole["voters"] == [2, 5, 1, 0, 0]
    nobody = "set aside: the row stands for no voters"  # the last has the marks of the first, and still nobody
    empty = "set aside: every coded office is missing"
    assert whole["reason"] == [None, "set aside: top contest not on the record", empty, nobody, nobody]
    assert [p is None for p in whole["profile"]] == [False, True, True, True, True]
    assert coded.profiles.n == 2
    kept = code_rows(ballots, top="PRS", keep_empty=True)
    assert pa.concat_tables(follow(ballots, kept, 3))["reason"].to_pylist()[2] is None
    assert kept.profiles.n == 3
