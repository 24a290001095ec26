"""Wide tables: one row per voter (or per pattern, with a column of voters), one column per office."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, count, islice
from pathlib import Path
from typing import Any, NamedTuple

import narwhals as nw
import pandas as pd

from ...core.account import Account
from ...core.errors import Fault, InputError, counted, describe_columns, missing_columns, nearest, rules_once
from ...core.natural_order import natural_order
from ...tables.column_roles import ROW, own_name
from ...tables.relations import Frame, Store, gather, relation
from ..ballots import Ballots
from ..catalogue import Candidate, Catalogue, Contest
from ..mark_words import NOT_ON_BALLOT, OTHER_PARTIES, is_missing, is_missing_code, is_total, meaning_of_a_code
from ..party_names import fold, party_names
from ..party_slips import slip_of
from ..pivot.wide import WideSource, as_text
from .code_words import double_meanings, misspelt_meanings, plain_code
from .count_columns import columns_of_counts
from .voter_counts import with_voter_counts

__all__ = ["Codes", "read_wide"]

TOGETHER = 25
"""Offices whose cells are counted in one query."""
_FEW = 0.02
"""Votes of a party, as a share of those of another one, up to which its name may be a slip."""
_NUMBER = re.compile(r"\s*[+-]?\d+(\.\d*)?\s*")
Codes = Mapping[Any, Any]
"""Cell -> party or word, for all offices; or office -> such a mapping."""


def read_wide(
    frame: Any,
    store: Store,
    offices: Sequence[str],
    *,
    weights: str | None = None,
    codes: Codes | None = None,
    districts: Mapping[str, str] | None = None,
    where: str = "table",
    file: Path | None = None,
) -> Ballots:
    """Return the ballots of a table with one column per office.

    Parameters
    ----------
    frame : table
        Any table, see `tables.relations.relation`.
    store : Store
        The database that takes tables in memory.
    offices : sequence of str
        The columns of the offices, in the order of the ballot.
    weights : str, optional
        The column with the number of voters of each row.
    codes : mapping, optional
        Cell -> party, or a word of `mark_words`: "none" (no valid vote), "overvote", "write-in", "other", "off" (not
        on the ballot), "unseen", which "missing" and "n/a" mean as well; the cell ``"*"`` stands for all that are not
        listed. One mapping for all offices, or office -> mapping. Without codes, cells hold these words or parties. An
        empty cell means not on the ballot, unless `codes` says otherwise.
    districts : mapping of str, optional
        Office -> column that tells its contests apart.
    where, file : str; Path, optional
        What to call the table in faults, and whose lines the rows are, if they come from a file.

    Returns
    -------
    Ballots
        A source of wide rows; the catalogue has the parties in place of candidates.

    Raises
    ------
    InputError
        For missing columns, cells without a meaning, misspelt meanings and weights that are not whole numbers from 0.
    """
    rows = relation(frame, store)
    columns = rows.collect_schema().names()
    has_row_numbers, columns = ROW in columns, [name for name in columns if name != ROW]
    districts = districts or {}
    _refuse_columns(columns, offices, weights, districts)
    own = {name: own_name(name) for name in columns}
    rows = rows.select(*([ROW] if has_row_numbers else []), *(nw.col(name).alias(new) for name, new in own.items()))
    if weights:
        rows = with_voter_counts(rows, own[weights], weights, store, file)
    of_offices = tuple((own[office], own.get(districts.get(office, ""))) for office in offices)
    tallies = _tallies(rows, of_offices, own.get(weights or ""), store, offices)
    meanings = _meanings(offices, tallies, codes, where)
    _refuse_slips(offices, tallies, meanings)
    catalogue, options, cells = _catalogued(offices, tallies, meanings)
    taken = {*offices, *districts.values(), weights}
    source = WideSource(
        rows,
        of_offices,
        cells,
        own.get(weights or ""),
        (ROW,) if has_row_numbers else (),
        tuple(own[name] for name in columns if name not in taken),
    )
    others = {} if weights else {name: own[name] for name in columns if name not in taken}
    account = Account(remarks=tuple(
        f"Every row is one voter: the column {name!r} is not used; if it has numbers of voters, name it (`weights=`)."
        for name, n in columns_of_counts(rows, others, store).items() if (n > 1).any()
    ))  # fmt: skip
    return Ballots(catalogue, options, source, store, account, unit="voters" if weights else "ballots")


def _refuse_columns(
    columns: list[str], offices: Sequence[str], weights: str | None, districts: Mapping[str, str]
) -> None:
    """Refuse columns that the table does not have, and a table without offices."""
    faults = [
        *missing_columns(offices, "offices", columns),
        *missing_columns(districts.values(), "districts", columns),
        *missing_columns(districts, "districts", offices),
        *missing_columns([weights] if weights else [], "weights", columns),
    ]
    faults += [
        Fault(f"{office!r} is named twice", argument="offices", rule="Each column is one office")
        for office in dict.fromkeys(offices)
        if list(offices).count(office) > 1
    ]
    if not offices:
        faults.append(Fault("no columns of offices are named", argument="offices",
                            rule="A wide table needs at least one", remedy=describe_columns(columns)))  # fmt: skip
    if faults:
        raise InputError(*rules_once(faults))


def _tallies(
    rows: Frame, columns: Sequence[tuple[str, str | None]], weights: str | None, store: Store, offices: Sequence[str]
) -> list[pd.DataFrame]:
    """Return the distinct cells of each office, with `cell`, `district` ("" without one) and `votes`.

    columns: of each office and its district. Several offices are one query, since a query of its own for each of
    hundreds takes longer to plan than to run.
    """
    voters = (nw.col(weights) if weights else nw.lit(1)).cast(nw.Int64).alias("_voters")
    tallies = []
    for first in range(0, len(columns), TOGETHER):
        some = range(first, min(first + TOGETHER, len(columns)))
        queries = []
        for i in some:
            column, district = columns[i]
            of_district = as_text(district, "district") if district else nw.lit("").alias("district")
            cells = rows.select(nw.lit(i).alias("office"), as_text(column, "cell"), of_district, voters)
            sums = nw.col("_voters").sum().cast(nw.Int64).alias("votes")
            queries.append(cells.group_by("office", "cell", "district").agg(sums))
        named = offices[first] if len(some) == 1 else f"{offices[first]} to {offices[some[-1]]}"
        table = gather(nw.concat(queries), store, f"reading {named}").to_pandas()
        places = [(natural_order(of), cell) for of, cell in zip(table["district"], table["cell"], strict=True)]
        ordered = table.iloc[sorted(range(len(places)), key=places.__getitem__)]
        tallies += [ordered[ordered["office"] == i].drop(columns="office").reset_index(drop=True) for i in some]
    return tallies


class _Cell(NamedTuple):
    """A distinct cell that is a vote or a reason for none: its contest (number of the office, district), and voters."""

    contest: tuple[int, str]
    meaning: int | str
    votes: int


def _catalogued(
    offices: Sequence[str], tallies: Sequence[pd.DataFrame], meanings: Sequence[Sequence[int | str]]
) -> tuple[Catalogue, pd.DataFrame, tuple[pd.DataFrame, ...]]:
    """Return the catalogue, one row per distinct mark, and for each office the option of each of its cells."""
    cells = [
        _Cell((number, district), meaning, int(votes))
        for number, (tally, of) in enumerate(zip(tallies, meanings, strict=True))
        for district, votes, meaning in zip(tally["district"], tally["votes"], of, strict=True)
    ]
    marks = [cell for cell in cells if cell.meaning != NOT_ON_BALLOT]
    contest_of = {key: i for i, key in enumerate(dict.fromkeys(mark.contest for mark in marks))}
    parties = dict.fromkeys((mark.contest, mark.meaning) for mark in marks if isinstance(mark.meaning, str))
    choice_of = {key: i for i, key in enumerate(parties)}
    contests = tuple(
        Contest(f"{offices[number]}, {district}" if district else offices[number], offices[number], district)
        for number, district in contest_of
    )
    candidates = tuple(Candidate(contest_of[key], party, party_names(party)) for key, party in parties)
    rows = [
        (contest_of[m.contest], m.meaning if isinstance(m.meaning, int) else choice_of[m.contest, m.meaning], m.votes)
        for m in marks
    ]
    options = pd.DataFrame(rows, columns=["contest", "choice", "votes"])
    options.insert(0, "option", range(len(rows)))
    numbers = count()
    option_of = iter([next(numbers) if cell.meaning != NOT_ON_BALLOT else -1 for cell in cells])
    tables = [tally[["cell", "district"]].assign(option=list(islice(option_of, len(tally)))) for tally in tallies]
    return Catalogue(contests, candidates), options, tuple(tables)


def _meanings(
    offices: Sequence[str], tallies: Sequence[pd.DataFrame], codes: Codes | None, where: str
) -> list[list[int | str]]:
    """Return what each distinct cell of each office says; refuse cells without a meaning, and a table without rows."""
    by_office = codes is not None and any(isinstance(value, Mapping) for value in codes.values())
    given_codes = (list(codes.values()) if by_office else [codes]) if codes else []
    wrong = [*chain.from_iterable(map(double_meanings, given_codes)), *misspelt_meanings(given_codes)]
    if wrong:
        raise InputError(*wrong)
    meanings, numbers = [], list[Fault]()
    for office, tally in zip(offices, tallies, strict=True):
        given = codes.get(office, codes.get("*", {})) if codes and by_office else codes
        words = None if given is None else {plain_code(code): word for code, word in given.items()}
        numbers += [] if words is not None else _numbers(tally["cell"], office)
        meanings.append([_meaning(cell, words, office) for cell in tally["cell"]])
    faults = [*numbers, *(meaning for of in meanings for meaning in of if isinstance(meaning, Fault))]
    if not any(map(len, tallies)):
        faults.append(Fault("the table has no rows", where=where, rule="At least one is needed"))
    if faults:
        raise InputError(*faults)
    return [[meaning for meaning in of if not isinstance(meaning, Fault)] for of in meanings]


def _refuse_slips(
    offices: Sequence[str], tallies: Sequence[pd.DataFrame], meanings: Sequence[Sequence[int | str]]
) -> None:
    """Refuse parties of few voters with nearly the name of a common one: each would be a party of its own."""
    voters, first = Counter[str](), dict[str, tuple[str, str]]()
    for office, tally, of in zip(offices, tallies, meanings, strict=True):
        for cell, votes, meaning in zip(tally["cell"], tally["votes"], of, strict=True):
            if isinstance(meaning, str):
                voters[meaning] += int(votes)
                first.setdefault(meaning, (office, cell))
    faults = []
    for name, number in voters.items():
        slip = slip_of(name, {party: [] for party, of in voters.items() if number <= _FEW * of and party != name})
        if slip:
            office, cell = first[name]
            faults.append(
                Fault(f"the party {cell!r} of {counted(number, 'vote')} is one letter from {slip[1]!r}",
                      where=f"column {office!r}",
                      rule="A party of few votes with nearly the name of a common one is taken for a slip",
                      nearest=slip[0], remedy="Correct it, or give it a name of its own with `codes=`")
            )  # fmt: skip
    if faults:
        raise InputError(*faults)


def _numbers(cells: Iterable[str], office: str) -> list[Fault]:
    """Return a fault for an office whose cells are numbers, which are no parties."""
    numbers = sorted({cell for cell in cells if _NUMBER.fullmatch(cell)})
    if not numbers:
        return []
    others = f" and {counted(len(numbers) - 1, 'other cell')}" if numbers[1:] else ""
    return [Fault(f"a number stands in the cell {numbers[0]!r}{others}", where=f"column {office!r}",
                  rule="Without codes the cells have parties or words such as 'none' and 'off'",
                  remedy="Give all cells a meaning with `codes=`")]  # fmt: skip


def _meaning(cell: str, codes: Mapping[str, Any] | None, office: str) -> int | str | Fault:
    """Return what a cell says: one of the meanings of `mark_words`, a party, or the fault that it says nothing."""
    if is_total(cell) and (codes is None or plain_code(cell) not in codes):
        return Fault(f"a cell says {cell!r}", where=f"column {office!r}",
                     rule="Every row is a voter, or voters who voted alike", remedy="Take out rows of totals")
    if codes is None and (is_missing(cell) or is_missing_code(cell)):
        return Fault(f"the cell {cell!r} may be a missing value", where=f"column {office!r}",
                     rule="Without codes the cells have parties or words such as 'none' and 'off'",
                     remedy=f"Give all cells a meaning with `codes=`, {cell!r} among them")  # fmt: skip
    if codes is None:
        word: Any = cell
    elif plain_code(cell) in codes:
        word = codes[plain_code(cell)]
    elif "*" in codes and cell != "":
        word = codes["*"]
    elif cell == "":
        return NOT_ON_BALLOT
    else:
        return Fault(f"the cell {cell!r} has no meaning", where=f"column {office!r}",
                     rule=f"The codes given are {', '.join(map(repr, codes))}", nearest=nearest(cell, codes),
                     remedy="Give it a meaning with `codes=`, or '*' for all other cells")  # fmt: skip
    word = word if word is not None else ""
    meaning = meaning_of_a_code(word)
    if meaning is not None:
        return meaning
    return "OTHER" if fold(word) in OTHER_PARTIES else "/".join(party_names(word)) or "OTHER"
