"""The registry of vendors' readers: one line a format."""

from __future__ import annotations

from ..catalogue import Reader
from .clearballot import CLEARBALLOT
from .dominion_csv import DOMINION_CSV
from .dominion_json import DOMINION_JSON
from .el155 import EL155
from .ess import ESS
from .hart import HART
from .nist_cdf import NIST_CDF

__all__ = ["VENDORS"]

VENDORS: tuple[Reader, ...] = (DOMINION_CSV, ESS, DOMINION_JSON, CLEARBALLOT, HART, EL155, NIST_CDF)
"""Readers in the order in which they are asked; each recognises its own files only."""
