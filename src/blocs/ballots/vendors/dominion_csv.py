"""Dominion wide table, CSV or workbook: header rows (election, contests, choices, ids and parties), then 1, 0 or empty.

One record is one row: a card, and a ballot where ballots have one card. Exact copies of a row, sums over redacted
ballots and header rows repeated further down are set aside and counted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from ...core.errors import Fault, InputError, nearest
from ...files.text_table import TextTable
from ..catalogue import WRITE_IN
from ..clean import LONGEST, clean
from ..mark_words import write_in_name
from ..name_and_party import styles_of, uncertain_parties
from ..vote_limits import vote_limits
from .catalogue_builder import PartialCatalogue
from .mark_grid import AGGREGATED, Grid, GridColumn, contest_keys, remark_without_zeros, with_column
from .table_format import Parsed, read_past, table_format
from .table_rows import Block, Header, Verdict, id_columns, id_word

__all__ = ["DOMINION_CSV"]

_KEY = "CvrNumber"
_ROLES = {"voter": (_KEY,), "precinct": ("PrecinctPortion", "Precinct"), "style": ("BallotType",)}
"""Role of an id column -> its headings, the first that is there counts."""
_HEADER_WITHIN = 25
_RANK = re.compile(r"^(.*?)\s*[(\[](?:rank|choice)?\s*(\d{1,3})[)\]]$", re.IGNORECASE)
_WHOLE = re.compile(r"[0-9,]+(\.0+)?")


def _is_table(table: TextTable) -> bool:
    """Say whether CvrNumber heads a column, and a tabulator or the votes allowed stand in the header."""
    cells = {clean(cell) for row in table.first for cell in row if len(cell) <= LONGEST}
    return _KEY in cells and ("TabulatorNum" in cells or any(vote_limits(cell)[0] != cell for cell in cells))


class _Column(NamedTuple):
    """One vote column: where it stands, the heading of its contest, its choice and the choice's party."""

    column: int
    heading: str
    choice: str
    party: str


def _parse(table: TextTable, catalogue: PartialCatalogue) -> Parsed:
    above: list[tuple[str, ...]] = []
    for line, row in table.rows():
        names = tuple(clean(cell) for cell in row)
        if _KEY in names:
            return _parsed(table, line, above, names, catalogue)
        above.append(names)
        if line >= _HEADER_WITHIN:
            break
    words = {name for row in above for name in row if name}
    raise InputError(
        Fault(f"no row has a cell {_KEY}", table.name, "The fourth row of a Dominion table names its id columns",
              nearest(_KEY, words), "Export it again, or name the format it is in")
    )  # fmt: skip


DOMINION_CSV = table_format(
    "dominion-csv", "a row of ids from CvrNumber on", (b"CvrNumber", b"TabulatorNum", b"Vote For="), _is_table, _parse
)


def _parsed(
    table: TextTable, line: int, above: list[tuple[str, ...]], names: tuple[str, ...], catalogue: PartialCatalogue
) -> Parsed:
    where = f"{table.name}, row {line}"
    if len(above) < 2:
        raise InputError(
            Fault("there are no rows of contests and choices above it", where,
                  f"Contests and choices stand in the two rows above {_KEY}",
                  remedy="Export it again with its whole header")
        )  # fmt: skip
    columns = _columns(above[-2], above[-1], names)
    faults = [
        Fault(f"there is no choice below {c.heading!r}", f"{table.name}, row {line - 1}, column {c.column + 1}",
              "Each column of a contest has a choice")
        for c in columns
        if not c.choice
    ]  # fmt: skip
    if all(not c.choice for c in columns):
        faults.append(Fault("no column has a contest", where, f"Contests stand two rows above {_KEY}"))
    if names.index(_KEY) in {c.column for c in columns}:
        faults.append(Fault(f"a contest or a choice stands above {_KEY}", where, "Contests stand behind the id columns",
                            remedy="Export it again, unchanged by hand"))  # fmt: skip
    if faults:
        raise InputError(*faults[:10])
    catalogue, grid, uncertain = _catalogued(columns, catalogue)
    votes = {c.column for c in columns}
    ids = {name: c for c, name in reversed(list(enumerate(names))) if name and c not in votes}
    roles = {role: ids[name] for role, of in _ROLES.items() for name in reversed(of) if name in ids}
    others = {name: c for name, c in sorted(ids.items(), key=lambda item: item[1]) if c not in roles.values()}
    header = Header(table, line, (*above, names), grid.width, ids[_KEY], roles, id_columns(others), frozenset(votes))
    titles = above[:-3]  # what stands above the row of the election
    remarks = read_past(table.name, titles) + uncertain + remark_without_zeros(grid, table, line)
    return Parsed(header, partial(_verdict, ids[_KEY], grid), catalogue, remarks)


