"""Files to coded ballots: readers (one format a file), the long form they share, the coding rules, the account."""

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
