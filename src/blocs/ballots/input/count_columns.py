"""Columns that count voters or votes by their name and their cells.

A long table with one has the votes of candidates in precincts, and no ballots; in a wide table it says how many voters
a row stands for, and nobody but the user knows whether it does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw
import pandas as pd

from ...core.errors import Fault, InputError
from ...tables.relations import Frame, Store, gather
from ..party_names import fold
from .long_votes import SAMPLE

__all__ = ["columns_of_counts", "refuse_counts"]

_NAMES = frozenset(
    {"votes", "votecount", "votescount", "votetotal", "votestotal", "count", "counts", "totalvotes", "n", "nvotes",
     "numvotes", "numberofvotes", "voters", "numberofvoters", "ballots", "numberofballots", "frequency", "freq",
     "quantity", "qty", "tally", "cnt", "votescast", "ballotscast", "ballotcount", "nballots", "numballots", "weight",
     "weights", "occurrences", "total"}
)  # fmt: skip
"""Names of columns that count, folded and without blanks."""
_FEWEST_ROWS = 5
"""Rows whose counts are hardly one more each by chance."""


def columns_of_counts(rows: Frame, columns: Mapping[str, str], store: Store) -> dict[str, pd.Series[float]]:
    """Return name -> the first cells of the columns that count by their name and have whole numbers.

    columns: name that the user gave a column -> the column.
    """
    columns = {name: of for name, of in columns.items() if fold(name).replace(" ", "") in _NAMES}
    if not columns:
        return {}
    cells = rows.select(*(nw.col(of).cast(nw.String).alias(name) for name, of in columns.items())).head(SAMPLE)
    sample = gather(cells, store, "looking for columns of counts").to_pandas().fillna("0")
    numbers = {name: pd.to_numeric(sample[name].str.replace(",", ""), errors="coerce") for name in columns}
    return {name: n for name, n in numbers.items() if ((n >= 0) & (n % 1 == 0)).all() and not _numbers_rows(n)}


def _numbers_rows(cells: pd.Series[float]) -> bool:
    """Say whether cells are the numbers of the rows, one by one, which many programs call `n`."""
    return len(cells) >= _FEWEST_ROWS and bool((cells.sort_values().diff().iloc[1:] == 1).all())


def refuse_counts(rows: Frame, columns: Sequence[str], store: Store, where: str) -> None:
    """Raise InputError for a column of a long table without a role that counts votes, or says which rows are votes."""
    counts = columns_of_counts(rows, {name: name for name in columns}, store)
    faults = [
        Fault("it has whole numbers, some above 1", where=f"{where}, column {name!r}",
              rule="Every row of a long table is one mark of one voter, and counts of votes are not read",
              remedy="Read the ballots themselves; if the column says something else, take it out of the table")
        for name, n in counts.items()
        if (n > 1).any()
    ] + [
        Fault("it has the numbers 0 and 1", where=f"{where}, column {name!r}",
              rule="A column that says which rows are votes must be named",
              remedy="Name it as 'is_vote' in `columns=`; if it says something else, take it out of the table")
        for name, n in counts.items()
        if (n == 0).any() and (n == 1).any() and not (n > 1).any()
    ]  # fmt: skip
    if faults:
        raise InputError(*faults)
