"""Truth: the shares and outcome probabilities that simulated voters are drawn from (000 §1)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..core.errors import Fault, InputError, counted
from ..files.atomic import write_atomically

__all__ = ["BALLOT", "OUTCOMES", "TOP", "Truth"]

OUTCOMES = ("abstain", "split", "straight", "other")
"""What a voter can do in an office, seen from the party chosen at the top of the ticket."""
TOP = "US PRESIDENT"
BALLOT = ("US SENATE", "US HOUSE", "GOVERNOR", "STATE SENATE", "STATE HOUSE")
"""Offices below the top in ballot order; further ones are called COUNTY OFFICE 1, 2, ..."""
_KINDS = (
    (0.03, 0.03, 0.93, 0.01),  # loyal: the party's candidate everywhere
    (0.06, 0.46, 0.46, 0.02),  # splitter: either party's candidate
    (0.60, 0.04, 0.33, 0.03),  # roll-off: leaves offices blank
    (0.10, 0.10, 0.45, 0.35),  # searcher: other names
)
"""Mean outcome probabilities of the first types; further types are drawn at random."""
_CONCENTRATION = 80.0  # total of the Dirichlet distribution of an office around the type's mean
MOST_TYPES = 10_000
"""More types than this are a slip."""


@dataclass(frozen=True, eq=False)
class Truth:
    """The K types that voters are simulated from, ordered by share, largest first.

    Parameters
    ----------
    shares : (K,) Series of float
        Shares of the types, indexed 1..K.
    offices : (J,) tuple of str
        Names of the offices below the top of the ticket.
    probabilities : (K, J, 4) float
        Probabilities of `OUTCOMES` where both parties have a candidate.

    Examples
    --------
    >>> Truth.draw(types=2, offices=3, seed=1)
    <Truth of 2 types over 3 offices: shares 62.5%, 37.5%>
      type 1: abstain 3%, split 3%, straight 91%, other 3%
      type 2: abstain 5%, split 48%, straight 46%, other 2%
    """

    shares: pd.Series[float]
    offices: tuple[str, ...]
    probabilities: NDArray[np.float64]

    @classmethod
    def draw(cls, types: int, offices: int, seed: int) -> Truth:
        """Draw types at random.

        The first four types are a loyal voter, a splitter, one who leaves offices blank and one who looks for other
        names; each is 0.6 times as common as the one before.

        Parameters
        ----------
        types : int
            Number of types K.
        offices : int
            Number of offices J below the top of the ticket.
        seed : int
            The same seed gives the same types.

        Returns
        -------
        Truth

        Raises
        ------
        InputError
            If there is less than 1 type or office, there are more than 10,000 types, or the seed is below 0.
        """
        faults = [
            Fault(f"{number} {what}", argument=name, rule="At least 1")
            for name, what, number in (("types", "types", types), ("offices", "offices below the top", offices))
            if number < 1
        ]
        if types > MOST_TYPES:
            faults.append(Fault(f"{types} types", argument="types", rule=f"At most {MOST_TYPES:,}"))
        if seed < 0:
            faults.append(Fault(f"it is {seed!r}", argument="seed", rule="It is a whole number, 0 or more"))
        if faults:
            raise InputError(*faults)
        rng = np.random.default_rng([seed, 0])
        means = [*_KINDS, *(rng.dirichlet((1.0, 1.5, 2.0, 0.4)) for _ in range(types - len(_KINDS)))][:types]
        drawn = np.stack([rng.dirichlet(_CONCENTRATION * np.asarray(mean) + 0.2, size=offices) for mean in means])
        shares = 0.6 ** np.arange(types)
        extra = (f"COUNTY OFFICE {i}" for i in range(1, offices))
        names = (*BALLOT[:offices], *(name for name, _ in zip(extra, range(offices - len(BALLOT)), strict=False)))
        return cls(_series(shares / shares.sum()), names, drawn)

    def __repr__(self) -> str:
        shares = ", ".join(f"{share:.1%}" for share in self.shares)
        lines = [
            f"<Truth of {counted(self.types, 'type')} over {counted(len(self.offices), 'office')}: shares {shares}>"
        ]
        for k, means in enumerate(self.probabilities.mean(axis=1), start=1):
            described = ", ".join(f"{outcome} {p:.0%}" for outcome, p in zip(OUTCOMES, means, strict=True))
            lines.append(f"  type {k}: {described}")
        return "\n".join(lines)

    @property
    def types(self) -> int:
        """Number of types K."""
        return len(self.shares)

    def table(self) -> pd.DataFrame:
        """Return the probabilities as `Fit.table` does: type, item, outcome, probability."""
        k, j, options = self.probabilities.shape
        return pd.DataFrame(
            {
                "type": np.repeat(np.arange(1, k + 1), j * options),
                "item": np.tile(np.repeat(self.offices, options), k),
                "outcome": OUTCOMES * (k * j),
                "probability": self.probabilities.ravel(),
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "blocs_truth": 1,
            "shares": self.shares.tolist(),
            "offices": list(self.offices),
            "outcomes": list(OUTCOMES),
            "probabilities": self.probabilities.tolist(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Truth:
        """Inverse of `to_dict`."""
        return cls(_series(np.array(data["shares"])), tuple(data["offices"]), np.array(data["probabilities"]))

    def save(self, path: str | Path) -> None:
        """Write the truth as a JSON file. Raises InputError where the file cannot be written."""
        write_atomically(path, json.dumps(self.to_dict(), indent=1) + "\n")


def _series(shares: NDArray[np.float64]) -> pd.Series[float]:
    return pd.Series(shares, index=np.arange(1, len(shares) + 1), name="share")
