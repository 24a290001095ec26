"""Small data sets with known types, made by code: the same on every machine, nothing is downloaded.

`county()` is a county with races that only one party contests, `survey()` a questionnaire with an age, `coins()` tosses
of three coins. Their types are known, so that what a fit finds can be compared with them.
"""

from __future__ import annotations

from .dataset import Dataset
from .participation import survey
from .simulated_county import county
from .tossed_coins import coins

__all__ = ["Dataset", "coins", "county", "survey"]
