"""What the tests of the ballots share: real files where they lie, small tables of our own, profiles read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from blocs.ballots.catalogue import RECORDS, VOTES, Catalogue
from blocs.ballots.vendors.format import Batch, Contents, Stream
from blocs.core.account import Account, Step
from blocs.profiles import Profiles

LONG = ["voter", "office", "district", "candidate", "party"]


def long_table(rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """Return a long table from (voter, office, district, candidate, party) rows."""
    return pd.DataFrame(list(rows), columns=LONG)


def sorted_by_top(profiles: Profiles) -> Step:
    """Return the step of the account that sorts all voters by the top of the ticket."""
    return next(step for step in profiles.account.steps if step.name.startswith("Read and sorted by"))


def voters_of(profiles: Profiles) -> Counter[tuple[Any, ...]]:
    """Return (top, (menu, outcome) or None per office) -> voters."""
    found: Counter[tuple[Any, ...]] = Counter()
    cells = profiles.cells
    assert cells is not None
    for row, group, n in zip(cells.row, cells.group, cells.counts, strict=True):
        said = []
        for item, code in zip(profiles.schema.items, profiles.codes[row], strict=True):
            if code == 0:
                said.append(None)
                continue
            menu, option = item.codes[int(code) - 1]
            said.append((frozenset(item.menu_labels(menu)), item.outcomes[option]))
        found[(cells.table["top"].iloc[group], *said)] += round(float(n))
    return found


def stream(catalogue: Catalogue, records: Sequence[tuple[Any, ...]], votes: Sequence[tuple[int, ...]],
           chunk: int = 100, votes_only: bool = False) -> Stream:  # fmt: skip
    """Return a stream as a vendor's reader makes it, from rows of RECORDS and VOTES."""

    def table(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
        columns = list(zip(*rows, strict=True)) or [()] * len(schema)
        return pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)

    for start in range(0, max(len(records), 1), chunk):
        part = records[start : start + chunk]
        numbers = {row[0] for row in part}
        yield Batch(table([(*row, None) for row in part], RECORDS), table([v for v in votes if v[0] in numbers], VOTES))
    yield Contents(catalogue, Account(), votes_only)
