"""county: cast vote records of a small county, with races that only one party contests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .dataset import Dataset

if TYPE_CHECKING:
    import pandas as pd

    from ..profiles import Profiles

__all__ = ["county"]

VOTERS, OFFICES, TYPES, UNCONTESTED, SEED = 4000, 6, 3, 0.5, 2018


def county() -> Dataset:
    """Return the cast vote records of 4,000 voters: President and five offices, three of them in districts.

    Returns
    -------
    Dataset
        `table` is a long table, one row for each voter and office, as `blocs.read_cvr` takes it. In half of the races
        in districts only one of the two parties has a candidate. There are three types. `profiles` are the ballots
        coded by the party at the top of the ticket.

    Examples
    --------
    >>> import blocs
    >>> county = blocs.datasets.county()
    >>> ballots = blocs.read_cvr(county.table)
    >>> len(ballots.catalogue.contests), len(county.types)
    (17, 4000)
    """
    from ..simulation import simulate_county

    made = simulate_county(VOTERS, OFFICES, TYPES, UNCONTESTED, SEED)
    about = "Cast vote records, with races that only one party contests."
    truth = made.truth
    return Dataset("county", about, made.table.to_pandas(), made.types, truth.shares, truth.table(), _profiles)


def _profiles(table: pd.DataFrame) -> Profiles:
    from ..ballots import code, read_cvr

    return code(read_cvr(table))
