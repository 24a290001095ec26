"""Names of contests as counties write them: which office, which district, which seat.

Where to look:

- `office_name`: the function and what it returns.
- `standard`: the wordings of the six offices that everybody has.
- `places`: the wordings of districts, seats, special elections and "vote for".
- `words`, `numbers`: one spelling for every word and every number before the wordings are compared.
"""

from .office_name import OfficeName, district_of, office_name, without_votes
from .standard import NOT_STANDARD, STANDARD

__all__ = ["NOT_STANDARD", "STANDARD", "OfficeName", "district_of", "office_name", "without_votes"]
