"""The name of the group column of the party at the top of the ticket."""

from __future__ import annotations

__all__ = ["TOP"]

TOP = "top"
"""Name of the group column that holds the party at the top of the ticket, in the profiles of coded ballots."""
