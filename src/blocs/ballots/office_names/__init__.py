"""Names of contests as counties write them: which office, which district, which seat.

Where to look:

- `office_name`: the function and what it returns.
- `standard`: the wordings of the six offices that everybody has; `other_offices`: words that none of them has.
- `places`: the wordings of districts, seats, special elections and "vote for".
- `words`, `numbers`: one spelling for every word and every number before the wordings are compared.
"""

from .numbers import as_number
from .office_name import OfficeName, district_of, office_name, without_votes
from .other_offices import NOT_STANDARD
from .standard import LEGISLATURES, STANDARD

__all__ = ["LEGISLATURES", "NOT_STANDARD", "STANDARD", "OfficeName", "as_number", "district_of", "office_name",
           "without_votes"]  # fmt: skip
