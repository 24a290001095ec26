"""Files to coded ballots: readers (one format a file), the long form they share, the coding rules, the account."""

from .bars import office_bars, solid_partisans
from .coding import Coded, code, code_rows
from .follow import follow
from .parties import candidate_table
from .readers import FORMATS, read_cvr
from .source import Ballots

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
