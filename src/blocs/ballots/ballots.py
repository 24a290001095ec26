"""Ballots in hand: the catalogue, every distinct option with its votes, and where the marks themselves lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pandas as pd

from ..core.account import Account
from ..core.errors import counted
from ..core.summary import Summary, listed
from ..tables.relations import Frame, Store
from .catalogue import Catalogue

__all__ = ["Ballots", "Plan", "Source"]


@dataclass(frozen=True)
class Plan:
    """How marks become one state for each voter and item.

    book: one row per option — `option`, `item` (-1 when it is not coded), `key` (see codebook) and `allowed` (votes
    allowed); kinds: how each item is reduced (a name in reduce.KINDS); fused: items where one person stands on
    several lines; kept: top statuses whose voters keep their offices.
    """

    book: pd.DataFrame = field(repr=False)
    kinds: tuple[str, ...]
    fused: tuple[bool, ...]
    kept: tuple[int, ...]


class Source(Protocol):
    """Where the marks lie, in one of the shapes blocs reads."""

    @property
    def covariates(self) -> tuple[str, ...]:
        """Names of the voter-level columns that can be carried along."""
        ...

    @property
    def ids(self) -> tuple[str, ...]:
        """Names of the columns that tell voters apart in the result of `states`."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the columns by which a row of the input is known: the file's own ids, where it has any."""
        ...

    def parts(self) -> Sequence[Source]:
        """Return sources that hold the voters in parts, no voter in two, so that one part fits into memory."""
        ...

    def states(self, plan: Plan, covariates: tuple[str, ...]) -> Frame:
        """Return one row per voter: `ids`, the packs of the marks, `voters` (how many) and the covariates."""
        ...

    def listed(self, plan: Plan, keep: tuple[str, ...]) -> tuple[Frame, tuple[str, ...]]:
        """Return one row per row of the input, and the columns that sort them.

        The columns are labels (`place` for state and county), `keep`, the packs and `voters`; and `set_aside`, why
        reading set a row aside, where it may have: such rows have no packs.
        """
        ...

    def sums(self, plan: Plan, covariates: tuple[str, ...]) -> Frame | None:
        """Return `states` as plain sums, with `rows_0`, ... and `coded` that tell whether they hold; None if never."""
        ...

    def states_by_counts(self, plan: Plan, covariates: tuple[str, ...], counts: pd.DataFrame) -> Frame:
        """Return `states` of the voters alone who have some row counts: `rows_0`, ... and `coded` of `sums`."""
        ...

    def valid_votes(self, book: pd.DataFrame, store: Store) -> pd.DataFrame:
        """Return the votes that count and the ballots of each contest: the columns `valid_votes.RESULT`.

        book: one row per option, with `option` and `votes` as in `Ballots.options`, and the columns of
        `valid_votes.MARKS` but for the rank.
        """
        ...


@dataclass(frozen=True, eq=False)
class Ballots:
    """What `read_cvr` returns: ballots that were read and listed in a catalogue, not yet coded.

    Parameters
    ----------
    catalogue : Catalogue
        Contests and candidates.
    options : pandas.DataFrame
        One row for each distinct mark: `option`; `contest`, position in the catalogue; `choice`, position in the
        catalogue, or UNDER, OVER, WRITE_IN, INVALID; `votes`, how many marks, valid or not (`count_votes` returns the
        valid votes).
    source : Source
        Where the marks lie.
    store : Store
        The database that they may lie in.
    account : Account
        What reading did with every record.
    parties : pandas.DataFrame, optional
        The user's candidate table, which is checked when the ballots are coded.
    unit : str
        What one record is called, in the plural.
    records : int, optional
        How many records were read; None where only the marks tell.
    rows : int, optional
        How many rows of a long table were read; None for other formats, whose records are counted.
    named : bool
        Whether office and district have to be read from the names of the contests.
    format : str
        Format of the file, a name in FORMATS.
    """

    catalogue: Catalogue
    options: pd.DataFrame
    source: Source
    store: Store
    account: Account = field(default_factory=Account)
    parties: pd.DataFrame | None = None
    unit: str = "ballots"
    records: int | None = None
    rows: int | None = None
    named: bool = False
    format: str = ""

    def __repr__(self) -> str:
        return self._summary().text()

    def _repr_html_(self) -> str:
        return self._summary().html()

    def _summary(self) -> Summary:
        contests, candidates = self.catalogue.contests, self.catalogue.candidates
        with_party = sum(bool(candidate.parties) for candidate in candidates)
        records = "not yet counted" if self.records is None else f"{self.records:,} {self.unit}"
        rows = [
            ("format", self.format or "not known"),
            ("records", records),
            ("contests", f"{len(contests):,}: {listed([contest.name for contest in contests], 4, '; ')}"),
            ("candidates", f"{len(candidates):,}, {with_party:,} of them with a party"),
            ("marks", f"{int(self.options['votes'].sum()):,}"),
            ("columns for groups", listed(self.source.covariates, 8) or "none"),
        ]
        rows += [("candidate table", counted(len(self.parties), "row"))] if self.parties is not None else []
        rows += [("account", line) for line in (*(s.sentence() for s in self.account.steps), *self.account.remarks)]
        return Summary(f"Ballots of {self.store.where}", rows)