def _columns(contests: Sequence[str], choices: Sequence[str], parties: Sequence[str]) -> list[_Column]:
    """Return the vote columns; a contest's name may stand over its first choice only."""
    width = max(len(contests), len(choices), len(parties))
    cells = [[*row, *[""] * (width - len(row))] for row in (contests, choices, parties)]
    columns, heading = list[_Column](), ""
    for column, (contest, choice, party) in enumerate(zip(*cells, strict=True)):
        heading = contest or (heading if choice else "")
        if heading:
            columns.append(_Column(column, heading, choice, party))
    return columns


def _catalogued(
    columns: Sequence[_Column], catalogue: PartialCatalogue
) -> tuple[PartialCatalogue, Grid, tuple[str, ...]]:
    """Return the contests and candidates, the vote columns as a grid, and remarks on the parties in names."""
    votes, with_write_in, choices = list[GridColumn](), set[int](), _choices(columns)
    keys = contest_keys([(vote_limits(column.heading)[0], column.heading, column.choice) for column in columns])
    beside = {column.heading for column in columns if column.party}
    styles = styles_of({heading: of for heading, of in choices.items() if heading not in beside})
    for (column, heading, choice, party), key in zip(columns, keys, strict=True):
        contest_name, allowed, ranks = vote_limits(heading)
        ranks = ranks or _ranks(choices[heading])
        catalogue, contest = catalogue.with_contest(
            contest_name, votes=allowed, ranks=max(1, ranks), key=key
        )
        ranked = _RANK.match(choice) if ranks else None
        name, rank = (ranked.group(1), max(1, int(ranked.group(2)))) if ranked else (choice, 1)
        printed = bool(party) or contest not in with_write_in  # behind the write-in line stand qualified write-ins
        catalogue, position = with_column(catalogue, contest, name, party, styles.get(heading), printed=printed)
        if position == WRITE_IN:
            with_write_in.add(contest)
        votes.append(GridColumn(column, contest, position, rank, f"{heading} / {choice}"))
    uncertain = uncertain_parties({vote_limits(heading)[0]: style for heading, style in styles.items()})
    return catalogue, Grid(tuple(votes)), uncertain


def _choices(columns: Sequence[_Column]) -> Mapping[str, list[str]]:
    """Return heading of a contest -> its choices."""
    choices: dict[str, list[str]] = {}
    for column in columns:
        choices.setdefault(column.heading, []).append(column.choice)
    return choices


def _ranks(choices: Sequence[str]) -> int:
    """Return how many ranks the choices of a contest have, 0 unless every name stands there with the same ranks."""
    ranks: dict[str, set[int]] = {}
    for choice in choices:
        ranked = _RANK.match(choice)
        if ranked:
            ranks.setdefault(ranked.group(1), set()).add(int(ranked.group(2)))
        elif write_in_name(choice) is None:
            return 0
    printed = [of for name, of in ranks.items() if write_in_name(name) is None]
    return max(printed[0]) if len(printed) > 1 and all(of == printed[0] for of in printed) else 0


def _verdict(key: int, grid: Grid, block: Block) -> Verdict:
    """Judge rows; without a whole CvrNumber they hold sums over several ballots, or words in place of votes."""
    verdict = grid.verdict(block)
    whole = block.where(key, lambda cell: _WHOLE.fullmatch(id_word(cell) or "") is not None, plain=True)
    if whole.all():
        return verdict
    has_key = block.each(key, lambda cell: id_word(cell) is not None, bool)
    bad = np.zeros(len(block), bool)
    bad[[cell.row for cell in verdict.bad]] = True
    return verdict._replace(aside={AGGREGATED: verdict.aside[AGGREGATED] | (~whole & (has_key | ~bad))})
