"""Clear Ballot table: one row for each ballot, one column for each choice, named with all there is to know about it.

    Choice_<id>_<n>:<contest>:<rank>:Vote For <votes>:<name>:<party>        (the rank is absent in older exports)

Contest and candidate names may hold colons and commas: the header is read from its fixed parts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from ...core.errors import Fault, InputError, missing_columns
from ...files.text_table import TextTable
from ..clean import LONGEST, clean
from ..mark_words import is_redaction
from ..name_and_party import styles_of, uncertain_parties
from .catalogue_builder import PartialCatalogue
from .mark_grid import Grid, GridColumn, contest_keys, remark_without_zeros, with_column
from .table_format import Parsed, read_past, table_format
from .table_rows import Block, Header, Verdict, id_columns

__all__ = ["CLEARBALLOT"]

_CHOICE = re.compile(
    r"^Choice_(\d+)_(\d+):\s*(.*?)\s*(?::\s*(\d{1,3})\s*)?"
    r":\s*(?:Vote For|Choose|Number of Winners)[ =]+(\d{1,3})\s*:(.*)$",
    re.DOTALL | re.IGNORECASE,
)
_HEADER_WITHIN = 10
_ROLES = {"voter": "BallotID", "precinct": "PrecinctID", "style": "BallotStyleID"}
WITHOUT_ID = "rows without a number and an id of a ballot"
_SHAPE = "A choice is headed Choice_<id>_<n>:<contest>:Vote For <n>:<name>:<party>"


def _is_table(table: TextTable) -> bool:
    """Say whether the columns are headed RowNumber and Choice_<id>_<n>."""
    rows = ([clean(cell) for cell in row if len(cell) <= LONGEST] for row in table.first[:_HEADER_WITHIN])
    return any(map(_is_header, rows))


def _is_header(names: Sequence[str]) -> bool:
    return "RowNumber" in names and any(name.startswith("Choice_") for name in names)


def _parse(table: TextTable, catalogue: PartialCatalogue) -> Parsed:
    above: list[tuple[str, ...]] = []
    for line, row in table.rows():
        names = tuple(clean(cell) for cell in row)
        if _is_header(names):
            parsed = _parsed(table, line, names, catalogue)
            return replace(parsed, remarks=read_past(table.name, above) + parsed.remarks)
        above.append(names)
        if line >= _HEADER_WITHIN:
            break
    if not above:
        raise InputError(Fault("the file is empty", table.name, "The first row names the columns"))
    return _parsed(table, 1, above[0], catalogue)  # which says what is missing


CLEARBALLOT = table_format(
    "clearballot", "headers Choice_<id>_<n>:<contest>:...", (b"Choice_", b"BallotID", b"RowNumber"), _is_table, _parse
)


def _parsed(table: TextTable, line: int, names: tuple[str, ...], catalogue: PartialCatalogue) -> Parsed:
    choices = {column: _CHOICE.match(name) for column, name in enumerate(names) if name.startswith("Choice_")}
    where = f"{table.name}, row {line}"
    faults = [
        Fault(f"{names[column]!r} is no heading of a choice", f"{where}, column {column + 1}", _SHAPE)
        for column, match in choices.items()
        if match is None
    ]
    ids = {name: names.index(name) for column, name in enumerate(names) if name and column not in choices}
    needed, remedy = ("RowNumber", *_ROLES.values()), "A Clear Ballot export has it; export the file again"
    faults += missing_columns(needed, "", ids, where=where, remedy=remedy)
    if not choices and not faults:
        faults.append(Fault("there is no column of a choice", where, _SHAPE))
    if faults:
        raise InputError(*faults[:10])
    catalogue, grid, remarks = _catalogued({column: match for column, match in choices.items() if match}, catalogue)
    roles = {role: ids[name] for role, name in _ROLES.items()}
    others = id_columns({name: column for name, column in ids.items() if column not in roles.values()})
    header = Header(table, line, (names,), grid.width, roles["voter"], roles, others, frozenset(choices),
                    running=ids["RowNumber"])  # fmt: skip
    verdict = partial(_verdict, (ids["RowNumber"], ids[_ROLES["voter"]]), grid)
    return Parsed(header, verdict, catalogue, remarks + remark_without_zeros(grid, table, line))


def _catalogued(
    choices: Mapping[int, re.Match[str]], catalogue: PartialCatalogue
) -> tuple[PartialCatalogue, Grid, tuple[str, ...]]:
    """Return the contests and candidates, the columns of choices as a grid, and remarks on the parties in names."""
    votes, names = list[GridColumn](), dict[str, list[str]]()
    parted = {column: _name_and_party(match.group(6)) for column, match in choices.items()}
    for column, match in choices.items():
        if not parted[column][1]:
            names.setdefault(match.group(3), []).append(parted[column][0])
    styles = styles_of(names)
    keys = contest_keys([(match.group(3), match.group(5), parted[column][0]) for column, match in choices.items()])
    for (column, match), key in zip(choices.items(), keys, strict=True):
        _, _, heading, rank_text, allowed, _ = match.groups()
        (name, party), rank = parted[column], max(1, int(rank_text or 1))
        catalogue, contest = catalogue.with_contest(heading, votes=max(1, int(allowed)), ranks=rank, key=key)
        style = None if party else styles[heading]
        catalogue, choice = with_column(catalogue, contest, name, party, style)
        votes.append(GridColumn(column, contest, choice, rank, match.group(0)))
    return catalogue, Grid(tuple(votes)), uncertain_parties(styles)


def _name_and_party(text: str) -> tuple[str, str]:
    name, colon, party = text.rpartition(":")
    return (name.strip(), party.strip()) if colon else (text.strip(), "")


def _verdict(keys: Sequence[int], grid: Grid, block: Block) -> Verdict:
    """Judge rows; one without a number and an id of a ballot is none, such as a row of sums."""
    verdict = grid.verdict(block)
    named = np.any([block.each(key, _has_digit, bool) for key in keys], axis=0)
    return verdict._replace(aside={**verdict.aside, WITHOUT_ID: ~named})


def _has_digit(cell: str) -> bool:
    return any(letter.isdigit() for letter in cell) or is_redaction(cell)
