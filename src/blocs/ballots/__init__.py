"""Files to coded ballots: readers (one format a file), the long form they share, the coding rules, the account."""

from .coding import Coded, code, code_rows
from .parties import candidate_table
from .readers import FORMATS, read_cvr
from .source import Ballots

__all__ = ["FORMATS", "Ballots", "Coded", "candidate_table", "code", "code_rows", "read_cvr"]
