"""Marks: what one voter did in one office, as one small number — the state that the relational step adds up.

    mark = 16 * field + status

`field` says who was on the ballot of the contest (rule S6), `status` what the voter did there (rules S1, S7). Both are
absolute: which party is "own" is decided later, once the top of the ticket is known.
"""

from __future__ import annotations

__all__ = [
    "BOTH", "CLASH", "DROPPED", "FIRST", "MARKS", "MIXED", "NO_MAJORITY", "OFF", "ON_BOTH", "ON_FIRST", "ON_OTHER",
    "ON_SECOND", "OTHER", "OVERVOTED", "SECOND", "SPREAD", "UNDERVOTED", "UNREADABLE", "WRITTEN",
]  # fmt: skip

MARKS = 256
"""Number of marks that a key or a slot of a packed column can hold."""
SPREAD = 16
"""Number of statuses that a mark can hold beside a field."""

OFF, UNREADABLE, UNDERVOTED, FIRST, SECOND, BOTH, OTHER, WRITTEN, OVERVOTED, MIXED, DROPPED, CLASH = range(12)
"""What the voter did: FIRST and SECOND are votes for the two named parties, BOTH for a candidate of the two together,
MIXED marks for both, DROPPED a contest that the rules leave out, CLASH two contests of one office."""
NO_MAJORITY = 12
"""One more status: several marks, no more than half of them for the first party, the second, or all others."""

ON_FIRST, ON_SECOND, ON_BOTH, ON_OTHER = 1, 2, 4, 8
"""Bits of a field: a printed candidate of the first party alone, of the second alone, of both, of neither."""
