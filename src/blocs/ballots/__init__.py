"""Files of cast vote records to coded ballots.

Where to look:

- `read`: `read_cvr`, which finds out the format of a file and reads it.
- `vendors/`: one vendor's format a file; a new one is a file there and a line in `vendors/__init__.py`.
- `mark_words`: what decides that a cell is a write-in, an undervote, an overvote, or not on the ballot.
- `input/`: long and wide tables, and vendors' records, to `Ballots`.
- `catalogue`, `ballots`: contests, candidates and marks, as all readers deliver them.
- `pivot/`, `coding/`, `reports/`: one row for each voter; the coding rules; totals, party loyalty, disclosure control.
"""

from .ballots import Ballots
from .coding.candidate_table import candidate_table
from .coding.code import Coded, code, code_rows
from .coding.trace import follow
from .read import FORMATS, read_cvr
from .reports.party_loyalty import office_bars, solid_partisans

__all__ = [
    "FORMATS",
    "Ballots",
    "Coded",
    "candidate_table",
    "code",
    "code_rows",
    "follow",
    "office_bars",
    "read_cvr",
    "solid_partisans",
]
