"""Profiles: any table to unique rows of codes with counts. `profiles` holds the noun; the rest is how it is made."""

from .profiles import Cells, Profiles, concat

__all__ = ["Cells", "Profiles", "concat"]
