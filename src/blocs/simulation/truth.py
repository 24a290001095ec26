"""Truth: the shares and outcome probabilities that simulated voters are drawn from (000 §1)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..core.errors import Fault, InputError
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
_SPREAD = 80.0  # how near each office is to the type's mean: a Dirichlet's total


@dataclass(frozen=True, eq=False)
class Truth:
    """What was simulated: K types, ordered by share, and J offices.

    shares: a Series (K,) indexed 1..K; offices: names; probabilities: (K, J, 4) float, OUTCOMES on a full menu.
    """

    shares: pd.Series[float]
    offices: tuple[str, ...]
    probabilities: NDArray[np.float64]

    @classmethod
    def draw(cls, types: int, offices: int, seed: int) -> Truth:
        """Return the truth of a seed: `types` types over `offices` offices below the top of the ticket.

        The first four types are a loyal voter, a splitter, one who leaves offices blank and one who looks for other
        names; each is 0.6 times as common as the one before. Raises InputError for fewer than 1 type or office and
        a seed below 0.
        """
        faults = [
            Fault(f"{number} {what}", argument=name, rule="At least 1")
            for name, what, number in (("types", "types", types), ("offices", "offices below the top", offices))
            if number < 1
        ]
        if seed < 0:
            faults.append(Fault(f"it is {seed!r}", argument="seed", rule="It is a whole number, 0 or more"))
        if faults:
            raise InputError(*faults)
        rng = np.random.default_rng([seed, 0])
        means = [*_KINDS, *(rng.dirichlet((1.0, 1.5, 2.0, 0.4)) for _ in range(types - len(_KINDS)))][:types]
        drawn = np.stack([rng.dirichlet(_SPREAD * np.asarray(mean) + 0.2, size=offices) for mean in means])
        shares = 0.6 ** np.arange(types)
        extra = (f"COUNTY OFFICE {i}" for i in range(1, offices))
        names = (*BALLOT[:offices], *(name for name, _ in zip(extra, range(offices - len(BALLOT)), strict=False)))
        return cls(_series(shares / shares.sum()), names, drawn)

    @property
    def types(self) -> int:
        """Number of types K."""
        return len(self.shares)

    def table(self) -> pd.DataFrame:
        """Return the probabilities as a tidy frame, as `Fit.table` does: type, item, outcome, probability."""
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
        """Write the truth as JSON."""
        write_atomically(path, json.dumps(self.to_dict(), indent=1) + "\n")


def _series(shares: NDArray[np.float64]) -> pd.Series[float]:
    return pd.Series(shares, index=np.arange(1, len(shares) + 1), name="share")
