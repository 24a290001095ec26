"""Ballots in hand: the catalogue, every distinct option with its votes, and where the marks themselves lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pandas as pd

from ..core.account import Account
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

    book: pd.DataFrame
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

    def parts(self) -> Sequence[Source]:
        """Return sources that hold the voters in parts, no voter in two, so that one part fits into memory."""
        ...

    def states(self, plan: Plan, covariates: tuple[str, ...]) -> Frame:
        """Return one row per voter: `ids`, the packs of the marks, `voters` (how many) and the covariates."""
        ...


    def sums(self, plan: Plan, covariates: tuple[str, ...]) -> Frame | None:
        """Return `states` as plain sums, with `rows_0`, ... and `coded` that tell whether they hold; None if never."""
        ...


@dataclass(frozen=True, eq=False)
class Ballots:
    """What `read_cvr` returns: ballots read and catalogued, not yet coded.

    catalogue: contests and candidates; options: one row per distinct mark found — `option`, `contest` (position in the
    catalogue), `choice` (position, or UNDER, OVER, WRITE_IN, INVALID), `votes` (how often); source: the marks; store:
    the database they may lie in; account: what reading did; parties: the user's candidate table, checked when coding;
    unit: what one record is called; records: how many were read, None where the marks alone tell; named: whether
    office and district have to be read from the names of the contests.
    """

    catalogue: Catalogue
    options: pd.DataFrame
    source: Source
    store: Store
    account: Account = field(default_factory=Account)
    parties: pd.DataFrame | None = None
    unit: str = "ballots"
    records: int | None = None
    named: bool = False
