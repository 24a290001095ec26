"""The vendors' formats, one a file or folder. A new one is its own file and one line below.

Write `ballots/vendors/<vendor>.py` with one `Format`: its name, what it looks like, how a file is recognised by its
content, and a function that reads one. That function hands `records.batches` plain values: a `Record` for every
ballot, a `SetAside` for a row that is none, a `Fault` for one that is damaged, and last an `Ending` with the
catalogue, which `catalogue_builder.PartialCatalogue` numbers. `hart.py` is a short example of a format that is read
record by record, `clearballot.py` of a table, of which it only parses the header. What words such as "undervote" mean
is asked of `ballots/mark_words.py`.
"""

from __future__ import annotations

from .clearballot import CLEARBALLOT
from .dominion_csv import DOMINION_CSV
from .dominion_json import DOMINION_JSON
from .el155 import EL155
from .ess import ESS
from .format import Format
from .hart import HART
from .nist_cdf import NIST_CDF

__all__ = ["VENDORS"]

VENDORS: tuple[Format, ...] = (DOMINION_CSV, ESS, DOMINION_JSON, CLEARBALLOT, HART, EL155, NIST_CDF)
"""The formats in the order in which they are asked; each recognises its own files only."""
